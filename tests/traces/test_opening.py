"""Compressed traces, encodings, line ends, standard input."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.traces.access import Access
from oslab.traces.lines import blocks
from oslab.traces.reading import open_trace, read_trace

Write = Callable[..., str]

TEXT = "I  0023C790,2\n S BE80199C,4\n"
ACCESSES = [Access("fetch", 0x23C790, 2), Access("store", 0xBE80199C, 4)]


@pytest.mark.parametrize(
    ("compress", "name"),
    [(gzip.compress, "gzip"), (lzma.compress, "xz"), (bz2.compress, "bzip2"), (bytes, "")],
)
def test_compression_is_told_by_content(
    trace: Write, compress: Callable[[bytes], bytes], name: str
) -> None:
    found = open_trace(trace(compress(TEXT.encode()), "named.txt"))
    assert (found.format, found.compression, list(found.accesses)) == ("lackey", name, ACCESSES)


def test_compressed_files_put_together_are_read_to_the_end(trace: Write) -> None:
    one, two = (part.encode() + b"\n" for part in TEXT.splitlines())
    for compress in (gzip.compress, lzma.compress, bz2.compress):
        assert list(read_trace(trace(compress(one) + compress(two)))) == ACCESSES


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(trace: Write, encoding: str, end: str) -> None:
    text = TEXT.replace("\n", end)
    if encoding[-3:] in ("-le", "-be"):
        text = "\ufeff" + text
    assert list(read_trace(trace(text.encode(encoding)))) == ACCESSES


@given(st.lists(st.sampled_from(["a", "", "bc", "\r", "\n", "\r\n"])), st.integers(1, 5))
def test_lines_are_the_same_wherever_reading_pauses(parts: list[str], step: int) -> None:
    text = "".join(parts)

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(step)

    found = list(blocks(Slow(text.encode()), "t"))
    lines = [line for _, block in found for line in block]
    assert lines == text.replace("\r\n", "\n").replace("\r", "\n").encode().split(b"\n")
    number = 1
    for first, block in found:
        assert first == number
        number += len(block)


def test_a_pipe_that_hands_over_a_byte_at_a_time_is_no_matter() -> None:
    reading, writing = os.pipe()

    def write() -> None:
        with open(writing, "wb", buffering=0) as pipe:
            for byte in gzip.compress(TEXT.encode()):
                pipe.write(bytes([byte]))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = open_trace(f"/dev/fd/{reading}") if os.path.exists("/dev/fd") else None
        if found is None:
            pytest.skip("there are no /dev/fd files here")
        assert (found.compression, list(found.accesses)) == ("gzip", ACCESSES)
    finally:
        os.close(reading)
        writer.join()


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO(gzip.compress(TEXT.encode()))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(buffer))
    found = open_trace("-")
    assert (found.name, list(found.accesses)) == ("standard input", ACCESSES)
    assert not buffer.closed


def test_the_file_is_closed_at_the_end(trace: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    really = open

    def noting(*arguments: object) -> object:
        opened.append(really(*arguments))  # type: ignore[call-overload]
        return opened[-1]

    monkeypatch.setattr("builtins.open", noting)
    for content in (TEXT.encode(), gzip.compress(TEXT.encode())):
        list(read_trace(trace(content)))
        with pytest.raises(ValueError, match="no trace format"):
            read_trace(trace("hello"))
    files = [file for file in opened if "b" in getattr(file, "mode", "")]
    assert len(files) >= 4
    assert all(file.closed for file in files)
