"""Plain lists of addresses: decimal or ``0x…``, one or more on a line, each as `parse_reference` reads it::

# behind the address: w a store, m a modify, x the fetch of an instruction; /8 the bytes if not 1
0x1000
0x1008w/8
4096, 4100, 4104w
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from oslab.errors import InputError
from oslab.traces.access import KINDS, Access, parse_reference, written
from oslab.traces.lines import blocks, first_lines

_USUAL = re.compile(rb"(0x)?((?(1)[0-9a-f]{1,16}|[0-9]{1,19}))([rwmx]?)(?:/([1-9][0-9]{0,4}))?")
_COMMENT = re.compile(rb"\s*#")
_NUMBER = re.compile(rb"\s*[0-9]")
_SEPARATORS = re.compile(r"[\s,，、]+")
_KINDS = {letter.encode(): kind for letter, kind in KINDS.items()}


def recognises(head: bytes) -> bool:
    """Whether what comes first, but for comments, is a digit."""
    lines = (line for line in first_lines(head) if not _COMMENT.match(line))
    return _NUMBER.match(next(lines, b"")) is not None


def read(stream: BinaryIO, name: str) -> Iterator[Access]:
    """The accesses. Raises InputError for one that is none."""
    for first, lines in blocks(stream, name):
        for number, line in enumerate(lines, first):
            found = _USUAL.fullmatch(line)
            if found:
                yield _access(found)
            else:
                try:
                    accesses = _accesses(line)
                except InputError as error:
                    raise InputError(f"{name}, line {number}: {error}") from None
                yield from accesses


def write(accesses: Iterable[Access], out: BinaryIO) -> None:
    """Write one a line."""
    for access in accesses:
        out.write(f"{written(access)}\n".encode())


def _access(found: re.Match[bytes]) -> Access:
    prefix, digits, letter, size = found.groups()
    return Access(_KINDS[letter], int(digits, 16 if prefix else 10), int(size or 1))


def _accesses(line: bytes) -> list[Access]:
    """The accesses on a line, in any of the ways to write them. Raises InputError."""
    listed = line.partition(b"#")[0]
    found = [_USUAL.fullmatch(word) for word in listed.replace(b",", b" ").split()]
    if all(found):
        return [_access(match) for match in found if match]
    try:
        text = listed.decode()
    except UnicodeDecodeError:
        raise InputError("this is not UTF-8 text; a list of addresses is expected") from None
    return [parse_reference(word) for word in _SEPARATORS.split(text) if word]
