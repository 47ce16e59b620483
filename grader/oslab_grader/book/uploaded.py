"""What there is of one student in one assignment, put together from the folder and the gradebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from oslab_grader.book.book import Book
from oslab_grader.book.decided import Conflict, is_settled
from oslab_grader.book.grades import Handed, marked_as
from oslab_grader.book.refresh import earliest
from oslab_grader.course.roster import Person
from oslab_grader.handout.record import Record
from oslab_grader.intake.attempts import Attempt, attempts_of
from oslab_grader.marking.result import Result


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
    own.sort(key=earliest)
    results: dict[tuple[str, str], Result] = {}
    for attempt in own:
        key = marked_as(attempt, owner, assignment, book.decisions)
        found = book.result(assignment, *key)
        if found:
            results[key] = found
    return Handed(head, owner, own, results)


def unreadable(
    book: Book, assignment: str, handed: Handed, settled: bool = False
) -> Sequence[tuple[Attempt, Result]]:
    """The uploads with something in them that cannot be read, as they are read now; those that were
    settled only where that is asked for."""
    found = []
    for attempt in handed.attempts:
        result = handed.results.get(marked_as(attempt, handed.owner, assignment, book.decisions))
        if result is None or not reason_of(result):
            continue
        try:
            open_still = not is_settled(attempt.student, assignment, attempt.sheet, book.decisions)
        except Conflict:
            open_still = True
        if settled or open_still:
            found.append((attempt, result))
    return found


def reason_of(result: Result) -> str:
    """The first thing that cannot be read in an upload, or ""."""
    if result["refused"]:
        return result["reason"]
    texts = (f"{p['name']}: {text}" for p in result["questions"] for text in p["unreadable"])
    return next(texts, "")


def certain(points: Fraction | None, automatic: Fraction | None) -> Fraction | None:
    """What a question has, as far as it is certain."""
    return automatic if points is None else points
