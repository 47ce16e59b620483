"""Essays that wait for a reader: which, in which order, and what a reader's line means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256

from oslab.errors import InputError
from oslab.quantities import QuantityError, parse_decimal, tidy
from oslab_grader.book.book import Book
from oslab_grader.book.decided import as_points, rubric_points
from oslab_grader.handout.record import HandedQuestion, Head

_PART = re.compile(r"([0-9]{1,3})/([0-9]{1,3})")


@dataclass(frozen=True)
class Essay:
    """One essay of one upload. `student` handed it in; `most`: what it is worth."""

    question: str
    student: str
    owner: str
    sheet: str
    text: str
    most: Fraction


@dataclass(frozen=True)
class Given:
    """What a reader decided: the value that is kept, and the points it comes to."""

    value: str
    points: Fraction


class NotUnderstood(InputError):
    """A reader's line that gives no points. `reason` is a key of ``[review]``, `values` fill it."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values


def part_of(text: str) -> tuple[int, int]:
    """``1/2``. Raises InputError."""
    found = _PART.fullmatch(tidy(text))
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise InputError(f'"{text}" is no part; --part 1/2 reads one half, --part 2/2 the other')
    return int(found[1]), int(found[2])


def waiting(
    book: Book, head: Head, assignment: str, part: tuple[int, int] = (1, 1)
) -> Sequence[Essay]:
    """The essays that wait for points in a part of the class, question by question, shuffled.

    Part and place hang on the assignment's key and the student only, so parts never overlap, whoever
    reads how many and in which order. Raises InputError where nothing was handed out.
    """
    found: dict[tuple[str, str, str], Essay] = {}
    for grade in book.grades(assignment):
        open_questions = {q.name: q for q in grade.questions if q.waits}
        if not open_questions or any(t.kind == "conflict" for t in grade.troubles):
            continue
        result = book.result(assignment, grade.owner, grade.read_as)
        for marked in result["questions"] if result else ():
            if marked["name"] in open_questions:
                texts = (str(a.get("given", "")) for a in marked["answers"] if a["outcome"] == "waits")  # fmt: skip
                essay = Essay(
                    marked["name"],
                    grade.handed_in_by,
                    grade.owner,
                    grade.sheet,
                    "\n\n".join(texts),
                    open_questions[marked["name"]].waits,
                )
                found[essay.question, essay.student, essay.sheet] = essay
    number, parts = part
    mine = [e for e in found.values() if _place(head.key, e, "") % parts == number - 1]
    order = [q.name for q in head.questions]
    return sorted(
        mine,
        key=lambda e: (
            order.index(e.question),
            _place(head.key, e, e.question),
            e.student,
            e.sheet,
        ),
    )


def _place(key: str, essay: Essay, question: str) -> int:
    return int(sha256(f"review {key} {essay.student} {question}".encode()).hexdigest()[:12], 16)


def letters_of(question: HandedQuestion) -> Mapping[str, Fraction]:
    """The letters of a rubric, and what each line is worth."""
    return {chr(ord("a") + i): points for i, points in enumerate(rubric_points(question))}


def given_by(line: str, question: HandedQuestion, most: Fraction) -> Given:
    """What a line of letters or points gives. Raises NotUnderstood."""
    word = tidy(line).casefold()
    letters = letters_of(question)
    if word == "-" and letters:
        return Given("-", Fraction(0))
    named = re.sub(r"[\s,;，、]+", "", word)
    if named.isascii() and named.isalpha():
        strange = [letter for letter in named if letter not in letters]
        if not letters:
            raise NotUnderstood("bad", text=line.strip()[:60])
        if strange:
            raise NotUnderstood("no-letter", letter=strange[0], last=list(letters)[-1])
        value = "".join(sorted(set(named)))
        return Given(value, min(most, sum((letters[one] for one in value), Fraction(0))))
    try:
        points = parse_decimal(word)
    except QuantityError:
        raise NotUnderstood("bad", text=line.strip()[:60]) from None
    if points < 0:
        raise NotUnderstood("bad", text=line.strip()[:60])
    if points > most:
        raise NotUnderstood("too-many", most=most)
    return Given(as_points(points), points)
