"""When homework is due, in words: ``due Mon 2 Mar 23:59 (Zurich)``, and how long that is from now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from oslab.homework.classfile import ClassFile
from oslab.wordfiles import words_of

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
# No course lasts so long: what is left of an earlier one.
_LONG = timedelta(days=300)


def due_text(content: ClassFile) -> str:
    """The time, in the course's zone, whatever the zone here."""
    words = words_of("oslab")
    due = content.due
    return words["homework", "due"](
        weekday=words["weekdays", str(due.isoweekday())],
        day=due.day,
        month=words["months", str(due.month)],
        month_number=due.month,
        time=f"{due:%H:%M}",
        zone=content.timezone.rpartition("/")[2].replace("_", " "),
    )


def left_text(due: datetime, now: datetime | None = None) -> str:
    """How long it is until then: "in 6 days"; whole days, hours or minutes that are left for
    sure; of a time long ago, in which year it was."""
    words = words_of("oslab")
    left = due - (now or datetime.now(UTC))
    if left < -_LONG:
        return words["homework", "is-long-over"](year=due.year)
    if left < timedelta(0):
        return words["homework", "is-over"]()
    for unit, key in ((_DAY, "in-days"), (_HOUR, "in-hours"), (_MINUTE, "in-minutes")):
        if left >= 2 * unit:
            return words["homework", key](count=left // unit)
    return words["homework", "in-a-minute"]()
