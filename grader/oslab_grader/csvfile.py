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


@dataclass(frozen=True)
class CsvFile:
    """A CSV file as read: its heads, and each row with the line it begins on.

    delimiter  as found; `newline`, `bom`: how the file was written, for round trips
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
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    rows: list[tuple[int, tuple[str, ...]]] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found = tuple(map(unguarded, cells)) if guarded else tuple(cells)
                rows.append((line, found))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{name} line {reader.line_num}: {error}; {expected}") from None
    if not rows:
        raise InputError(f"{name} is empty; {expected}")
    heads = tuple(head.strip() for head in rows[0][1])
    for at, row in rows[1:]:
        if len(row) > len(heads) and any(cell.strip() for cell in row[len(heads) :]):
            raise InputError(
                f"{name} line {at}: {len(row)} cells under {len(heads)} heads; is a comma not in quotes?"
            )
    return CsvFile(name, heads, tuple(rows[1:]), delimiter)


def _delimiter(text: str) -> str:
    """What separates the cells: whichever of , ; and TAB the first lines have more of, outside quotes."""
    head = re.sub(r'"[^"]*"', "", "\n".join(text.split("\n")[:3]))
    return max(",;\t", key=head.count)


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A CSV document with guarded cells, commas, and line ends as \\n."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(list(map(guarded, heads)))
    for row in rows:
        writer.writerow(list(map(guarded, row)))
    return out.getvalue()


def guarded(cell: str) -> str:
    """The cell, harmless to spreadsheets; some take full-width signs for the ASCII ones."""
    first = unicodedata.normalize("NFKC", cell)[:1]
    if first and first in "=+-@\t\r'" and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def unguarded(cell: str) -> str:
    """What was meant by a cell that `guarded` wrote."""
    return cell[1:] if cell[:1] == "'" and guarded(cell[1:]) == cell else cell
