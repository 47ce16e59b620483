"""Grades: a pure function of the roster, what was handed out, uploads with their marks, decisions and
policy. Points stay exact fractions; a total is rounded once, half up, to two decimals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from oslab.exercise.feedback import rounded
from oslab_grader.book.amend import alternatives as alternatives
from oslab_grader.book.amend import in_force
from oslab_grader.book.decided import Conflict, decided_about, read_as, sheet_owner
from oslab_grader.book.decisions import Decisions
from oslab_grader.book.lateness import Lateness as Lateness
from oslab_grader.book.lateness import due_with, lateness
from oslab_grader.book.records import Grade as Grade
from oslab_grader.book.records import QuestionGrade as QuestionGrade
from oslab_grader.book.records import Status as Status
from oslab_grader.book.records import Trouble as Trouble
from oslab_grader.book.uploads import Asked, Upload, no_upload, read_upload
from oslab_grader.course.model import Assignment, Course
from oslab_grader.course.roster import Person
from oslab_grader.handout.record import Head
from oslab_grader.intake.attempts import Attempt
from oslab_grader.marking.result import Result

ZERO = Fraction(0)


@dataclass(frozen=True)
class Handed:
    """What there is of one student in one assignment.

    attempts   of the student, or of any member of the team; the earliest first
    results    by owner and digest of what was marked, as `marked_as` says them
    """

    head: Head
    owner: str
    attempts: Sequence[Attempt]
    results: Mapping[tuple[str, str], Result]


@dataclass(frozen=True)
class Candidate:
    """An upload that may count: after lateness it earns `low` for certain, and at most `high`.

    late   None where the time decides and nobody knows it
    """

    upload: Upload
    late: Lateness | None
    low: Fraction
    high: Fraction

    @property
    def worth(self) -> tuple[Fraction, Fraction, bool]:
        """What it can earn, what it earns for certain, and whether both are known: 0 may be all that
        is certain, or simply 0."""
        sure = self.late is not None and self.upload.low == self.upload.high
        return self.high, self.low, sure


def grades_of(
    course: Course, person: Person, handed: Mapping[str, Handed], decisions: Decisions
) -> Mapping[str, Grade]:
    """All grades of one person, by assignment, in the order of course.toml.

    They are made together, because grace days are spent in order of due date.
    """
    left = course.late.grace_days
    made: dict[str, Grade] = {}
    for assignment in sorted(course.assignments, key=lambda a: a.due.timestamp()):
        if assignment.name in handed:
            grade = _grade(course, person, assignment, handed[assignment.name], decisions, left)
            left -= grade.late.grace
            made[assignment.name] = grade
    return {a.name: made[a.name] for a in course.assignments if a.name in made}


def marked_as(
    attempt: Attempt, owner: str, assignment: str, decisions: Decisions
) -> tuple[str, str]:
    """Whose variant an upload is marked against, and which bytes: as handed in, unless a decision says
    otherwise. Where decisions differ, as handed in; there is no grade then."""
    try:
        whose = sheet_owner(attempt.student, assignment, decisions) or owner
        return whose, read_as(attempt.student, assignment, attempt.sheet, decisions)
    except Conflict:
        return owner, attempt.sheet


def rounded_total(points: Fraction) -> Fraction:
    """The one rounding: half up, to two decimals."""
    return Fraction(rounded(points))


def _grade(
    course: Course,
    person: Person,
    assignment: Assignment,
    handed: Handed,
    decisions: Decisions,
    left: int,
) -> Grade:
    name = assignment.name
    attempts = [a for a in handed.attempts if a.source != "repair"]
    uploaders = tuple(dict.fromkeys(a.student for a in attempts))
    decided = decided_about(person.id, name, uploaders, decisions)
    applied = in_force(name, decisions)
    asked = Asked(
        name, handed.head, handed.owner, handed.results, attempts, applied, decided, decisions
    )
    void = {a.question for a in applied if a.value == "void"}
    due = due_with(assignment.due, decided.extension)
    empty = Grade(
        assignment=name,
        student=person.id,
        status="withheld" if decided.conflicts else "missing",
        points=sum((q.points for q in handed.head.questions if q.name not in void), ZERO),
        owner=handed.owner,
        late=Lateness(due=due),
        comments=decided.comments.get("", ()),
        troubles=decided.conflicts,
    )
    if decided.excused:
        return replace(empty, status="excused", troubles=())
    if not attempts:
        if not decided.overrides or decided.conflicts:
            return empty
        # Handed in on paper, say: what was given by hand is the grade.
        questions = tuple(no_upload(asked))
        so_far = sum((q.earned for q in questions if q.earned), ZERO)
        return replace(
            empty, status="final", so_far=so_far, total=rounded_total(so_far), questions=questions
        )
    candidates = [
        _candidate(read_upload(asked, attempt), course, due, left) for attempt in attempts
    ]
    order: tuple[Trouble, ...] = ()
    if assignment.counts == "best":
        counts = _best(candidates)
    else:
        counts, order = _last(candidates, person.id, name)
    return _counted(empty, counts, order, candidates, assignment)


def _candidate(upload: Upload, course: Course, due: datetime, left: int) -> Candidate:
    attempt = upload.attempt
    late = lateness(attempt.time, attempt.late, due, course.late, left)
    if late is None:
        return Candidate(upload, None, ZERO, upload.high)
    share = 1 - late.penalty
    return Candidate(upload, late, upload.low * share, upload.high * share)


def _best(candidates: Sequence[Candidate]) -> Candidate:
    """The upload that can earn most; of equal ones the surer, then the earliest. One that cannot be read
    is passed over where another can. So an essay is read only where it can still decide."""
    readable = [c for c in candidates if not c.upload.stops]
    if not readable:
        return candidates[-1]
    best = readable[0]
    for candidate in readable[1:]:
        if candidate.worth > best.worth:
            best = candidate
    return best


def _last(
    candidates: Sequence[Candidate], student: str, assignment: str
) -> tuple[Candidate, tuple[Trouble, ...]]:
    """The upload that came last, and what is wrong where nobody can say which that is."""
    for candidate in reversed(candidates):
        if all(_not_before(candidate, other) for other in candidates):
            return candidate, ()
    several = len({c.upload.read_as for c in candidates})
    text = f"{several} different uploads of {assignment}, and it is not known which came last: give --times"
    values = (("count", str(several)), ("assignment", assignment))
    return candidates[-1], (Trouble(student, "order", text, "", values),)


def _not_before(one: Candidate, other: Candidate) -> bool:
    a, b = one.upload.attempt, other.upload.attempt
    if (one.upload.owner, one.upload.read_as) == (other.upload.owner, other.upload.read_as):
        return True
    if a.time and b.time and a.time != b.time:
        return a.time > b.time
    return bool(a.order and b.order and a.order > b.order)


def _no_time(attempt: Attempt, assignment: str) -> Trouble:
    """That what lateness costs hangs on a time that nobody says."""
    kind, text = "late", f"{assignment} late by an unknown time"
    if attempt.late is None:
        kind, text = "no time", f"the time when {assignment} came is not known"
    text += ": give --times. Grade withheld."
    return Trouble(attempt.student, kind, text, "", (("assignment", assignment),))


def _counted(
    empty: Grade,
    counts: Candidate,
    order: tuple[Trouble, ...],
    candidates: Sequence[Candidate],
    assignment: Assignment,
) -> Grade:
    """The grade by the upload that counts."""
    upload = counts.upload
    withheld = [*empty.troubles, *order, *upload.stops, *upload.open]
    if counts.late is None:
        withheld.append(_no_time(upload.attempt, assignment.name))
    passed_over = [t for c in candidates if c is not counts for t in c.upload.stops]
    waits = any(q.waits for q in upload.questions)
    final = not withheld and not waits
    return replace(
        empty,
        status="withheld" if withheld else "waits" if waits else "final",
        so_far=counts.low,
        total=rounded_total(counts.low) if final else None,
        owner=upload.owner,
        sheet=upload.attempt.sheet,
        read_as=upload.read_as,
        handed_in_by=upload.attempt.student,
        late=counts.late or empty.late,
        questions=upload.questions,
        troubles=tuple(dict.fromkeys([*withheld, *passed_over, *upload.notes])),
    )
