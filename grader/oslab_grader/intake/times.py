"""When uploads were received: what an instructor types, and what Moodle writes in a worksheet.

A time without a zone is one of the course. File dates are never looked at: they say when a zip was made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from oslab.errors import InputError, one_line
from oslab.quantities import shown
from oslab_grader.course.roster import Roster
from oslab_grader.csvfile import read_csv

_YEARS = range(1990, 2200)
_EXAMPLE = "2026-03-02T23:58:10, or with a zone, 2026-03-02T22:58:10Z"
# Months as Moodle's language packs spell them: English, German, French, Spanish, Italian, Portuguese,
# Dutch, Swedish.
_MONTHS = [
    "january januar janvier enero gennaio janeiro januari",
    "february februar février febrero febbraio fevereiro februari",
    "march märz mars marzo março maart",
    "april avril abril aprile",
    "may mai mayo maggio maio mei maj",
    "june juni juin junio giugno junho",
    "july juli juillet julio luglio julho",
    "august août agosto augustus augusti",
    "september septembre septiembre settembre setembro",
    "october oktober octobre octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december dezember décembre diciembre dicembre dezembro",
]
_YEAR_FIRST = re.compile(r"(\d{4}) ?[年/.-] ?(\d{1,2}) ?[月/.-] ?(\d{1,2})(?!\d)日?")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
_DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er)?\.? (?:de )?([^\W\d_]{3,})\.?,? (?:del? )?(\d{4})"
)
_MONTH_DAY = re.compile(r"([^\W\d_]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_CLOCK = re.compile(r"(?<!\d)(\d{1,2}) ?[:h.] ?(\d{2})(?:[:.](\d{2}))?(?!\d)")
_MORNING = re.compile(r"\ba\.? ?m\b|上午|午前")
_AFTERNOON = re.compile(r"\bp\.? ?m\b|下午|午後")


def moment(text: str, zone: tzinfo) -> datetime:
    """The time that an ISO 8601 text names, in UTC; of two that a clock set back shows, the earlier.

    Raises ValueError whose message says what would be right.
    """
    cleaned = text.strip()
    try:
        found = datetime.fromisoformat(cleaned)
    except ValueError:
        raise ValueError(f"{shown(cleaned, 40)} is no time; write {_EXAMPLE}") from None
    if not re.search(r"[T ]\d", cleaned):
        raise ValueError(f"{shown(cleaned, 40)} has no time of day; write {_EXAMPLE}")
    return _aware(found, zone)


def moodle_moment(text: str, zone: tzinfo) -> datetime:
    """The time in a worksheet: ``Wednesday, 10 June 2026, 2:14 PM``, in the site's language.

    Raises ValueError.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text[:200]).casefold().split())
    date, rest = _date(plain)
    clock = _CLOCK.search(rest)
    if date is None or clock is None:
        raise ValueError(f"{shown(text.strip(), 60)} is no time that oslab can read")
    hour, minute, second = (int(part or 0) for part in clock.groups())
    if _AFTERNOON.search(rest) and hour < 12:
        hour += 12
    elif _MORNING.search(rest) and hour == 12:
        hour = 0
    try:
        found = datetime(*date, hour, minute, second)
    except ValueError:
        raise ValueError(f"{shown(text.strip(), 60)} is no time that there is") from None
    return _aware(found, zone)


def read_times(
    file: Path, roster: Roster, zone: tzinfo
) -> tuple[Mapping[str, datetime], Sequence[str]]:
    """The times of ``times.csv``, ``id,time``, by student; and the ids that are nobody's on the roster.

    Raises InputError listing every fault with its line.
    """
    table = read_csv(file, "id,time is expected, one line a student")
    heads = [head.casefold() for head in table.heads]
    if "id" not in heads or "time" not in heads:
        raise InputError(
            f"{file} line 1: the heads are {one_line(', '.join(table.heads))}; id and time are expected"
        )
    id_at, time_at = heads.index("id"), heads.index("time")
    found: dict[str, datetime] = {}
    strangers: list[str] = []
    lines: dict[str, int] = {}
    faults: list[str] = []
    for line, row in table.rows:
        if len(row) <= max(id_at, time_at):
            faults.append(f"line {line}: id and time are expected, {len(row)} cells found")
            continue
        person = roster.find(row[id_at].strip())
        if person is None:
            strangers.append(one_line(row[id_at].strip())[:64])
            continue
        try:
            time = moment(row[time_at], zone)
        except ValueError as error:
            faults.append(f"line {line}: {error}")
            continue
        if found.setdefault(person.id, time) != time:
            faults.append(f"line {line}: {person.id} has another time on line {lines[person.id]}")
        lines.setdefault(person.id, line)
    if faults:
        raise InputError("\n".join(f"{file} {fault}" for fault in faults))
    return found, strangers


def _aware(found: datetime, zone: tzinfo) -> datetime:
    if found.year not in _YEARS:
        raise ValueError(f"the year {found.year} cannot be meant")
    if found.tzinfo is None:
        local = found.replace(tzinfo=zone, fold=0)
        if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != found:
            raise ValueError(f"{found.isoformat(' ')} is left out when the clock is set forward")
        found = local
    return found.astimezone(UTC)


def _date(text: str) -> tuple[tuple[int, int, int] | None, str]:
    """Year, month and day, and the text without them."""
    if match := _YEAR_FIRST.search(text):
        year, month, day = map(int, match.groups())
    elif match := _YEAR_LAST.search(text):
        day, month, year = int(match[1]), int(match[3]), int(match[4])
        if match[2] != "." and day <= 12 and month <= 12 and day != month:
            return None, text  # nobody can tell which is the month
        if month > 12:
            day, month = month, day
    elif match := _DAY_MONTH.search(text):
        day, month, year = int(match[1]), _month(match[2]), int(match[3])
    elif match := _MONTH_DAY.search(text):
        day, month, year = int(match[2]), _month(match[1]), int(match[3])
    else:
        return None, text
    return (year, month, day), text[: match.start()] + " " + text[match.end() :]


def _month(word: str) -> int:
    """The number of a month's name or its beginning; 0 when it is none, or may be several."""
    fits = {
        number
        for number, names in enumerate(_MONTHS, start=1)
        if any(name.startswith(word) for name in names.split())
    }
    exact = {n for n, names in enumerate(_MONTHS, start=1) if word in names.split()}
    (number,) = exact or fits if len(exact or fits) == 1 else (0,)
    return number
