"""Checking: a question's values from a sheet against the key of its variant.

Five outcomes are kept apart: right, partial, wrong, blank, unreadable. What cannot be read costs
nothing and says what would be read. Points are exact fractions; nobody rounds before the total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from oslab.exercise.answers import (
    AnswerType,
    Essay,
    Ordering,
    Table,
    Unreadable,
    is_blank,
)
from oslab.exercise.catalogue import AskedAnswer
from oslab.exercise.grid import read_table
from oslab.exercise.notes import Note
from oslab.exercise.problem import Answers
from oslab.exercise.recognition import Recognised, recognise
from oslab.exercise.rowmarks import (
    Outcome,
    RowMark,
    credit_of,
    filled_in,
    judged,
    mark_rows,
    outcome_of,
)
from oslab.exercise.sheet import Damaged
from oslab.exercise.variant import Variant
from oslab.quantities import shown
from oslab.run import NOTHING


@dataclass(frozen=True)
class Part:
    """One answer, marked.

    credit    the share of its points that is earned, 0 to 1
    given     what was read
    written   the same as a text, for a table a text for each cell that was read
    """

    name: str
    outcome: Outcome
    credit: Fraction
    points: Fraction
    given: Any = None
    written: str | tuple[Mapping[str, str], ...] = ""
    rows: tuple[RowMark, ...] = ()
    unreadable: Unreadable | None = None
    notes: tuple[Note, ...] = ()

    @cached_property
    def earned(self) -> Fraction:
        return self.points if self.credit == 1 else self.credit * self.points


@dataclass(frozen=True)
class Marked:
    """One question, marked.

    said      what is said of the recognised mistakes, in the language in force
    home      the answer under which it is said
    unknown   keys in the sheet that are not asked for
    missing   answers that the sheet has no line for, not even an empty one; they count as blank
    """

    variant: Variant
    parts: tuple[Part, ...]
    recognised: Recognised | None
    said: tuple[str, ...] = ()
    home: str = ""
    unknown: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @cached_property
    def earned(self) -> Fraction:
        return sum((p.earned for p in self.parts), Fraction(0))

    @property
    def points(self) -> Fraction:
        return sum((p.points for p in self.parts), Fraction(0))

    @property
    def waiting(self) -> Fraction:
        """The points that a person gives."""
        return sum((p.points for p in self.parts if p.outcome is Outcome.WAITS), Fraction(0))

    @property
    def share(self) -> Fraction:
        """What is earned of the points that do not wait for a person."""
        marked_here = self.points - self.waiting
        return self.earned / marked_here if marked_here else Fraction(0)

    @property
    def right(self) -> bool:
        """All answers right (an essay that waits for a reader is not wrong)."""
        return all(p.outcome in (Outcome.RIGHT, Outcome.WAITS) for p in self.parts)

    @property
    def readable(self) -> bool:
        return all(p.outcome is not Outcome.UNREADABLE and not any(r.problems for r in p.rows)
                   for p in self.parts)  # fmt: skip


def check(
    variant: Variant, values: Mapping[str, object], lines: Mapping[str, int] = NOTHING
) -> Marked:
    """Mark the values of one question, as tomllib gave them; `lines` is where each begins in the
    file, for the notes."""
    asked = variant.exercise.entry.answer
    parts = tuple(_part(variant, a, values.get(a.name, ""), lines.get(a.name, 0)) for a in asked)
    known = {a.name for a in asked}
    unknown = tuple(name for name in values if name not in known)
    missing = tuple(a.name for a in asked if a.name not in values)
    mistakes = variant.mistakes() if _any_wrong(parts) else {}
    recognised = _recognise(variant, parts, mistakes)
    if recognised is None:
        return Marked(variant, parts, None, unknown=unknown, missing=missing)
    said = tuple(variant.exercise.feedback(name) for name in recognised.names)
    home = _home(recognised, parts, mistakes)
    return Marked(variant, parts, recognised, said, home, unknown, missing)


def _part(variant: Variant, asked: AskedAnswer, value: object, line: int) -> Part:
    kind = variant.exercise.kind(asked.name)
    if isinstance(value, Damaged):
        return Part(asked.name, Outcome.UNREADABLE, Fraction(0), asked.points, notes=(value.note,))
    if isinstance(kind, Table):
        return _table(variant, asked, kind, value, line)
    if is_blank(value):
        return Part(asked.name, Outcome.BLANK, Fraction(0), asked.points)
    try:
        given = kind.read(value, variant.exercise.words)
        if isinstance(kind, Ordering):
            given = _letters(given, variant.rows(asked.name))
    except Unreadable as error:
        return Part(asked.name, Outcome.UNREADABLE, Fraction(0), asked.points, unreadable=error)
    written = kind.write(given, variant.exercise.words)
    if isinstance(kind, Essay):
        return Part(asked.name, Outcome.WAITS, Fraction(0), asked.points, given, written)
    # An answer type can be a stranger's; a NaN or more than all the points must not pass.
    credit = Fraction(kind.credit(variant.key[asked.name], given))
    if not 0 <= credit <= 1:
        raise ValueError(f"{asked.name}: the answer type gives a credit of {float(credit):g}")
    return Part(asked.name, judged(credit), credit, asked.points, given, written)


def _letters(given: Sequence[str], listed: Sequence[tuple[str | int, ...]]) -> tuple[str, ...]:
    """The letters as they are listed. Raises Unreadable for one that is not."""
    letters = {str(row[0]).casefold(): str(row[0]) for row in listed}
    for letter in given:
        if letters and letter.casefold() not in letters:
            raise Unreadable("sequence", given=shown(letter), options=" ".join(letters.values()))
    return tuple(letters.get(letter.casefold(), letter) for letter in given)


def _table(variant: Variant, asked: AskedAnswer, table: Table, value: object, line: int) -> Part:
    words = variant.exercise.words
    try:
        reading = read_table(value, table, variant.rows(asked.name), words, line)
    except Unreadable as error:
        return Part(asked.name, Outcome.UNREADABLE, Fraction(0), asked.points, unreadable=error)
    values = tuple(map(filled_in, reading.rows))
    marks = mark_rows(variant, asked.name, table, reading.rows, values)
    credit = credit_of(table, marks, by_cell="cell" in (asked.credit, table.by))
    # What was read from the same text is one object; it is written once.
    texts: dict[tuple[str, int], str] = {}
    for row in values:
        for c, v in row.items():
            if (c, id(v)) not in texts:
                texts[c, id(v)] = table.columns[c].write(v, words)
    written = tuple({c: texts[c, id(v)] for c, v in row.items()} for row in values)
    return Part(
        asked.name,
        outcome_of(marks, credit),
        credit,
        asked.points,
        reading.rows,
        written,
        marks,
        notes=reading.notes,
    )


def flat(
    kinds: Mapping[str, AnswerType], answers: Mapping[str, Any]
) -> dict[tuple[str, int, str], Any]:
    """Answers as single cells: (answer, row, column) → value; row -1 where there is no table."""
    cells: dict[tuple[str, int, str], Any] = {}
    for name, value in answers.items():
        if isinstance(kinds[name], Table):
            for i, row in enumerate(value or ()):
                cells.update({(name, i, c): v for c, v in row.items()})
        else:
            cells[name, -1, ""] = value
    return cells


def _any_wrong(parts: Sequence[Part]) -> bool:
    return any(
        p.outcome is Outcome.WRONG
        or (p.outcome is Outcome.PARTIAL and not p.rows)
        or any(r.wrong_columns for r in p.rows)
        for p in parts
    )


def _recognise(
    variant: Variant, parts: Sequence[Part], mistakes: Mapping[str, Answers]
) -> Recognised | None:
    kinds = {p.name: variant.exercise.kind(p.name) for p in parts}
    unread = (Outcome.BLANK, Outcome.UNREADABLE)
    answered = {p.name: p.given for p in parts if p.rows or p.outcome not in unread}
    given = filled_in(flat(kinds, answered))
    if not given or not mistakes:
        return None

    kind_of = {
        (name, column): cell
        for name, kind in kinds.items()
        for column, cell in (kind.columns if isinstance(kind, Table) else {"": kind}).items()
    }

    def same(cell: tuple[str, int, str], one: Any, other: Any) -> bool:
        # As `alike` says; hundreds of cells are compared, and most are equal.
        return (type(one) is type(other) and one == other) or kind_of[cell[0], cell[2]].same(
            one, other
        )

    cells = {name: flat(kinds, answers) for name, answers in mistakes.items()}
    return recognise(flat(kinds, variant.asked()), given, cells, same)


def _home(found: Recognised, parts: Sequence[Part], mistakes: Mapping[str, Answers]) -> str:
    """The first answer that a recognised mistake gets wrong."""
    touched = {answer for name in found.names for answer in mistakes[name]}
    wrong = (Outcome.WRONG, Outcome.PARTIAL)
    return next((p.name for p in parts if p.name in touched and p.outcome in wrong), parts[0].name)
