"""TLB reach, and a strided loop in and beyond it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_tlb.reach import Loop, ReachConfig, run
from oslab_tlb.tlb import Tlb, TlbEntry

PAGE = 4096


def config(loop=None, entries=8, ways=None, policy="lru", page=PAGE):
    return ReachConfig(entries, ways or entries, policy, 0, page, loop)


def misses(*arguments, **others):
    return run(config(Loop(*arguments), **others)).metrics["misses_per_pass"]


def test_reach_is_entries_times_page_size():
    found = run(config(entries=64))
    assert found.metrics == {"reach_bytes": 256 << 10}
    assert len(found.steps) == 1


def test_a_loop_that_fits_misses_in_its_first_pass_only():
    assert misses(8 * PAGE, 64, 3) == (8, 0, 0)


def test_one_page_too_many_makes_lru_miss_every_page_in_every_pass():
    assert misses(9 * PAGE, 64, 3) == (9, 9, 9)


def test_a_long_stride_skips_pages():
    found = run(config(Loop(16 * PAGE, 4 * PAGE, 2)))
    assert found.metrics["pages"] == 4
    assert found.metrics["misses_per_pass"] == (4, 0)


def test_pages_that_crowd_into_one_set_miss_though_the_reach_would_do():
    # Every fourth page: one of the 4 sets, which has 2 ways, for 4 pages.
    assert misses(16 * PAGE, 4 * PAGE, 3, ways=2) == (4, 4, 4)


def test_a_set_that_overflows_leaves_the_others_alone():
    # Pages 0, 2, 4, 6, 8 in 4 sets of 2: set 0 gets 0, 4, 8 and set 2 gets 2, 6.
    assert misses(10 * PAGE, 2 * PAGE, 3, ways=2) == (5, 3, 3)


@given(
    array=st.integers(1, 40 * 64),
    stride=st.integers(1, 300),
    shape=st.sampled_from([(4, 4), (4, 1), (8, 2), (8, 8), (6, 3)]),
    policy=st.sampled_from(["lru", "fifo", "random"]),
)
def test_looking_up_pages_is_as_good_as_looking_up_every_element(array, stride, shape, policy):
    found = run(config(Loop(array, stride, 2), *shape, policy, 64))
    tlb = Tlb(found.config.shape())
    each = []
    for _ in range(2):
        missed = 0
        for offset in range(0, array, stride):
            page = offset // 64
            if tlb.find(page, 0) is None:
                missed += 1
                tlb.fill(TlbEntry(page, page, 0, True, True, True, False))
        each.append(missed)
    assert found.metrics["misses_per_pass"] == tuple(each)
    assert found.metrics["elements"] == len(range(0, array, stride))
    assert found.metrics["pages"] == len({o // 64 for o in range(0, array, stride)})


@given(pages=st.integers(1, 40), stride=st.integers(1, PAGE), entries=st.integers(1, 20))
def test_under_lru_a_loop_misses_all_or_nothing(pages, stride, entries):
    found = run(config(Loop(pages * PAGE, stride, 3), entries))
    assert found.metrics["reach_bytes"] == entries * PAGE
    fits = pages <= entries
    assert found.metrics["misses_per_pass"] == (pages, *[0 if fits else pages] * 2)


@pytest.mark.parametrize("loop", [(0, 8, 2), (8, 0, 2), (8, 8, 0), (8, 8, 10**6)])
def test_loops_that_cannot_be_are_refused(loop):
    with pytest.raises(InputError):
        Loop(*loop)


def test_a_loop_too_long_to_simulate_is_refused_with_what_would_do():
    with pytest.raises(InputError, match="up to 64 MiB"):
        config(Loop((64 << 20) + 1, 8, 2))
    config(Loop(64 << 20, 8, 2))
    config(Loop(1 << 40, 1 << 30, 2))
