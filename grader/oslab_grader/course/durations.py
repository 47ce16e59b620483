"""Times that people write: ``10min``, ``2h``, ``1d 12h``."""

from __future__ import annotations

import re
from datetime import timedelta

from oslab.errors import InputError
from oslab.quantities import shown, tidy

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_PART = r"\s*([0-9]{1,6})\s*(s|min|h|d)"


def duration(text: str) -> timedelta:
    """How long that is. Raises InputError."""
    word = tidy(text)
    if not re.fullmatch(rf"({_PART})+\s*", word):
        raise InputError(f'{shown(text)} is not a length of time; "10min", "2h" or "1d" would be')
    seconds = sum(int(n) * _UNITS[unit] for n, unit in re.findall(_PART, word))
    return timedelta(seconds=seconds)
