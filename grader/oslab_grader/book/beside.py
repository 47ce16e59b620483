"""A student's answers beside the key, as texts: for the instructor's screen only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oslab.exercise.answers import Table
from oslab.exercise.variant import Variant
from oslab_grader.handout.record import Record
from oslab_grader.marking.result import MarkedAnswer


@dataclass(frozen=True)
class Row:
    """One row of a table: its printed cells, the student's cells, those of the key, what became of it."""

    printed: tuple[str, ...]
    given: tuple[str, ...]
    key: tuple[str, ...]
    outcome: str


@dataclass(frozen=True)
class Beside:
    """One answer. A table has `rows` under `heads` (printed, then asked columns); others `given`, `key`."""

    name: str
    outcome: str
    earned: Fraction
    points: Fraction
    given: str = ""
    key: str = ""
    heads: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    rows: tuple[Row, ...] = ()


def variant_of(record: Record, owner: str, question: str) -> Variant:
    """One question as it was handed out to an owner. Raises InputError where its problem type is gone."""
    from oslab.exercise.frozen import thaw
    from oslab_grader.handout.resolve import bind_question

    asked = record.head.question(question)
    return thaw(bind_question(asked), record.share(owner).questions[question])


def beside(
    variant: Variant, answers: Sequence[MarkedAnswer], absent: str = "blank"
) -> Sequence[Beside]:
    """The answers of a question that was asked, each with the key; where there is no upload, the key.

    absent  the outcome of answers that are not there: "unreadable" where the whole upload is
    """
    marked = {answer["name"]: answer for answer in answers}
    return [
        _beside(variant, asked.name, asked.points, marked.get(asked.name), absent)
        for asked in variant.exercise.entry.answer
    ]


def _beside(
    variant: Variant, name: str, points: Fraction, answer: MarkedAnswer | None, absent: str
) -> Beside:
    kind = variant.exercise.kind(name)
    outcome = answer["outcome"] if answer else absent
    earned = Fraction(answer["earned"]) if answer else Fraction(0)
    given: Any = answer.get("given", "") if answer else ""
    if isinstance(kind, Table):
        heads, rows = _rows(variant, name, kind, answer)
        return Beside(name, outcome, earned, points, heads=heads, rows=rows)
    key = _written(variant, name)
    return Beside(name, outcome, earned, points, given if isinstance(given, str) else "", key)


def _written(variant: Variant, name: str) -> str:
    """The key as a student would write it; an essay has none."""
    if name not in variant.key:
        return ""
    return variant.exercise.kind(name).write(variant.key[name], variant.exercise.words)


def _rows(
    variant: Variant, name: str, table: Table, answer: MarkedAnswer | None
) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], tuple[Row, ...]]:
    columns = tuple(table.columns)
    printed = variant.rows(name)
    given: Any = (answer.get("given") if answer else None) or ()
    marks = (answer.get("rows") if answer else None) or ()
    rows = []
    for i, right in enumerate(variant.key.get(name, ())):
        cells = given[i] if i < len(given) else {}
        rows.append(
            Row(
                tuple(map(str, printed[i])) if i < len(printed) else (),
                tuple(str(cells.get(c, "")) for c in columns),
                tuple(table.columns[c].write(right[c], variant.exercise.words) for c in columns),
                str(marks[i]["outcome"]) if i < len(marks) else "",
            )
        )
    heads = ((table.label, *table.given), columns)
    return (tuple(map(str, heads[0])), columns), tuple(rows)
