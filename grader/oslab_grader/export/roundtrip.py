"""CSV files that go back where they came from: every byte as it was, but for the cells that change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from oslab.errors import InputError
from oslab.quantities import shown

MOST_BYTES = 64 * 2**20
_BOM = "\ufeff"
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?%?")


@dataclass(frozen=True)
class Cell:
    """A cell as it stands in the file, quotes and all, and what it says."""

    raw: str
    value: str


@dataclass(frozen=True)
class Line:
    """One record, the line of the file it begins on, and how it ends."""

    number: int
    cells: tuple[Cell, ...]
    end: str

    def value(self, column: int) -> str:
        """What a cell says, without blanks around it; empty where the record is too short."""
        return self.cells[column].value.strip() if column < len(self.cells) else ""

    def with_cell(self, column: int, value: str, delimiter: str) -> Line:
        """The record with another value in one cell."""
        quoted = value[:1] in ("'", " ") or any(c in value for c in f'{delimiter}"\r\n')
        raw = '"' + value.replace('"', '""') + '"' if quoted else value
        missing = (Cell("", ""),) * (column + 1 - len(self.cells))
        cells = [*self.cells, *missing]
        cells[column] = Cell(raw, value)
        return replace(self, cells=tuple(cells))


@dataclass(frozen=True)
class CsvText:
    """A file: its mark, what separates its cells, its heads and its records."""

    name: str
    bom: bool
    delimiter: str
    head: Line
    lines: tuple[Line, ...]

    @property
    def heads(self) -> tuple[str, ...]:
        return tuple(cell.value.strip() for cell in self.head.cells)

    def where(self, line: Line) -> str:
        return f"{self.name} line {line.number}"

    def bytes_of(self, lines: Iterable[Line], columns: Sequence[int] | None = None) -> bytes:
        """A file like this one with these records; of all of them only some columns, if said so.

        Records are filled up to one length: importers guess the separator from how many cells there are.
        """
        chosen = range(len(self.head.cells)) if columns is None else columns
        newline = self.head.end or "\n"
        out = [_BOM] if self.bom else []
        for line in (self.head, *lines):
            raws = [line.cells[i].raw if i < len(line.cells) else "" for i in chosen]
            out += [self.delimiter.join(raws), line.end or newline]
        return "".join(out).encode()


def read(data: bytes, name: str, expected: str, delimiter: str = "") -> CsvText:
    """Take a file apart. Without a `delimiter` it is the one that Canvas would find.

    `expected` ends the messages. Raises InputError naming the file, and the line that is no CSV.
    """
    name = shown(name, 200)[1:-1]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(f"{name} is UTF-16: a spreadsheet has saved it; {expected}")
    if len(data) > MOST_BYTES:
        raise InputError(f"{name} is larger than {MOST_BYTES // 2**20} MiB; {expected}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{name} line {number}: not UTF-8: a spreadsheet has saved it; {expected}"
        ) from None
    bom = text.startswith(_BOM)
    text = text.removeprefix(_BOM)
    delimiter = delimiter or sniffed(text)
    lines = _lines(text, delimiter, name, expected)
    if not lines:
        raise InputError(f"{name} is empty; {expected}")
    return CsvText(name, bom, delimiter, lines[0], tuple(lines[1:]))


def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    plain = re.escape(delimiter)
    return re.compile(
        rf'("[^"]*+(?:""[^"]*+)*+"|[^"{plain}\r\n][^"{plain}\r\n]*+|)({plain}|\r\n|\n|\r|\Z)'
    )


def _lines(text: str, delimiter: str, name: str, expected: str) -> list[Line]:
    cell = _cell_pattern(delimiter)
    lines: list[Line] = []
    cells: list[Cell] = []
    at, number, begun = 0, 1, 1
    while at < len(text) or cells:
        found = cell.match(text, at)
        if not found:
            raise InputError(f"{name} line {number}: a quotation mark out of place; {expected}")
        raw, end = found.groups()
        value = raw[1:-1].replace('""', '"') if raw[:1] == '"' else raw
        cells.append(Cell(raw, value))
        number += raw.count("\n")
        at = found.end()
        if end != delimiter:
            # A wholly empty line is no record.
            if len(cells) > 1 or raw:
                lines.append(Line(begun, tuple(cells), end))
            number += end != ""
            begun, cells = number, []
    return lines


def sniffed(text: str) -> str:
    """What Canvas takes for the separator: of ``;`` and ``,`` the one that gives more cells, among those
    that give the first three lines equally many."""
    lines = text[: 2**20].split("\n")
    lines = (lines if lines[-1] else lines[:-1])[:3]
    counts = {}
    for delimiter in ";,":
        cells = [_cells_in(line.rstrip("\r"), delimiter) for line in lines]
        counts[delimiter] = cells[0] if cells and len(set(cells)) == 1 and cells[0] else 0
    return ";" if counts[";"] > counts[","] else ","


def _cells_in(line: str, delimiter: str) -> int:
    """The number of cells in a line; -1 where it is no CSV with this separator, 0 where it is empty."""
    cell, at, count = _cell_pattern(delimiter), 0, 0
    while line:
        found = cell.match(line, at)
        if not found or found[2] not in (delimiter, ""):
            return -1
        count, at = count + 1, found.end()
        if found[2] == "":
            break
    return count


def decimal_comma(values: Iterable[str]) -> bool | None:
    """Whether the numbers among these texts have a decimal comma; None where none has decimals."""
    for value in values:
        found = _NUMBER.fullmatch(value.strip())
        if found and found[1]:
            return found[1][0] == ","
    return None
