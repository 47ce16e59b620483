"""Drawings as lines of text."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import Bytes, Cells, Grid, Lanes, Tree
from oslab.show.drawings import draw
from oslab.text import width


def test_boxes_have_labels_over_and_marks_under_them() -> None:
    cells = Cells((7, None, 10), (0, 1, 2), {"hand": 2})
    assert draw(cells) == [
        "  0   1   2",
        "| 7 |   | 10 |",
        "          ^ hand",
    ]


def test_no_boxes_are_a_dash() -> None:
    assert draw(Cells(())) == ["-"]


def test_a_mark_outside_the_boxes_is_not_drawn() -> None:
    assert draw(Cells((1,), (), {"hand": 3})) == ["| 1 |"]


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    grid = Grid(("vpn", "what"), ((1, "code"), (22, None), (0, Fraction(1, 2))))
    assert draw(grid) == [
        "vpn | what",
        "----+-----",
        "  1 | code",
        " 22 | -",
        "  0 | 0.5",
    ]


def test_chinese_takes_two_columns() -> None:
    lines = draw(Grid(("页号", "n"), (("缺页", 1), ("x", 22))))
    assert len({width(line) for line in lines}) == 1


def test_a_tree_has_branches() -> None:
    tree = Tree("64", (Tree("32", (Tree("16"), Tree("16"))), Tree("32")))
    assert draw(tree) == ["64", "├─ 32", "│  ├─ 16", "│  └─ 16", "└─ 32"]


def test_bars_do_not_overlap_and_keep_the_scale() -> None:
    lanes = Lanes({"cpu": ((0, 30, "run"), (30, 60, "wait")), "disk": ((30, 60, "read"),)})
    assert draw(lanes) == [
        "cpu  |[run=========================][wait========================]",
        "disk |                              [read========================]",
        "      0 ns                                                   60 ns",
    ]


def test_short_bars_show_what_fits() -> None:
    lines = draw(Lanes({"cpu": ((0, 1, "a long name"), (1, 1, "x"), (1, 1000, "rest"))}))
    assert lines[0].startswith("cpu |a")
    assert "rest" in lines[0]


def test_a_short_bar_at_the_right_edge_is_seen() -> None:
    lanes = Lanes({"cpu": ((0, 3, "a"), (997, 999, "b"), (999, 1000, "c"))})
    line = draw(lanes)[0]
    assert line.endswith("c")
    assert len(line) == len("cpu |") + 60


def test_lanes_without_bars_or_time() -> None:
    assert draw(Lanes({})) == ["-"]
    assert draw(Lanes({"cpu": ((5, 5, "x"),)}))[0] == "cpu |x"


def test_bytes_are_dumped_and_repeated_lines_starred() -> None:
    data = b"oslab" + bytes(11) + bytes(16 * 4) + b"\x01"
    assert draw(Bytes(0xFF0, data)) == [
        "0x0ff0  6f 73 6c 61 62 00 00 00  00 00 00 00 00 00 00 00  oslab...........",
        "0x1000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  ................",
        "*",
        "0x1040  01                                                .",
    ]


def test_no_bytes_are_a_dash() -> None:
    assert draw(Bytes(0, b"")) == ["-"]


NASTY = "\x1b[31m[red]\r\n\u202e\t\x07"


@pytest.mark.parametrize(
    "drawing",
    [
        Cells((NASTY,), (NASTY,), {NASTY: 0}),
        Grid((NASTY,), ((NASTY,),)),
        Tree(NASTY, (Tree(NASTY),)),
        Lanes({NASTY: ((0, 1, NASTY), (1, 1000, NASTY))}),
        Bytes(0, NASTY.encode()),
    ],
)
def test_nothing_a_user_typed_acts_on_the_terminal(drawing: object) -> None:
    text = "\n".join(draw(drawing))  # type: ignore[arg-type]
    assert not set(text) & set("\x1b\r\t\x07\u202e")


@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e9), st.text(max_size=12)), max_size=8))
def test_time_lines_stay_within_their_columns(bars: list[tuple[float, float, str]]) -> None:
    ordered = tuple(sorted((min(a, b), max(a, b), t) for a, b, t in bars))
    lanes = Lanes({str(i): (bar,) for i, bar in enumerate(ordered)})
    assert all(width(line) <= 80 for line in draw(lanes, 80))
