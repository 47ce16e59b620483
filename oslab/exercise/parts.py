"""The parts of a sheet and their values, out of parsed TOML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, TypeAlias

from oslab.exercise.bounds import fault_of
from oslab.exercise.notes import Note
from oslab.exercise.sheet import Damaged
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


def part_name(name: str) -> str:
    """A part's name; those that belong to a sheet are in small letters."""
    lower = name.lower()
    return lower if lower == "sheet" or QUESTION.fullmatch(lower) else name


def _checked(name: str, value: object) -> object:
    fault = fault_of(value)
    if fault:
        return Damaged(Note("unreadable", fault, {"bits": INT_BITS, "given": shown(name)}))
    return calm(value)


def calm(value: Any) -> Any:
    """The value, its texts without runs of combining marks that take long to normalise."""
    if isinstance(value, list):
        return [calm(v) for v in value]
    if isinstance(value, dict):
        return {calm(k): calm(v) for k, v in value.items()}
    if not isinstance(value, str) or value.isascii() or len(value) <= _MOST_MARKS:
        return value
    kept, run = [], 0
    for c in value:
        run = run + 1 if unicodedata.combining(c) else 0
        if run <= _MOST_MARKS:
            kept.append(c)
    return "".join(kept)
