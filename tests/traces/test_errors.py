"""Whatever is wrong with a trace is one message that says where, what was found and what would be right."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab.quantities import printable
from oslab.traces.access import Access, parse_reference
from oslab.traces.reading import read_trace

from .conftest import DATA, npy

Write = Callable[..., str]


def complaint(path: str, format: str = "") -> str:
    with pytest.raises(InputError) as error:
        list(read_trace(path, format))
    assert "\n" not in str(error.value)
    return str(error.value).replace(path, "t")


LINES = [
    (" L 10,1\n L 0x10,1\n", 't, line 2: " L 0x10,1" is not an access; L 7ff000398,8 would be'),
    (" L 10,1\n\n L 10,0\n", 't, line 3: " L 10,0" is not an access'),
    (" L 0x10,1\n", 't, line 1: " L 0x10,1" is not an access'),
    (" L 10,1\n L 10\n", 'line 2: " L 10" is not'),
    (" L 10,1\n L 10,-1\n", 'line 2: " L 10,-1" is not'),
    (" L 10,1\n L 10,100000\n", 'line 2: " L 10,100000" is not'),
    (" L 10,1\n L 10000000000000000,1\n", "line 2: "),
    (" L 10,1\nhello \x1b[2J\u202e\n", 'line 2: "hello \\u001b[2J\\u202e" is not an access'),
    (" L 10,1\n" + "x" * 5000, 'line 2: "xxx'),
    ("2 7f\n5 10\n", 't, line 2: "5 10" is not an access; 0 7ff000398 would be (label, address)'),
    ("2 7f\n3 10\n", "line 2: the label 3 is no access but an order to the cache; take such lines out"),
    ("2 7f\n4 0\n", "line 2: the label 4 is no access"),
    ("2 7f\nv 10 4\n", "line 2: the label v is no access"),
    ("2 7f\nr 10\n", 'line 2: "r 10" is not an access'),
    ("2 7f\nr 10 0\n", 'line 2: "r 10 0" is not an access'),
    ("2 7f\n0 10000000000000000\n", "line 2: "),
    ("2 7f\n0 -1\n", 'line 2: "0 -1" is not'),
    ("1\n0xzz\n", 't, line 2: "0xzz" is not an access; 0x10, 0x10w or 0x10w/8 would be'),
    ("1\n1 2 -3\n", 'line 2: "-3" is not an access'),
    ("1\n16w/0\n", 'line 2: "16w/0": an access has 1 to 99999 bytes'),
    ("1\n16/100000\n", "an access has 1 to 99999 bytes"),
    ("1\n18446744073709551616\n", 'line 2: "18446744073709551616": an address has 64 bits at most'),
    ("1\n0x10000000000000000\n", "an address has 64 bits at most"),
    ("1\n" + "9" * 400 + "\n", "line 2: "),
    ("hello\n", 't begins with "hello": no trace format that is known (npy, lackey, csapp, din, plain)'),
    ("hello \x1b]0;x\x07\n", '"hello \\u001b]0;x\\u0007"'),
    ("# nothing\n# here\n", 't begins with "# nothing": no trace format'),
    ("==1== Lackey\n==1==\n", "t: there is no access in it"),
    ("\n\n", "begins with bytes that are no text"),
    ("", "t is empty; a memory trace is expected"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), LINES, ids=range(len(LINES)))
def test_a_bad_line_is_named(trace: Write, text: str, said: str) -> None:
    message = complaint(trace(text))
    assert said in message
    assert len(message) < 300
    assert message.isprintable()


@pytest.mark.parametrize("rest", [b"1\0\n", b"1\0\n\0\x00\xd8\n\0"])
def test_text_that_only_begins_like_utf_16(trace: Write, rest: bytes) -> None:
    assert complaint(trace(b"\xff\xfe" + rest), "plain") == "t begins like UTF-16 text and is none"


def test_the_line_is_right_far_into_a_file(trace: Write) -> None:
    path = trace(" L 10,1\r\n" * 100_000 + " L 10;1\r\n")
    assert 't, line 100001: " L 10;1" is not an access' in complaint(path)


BYTES = [
    (b"\x00\x01\x02", 't begins with "\\u0000\\u0001\\u0002": no trace format'),
    (b"1\n\xff\xfe\n", "t, line 2: this is not UTF-8 text; a list of addresses is expected"),
    (b" L 10,1\n\xb5\xda\n", 'line 2: "\\xb5\\xda" is not an access'),
    (b"\xff\xfe1", "t begins with bytes that are no text: no trace format"),
    (b"PK\x03\x04rest", "t is a zip archive, as NumPy's .npz is; unpack it first"),
    (b"\x28\xb5\x2f\xfdrest", "t is compressed with zstd; decompress it first, with zstd -d"),
    (b"\x1f\x9drest", "t is compressed with compress"),
    (b"7z\xbc\xaf\x27\x1c", "t is a 7z archive"),
    (gzip.compress(b""), "t is empty"),
    (gzip.compress(b"1\n2\n")[:-6], "t is damaged or cut off: its gzip data cannot be read"),
    (gzip.compress(b"1\n2\n")[:12], "its gzip data cannot be read"),
    (gzip.compress(b"1\n2\n") + b"rest", "its gzip data cannot be read"),
    (lzma.compress(b"1\n2\n")[:-6], "its xz data cannot be read"),
    (lzma.compress(b"1\n2\n")[:30] + b"\xff" * 30, "its xz data cannot be read"),
    (bz2.compress(b"1\n2\n")[:-6], "its bzip2 data cannot be read"),
    (b"BZhello", "its bzip2 data cannot be read"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "said"), BYTES, ids=range(len(BYTES)))
def test_damaged_and_foreign_files(trace: Write, content: bytes, said: str) -> None:
    assert said in complaint(trace(content))


def test_data_damaged_far_behind_the_beginning(trace: Write) -> None:
    numbers = random.Random(1)
    whole = gzip.compress(b"".join(b"%d\n" % numbers.randrange(2**40) for _ in range(50_000)))
    accesses = read_trace(trace(whole[: len(whole) // 2]))
    assert next(accesses).kind == "load"
    with pytest.raises(InputError, match="its gzip data cannot be read"):
        list(accesses)


EIGHT = struct.pack("<Q", 5)
ARRAYS = [
    (npy(EIGHT, "(1,)", "<f8"), 't: its numbers are of type "<f8"; a trace is an array of whole'),
    (npy(EIGHT, "(1,)", "|O"), 'its numbers are of type "|O"'),
    (npy(EIGHT, "(1,)", "|b1"), 'its numbers are of type "|b1"'),
    (npy(EIGHT, "()"), "t: its shape is (); a trace is"),
    (npy(EIGHT, "(1, 1, 1)"), "its shape is (1, 1, 1)"),
    (npy(EIGHT * 4, "(1, 4)"), "its shape is (1, 4)"),
    (npy(EIGHT, "(-1,)"), 'its header is damaged: shape "(-1,)"'),
    (npy(EIGHT, "(True,)"), 'its header is damaged: shape "(True,)"'),
    (npy(EIGHT * 4, "(2, 2)", order="True"), "its columns are stored one after the other"),
    (npy(EIGHT * 2, "(3,)"), "t is cut off: 3 rows are announced, 2 are there"),
    (npy(EIGHT * 2 + b"xyz", "(3,)"), "t is cut off: 3 rows are announced, 2 are there"),
    (npy(EIGHT, f"({10**15},)"), f"{10**15} rows are announced, 1 are there"),
    (npy(EIGHT * 2, "(1,)"), "t goes on behind its array; one array is expected"),
    (npy(b"", "(0,)"), "t: there is no access in it"),
    (npy(struct.pack("<2q", 5, -3), "(2,)", "<i8"), "t, row 1: an address is not negative: -3"),
    (npy(EIGHT * 2, "(1, 2)"), "t, row 0: kind 5 is none of 0 load, 1 store, 2 instruction fetch"),
    (npy(struct.pack("<3Q", 5, 0, 0), "(1, 3)"), "t, row 0: an access has 1 to 99999 bytes, not 0"),
    (b"\x93NUMPY\x09\x00\x10\x00", "t: version 09 of .npy files is not known; 1, 2 or 3 would be"),
    (b"\x93NUMPY", "t: version  of .npy files is not known"),
    (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", "t: its header is 4294967295 bytes long"),
    (b"\x93NUMPY\x01\x00\x05\x00{'a':", "t: its header is damaged"),
    (b"\x93NUMPY\x01\x00\x0f\x27" + b"(" * 9999, "t: its header is damaged"),
    (b"\x93NUMPY\x01\x00\x0f\x27" + b"-" * 9998 + b"1", "t: its header is damaged"),
    (b"\x93NUMPY\x01\x00\x04\x00{{}}", "t: its header is damaged"),
    (b"\x93NUMPY\x03\x00\x02\x00\x00\x00\xff\xfe", "t: its header is damaged"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "said"), ARRAYS, ids=range(len(ARRAYS)))
def test_arrays_that_are_no_trace(trace: Write, content: bytes, said: str) -> None:
    assert said in complaint(trace(content))


def test_a_file_of_another_format_than_named(trace: Write) -> None:
    assert complaint(trace("1\n"), "npy") == (
        "t is no .npy file; such a file begins with \\x93NUMPY"
    )
    assert 'there is no trace format "lacky" (did you mean "lackey"?); there are npy, lackey,' in (
        complaint(trace("1\n"), "lacky")
    )


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    assert complaint(str(tmp_path / "absent")) == 'cannot read "t": No such file or directory'
    assert "cannot read" in complaint(str(tmp_path))
    assert "cannot read" in complaint("nul\0inside")


def test_errors_of_opening_come_at_once_and_those_of_lines_when_they_are_reached(
    trace: Write,
) -> None:
    with pytest.raises(InputError):
        read_trace(trace("hello\n"))
    accesses = read_trace(trace("1\nhello\n"))
    assert next(accesses).address == 1
    with pytest.raises(InputError):
        next(accesses)


@pytest.mark.parametrize("format", ["", "npy", "lackey", "csapp", "din", "plain"])
@given(content=st.binary(max_size=200) | st.text("0123456789abcdefLSMI x,/#\n\r=").map(str.encode))
def test_any_bytes_are_accesses_or_one_message(
    tmp_path_factory: pytest.TempPathFactory, format: str, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any-{format}"
    path.write_bytes(content)
    accesses, message = outcome(str(path), format)
    assert bool(accesses) or bool(message)
    assert all(0 <= a.address < 2**64 and 1 <= a.size <= 99_999 for a in accesses)
    assert printable(message) == message


def outcome(path: str, format: str = "") -> tuple[list[Access], str]:
    """The accesses up to the first that is wrong, and what is said of that."""
    accesses: list[Access] = []
    try:
        for access in read_trace(path, format):
            accesses.append(access)
    except InputError as error:
        return accesses, str(error)
    return accesses, ""


@pytest.mark.parametrize("text", ["", "r", "0xw", "1ww", "1/", "1/x", "-1", "1w/-1", "1.5"])
def test_typed_references_that_are_none(text: str) -> None:
    with pytest.raises(InputError, match="0x10, 0x10w or 0x10w/8 would be"):
        parse_reference(text)


def test_of_the_genuine_sample_with_a_byte_changed_at_most_that_line_is_refused(
    trace: Write,
) -> None:
    sample = (DATA / "true.lackey").read_bytes()
    begin = sample.index(b"I  ")
    rng = random.Random(5)
    refused = 0
    for _ in range(200):
        at = rng.randrange(begin, len(sample))
        path = trace(sample[:at] + bytes([rng.randrange(256)]) + sample[at + 1 :])
        _, message = outcome(path)
        refused += bool(message)
        # A line feed, put in or taken out, moves the end of a line.
        near = [f"line {sample.count(10, 0, at) + n}: " in message for n in (1, 2)]
        assert any(near) or not message
    assert refused > 100
