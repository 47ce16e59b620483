"""Lists on the command line: ``7,0,1,2``, ``7 0 1 2``, ``@FILE``, ``-`` for standard input, ``1..8``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from oslab.errors import InputError
from oslab.quantities import QuantityError, parse_int, shown, tidy
from oslab.textfile import read_text

MOST_BYTES = 64 * 2**20
_SEPARATORS = re.compile(r"[\s,，、]+")
_COMMENT = re.compile(r"#[^\n\r]*")
_RANGE = re.compile(r"(.*?[^.])\s*\.{2,3}\s*([^.].*)")


def read_items(text: str | Sequence[str], what: str) -> list[str]:
    """The items of a list that was typed, or that stands in a file.

    Items are separated by commas or blanks. ``@FILE`` stands for the items in a file, where lines and
    ``#`` comments are allowed too, ``-`` for those on standard input. `what` is one item, as "page".
    Raises InputError when there are none, or the file cannot be read.
    """
    found: list[str] = []
    for word in [text] if isinstance(text, str) else text:
        if word.strip() == "-":
            found += _items_in(_read(None, what), "standard input", what)
        elif word.strip().startswith("@"):
            name = word.strip()[1:]
            if not name:
                raise InputError(f"@ must be followed by the name of a file with a list ({what})")
            found += _items_in(_read(name, what), name, what)
        else:
            found += _split(word)
    if not found:
        raise InputError(f"a list is empty: at least one {what} is expected, as A,B,C or @FILE")
    return found


def read_range(text: str, what: str) -> range:
    """A range of whole numbers, both ends included: ``1..8``; ``4`` alone is 4..4.

    Raises InputError.
    """
    ends = _RANGE.fullmatch(tidy(text))
    try:
        low, high = (parse_int(ends[1]), parse_int(ends[2])) if ends else (parse_int(text),) * 2
    except QuantityError:
        raise InputError(
            f"{shown(text)} is not a range of {what}; 1..8, or one number, would be"
        ) from None
    if low > high:
        raise InputError(
            f"{shown(text)} is not a range of {what}: it goes down; {high}..{low} would be one"
        )
    return range(low, high + 1)


def _split(text: str) -> list[str]:
    return [item for item in _SEPARATORS.split(text) if item]


def _items_in(text: str, name: str, what: str) -> list[str]:
    items = _split(_COMMENT.sub("", text))
    if not items:
        raise InputError(f"{name}: nothing in it; at least one {what} is expected")
    return items


def _read(name: str | None, what: str) -> str:
    return read_text(
        name,
        f"a list is expected ({what})",
        MOST_BYTES,
        hint=f"@FILE names a text file with a list ({what})",
    )
