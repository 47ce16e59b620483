"""A Run as JSON: its form, its size, and that the states come back."""

from __future__ import annotations

import io
import json
import math
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from oslab import (
    Bytes,
    Cells,
    Choice,
    Drawing,
    Float,
    Grid,
    Int,
    Lanes,
    List,
    Ordering,
    OrNone,
    Run,
    Step,
    Tree,
)
from oslab.show.differences import apply, difference
from oslab.show.document import answer_type, document, dump, restore_states

SCHEMA = json.loads(files("oslab").joinpath("run.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def written(run: Run) -> Any:
    """The document as another program reads it."""
    stream = io.StringIO()
    dump(document(run), stream)
    assert stream.getvalue().endswith("}\n")
    assert stream.getvalue().count("\n") == 1
    return json.loads(stream.getvalue())


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_runs_fit_the_schema(buddy_run: Run, pages_run: Run) -> None:
    for run in (buddy_run, pages_run):
        VALIDATOR.validate(written(run))


def test_a_paging_run_fits_the_schema() -> None:
    from oslab_paging.replacement.conventions import POLICIES, defaults
    from oslab_paging.replacement.replace import run

    for policy in POLICIES:
        found = run(
            defaults(policy, 3, ["7", "0", "1", "2w", "0", "3", "0", "4", "2", "3w", "0", "3"])
        )
        made = written(found)
        VALIDATOR.validate(made)
        assert len(restore_states(made)) == len(found.steps)


@pytest.mark.parametrize(
    "broken",
    [
        {"schema": "oslab.run/2"},
        {"extra": 1},
        {"steps": [{}]},
        {"steps": [{"action": "x", "state": {"a": {"kind": "picture"}}}]},
        {"steps": [{"action": "x", "state": {"a": {"edit": {"values": [[1]]}}}}]},
        {"metrics": [1]},
    ],
)
def test_the_schema_refuses_other_things(pages_run: Run, broken: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({**document(pages_run), **broken})


def test_states_come_back(buddy_run: Run, pages_run: Run) -> None:
    for run in (buddy_run, pages_run):
        assert restore_states(written(run)) == [dict(step.state) for step in run.steps]


def test_only_what_changed_is_written(pages_run: Run) -> None:
    steps = written(pages_run)["steps"]
    assert steps[0]["state"]["frames"]["kind"] == "cells"
    assert steps[1]["state"]["frames"] == {"edit": {"values": [[1, 1, 2]], "marks": {"hand": 2}}}
    hits = [s for s in steps if s["result"]["result"] == "hit"]
    assert all("state" not in s for s in hits)


def test_fractions_are_numbers_in_metrics_and_exact_in_the_configuration(buddy_run: Run) -> None:
    made = written(buddy_run)
    assert made["config"]["rate"] == "1/3"
    assert made["metrics"]["share"] == 1 / 3


def test_what_is_empty_is_left_out_of_a_step(pages_run: Run) -> None:
    assert "actor" not in written(pages_run)["steps"][0]
    assert "start_ns" not in written(pages_run)["steps"][0]


def test_steps_can_be_left_out(pages_run: Run) -> None:
    assert "steps" not in document(pages_run, steps=False)
    VALIDATOR.validate(document(pages_run, steps=False))


def test_ten_thousand_steps_with_64_frames_take_two_and_a_half_megabytes(long_run: Run) -> None:
    stream = io.StringIO()
    dump(document(long_run), stream)
    assert len(long_run.steps) == 10_000
    assert len(stream.getvalue()) <= 2_500_000


def test_what_json_cannot_write_is_refused() -> None:
    run = Run(command="a.b", config=None, metrics={"x": math.inf})
    with pytest.raises(ValueError, match="not JSON"):
        dump(document(run), io.StringIO())


def test_answer_types_say_what_is_needed_to_answer() -> None:
    assert answer_type(Choice("hit", "fault")) == {"kind": "choice", "options": ["hit", "fault"]}
    assert answer_type(OrNone(Int())) == {"kind": "optional", "item": {"kind": "int"}}
    assert answer_type(List(Float()))["item"]["absolute"] == "1/100"
    assert answer_type(Ordering(("a", "b"))) == {"kind": "sequence", "options": ["a", "b"]}


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from(["", "a", "页"]),
    st.just(0.5),
    st.just(1.0),
)
cells = st.builds(
    Cells,
    st.lists(scalars, max_size=7).map(tuple),
    st.lists(st.integers(0, 2), max_size=3).map(tuple),
    st.dictionaries(st.sampled_from(["hand", "tail"]), st.integers(0, 3), max_size=2),
)
grids = st.builds(
    Grid,
    st.lists(st.sampled_from(["a", "b"]), max_size=2).map(tuple),
    st.lists(st.lists(scalars, max_size=2).map(tuple), max_size=5).map(tuple),
)
trees = st.recursive(
    st.builds(Tree, st.text(max_size=2)),
    lambda child: st.builds(Tree, st.text(max_size=2), st.lists(child, max_size=2).map(tuple)),
    max_leaves=4,
)
lanes = st.builds(
    Lanes,
    st.dictionaries(
        st.sampled_from(["cpu", "disk"]),
        st.lists(
            st.tuples(st.integers(0, 5), st.floats(0, 5), st.text(max_size=2)), max_size=2
        ).map(tuple),
    ),
)
memory = st.builds(Bytes, st.integers(0, 9), st.binary(max_size=6))
drawings: st.SearchStrategy[Drawing] = st.one_of(cells, grids, trees, lanes, memory)
states = st.dictionaries(st.sampled_from(["x", "y"]), drawings, max_size=2)


def types_of(value: object) -> object:
    """A drawing with the types of its values, since True == 1 == 1.0."""
    return repr(value)


@settings(max_examples=300)
@given(st.lists(states, max_size=6))
def test_any_states_come_back(history: list[dict[str, Drawing]]) -> None:
    run = Run(command="a.b", config=None, steps=tuple(Step(action="x", state=s) for s in history))
    made = written(run)
    VALIDATOR.validate(made)
    back = restore_states(made)
    assert [{n: types_of(d) for n, d in sorted(s.items())} for s in back] == [
        {n: types_of(d) for n, d in sorted(s.items())} for s in history
    ]


lists = st.lists(st.integers(0, 4), max_size=12)


@settings(max_examples=500)
@given(lists, lists)
def test_an_edit_leads_from_any_list_to_any_other(one: list[int], other: list[int]) -> None:
    old, new = Cells(tuple(one)), Cells(tuple(other))
    change = difference(old, new)
    assert (apply(old, change) if change else old) == new


@pytest.mark.parametrize(
    ("old", "new", "most"),
    [
        (range(64), [*range(1, 64), 99], 8),
        (range(64), [*range(30), *range(31, 64), 30], 8),
        (range(64), [30, *range(30), *range(31, 64)], 8),
        (range(64), [99, *range(63)], 8),
        (range(64), [*range(10), 77, *range(11, 50), 78, *range(51, 64)], 8),
        (range(64), range(65), 4),
        (range(64), range(63), 4),
    ],
)
def test_a_queue_that_moves_up_and_a_page_used_again_are_small_edits(
    old: Any, new: Any, most: int
) -> None:
    change = difference(Cells(tuple(old)), Cells(tuple(new)))
    numbers = sum(len(edit) for edit in change["edit"]["values"])
    assert numbers <= most
    assert apply(Cells(tuple(old)), change) == Cells(tuple(new))


def test_an_edit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="edit"):
        restore_states({"steps": [{"action": "x", "state": {"a": {"edit": {"values": [[0, 1]]}}}}]})
