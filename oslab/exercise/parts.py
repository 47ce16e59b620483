"""The parts of a sheet and their values: out of parsed TOML, or entry by entry where it is none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, TypeAlias

from oslab.exercise.answers import is_blank
from oslab.exercise.bounds import fault_of
from oslab.exercise.layout import Entry, Layout
from oslab.exercise.notes import Note
from oslab.exercise.sheet import Damaged
from oslab.exercise.slips import read_value
from oslab.quantities import INT_BITS, shown

QUESTION = re.compile(r"q[0-9]{1,3}")
# The most combining marks in a row that Unicode's stream-safe text has; normalising takes quadratic
# time in their number.
_MOST_MARKS = 30

Parts: TypeAlias = dict[str, dict[str, object]]
"""Part → name → value; what stands before the first part is in part ""."""


def parts_of_toml(table: Mapping[str, Any]) -> Parts:
    """The parts of a parsed sheet."""
    parts: Parts = {}
    for name, value in table.items():
        if isinstance(value, dict):
            part = parts.setdefault(part_name(name), {})
            part.update((key, _checked(key, v)) for key, v in value.items())
        else:
            parts.setdefault("", {})[name] = _checked(name, value)
    return parts


def parts_of_layout(layout: Layout) -> tuple[Parts, list[Note]]:
    """The parts read entry by entry, with notes on every slip."""
    said = list(layout.notes)
    parts: Parts = {name: {} for name in layout.parts}
    firsts: dict[tuple[str, str], int] = {}
    for entry in layout.entries:
        part, name = place_of(entry)
        value, notes = read_value(entry)
        value = _calm(value)
        said.extend(notes)
        held = parts.setdefault(part, {})
        if name in held:
            value = _once(name, held[name], value, firsts[part, name], entry, said)
        else:
            firsts[part, name] = entry.line
        held[name] = value
    return parts, said


def part_name(name: str) -> str:
    """A part's name; those that belong to a sheet are in small letters."""
    lower = name.lower()
    return lower if lower == "sheet" or QUESTION.fullmatch(lower) else name


def place_of(entry: Entry) -> tuple[str, str]:
    """Part and name of an entry; ``q1.faults`` before the first part is in part q1."""
    above, dot, below = entry.name.partition(".")
    if dot and not entry.part and QUESTION.fullmatch(above.lower()):
        return above.lower(), below
    return entry.part, entry.name


def _checked(name: str, value: object) -> object:
    fault = fault_of(value)
    if fault:
        return Damaged(Note("unreadable", fault, {"bits": INT_BITS, "given": shown(name)}))
    return _calm(value)


def _calm(value: Any) -> Any:
    """The value, its texts without runs of combining marks that take long to normalise."""
    if isinstance(value, list):
        return [_calm(v) for v in value]
    if isinstance(value, dict):
        return {_calm(k): _calm(v) for k, v in value.items()}
    if not isinstance(value, str) or value.isascii() or len(value) <= _MOST_MARKS:
        return value
    kept, run = [], 0
    for c in value:
        run = run + 1 if unicodedata.combining(c) else 0
        if run <= _MOST_MARKS:
            kept.append(c)
    return "".join(kept)


def _once(
    name: str, old: object, new: object, first: int, entry: Entry, said: list[Note]
) -> object:
    """The value of a name that stands twice: what is filled in, if that is one thing only."""
    values = {"name": shown(name)[1:-1], "first": first, "second": entry.line}
    if not isinstance(old, Damaged) and not isinstance(new, Damaged):
        filled = [v for v in (old, new) if not is_blank(v)]
        if len(filled) < 2 or (type(old) is type(new) and old == new):
            said.append(Note("slips", "twice-same", values, entry.line, 1, entry.source))
            return filled[0] if filled else old
    return Damaged(Note("slips", "twice", values, entry.line, 1, entry.source))
