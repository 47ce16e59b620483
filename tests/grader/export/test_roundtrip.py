"""CSV that goes back where it came from: whatever is in it, what is not changed stays to the byte."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab_grader.export.roundtrip import decimal_comma, read

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=8)
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6
    )
)  # fmt: skip


def text_of(rows: list[list[str]], delimiter: str, newline: str, quoting: int) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue()


@given(
    TABLES,
    st.sampled_from(",;"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
)
def test_a_file_read_and_written_is_the_same_to_the_byte(
    rows: list[list[str]], delimiter: str, newline: str, quoting: int, bom: bool
) -> None:
    rows[0][0] = "head" + rows[0][0]
    data = (("\ufeff" if bom else "") + text_of(rows, delimiter, newline, quoting)).encode()
    found = read(data, "x.csv", "", delimiter)
    assert found.bytes_of(found.lines) == data
    assert [[c.value for c in line.cells] for line in (found.head, *found.lines)] == rows


@given(TABLES, st.sampled_from(",;"), CELLS, st.data())
def test_one_changed_cell_changes_nothing_else(
    rows: list[list[str]], delimiter: str, value: str, data: st.DataObject
) -> None:
    rows[0][0] = "head" + rows[0][0]
    found = read(text_of(rows, delimiter, "\n", csv.QUOTE_MINIMAL).encode(), "x.csv", "", delimiter)
    if not found.lines:
        return
    at = data.draw(st.integers(0, len(found.lines) - 1))
    column = data.draw(st.integers(0, len(rows[0]) - 1))
    lines = list(found.lines)
    lines[at] = lines[at].with_cell(column, value, delimiter)
    again = csv.reader(io.StringIO(found.bytes_of(lines).decode(), newline=""), delimiter=delimiter)
    rows[at + 1][column] = value
    assert list(again) == rows


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    refused = ""
    try:
        found = read(data, "x.csv", "a file is expected")
    except InputError as error:
        refused = str(error)
    assert "x.csv" in refused if refused else found.heads


def test_a_long_quotation_that_does_not_end_is_refused_at_once() -> None:
    with pytest.raises(InputError, match="line 1: a quotation mark out of place"):
        read(b'a,"' + b'""' * 500_000, "x.csv", "")


def test_decimal_marks() -> None:
    assert decimal_comma(["", "20", "12,5"]) is True
    assert decimal_comma(["20", "12.50", "1,5"]) is False
    assert decimal_comma(["20", "x", "1.234,5"]) is None
