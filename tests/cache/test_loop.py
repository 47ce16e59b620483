"""Loops over matrices through a cache."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oslab import InputError
from oslab_cache.loop import count, misses, run, run_accesses
from oslab_cache.matrices import LoopConfig, swept
from oslab_cache.patterns import PATTERNS, WORKLOADS


def config(pattern, n, columns=None, **changes):
    """A matrix of n × n elements of 8 bytes and a fully associative cache of 16 lines of 64 bytes."""
    usual = LoopConfig(
        patterns=(pattern,),
        rows=n,
        columns=columns or n,
        pad=0,
        elem=8,
        tile=8 if WORKLOADS[pattern].tiled else None,
        passes=1,
        size=1024,
        line=64,
        ways=16,
        policy="lru",
        write="back",
        allocate=True,
        seed=0,
    )
    return replace(usual, **changes)


@st.composite
def configs(draw, most=6):
    pattern = draw(st.sampled_from(PATTERNS))
    rows = draw(st.integers(1, most))
    columns = rows if WORKLOADS[pattern].square else draw(st.integers(1, most))
    line = 1 << draw(st.integers(3, 6))
    ways = draw(st.sampled_from((1, 2, 4)))
    write = draw(st.sampled_from(("back", "through")))
    return config(
        pattern,
        rows,
        columns,
        pad=draw(st.integers(0, 2)),
        elem=draw(st.sampled_from((1, 4, 8))),
        tile=draw(st.integers(1, 5)) if WORKLOADS[pattern].tiled else None,
        passes=draw(st.integers(1, 2)),
        size=(line * ways) << draw(st.integers(0, 3)),
        line=line,
        ways=ways,
        policy=draw(st.sampled_from(("lru", "fifo", "random", "plru", "lfu"))),
        write=write,
        allocate=draw(st.booleans()),
        seed=3,
    )


@given(configs())
@settings(deadline=None)
def test_steps_figures_and_the_simulator_of_traces_agree(case):
    figures = count(case)
    assert run(case).metrics == figures
    stepped = run_accesses(case)
    assert stepped.metrics == figures
    results = [step.result["result"] for step in stepped.steps]
    assert (results.count("hit"), results.count("miss")) == (figures["hits"], figures["misses"])
    assert misses(case, case.patterns[0]) == figures["misses"]


@given(configs())
@settings(deadline=None)
def test_misses_by_cause_and_by_matrix_sum_up(case):
    found = count(case)
    assert found["cold"] + found["capacity"] + found["conflict"] == found["misses"]
    for name in ("accesses", "misses"):
        assert sum(matrix[name] for matrix in found["matrices"]) == found[name]


@given(configs())
@settings(deadline=None)
def test_a_fully_associative_lru_cache_has_no_conflicts(case):
    whole = replace(case, ways=case.size // case.line, policy="lru", write="back", allocate=True)
    assert count(whole)["conflict"] == 0


@given(st.integers(1, 20), st.sampled_from((1, 2, 4, 8)))
def test_by_rows_every_line_is_missed_once(n, elem):
    lines = -(-n * n * elem // 64)
    assert count(config("row-major", n, elem=elem))["misses"] == lines


def test_by_columns_lines_are_missed_once_where_a_column_stays():
    assert count(config("column-major", 16))["misses"] == 16 * 16 // 8
    assert count(config("column-major", 16))["capacity"] == 0


def test_by_columns_every_access_misses_where_a_column_overflows():
    found = count(config("column-major", 17, 24))
    assert found["misses"] == found["accesses"] == 17 * 24
    assert swept(config("column-major", 17, 24), "column-major")[1:] == (17, 16)


def test_power_of_two_rows_crowd_a_few_sets_and_padding_spreads_them():
    crowded = config("column-major", 16, ways=1)
    assert count(crowded)["misses"] == 256
    assert count(crowded)["conflict"] == 256 - 32
    assert count(replace(crowded, pad=8))["misses"] == 32


def test_tiles_bring_back_what_columns_lose():
    assert count(config("column-major", 32))["misses"] == 1024
    assert count(config("blocked", 32))["misses"] == 1024 // 8


def test_a_matrix_that_fits_is_missed_in_the_first_pass_only():
    assert count(config("row-major", 8, passes=3))["misses"] == 8


# CS:APP 6.6.2: misses of the inner loops with 4 elements to a line and matrices far larger than the
# cache: ijk 0.25 + 1.00, jki 1.00 + 1.00, ikj 0.25 + 0.25. What is there is the limit for large n.
@pytest.mark.parametrize(
    ("pattern", "limit"), [("multiply-ijk", 1.25), ("multiply-jki", 2.0), ("multiply-ikj", 0.5)]
)
def test_orders_of_multiplication_in_the_textbook(pattern, limit):
    found = count(config(pattern, 32, line=32, size=512))
    assert found["misses_per_iteration"] == pytest.approx(limit, rel=0.07)


def test_transposition_by_tiles_touches_each_line_once():
    found = count(config("transpose-blocked", 32, ways=16))
    assert found["misses"] == 2 * 1024 // 8
    assert count(config("transpose", 32))["misses"] > 1024


def test_what_is_not_allocated_does_not_come_in():
    found = count(config("transpose", 4, write="through", allocate=False))
    by_matrix = {matrix["matrix"]: matrix["misses"] for matrix in found["matrices"]}
    assert by_matrix == {"a": 2, "b": 16}


def test_several_patterns_are_listed_side_by_side():
    both = replace(config("row-major", 8), patterns=("row-major", "column-major"))
    found = run(both).metrics["patterns"]
    assert [one["pattern"] for one in found] == ["row-major", "column-major"]
    with pytest.raises(InputError, match="one pattern only"):
        run_accesses(both)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"patterns": ()}, "give a pattern"),
        ({"rows": 0}, "1 or more"),
        ({"pad": -1}, "0 or more"),
        ({"elem": 24}, "does not go evenly into a line"),
        ({"elem": 128}, "does not go evenly into a line"),
        ({"patterns": ("multiply-ijk",), "columns": 3}, "square"),
        ({"rows": 10**6, "columns": 10**6}, "are simulated"),
        ({"tile": 8}, "only there"),
        ({"patterns": ("blocked",), "tile": 0}, "1 element or more"),
        ({"line": 48}, "power of two"),
    ],
)
def test_what_cannot_be_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        replace(config("row-major", 4), **changes)


def test_few_accesses_are_shown_one_by_one_more_when_asked(oslab):
    few = json.loads(oslab("cache", "loop", "--pattern", "row-major", "--n", "2x3", "--json").out)
    assert [step["action"] for step in few["steps"]] == ["loop-access"] * 6
    many = json.loads(oslab("cache", "loop", "--pattern", "row-major", "--n", "9", "--json").out)
    assert {step["action"] for step in many["steps"]} == {"loop-matrix", "loop"}
    asked = oslab("cache", "loop", "--pattern", "row-major", "--n", "9", "--json", "--steps")
    assert len(json.loads(asked.out)["steps"]) == 81


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("--pattern row-major --n 500 --steps", "without --steps"),
        ("--pattern rows", "--pattern"),
        ("--n 4xx", "--n"),
        ("--n 0", "--n"),
        ("--tile 4", "--tile"),
        ("--seed 4", "--seed"),
        ("--elem 3", "does not go evenly"),
    ],
)
def test_bad_options_are_one_line(oslab, arguments, named):
    found = oslab("cache", "loop", *arguments.split())
    assert found.code == 2
    assert named in found.err
    assert found.err.count("\n") == 1
