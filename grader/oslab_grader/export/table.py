"""A plain table: one row for each student and assignment, for spreadsheets and scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oslab.errors import one_line
from oslab.exporting import Exported, ExportedGrade, ExportRequest
from oslab_grader.csvfile import csv_text
from oslab_grader.export.counts import Left, left_out_as, phrase, together
from oslab_grader.export.points import written

HEADS = (
    "id", "name", "email", "section", "team", "assignment", "title", "due", "status", "points", "total",
    "late", "received", "why", "questions", "comments",
)  # fmt: skip


def export(request: ExportRequest) -> Exported:
    """``grades.csv``. Who has no final grade has a row that says why, and an empty total."""
    rows, said = [], []
    for assignment in request.assignments:
        left = Left()
        count = 0
        for grade in request.book.grades(assignment.name):
            if grade.total is None and request.only_final:
                left[left_out_as(grade)] += 1
                continue
            count += 1
            due = assignment.due.isoformat()
            rows.append([*_person(grade), assignment.name, assignment.title, due, *_grade(grade)])
        said.append(together(assignment.name, phrase("rows", number=count), *left.said()))
    data = csv_text(HEADS, ([one_line(cell) for cell in row] for row in rows)).encode()
    return Exported({"grades.csv": data}, tuple(said))


def _person(grade: ExportedGrade) -> Iterator[str]:
    yield grade.student
    for column in ("name", "email", "section", "team"):
        yield grade.person.get(column, "")


def _grade(grade: ExportedGrade) -> Sequence[str]:
    questions = (
        f"{q.name}={'-' if q.earned is None else written(q.earned)}/{written(q.points)}"
        for q in grade.questions
    )
    about = (f"{q.name}: {text}" for q in grade.questions for text in q.comments)
    return (
        grade.status,
        written(grade.points),
        "" if grade.total is None else written(grade.total),
        "yes" if grade.late else "no",
        grade.received.isoformat() if grade.received else "",
        grade.kind if grade.total is None else "",
        " ".join(questions),
        "; ".join((*grade.comments, *about)),
    )
