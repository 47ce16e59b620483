"""Drawn grids: how a table stands in a sheet, and how it is read whatever was done to it.

::

      n | page | result | victim
      1 |   7  |   ?    |   ?

Rows are found by their label, columns by their head; a missing row, an empty row and ``?`` are blank.
An array of inline tables, ``[{n = 1, result = "f"}, …]``, is read too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeAlias

from oslab.exercise.answers import AnswerType, OrNone, Table, Unreadable, is_blank
from oslab.exercise.notes import Note
from oslab.quantities import QuantityError, parse_int, shown, tidy
from oslab.text import Words, pad, width


class _Blank(Enum):
    BLANK = "blank"

    def __repr__(self) -> str:
        return "BLANK"


BLANK: Final = _Blank.BLANK
"""A cell not answered yet."""

Row: TypeAlias = Mapping[str, object]
MOST_NOTES = 8

# Signs that people type, or an editor makes, for a bar.
_BARS = str.maketrans(dict.fromkeys("│┃║¦∣丨", "|"))
_RULE = frozenset("|+:=─━═┼╋╪—–- \t")
_DASHES = re.compile("[=─━═—–-]{2}")


@dataclass(frozen=True)
class GridReading:
    """What a grid holds: for each printed row, in their order, the raw cell of each answer column
    (None: missing). `twice` are the positions of rows given twice and differently."""

    rows: tuple[Row, ...]
    twice: frozenset[int] = frozenset()
    notes: tuple[Note, ...] = ()


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
    heads, *body = [[cell.strip() for cell in _split(line)] for line in drawn]
    printed = len(heads) - max((len(a) for a in answers), default=0)
    filled = [
        [*row[:printed], *given, *row[printed + len(given) :]]
        for row, given in zip(body, answers, strict=True)
    ]
    return _drawn(heads, filled, printed).split("\n")


def _drawn(heads: list[str], body: list[list[str]], printed: int) -> str:
    body = [[_cell(cell) for cell in row] for row in body]
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


def _cell(text: str) -> str:
    """A cell that cannot end its row, its grid or its ``'''`` string."""
    text = " ".join(re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", " ", text).split())
    return text.replace("\\|", "|").replace("|", "\\|").replace("''", '"')


def parse_grid(
    value: object, table: Table, rows: Sequence[tuple[str | int, ...]], line: int = 0
) -> GridReading:
    """A grid's raw cells. `value` is the text of the grid or an array of tables or of arrays; `line`
    is where the answer begins in the file, for the notes.

    Raises Unreadable when no row of the table can be made out.
    """
    reader = _Reader(table, rows, line)
    if isinstance(value, str):
        if not is_blank(value):
            reader.read_text(value)
    elif isinstance(value, list):
        reader.read_array(value)
    else:
        raise Unreadable("table", label=table.label)
    return reader.reading()


def read_table(
    value: object,
    table: Table,
    rows: Sequence[tuple[str | int, ...]],
    words: Words,
    line: int = 0,
) -> TableReading:
    """A table's answers, each cell read by its column's type.

    In a row with something filled in an empty optional cell means none; ``?`` is blank everywhere.
    Raises Unreadable when no row of the table can be made out.
    """
    grid = parse_grid(value, table, rows, line)
    result: list[Row] = []
    for i, cells in enumerate(grid.rows):
        if i in grid.twice:
            result.append(
                dict.fromkeys(table.columns, Unreadable("row-twice", label=str(rows[i][0])))
            )
            continue
        filled = any(_filled(cell) for cell in cells.values())
        result.append(
            {c: _value(kind, cells.get(c), filled, words) for c, kind in table.columns.items()}
        )
    return TableReading(tuple(result), grid.notes)


def _value(kind: AnswerType, cell: object, filled: bool, words: Words) -> object:
    if _empty(cell):
        return None if filled and isinstance(kind, OrNone) else BLANK
    if is_blank(cell):
        return BLANK
    try:
        return kind.read(cell, words)
    except Unreadable as unreadable:
        return unreadable


def _filled(cell: object) -> bool:
    return not _empty(cell) and not is_blank(cell)


def _empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not tidy(cell))


@dataclass
class _Reader:
    """Collects the rows of one grid."""

    table: Table
    rows: Sequence[tuple[str | int, ...]]
    line: int
    found: dict[int, list[dict[str, object]]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    spare: dict[str, list[int]] = field(default_factory=dict)
    seen: int = 0
    said: int = 0
    unknown_heads: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.heads: list[str] = [self.table.label, *self.table.given, *self.table.columns]
        for i, row in enumerate(self.rows):
            self.spare.setdefault(_plain(_printed(row[0])), []).append(i)

    def note(self, key: str, line: int, **values: object) -> None:
        """A note; `line` counts within the grid, 0 is its first line."""
        self.said += 1
        if self.said <= MOST_NOTES:
            at = self.line + line if self.line else 0
            self.notes.append(Note("grid", key, values, line=at))

    def read_text(self, text: str) -> None:
        # The ''' stands on the line before the text's first one, unless the text is a single line.
        lines = text.split("\n")
        offset = 1 if len(lines) > 1 else 0
        heads = self.heads
        for number, raw in enumerate(lines, offset):
            line = unicodedata.normalize("NFKC", raw).translate(_BARS)
            if not line.strip() or (line.lstrip().startswith("#") and "|" not in line):
                continue
            if _RULE.issuperset(line) and _DASHES.search(line):
                continue
            cells = [cell.strip().replace("\\|", "|") for cell in _cells(line, len(heads))]
            header = self._header(cells, number)
            if header:
                heads = header
                continue
            while len(cells) > len(heads) and not cells[-1]:
                cells.pop()
            if len(cells) < 2:
                self.note("no-row", number, given=_said(line), label=self.table.label)
                continue
            at = heads.index(self.table.label) if self.table.label in heads else 0
            if len(cells) > len(heads):
                label = cells[at]
                self.note(
                    "too-many-cells",
                    number,
                    label=_said(label),
                    count=len(cells),
                    wanted=len(heads),
                )
            self._row(dict(zip(heads, cells, strict=False)), number)
        if not self.seen:
            raise Unreadable("table", label=self.table.label)

    def read_array(self, items: list[Any]) -> None:
        for item in items:
            if isinstance(item, dict):
                self._row({self._head(str(k), 0): v for k, v in item.items()}, 0)
            elif isinstance(item, list):
                self._row(dict(zip(self.heads, item, strict=False)), 0)
            else:
                self.note("no-row", 0, given=_said(item), label=self.table.label)
        if items and not self.seen:
            raise Unreadable("table", label=self.table.label)

    def _head(self, name: str, line: int) -> str:
        plain = tidy(name).casefold()
        for head in self.heads:
            if head.casefold() == plain:
                return head
        if plain not in self.unknown_heads:
            self.unknown_heads.add(plain)
            self.note("unknown-column", line, given=_said(name), heads=" | ".join(self.heads))
        return "\0" + name  # no head begins so: the cell is passed over

    def _header(self, cells: list[str], line: int) -> list[str] | None:
        """The heads in the order of this line, if it is the line of the heads."""
        known = {head.casefold(): head for head in self.heads}
        if _plain(cells[0]) in self.spare and cells[0].casefold() != self.table.label.casefold():
            return None
        mine = [known.get(cell.casefold()) for cell in cells]
        if sum(head is not None for head in mine) < min(2, len(self.heads)):
            return None
        missing = [head for head in self.heads if head not in mine]
        strange = [i for i, head in enumerate(mine) if head is None and cells[i]]
        if missing and len(missing) == len(strange):
            # A head was changed, not moved: its column still stands where it stood.
            for i, head in zip(strange, missing, strict=True):
                self.note("head-changed", line, given=_said(cells[i]), head=head)
                mine[i] = head
        return [head if head else self._head(cells[i], line) for i, head in enumerate(mine)]

    def _row(self, row: Mapping[str, object], line: int) -> None:
        label = row.get(self.table.label)
        if _empty(label) or not isinstance(label, str | int):
            self.note("no-label", line, label=self.table.label)
            return
        places = self.spare.get(_plain(label))
        if places is None:
            self.note("unknown-row", line, given=_said(label), label=self.table.label)
            return
        self.seen += 1
        # Where printed labels repeat, rows are told apart by their printed cells, else by their order.
        place = next(
            (p for p in places if p not in self.found and not self._changed(row, p)),
            next((p for p in places if p not in self.found), places[-1]),
        )
        for head in self._changed(row, place):
            printed = self.rows[place][1 + self.table.given.index(head)]
            self.note("given-changed", line, label=_said(label), head=head, printed=str(printed))
        cells = {c: row.get(c) for c in self.table.columns}
        self.found.setdefault(place, []).append(cells)

    def _changed(self, row: Mapping[str, object], place: int) -> list[str]:
        pairs = zip(self.table.given, self.rows[place][1:], strict=False)
        return [
            head for head, printed in pairs
            if not _empty(row.get(head)) and _plain(row[head]) != _plain(_printed(printed))
        ]  # fmt: skip

    def reading(self) -> GridReading:
        rows: list[Row] = []
        twice = set()
        for i in range(len(self.rows)):
            given = self.found.get(i, [dict.fromkeys(self.table.columns)])
            copies = [c for c in given if any(_filled(v) for v in c.values())]
            different = {tuple(_plain(v) for v in c.values()) for c in copies}
            if len(different) > 1:
                twice.add(i)
                self.note("row-twice", 0, label=_said(self.rows[i][0]))
            rows.append(copies[0] if copies else given[0])
        notes = self.notes
        if self.said > MOST_NOTES:
            notes = [*notes, Note("grid", "more", {"count": self.said - MOST_NOTES})]
        return GridReading(tuple(rows), frozenset(twice), tuple(notes))


def _cells(line: str, columns: int) -> list[str]:
    if "|" in line:
        line = line.strip()
        cells = _split(line[1:] if line.startswith("|") else line)
        return cells[:-1] if len(cells) > columns and not cells[-1].strip() else cells
    if "\t" in line.strip():
        return line.strip().split("\t")
    wide = re.split(r"\s{2,}", line.strip())
    narrow = line.split()
    return narrow if len(narrow) == columns and len(wide) != columns else wide


def _printed(value: object) -> str:
    """A printed cell as it reads back."""
    return _cell(str(value)).replace("\\|", "|")


def _split(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line)


def _plain(value: object) -> str:
    """A label or given cell in the form it is compared in: 0x10 is 16, 01 is 1."""
    text = " ".join(tidy(str(value)).split()).casefold()
    try:
        return str(parse_int(text))
    except QuantityError:
        return text


def _said(value: object) -> str:
    return shown(" ".join(str(value).split()))
