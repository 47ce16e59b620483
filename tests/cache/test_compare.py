"""Caches side by side say what each says alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import Access, InputError
from oslab.traces.access import written
from oslab_cache.cache import POLICIES, WRITES, CacheShape
from oslab_cache.compare import CompareRunConfig, count, run
from oslab_cache.config import CacheConfig
from oslab_cache.simulate import count_accesses

caches = st.builds(
    lambda lines, line, ways, policy, write, allocate: CacheShape(
        lines * line, line, min(ways, lines), policy, write, allocate, 3
    ),
    st.sampled_from([2, 4, 8]),
    st.sampled_from([1, 8, 16]),
    st.sampled_from([1, 2, 4]),
    st.sampled_from(POLICIES),
    st.sampled_from(WRITES),
    st.booleans(),
)
accesses = st.lists(
    st.builds(
        Access,
        st.sampled_from(["load", "store", "modify", "fetch"]),
        st.integers(0, 300),
        st.sampled_from([1, 4, 20]),
    ),
    min_size=1,
    max_size=40,
)


def alone(shape, made, fetches):
    config = CacheConfig(
        shape.size, shape.line, shape.ways, shape.policy, shape.write, shape.allocate, shape.seed,
        (), "nine", fetches, (),
    )  # fmt: skip
    return count_accesses(config, made)


@given(st.lists(caches, min_size=1, max_size=3), accesses, st.booleans())
def test_each_cache_does_what_it_does_alone(shapes, made, fetches):
    config = CompareRunConfig(tuple(shapes), fetches, tuple(map(written, made)))
    found = count(config)["configurations"]
    for shape, told in zip(shapes, found, strict=True):
        expected = alone(shape, made, fetches)
        assert {n: v for n, v in told.items() if n != "cache"} == {
            n: expected[n] for n in told if n != "cache"
        }
    assert run(config).metrics == count(config)
    assert run(config, detailed=True).metrics == count(config)


@given(st.lists(caches, min_size=1, max_size=3), accesses)
def test_the_traffic_of_each_access_sums_to_the_whole(shapes, made):
    done = run(CompareRunConfig(tuple(shapes), False, tuple(map(written, made))), detailed=True)
    for group, shape in enumerate(shapes, start=1):
        *traffic, whole = [step for step in done.steps if step.group == group]
        assert sum(step.result["read"] for step in traffic) == whole.result["bytes_from_memory"]
        assert sum(step.result["written"] for step in traffic) == whole.result["bytes_to_memory"]
        assert whole.given["cache"].startswith(f"{shape.size}/{shape.line}/{shape.ways}")


def test_no_caches_are_refused():
    with pytest.raises(InputError, match="from 1"):
        count(CompareRunConfig((), False, ("0",)))
