"""The gradebook of a course, brought up to date: what every command of `oslab gradebook`, every report
and every export reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from oslab_grader.book.decisions import Decisions
from oslab_grader.book.grades import Grade
from oslab_grader.course.model import Course
from oslab_grader.course.roster import Roster
from oslab_grader.marking.result import Result


@dataclass(frozen=True)
class Book:
    """A course with everybody's grades. Nothing of it is held in memory but roster and decisions."""

    course: Course
    roster: Roster
    decisions: Decisions

    def grades(self, assignment: str) -> Iterator[Grade]:
        """Everybody's grade, in the order of the roster. Raises InputError for what was not handed out."""
        raise NotImplementedError  # H5 (from the index)

    def grade(self, assignment: str, student: str) -> Grade:
        """One student's. Raises InputError for one who is not on the roster."""
        raise NotImplementedError  # H5

    def result(self, assignment: str, owner: str, sheet: str) -> Result | None:
        """The marks of an upload, graded as this owner's; None where there are none."""
        raise NotImplementedError  # H5

    def results(self, assignment: str) -> Iterator[tuple[Grade, Result]]:
        """Everybody's grade with the marks of the upload that counts, where there is one."""
        raise NotImplementedError  # H5

    def handed_out(self) -> Mapping[str, bool]:
        """Every assignment of course.toml, and whether it has been handed out."""
        raise NotImplementedError  # H5


def open_book(course: Course, anew: bool = False) -> Book:
    """The book, up to date: what is new in attempts/ is marked, decisions are applied, and gradebook.db
    is written anew where anything changed. `anew`: as if there had been no gradebook.db."""
    raise NotImplementedError  # H5
