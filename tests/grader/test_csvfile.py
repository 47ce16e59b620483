"""CSV as spreadsheets and LMS write it, and what we write for them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab_grader.csvfile import csv_text, guarded, parse_csv, read_csv, unguarded

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_delimiters_and_line_ends_make_no_difference(
    tmp_path: Path, encoding: str, delimiter: str, end: str
) -> None:
    file = tmp_path / "a.csv"
    rows = [("id", "名字"), ("s1", '"陈, 明; x"'), ("s2", "b")]
    file.write_bytes("".join(delimiter.join(row) + end for row in rows).encode(encoding))
    found = read_csv(file)
    assert found.heads == ("id", "名字")
    assert found.rows == ((2, ("s1", "陈, 明; x")), (3, ("s2", "b")))


def test_decimal_commas_do_not_decide_what_separates() -> None:
    assert parse_csv("id;a;b\ns1;1,5;2,5,1,1,1,1\n", "x").delimiter == ";"
    assert parse_csv('"Last, first";id\nx;1\n', "x").delimiter == ";"


def test_excels_own_first_line_says_what_separates() -> None:
    found = parse_csv("sep=;\r\nid;name\r\ns1;a,b\r\n", "x")
    assert found.heads == ("id", "name")
    assert found.rows == ((3, ("s1", "a,b")),)


def test_lines_are_counted_through_cells_of_several_lines() -> None:
    found = parse_csv('id,why\na,"one\ntwo"\n\nb,x\n', "x")
    assert [line for line, _ in found.rows] == [2, 5]


def test_a_row_with_too_many_cells_is_named() -> None:
    with pytest.raises(InputError, match=r"x line 3: 3 cells under 2 heads"):
        parse_csv("id,name\na,b\nc,Chen,Ming\n", "x")
    assert parse_csv("id,name\na,b,,\n", "x").rows[0][1] == ("a", "b", "", "")


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xff\xfe\x00"])
def test_what_is_no_csv_is_bad_input(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(data)
    with pytest.raises(InputError):
        read_csv(file)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd", "-x", "@sum", "\t=1", "\r=1", "\n=1", "＝1", "'=1"]
)
def test_what_a_spreadsheet_would_run_is_guarded(cell: str) -> None:
    assert guarded(cell) == "'" + cell
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("cell", ["-5", "+1.5", "-1,5", "s1042", "", "O'Brien"])
def test_numbers_and_plain_texts_stay(cell: str) -> None:
    assert guarded(cell) == cell


@given(TEXTS)
def test_guarding_is_undone(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell
    assert not guarded(cell).startswith(("=", "@"))


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_what_is_written_is_read_back(rows: list[tuple[str, str]]) -> None:
    text = csv_text(("id", "text"), [("k" + a, b) for a, b in rows])
    read = [row for _, row in parse_csv(text, "x", guarded=True).rows]
    assert read == [("k" + a, b) for a, b in rows]
    assert len(list(csv.reader(io.StringIO(text, newline="")))) == len(rows) + 1
