"""Notes: what is said about a file, by the name of its sentence and its place.

The sentences are in the host's words; a note holds names and values only, so that it can be shown in
either language, on a terminal or in a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from oslab.quantities import printable
from oslab.text import width
from oslab.wordfiles import words_of

_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Note:
    """Something said about a file.

    section, key   the sentence in the host's words: ``[sheet]``, ``[slips]``, ``[grid]``, ``[unreadable]``
    values         for its placeholders; texts out of the file are already safe to print
    line, column   where, both counted from 1; line 0: nowhere in particular
    source         that line of the file, for `caret`
    """

    section: str
    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    line: int = 0
    column: int | None = None
    source: str = ""

    def text(self) -> str:
        """The sentence in the language in force."""
        return words_of("oslab")[self.section, self.key](self.values)

    def __str__(self) -> str:
        if not self.line:
            return self.text()
        return words_of("oslab")["sheet", "at-line"](line=self.line, text=self.text())

    def caret(self) -> tuple[str, str] | None:
        """The line of the file and a caret below the place; None where there is no such place."""
        if not self.source or self.column is None:
            return None
        start = max(0, self.column - _SHOWN // 2) if len(self.source) > _SHOWN else 0
        cut = self.source[start : start + _SHOWN].replace("\t", " ")
        before = printable(cut[: self.column - 1 - start])
        return printable(cut), " " * width(before) + "^"
