"""Traces of the cache lab: lackey's lines, written by hand or cut out, so without leading zeros::

L 10,1
M 20,1
S 18,1
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import BinaryIO

from oslab.traces.access import Access
from oslab.traces.lackey import LETTERS, read
from oslab.traces.lines import first_lines

_BEGINNING = re.compile(rb"\s*[ILSM]\s+[0-9a-fA-FxX]+,")

__all__ = ["read", "recognises", "write"]


def recognises(head: bytes) -> bool:
    """Whether the first line begins like such an access."""
    lines = first_lines(head)
    return bool(lines and _BEGINNING.match(lines[0]))


def write(accesses: Iterable[Access], out: BinaryIO) -> None:
    """Write them: instruction fetches at the start of the line, data after a blank."""
    for kind, address, size in accesses:
        letter = "I" if kind == "fetch" else f" {LETTERS[kind]}"
        out.write(f"{letter} {address:x},{size}\n".encode())
