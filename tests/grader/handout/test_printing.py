"""Printed sheets: texts of any kind stay texts; tables are tables with empty cells."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.exercise.answers import Table
from oslab.exercise.problem import Code
from oslab.quantities import printable
from oslab_grader.handout.freeze import thawed
from oslab_grader.handout.printing import (
    Blank,
    Grid,
    Heading,
    PrintedSheet,
    Rules,
    blocks,
    html,
    markdown,
)

Make = Callable[..., Any]
TAGS = {"html", "head", "meta", "title", "style", "body", "section", "h1", "h2", "p", "b", "span", "pre", "ul",
        "li", "table", "thead", "tbody", "tr", "th", "td", "div"}  # fmt: skip


class Seen(HTMLParser):
    """The elements of a page, their attributes, and the texts in it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def seen(page: str) -> Seen:
    parser = Seen()
    parser.feed(page)
    parser.close()
    return parser


ANY = st.text(max_size=40) | st.sampled_from(
    [
        "</pre><script>x()</script>",
        "<!-- ",
        "a|b",
        "```",
        "&lt;",
        "[x](http://e)",
        "\x1b[2J",
        "1. x",
        "- x",
    ]
)


@given(ANY, ANY, ANY)
def test_no_text_becomes_html(one: str, two: str, three: str) -> None:
    sheet = [Heading(1, one), two, Code(three), Rules((one, two)), Blank(three, one), Blank(one, two, 3),
             Grid((one, two), ((three,), (two,)))]  # fmt: skip
    found = seen("".join(html(one, [sheet])))
    assert set(found.tags) <= TAGS
    assert found.attributes <= {"lang", "charset", "http-equiv", "content", "class", "style"}
    assert printable(three).replace("\r", "") in "".join(found.texts).replace("\r", "")
    assert found.tags.count("td") == 4


@given(ANY, ANY)
def test_no_text_becomes_html_or_a_cell_in_markdown(one: str, two: str) -> None:
    head, *rows = "".join(markdown([[Grid((one, "h"), ((two,), (one,)))]])).rstrip("\n").split("\n")
    assert len(rows) == 3
    for row in (head, *rows):
        bare = row.replace("\\\\", "").replace("\\|", "").replace("\\<", "")
        assert bare.count("|") == 3
        assert "<" not in bare
    (code,) = markdown([[Code(two)]])
    fence = code.split("\n")[0]
    assert code.count(fence) == 2
    assert code.rstrip("\n").endswith("\n" + fence)


@pytest.mark.parametrize(
    "text", ["1. one", "2) two", "- a", "+ a", "= a", "# a", "> a", "* a", "~~~", "| a"]
)
def test_no_line_of_text_begins_a_list_a_heading_or_a_table(text: str) -> None:
    (written,) = markdown([[text]])
    assert written.startswith(("\\", "1\\.", "2\\)"))


def test_a_sheet_has_a_row_for_each_row_and_nothing_of_the_key(course: Make) -> None:
    room = course(1)
    variants = thawed(room.record, "s1000")
    sheet = PrintedSheet("s1000", "", "", variants)
    found = seen("".join(html("Homework 1", [blocks("Homework 1", "due", sheet)])))
    kinds = [
        (v, a.name, v.exercise.kind(a.name)) for _, v in variants for a in v.exercise.entry.answer
    ]
    tables = [(v.rows(name), kind) for v, name, kind in kinds if isinstance(kind, Table)]
    assert tables
    assert found.tags.count("tr") == sum(len(rows) + 1 for rows, _ in tables)
    cells = sum(len(rows) * (1 + len(t.given) + len(t.columns)) for rows, t in tables)
    assert found.tags.count("td") == cells
    shown = "".join(found.texts)
    assert "the last owner keeps it" not in shown
    assert variants[0][1].code not in shown
