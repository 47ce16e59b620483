"""A course's book as exporters see it: plain records, one student at a time."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from oslab.errors import InputError
from oslab.exporting import (
    ExportedAssignment,
    ExportedGrade,
    ExportedLateness,
    ExportedQuestion,
)
from oslab.homework.checked import receipt_from
from oslab.text import language
from oslab_grader.book.book import Book
from oslab_grader.book.decided import is_settled
from oslab_grader.book.records import Grade, QuestionGrade
from oslab_grader.book.sentences import trouble_text
from oslab_grader.course.roster import Person
from oslab_grader.export.counts import phrase
from oslab_grader.handout.record import Head, Record
from oslab_grader.intake.attempts import Attempt, attempts_of
from oslab_grader.marking.local import feedback_all
from oslab_grader.marking.result import Task


class CourseBook:
    """The `oslab.exporting.Gradebook` of a book: what was handed out, and everybody's grade."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._records: dict[str, Record] = {}
        self._uploads: tuple[str, Mapping[str, Sequence[Attempt]]] = ("", {})

    @property
    def course(self) -> str:
        return self._book.course.name

    @property
    def title(self) -> str:
        return self._book.course.title

    @cached_property
    def assignments(self) -> tuple[ExportedAssignment, ...]:
        out = self._book.handed_out()
        return tuple(
            ExportedAssignment(a.name, a.title, self._head(a.name).points, a.due)
            for a in self._book.course.assignments
            if out[a.name]
        )

    def grades(self, assignment: str) -> Iterator[ExportedGrade]:
        titles = _titles(self._head(assignment))
        people = {person.id: person for person in self._book.roster.people}
        for grade in self._book.grades(assignment):
            yield self._exported(grade, people[grade.student], titles)

    def feedback(
        self, assignment: str, grades: Iterable[ExportedGrade]
    ) -> Iterator[tuple[ExportedGrade, Mapping[str, Sequence[str]]]]:
        waiting: deque[tuple[ExportedGrade, Grade]] = deque()

        def tasks() -> Iterator[Task]:
            for exported in grades:
                grade = self._book.grade(assignment, exported.student)
                waiting.append((exported, grade))
                task = self._task(grade)
                if task:
                    yield task
                else:
                    nothing.add(grade.student)

        nothing: set[str] = set()
        mode = self._book.course.assignment(assignment).feedback
        for told in feedback_all(tasks(), language(), mode):
            while waiting[0][0].student in nothing:
                yield waiting.popleft()[0], {}
            exported, grade = waiting.popleft()
            more = self._decided(grade)
            yield exported, {q: [*said, *more.get(q, ())] for q, said in told.items()}
        yield from ((exported, {}) for exported, _ in waiting)

    def _decided(self, grade: Grade) -> Mapping[str, Sequence[str]]:
        """What is said of the questions whose points are not those of the marks, though no person gave them:
        what cannot be read counts as not answered, or an amendment gives others."""
        result = self._book.result(grade.assignment, grade.owner, grade.read_as)
        if grade.status != "final" or result is None:
            return {}
        settled = is_settled(
            grade.handed_in_by, grade.assignment, grade.sheet, self._book.decisions
        )
        parts = {part["name"]: part for part in result["questions"]}
        found: dict[str, list[str]] = {}
        for q in grade.questions:
            if self._by_hand(grade, q) or q.earned is None:
                continue
            part = parts.get(q.name)
            unread = bool(result["refused"] or (part and part["unreadable"]))
            if settled and unread and q.earned < q.points:
                found[q.name] = [f"  {phrase('settled')}"]
            elif part and not unread and q.automatic != Fraction(part["earned"]):
                found[q.name] = [f"  {phrase('amended')}"]
        return found

    def _by_hand(self, grade: Grade, q: QuestionGrade) -> bool:
        """Whether a person gave the points in place of the marks; one who read an essay did not."""
        subject = ("points", grade.assignment, grade.student, q.name, "")
        return bool(q.by) and any(d.value for d in self._book.decisions.heads(subject))

    def _task(self, grade: Grade) -> Task | None:
        """What is to be marked again; None where there is no upload, or nobody's variant to mark it by."""
        attempt = self._upload(grade)
        record = self._record(grade.assignment)
        if attempt is None or grade.owner not in record:
            return None
        folder = self._book.course.attempts(grade.assignment)
        return Task(
            head=str(record.file),
            share=record.line(grade.owner).decode(),
            sheet=str(folder / f"{grade.read_as}.sheet"),
            digest=grade.read_as,
            alternatives={},
            file=attempt.file,
        )

    def _record(self, assignment: str) -> Record:
        if assignment not in self._records:
            folder = self._book.course.handout(assignment)
            self._records[assignment] = Record(folder / "record.jsonl")
        return self._records[assignment]

    def _head(self, assignment: str) -> Head:
        return self._record(assignment).head

    def _upload(self, grade: Grade) -> Attempt | None:
        """The upload that counts: the student's own, or of another of the team."""
        if not grade.sheet:
            return None
        if self._uploads[0] != grade.assignment:
            folder = self._book.course.attempts(grade.assignment)
            self._uploads = grade.assignment, attempts_of(folder)
        theirs = self._uploads[1].get(grade.handed_in_by, ())
        return next((a for a in theirs if a.sheet == grade.sheet), None)

    def _exported(self, grade: Grade, person: Person, titles: Mapping[str, str]) -> ExportedGrade:
        attempt = self._upload(grade)
        others = [dict(t.values) for t in grade.troubles if t.kind == "other sheet"]
        trouble = grade.troubles[0] if grade.troubles and grade.status == "withheld" else None
        return ExportedGrade(
            assignment=grade.assignment,
            student=grade.student,
            status=grade.status,
            points=grade.points,
            total=grade.total if grade.status == "final" else None,
            person=columns_of(person),
            late=grade.late.days > 0 or grade.late.by_lms or grade.late.too_late,
            received=attempt.time if attempt else None,
            file=attempt.file if attempt else "",
            source=attempt.source if attempt else "",
            by=grade.handed_in_by,
            kind=trouble.kind if trouble else "",
            reason=trouble_text(trouble) if trouble else "",
            questions=tuple(_question(q, titles, self._by_hand(grade, q)) for q in grade.questions),
            comments=grade.comments,
            own_name=re.split(r"[/\\]", attempt.own_name)[-1] if attempt else "",
            receipt=receipt_from(attempt.sheet) if attempt else "",
            says=others[0].get("said", "") if others else "",
            lateness=self._lateness(grade),
        )

    def _lateness(self, grade: Grade) -> ExportedLateness | None:
        late = grade.late
        if self._book.course.late.by == "lms" or not late.days:
            return None
        earned = sum((q.earned for q in grade.questions if q.earned is not None), Fraction(0))
        return ExportedLateness(earned, late.days, late.grace, late.penalty, late.too_late)


