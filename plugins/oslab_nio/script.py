"""How the scripts of this plugin are written: operations with ``;`` or line breaks between them, ``#`` comments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from oslab import InputError
from oslab.quantities import QuantityError, parse_int, parse_size, shown

T = TypeVar("T")

MOST_NAMED = 8

_OPERATIONS = re.compile(r"[;；]")
_COMMENT = re.compile(r"#.*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def parse_script(text: str, parse: Callable[[str], T]) -> tuple[T, ...]:
    """The operations of a script, each read by `parse`.

    Raises InputError naming the line, of a script of several lines, or else the number of the bad operation.
    """
    lines = len(text.strip().splitlines()) > 1
    found: list[T] = []
    for line, part in _parts(text):
        try:
            found.append(parse(part))
        except InputError as error:
            where = f"line {line}" if lines else f"operation {len(found) + 1}"
            raise InputError(f"{where}: {error}") from None
    return tuple(found)


def _parts(text: str) -> Iterator[tuple[int, str]]:
    for line, content in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        for part in _OPERATIONS.split(_COMMENT.sub("", content)):
            if part.strip():
                yield line, part.strip()


def whole(word: str, what: str, least: int | None = 0) -> int:
    """A whole number in a script; `what` it is, as "a position". Raises InputError."""
    try:
        value = parse_int(word)
    except QuantityError:
        raise InputError(f"{shown(word)} is not {what}: a whole number is expected") from None
    if least is not None and value < least:
        raise InputError(f"{shown(word)} is not {what}: {least} or more is expected")
    return value


def size(word: str, what: str) -> int:
    """A number of bytes in a script, as 64M. Raises InputError."""
    try:
        return parse_size(word)
    except QuantityError:
        raise InputError(f"{shown(word)} is not {what}: 4096, 4K or 4KiB would be") from None


def name(word: str, what: str) -> str:
    """A name in a script. Raises InputError."""
    if not _NAME.fullmatch(word):
        raise InputError(
            f"{shown(word)} cannot name {what}: a letter is expected, then letters, digits and _"
        )
    return word


def named(names: Iterable[str]) -> str:
    """The first of these names, for a message."""
    first = list(islice(names, MOST_NAMED + 1))
    more = ["…"] if len(first) > MOST_NAMED else []
    return ", ".join(first[:MOST_NAMED] + more) or "none"


def listing(operations: Iterable[object]) -> str:
    """The operations numbered, a line each."""
    numbered = list(enumerate(operations, start=1))
    wide = len(str(len(numbered)))
    return "\n".join(f"{n:>{wide}}  {operation}" for n, operation in numbered)
