"""Finding the rows of a table in what a student left of it.

Rows are found by their label, in any order, columns by their head; bars may be of any kind, or tabs or
blanks; the line of heads may be missing or its columns moved. Cells stay as they were typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from oslab.exercise.answers import Table, Unreadable, is_blank
from oslab.exercise.notes import Note
from oslab.quantities import QuantityError, parse_int, shown, tidy

Row: TypeAlias = Mapping[str, object]
MOST_NOTES = 8

# Signs that people type, or an editor makes, for a bar.
_BARS = str.maketrans(dict.fromkeys("│┃║¦∣丨", "|"))
_RULE = frozenset("|+:=─━═┼╋╪—–- \t")
_DASHES = re.compile("[=─━═—–-]{2}")
_BAR = re.compile(r"(?<!\\)\|")
_NUMBER = re.compile(r"[+-]?[0-9]")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,18}")
_SHORT = 24
_STRAY = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class GridReading:
    """What a grid holds: for each printed row, in their order, the raw cell of each answer column
    (None: missing). `twice` are the positions of rows given twice and differently."""

    rows: tuple[Row, ...]
    twice: frozenset[int] = frozenset()
    notes: tuple[Note, ...] = ()


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
        self.printed = [tuple(map(_printed, row)) for row in self.rows]
        labels = [_plain(row[0]) for row in self.printed]
        for i, label in enumerate(labels):
            self.spare.setdefault(label, []).append(i)
        # Most rows come back as they were printed, and there is nothing to search for.
        self.as_printed = {
            row: i
            for i, row in enumerate(self.printed)
            if len(self.spare[labels[i]]) == 1
            and not empty(row[0])
            and row[0].casefold() != self.table.label.casefold()
        }

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
        heads, columns = self.heads, 1 + len(self.table.given)
        for number, raw in enumerate(lines, offset):
            plain = raw.isascii()
            line = raw if plain else unicodedata.normalize("NFKC", raw).translate(_BARS)
            start = line.strip()[:1]
            if not start or (start == "#" and "|" not in line):
                continue
            if not start.isalnum() and _RULE.issuperset(line) and _DASHES.search(line):
                continue
            cells = [cell.strip().replace("\\|", "|") for cell in _cells(line, len(heads))]
            if len(cells) == len(heads) and heads == self.heads:
                place = self.as_printed.get(tuple(cells[:columns]))
                if place is not None:
                    self._take(place, dict(zip(self.table.columns, cells[columns:], strict=True)))
                    continue
            header = self._header(cells, number)
            if header:
                heads = header
                continue
            while len(cells) > len(heads) and not cells[-1]:
                cells.pop()
            if len(cells) < 2:
                self.note("no-row", number, given=_said(line), label=self.table.label)
                continue
            if len(cells) > len(heads):
                label = cells[heads.index(self.table.label) if self.table.label in heads else 0]
                self.note(
                    "too-many-cells",
                    number,
                    label=_said(label),
                    count=len(cells),
                    wanted=len(heads),
                )
            self._row(dict(zip(heads, cells, strict=False)), number)
        if self.said and not self.seen:
            raise Unreadable("table", label=self.table.label)

    def read_array(self, items: list[Any]) -> None:
        for item in items:
            if isinstance(item, dict):
                self._row({self._head(str(k), 0): v for k, v in item.items()}, 0)
            elif isinstance(item, list):
                self._row(dict(zip(self.heads, item, strict=False)), 0)
            else:
                self.note("no-row", 0, given=_said(item), label=self.table.label)
        if self.said and not self.seen:
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
        if _plain(cells[0]) in self.spare and cells[0].casefold() != self.table.label.casefold():
            return None
        known = {head.casefold(): head for head in self.heads}
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
        return [
            head or (self._head(cells[i], line) if cells[i] else "\0")
            for i, head in enumerate(mine)
        ]

    def _row(self, row: Mapping[str, object], line: int) -> None:
        label = row.get(self.table.label)
        if empty(label) or not isinstance(label, str | int):
            self.note("no-label", line, label=self.table.label)
            return
        places = self.spare.get(_plain(label))
        if places is None:
            self.note("unknown-row", line, given=_said(label), label=self.table.label)
            return
        # Where printed labels repeat, rows are told apart by their printed cells, else by their order.
        place = places[0]
        if len(places) > 1:
            place = next(
                (p for p in places if p not in self.found and not self._changed(row, p)),
                next((p for p in places if p not in self.found), places[-1]),
            )
        for head in self._changed(row, place):
            printed = self.rows[place][1 + self.table.given.index(head)]
            self.note("given-changed", line, label=_said(label), head=head, printed=str(printed))
        self._take(place, {c: row.get(c) for c in self.table.columns})

    def _take(self, place: int, cells: dict[str, object]) -> None:
        self.seen += 1
        self.found.setdefault(place, []).append(cells)

    def _changed(self, row: Mapping[str, object], place: int) -> list[str]:
        pairs = zip(self.table.given, self.printed[place][1:], strict=False)
        return [
            head for head, printed in pairs
            if not empty(row.get(head)) and _plain(row[head]) != _plain(printed)
        ]  # fmt: skip

    def reading(self) -> GridReading:
        rows: list[Row] = []
        twice = set()
        for i in range(len(self.rows)):
            given = self.found.get(i) or [dict.fromkeys(self.table.columns)]
            if len(given) == 1:
                rows.append(given[0])
                continue
            copies = [c for c in given if any(filled(v) for v in c.values())]
            if len({tuple(map(_plain, c.values())) for c in copies}) > 1:
                twice.add(i)
                self.note("row-twice", 0, label=_said(self.rows[i][0]))
            rows.append(copies[0] if copies else given[0])
        notes = self.notes
        if self.said > MOST_NOTES:
            notes = [*notes, Note("grid", "more", {"count": self.said - MOST_NOTES})]
        return GridReading(tuple(rows), frozenset(twice), tuple(notes))


def filled(cell: object) -> bool:
    return not empty(cell) and not is_blank(cell)


def empty(cell: object) -> bool:
    if isinstance(cell, str):
        return not cell[:1].isalnum() and not tidy(cell)
    return cell is None


def _cells(line: str, columns: int) -> list[str]:
    if "|" in line:
        # Bars at the ends may frame the row; a single one may also stand beside an empty cell.
        cells = split_row(line.strip())
        framed = len(cells) > 2 and not cells[0] and not cells[-1]
        if not cells[0] and (framed or len(cells) > columns):
            cells = cells[1:]
        return cells[:-1] if not cells[-1] and (framed or len(cells) > columns) else cells
    if "\t" in line.strip():
        return line.strip().split("\t")
    wide = re.split(r"\s{2,}", line.strip())
    narrow = line.split()
    return narrow if len(narrow) == columns and len(wide) != columns else wide


def safe_cell(text: str) -> str:
    """A cell that cannot end its row, its grid or its ``'''`` string."""
    if text.isascii() and text.isalnum():
        return text
    text = " ".join(_STRAY.sub(" ", text).split())
    text = text.replace("｜", "|").replace("￨", "|").translate(_BARS)
    return text.replace("\\|", "|").replace("|", "\\|").replace("''", '"')


def _printed(value: object) -> str:
    """A printed cell as it reads back."""
    if type(value) is int:
        return str(value)
    return safe_cell(str(value)).replace("\\|", "|")


def split_row(line: str) -> list[str]:
    return _BAR.split(line) if "\\" in line else line.split("|")


def _plain(value: object) -> str:
    """A label or given cell in the form it is compared in: 0x10 is 16, 01 is 1."""
    text = value if isinstance(value, str) else str(value)
    return _short_plain(text) if len(text) < _SHORT else _plain_text(text)


def _plain_text(value: str) -> str:
    if _WHOLE.fullmatch(value):
        return value
    text = " ".join(tidy(value).split()).casefold()
    if not _NUMBER.match(text):
        return text
    try:
        return str(parse_int(text))
    except QuantityError:
        return text


# Labels and page numbers: a class has the same ones in every sheet.
_short_plain = lru_cache(maxsize=4096)(_plain_text)


def _said(value: object) -> str:
    return shown(" ".join(str(value).split()))
