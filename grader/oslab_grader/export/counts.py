"""Who gets a row and who does not, and why: said before anything is written."""

from __future__ import annotations

from collections import Counter
from functools import reduce

from oslab.exporting import ExportedGrade
from oslab.plugins import words_for


def phrase(key: str, **values: object) -> str:
    """A sentence of the exporters' own."""
    return words_for("grader")["export", key](values)


def left_out_as(grade: ExportedGrade) -> str:
    """In a word or two, why a student has no final grade."""
    if grade.status == "withheld" and grade.kind:
        return words_for("grader").label("export-kinds", grade.kind)
    return words_for("grader").label("export-kinds", grade.status)


class Left(Counter[str]):
    """Students without a row, counted by why."""

    def said(self) -> list[str]:
        """``3 left out (2 unreadable, 1 not a sheet)``; nothing where nobody is."""
        if not self.total():
            return []
        ranked = sorted(self.items(), key=lambda kind: (-kind[1], kind[0]))
        why = reduce(
            lambda one, more: phrase("list", one=one, more=more),
            (phrase("left-kind", number=n, kind=kind) for kind, n in ranked),
        )
        return [phrase("left-out", number=self.total(), why=why)]


def together(head: str, *groups: str) -> str:
    """One line of the screen: its parts three blanks apart."""
    return "   ".join((head, *(group for group in groups if group)))
