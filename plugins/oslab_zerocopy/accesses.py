"""How accesses to a mapping and its file are written: ``read 0; write 10 7; pread 10; truncate 4096``.

The grammar stands in docs/zerocopy.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from oslab import InputError
from oslab.quantities import parse_int, parse_size, shown
from oslab_zerocopy.scripts import parse_script

Verb: TypeAlias = Literal["read", "write", "pread", "pwrite", "truncate", "close"]

USAGE = {
    "read": "read PLACE",
    "write": "write PLACE VALUE",
    "pread": "pread OFFSET",
    "pwrite": "pwrite OFFSET VALUE",
    "truncate": "truncate SIZE",
    "close": "close",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation after the mmap.

    verb   read, write: one byte of memory; pread, pwrite: one byte of the file, by another process;
           truncate: the file gets this size; close: the descriptor that was mapped is closed
    place  of read and write: bytes from the start of the mapping; of pread and pwrite: of the file; of
           truncate: the size; of close: 0
    value  0 to 255, what is written; else 0
    """

    verb: Verb
    place: int
    value: int

    def __str__(self) -> str:
        words = USAGE[self.verb].split()
        return " ".join([self.verb, *map(str, (self.place, self.value)[: len(words) - 1])])


def parse_operations(text: str) -> tuple[Operation, ...]:
    """The operations of a script. Raises InputError naming the number of the first bad one."""
    return parse_script(text, _operation)


def _operation(words: list[str]) -> Operation:
    verb, *rest = words
    for name, usage in USAGE.items():
        if verb == name:
            if len(rest) != len(usage.split()) - 1:
                raise InputError(f"{shown(' '.join(words))} should be {usage}")
            place = parse_size(rest[0]) if rest else 0
            value = parse_int(rest[1]) if len(rest) > 1 else 0
            if not 0 <= value <= 255:
                raise InputError(f"a byte is 0 to 255, not {value}")
            return Operation(_verb(name), place, value)
    raise InputError(f"{shown(verb)} is no operation; there are {', '.join(USAGE.values())}")


def _verb(name: str) -> Verb:
    verbs: dict[str, Verb] = {
        "read": "read", "write": "write", "pread": "pread", "pwrite": "pwrite",
        "truncate": "truncate", "close": "close",
    }  # fmt: skip
    return verbs[name]
