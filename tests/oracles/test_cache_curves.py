"""A curve made in one pass against a cache of each size, and stack depths counted by hand."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from naive_cache import Reference, Spec, lookups, simulate

from oslab.traces.access import Access, written
from oslab_cache.curve import CurveConfig, CurveRunConfig, count_accesses, run


def access_of(reference: Reference) -> Access:
    kind: Any = reference.kind
    return Access(kind, reference.address, reference.size)


def points(
    config: CurveConfig, references: list[Reference]
) -> tuple[int, int, dict[int, tuple[int, int, Fraction]]]:
    """Accesses, different lines, and by ways hits, misses and miss ratio."""
    found: Any = count_accesses(config, map(access_of, references))
    curve = {}
    for each in found["curve"]:
        assert each["size"] == each["ways"] * config.sets * config.line
        curve[each["ways"]] = (each["hits"], each["misses"], each["miss_ratio"])
    return found["accesses"], found["distinct"], curve


def one_run_each(config: CurveConfig, references: list[Reference]) -> None:
    accesses, distinct, curve = points(config, references)
    parts = list(lookups(references, config.line, config.fetches))
    lines = {each.address // config.line for each in parts}
    assert (accesses, distinct) == (len(parts), len(lines))
    enough = [ways for ways in config.sizes if ways in curve and curve[ways][1] == distinct]
    assert list(curve) == [ways for ways in config.sizes if ways <= min(enough, default=ways)]
    for ways in config.sizes:
        spec = Spec(config.sets, ways)
        metrics, _ = simulate(
            [spec], "nine", config.line, references, config.fetches, explained=False
        )
        if ways in curve:
            assert curve[ways] == (metrics["hits"], metrics["misses"], metrics["miss_ratio"])
        else:  # the curve ends with the first size that has cold misses only
            assert metrics["misses"] == distinct


references = st.lists(
    st.builds(
        Reference,
        st.sampled_from(["load", "store", "modify", "fetch"]),
        st.integers(0, 300),
        st.sampled_from([1, 4, 20]),
    ),
    min_size=1,
    max_size=50,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    references=references,
    line=st.sampled_from([1, 8, 16]),
    sets=st.sampled_from([1, 2, 4]),
    sizes=st.sets(st.integers(1, 20), min_size=1, max_size=5),
    fetches=st.booleans(),
)
def test_each_point_is_a_run(
    references: list[Reference], line: int, sets: int, sizes: set[int], fetches: bool
) -> None:
    one_run_each(CurveConfig(line, sets, tuple(sorted(sizes)), fetches), references)


def test_points_of_long_traces() -> None:
    for seed in range(3):
        rng = random.Random(seed)
        made = [
            Reference(
                rng.choice(["load", "store"]),
                min(rng.randrange(4000), rng.randrange(4000), rng.randrange(4000)),
                4,
            )
            for _ in range(1500)
        ]
        one_run_each(CurveConfig(16, 1 << seed, (1, 2, 3, 8, 20, 64, 200), False), made)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(lines=st.lists(st.integers(0, 9), min_size=1, max_size=40), sets=st.sampled_from([1, 2]))
def test_depths_are_the_lines_used_since(lines: list[int], sets: int) -> None:
    """In a set: how many different lines of it were used from the last use of this one up to now."""
    config = CurveRunConfig(
        16, sets, (1, 2), False, tuple(written(Access("load", 16 * line)) for line in lines)
    )
    told: Any = [step.result for step in run(config).steps]
    for now, line in enumerate(lines):
        earlier = [n for n in range(now) if lines[n] == line]
        expected = None
        if earlier:
            rivals = {each for each in lines[earlier[-1] : now] if each % sets == line % sets}
            expected = len(rivals)
        assert told[now]["depth"] == expected


def test_a_cyclic_walk_has_a_cliff() -> None:
    """Ten lines in turn, ten times: all miss up to nine lines, only the first round with ten."""
    made = [Reference("load", 16 * (n % 10), 1) for n in range(100)]
    _, _, curve = points(CurveConfig(16, 1, tuple(range(1, 13)), False), made)
    assert [curve[ways][1] for ways in range(1, 11)] == [100] * 9 + [10]
