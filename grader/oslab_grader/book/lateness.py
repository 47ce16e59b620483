"""Lateness: when an assignment is due for one student, how late an upload is, and what that costs.

Time is real, elapsed time: the hour that a change of clocks takes or gives is no part of a day late. Of
times and the policy only; no clock is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from oslab.errors import InputError
from oslab.quantities import shown, tidy
from oslab_grader.course.model import LatePolicy

DAY = timedelta(days=1)
_LATER = re.compile(r"\+([0-9]{1,4}) ?(min|h|d)")
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": DAY}


@dataclass(frozen=True)
class Lateness:
    """How late the upload that counts is.

    due      for this student: extensions are in it
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


def extension(text: str) -> str:
    """An extension as it is kept: ``+30min``, ``+36h``, ``+2d``, or a time, ``2026-03-09T23:59:00``.

    Raises InputError saying what would be one.
    """
    word = tidy(text)
    if _LATER.fullmatch(word):
        return word.replace(" ", "")
    try:
        if len(word) <= 10:
            raise ValueError("a day without a time")
        return datetime.fromisoformat(word).isoformat(timespec="seconds")
    except ValueError:
        raise InputError(
            f"{shown(text)} is no extension; 2026-03-09T23:59 or +30min, +36h, +2d would be"
        ) from None


def due_with(due: datetime, extended: str) -> datetime:
    """When it is due with an extension; never earlier than without.

    ``+2d`` is the same time of day two days later, ``+48h`` and ``+30min`` are elapsed time; a time
    without an offset is one of the course's zone. `due` is aware, in that zone.

    Raises InputError for what is no extension.
    """
    if not extended:
        return due
    later = _LATER.fullmatch(extended)
    try:
        if later and later[2] == "d":
            moved = due + DAY * int(later[1])  # in one zone Python adds on the wall clock
        elif later:
            moved = (due.astimezone(UTC) + _UNITS[later[2]] * int(later[1])).astimezone(due.tzinfo)
        else:
            moved = datetime.fromisoformat(extended)
            moved = moved if moved.tzinfo else moved.replace(tzinfo=due.tzinfo)
            moved = moved.astimezone(due.tzinfo)
        return max(due, moved, key=lambda time: time.astimezone(UTC))
    except (ValueError, OverflowError):
        raise InputError(f"{shown(extended)} is no extension") from None


def days_late(time: datetime, due: datetime, slack: timedelta) -> int:
    """Started days of 24 hours after due date and slack."""
    over = time.astimezone(UTC) - (due.astimezone(UTC) + slack)
    return max(0, -(over // -DAY))


def lateness(
    time: datetime | None, late: bool | None, due: datetime, policy: LatePolicy, left: int
) -> Lateness | None:
    """What an upload's lateness costs with so many grace days `left`; None where the time decides and
    nobody knows it.

    time   when it was received, aware; None where nobody says
    late   what the LMS says; None where it says nothing
    """
    days = days_late(time, due, policy.slack) if time else 0
    if policy.by == "lms":
        return Lateness(time, due, days, by_lms=days > 0 if late is None else late)
    if time is None and late is not False and not free(policy):
        return None
    if policy.cutoff_days is not None and days > policy.cutoff_days:
        return Lateness(time, due, days, penalty=Fraction(1), too_late=True)
    grace = min(days, left) if policy.per_day else 0
    penalty = min(Fraction(1), policy.per_day * (days - grace))
    return Lateness(time, due, days, grace, penalty)


def free(policy: LatePolicy) -> bool:
    """Whether being late costs nothing here."""
    return policy.by == "lms" or (not policy.per_day and policy.cutoff_days is None)
