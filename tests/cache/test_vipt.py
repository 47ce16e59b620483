"""Virtual index, physical tag."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_cache.vipt import ViptCache, ViptConfig, alias_bits, run, safe_ways

K = 1024


@pytest.mark.parametrize(
    ("size", "ways", "page", "bits"),
    [
        # The first-level caches of many x86 processors are as large as they can be and safe.
        (32 * K, 8, 4 * K, 0),
        (48 * K, 12, 4 * K, 0),
        (64 * K, 4, 4 * K, 2),
        (64 * K, 2, 8 * K, 2),
        (32 * K, 4, 4 * K, 1),
        (128 * K, 8, 16 * K, 0),
        (16 * K, 1, 4 * K, 2),
    ],
)
def test_caches_that_were_built(size, ways, page, bits):
    found = run(ViptConfig((ViptCache(size, 64, ways, page),))).metrics
    assert found["alias_bits"] == bits
    assert found["vipt_safe"] is (bits == 0)


caches = st.builds(
    lambda line, sets, ways, page: ViptCache(
        (ways << line) << sets, 1 << line, ways, 1 << max(line, page)
    ),
    st.integers(4, 7),
    st.integers(0, 8),
    st.integers(1, 12),
    st.integers(8, 13),
)


@given(caches, st.integers(0, 2**13))
def test_a_line_has_as_many_places_as_pages_give_it_sets(cache, offset):
    shape, offset = cache.shape, offset % cache.page_size
    pages = range(max(1, shape.sets * cache.line // cache.page_size) * 2)
    sets = {shape.index_of(shape.line_of(page * cache.page_size + offset)) for page in pages}
    assert len(sets) == 1 << alias_bits(cache)


@given(caches)
def test_the_fewest_safe_ways_are_safe_and_fewer_are_not(cache):
    enough = safe_ways(cache)
    held = ViptCache(cache.size, cache.line, enough, cache.page_size)
    assert alias_bits(held) == 0
    for ways in range(1, enough):
        try:
            fewer = ViptCache(cache.size, cache.line, ways, cache.page_size)
        except InputError:
            continue
        assert alias_bits(fewer) > 0


def test_the_bits_are_drawn_beside_those_of_the_page():
    (step,) = run(ViptConfig((ViptCache(32 * K, 64, 1, 4 * K),))).steps
    assert step.state["address_bits"].rows == (
        ("15+", "tag", "page-number"),
        ("14..12", "index", "page-number"),
        ("11..6", "index", "page-offset"),
        ("5..0", "offset", "page-offset"),
    )


@pytest.mark.parametrize(
    ("cache", "message"),
    [
        ((32 * K, 64, 8, 5000), "power of two"),
        ((32 * K, 64, 8, 32), "smaller than a line"),
        ((32 * K, 64, 7, 4096), "whole number of sets"),
    ],
)
def test_what_cannot_be_is_refused(cache, message):
    with pytest.raises(InputError, match=message):
        ViptCache(*cache)
    with pytest.raises(InputError, match="a cache to judge"):
        ViptConfig(())


def test_the_command_compares_ways(oslab):
    found = oslab("cache", "vipt", "--size", "32K", "--ways", "4,8", "--page-size", "4K", "--json")
    metrics = json.loads(found.out)["metrics"]
    assert (metrics["vipt_safe"], metrics["alias_bits"]) == (False, 1)
    assert [cache["safe"] for cache in metrics["caches"]] == [False, True]
