"""TOML files that users write: of bounded size and depth, every fault an InputError naming the file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from oslab import InputError
from oslab.exercise.bounds import MOST_DEPTH, MOST_VALUES, bounded
from oslab.textfile import read_text

MOST_BYTES = 2**20
_PLACE = re.compile(r" \(at line ([0-9]+), column [0-9]+\)$")
_END = " (at end of document)"


class NotToml(InputError):
    """A text is not TOML. `line` is where the parser stopped, `reason` what it says, and `slip` what was
    probably meant, or empty."""

    def __init__(self, said: str, line: int, reason: str, slip: str) -> None:
        super().__init__(said)
        self.line, self.reason, self.slip = line, reason, slip


def read_toml(path: str, what: str, hint: str = "") -> dict[str, Any]:
    """The table in a file that should be `what`, as "a machine file"; `hint` is added where it cannot be
    opened. Raises InputError."""
    return parse_toml(read_text(path, f"{what} is expected", MOST_BYTES, hint), path)


def parse_toml(
    text: str, name: str, hint: str = "", wanted: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The table that the text is; `name` is the file's, for messages, and `hint` is added where it is
    not TOML. `wanted` says of keys whose values are no texts what is expected there. Raises InputError,
    where it is not TOML NotToml."""
    if not bounded(text):
        raise InputError(
            f"{name}: too much for such a file: at most {MOST_VALUES} values, {MOST_DEPTH} deep, and "
            "no number of hundreds of digits"
        )
    try:
        return tomllib.loads(text)
    except ValueError as error:
        from oslab.tomlslips import slip  # not needed for what is right

        said = str(error)
        place = _PLACE.search(said)
        # What is not closed is noticed at the end.
        line = int(place[1]) if place else len(text.rstrip().split("\n"))
        reason = said[: place.start()] if place else said.removesuffix(_END)
        meant = slip(text, line, wanted or {}, place is None)
        hints = "".join(f"; {more}" for more in (meant, hint) if more)
        raise NotToml(f"{name} is not TOML: {said}{hints}", line, reason, meant) from None