def columns_of(person: Person) -> Mapping[str, str]:
    """A person's columns of roster.csv."""
    return {
        **person.more,
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "section": person.section,
        "canvas": person.canvas,
        "team": person.team,
    }


def _question(q: QuestionGrade, titles: Mapping[str, str], by_hand: bool) -> ExportedQuestion:
    title = titles.get(q.name, q.exercise)
    return ExportedQuestion(
        q.name, q.exercise, title, q.points, q.earned, q.outcome, q.mistakes, q.comments, by_hand
    )


def _titles(head: Head) -> Mapping[str, str]:
    """Question → the title of its exercise, as it was handed out."""
    found = {}
    for question in head.questions:
        title = question.entry.get("title", {})
        found[question.name] = title.get(language(), "") or question.exercise
    return found


def chosen(book: CourseBook, names: Sequence[str]) -> tuple[ExportedAssignment, ...]:
    """The assignments of these names, all without any. Raises InputError for one that there is not, or
    that has not been handed out."""
    if not names:
        if not book.assignments:
            raise InputError("nothing has been handed out yet: oslab course handout NAME")
        return book.assignments
    known = {a.name: a for a in book.assignments}
    for name in names:
        if name not in known:
            raise InputError(
                f"{name} has not been handed out; there is {', '.join(known) or 'nothing yet'}"
            )
    return tuple(known[name] for name in dict.fromkeys(names))
