"""How a script on buffers is written: ``put 5; flip; get 2; s = slice; s.put 1; write ch 3``.

The grammar stands in docs/nio.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from oslab import InputError
from oslab.quantities import shown
from oslab_nio.buffer import Kind
from oslab_nio.script import name, size, whole

Verb: TypeAlias = Literal[
    "put", "get", "flip", "clear", "rewind", "compact", "mark", "reset", "limit", "position",
    "slice", "duplicate", "readonly", "write", "read",
]  # fmt: skip
VERBS: Final[tuple[Verb, ...]] = get_args(Verb)
VIEWS: Final = ("slice", "duplicate", "readonly")
COUNTED: Final = ("put", "get", "limit", "position")
MOVING: Final = ("write", "read")
DEFAULT: Final = "b"
MOST_BYTES: Final = 2**31 - 1

_OPERATION = re.compile(
    r"(?:(?P<to>[^=\s]+)\s*=\s*)?(?:(?P<of>[^.\s]+)\.)?(?P<verb>[^.\s=]+)(?P<rest>.*)"
)


@dataclass(frozen=True, slots=True)
class Declared:
    """A buffer that is there at the start, empty: `capacity` in bytes, at most 2^31-1.

    Raises InputError.
    """

    name: str
    kind: Kind
    capacity: int

    def __post_init__(self) -> None:
        if not 0 <= self.capacity <= MOST_BYTES:
            raise InputError(
                f"a buffer has 0 to 2147483647 (2^31-1) bytes, as its capacity is an int; not {self.capacity}"
            )

    def __str__(self) -> str:
        return f"{self.name} = {self.kind}:{self.capacity}"


@dataclass(frozen=True, slots=True)
class BufferOp:
    """One operation.

    buffer   the buffer it is done to
    count    bytes put, got, read or written at most (None: all that remain); the new limit or position
    target   of slice, duplicate and readonly: the name of the view, else ""
    """

    verb: Verb
    buffer: str
    count: int | None
    target: str

    def __str__(self) -> str:
        text = self.verb if self.buffer == DEFAULT else f"{self.buffer}.{self.verb}"
        if self.target not in ("", self.buffer):
            text = f"{self.target} = {text}"
        if self.verb in MOVING:
            text += " ch"
        return text if self.count is None else f"{text} {self.count}"


def parse_operation(text: str) -> BufferOp:
    """One operation, without a comment. Raises InputError."""
    found = _OPERATION.fullmatch(text)
    verb = found["verb"] if found else text
    if found is None or verb not in VERBS:
        raise InputError(f"{shown(verb)} is no operation; there are {', '.join(VERBS)}")
    of = name(found["of"], "a buffer") if found["of"] else DEFAULT
    words = found["rest"].split()
    target = name(found["to"], "a buffer") if found["to"] else ""
    if target and verb not in VIEWS:
        raise InputError(f"{shown(text)}: only slice, duplicate and readonly make a buffer to name")
    if verb in VIEWS and not target:
        target = of
    if verb in MOVING:
        if words and words[0] == "ch":
            words = words[1:]
        if len(words) > 1:
            raise InputError(f"{shown(text)}: {verb} ch, or {verb} ch BYTES, is expected")
        count = _bytes(words[0]) if words else None
    elif verb in COUNTED:
        if len(words) != 1:
            raise InputError(f"{shown(text)}: {verb} NUMBER is expected")
        signed = verb in ("limit", "position")
        count = whole(words[0], f"a {verb}", None) if signed else _bytes(words[0])
    else:
        if words:
            raise InputError(f"{shown(text)}: {verb} takes no number")
        count = None
    return BufferOp(verb, of, count, target)


def parse_declared(text: str) -> Declared:
    """A buffer to begin with: ``h=heap:64K``. Raises InputError."""
    found = re.fullmatch(r"([^=:\s]+)=(heap|direct|mapped):(\S+)", text)
    if not found:
        raise InputError(
            f"{shown(text)} declares no buffer; h=heap:64, d=direct:4K or m=mapped:1M would"
        )
    kind: Kind = found[2]  # type: ignore[assignment]
    return Declared(name(found[1], "a buffer"), kind, size(found[3], "a capacity"))


def _bytes(word: str) -> int:
    count = size(word, "a number of bytes")
    if count > MOST_BYTES:
        raise InputError(f"{shown(word)}: at most 2147483647 (2^31-1) bytes can be moved at once")
    return count
