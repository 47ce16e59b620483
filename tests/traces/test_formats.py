"""What each format means, from text as the programs write it."""

from __future__ import annotations

import io
import struct
from collections import Counter
from collections.abc import Callable

import pytest

from oslab.traces.access import Access
from oslab.traces.formats import BUILT_IN, Format
from oslab.traces.reading import open_trace, read_trace

from .conftest import DATA, npy

Write = Callable[..., str]


def read(path: str, format: str = "") -> list[Access]:
    return list(read_trace(path, format))


def test_what_valgrind_wrote_is_read_whole() -> None:
    found = open_trace(str(DATA / "true.lackey"))
    accesses = list(found.accesses)
    assert (found.format, found.compression) == ("lackey", "")
    assert accesses[:3] == [
        Access("fetch", 0x0401AB70, 3), Access("fetch", 0x0401AB73, 5), Access("store", 0x1FFF000768, 8),
    ]  # fmt: skip
    lines = (DATA / "true.lackey").read_text().splitlines()
    kinds = Counter(line.split()[0] for line in lines if not line.startswith("=="))
    assert Counter(a.kind for a in accesses) == {
        "fetch": kinds["I"], "load": kinds["L"], "store": kinds["S"], "modify": kinds["M"],
    }  # fmt: skip


def test_lackey_of_the_manual(trace: Write) -> None:
    text = "==1== hello\nI  0023C790,2\nI  0023C792,5\n S BE80199C,4\n L BE801950,4\n M 0025747C,1\n--1-- bye\n"
    assert read(trace(text)) == [
        Access("fetch", 0x23C790, 2), Access("fetch", 0x23C792, 5), Access("store", 0xBE80199C, 4),
        Access("load", 0xBE801950, 4), Access("modify", 0x25747C, 1),
    ]  # fmt: skip


def test_cache_lab_traces(trace: Write) -> None:
    path = trace(" L 10,1\n M 20,1\nI 400,5\n S 7fefe059c,8\nL 3,2\n\n")
    assert open_trace(path).format == "csapp"
    assert read(path) == [
        Access("load", 0x10, 1), Access("modify", 0x20, 1), Access("fetch", 0x400, 5),
        Access("store", 0x7FEFE059C, 8), Access("load", 3, 2),
    ]  # fmt: skip


def test_dinero_accesses_are_words(trace: Write) -> None:
    path = trace("2 0\n0 1000\n0 70f60888\n1 70f6088a\n")
    assert open_trace(path).format == "din"
    assert read(path) == [
        Access("fetch", 0, 4), Access("load", 0x1000, 4), Access("load", 0x70F60888, 4),
        Access("store", 0x70F60888, 4),
    ]  # fmt: skip


def test_dinero_comments_prefixes_and_extended_labels(trace: Write) -> None:
    text = "2 2cb5a now the loop\n0 0x1000\nr 1003 8 a string\nw 0x10 0x2\ni ff 10\nm 7 1\n"
    assert read(trace(text)) == [
        Access("fetch", 0x2CB58, 4), Access("load", 0x1000, 4), Access("load", 0x1003, 8),
        Access("store", 0x10, 2), Access("fetch", 0xFF, 16), Access("load", 7, 1),
    ]  # fmt: skip


def test_plain_lists(trace: Write) -> None:
    text = "# a list\n0x10\n16w\n\n 4096, 4100 0x20m/8\n0xFFx/3 # a fetch\n１７，0X1F\n0o17\n007\n1_000\n"
    assert read(trace(text)) == [
        Access("load", 16), Access("store", 16), Access("load", 4096), Access("load", 4100),
        Access("modify", 0x20, 8), Access("fetch", 0xFF, 3), Access("load", 17), Access("load", 31),
        Access("load", 15), Access("load", 7), Access("load", 1000),
    ]  # fmt: skip


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("code", ["b", "B", "h", "H", "i", "I", "q", "Q"])
def test_npy_of_any_whole_numbers(trace: Write, order: str, code: str) -> None:
    numbers = [0, 1, 100, 127]
    size = struct.calcsize("=" + code)
    descr = f"{order if size > 1 else '|'}{'i' if code.islower() else 'u'}{size}"
    content = npy(struct.pack(f"{order}4{code}", *numbers), "(4,)", descr)
    assert read(trace(content)) == [Access("load", n) for n in numbers]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_npy_tables_have_kinds_and_sizes(trace: Write, version: int) -> None:
    rows = struct.pack("<9Q", 16, 0, 4, 2**64 - 1, 1, 8, 32, 2, 3)
    assert read(trace(npy(rows, "(3, 3)", version=version))) == [
        Access("load", 16, 4), Access("store", 2**64 - 1, 8), Access("fetch", 32, 3),
    ]  # fmt: skip


def test_npy_with_two_columns_has_kinds(trace: Write) -> None:
    rows = struct.pack("<4i", 16, 1, 32, 0)
    assert read(trace(npy(rows, "(2, 2)", "<i4"))) == [Access("store", 16), Access("load", 32)]


def test_npy_longer_than_what_is_read_at_once(trace: Write) -> None:
    numbers = range(100_000)
    content = npy(struct.pack("<100000I", *numbers), "(100000,)", "<u4")
    assert [a.address for a in read_trace(trace(content))] == list(numbers)


def test_what_numpy_saves_is_read(trace: Write, tmp_path: object) -> None:
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed here")
    path = f"{tmp_path}/saved.npy"
    numpy.save(path, numpy.array([[4096, 1], [8192, 0]], dtype=">i8"))
    assert read(path) == [Access("store", 4096), Access("load", 8192)]


AMBIGUOUS = [
    ("0 1 2 3 0 1 4", "plain"),
    ("0 1", "plain"),
    ("0 1\n2 3\n", "din"),
    ("0 1\n2 3 4\n", "plain"),
    ("0 7f", "din"),
    ("7 0\n1 2\n", "plain"),
    ("# 0 1\n12\n", "plain"),
    ("r 10 4\n", "din"),
    (" L 10,1\n", "csapp"),
    (" L 00000010,1\n", "lackey"),
    ("==12== Lackey\n L 10,1\n", "lackey"),
]


@pytest.mark.parametrize(("text", "format"), AMBIGUOUS)
def test_formats_are_told_apart_by_content(trace: Write, text: str, format: str) -> None:
    assert open_trace(trace(text, "misleading.npy")).format == format


def test_a_named_format_overrides_what_the_content_looks_like(trace: Write) -> None:
    path = trace("0 1\n2 3\n")
    assert read(path, "plain") == [Access("load", n) for n in (0, 1, 2, 3)]
    assert read(path, "din") == [Access("load", 0, 4), Access("fetch", 0, 4)]


@pytest.mark.parametrize("found", BUILT_IN, ids=[f.name for f in BUILT_IN])
def test_what_was_written_is_recognised(trace: Write, found: Format) -> None:
    out = io.BytesIO()
    accesses = [
        Access("fetch", 0x401AB70, 4),
        Access("load", 0x1FFF000AB0, 4),
        Access("store", 12, 4),
    ]
    found.reader().write(accesses, out)
    assert open_trace(trace(out.getvalue())).format == found.name
