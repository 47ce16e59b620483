"""CSV in and out: read whatever a spreadsheet or an LMS writes, write what none of them runs.

Written cells that begin like a formula get an apostrophe in front, which `read_csv(guarded=True)` takes
off again; numbers never do.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from oslab.errors import InputError
from oslab.textfile import read_text

MOST_BYTES = 64 * 2**20
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
_SPECIAL = re.compile(r'[",\r\n]')
# Excel writes and reads such a first line.
_TOLD = re.compile(r"sep=([,;\t])\r?\n")


@dataclass(frozen=True)
class CsvFile:
    """A CSV file as read: its heads, and each row with the line it begins on.

    delimiter  as found
    """

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    delimiter: str = ","

    def dicts(self) -> Iterable[tuple[int, Mapping[str, str]]]:
        """Each row as head → cell, with its line."""
        for line, row in self.rows:
            yield line, dict(zip(self.heads, row, strict=False))


def read_csv(
    file: Path | str, expected: str = "a CSV file is expected", guarded: bool = False
) -> CsvFile:
    """Read a CSV file: UTF-8 or UTF-16, with or without a mark, commas, semicolons or tabs.

    Raises InputError naming the file and the line of a row that is longer than the heads.
    """
    text = read_text(str(file), expected, MOST_BYTES)
    return parse_csv(text, str(file), expected, guarded)


def parse_csv(text: str, name: str, expected: str = "", guarded: bool = False) -> CsvFile:
    """The same for a text. Raises InputError."""
    told = _TOLD.match(text)
    delimiter = told[1] if told else _delimiter(text)
    line = 2 if told else 1
    # newline="": what stands inside quotes stays as it is.
    source = io.StringIO(text[told.end() :] if told else text, newline="")
    reader = csv.reader(source, delimiter=delimiter)
    rows: list[tuple[int, tuple[str, ...]]] = []
    first = line
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found = tuple(map(unguarded, cells)) if guarded else tuple(cells)
                rows.append((line, found))
            line = first + reader.line_num
    except csv.Error as error:
        raise InputError(f"{name} line {line}: {error}{_and(expected)}") from None
    if not rows:
        raise InputError(f"{name} is empty{_and(expected)}")
    heads = tuple(head.strip() for head in rows[0][1])
    for at, row in rows[1:]:
        if len(row) > len(heads) and any(cell.strip() for cell in row[len(heads) :]):
            raise InputError(
                f"{name} line {at}: {len(row)} cells under {len(heads)} heads; is a comma not in quotes?"
            )
    return CsvFile(name, heads, tuple(rows[1:]), delimiter)


def _and(expected: str) -> str:
    return f"; {expected}" if expected else ""


def _delimiter(text: str) -> str:
    """What separates the cells: whichever of , ; and TAB the heads have most of, outside quotes. Further
    lines decide only where the heads have none: decimal commas stand in them."""
    for line in text.split("\n", 5)[:5]:
        outside = re.sub(r'"[^"]*"', "", line)
        most = max(",;\t", key=outside.count)
        if most in outside:
            return most
    return ","


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A CSV document with guarded cells, commas, and line ends as \\n."""
    return "".join(_line(row) for row in (heads, *rows))


def _line(row: Sequence[str]) -> str:
    """One row. Python's writer leaves a lone CR without quotes before 3.13, and its reader stops there."""
    cells = [guarded(cell) for cell in row]
    return ",".join(map(_quoted, cells)) + "\n" if cells != [""] else '""\n'


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _SPECIAL.search(cell) else cell


def guarded(cell: str) -> str:
    """The cell, harmless to spreadsheets; some take full-width signs for the ASCII ones."""
    first = unicodedata.normalize("NFKC", cell)[:1]
    if first and first in "=+-@\t\r\n'" and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def unguarded(cell: str) -> str:
    """What was meant by a cell that `guarded` wrote."""
    return cell[1:] if cell[:1] == "'" and guarded(cell[1:]) == cell else cell
