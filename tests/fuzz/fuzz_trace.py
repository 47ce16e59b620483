"""Read mutated traces for as long as is asked: ``python tests/fuzz/fuzz_trace.py --seconds 60``.

Starts from good traces of every format, also compressed, changes bytes, lines and words at random and
checks what must hold for any bytes. Stops at the first that breaks it, after writing it to a file.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

from oslab.errors import InputError
from oslab.quantities import printable
from oslab.traces.access import KINDS, Access
from oslab.traces.formats import BUILT_IN
from oslab.traces.reading import read_trace

SAMPLE = Path(__file__).parent.parent / "traces" / "data" / "true.lackey"
SLOW = 2.0
FORMATS = ("", *(found.name for found in BUILT_IN))
WORDS: list[bytes] = [
    *(bytes([n]) for n in b" \t\r\n,;#/=-+._0179afxXLSMIrwm\0\x1b\xff"), b"\r\n", b"==12== ", b"I  ", b" L ",
    b"0x", b"10,1", b"0 ", b"4 0\n", b"r 10 4\n", b"ffffffffffffffffff", b"9" * 400, b",0\n", b",-1\n",
    "１，".encode(), b"\xef\xbb\xbf", b"\xff\xfe", b"\x1f\x8b", b"\xfd7zXZ\0", b"BZh", b"\x93NUMPY",
    b"'shape': (3, 2)", b"'descr': '<f8'", b"(" * 300, b"__import__('os')",
]  # fmt: skip
Random = random.Random


def good() -> list[bytes]:
    """A trace in every format, and each compressed."""
    rng = random.Random(0)
    accesses = [
        Access(rng.choice(list(KINDS.values())), rng.randrange(2 ** rng.choice((8, 32, 64))), size)
        for size in (1, 4, 8) * 20
    ]
    found = [SAMPLE.read_bytes(), b"# a list\n1 2,3\n0x10w/8\n"]
    for kind in BUILT_IN:
        out = io.BytesIO()
        kind.reader().write(accesses, out)
        found.append(out.getvalue())
    return found + [pack(data) for data in found for pack in PACKERS]


PACKERS: list[Callable[[bytes], bytes]] = [gzip.compress, lzma.compress, bz2.compress]


def survive(data: bytes, format: str, path: Path) -> None:
    """Read any bytes as a trace: accesses that are some, and at most one message that is safe to show."""
    path.write_bytes(data)
    try:
        for count, access in enumerate(read_trace(str(path), format), start=1):
            assert access.kind in KINDS.values()
            assert 0 <= access.address < 2**64
            assert 1 <= access.size < 100_000
            assert count <= 40 * 2**20
    except InputError as error:
        text = str(error)
        assert printable(text) == text
        assert "\n" not in text
        assert len(text) < 500


def mutated(rng: Random, data: bytes) -> bytes:
    """The bytes with a few changes; small ones most often."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8, 30))):
        data = rng.choice(CHANGES)(rng, data)[: 300 * 1024]
    return data


def insert_word(rng: Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + rng.choice(WORDS) * rng.choice((1, 1, 1, 2, 50)) + data[at:]


def drop_bytes(rng: Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + data[at + rng.choice((1, 1, 2, 3, 20, 1000)) :]


def change_byte(rng: Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def repeat(rng: Random, data: bytes) -> bytes:
    start = rng.randint(0, len(data))
    piece = data[start : start + rng.choice((1, 2, 5, 30))]
    return data[:start] + piece * rng.choice((2, 10, 1000, 20_000)) + data[start:]


def change_inside(rng: Random, data: bytes) -> bytes:
    """What a compressed file holds, changed."""
    for pack, unpack in zip(
        PACKERS, (gzip.decompress, lzma.decompress, bz2.decompress), strict=True
    ):
        try:
            inside = unpack(data)
        except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
            continue
        return pack(mutated(rng, inside))
    return data


def encode(rng: Random, data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(rng.choice(("utf-16", "utf-16-be", "gbk", "utf-8-sig", "utf-32")), "replace")


CHANGES: list[Callable[[Random, bytes], bytes]] = [
    *[insert_word] * 6, *[drop_bytes] * 4, *[change_byte] * 3, repeat, encode, *[change_inside] * 3,
]  # fmt: skip


def main() -> int:
    from loop import fuzz

    starts = good()

    def make(rng: Random) -> bytes:
        return mutated(rng, rng.choice(starts))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace"

        def read(data: bytes, rng: Random) -> None:
            format = rng.choice(FORMATS) if rng.random() < 0.3 else ""
            try:
                survive(data, format, path)
            except Exception as error:
                error.add_note(f"read as {format or 'what it was found to be'}")
                raise

        return fuzz(__doc__, "trace", "", make, read, SLOW)


if __name__ == "__main__":
    sys.exit(main())
