"""Marking the rows of a table: outcome, right cells, and credit by row or by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from oslab.exercise.answers import Table, Unreadable, accepted, alike
from oslab.exercise.grid import BLANK
from oslab.exercise.variant import Variant

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


def mark_rows(
    variant: Variant,
    name: str,
    table: Table,
    given: Sequence[Mapping[str, Any]],
    filled: Sequence[Mapping[str, Any]],
) -> tuple[RowMark, ...]:
    """Mark what was read of each row; `filled` are its cells that were filled in and could be read.

    A wrong row that follows from the student's own earlier rows is found out by the problem type's
    `follow`; what in those was left open, or could not be read, is filled in from the key.
    """
    problem = variant.exercise.problem
    follows = problem.follows()
    marks: list[RowMark] = []
    before: list[Mapping[str, Any]] = []
    slipped = False
    rows = zip(variant.rows(name), given, filled, variant.key[name], strict=True)
    for printed, cells, values, right in rows:
        mark = _row(printed[0], table, cells, values, right)
        complete = len(values) == len(table.columns)
        if mark.wrong_columns and slipped and complete and follows and variant.params is not None:
            due = problem.follow(variant.params, name, tuple(before))
            if due is not None and table.same_row(due, values):
                mark = replace(mark, follows=True)
        slipped = slipped or bool(mark.wrong_columns)
        marks.append(mark)
        if follows:
            before.append({c: values[c] if c in values else accepted(right[c])[0]
                           for c in table.columns})  # fmt: skip
    return tuple(marks)


def filled_in(row: Mapping[C, Any]) -> dict[C, Any]:
    """The cells that were filled in and could be read."""
    return {c: v for c, v in row.items() if v is not BLANK and not isinstance(v, Unreadable)}


def _row(
    label: str | int,
    table: Table,
    given: Mapping[str, Any],
    values: Mapping[str, Any],
    right: Mapping[str, Any],
) -> RowMark:
    problems: tuple[tuple[str, Unreadable], ...] = ()
    if len(values) < len(given):
        problems = tuple((c, v) for c, v in given.items() if isinstance(v, Unreadable))
    wrong = (
        ()
        if _equal(values, right)
        else tuple(
            c
            for c, kind in table.columns.items()
            if c in values and not alike(kind, right[c], values[c])
        )
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


def _equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two rows are the same to the type, and so alike: true of most, and told at once."""
    return one == other and [*map(type, one.values())] == [*map(type, other.values())]


def credit_of(table: Table, marks: Sequence[RowMark], by_cell: bool) -> Fraction:
    """The share of a table's points: by row, all its cells right, half for one that follows; or by
    cell."""
    if not marks:
        return Fraction(0)
    if by_cell:
        return Fraction(sum(m.right for m in marks), len(marks) * len(table.columns))
    whole = sum(m.outcome is Outcome.RIGHT for m in marks)
    return Fraction(2 * whole + sum(m.follows for m in marks), 2 * len(marks))


def outcome_of(marks: Sequence[RowMark], credit: Fraction) -> Outcome:
    """What became of a table as a whole."""
    outcomes = {m.outcome for m in marks}
    if outcomes <= {Outcome.BLANK}:
        return Outcome.BLANK
    # With nothing right, what could not be read decides: perhaps all of it was meant rightly.
    if outcomes <= {Outcome.BLANK, Outcome.UNREADABLE} or (
        not credit and Outcome.UNREADABLE in outcomes
    ):
        return Outcome.UNREADABLE
    return judged(credit)


def judged(credit: Fraction) -> Outcome:
    """What a share of the points amounts to."""
    if credit == 1:
        return Outcome.RIGHT
    return Outcome.PARTIAL if credit else Outcome.WRONG
