"""What a grade is made of, as everybody reads it; `oslab_grader.book.grades` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from oslab_grader.book.lateness import Lateness

Status: TypeAlias = Literal["final", "waits", "withheld", "missing", "excused"]


@dataclass(frozen=True)
class Trouble:
    """A row of the problem list: who, what kind (unreadable, not a sheet, other sheet, unknown, conflict,
    late, stopped, …), a sentence, and the command that settles it.

    text     English, whatever the language in force: it is kept
    values   what fills the sentence of that kind in the words file, ``[trouble-text]``; where there is no
             such sentence, `text` is all there is
    """

    who: str
    kind: str
    text: str
    command: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class QuestionGrade:
    """One question of one student.

    automatic  what the marks and amendments give, before a person reads or overrides; None where unreadable
    earned     what counts; None where there is none yet, and where the question is void
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
    sheet     the upload that counts, as it was handed in; `owner` whose variant it was graded against
    read_as   the bytes that were marked: `sheet`, or what it was repaired to. With `owner` it names the result
    troubles  also those that withhold nothing: an unreadable upload beside one that counts
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
    read_as: str = ""
    handed_in_by: str = ""
