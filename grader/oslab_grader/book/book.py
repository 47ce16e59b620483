"""The gradebook of a course, brought up to date: what every command of `oslab gradebook`, every report
and every export reads."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory

from oslab.errors import InputError, harmless
from oslab_grader.book import marks, refresh
from oslab_grader.book.decisions import Decisions, read_decisions
from oslab_grader.book.index import (
    Unusable,
    grade_from_json,
    new_index,
    open_index,
    trouble_from_row,
)
from oslab_grader.book.records import Grade, Trouble
from oslab_grader.book.workplace import remove_abandoned, workplace
from oslab_grader.course.model import Course
from oslab_grader.course.roster import Roster
from oslab_grader.marking.result import Result

_WHY = {
    "damaged": "is damaged",
    "foreign": "is no gradebook of oslab",
    "newer": "was made by another version of oslab",
}


@dataclass(frozen=True)
class Book:
    """A course with everybody's grades. Nothing of it is held in memory but roster and decisions.

    new     for each assignment how many students' marks were made just now
    """

    course: Course
    roster: Roster
    decisions: Decisions
    index: sqlite3.Connection = field(repr=False, compare=False)
    new: Mapping[str, int] = field(default_factory=dict)
    # Where the course's folder cannot be written, the index is there as long as the book is.
    _aside: TemporaryDirectory[str] | None = field(default=None, repr=False, compare=False)

    def grades(self, assignment: str) -> Iterator[Grade]:
        """Everybody's grade, in the order of the roster. Raises InputError for what was not handed out."""
        self._must_be_out(assignment)
        asked = "SELECT body FROM grades WHERE assignment=? ORDER BY place"
        for (body,) in self._rows(asked, assignment):
            yield grade_from_json(json.loads(body))

    def grade(self, assignment: str, student: str) -> Grade:
        """One student's. Raises InputError for one who is not on the roster."""
        self._must_be_out(assignment)
        person = self.roster[student]
        asked = "SELECT body FROM grades WHERE assignment=? AND student=?"
        (body,) = next(self._rows(asked, assignment, person.id))
        return grade_from_json(json.loads(body))

    def result(self, assignment: str, owner: str, sheet: str) -> Result | None:
        """The marks of an upload, graded as this owner's; None where there are none."""
        return marks.result_of(self.index, assignment, owner, sheet)

    def results(self, assignment: str) -> Iterator[tuple[Grade, Result]]:
        """Everybody's grade with the marks of the upload that counts, where there is one."""
        self._must_be_out(assignment)
        asked = (
            "SELECT g.body, r.body FROM grades g JOIN results r ON r.assignment=g.assignment "
            "AND r.owner=g.owner AND r.sheet=g.read_as AND r.refused='' "
            "WHERE g.assignment=? ORDER BY g.place"
        )
        for grade, result in self._rows(asked, assignment):
            yield grade_from_json(json.loads(grade)), json.loads(result)

    def problems(self, assignment: str) -> Iterator[Trouble]:
        """The problem list: of students in the order of the roster, then of others."""
        asked = (
            "SELECT student, kind, text, command, said FROM problems "
            "WHERE assignment=? ORDER BY rowid"
        )
        return map(trouble_from_row, self._rows(asked, assignment))

    def has_problems(self, assignment: str) -> bool:
        """Whether the problem list has a row."""
        return next(self.problems(assignment), None) is not None

    def count(self, assignment: str, which: str = "1") -> int:
        """How many grades of an assignment there are of which this SQL condition holds."""
        asked = f"SELECT COUNT(*) FROM grades WHERE assignment=? AND ({which})"
        return int(next(self._rows(asked, assignment))[0])

    def handed_out(self) -> Mapping[str, bool]:
        """Every assignment of course.toml, and whether it has been handed out."""
        return refresh.handed_out(self.course)

    def _rows(self, asked: str, *values: str) -> Iterator[tuple[str, ...]]:
        try:
            yield from self.index.execute(asked, values)
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"{self.course.database} cannot be read ({error}); oslab grade --all makes it anew"
            ) from None

    def _must_be_out(self, assignment: str) -> None:
        self.course.assignment(assignment)
        if not self.handed_out()[assignment]:
            raise InputError(
                f"{assignment} has not been handed out: oslab course handout {assignment}"
            )


def open_book(
    course: Course,
    anew: bool = False,
    again: bool = False,
    engine: marks.Engine | None = None,
    progress: marks.Progress | None = None,
    say: Callable[[str], None] | None = None,
) -> Book:
    """The book, up to date: what is new in attempts/ is marked, decisions are applied, and gradebook.db
    is written anew where anything changed.

    anew      as if there had been no gradebook.db
    again     what could not be marked last time (a plugin that is broken, a checker that was stopped) is
              tried again
    engine    marks tasks; `mark_all` with its usual limits where none is given
    progress  told how far the marking of an assignment is
    say       told once that gradebook.db was not to be used, or cannot be written; standard error

    A course folder that cannot be written, or in which another process grades just now, is read all the
    same; the index then stands aside as long as the book. Raises InputError for files of the course that
    cannot be used.
    """
    from oslab_grader.course.home import roster_of

    roster, decisions = roster_of(course), read_decisions(course.decisions)
    say = say or _to_stderr
    inputs = refresh.fingerprint(course, roster, decisions)
    old = None if anew else _old(course, say)
    if old is not None:
        facts = dict(old.execute("SELECT name, value FROM meta"))
        if facts.get("inputs") == inputs and not (again and facts.get("unsettled") != "0"):
            remove_abandoned(course.folder)
            return Book(course, roster, decisions, old)
    place = workplace(course.folder, anew, say)
    try:
        with new_index(place.made) as db:
            given = marks.Inputs(
                course, roster, decisions, old, place.results, again, engine or _engine(),
                progress or _silent,
            )  # fmt: skip
            new = refresh.fill(db, given, inputs)
        if old is not None:
            old.close()
        found = open_index(place.install())
    finally:
        place.results.close()
    assert found is not None
    return Book(course, roster, decisions, found, new, place.aside)


def _old(course: Course, say: Callable[[str], None]) -> sqlite3.Connection | None:
    try:
        return open_index(course.database)
    except Unusable as reason:
        say(f"{course.database.name} {_WHY[reason.reason]}; made anew from the course's files")
        return None


def _engine() -> marks.Engine:
    from oslab_grader.marking.local import mark_all

    return mark_all


def _silent(assignment: str, done: int, of: int) -> None:
    """Nobody watches."""


def _to_stderr(text: str) -> None:
    print(harmless(f"oslab: {text}"), file=sys.stderr)
