"""How a script on direct memory is written: ``a = allocateDirect 64M; b = slice a; a = null; gc``.

The grammar stands in docs/nio.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from oslab import InputError
from oslab.quantities import shown
from oslab_nio.script import name, size

Verb: TypeAlias = Literal[
    "allocateDirect", "allocate", "arena", "alias", "null", "slice", "duplicate", "gc", "clean", "reflect", "close",
]  # fmt: skip

USAGE: Final = (
    "a = allocateDirect 64M, a = allocate 64M, x = arena, a = x.allocate 64M, b = a, b = slice a, "
    "b = duplicate a, a = null, gc, clean a, reflect a, close x"
)
MOST_BYTES: Final = 2**31 - 1
_ASSIGNED = re.compile(r"([^=\s]+)\s*=\s*(.+)")


@dataclass(frozen=True, slots=True)
class MemoryOp:
    """One operation.

    target   the variable that gets a value; "" where none does
    source   the variable it is about: of alias, slice, duplicate, clean, reflect and close; of allocate
             the arena, or "" for the heap
    size     bytes of allocateDirect and allocate, else 0
    """

    verb: Verb
    target: str
    source: str
    size: int

    def __str__(self) -> str:
        right = {
            "allocateDirect": f"allocateDirect {_short(self.size)}",
            "allocate": f"{self.source + '.' if self.source else ''}allocate {_short(self.size)}",
            "arena": "arena",
            "alias": self.source,
            "null": "null",
        }.get(self.verb, f"{self.verb} {self.source}".rstrip())
        return f"{self.target} = {right}" if self.target else right


def _short(size: int) -> str:
    """A size as it is written in a script: 64M, 10K, 300."""
    for unit, letter in ((2**30, "G"), (2**20, "M"), (2**10, "K")):
        if size and size % unit == 0:
            return f"{size // unit}{letter}"
    return str(size)


def parse_operation(text: str) -> MemoryOp:
    """One operation, without a comment. Raises InputError."""
    assigned = _ASSIGNED.fullmatch(text)
    if assigned:
        return _assignment(text, name(assigned[1], "a variable"), assigned[2].split())
    words = text.split()
    if words == ["gc"]:
        return MemoryOp("gc", "", "", 0)
    if len(words) == 2 and words[0] in ("clean", "reflect", "close"):
        return MemoryOp(words[0], "", name(words[1], "a variable"), 0)  # type: ignore[arg-type]
    raise InputError(f"{shown(text)} is no operation; there are {USAGE}")


def _assignment(text: str, target: str, words: list[str]) -> MemoryOp:
    if len(words) == 1:
        if words[0] in ("null", "arena"):
            return MemoryOp(words[0], target, "", 0)  # type: ignore[arg-type]
        of, dot, verb = words[0].partition(".")
        if dot and verb in ("slice", "duplicate"):
            return MemoryOp(verb, target, name(of, "a variable"), 0)  # type: ignore[arg-type]
        if not dot:
            return MemoryOp("alias", target, name(of, "a variable"), 0)
    elif len(words) == 2:
        arena, dot, verb = words[0].rpartition(".")
        if verb in ("allocateDirect", "allocate") and (not dot or verb == "allocate"):
            source = name(arena, "an arena") if dot else ""
            return MemoryOp(verb, target, source, _bytes(words[1], bool(dot)))  # type: ignore[arg-type]
        if words[0] in ("slice", "duplicate"):
            return MemoryOp(words[0], target, name(words[1], "a variable"), 0)  # type: ignore[arg-type]
    raise InputError(f"{shown(text)} is no operation; there are {USAGE}")


def _bytes(word: str, arena: bool) -> int:
    count = size(word, "a number of bytes")
    if count > MOST_BYTES and not arena:
        raise InputError(f"{shown(word)}: a buffer has at most 2147483647 (2^31-1) bytes")
    if count >= 2**63:
        raise InputError(f"{shown(word)}: an arena allocates less than 2^63 bytes")
    return count
