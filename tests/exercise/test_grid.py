"""Reading drawn grids: rows by label, columns by head, whatever was done to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import Words
from oslab.exercise.answers import (
    NO_WORDS,
    Choice,
    Int,
    OrNone,
    ShortText,
    Table,
    Unreadable,
)
from oslab.exercise.grid import BLANK, draw_grid, parse_grid, read_table

TABLE = Table("n", {"result": Choice("fault", "hit"), "victim": OrNone(Int())}, given=("page",))
ROWS = ((1, 7), (2, 0), (3, 1))
OPEN = (BLANK, BLANK)


def rows_of(
    value: object, table: Table = TABLE, rows: Sequence[tuple[Any, ...]] = ROWS
) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in read_table(value, table, rows, NO_WORDS).rows]


def notes_of(value: object) -> list[str]:
    return [note.key for note in read_table(value, TABLE, ROWS, NO_WORDS).notes]


ALL = [("fault", None), ("hit", None), ("fault", 7)]
HEAD = "  n | page | result | victim\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + "1|7|fault|-\n2|0|hit|-\n3|1|fault|7", ALL),
        ("1|7|fault|-\n2|0|hit|-\n3|1|fault|7", ALL),  # no heads
        (HEAD + "3|1|f|7\n1|7|f|\n2|0|h|", ALL),  # any order; empty means none
        ("| n | page | result | victim |\n|--|--|--|--|\n| 1 | 7 | f | - |\n|2|0|h|-|\n|3|1|f|7|", ALL),
        ("---+---\n1|7|f|-\n===\n2|0|h|-\n3|1|f|7\n", ALL),
        ("n\tpage\tresult\tvictim\n1\t7\tf\t-\n2\t0\th\t-\n3\t1\tf\t7", ALL),
        ("1  7  f  -\n2  0  h  -\n3 1 f 7", ALL),
        ("victim | result | n\n - | f | 1\n | h | 2\n 7 | f | 3", ALL),  # columns moved, one left out
        ("N | PAGE | Result | VICTIM\n1|7|f|-\n2|0|h|-\n3|1|f|7", ALL),
        ("１ ｜ ７ ｜ ｆ ｜ －\n2｜0｜hit｜\n3│1│fault│７", ALL),
        ("1 丨 7 丨 f 丨 -\n2 ┃ 0 ┃ h\n3 ¦ 1 ¦ f ¦ 7", ALL),
        (" 1 | 7 | f\n 2 | 0 | h | - | |\n 0x3 | 1 | f | 007", ALL),
        ("# my notes\n1|7|f|-\n\n2|0|h|-\n3|1|f|7", ALL),
        (HEAD + "1|7|?|?\n2|0|h|\n", [OPEN, ("hit", None), OPEN]),
        ("|1|7|\n| 2 | 0 | h |\n|3|1|f|7", [OPEN, ("hit", None), ("fault", 7)]),
        (HEAD + "1|7| |\n2|0|？|7\n3|1|f|?", [OPEN, (BLANK, 7), ("fault", BLANK)]),
        (HEAD + "1|7| |-", [(BLANK, None), OPEN, OPEN]),
        (HEAD, [OPEN, OPEN, OPEN]),
        ("", [OPEN, OPEN, OPEN]),
        ("?", [OPEN, OPEN, OPEN]),
        ([], [OPEN, OPEN, OPEN]),
        ([{"n": 1, "result": "f"}, {"n": 3, "result": "f", "victim": 7}],
         [("fault", None), OPEN, ("fault", 7)]),
        ([{"N": "1", "Result": "f", "victim": "-"}], [("fault", None), OPEN, OPEN]),
        ([[1, 7, "f", "-"], [2, 0, "h", ""]], [("fault", None), ("hit", None), OPEN]),
        (HEAD + "1|7|f|-\n1|7|f|-\n1|7|?|?", [("fault", None), OPEN, OPEN]),  # twice the same
    ],
)  # fmt: skip
def test_a_grid_is_read_as_meant(text: object, expected: list[tuple[object, ...]]) -> None:
    assert rows_of(text) == expected


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("9|7|f|-\n1|7|f|-", "unknown-row"),
        ("1|7|f|-\n1|7|h|-", "row-twice"),
        ("1|8|f|-", "given-changed"),
        ("1|7|f|-|x", "too-many-cells"),
        (HEAD.strip() + " | why\n1|7|f|-|so", "unknown-column"),
        ("n|page|resultat|victim\n1|7|f|-", "head-changed"),
        ("hello\n1|7|f|-", "no-row"),
        ([{"result": "f"}, {"n": 1, "result": "f"}], "no-label"),
        ([{"n": 1, "result": "f", "why": 3}], "unknown-column"),
        ([7, {"n": 1}], "no-row"),
    ],
)
def test_what_does_not_fit_is_noted(text: object, note: str) -> None:
    assert notes_of(text) == [note]


def test_notes_tell_the_line_in_the_file() -> None:
    reading = read_table(HEAD + "1|7|f|-\n9|7|f|-\n", TABLE, ROWS, NO_WORDS, line=20)
    assert [note.line for note in reading.notes] == [23]


def test_a_row_twice_and_different_is_unreadable_and_costs_the_others_nothing() -> None:
    first, second, _ = rows_of("1|7|f|-\n1|7|h|-\n2|0|h|-")
    assert all(isinstance(cell, Unreadable) and cell.reason == "row-twice" for cell in first)
    assert second == ("hit", None)


def test_a_cell_that_cannot_be_read_leaves_its_row() -> None:
    (result, victim), *_ = rows_of("1|7|maybe|7")
    assert isinstance(result, Unreadable)
    assert victim == 7


@pytest.mark.parametrize("value", [9, 1.5, True, {"n": 1}, "eleven", "9|9|9\n8|8", ["x"]])
def test_what_is_no_table_is_unreadable(value: object) -> None:
    with pytest.raises(Unreadable) as caught:
        read_table(value, TABLE, ROWS, NO_WORDS)
    assert caught.value.reason == "table"


def test_equal_labels_are_told_apart_by_printed_cells_then_by_order() -> None:
    table = Table("va", {"vpn": Int()}, given=("kind",))
    rows = (("0x10", "read"), ("0x10", "write"), ("16", "write"))
    assert rows_of("0x10|write|2\n0x10|read|1\n0x10|write|3", table, rows) == [(1,), (2,), (3,)]


def test_notes_are_few_however_many_lines_are_strange() -> None:
    notes = read_table("1|7|f|-\n" + "x|y\n" * 1000, TABLE, ROWS, NO_WORDS).notes
    assert len(notes) == 9
    assert notes[-1].values == {"count": 992}


def test_raw_cells_stay_as_typed() -> None:
    reading = parse_grid("1|7|缺页|-", TABLE, ROWS)
    assert reading.rows[0] == {"result": "缺页", "victim": "-"}
    assert reading.rows[1] == {"result": None, "victim": None}


CELLS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)


@given(
    st.lists(
        st.tuples(CELLS.filter(lambda t: t.strip("-=—–─━═ |?#")), CELLS), min_size=1, max_size=6
    )
)
def test_drawn_cells_never_break_their_row(pairs: list[tuple[str, str]]) -> None:
    table = Table("n", {"word": ShortText()}, given=("page",))
    rows = [(i, page) for i, (page, _) in enumerate(pairs, start=1)]
    drawn = draw_grid(table, rows, [{"word": word} for _, word in pairs])
    assert "'''" not in drawn
    assert len(drawn.split("\n")) == len(rows) + 1
    assert parse_grid(drawn, table, rows).notes == ()


def test_beside_a_cell_that_cannot_be_read_an_empty_one_is_blank_not_none() -> None:
    table = Table("n", {"count": Int(), "victim": OrNone(Int())})
    good, bad = read_table("1 | 4 | \n2 | §§ | ", table, [(1,), (2,)], Words()).rows
    assert good == {"count": 4, "victim": None}
    assert bad["victim"] is BLANK
    assert isinstance(bad["count"], Unreadable)
