"""One upload of one student: each question's points by marks, amendments, readers and overrides, and what
stands in the way of a grade. Lateness comes after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from oslab_grader.book.amend import Amendment, amended
from oslab_grader.book.decided import (
    Conflict,
    Decided,
    agreed,
    conflict,
    essay_points,
    is_settled,
    read_as,
    sheet_owner,
)
from oslab_grader.book.decisions import Decision, Decisions
from oslab_grader.book.records import QuestionGrade, Trouble
from oslab_grader.book.stops import claims, unreadable
from oslab_grader.handout.record import HandedQuestion, Head
from oslab_grader.intake.attempts import Attempt
from oslab_grader.marking.result import MarkedPart, Result

ZERO = Fraction(0)


@dataclass(frozen=True)
class Upload:
    """An upload with its points.

    stops   why no grade can come of it until somebody settles that: another upload may count instead
    open    why there is no grade if it is this one that counts
    notes   what deserves a look and withholds nothing
    low     what it earns for certain, `high`: what it can earn; both before lateness
    """

    attempt: Attempt
    owner: str
    read_as: str
    questions: tuple[QuestionGrade, ...]
    stops: tuple[Trouble, ...]
    open: tuple[Trouble, ...]
    notes: tuple[Trouble, ...]
    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class Asked:
    """All that the questions of one student in one assignment are graded by."""

    assignment: str
    head: Head
    owner: str
    results: Mapping[tuple[str, str], Result]
    attempts: Sequence[Attempt]
    applied: Sequence[Amendment]
    decided: Decided
    decisions: Decisions


def read_upload(asked: Asked, attempt: Attempt) -> Upload:
    """The points of an upload."""
    name, student = asked.assignment, attempt.student
    stops: list[Trouble] = []
    owner, sheet, settled, moved = asked.owner, attempt.sheet, False, ""
    try:
        moved = sheet_owner(student, name, asked.decisions)
        owner = moved or owner
        sheet = read_as(student, name, attempt.sheet, asked.decisions)
        settled = is_settled(student, name, attempt.sheet, asked.decisions)
    except Conflict as error:
        stops.append(conflict(error.heads))
        owner, sheet = asked.owner, attempt.sheet
    result = asked.results.get((owner, sheet))
    parts = {part["name"]: part for part in result["questions"]} if result else {}
    # A checker that was stopped says nothing of the sheet: nobody can settle that.
    blank = ("", "unreadable", "not a sheet") if settled else ("",)
    read = result is not None and result["refused"] in blank
    questions: list[QuestionGrade] = []
    unread: list[tuple[str, MarkedPart | None]] = []
    opened: list[Trouble] = []
    low = waits = ZERO
    for question in asked.head.questions:
        part = parts.get(question.name) or (_blank(question) if read else None)
        found, conflicts = _question(asked, question, part, attempt, settled)
        questions.append(found)
        if found.outcome == "void":
            continue
        opened += conflicts
        certain = (found.automatic or ZERO) if found.earned is None else found.earned
        low, waits = low + certain, waits + found.waits if found.waits else waits
        if found.outcome == "unreadable":
            unread.append((question.name, part))
    notes = claims(name, asked.head, attempt, owner, result) if result and not moved else ()
    if unread:
        why = unreadable(name, attempt, result, unread)
        # Another's rows cannot be found in one's own table: there is nothing to repair.
        other = any(note.kind == "other sheet" and note.command for note in notes)
        stops.append(replace(why, command="") if other else why)
    return Upload(
        attempt,
        owner,
        sheet,
        tuple(questions),
        tuple(stops),
        tuple(opened),
        notes,
        low,
        low + waits,
    )


def no_upload(asked: Asked) -> Sequence[QuestionGrade]:
    """The questions of one who handed nothing in: what was given by hand, and nothing else."""
    return [_grade(asked, question, ZERO, ZERO) for question in asked.head.questions]


# The same few texts, tens of thousands of times.
_exact = lru_cache(maxsize=4096)(Fraction)


def _blank(question: HandedQuestion) -> MarkedPart:
    """A question that is not in the file, or not to be read and settled: not answered."""
    return MarkedPart(
        name=question.name, earned="0", points=str(question.points), waits="0", fault="",
        unreadable=[], mistakes=[], exact=False, answers=[], alternatives={},
    )  # fmt: skip


def _question(
    asked: Asked,
    question: HandedQuestion,
    part: MarkedPart | None,
    attempt: Attempt,
    settled: bool,
) -> tuple[QuestionGrade, Sequence[Trouble]]:
    """One question, and the conflict of those who read it."""
    earned, waits, by = None, ZERO, ""
    conflicts: list[Trouble] = []
    others: Mapping[str, Fraction] = {}
    if part is not None and not part["fault"] and (settled or not part["unreadable"]):
        earned, waits = _exact(part["earned"]), _exact(part["waits"])
        others = {name: _exact(value) for name, value in part["alternatives"].items()}
    own = [a for a in asked.applied if a.question == question.name]
    automatic, full, _ = amended(earned, question.points, others, own)
    if full:
        waits = ZERO
    counts = automatic
    if waits and automatic is not None:
        try:
            read = _read_by(asked, question, attempt)
        except Conflict as error:
            conflicts.append(conflict(error.heads))
            read = None
        if read and read[0] is not None:
            counts, waits, by = automatic + min(read[0], waits), ZERO, read[1]
        else:
            counts = None
    outcome = _outcome(part, automatic, counts, waits, question.points)
    mistakes = tuple(part["mistakes"]) if part else ()
    found = _grade(asked, question, automatic, counts, waits, outcome, mistakes, by)
    return found, () if found.earned is not None else conflicts


def _grade(
    asked: Asked,
    question: HandedQuestion,
    automatic: Fraction | None,
    earned: Fraction | None,
    waits: Fraction = ZERO,
    outcome: str = "blank",
    mistakes: tuple[str, ...] = (),
    by: str = "",
) -> QuestionGrade:
    """A question with the points that somebody gave by hand, which win; but void it stays void."""
    given = asked.decided.overrides.get(question.name)
    if any(a.value == "void" and a.question == question.name for a in asked.applied):
        earned, waits, outcome = None, ZERO, "void"
    elif given is not None:
        earned, by = given
        waits, outcome = ZERO, _by_points(earned, question.points)
    comments = asked.decided.comments.get(question.name, ())
    return QuestionGrade(
        question.name, question.exercise, question.points, automatic, earned, waits, outcome,
        mistakes, by, comments,
    )  # fmt: skip


def _outcome(
    part: MarkedPart | None,
    automatic: Fraction | None,
    counts: Fraction | None,
    waits: Fraction,
    points: Fraction,
) -> str:
    if automatic is None or part is None:
        return "unreadable" if automatic is None else _by_points(automatic, points)
    if waits or counts is None:
        return "waits"
    answered = any(a["outcome"] not in ("blank", "unreadable") for a in part["answers"])
    return _by_points(counts, points) if answered or counts else "blank"


def _by_points(earned: Fraction, points: Fraction) -> str:
    return "right" if earned >= points else "partial" if earned else "wrong"


def _read_by(
    asked: Asked, question: HandedQuestion, attempt: Attempt
) -> tuple[Fraction | None, str] | None:
    """What a reader gave for the essay in an upload: for this one, else for another of the same text.

    Raises Conflict where readers differ.
    """
    sheets = [(attempt.student, attempt.sheet)]
    text = essay_text(asked.results, asked, attempt, question.name)
    for other in asked.attempts:
        if text and essay_text(asked.results, asked, other, question.name) == text:
            sheets.append((other.student, other.sheet))
    for only_this in (True, False):
        heads: list[Decision] = []
        for student, sheet in dict.fromkeys(sheets):
            if not only_this or sheet == attempt.sheet:
                subject = ("essay", asked.assignment, student, question.name, sheet)
                heads += asked.decisions.heads(subject)
        if heads:
            return agreed(heads, lambda value: essay_points(value, question))
    return None


def essay_text(
    results: Mapping[tuple[str, str], Result], asked: Asked, attempt: Attempt, question: str
) -> str:
    """What stands in the essays of a question of an upload."""
    result = results.get(_marked_as(asked, attempt))
    for part in result["questions"] if result else ():
        if part["name"] == question:
            return "\n".join(str(a.get("given", "")) for a in part["answers"] if a["outcome"] == "waits")  # fmt: skip
    return ""


def _marked_as(asked: Asked, attempt: Attempt) -> tuple[str, str]:
    try:
        owner = sheet_owner(attempt.student, asked.assignment, asked.decisions) or asked.owner
        return owner, read_as(attempt.student, asked.assignment, attempt.sheet, asked.decisions)
    except Conflict:
        return asked.owner, attempt.sheet
