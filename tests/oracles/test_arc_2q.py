"""ARC, 2Q and the plain policies against libCacheSim, hit by hit.

libCacheSim (Yang and others, the cache-research simulator in C; ``libcachesim`` on the package index)
is compared in process, every object of size 1. Known differences, all of them arithmetic:

- its ARC keeps p in floating point, so that |T1| = p can fail by a rounding error where an exact
  fraction finds equality (the hits of 10 in 3000 random strings differ). The oracle's ARC run with
  float p agrees with it always; the simulator is compared on the strings where both p give the same.
- its 2Q rounds A1in and A1out down to 0 below four frames, ours to 1: compared from four frames on.
- its Clock gives a new object R = 0 unless told otherwise: it is told (init_freq = 1).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_policies import arc
from simulators import replace_faults, replace_outcomes

libcachesim: Any = pytest.importorskip(
    "libcachesim", reason="the package libcachesim is not installed (no wheel for every system)"
)

strings = st.one_of(
    st.lists(st.integers(0, 9), min_size=1, max_size=80),
    st.lists(st.integers(0, 40), min_size=20, max_size=250),
    # Loops with excursions: what moves ARC's p up and down.
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(1, 12)).map(
            lambda run: list(range(run[0], run[0] + run[1]))
        ),
        min_size=1,
        max_size=30,
    ).map(lambda runs: [page for run in runs for page in run]),
)


def hits_of(cache: Any, pages: list[int]) -> list[bool]:
    hits = []
    for now, page in enumerate(pages):
        request = libcachesim.Request()
        request.obj_id = page
        request.obj_size = 1
        request.clock_time = now
        following = (i for i in range(now + 1, len(pages)) if pages[i] == page)
        request.next_access_vtime = next(following, 2**62)  # read by Belady only
        hits.append(cache.get(request))
    return hits


def ours(policy: str, frames: int, pages: list[int]) -> list[bool]:
    return [o.hit for o in replace_outcomes(policy, frames, [str(page) for page in pages])]


@pytest.mark.parametrize(
    ("policy", "name", "parameters"),
    [
        ("fifo", "FIFO", {}),
        ("lru", "LRU", {}),
        ("clock", "Clock", {"init_freq": 1}),
        ("lfu", "LFU", {}),
    ],
)
@settings(max_examples=200, deadline=None)
@given(pages=strings, frames=st.integers(1, 16))
def test_plain_policies(
    policy: str, name: str, parameters: dict[str, int], pages: list[int], frames: int
) -> None:
    cache = getattr(libcachesim, name)(cache_size=frames, hashpower=8, **parameters)
    assert ours(policy, frames, pages) == hits_of(cache, pages)


@settings(max_examples=120, deadline=None)
@given(pages=strings, frames=st.integers(4, 24))
def test_2q(pages: list[int], frames: int) -> None:
    cache = libcachesim.TwoQ(cache_size=frames, hashpower=8)
    assert ours("2q", frames, pages) == hits_of(cache, pages)


@settings(max_examples=200, deadline=None)
@given(pages=strings, frames=st.integers(1, 24))
def test_arc(pages: list[int], frames: int) -> None:
    references = [str(page) for page in pages]
    theirs = hits_of(libcachesim.ARC(cache_size=frames, hashpower=8), pages)
    exact, rounded = ([o.hit for o in arc(frames, references, p)] for p in (Fraction, float))
    assert rounded == theirs
    if exact == rounded:
        assert ours("arc", frames, pages) == theirs


@settings(max_examples=200, deadline=None)
@given(pages=strings, frames=st.integers(1, 16))
def test_opt_faults_as_often_as_belady(pages: list[int], frames: int) -> None:
    cache = libcachesim.Belady(cache_size=frames, hashpower=8)
    assert replace_faults("opt", frames, pages) == hits_of(cache, pages).count(False)
