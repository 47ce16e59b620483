"""A course as its instructor wrote it: ``course.toml``, read and checked.

Only what the file says, with no look at rosters, handouts or exercises.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from oslab.errors import InputError, one_line

Lms: TypeAlias = Literal["canvas", "moodle", "gradescope", "none"]
Feedback: TypeAlias = Literal["full", "marks", "format"]


@dataclass(frozen=True)
class LatePolicy:
    """What a late upload costs.

    by           "lms": the LMS reduces, oslab exports full points; "oslab": as follows; never both
    per_day      share of the points earned, for each started day after `slack`
    slack        so late is still in time
    cutoff_days  more than so many days late earns nothing; None: there is no such limit
    grace_days   days that cost nothing, for each student and term, spent in order of due date
    """

    by: Literal["lms", "oslab"] = "lms"
    per_day: Fraction = Fraction(0)
    slack: timedelta = timedelta()
    cutoff_days: int | None = None
    grace_days: int = 0


@dataclass(frozen=True)
class QuestionSetting:
    """One question of an assignment as course.toml has it; `points` None: the exercise's own."""

    exercise: str
    points: Fraction | None = None


@dataclass(frozen=True)
class Assignment:
    """One assignment: one sheet, one upload.

    title      as the LMS calls it
    due        aware, in the course's time zone
    feedback   what `check` says: "full"; "marks": right or wrong only; "format": readable or not (exams)
    counts     which of several uploads counts: the "best" after lateness, or the "last"
    team       the variant is the team's, and any member's upload counts for all
    """

    name: str
    title: str
    due: datetime
    questions: tuple[QuestionSetting, ...]
    feedback: Feedback = "full"
    counts: Literal["best", "last"] = "best"
    team: bool = False

    def question_names(self) -> tuple[str, ...]:
        return tuple(f"q{i}" for i in range(1, len(self.questions) + 1))


@dataclass(frozen=True)
class Course:
    """A course and the folder that holds it.

    name        ``os101-2026``; the course's own exercises are called ``os101/…``: the name up to its
                first hyphen
    student_id  the pattern a student number matches whole
    plugins     requirements of the plugins that are loaded beside the built-in ones
    """

    folder: Path
    name: str
    title: str
    timezone: ZoneInfo
    lms: Lms
    student_id: str
    assignments: tuple[Assignment, ...]
    late: LatePolicy = LatePolicy()
    plugins: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """What the course's own exercises are named under."""
        return self.name.partition("-")[0]

    def assignment(self, name: str) -> Assignment:
        """The assignment of this name. Raises InputError naming those there are: ``hw9 is not in
        course.toml: hw1, exam1``."""
        for assignment in self.assignments:
            if assignment.name == name:
                return assignment
        names = ", ".join(a.name for a in self.assignments) or "it has no assignment yet"
        raise InputError(f"{one_line(name)} is not in course.toml: {names}")

    # The folder's layout, in this one place.
    @property
    def file(self) -> Path:
        return self.folder / "course.toml"

    @property
    def roster_file(self) -> Path:
        return self.folder / "roster.csv"

    @property
    def exercises(self) -> Path:
        return self.folder / "exercises"

    @property
    def decisions(self) -> Path:
        return self.folder / "decisions"

    @property
    def database(self) -> Path:
        return self.folder / "gradebook.db"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def handout(self, assignment: str) -> Path:
        return self.folder / "handout" / assignment

    def attempts(self, assignment: str) -> Path:
        return self.folder / "attempts" / assignment
