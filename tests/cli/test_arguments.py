"""Lists typed on the command line or read from a file."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from oslab import InputError
from oslab.cli import arguments
from oslab.cli.arguments import read_items, read_range


@pytest.mark.parametrize(
    "text",
    ["7,0,1", "7 0 1", " 7 ,0,\t1 ", "7，0、1", ["7", "0", "1"], ["7,0", "1"], "7,,0,1,"],
)
def test_commas_and_blanks_separate(text: str | list[str]) -> None:
    assert read_items(text, "page") == ["7", "0", "1"]


@pytest.mark.parametrize(
    "data",
    [
        b"7, 0\n1\n",
        b"\xef\xbb\xbf7\r\n0\r\n1",
        "7 0 1".encode("utf-16"),
        b"# my pages\n7 0 # two\n1\n",
    ],
)
def test_a_file_may_have_lines_comments_and_a_byte_order_mark(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "refs.txt"
    file.write_bytes(data)
    assert read_items(f"@{file}", "page") == ["7", "0", "1"]


def test_a_file_and_typed_items_may_stand_together(tmp_path: Path) -> None:
    (tmp_path / "refs.txt").write_text("0,1")
    assert read_items(["7", f"@{tmp_path / 'refs.txt'}"], "page") == ["7", "0", "1"]


def test_a_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"7\n0 1\n")))
    assert read_items("-", "page") == ["7", "0", "1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one page"),
        (" , ", "at least one page"),
        ([], "at least one page"),
        ("@", "name of a file"),
        ("@nowhere/refs.txt", "nowhere/refs.txt"),
        ("@a\0b", "null"),
    ],
)
def test_what_is_no_list_is_said(text: str | list[str], said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        read_items(text, "page")
    assert "page" in str(raised.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "nothing in it"), (b"# only\n", "nothing"), (b"7\n0\n\xff\xf0", "line 3")],
)
def test_a_file_without_a_list_is_named(tmp_path: Path, data: bytes, said: str) -> None:
    file = tmp_path / "refs.txt"
    file.write_bytes(data)
    with pytest.raises(InputError, match=said) as raised:
        read_items(f"@{file}", "page")
    assert "refs.txt" in str(raised.value)


def test_a_file_has_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arguments, "MOST_BYTES", 2**20)
    (tmp_path / "big").write_bytes(b"1 " * 2**20)
    with pytest.raises(InputError, match="larger than 1 MiB"):
        read_items(f"@{tmp_path / 'big'}", "page")


def test_a_folder_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_items(f"@{tmp_path}", "page")


def test_control_characters_in_a_name_are_escaped() -> None:
    with pytest.raises(InputError) as raised:
        read_items("@\x1b[31mred", "page")
    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [("1..8", range(1, 9)), ("4", range(4, 5)), (" 0x2 .. 3 ", range(2, 4)), ("-2..1", range(-2, 2)),
     ("１..３", range(1, 4)), ("1…3", range(1, 4)), ("1...3", range(1, 4))],
)  # fmt: skip
def test_ranges_include_both_ends(text: str, found: range) -> None:
    assert read_range(text, "frames") == found


@pytest.mark.parametrize("text", ["", "a..b", "1..", "..2", "1....3", "1..2..3", "1-3"])
def test_what_is_no_range_is_said(text: str) -> None:
    with pytest.raises(InputError, match="not a range of frames"):
        read_range(text, "frames")


def test_a_range_that_goes_down_is_turned_round_in_the_message() -> None:
    with pytest.raises(InputError, match=r"1\.\.8 would be"):
        read_range("8..1", "frames")
