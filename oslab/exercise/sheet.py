"""Sheets: what is asked and answered in one TOML file.

A sheet is data only; it knows nothing of catalogues and problem types. `oslab.exercise.reading` reads
one from bytes, `oslab.exercise.writing` writes one. What is said about a file is a `Note`: a key of
the host's words with its values, and the place in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from oslab.errors import InputError
from oslab.exercise.notes import Note

FORMAT = 1


class NotASheet(InputError):
    """The bytes are no sheet at all: another kind of file, too large, cut off, of a newer format."""

    def __init__(self, note: Note) -> None:
        super().__init__(str(note))
        self.note = note

    def __str__(self) -> str:
        return str(self.note)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a question was made from: ``paging/replace-fifo 7QK4-M2XD paging.replace/1``.

    All empty where the reference in the file cannot be read; `code` is empty in an exam.
    """

    exercise: str = ""
    code: str = ""
    problem: str = ""
    version: int = 0

    def __str__(self) -> str:
        return " ".join(
            part for part in (self.exercise, self.code, f"{self.problem}/{self.version}") if part
        )


@dataclass(frozen=True, slots=True)
class Damaged:
    """Stands for an answer that the file holds in no readable form; unreadable, it costs nothing."""

    note: Note


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a sheet, as read.

    values      name → what TOML holds (str, int, float, bool, list, dict; finite and bounded) or Damaged
    unreadable  why the part as a whole cannot be used; `values` holds what could be read all the same
    lines       name → the line where that answer begins
    """

    name: str
    reference: Reference
    values: Mapping[str, object] = field(default_factory=dict)
    unreadable: Note | None = None
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as read. `header` holds the further texts of ``[sheet]``: assignment, student, team."""

    format: int
    questions: tuple[Question, ...]
    header: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
