"""One table of a file that a person wrote, read key by key: what is wrong is noted with its line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

from oslab.errors import InputError
from oslab.exercise.fields import did_you_mean
from oslab.quantities import printable, shown
from oslab_grader.course.places import Path, line_of

REQUIRED = object()
"""In the place of a default: the key must be there."""


@dataclass
class Table:
    """One table, read key by key. What is wrong is noted with its line, and reading goes on with a
    stand-in, so that everything wrong is found."""

    values: Mapping[str, Any]
    path: Path
    lines: Mapping[Path, int]
    faults: list[tuple[int, str]]

    def fault(self, text: str, *inside: str | int) -> None:
        self.faults.append((line_of(self.lines, (*self.path, *inside)), text))

    def keys(self, known: Sequence[str]) -> None:
        for key in self.values:
            if key not in known:
                near = did_you_mean(key, known)
                self.fault(f"no such key {shown(key)}{near}; here go {', '.join(known)}", key)

    def get(self, key: str, kind: type | tuple[type, ...], default: Any, expected: str) -> Any:
        """A value of this kind; `default` where it is missing or of another, which is noted."""
        if key not in self.values:
            if default is REQUIRED:
                self.fault(f"{key} is missing: {expected}")
            return default
        value = self.values[key]
        # By type: true is not 1.
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        self.fault(f"{key} is {found(value)}; {expected} is expected", key)
        return default

    def text(self, key: str, default: Any = REQUIRED, expected: str = "a text in quotes") -> str:
        value = self.get(key, str, default, expected)
        if value is REQUIRED:
            return ""
        if key in self.values and isinstance(self.values[key], str):
            if not value.strip():
                self.fault(f"{key} is empty; {expected} is expected", key)
            elif printable(value) != value or "\n" in value or "\t" in value:
                self.fault(f"{key} has control characters: {shown(value)}", key)
            elif len(value) > 200:
                self.fault(f"{key} is longer than 200 characters", key)
        return cast(str, value)

    def natural(self, key: str, default: Any, most: int = 10_000) -> Any:
        value = self.get(key, int, default, "a whole number")
        if isinstance(value, int) and not 0 <= value <= most:
            self.fault(f"{key} is {found(value)}; 0 to {most} is expected", key)
            return default
        return 0 if value is REQUIRED else value

    def one_of(self, key: str, options: Sequence[str], default: str) -> str:
        named = ", ".join(options)
        value = self.get(key, str, default, f"one of {named}")
        if value not in options:
            near = did_you_mean(value.casefold(), options)
            self.fault(f"{key} is {shown(value)}{near}; one of {named} is expected", key)
            return default
        return cast(str, value)

    def number(
        self, key: str, default: Any, parse: Callable[[str], Fraction], expected: str
    ) -> Any:
        """An exact number: 8, 0.5 (as written, not the nearest binary one), "1/2"."""
        value = self.get(key, (int, float, str), default, expected)
        if not isinstance(value, int | float | str):
            return value
        try:
            if isinstance(value, float) and not math.isfinite(value):
                raise InputError(str(value))
            return parse(value if isinstance(value, str) else str(value))
        except ValueError:
            self.fault(f"{key} is {found(value)}; {expected} is expected", key)
            return default


def found(value: object) -> str:
    """A value as a message shows it."""
    if isinstance(value, str):
        return shown(value, 60)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, int) and abs(value) >= 2**64:
        return "a very large number"
    return str(value)[:60]
