"""TOML files that users write: of bounded size and depth, every fault an InputError naming the file."""

from __future__ import annotations

import tomllib
from typing import Any

from oslab import InputError
from oslab.exercise.bounds import MOST_DEPTH, MOST_VALUES, bounded
from oslab.quantities import shown

MOST_BYTES = 2**20


def read_text(path: str, what: str, hint: str = "") -> str:
    """The text of a file that should be `what`; `hint` is added where it cannot be opened.

    Raises InputError.
    """
    try:
        with open(path, "rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"cannot read {shown(path, 200)}: {reason}{hint and f'; {hint}'}"
        ) from None
    if len(raw) > MOST_BYTES:
        raise InputError(f"{shown(path, 200)} is larger than 1 MiB: that is no {what}")
    try:
        return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(f"{shown(path, 200)}, line {line}: this is not UTF-8 text") from None


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
