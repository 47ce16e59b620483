"""Choosing among caches."""

from dataclasses import replace

import pytest

from oslab import InputError
from oslab_cache.cache import CacheShape
from oslab_cache.design import DesignConfig, chosen, run
from oslab_cache.problems.design import Design


def lru(lines, ways):
    return CacheShape(lines * 8, 8, ways, "lru", "back", True, 0)


# Lines 0, 2, 0, 4, 0, 2 of 8 bytes: with 2 lines direct-mapped all are in set 0.
STRING = ("0x0", "0x10", "0x4", "0x20", "0x3", "0x11")
CONFIG = DesignConfig((lru(4, 2), lru(2, 1), lru(4, 4), lru(2, 2)), STRING, 4)


def test_misses_worked_out_by_hand_and_the_smallest_that_will_do():
    found = run(CONFIG).metrics
    # 4 lines in 2 ways: 0, 2 and 4 share set 0: M M H M H M. All direct-mapped: every access misses.
    assert [cache["misses"] for cache in found["candidates"]] == [4, 6, 3, 4]
    assert (found["cache"], found["misses"]) == (4, 4)


def test_of_equally_large_caches_the_one_with_fewer_ways_is_taken():
    assert chosen((lru(4, 4), lru(4, 2)), (3, 3), 3) == 1
    assert chosen((lru(4, 4), lru(8, 2)), (3, 3), 3) == 0
    assert chosen((lru(4, 4),), (3,), 2) is None


def test_modelled_mistakes():
    problem = Design()
    assert problem.biggest(CONFIG)["choice"] == [{"number": 3, "misses": 3}]
    hits = problem.hits_as_misses(CONFIG)
    assert [row["misses"] for row in hits["candidates"]] == [2, 0, 3, 2]
    assert hits["choice"] == [{"number": 2, "misses": 0}]
    fifo = problem.fifo_for_lru(CONFIG)
    # FIFO throws line 0 out for 4, though it was just used.
    assert [row["misses"] for row in fifo["candidates"]] == [5, 6, 3, 5]
    alone = problem.byte_is_line(CONFIG)
    assert [row["misses"] for row in alone["candidates"]] == [6, 6, 6, 6]


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="no two"):
        replace(CONFIG, candidates=(lru(4, 2), lru(4, 2)))
    with pytest.raises(InputError, match="only loads"):
        replace(CONFIG, references=("0x0w",))
    with pytest.raises(InputError, match="no candidate"):
        run(replace(CONFIG, bound=1))
