"""What a TOML parser may be given: text that it reads in bounded time and memory.

tomllib takes quadratic time and memory for keys of many dotted parts, raises RecursionError for deep
brackets and makes integers of a million digits. All this is seen beforehand, in one pass.
"""

from __future__ import annotations

import datetime
import math
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from oslab.quantities import INT_BITS

DATES = datetime.date | datetime.time
MOST_LINES = 20_000
MOST_VALUES = 5_000
MOST_DOTS = 16
MOST_DEPTH = 16
LONGEST_WORD = 400

_TOKEN = re.compile(
    # Lines that are comments, as one word.
    r"#[^\n]*+(?:\n[ \t]*+#[^\n]*+)*+|'''|\"\"\"|\"(?:\\.|[^\"\\\n])*\"?|'[^'\n]*'?|[\n=,{}\[\].]|[^\s=,{}\[\].#\"']+"
)
# Up to two of the closing quotes belong to the text.
_END = {
    "'''": re.compile(r"(?:[^']++|'(?!''))*+'{3,5}"),
    '"""': re.compile(r"(?:\\.|[^\\\"]++|\"(?!\"\"))*+\"{3,5}", re.DOTALL),
}
# What tomllib raises beside TOMLDecodeError, which is a ValueError.
_ERRORS = (ValueError, RecursionError, MemoryError, OverflowError)


def bounded(text: str) -> bool:
    """Whether tomllib reads this text, or gives it up, in bounded time and memory."""
    if text.count("\n") > MOST_LINES:
        return False
    position = dots = depth = values = 0
    while token := _TOKEN.search(text, position):
        word, position = token[0], token.end()
        if word in _END:
            end = _END[word].match(text, position)
            if not end:
                return True  # tomllib stops here too
            position = end.end()
        elif word == ".":
            dots += 1
        elif word in "\n=,{}[]":
            dots = 0
            values += word in "=,{["
            depth += (word in "{[") - (word in "}]")
        elif word[0] not in "#\"'" and len(word) > LONGEST_WORD:
            return False
        if dots > MOST_DOTS or depth > MOST_DEPTH or values > MOST_VALUES:
            return False
    return True


def parsed(text: str) -> dict[str, Any] | None:
    """The text as TOML; None when it is not, or not within bounds."""
    if not bounded(text):
        return None
    try:
        return tomllib.loads(text)
    except _ERRORS:
        return None


def has_dates(value: object) -> bool:
    """Whether a TOML value is, or holds, a date or time."""
    if isinstance(value, dict):
        return any(map(has_dates, value.values()))
    if isinstance(value, list):
        return any(map(has_dates, value))
    return isinstance(value, DATES)


def fault_of(value: object, depth: int = 0) -> str | None:
    """Why a value cannot be an answer, as a key of ``[unreadable]``; None when it can."""
    if isinstance(value, bool | str):
        return None
    if isinstance(value, int):
        return "too-large" if abs(value) >= 2**INT_BITS else None
    if isinstance(value, float):
        return None if math.isfinite(value) else "not-finite"
    if isinstance(value, list | Mapping) and depth < MOST_DEPTH:
        inside = value.values() if isinstance(value, Mapping) else value
        return next((fault for v in inside if (fault := fault_of(v, depth + 1))), None)
    return "one-value"
