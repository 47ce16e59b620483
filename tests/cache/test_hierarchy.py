"""Levels: the rules of docs/cache.md by hand, and what must hold of any accesses."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_cache.cache import POLICIES, WRITES, CacheShape
from oslab_cache.hierarchy import INCLUSIONS, Hierarchy, HierarchyShape

LINE = 16


def level(lines, ways, write="back", allocate=None, policy="lru"):
    allocates = write == "back" if allocate is None else allocate
    return CacheShape(lines * LINE, LINE, ways, policy, write, allocates, 0)


def made(inclusion, *levels):
    return Hierarchy(HierarchyShape(levels, inclusion))


def use(hierarchy, *accesses):
    """Lines to load, "w" behind the number to store 4 bytes; whether each level hit."""
    found = []
    for each in map(str, accesses):
        outcomes = hierarchy.access(int(each.rstrip("w")) * LINE, each.endswith("w"), 4)
        found.append("".join("h" if outcome.hit else "m" for outcome in outcomes))
    return found


def contents(hierarchy):
    return [sorted(cache.lines()) for cache in hierarchy.caches]


def test_a_line_from_below_goes_into_all_levels_that_missed():
    nine = made("nine", level(1, 1), level(2, 2))
    assert use(nine, 1, 2, 1) == ["mm", "mm", "mh"]
    assert contents(nine) == [[1], [1, 2]]
    assert nine.bytes_from_memory == 2 * LINE


def test_a_hit_above_does_not_refresh_the_line_below():
    nine = made("nine", level(2, 2), level(2, 2))
    use(nine, 1, 2, 1, 3)
    # 1 was used last before 3 came, but level 2 did not see it: 1 left there, 2 left level 1.
    assert contents(nine) == [[1, 3], [2, 3]]


def test_nine_takes_an_absent_dirty_victim_in_without_a_fetch():
    nine = made("nine", level(2, 2), level(1, 1))
    use(nine, "1w", 2)
    assert contents(nine) == [[1, 2], [2]]
    read = nine.bytes_from_memory
    use(nine, 3)
    # 3 came into both; then the dirty 1 went down and drove 3 out of level 2.
    assert contents(nine) == [[2, 3], [1]]
    assert nine.bytes_from_memory == read + LINE
    assert nine.caches[1].dirty == {1}
    assert nine.counts[1].victims_in == 1
    assert nine.counts[1].evictions == 3


def test_nine_drops_clean_victims():
    nine = made("nine", level(1, 1), level(4, 4))
    use(nine, 1, 2, 3)
    assert nine.counts[0].evictions == 2
    assert nine.counts[1].victims_in == 0
    assert nine.bytes_to_memory == 0


def test_inclusion_removes_the_copy_above_and_writes_its_dirty_data_once():
    inclusive = made("inclusive", level(2, 2), level(2, 1))
    use(inclusive, "0w", 2)
    # Lines 0 and 2 share a set of level 2 only: 0 leaves it, and so leaves level 1.
    assert contents(inclusive) == [[2], [2]]
    assert inclusive.bytes_to_memory == LINE
    assert inclusive.counts[0].invalidations == 1
    assert inclusive.counts[0].writebacks == 0
    assert inclusive.counts[1].writebacks == 1
    assert use(inclusive, 0) == ["mm"]


def test_the_way_that_inclusion_empties_is_filled_first():
    inclusive = made("inclusive", level(2, 2), level(2, 1))
    use(inclusive, 0, 1)
    [first, _] = inclusive.access(2 * LINE, False)
    assert (first.way, first.victim) == (0, None)
    assert contents(inclusive) == [[1, 2], [1, 2]]


def test_inclusion_holds_through_three_levels():
    inclusive = made("inclusive", level(2, 2), level(2, 2), level(2, 1))
    use(inclusive, "0w", 2)
    assert contents(inclusive) == [[2], [2], [2]]
    assert inclusive.bytes_to_memory == LINE
    assert [count.invalidations for count in inclusive.counts] == [1, 1, 0]
    assert [count.writebacks for count in inclusive.counts] == [0, 0, 1]


def test_exclusion_moves_a_line_up_and_every_victim_down():
    exclusive = made("exclusive", level(1, 1), level(2, 2))
    assert use(exclusive, "1w", 2, 3) == ["mm", "mm", "mm"]
    assert contents(exclusive) == [[3], [1, 2]]
    assert exclusive.caches[1].dirty == {1}
    assert use(exclusive, 1) == ["mh"]
    assert contents(exclusive) == [[1], [2, 3]]
    # It came up dirty, and nothing was evicted from level 2.
    assert exclusive.caches[0].dirty == {1}
    assert exclusive.counts[1].evictions == 0
    assert exclusive.bytes_to_memory == 0


def test_exclusive_victims_sink_through_all_levels():
    exclusive = made("exclusive", level(1, 1), level(1, 1), level(1, 1))
    use(exclusive, "1w", 2, 3)
    assert contents(exclusive) == [[3], [2], [1]]
    use(exclusive, 4)
    assert contents(exclusive) == [[4], [3], [2]]
    assert exclusive.bytes_to_memory == LINE
    assert use(exclusive, 2) == ["mmh"]
    assert contents(exclusive) == [[2], [4], [3]]


def test_a_store_written_through_updates_the_copy_below():
    hierarchy = made("inclusive", level(2, 2, "through"), level(4, 4))
    use(hierarchy, 1, "1w")
    assert hierarchy.caches[1].dirty == {1}
    assert hierarchy.bytes_to_memory == 0
    assert hierarchy.counts[1].stores_in == 1
    assert hierarchy.counts[1].accesses == 1


def test_a_store_written_through_passes_a_level_that_lacks_the_line():
    hierarchy = made("nine", level(2, 2, "through"), level(1, 1))
    use(hierarchy, 1, 2, "1w")
    assert contents(hierarchy) == [[1, 2], [2]]
    assert hierarchy.bytes_to_memory == 4
    assert hierarchy.counts[1].stores_in == 1


def test_a_store_miss_that_is_not_allocated_is_an_access_of_the_next_level():
    hierarchy = made("inclusive", level(2, 2, "through"), level(4, 4))
    assert use(hierarchy, "1w", "1w") == ["mm", "mh"]
    assert contents(hierarchy) == [[], [1]]
    assert hierarchy.caches[1].dirty == {1}
    assert hierarchy.bytes_from_memory == LINE
    assert hierarchy.bytes_to_memory == 0


def test_write_through_with_allocation_reads_the_line_and_sends_the_store():
    hierarchy = made("nine", level(2, 2, "through", True))
    use(hierarchy, "1w", "1w")
    assert (hierarchy.bytes_from_memory, hierarchy.bytes_to_memory) == (LINE, 8)


def test_a_dirty_victim_passes_a_write_through_level():
    hierarchy = made("inclusive", level(1, 1), level(4, 4, "through", True))
    use(hierarchy, "1w", 2)
    assert hierarchy.caches[1].dirty == set()
    assert hierarchy.bytes_to_memory == LINE


def test_a_line_may_come_up_dirty_into_a_write_through_level():
    hierarchy = made("exclusive", level(1, 1, "through"), level(2, 2))
    use(hierarchy, "1w", 1)
    assert contents(hierarchy) == [[1], []]
    assert hierarchy.caches[0].dirty == {1}
    use(hierarchy, 2, 3, 4)
    assert hierarchy.bytes_to_memory == LINE


def test_dropping_a_stretch_of_memory_empties_all_levels_unwritten():
    hierarchy = made("inclusive", level(4, 4), level(8, 8))
    use(hierarchy, "1w", 2, 5)
    assert hierarchy.drop(LINE, 2 * LINE) == 4
    assert contents(hierarchy) == [[5], [5]]
    assert hierarchy.bytes_to_memory == 0
    assert hierarchy.drop(LINE, 1) == 0


def test_an_access_across_lines_is_the_callers_to_split():
    hierarchy = made("nine", level(2, 2))
    with pytest.raises(ValueError, match="one line"):
        hierarchy.access(LINE - 1, False, 2)


def test_levels_must_have_lines_of_one_size():
    other = CacheShape(64, 32, 1, "lru", "back", True, 0)
    with pytest.raises(InputError, match="equal"):
        made("nine", level(2, 1), other)
    with pytest.raises(InputError, match="level 2"):
        made("nine", level(2, 1), level(3, 1))
    with pytest.raises(InputError, match="inclusive, exclusive, nine"):
        made("both", level(2, 1))


levels = st.lists(
    st.tuples(
        st.sampled_from([1, 2, 4, 8]),
        st.sampled_from([1, 2, 4]),
        st.sampled_from(WRITES),
        st.booleans(),
        st.sampled_from(POLICIES),
    )
    .filter(lambda each: each[1] <= each[0])
    .map(lambda each: level(*each)),
    min_size=1,
    max_size=3,
)
accesses = st.lists(
    st.tuples(st.integers(0, 19), st.booleans(), st.sampled_from([1, 4, 16])), max_size=80
)


@given(st.sampled_from(INCLUSIONS), levels, accesses)
def test_the_laws_of_a_hierarchy(inclusion, shapes, made_accesses):
    hierarchy = made(inclusion, *shapes)
    stored, written_lines = 0, set()
    for line, store, size in made_accesses:
        outcomes = hierarchy.access(line * LINE, store, size)
        stored += size * store
        written_lines |= {line} if store else set()
        present = [set(cache.lines()) for cache in hierarchy.caches]
        for cache, lines in zip(hierarchy.caches, present, strict=True):
            assert cache.dirty <= lines
            assert cache.dirty <= written_lines
        if inclusion == "inclusive":
            assert all(above <= below for above, below in pairwise(present))
        if inclusion == "exclusive":
            assert sum(map(len, present)) == len(set().union(*present))
        # Levels are asked one after the other, and all but the last missed.
        assert not any(outcome.hit for outcome in outcomes[:-1])
        if not store:
            assert line in present[0]
    for above, below in pairwise(hierarchy.counts):
        assert below.accesses == above.misses
    assert all(count.accesses == count.hits + count.misses for count in hierarchy.counts)
    assert hierarchy.bytes_from_memory % LINE == 0
    if hierarchy.counts[-1].misses == 0:
        assert hierarchy.bytes_from_memory == 0
    if not written_lines:
        assert hierarchy.bytes_to_memory == 0


@given(st.sampled_from(INCLUSIONS), levels, accesses)
def test_a_dirty_line_is_written_or_still_there(inclusion, shapes, made_accesses):
    """Values, not presence: every byte that was stored can be read again where the newest copy is."""
    hierarchy = made(inclusion, *[
        CacheShape(s.size, s.line, s.ways, s.policy, "back", True, 0) for s in shapes
    ])  # fmt: skip
    dirty = set()
    for line, store, size in made_accesses:
        before = hierarchy.bytes_to_memory
        hierarchy.access(line * LINE, store, size)
        if store:
            dirty.add(line)
        written = {m.line for m in hierarchy.moves if m.level == len(shapes) and m.what == "taken"}
        assert hierarchy.bytes_to_memory - before >= LINE * len(written)
        assert written <= dirty
        dirty = {each for each in dirty if each not in written} | (dirty & _held_dirty(hierarchy))
        assert dirty == _held_dirty(hierarchy)


def _held_dirty(hierarchy):
    return set().union(*(cache.dirty for cache in hierarchy.caches))
