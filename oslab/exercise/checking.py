"""Checking: a question's values from a sheet against the key of its variant.

Five outcomes are kept apart: right, partial, wrong, blank, unreadable. What cannot be read costs
nothing and says what would be read. Points are exact fractions; nobody rounds before the total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from oslab.exercise.answers import (
    AnswerType,
    Essay,
    Ordering,
    Table,
    Unreadable,
    accepted,
    is_blank,
)
from oslab.exercise.catalogue import AskedAnswer
from oslab.exercise.grid import BLANK, read_table
from oslab.exercise.notes import Note
from oslab.exercise.problem import Answers
from oslab.exercise.recognition import Recognised, recognise
from oslab.exercise.sheet import Damaged
from oslab.exercise.variant import Variant
from oslab.quantities import shown
from oslab.run import NOTHING

HALF = Fraction(1, 2)
C = TypeVar("C")


class Outcome(StrEnum):
    """What became of an answer, a row or a cell. `WAITS`: a person reads it (essays)."""

    RIGHT = "right"
    PARTIAL = "partial"
    WRONG = "wrong"
    BLANK = "blank"
    UNREADABLE = "unreadable"
    WAITS = "waits"


@dataclass(frozen=True)
class RowMark:
    """One row of a table. `right` counts its right cells; `follows`: wrong, but right after the
    student's own earlier rows."""

    label: str | int
    outcome: Outcome
    right: int = 0
    wrong_columns: tuple[str, ...] = ()
    follows: bool = False
    problems: tuple[tuple[str, Unreadable], ...] = ()


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

    @property
    def earned(self) -> Fraction:
        return self.credit * self.points


@dataclass(frozen=True)
class Marked:
    """One question, marked.

    said      what is said of the recognised mistakes, in the language in force
    home      the answer under which it is said
    unknown   keys in the sheet that are not asked for
    """

    variant: Variant
    parts: tuple[Part, ...]
    recognised: Recognised | None
    said: tuple[str, ...] = ()
    home: str = ""
    unknown: tuple[str, ...] = ()

    @property
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
        judged = self.points - self.waiting
        return self.earned / judged if judged else Fraction(0)

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
    mistakes = variant.mistakes() if _any_wrong(parts) else {}
    recognised = _recognise(variant, parts, mistakes)
    if recognised is None:
        return Marked(variant, parts, None, unknown=unknown)
    said = tuple(variant.exercise.feedback(name) for name in recognised.names)
    return Marked(variant, parts, recognised, said, _home(recognised, parts, mistakes), unknown)


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
    return Part(asked.name, _outcome(credit), credit, asked.points, given, written)


def _letters(given: Sequence[str], listed: Sequence[tuple[str | int, ...]]) -> tuple[str, ...]:
    """The letters as they are listed. Raises Unreadable for one that is not."""
    letters = {str(row[0]).casefold(): str(row[0]) for row in listed}
    for letter in given:
        if letters and letter.casefold() not in letters:
            raise Unreadable("sequence", given=shown(letter), options=" ".join(letters.values()))
    return tuple(letters.get(letter.casefold(), letter) for letter in given)


def _outcome(credit: Fraction) -> Outcome:
    if credit == 1:
        return Outcome.RIGHT
    return Outcome.PARTIAL if credit else Outcome.WRONG


