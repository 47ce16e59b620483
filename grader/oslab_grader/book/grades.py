"""Grades: a pure function of the roster, what was handed out, uploads with their marks, decisions and
policy. Points stay exact fractions; a total is rounded once, half up, to two decimals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal, TypeAlias

Status: TypeAlias = Literal["final", "waits", "withheld", "missing", "excused"]


@dataclass(frozen=True)
class Trouble:
    """A row of the problem list: who, what kind (unreadable, not a sheet, other sheet, unknown, conflict,
    late, stopped, …), a sentence, and the command that settles it."""

    who: str
    kind: str
    text: str
    command: str = ""


@dataclass(frozen=True)
class Lateness:
    """How late the upload that counts is.

    days     started days after due date and slack; `grace` of them cost nothing
    penalty  the share of the points earned that is taken off (0 with late.by = "lms")
    by_lms   the LMS marked it late, and reduces it itself
    """

    time: datetime | None = None
    due: datetime | None = None
    days: int = 0
    grace: int = 0
    penalty: Fraction = Fraction(0)
    by_lms: bool = False
    too_late: bool = False


@dataclass(frozen=True)
class QuestionGrade:
    """One question of one student.

    automatic  what the marks and amendments give, before a person's override; None where unreadable
    earned     what counts; None where there is none yet
    waits      points a person still has to give
    outcome    right, partial, wrong, blank, unreadable, waits; "void" where it is out of the total
    by         who overrode it, or read the essay; "" where nobody did
    """

    name: str
    exercise: str
    points: Fraction
    automatic: Fraction | None
    earned: Fraction | None
    waits: Fraction = Fraction(0)
    outcome: str = "blank"
    mistakes: tuple[str, ...] = ()
    by: str = ""
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grade:
    """One student's grade in one assignment.

    status    final; waits (for a reader); withheld (something must be settled first, see `troubles`);
              missing (nothing handed in); excused
    total     after lateness, rounded; None unless final (of `waits`, what is certain so far is `so_far`)
    sheet     the upload that counts; `owner` whose variant it was graded against
    """

    assignment: str
    student: str
    status: Status
    points: Fraction
    so_far: Fraction = Fraction(0)
    total: Fraction | None = None
    owner: str = ""
    sheet: str = ""
    late: Lateness = Lateness()
    questions: tuple[QuestionGrade, ...] = ()
    comments: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
