"""The ``din`` format of the Dinero cache simulators: a label and a hexadecimal address a line::

    2 401ab70
    0 7ff000398
    1 7ff000390     the rest of the line is a comment

0 is a load, 1 a store, 2 the fetch of an instruction. Each access is of the aligned word of 4 bytes
that the address lies in, as Dinero takes it. Dinero IV's extended labels are read too: ``r``, ``w``,
``i`` and ``m`` (a load) with a hexadecimal size behind the address: ``r 1000 8``. What is no access, the
escapes 3 and 4 and Dinero IV's ``c`` and ``v``, is refused: leaving it out would change what a
cache does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from oslab.errors import InputError
from oslab.traces.access import Access, Kind
from oslab.traces.lines import bad, blocks, first_lines

LOSES = ("modify", "words")
_WORD = 4
_LINE = re.compile(
    rb"\s*(?:([012])\s+(?:0[xX])?([0-9a-fA-F]{1,16})"
    rb"|([rwim])\s+(?:0[xX])?([0-9a-fA-F]{1,16})\s+(?:0[xX])?(?!0+\b)([0-9a-fA-F]{1,4}))(?:\s.*)?",
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\s*([34cv])\s+[0-9a-fA-FxX]+(?:\s.*)?", re.DOTALL)
_TWO_COLUMNS = re.compile(rb"\s*[0-4]\s+(?:0[xX])?[0-9a-fA-F]+\s*")
_SURE = re.compile(
    rb"\s*(?:[0-4]\s+[0-9]*[a-fA-F][0-9a-fA-F]*(?:\s|$)|[rwimcv]\s+[0-9a-fA-FxX]+\s+[0-9a-fA-FxX])"
)
_KINDS: dict[bytes, Kind] = {
    b"0": "load", b"1": "store", b"2": "fetch", b"r": "load", b"w": "store", b"i": "fetch", b"m": "load",
}  # fmt: skip


def recognises(head: bytes) -> bool:
    """Whether the first line has a label and an address that is surely hexadecimal, or there are several
    lines and each has a label and a number: a list of addresses seldom looks so."""
    lines = first_lines(head)
    if len(lines) > 1 and all(_TWO_COLUMNS.fullmatch(line) for line in lines):
        return True
    return bool(lines and _SURE.match(lines[0]))


def read(stream: BinaryIO, name: str) -> Iterator[Access]:
    """The accesses. Raises InputError for a line that is none."""
    match = _LINE.fullmatch
    for first, lines in blocks(stream, name):
        for number, line in enumerate(lines, first):
            found = match(line)
            if found:
                label, address, letter, start, size = found.groups()
                if label:
                    yield Access(_KINDS[label], int(address, 16) & -_WORD, _WORD)
                else:
                    yield Access(_KINDS[letter], int(start, 16), int(size, 16))
            elif line.strip():
                escape = _ESCAPE.fullmatch(line)
                if escape:
                    raise InputError(
                        f"{name}, line {number}: the label {escape[1].decode()} is no access but an "
                        "order to the cache; take such lines out"
                    )
                raise bad(name, number, line, "an access; 0 7ff000398 would be (label, address)")


def write(accesses: Iterable[Access], out: BinaryIO) -> None:
    """Write them with the labels 0, 1 and 2: without sizes, a modify as a load and a store."""
    for kind, address, _ in accesses:
        labels = {"load": "0", "store": "1", "fetch": "2", "modify": "01"}[kind]
        out.write("".join(f"{label} {address:x}\n" for label in labels).encode())
