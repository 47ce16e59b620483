"""Checking: a question's values from a sheet against the key of its variant.

Five outcomes are kept apart: right, partial, wrong, blank, unreadable. What cannot be read costs
nothing and says what would be read. Points are exact fractions; nobody rounds before the total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from oslab.exercise.answers import AnswerType, Essay, Ordering, Table, Unreadable, is_blank
from oslab.exercise.catalogue import AskedAnswer
from oslab.exercise.grid import BLANK, read_table
from oslab.exercise.notes import Note
from oslab.exercise.recognition import Recognised, recognise
from oslab.exercise.sheet import Damaged
from oslab.exercise.variant import Variant
from oslab.run import NOTHING

HALF = Fraction(1, 2)


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
    """One row of a table. `follows`: wrong, but right after the student's own earlier rows."""

    label: str | int
    outcome: Outcome
    wrong_columns: tuple[str, ...] = ()
    follows: bool = False
    problems: tuple[tuple[str, Unreadable], ...] = ()


@dataclass(frozen=True)
class Part:
    """One answer, marked. `credit` is the share of its points that is earned, 0 to 1."""

    name: str
    outcome: Outcome
    credit: Fraction
    points: Fraction
    given: Any = None
    rows: tuple[RowMark, ...] = ()
    unreadable: Unreadable | None = None
    notes: tuple[Note, ...] = ()

    @property
    def earned(self) -> Fraction:
        return self.credit * self.points


@dataclass(frozen=True)
class Marked:
    """One question, marked."""

    variant: Variant
    parts: tuple[Part, ...]
    recognised: Recognised | None
    unknown: tuple[str, ...] = ()

    @property
    def earned(self) -> Fraction:
        return sum((p.earned for p in self.parts), Fraction(0))

    @property
    def points(self) -> Fraction:
        return sum((p.points for p in self.parts), Fraction(0))

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
    return Marked(
        variant,
        parts,
        _recognise(variant, parts),
        tuple(name for name in values if name not in known),
    )


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
            _check_letters(given, variant.rows(asked.name))
    except Unreadable as error:
        return Part(asked.name, Outcome.UNREADABLE, Fraction(0), asked.points, unreadable=error)
    if isinstance(kind, Essay):
        outcome = Outcome.WAITS if given else Outcome.BLANK
        return Part(asked.name, outcome, Fraction(0), asked.points, given)
    credit = kind.credit(variant.key[asked.name], given)
    return Part(asked.name, _outcome(credit), credit, asked.points, given)


def _check_letters(given: Sequence[str], listed: Sequence[tuple[str | int, ...]]) -> None:
    letters = [str(row[0]) for row in listed]
    for letter in given:
        if letters and letter not in letters:
            raise Unreadable("sequence", given=f'"{letter}"', options=" ".join(letters))


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
    before: list[Mapping[str, Any]] = []
    slipped = False
    for printed, given, right in zip(rows, reading.rows, key, strict=True):
        mark = _row(printed[0], table, given, right)
        if mark.outcome is not Outcome.RIGHT:
            if slipped and mark.outcome is Outcome.WRONG and variant.exercise.problem.follows():
                due = variant.exercise.problem.follow(variant.params, asked.name, tuple(before))
                if due is not None and table.same_row(due, given):
                    mark = RowMark(mark.label, mark.outcome, mark.wrong_columns, follows=True)
            slipped = slipped or mark.outcome is Outcome.WRONG
        marks.append(mark)
        complete = mark.outcome in (Outcome.RIGHT, Outcome.WRONG)
        before.append(dict(given) if complete else right)
    credit = _table_credit(table, asked, marks)
    return Part(
        asked.name,
        _table_outcome(marks, credit),
        credit,
        asked.points,
        reading.rows,
        tuple(marks),
        notes=reading.notes,
    )


def _row(
    label: str | int, table: Table, given: Mapping[str, Any], right: Mapping[str, Any]
) -> RowMark:
    problems = tuple((c, v) for c, v in given.items() if isinstance(v, Unreadable))
    values = {c: v for c, v in given.items() if v is not BLANK and not isinstance(v, Unreadable)}
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
    return RowMark(label, outcome, wrong, problems=problems)


def _table_credit(table: Table, asked: AskedAnswer, marks: Sequence[RowMark]) -> Fraction:
    if not marks:
        return Fraction(0)
    if asked.credit == "cell" or table.by == "cell":
        cells = Fraction(0)
        for mark in marks:
            if mark.outcome in (Outcome.RIGHT, Outcome.WRONG):
                cells += 1 - Fraction(len(mark.wrong_columns), len(table.columns))
        return cells / len(marks)
    earned = sum(
        (
            Fraction(m.outcome is Outcome.RIGHT) or (HALF if m.follows else Fraction(0))
            for m in marks
        ),
        Fraction(0),
    )
    return earned / len(marks)


def _table_outcome(marks: Sequence[RowMark], credit: Fraction) -> Outcome:
    outcomes = {m.outcome for m in marks}
    if outcomes <= {Outcome.BLANK}:
        return Outcome.BLANK
    if outcomes <= {Outcome.BLANK, Outcome.UNREADABLE}:
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


def _recognise(variant: Variant, parts: Sequence[Part]) -> Recognised | None:
    kinds = {p.name: variant.exercise.kind(p.name) for p in parts}
    given = {
        cell: value
        for cell, value in flat(
            kinds, {p.name: p.given for p in parts if p.given is not None}
        ).items()
        if value is not BLANK and not isinstance(value, Unreadable)
    }
    if not given or all(p.outcome is Outcome.RIGHT for p in parts):
        return None

    def same(cell: tuple[str, int, str], one: Any, other: Any) -> bool:
        kind = kinds[cell[0]]
        return (kind.columns[cell[2]] if isinstance(kind, Table) else kind).same(one, other)

    mistakes = {name: flat(kinds, m) for name, m in variant.mistakes().items()}
    return recognise(flat(kinds, variant.asked()), given, mistakes, same)
