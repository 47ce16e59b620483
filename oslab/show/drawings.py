"""Drawings as lines of text: for terminals, and for the figures in exercise sheets.

Every value passes through `one_line`, so nothing that a user typed can move the cursor, break a line or
turn the direction of writing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from oslab.quantities import format_address, format_time, printable
from oslab.run import Bytes, Cells, Drawing, Grid, Lanes, Scalar, Tree
from oslab.text import Words, pad, text_of, width

EMPTY = "."
_NUMBER = re.compile(r"[+-]?(0x[0-9a-f]+|[0-9][0-9_.]*)( ?%)?|-|", re.IGNORECASE)
_BAR_COLUMNS = 60
_ROW_BYTES = 16


def draw(drawing: Drawing, columns: int = 80) -> list[str]:
    """A drawing as lines of text; time lines are scaled to at most so many columns."""
    if isinstance(drawing, Cells):
        return draw_cells(drawing)
    if isinstance(drawing, Grid):
        return draw_grid(drawing)
    if isinstance(drawing, Tree):
        return list(_tree(drawing, "", ""))
    if isinstance(drawing, Lanes):
        return _lanes(drawing, columns)
    return list(_dump(drawing))


def one_line(value: object) -> str:
    """A value as it stands in a drawing: on one line, and harmless."""
    if type(value) is int:  # most values are; a long run has millions
        return str(value)
    return printable(text_of(value)).replace("\n", "\\n").replace("\t", "\\t")


def worded(drawing: Drawing, words: Words) -> Drawing:
    """The drawing with column heads, marks and choices in the language in force."""

    def value(v: Scalar) -> Scalar:
        return words.label("choices", v) if isinstance(v, str) else v

    if isinstance(drawing, Grid):
        return Grid(
            tuple(words.label("columns", c) for c in drawing.columns),
            tuple(tuple(value(v) for v in row) for row in drawing.rows),
        )
    if isinstance(drawing, Cells):
        marks = {words.label("marks", name): place for name, place in drawing.marks.items()}
        return Cells(tuple(value(v) for v in drawing.values), drawing.labels, marks)
    return drawing


def draw_cells(cells: Cells) -> list[str]:
    """Labels over boxes, and under them each mark: ``^ hand``. No boxes at all: ``-``."""
    if not cells.values:
        return ["-"]
    texts = ["" if v is None else one_line(v) for v in cells.values]
    labels = [one_line(label) for label in cells.labels[: len(texts)]]
    labels += [""] * (len(texts) - len(labels))
    wide = [max(width(t), width(label), 1) for t, label in zip(texts, labels, strict=True)]
    lines = []
    if any(labels):
        lines.append(
            "  " + "   ".join(pad(t, w) for t, w in zip(labels, wide, strict=True)).rstrip()
        )
    lines.append("| " + " | ".join(pad(t, w) for t, w in zip(texts, wide, strict=True)) + " |")
    for name, place in cells.marks.items():
        if 0 <= place < len(wide):
            lines.append(" " * (2 + sum(w + 3 for w in wide[:place])) + "^ " + one_line(name))
    return lines


def draw_grid(grid: Grid) -> list[str]:
    """Rows under their heads, numbers to the right."""
    return list(
        table(
            [one_line(c) for c in grid.columns], [[one_line(v) for v in row] for row in grid.rows]
        )
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of texts under heads, with a rule between them; columns of numbers stand to the right."""
    texts = [[*row, *[""] * (len(heads) - len(row))] for row in rows]
    wide = [max(width(head), *(width(row[i]) for row in texts), 1) for i, head in enumerate(heads)]
    right = [bool(texts) and all(is_number(row[i]) for row in texts) for i in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        return " | ".join(pad(t, w, r) for t, w, r in zip(row, wide, right, strict=False)).rstrip()

    yield line(heads)
    yield "-+-".join("-" * w for w in wide)
    for row in texts:
        yield line(row)


def is_number(text: str) -> bool:
    """Whether the text stands to the right in a column."""
    return _NUMBER.fullmatch(text) is not None


def _tree(tree: Tree, head: str, below: str) -> Iterator[str]:
    yield head + one_line(tree.label)
    for i, child in enumerate(tree.children):
        last = i == len(tree.children) - 1
        yield from _tree(
            child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  ")
        )


def _lanes(lanes: Lanes, columns: int) -> list[str]:
    bars = [bar for lane in lanes.lanes.values() for bar in lane]
    if not bars:
        return ["-"]
    begin, end = min(bar[0] for bar in bars), max(bar[1] for bar in bars)
    names = {name: one_line(name) for name in lanes.lanes}
    indent = max(width(text) for text in names.values())
    room = max(10, min(columns - indent - 3, _BAR_COLUMNS))
    scale = room / Fraction(end - begin) if end > begin else Fraction(0)
    lines = []
    for name, lane in lanes.lanes.items():
        line = ""
        for start, stop, label in lane:
            at = min(round(Fraction(start - begin) * scale), room - 1)
            # The next bar begins where this one ends, however short it is; the last is always seen.
            line = pad(_cut(line, room - 1), at)
            line += _bar(one_line(label), max(1, round(Fraction(stop - begin) * scale) - at))
        lines.append(pad(names[name], indent) + " |" + _cut(line, room))
    ends = format_time(Fraction(begin)), format_time(Fraction(end))
    lines.append(" " * (indent + 2) + pad(ends[0], room - width(ends[1])) + ends[1])
    return lines


def _bar(label: str, columns: int) -> str:
    if width(label) + 2 <= columns:
        return "[" + pad(label, columns - 2).replace(" ", "=") + "]"
    return pad(_cut(label, columns) or "#", columns).replace(" ", "=")


def _cut(text: str, columns: int) -> str:
    """As much of the text as fits."""
    while width(text) > columns:
        text = text[: max(columns, 0)] if len(text) > columns else text[:-1]
    return text


def _dump(dump: Bytes) -> Iterator[str]:
    """Sixteen bytes a line, with their characters; ``*`` stands for lines equal to the one above."""
    digits = len(format_address(dump.base + max(0, len(dump.data) - 1))) - 2
    previous, starred = b"", False
    for at in range(0, len(dump.data), _ROW_BYTES):
        row = dump.data[at : at + _ROW_BYTES]
        if row == previous and at + _ROW_BYTES < len(dump.data):
            if not starred:
                yield "*"
            starred = True
            continue
        previous, starred = row, False
        halves = row[:8].hex(" "), row[8:].hex(" ")
        characters = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        address = format_address(dump.base + at, digits * 4)
        yield f"{address}  {halves[0]:<23}  {halves[1]:<23}  {characters}"
    if not dump.data:
        yield "-"
