"""The lines of a trace that is text, a block at a time, in bounded memory."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from oslab.errors import InputError
from oslab.quantities import shown

LONGEST = 2**20
"""Bytes of the longest line: only a file without line ends has longer ones."""
_BLOCK = 2**17


def blocks(stream: BinaryIO, name: str) -> Iterator[tuple[int, list[bytes]]]:
    """The lines without their ends, some thousands together, with the number of the first of them.

    Lines may end in ``\\n``, ``\\r\\n`` or ``\\r``. A byte-order mark is left out; UTF-16 that begins with
    one comes as UTF-8. The last line is empty where the file ends with a line end.
    Raises InputError for a line longer than `LONGEST`.
    """
    number, rest = 1, b""
    for piece in _pieces(stream, name):
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        yield number, lines
        number += len(lines)
        if len(rest) > LONGEST:
            raise InputError(
                f"{name}, line {number}: longer than {LONGEST // 2**20} MiB; "
                "a trace has one access a line"
            )
    yield number, [rest]


def first_lines(head: bytes) -> list[bytes]:
    """The lines among the first bytes of a file that are not blank; none where it is no text.

    The last of them is left out when it is perhaps cut off.
    """
    try:
        lines = [line for _, block in blocks(io.BytesIO(head), "") for line in block]
    except InputError:
        return []
    return [line for line in lines[: max(1, len(lines) - 1)] if line.strip()]


def bad(name: str, number: int, line: bytes, wanted: str) -> InputError:
    """What is said of a line that is not what is wanted."""
    found = shown(line.decode("utf-8", "backslashreplace"))
    return InputError(f"{name}, line {number}: {found} is not {wanted}")


_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _pieces(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """The file as UTF-8 in which each line ends in a line feed."""
    held = b""
    for piece in _as_utf_8(stream, name):
        if held or b"\r" in piece:
            piece = held + piece
            # The line feed of this line end may be the first byte of the next piece.
            held = b"\r" if piece.endswith(b"\r") else b""
            piece = piece[: len(piece) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield piece
    if held:
        yield b"\n"


def _as_utf_8(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """The file without its byte-order mark; what is not UTF-16 is taken as it is."""
    piece = stream.read(_BLOCK)
    if not piece.startswith(_UTF_16):
        yield piece.removeprefix(codecs.BOM_UTF8)
        while piece := stream.read(_BLOCK):
            yield piece
        return
    decoder = codecs.getincrementaldecoder("utf-16")()
    try:
        while piece:
            yield decoder.decode(piece).encode()
            piece = stream.read(_BLOCK)
        decoder.decode(b"", final=True)
    except UnicodeError:
        raise InputError(f"{name} begins like UTF-16 text and is none") from None
