"""TOML files that users write: of bounded size and depth, every fault an InputError naming the file."""

from __future__ import annotations

import tomllib
from typing import Any

from oslab import InputError
from oslab.exercise.bounds import MOST_DEPTH, MOST_VALUES, bounded
from oslab.textfile import read_text

MOST_BYTES = 2**20


def read_toml(path: str, what: str, hint: str = "") -> dict[str, Any]:
    """The table in a file that should be `what`, as "a machine file"; `hint` is added where it cannot be
    opened. Raises InputError."""
    return parse_toml(read_text(path, f"{what} is expected", MOST_BYTES, hint), path)


def parse_toml(text: str, name: str, hint: str = "") -> dict[str, Any]:
    """The table that the text is; `name` is the file's, for messages, and `hint` is added where it is
    not TOML. Raises InputError."""
    if not bounded(text):
        raise InputError(
            f"{name}: too much for such a file: at most {MOST_VALUES} values, {MOST_DEPTH} deep, and "
            "no number of hundreds of digits"
        )
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise InputError(f"{name} is not TOML: {error}{hint and f'; {hint}'}") from None
