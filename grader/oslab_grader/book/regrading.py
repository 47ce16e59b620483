"""What amendments would change: everybody's grade as it is and as it would be. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from oslab_grader.book.book import Book
from oslab_grader.book.decisions import Decision, Decisions
from oslab_grader.book.grades import Grade, Handed, grades_of, marked_as
from oslab_grader.book.student import certain, handed_of, record_of
from oslab_grader.book.tasks import Tasks, file_of
from oslab_grader.handout.record import Record
from oslab_grader.intake.attempts import attempts_of
from oslab_grader.marking.result import Result

LATER = "9999"
Pair = tuple[Grade, Grade]
_Points = tuple[Fraction | None, Fraction | None]


@dataclass(frozen=True)
class Change:
    """One question, or ("") the total, of the whole class.

    up, down, same  of those who have points before and after, as the means: None where there are none.
                    Totals out of other points are compared as shares of them
    new             had no points before, and have now
    most            what it is worth, before and after
    """

    question: str
    up: int
    down: int
    same: int
    new: int
    before: Fraction | None
    after: Fraction | None
    most: tuple[Fraction, Fraction]
    void: bool = False


def as_if_applied(
    decisions: Decisions, assignment: str, amendments: Sequence[Decision], mode: str
) -> Decisions:
    """The decisions as they would be with these amendments in force."""
    known = {d.id for d in decisions.all}
    new = [d for d in amendments if d.id not in known]
    names = " ".join(d.id for d in amendments)
    apply = Decision("trial", LATER, "trial", "apply", assignment, value=mode, attempt=names)
    return Decisions((*decisions.all, *new, apply))


def trial_key(assignment: str, question: str, digest: str) -> Decision:
    """A key as if it had been amended."""
    name = f"trial-{question}"
    return Decision(name, LATER, "trial", "amend", assignment, "", question, f"key:{digest}")


def pairs(
    book: Book, assignment: str, trial: Decisions, marked: Mapping[tuple[str, str], Result]
) -> Iterator[Pair]:
    """Everybody's grade in an assignment, before and after. `marked`: results that take the place of the
    book's, scored by the trial's keys too."""
    out = [name for name, handed_out in book.handed_out().items() if handed_out]
    records = {name: record_of(book, name) for name in out}
    attempts = {name: attempts_of(book.course.attempts(name)) for name in out}
    for person in book.roster.people:
        handed = {
            name: handed_of(book, records[name], name, person, attempts[name]) for name in out
        }
        before = grades_of(book.course, person, handed, book.decisions)
        here = handed[assignment]
        fresh = {key: marked.get(key, result) for key, result in here.results.items()}
        tried: dict[str, Handed] = {**handed, assignment: replace(here, results=fresh)}
        after = grades_of(book.course, person, tried, trial)
        yield before[assignment], after[assignment]


def marked_by(
    book: Book, record: Record, assignment: str, trial: Decisions
) -> Mapping[tuple[str, str], Result]:
    """All uploads marked again, by the trial's keys too; in the same child processes as ever."""
    from oslab_grader.marking.local import mark_all

    tasks = Tasks(book.course, assignment, record, trial)
    files: dict[tuple[str, str], str] = {}
    for student, theirs in attempts_of(tasks.folder).items():
        person = book.roster.find(student)
        for attempt in theirs if person else ():
            owner = person.owner(record.head.team) if person else ""
            key = marked_as(attempt, owner, assignment, book.decisions)
            if key[0] in record:
                files[key] = file_of(attempt)
    asked = (tasks.task(owner, sheet, file) for (owner, sheet), file in files.items())
    return {(r["owner"], r["digest"]): r for r in mark_all(asked)}


def changes(found: Iterable[Pair], questions: Sequence[str]) -> Sequence[Change]:
    """What became of these questions, then of the total."""
    values: dict[str, list[_Points]] = {name: [] for name in (*questions, "")}
    most: dict[str, tuple[Fraction, Fraction]] = {}
    void: set[str] = set()
    for before, after in found:
        now = {q.name: q for q in after.questions}
        for q in before.questions:
            then = now.get(q.name)
            if q.name not in values or then is None:
                continue
            if then.outcome == "void":
                void.add(q.name)
            values[q.name].append((certain(q), certain(then)))
            most[q.name] = q.points, then.points
        values[""].append((before.total, after.total))
        most[""] = before.points, after.points
    none = Fraction(0), Fraction(0)
    return [
        _change(name, rows, most.get(name, none), name in void) for name, rows in values.items()
    ]


def _change(
    name: str, points: Sequence[_Points], most: tuple[Fraction, Fraction], void: bool
) -> Change:
    rows = [(old, new) for old, new in points if old is not None and new is not None]
    # 9 of 12 is more than 10 of 18; where nothing is left to earn, nobody goes up or down.
    shares = [new * most[0] - old * most[1] for old, new in rows]
    return Change(
        name,
        up=sum(share > 0 for share in shares),
        down=sum(share < 0 for share in shares),
        same=sum(share == 0 for share in shares),
        new=sum(old is None and new is not None for old, new in points),
        before=sum((old for old, _ in rows), Fraction(0)) / len(rows) if rows else None,
        after=sum((new for _, new in rows), Fraction(0)) / len(rows) if rows else None,
        most=most,
        void=void,
    )
