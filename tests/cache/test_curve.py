"""One pass over the accesses against a simulation of each size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import Access, InputError
from oslab.traces.access import written
from oslab_cache import curve
from oslab_cache.csim import CsimConfig
from oslab_cache.csim import count as csim
from oslab_cache.curve import CurveRunConfig, count, run

accesses = st.lists(
    st.builds(
        Access,
        st.sampled_from(["load", "store", "modify", "fetch"]),
        st.integers(0, 400),
        st.just(1),
    ),
    min_size=1,
    max_size=80,
)
sizes = st.sets(st.integers(1, 9), min_size=1).map(lambda found: tuple(sorted(found)))


def config(made, line=16, sets=1, ways=(1, 2, 4, 8), fetches=False):
    return CurveRunConfig(line, sets, ways, fetches, tuple(map(written, made)))


@given(accesses, st.sampled_from([1, 4, 16]), st.sampled_from([1, 2, 4]), sizes, st.booleans())
def test_a_run_and_its_count_agree(made, line, sets, ways, fetches):
    told = config(made, line, sets, ways, fetches)
    assert run(told).metrics == count(told)


@given(accesses, st.integers(0, 2), st.integers(0, 4), sizes)
def test_each_point_is_what_a_cache_of_that_size_does(made, set_bits, line_bits, ways):
    found = count(config(made, 1 << line_bits, 1 << set_bits, ways))["curve"]
    assert found
    for point in found:
        alone = csim(CsimConfig(set_bits, point["ways"], line_bits, ""), made)
        assert (point["hits"], point["misses"]) == (alone["hits"], alone["misses"])
        assert point["size"] == point["ways"] << set_bits << line_bits


@given(accesses)
def test_the_curve_never_rises_and_ends_when_nothing_more_is_to_be_had(made):
    found = count(config(made, ways=tuple(range(1, 60))))
    misses = [point["misses"] for point in found["curve"]]
    assert misses == sorted(misses, reverse=True)
    assert misses[-1] == found["distinct"]
    assert found["distinct"] not in misses[:-1]


def test_depth_counts_from_one_and_is_none_at_first():
    steps = run(config([Access("load", a) for a in (0, 16, 0, 4, 32, 16)])).steps
    assert [step.result["depth"] for step in steps] == [None, None, 2, 1, None, 3]


def test_sizes_that_cannot_be_are_refused():
    made = [Access("load", 0)]
    for bad in ({"line": 3}, {"sets": 3}, {"ways": ()}, {"ways": (2, 1)}, {"ways": (0,)}, {"ways": (2**21,)},
                {"ways": tuple(range(1, curve.MOST_SIZES + 2))}):  # fmt: skip
        with pytest.raises(InputError):
            count(config(made, **bad))
