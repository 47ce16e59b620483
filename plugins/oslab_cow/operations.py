"""How a script of forks, accesses and exits is written: ``write P 0 5; fork P C; read C 0..3``.

The grammar stands in docs/cow.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from oslab import InputError
from oslab.quantities import QuantityError, parse_int, shown

Verb: TypeAlias = Literal["fork", "read", "write", "exit"]

USAGE = {
    "fork": "fork PARENT CHILD",
    "read": "read PROCESS PAGE",
    "write": "write PROCESS PAGE [VALUE]",
    "exit": "exit PROCESS",
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OPERATIONS = re.compile(r"[;\n\r]")
_COMMENT = re.compile(r"#[^\n\r]*")
_WORDS = {"fork": (2, 2), "read": (2, 2), "write": (2, 3), "exit": (1, 1)}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a script.

    process   who does it; of a fork, the parent
    child     the process that a fork makes, else ""
    first, last   the pages read or written, one after the other; 0 and -1 (none) for fork and exit
    value     what a write writes; None: the number of the operation
    """

    verb: Verb
    process: str
    child: str
    first: int
    last: int
    value: int | None

    @property
    def pages(self) -> range:
        return range(self.first, self.last + 1)

    def __str__(self) -> str:
        if self.verb == "fork":
            return f"fork {self.process} {self.child}"
        if self.verb == "exit":
            return f"exit {self.process}"
        pages = str(self.first) if self.first == self.last else f"{self.first}..{self.last}"
        value = "" if self.value is None else f" {self.value}"
        return f"{self.verb} {self.process} {pages}{value}"


def fork(parent: str, child: str) -> Operation:
    return Operation("fork", parent, child, 0, -1, None)


def read(process: str, first: int, last: int | None = None) -> Operation:
    return Operation("read", process, "", first, first if last is None else last, None)


def write(process: str, first: int, last: int | None = None, value: int | None = None) -> Operation:
    return Operation("write", process, "", first, first if last is None else last, value)


def exit_of(process: str) -> Operation:
    return Operation("exit", process, "", 0, -1, None)


def parse_operations(text: str) -> tuple[Operation, ...]:
    """The operations of a script. Raises InputError naming the number of the first bad one."""
    found: list[Operation] = []
    for part in _parts(text):
        try:
            found.append(parse_operation(part))
        except InputError as error:
            raise InputError(f"operation {len(found) + 1}: {error}") from None
    return tuple(found)


def _parts(text: str) -> Iterator[str]:
    for part in _OPERATIONS.split(_COMMENT.sub("", text)):
        if part.strip():
            yield part.strip()


def parse_operation(text: str) -> Operation:
    """One operation, without a comment. Raises InputError."""
    verb, *words = text.split()
    if verb not in USAGE:
        near = f"; write it {verb.lower()}" if verb.lower() in USAGE else ""
        raise InputError(
            f"{shown(verb)} is no operation; there are fork, read, write and exit{near}"
        )
    least, most = _WORDS[verb]
    if not least <= len(words) <= most:
        raise InputError(f"{shown(text)}: {USAGE[verb]} is expected")
    process = _name(words[0])
    if verb == "fork":
        return fork(process, _name(words[1]))
    if verb == "exit":
        return exit_of(process)
    first, last = _pages(words[1])
    if verb == "read":
        return read(process, first, last)
    return write(process, first, last, _number(words[2], "a value") if words[2:] else None)


def _name(word: str) -> str:
    if not _NAME.fullmatch(word):
        raise InputError(
            f"{shown(word)} cannot name a process: a letter is expected, then letters, digits and _"
        )
    return word


def _pages(word: str) -> tuple[int, int]:
    """A page, or the first and last of several."""
    low, dots, high = word.partition("..")
    first = _number(low, "a page")
    last = _number(high, "a page") if dots else first
    if first < 0:
        raise InputError(f"page {first}: pages are numbered from 0")
    if last < first:
        raise InputError(f"pages {shown(word)}: the first comes first, as {last}..{first}")
    return first, last


def _number(word: str, what: str) -> int:
    try:
        return parse_int(word)
    except QuantityError:
        raise InputError(f"{shown(word)} is not {what}: a whole number is expected") from None


def listing(operations: Iterable[Operation]) -> str:
    """The operations numbered, a line each."""
    numbered = list(enumerate(operations, start=1))
    wide = len(str(len(numbered)))
    return "\n".join(f"{n:>{wide}}  {operation}" for n, operation in numbered)
