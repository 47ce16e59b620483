"""One cache: its geometry, its policies by hand, and what it refuses."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_cache.cache import POLICIES, WRITES, Cache, CacheShape, check, pieces


def shape(size=64, line=16, ways=2, policy="lru", write="back", allocate=True, seed=0):
    return CacheShape(size, line, ways, policy, write, allocate, seed)


def one_set(policy, ways):
    """A fully associative cache with lines of one byte: addresses are lines."""
    return Cache(shape(ways, 1, ways, policy))


def victims(cache, lines):
    return [cache.access(line, False).victim for line in lines]


def test_an_address_is_cut_into_tag_index_and_offset():
    made = shape(size=1024, line=64, ways=2)
    assert (made.lines, made.sets, made.offset_bits, made.index_bits) == (16, 8, 6, 3)
    line = made.line_of(0x12345)
    assert (line, made.index_of(line), made.tag_of(line)) == (0x48D, 5, 0x91)
    assert made.address_of(line) == 0x12340
    assert made.line_at(0x91, 5) == line


def test_a_line_of_one_byte_and_a_single_set_are_legal():
    made = shape(size=3, line=1, ways=3)
    check(made)
    assert (made.sets, made.offset_bits, made.index_bits) == (1, 0, 0)
    assert made.tag_of(made.line_of(77)) == 77


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"line": 24}, "power of two"),
        ({"line": 0}, "power of two"),
        ({"ways": 0}, "1 line or more"),
        ({"size": 70}, "whole number of sets"),
        ({"size": 0}, "whole number of sets"),
        ({"size": 96, "ways": 1}, "64 or 128 bytes"),
        ({"size": 48, "ways": 3, "policy": "plru"}, "plru"),
        ({"size": 2**30, "line": 1}, "at most"),
        ({"policy": "mru"}, "lru, fifo"),
        ({"write": "around"}, "back, through"),
    ],
)
def test_a_cache_that_cannot_be_is_refused_with_what_would_be_right(changes, told):
    with pytest.raises(InputError, match=told):
        check(shape(**changes))


def test_ways_need_not_be_a_power_of_two():
    check(shape(size=48, ways=3))


def test_lru_throws_out_the_line_used_longest_ago():
    assert victims(one_set("lru", 3), [1, 2, 3, 1, 4, 2]) == [None, None, None, None, 2, 3]


def test_fifo_does_not_move_a_line_that_is_hit():
    assert victims(one_set("fifo", 3), [1, 2, 3, 1, 4, 2, 5]) == [
        None, None, None, None, 1, None, 2,
    ]  # fmt: skip


def test_lfu_throws_out_the_fewest_uses_and_of_equals_the_one_used_longest_ago():
    # 1 has three uses, 2 and 3 one each; 2 was used before 3. Then 4 has one use, 3 was used before.
    assert victims(one_set("lfu", 3), [1, 1, 2, 1, 3, 4, 5]) == [
        None, None, None, None, None, 2, 3,
    ]  # fmt: skip


def test_lfu_forgets_the_count_of_a_line_that_leaves():
    cache = one_set("lfu", 2)
    assert victims(cache, [1, 1, 2, 2, 2, 3, 1, 1]) == [
        None, None, None, None, None, 1, 3, None,
    ]  # fmt: skip


def test_tree_plru_points_away_from_what_was_used():
    # Ways 0 … 3 are filled; the tree then leads back to way 0. A hit on it leads to way 2.
    assert victims(one_set("plru", 4), [10, 11, 12, 13, 10, 14]) == [
        None, None, None, None, None, 12,
    ]  # fmt: skip


def test_random_replacement_is_reproducible_and_draws_for_evictions_only():
    lines = list(range(20))
    first = victims(Cache(shape(4, 1, 4, "random", seed=7)), lines)
    assert len({*first}) > 10
    with_hits = victims(Cache(shape(4, 1, 4, "random", seed=7)), [n for n in lines for _ in "ab"])
    assert with_hits[::2] == first
    assert set(with_hits[1::2]) == {None}
    assert victims(Cache(shape(4, 1, 4, "random", seed=8)), lines) != first


def test_an_emptied_way_is_filled_before_any_line_leaves():
    for policy in POLICIES:
        cache = one_set(policy, 4)
        victims(cache, [1, 2, 3, 4])
        assert cache.drop(3) is False
        assert cache.drop(3) is None
        refilled = cache.access(9, False)
        assert (refilled.way, refilled.victim) == (2, None)
        assert cache.access(10, False).victim is not None


def test_a_store_dirties_a_write_back_line_and_dropping_it_says_so():
    cache = Cache(shape())
    cache.access(4, True)
    assert cache.dirty == {4}
    assert cache.access(6, False).victim is None
    gone = cache.access(8, False)
    assert (gone.victim, gone.victim_dirty) == (4, True)
    assert cache.dirty == set()


def test_a_write_through_cache_stays_clean():
    cache = Cache(shape(write="through"))
    assert cache.access(4, True).way == 0
    assert cache.access(4, True).hit
    assert not cache.dirty


def test_a_store_that_is_not_allocated_changes_nothing():
    cache = Cache(shape(allocate=False))
    cache.access(0, False)
    before = cache.drawn()
    missed = cache.access(2, True)
    assert (missed.hit, missed.way, missed.victim) == (False, None, None)
    assert cache.drawn() == before


def test_the_drawing_names_set_way_tag_address_and_dirty():
    cache = Cache(shape())
    cache.access(5, True)
    assert cache.drawn().rows == ((1, 0, 2, 0x50, True),)
    assert cache.drawn([0]).rows == ()


@given(st.integers(0, 2**64 - 1), st.integers(1, 300), st.integers(0, 7))
def test_pieces_cover_an_access_and_never_cross_a_line(address, size, bits):
    line = 1 << bits
    parts = list(pieces(address, size, line))
    assert sum(length for _, length in parts) == size
    assert parts[0][0] == address
    for (start, length), (after, _) in pairwise(parts):
        assert start + length == after
        assert after % line == 0
    assert all(start // line == (start + length - 1) // line for start, length in parts)


@given(
    st.sampled_from(POLICIES),
    st.sampled_from(WRITES),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 15), st.booleans()), max_size=60),
)
def test_a_set_never_holds_a_line_twice_and_dirty_lines_are_present(
    policy, write, allocate, accesses
):
    cache = Cache(shape(64, 8, 4, policy, write, allocate))
    for line, store in accesses:
        outcome = cache.access(line, store)
        present = list(cache.lines())
        assert len(present) == len(set(present))
        assert cache.dirty <= set(present)
        assert (line in present) == (outcome.way is not None)
        assert outcome.victim not in present
        for index, row in enumerate(cache.sets.tags):
            assert all(each is None or cache.shape.index_of(each) == index for each in row)
