"""A gradebook made by hand: what exporters are given, with no course behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from oslab.exporting import (
    ExportedAssignment,
    ExportedGrade,
    ExportedQuestion,
    ExportRequest,
)

DUE = datetime(2026, 3, 2, 22, 59, tzinfo=UTC)


@dataclass(frozen=True)
class HandMade:
    """A gradebook of grades that are all in memory."""

    all: Sequence[ExportedGrade]
    assignments: tuple[ExportedAssignment, ...]
    course: str = "os101-2026"
    title: str = "Operating Systems"
    told: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)

    def grades(self, assignment: str) -> Iterator[ExportedGrade]:
        return (grade for grade in self.all if grade.assignment == assignment)

    def feedback(
        self, assignment: str, grades: Iterable[ExportedGrade]
    ) -> Iterator[tuple[ExportedGrade, Mapping[str, Sequence[str]]]]:
        for grade in grades:
            told = {
                q: lines for (student, q), lines in self.told.items() if student == grade.student
            }
            yield grade, told


def a_grade(student: str, total: Any = None, status: str = "", **more: Any) -> ExportedGrade:
    """One student in hw1 of 20 points; final where there is a total."""
    person = {"id": student, "name": f"Name {student}", "email": f"{student}@uni.example", "section": "A",
              "canvas": "88" + student[1:], "team": ""}  # fmt: skip
    person.update(more.pop("person", {}))
    given: dict[str, Any] = {
        "assignment": "hw1",
        "student": student,
        "status": status or ("final" if total is not None else "missing"),
        "points": Fraction(20),
        "total": None if total is None else Fraction(str(total)),
        "person": person,
        **more,
    }
    return ExportedGrade(**given)


def a_question(name: str = "q1", earned: Any = 5, outcome: str = "partial", **more: Any) -> Any:
    return ExportedQuestion(
        name, "paging/replace-fifo", more.pop("title", "FIFO by hand"), Fraction(8),
        None if earned is None else Fraction(str(earned)), outcome, **more,
    )  # fmt: skip


@pytest.fixture
def request_of() -> Callable[..., ExportRequest]:
    """`request_of(*grades, given=, title=, points=, only_final=, told=)`."""

    def make(*grades: ExportedGrade, **more: Any) -> ExportRequest:
        points = Fraction(more.pop("points", 20))
        hw1 = ExportedAssignment("hw1", more.pop("title", "Homework 1"), points, DUE)
        others = more.pop("others", ())
        book = HandMade(grades, (hw1, *others), told=more.pop("told", {}))
        given = more.pop("given", None)
        if isinstance(given, str):
            given = given.encode()
        name = "Grades.csv" if given is not None else ""
        return ExportRequest(book, book.assignments, given, name, **more)

    return make
