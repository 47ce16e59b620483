"""What ``valgrind --tool=lackey --trace-mem=yes`` writes: one access a line, addresses in hexadecimal::

    I  0401ab70,3
     S 1fff000768,8
     L 0421c7f0,4
     M 0421c7e0,4

I is the fetch of an instruction, L a load, S a store, M a modify: a load and then a store of the same
bytes. Valgrind's own messages, ``==4711== …``, are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from oslab.traces.access import Access, Kind
from oslab.traces.lines import bad, blocks, first_lines

_LINE = re.compile(rb"\s*([ILSM])\s+([0-9a-fA-F]{1,16}),([1-9][0-9]{0,4})\s*")
_OTHER = re.compile(rb"\s*(?:(==|--|\*\*)[0-9]+\1.*)?", re.DOTALL)
_GENUINE = re.compile(rb"==[0-9]+==.*|I  [0-9a-fA-F]{8,16},[0-9]+| [LSM] [0-9a-fA-F]{8,16},[0-9]+")
_KINDS: dict[bytes, Kind] = {b"I": "fetch", b"L": "load", b"S": "store", b"M": "modify"}
LETTERS = {kind: letter.decode() for letter, kind in _KINDS.items()}


def recognises(head: bytes) -> bool:
    """Whether the first line is one as Valgrind writes it, with eight digits or more."""
    lines = first_lines(head)
    return bool(lines and _GENUINE.fullmatch(lines[0]))


def read(stream: BinaryIO, name: str) -> Iterator[Access]:
    """The accesses. Raises InputError for a line that is none."""
    match = _LINE.fullmatch
    for first, lines in blocks(stream, name):
        for number, line in enumerate(lines, first):
            found = match(line)
            if found:
                kind, address, size = found.groups()
                yield Access(_KINDS[kind], int(address, 16), int(size))
            elif not _OTHER.fullmatch(line):
                raise bad(
                    name, number, line, "an access; L 7ff000398,8 would be (no 0x, size not 0)"
                )


def write(accesses: Iterable[Access], out: BinaryIO) -> None:
    """Write them as Valgrind does."""
    for kind, address, size in accesses:
        head = "I  " if kind == "fetch" else f" {LETTERS[kind]} "
        out.write(f"{head}{address:08x},{size}\n".encode())
