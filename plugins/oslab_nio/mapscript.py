"""How operations on a mapping are written: ``put 5 7; get 9000; force; map private 0 8192; file 5``.

The grammar stands in docs/nio.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from oslab import InputError
from oslab.quantities import shown
from oslab_nio.script import size, whole

Mode: TypeAlias = Literal["read_only", "read_write", "private"]
Opened: TypeAlias = Literal["r", "w", "rw"]
Verb: TypeAlias = Literal["map", "put", "get", "file", "force", "load", "isLoaded", "close"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
OPENED: Final[tuple[Opened, ...]] = get_args(Opened)

USAGE: Final = {
    "map": "map MODE POSITION SIZE [r|w|rw]",
    "put": "put INDEX BYTE",
    "get": "get INDEX",
    "file": "file INDEX",
    "force": "force, or force INDEX LENGTH",
    "load": "load",
    "isLoaded": "isLoaded",
    "close": "close",
}
_NUMBERS: Final = {
    "put": (2,), "get": (1,), "file": (1,), "force": (0, 2), "load": (0,), "isLoaded": (0,), "close": (0,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MapOp:
    """One operation.

    mode, position, size   of map: the arguments of FileChannel.map; else "", 0, 0
    opened                 of map: the file is opened anew for reading (r), writing (w) or both (rw); ""
                           for the channel there is
    index                  of put, get, file, force: a place in the buffer; None: force of all of it
    number                 of put: the byte written; of force: how many bytes; else None
    """

    verb: Verb
    mode: Mode | Literal[""]
    position: int
    size: int
    opened: Opened | Literal[""]
    index: int | None
    number: int | None

    def __str__(self) -> str:
        if self.verb == "map":
            return f"map {self.mode} {self.position} {self.size} {self.opened}".rstrip()
        numbers = (n for n in (self.index, self.number) if n is not None)
        return " ".join([self.verb, *map(str, numbers)])


def map_op(mode: Mode, position: int, size: int, opened: Opened | Literal[""] = "") -> MapOp:
    return MapOp("map", mode, position, size, opened, None, None)


def on_mapping(verb: Verb, index: int | None = None, number: int | None = None) -> MapOp:
    return MapOp(verb, "", 0, 0, "", index, number)


def parse_operation(text: str) -> MapOp:
    """One operation, without a comment. Raises InputError."""
    verb, *words = text.split()
    near = next((v for v in USAGE if v.lower() == verb.lower()), "")
    if verb not in USAGE:
        meant = f"; write it {near}" if near else ""
        raise InputError(f"{shown(verb)} is no operation; there are {', '.join(USAGE)}{meant}")
    if verb == "map":
        return _map(text, words)
    if len(words) not in _NUMBERS[verb]:
        raise InputError(f"{shown(text)}: {USAGE[verb]} is expected")
    index = whole(words[0], "an index", 0 if verb == "file" else None) if words else None
    number = None
    if verb == "put":
        number = whole(words[1], "a byte")
        if number > 255:
            raise InputError(f"{shown(words[1])} is not a byte: 0 to 255 is expected")
    elif len(words) > 1:
        number = whole(words[1], "a length", None)
    return on_mapping(verb, index, number)  # type: ignore[arg-type]


def _map(text: str, words: list[str]) -> MapOp:
    if len(words) not in (3, 4):
        raise InputError(f"{shown(text)}: {USAGE['map']} is expected")
    mode = words[0].lower()
    if mode not in MODES:
        raise InputError(f"{shown(words[0])} is no mode; there are {', '.join(MODES)}")
    if words[3:] and words[3] not in OPENED:
        raise InputError(f"{shown(words[3])}: the file is opened r, w or rw")
    opened = words[3] if words[3:] else ""
    return map_op(mode, size_or_negative(words[1]), size_or_negative(words[2]), opened)  # type: ignore[arg-type]


def size_or_negative(word: str) -> int:
    """A position or size; Java takes negative ones too, and refuses them."""
    negative = word.startswith("-")
    found = whole(word, "a number of bytes", None) if negative else size(word, "a number of bytes")
    if not -(2**63) <= found < 2**63:
        raise InputError(f"{shown(word)} is no long: -2^63 to 2^63-1 bytes can be said in Java")
    return found
