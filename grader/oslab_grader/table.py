"""Lines of a plain table for the terminal: columns below each other, whatever script they are in."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from oslab.text import pad, width


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """Rows with their columns below each other; the columns in `right` stand on the right."""
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    return [
        "  ".join(pad(cell, widths[i], right=i in right) for i, cell in enumerate(row)).rstrip()
        for row in rows
    ]