def _table(variant: Variant, asked: AskedAnswer, table: Table, value: object, line: int) -> Part:
    rows = variant.rows(asked.name)
    try:
        reading = read_table(value, table, rows, variant.exercise.words, line)
    except Unreadable as error:
        return Part(asked.name, Outcome.UNREADABLE, Fraction(0), asked.points, unreadable=error)
    key: Sequence[Mapping[str, Any]] = variant.key[asked.name]
    marks: list[RowMark] = []
    # The student's own rows; what they left open or could not be read is the key's.
    before: list[Mapping[str, Any]] = []
    slipped = False
    for printed, given, right in zip(rows, reading.rows, key, strict=True):
        values = _values(given)
        mark = _row(printed[0], table, given, values, right)
        complete = len(values) == len(table.columns)
        if mark.wrong_columns and slipped and complete and variant.exercise.problem.follows():
            due = variant.exercise.problem.follow(variant.params, asked.name, tuple(before))
            if due is not None and table.same_row(due, values):
                mark = replace(mark, follows=True)
        slipped = slipped or bool(mark.wrong_columns)
        marks.append(mark)
        before.append({c: values.get(c, accepted(right[c])[0]) for c in table.columns})
    credit = _table_credit(table, asked, marks)
    words = variant.exercise.words
    written = tuple(
        {c: table.columns[c].write(v, words) for c, v in _values(row).items()}
        for row in reading.rows
    )
    return Part(
        asked.name,
        _table_outcome(marks, credit),
        credit,
        asked.points,
        reading.rows,
        written,
        tuple(marks),
        notes=reading.notes,
    )


def _values(row: Mapping[C, Any]) -> dict[C, Any]:
    """The cells that were filled in and could be read."""
    return {c: v for c, v in row.items() if v is not BLANK and not isinstance(v, Unreadable)}


def _row(
    label: str | int,
    table: Table,
    given: Mapping[str, Any],
    values: Mapping[str, Any],
    right: Mapping[str, Any],
) -> RowMark:
    problems = tuple((c, v) for c, v in given.items() if isinstance(v, Unreadable))
    wrong = tuple(
        c for c, kind in table.columns.items() if c in values and not kind.same(right[c], values[c])
    )
    if problems:
        outcome = Outcome.UNREADABLE
    elif not values:
        outcome = Outcome.BLANK
    elif wrong:
        outcome = Outcome.WRONG
    else:
        # Some cells right and the others still open: nothing is wrong yet.
        outcome = Outcome.RIGHT if len(values) == len(table.columns) else Outcome.PARTIAL
    return RowMark(label, outcome, len(values) - len(wrong), wrong, problems=problems)


def _table_credit(table: Table, asked: AskedAnswer, marks: Sequence[RowMark]) -> Fraction:
    if not marks:
        return Fraction(0)
    if asked.credit == "cell" or table.by == "cell":
        return Fraction(sum(m.right for m in marks), len(marks) * len(table.columns))
    whole = sum(m.outcome is Outcome.RIGHT for m in marks)
    return (whole + HALF * sum(m.follows for m in marks)) / len(marks)


def _table_outcome(marks: Sequence[RowMark], credit: Fraction) -> Outcome:
    outcomes = {m.outcome for m in marks}
    if outcomes <= {Outcome.BLANK}:
        return Outcome.BLANK
    # With nothing right, what could not be read decides: perhaps all of it was meant rightly.
    if outcomes <= {Outcome.BLANK, Outcome.UNREADABLE} or (
        not credit and Outcome.UNREADABLE in outcomes
    ):
        return Outcome.UNREADABLE
    return _outcome(credit)


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
    given = _values(flat(kinds, answered))
    if not given or not mistakes:
        return None

    def same(cell: tuple[str, int, str], one: Any, other: Any) -> bool:
        kind = kinds[cell[0]]
        return (kind.columns[cell[2]] if isinstance(kind, Table) else kind).same(one, other)

    cells = {name: flat(kinds, answers) for name, answers in mistakes.items()}
    return recognise(flat(kinds, variant.asked()), given, cells, same)


def _home(found: Recognised, parts: Sequence[Part], mistakes: Mapping[str, Answers]) -> str:
    """The first answer that a recognised mistake gets wrong."""
    touched = {answer for name in found.names for answer in mistakes[name]}
    wrong = (Outcome.WRONG, Outcome.PARTIAL)
    return next((p.name for p in parts if p.name in touched and p.outcome in wrong), parts[0].name)
