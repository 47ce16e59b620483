"""Drawn grids: how a table stands in a sheet, and what is read from one.

::

      n | page | result | victim
      1 |   7  |   ?    |   ?

A missing row, an empty row and ``?`` are blank. An array of inline tables, ``[{n = 1, result = "f"},
…]``, is read too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from oslab.exercise.answers import AnswerType, OrNone, Table, Unreadable, is_blank
from oslab.exercise.notes import Note
from oslab.exercise.rows import GridReading, Row, empty, filled, parse_grid, safe_cell, split_row
from oslab.text import Words, pad, width

__all__ = [
    "BLANK",
    "GridReading",
    "TableReading",
    "draw_grid",
    "fill_grid",
    "parse_grid",
    "read_table",
]


class _Blank(Enum):
    BLANK = "blank"

    def __repr__(self) -> str:
        return "BLANK"


BLANK: Final = _Blank.BLANK
"""A cell not answered yet."""


@dataclass(frozen=True)
class TableReading:
    """A table's answers: for each printed row, column → value, BLANK or Unreadable."""

    rows: tuple[Row, ...]
    notes: tuple[Note, ...] = ()

    @property
    def blank(self) -> bool:
        """Whether nothing at all is filled in."""
        return all(cell is BLANK for row in self.rows for cell in row.values())


def draw_grid(
    table: Table,
    rows: Sequence[tuple[str | int, ...]],
    cells: Sequence[Mapping[str, str]] = (),
) -> str:
    """The grid with its printed cells and the given answers, ``?`` where there is none."""
    heads = [table.label, *table.given, *table.columns]
    body = []
    for i, row in enumerate(rows):
        filled = cells[i] if i < len(cells) else {}
        body.append([*map(str, row), *(filled.get(c, "?") for c in table.columns)])
    return _drawn(heads, body, len(table.given) + 1)


def fill_grid(drawn: Sequence[str], answers: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a freshly drawn grid with the last cells of each row replaced."""
    heads, *body = [[cell.strip() for cell in split_row(line)] for line in drawn]
    printed = len(heads) - max((len(a) for a in answers), default=0)
    filled = [
        [*row[:printed], *given, *row[printed + len(given) :]]
        for row, given in zip(body, answers, strict=True)
    ]
    return _drawn(heads, filled, printed).split("\n")


def _drawn(heads: list[str], body: list[list[str]], printed: int) -> str:
    body = [[safe_cell(cell) for cell in row] for row in body]
    blocks = [max((width(row[c]) for row in body), default=0) for c in range(len(heads))]
    wide = [max(width(head), block) for head, block in zip(heads, blocks, strict=True)]
    lines = [" | ".join(pad(head, wide[c], right=c == 0) for c, head in enumerate(heads))]
    for row in body:
        cells = []
        for c, cell in enumerate(row):
            block = pad(cell, blocks[c], right=c < printed)
            spare = wide[c] - blocks[c]
            left = spare if c == 0 else (spare + 1) // 2 if c < printed else spare // 2
            cells.append(pad(" " * left + block, wide[c]))
        lines.append(" | ".join(cells))
    return "\n".join(("  " + line).rstrip() for line in lines)


def read_table(
    value: object,
    table: Table,
    rows: Sequence[tuple[str | int, ...]],
    words: Words,
    line: int = 0,
) -> TableReading:
    """A table's answers, each cell read by its column's type.

    In a row with something filled in, all of it readable, an empty optional cell means none; ``?`` is
    blank everywhere. Raises Unreadable when no row of the table can be made out.
    """
    grid = parse_grid(value, table, rows, line)
    result: list[Row] = []
    # A column holds the same few texts over and over.
    known: dict[tuple[str, object, bool], object] = {}

    def read(column: str, cell: object, begun: bool) -> object:
        if cell is not None and not isinstance(cell, str):
            return _value(table.columns[column], cell, begun, words)
        place = column, cell, begun
        if place not in known:
            known[place] = _value(table.columns[column], cell, begun, words)
        return known[place]

    for i, cells in enumerate(grid.rows):
        if i in grid.twice:
            result.append(
                dict.fromkeys(table.columns, Unreadable("row-twice", label=str(rows[i][0])))
            )
            continue
        begun = any(filled(cell) for cell in cells.values())
        row = {c: read(c, cells.get(c), begun) for c in table.columns}
        if any(isinstance(v, Unreadable) for v in row.values()):
            # Beside a cell that cannot be read, an empty one says nothing.
            row = {c: BLANK if empty(cells.get(c)) else v for c, v in row.items()}
        result.append(row)
    return TableReading(tuple(result), grid.notes)


def _value(kind: AnswerType, cell: object, begun: bool, words: Words) -> object:
    if empty(cell):
        return None if begun and isinstance(kind, OrNone) else BLANK
    if is_blank(cell):
        return BLANK
    try:
        return kind.read(cell, words)
    except Unreadable as unreadable:
        return unreadable
