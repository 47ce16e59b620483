"""Marking: five outcomes, credit by row, follow-through, recognised mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest

from oslab import Unreadable
from oslab.exercise.checking import Marked, check
from oslab.exercise.feedback import rounded
from oslab.exercise.rowmarks import Outcome
from oslab.exercise.variant import Variant

Mark = Callable[[Variant, Mapping[str, Any]], Marked]
Rows = Sequence[Mapping[str, Any]]


def part(marked: Marked, name: str) -> Any:
    return next(p for p in marked.parts if p.name == name)


def test_the_key_earns_full_points(fifo: Variant, mark: Mark) -> None:
    marked = mark(fifo, fifo.asked())
    assert marked.right
    assert marked.earned == marked.points == 8
    assert marked.recognised is None


def test_nothing_answered_is_blank_not_wrong(fifo: Variant) -> None:
    marked = check(fifo, {})
    assert [p.outcome for p in marked.parts] == [Outcome.BLANK, Outcome.BLANK]
    assert marked.earned == 0


@pytest.mark.parametrize("value", ["eleven", True, float("nan"), [1, 2], {"a": 1}, 2**300])
def test_what_cannot_be_read_is_unreadable_not_wrong(fifo: Variant, value: object) -> None:
    marked = check(fifo, {"faults": value})
    assert part(marked, "faults").outcome is Outcome.UNREADABLE
    assert isinstance(part(marked, "faults").unreadable, Unreadable)


def test_a_row_counts_only_with_all_its_cells(fifo: Variant, mark: Mark) -> None:
    rows: Rows = fifo.key["steps"]
    everywhere_fault = [{"result": "fault", "victim": None} for _ in rows]
    marked = mark(fifo, {**fifo.asked(), "steps": everywhere_fault})
    right = sum(r["result"] == "fault" and r["victim"] is None for r in rows)
    steps = part(marked, "steps")
    assert sum(r.outcome is Outcome.RIGHT for r in steps.rows) == right == 3
    assert steps.credit < Fraction(2, 5)


def test_one_slip_costs_its_row_and_what_follows_from_it_earns_half(
    fifo: Variant, mark: Mark
) -> None:
    rows = [dict(r) for r in fifo.key["steps"]]
    first = next(i for i, r in enumerate(rows) if r["victim"] is not None)
    problem, params = fifo.exercise.problem, fifo.params
    resident = {int(r.rstrip("rw")) for r in params.references[:first]} - {rows[first]["victim"]}
    rows[first]["victim"] = max(resident)
    for i in range(first + 1, len(rows)):
        due = problem.follow(params, "steps", tuple(rows[:i]))
        assert due is not None
        rows[i] = dict(due)
    marked = mark(fifo, {**fifo.asked(), "steps": rows})
    steps = part(marked, "steps")
    follows = sum(r.follows for r in steps.rows)
    right = sum(r.outcome is Outcome.RIGHT for r in steps.rows)
    assert follows >= 1
    assert right + follows == len(rows) - 1
    assert steps.credit == (right + Fraction(follows, 2)) / len(rows)


def test_never_evicting_does_not_profit_from_follow_through(fifo: Variant, mark: Mark) -> None:
    rows = [{**r, "victim": None} for r in fifo.key["steps"]]
    marked = mark(fifo, {**fifo.asked(), "steps": rows})
    assert not any(r.follows for r in part(marked, "steps").rows)


def test_a_typical_misunderstanding_is_named(fifo: Variant, mark: Mark) -> None:
    marked = mark(fifo, {**fifo.asked(), **fifo.mistakes()["lru-for-fifo"]})
    assert marked.recognised is not None
    assert marked.recognised.names == ("lru-for-fifo",)
    assert marked.recognised.exact


def test_a_row_left_open_is_filled_so_far_not_wrong(fifo: Variant, answered: Any) -> None:
    from oslab.exercise.reading import read_sheet

    rows = [dict(r) for r in fifo.key["steps"]]
    text = answered(fifo)
    lines = text.splitlines()
    last = next(i for i, line in enumerate(lines) if line.split("|")[0].strip() == str(len(rows)))
    lines[last] = "|".join([*lines[last].split("|")[:2], " ? ", " ?"])
    marked = check(fifo, read_sheet("\n".join(lines).encode()).questions[0].values)
    steps = part(marked, "steps")
    assert steps.outcome is Outcome.PARTIAL
    assert steps.rows[-1].outcome is Outcome.BLANK
    assert steps.credit == Fraction(len(rows) - 1, len(rows))


def test_answers_that_are_not_asked_are_named(fifo: Variant) -> None:
    assert check(fifo, {"fault": 9}).unknown == ("fault",)


def test_answers_that_the_file_has_no_line_for_are_blank_and_named(fifo: Variant) -> None:
    marked = check(fifo, {"faults": ""})
    assert marked.missing == ("steps",)
    assert [p.outcome for p in marked.parts] == [Outcome.BLANK, Outcome.BLANK]
    assert check(fifo, {"faults": "", "steps": ""}).missing == ()


@pytest.mark.parametrize(
    ("points", "text"),
    [(Fraction(33, 7), "4.71"), (Fraction(8), "8"), (Fraction(1, 200), "0.01"), (Fraction(21, 5), "4.2"),
     (Fraction(1, 8), "0.13"), (Fraction(0), "0")],
)  # fmt: skip
def test_points_are_rounded_once_half_up(points: Fraction, text: str) -> None:
    assert rounded(points) == text
