"""What there is of one student in one assignment, put together from the folder and the gradebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial

from oslab.text import language
from oslab_grader.book.book import Book
from oslab_grader.book.decided import Conflict, is_settled
from oslab_grader.book.grades import Handed, QuestionGrade, marked_as
from oslab_grader.book.refresh import handed_by
from oslab_grader.course.roster import Person
from oslab_grader.handout.record import Record
from oslab_grader.intake.attempts import Attempt, attempts_of
from oslab_grader.marking.result import Result, unread


def record_of(book: Book, assignment: str) -> Record:
    """What was handed out. Raises InputError where it was not."""
    return Record(book.course.handout(assignment) / "record.jsonl")


def handed_of(
    book: Book,
    record: Record,
    assignment: str,
    person: Person,
    attempts: Mapping[str, Sequence[Attempt]] | None = None,
) -> Handed:
    """What there is of a person. `attempts`: everybody's, where they have been read."""
    if attempts is None:
        attempts = attempts_of(book.course.attempts(assignment))
    head = record.head
    owner = person.owner(head.team)
    members = book.roster.members(owner, head.team)
    own = [a for m in members for a in attempts.get(m.id, ()) if a.source != "repair"]
    find = partial(book.result, assignment)
    return handed_by(head, assignment, owner, own, book.decisions, find)


def unreadable(
    book: Book, assignment: str, handed: Handed, also_settled: bool = False
) -> Sequence[Attempt]:
    """The uploads with something in them that cannot be read, as they are read now.

    `also_settled`: those too of which somebody said so, and those whose marking was stopped, which a
    person can mend but not settle.
    """
    found = []
    for attempt in handed.attempts:
        result = handed.results.get(marked_as(attempt, handed.owner, assignment, book.decisions))
        if result is None or not reason_of(result):
            continue
        can_settle = result["refused"] != "stopped"
        if also_settled or (can_settle and not _settled(book, assignment, attempt, disputed=False)):
            found.append(attempt)
    return found


def settled(book: Book, assignment: str, handed: Handed) -> Sequence[Attempt]:
    """The uploads of which somebody said that what cannot be read counts as not answered."""
    return [a for a in handed.attempts if _settled(book, assignment, a, disputed=True)]


def _settled(book: Book, assignment: str, attempt: Attempt, disputed: bool) -> bool:
    try:
        return is_settled(attempt.student, assignment, attempt.sheet, book.decisions)
    except Conflict:
        return disputed


def reason_of(result: Result) -> str:
    """The first thing that cannot be read in an upload, in the language in force, or ""."""
    chinese = language() == "zh"
    if result["refused"]:
        return result.get("reason_zh", result["reason"]) if chinese else result["reason"]
    texts = (f"{p['name']}: {text}" for p in result["questions"] for text in unread(p))
    return next(texts, "")


def certain(q: QuestionGrade) -> Fraction | None:
    """What a question has, as far as it is certain; None where all of it waits, or cannot be read."""
    if q.earned is None and q.waits < q.points:
        return q.automatic
    return q.earned
