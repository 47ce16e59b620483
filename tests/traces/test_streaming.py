"""A trace is read in bounded memory, however long it is, and however its lines end."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from oslab.errors import InputError
from oslab.traces import csapp, din, lackey, npy, plain
from oslab.traces.access import Access
from oslab.traces.info import InfoConfig, run
from oslab.traces.reading import read_trace

from .conftest import npy as npy_file

MANY = 2 * 2**20
MOST = 4 * 2**20


class Endless(io.RawIOBase):
    """So many bytes, made as they are read: a pattern again and again."""

    def __init__(self, pattern: bytes, size: int, start: bytes = b"") -> None:
        self._pattern = pattern * (2**16 // len(pattern))
        self._pieces = self._made(size, start)
        self._rest = b""

    def _made(self, size: int, start: bytes) -> Iterator[bytes]:
        yield start
        while size > 0:
            yield self._pattern
            size -= len(self._pattern)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        data, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def stream(pattern: bytes, start: bytes = b"", size: int = MANY) -> BinaryIO:
    return io.BufferedReader(Endless(pattern, size, start))


ROWS = MANY // 8
PATTERNS = [
    (lackey.read, b"I  0401ab70,3\n S 1fff000768,8\n", b""),
    (lackey.read, b"==12== Lackey\r\n", b""),
    (csapp.read, b" M 20,1\r", b""),
    (din.read, b"1 7f\n", b""),
    (plain.read, b"0x10 0x20w\n", b""),
    (plain.read, b"# nothing\n", b""),
    (npy.read, b"\1\0\0\0\0\0\0\0", npy_file(b"", f"({ROWS},)")),
]  # fmt: skip


@pytest.mark.parametrize(("read", "pattern", "start"), PATTERNS)
def test_memory_stays_bounded(
    read: Callable[[BinaryIO, str], Iterator[Access]], pattern: bytes, start: bytes
) -> None:
    used = peak(lambda: sum(1 for _ in read(stream(pattern, start), "t")))
    assert used < MOST


def test_twenty_megabytes_take_no_more() -> None:
    lines = stream(b"I  0401ab70,3\n", size=20 * 2**20)
    assert peak(lambda: sum(1 for _ in lackey.read(lines, "t"))) < MOST


@pytest.mark.parametrize("read", [lackey.read, csapp.read, din.read, plain.read])
def test_a_file_without_line_ends_is_refused_early(
    read: Callable[[BinaryIO, str], Iterator[Access]],
) -> None:
    endless = Endless(b"1" * 64, 2**30)

    def refused() -> None:
        with pytest.raises(InputError, match="t, line 1: longer than 1 MiB"):
            list(read(io.BufferedReader(endless), "t"))

    assert peak(refused) < MOST


def test_a_compressed_bomb_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(20):
            file.write(b"0x1000000000000000\n" * 2**14)
    assert path.stat().st_size < 2**16
    assert peak(lambda: sum(1 for _ in read_trace(str(path)))) < MOST


def test_figures_take_memory_for_the_footprint_only() -> None:
    accesses = (Access("load", n % 4096 * 64, 8) for n in range(100_000))
    config = InfoConfig("t", "plain", "", 64, 4096, 5)
    assert peak(lambda: run(config, accesses)) < 2**20


def test_nothing_is_read_ahead_of_its_time() -> None:
    endless = Endless(b"0x10\n", 2**40)
    accesses = plain.read(io.BufferedReader(endless), "t")
    assert [next(accesses) for _ in range(3)] == [Access("load", 16)] * 3
