"""What Moodle does with an uploaded grading worksheet and an imported CSV file, written anew from its rules.

Source: moodle/moodle, mod/assign/feedback/offline (importgradeslib.php, locallib.php: comma, UTF-8, heads in
the site's language, silent skips), mod/assign/feedback/file/importziplib.php (names in a zip), and
grade/import/csv/classes/load_data.php. It shares no code with oslab.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field


@dataclass
class Site:
    """One assignment: participant → (grade, comment), who is locked, and the site's language."""

    grades: dict[int, float | None]
    comments: dict[int, str] = field(default_factory=dict)
    locked: frozenset[int] = frozenset()
    maximum: float = 20.0
    heads: tuple[str, str, str, str] = (
        "Identifier", "Grade", "Last modified (grade)", "Feedback comments",
    )  # fmt: skip
    hidden_user: str = "Participant "
    decimal: str = "."


def upload_worksheet(data: bytes, site: Site) -> dict[int, tuple[str, float | str]]:
    """Participant and what changes: ("grade", …) or ("comment", …) under (number, kind)."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    identifier, grade, modified, comments = (
        rows[0].index(head) if head in rows[0] else -1 for head in site.heads
    )
    assert min(identifier, grade, modified) >= 0, "invalid grade import"
    changes: dict[int, tuple[str, float | str]] = {}
    for row in rows[1:]:
        number = int(row[identifier][len(site.hidden_user) :])
        assert number in site.grades
        text = row[grade].replace(" ", "").replace(site.decimal, ".")
        found = re.match(r"-?[0-9]+(\.[0-9]*)?", text)
        value = float(found[0]) if found else None
        skipped = value is None or value == site.grades[number] or number in site.locked
        if not skipped and value is not None and 0 <= value <= site.maximum:
            changes[number] = ("grade", value)
        if comments >= 0 and row[comments] != site.comments.get(number, ""):
            changes[-number] = ("comment", row[comments])
    return changes


class Aborted(Exception):
    """The import fails as a whole."""


def import_grades(
    data: bytes, users: dict[str, int], identity: int, column: int
) -> dict[int, float | None]:
    """A gradebook import: the operator has mapped one column to users and one to a grade item."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))
    found: dict[int, float | None] = {}
    for row in rows[1:]:
        if row[identity] not in users:
            raise Aborted(f"no user {row[identity]}")
        text = row[column]
        if text in ("", "-"):
            found[users[row[identity]]] = None
            continue
        try:
            value = float(text)
        except ValueError:
            raise Aborted(f"no grade {text}") from None
        if value > 100:
            raise Aborted(f"{value} is too big")
        found[users[row[identity]]] = value
    return found


def feedback_file_of(name: str) -> tuple[int, str, str, str] | None:
    """Participant, plugin type, plugin and file name of a file in a zip of feedback; None: ignored."""
    parts = name.split("/")
    if parts[-1].startswith((".", "~")):
        return None
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) < 4 or not info[1].isdigit():
            continue
        rest = [info[4] if len(info) == 5 else "", *parts]
        return int(info[1]), info[2], info[3], "/".join(rest)
    return None
