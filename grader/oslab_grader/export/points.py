"""Points as the files of an LMS have them."""

from __future__ import annotations

import re
from fractions import Fraction

from oslab.exercise.feedback import rounded

_NUMBER = re.compile(r"([+-]?)([0-9]+)(?:[.,]([0-9]*))?")


def written(points: Fraction, comma: bool = False) -> str:
    """A number without thousands separators, two decimals at most: ``17.5``, or ``17,5``."""
    return rounded(points).replace(".", ",") if comma else rounded(points)


def read(text: str) -> Fraction | None:
    """The number in a cell, with a decimal point or comma; None where there is none."""
    found = _NUMBER.fullmatch(text.strip())
    if not found or len(text) > 40:
        return None
    sign, whole, decimals = found.groups()
    return Fraction(f"{sign}{whole}.{decimals or 0}")


def same(text: str, points: Fraction) -> bool:
    """Whether a cell says these points, to the two decimals that there are."""
    value = read(text)
    return value is not None and rounded(value) == rounded(points)
