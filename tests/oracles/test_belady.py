"""Belady's anomaly and the stack property, on counts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulators import replace_faults

BELADY = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]


def test_the_classic_string() -> None:
    """Belady, Nelson and Shedler (CACM 1969): 9 faults with three frames, 10 with four."""
    assert [replace_faults("fifo", n, BELADY) for n in (3, 4, 5)] == [9, 10, 5]


@pytest.mark.parametrize("policy", ["lru", "opt", "lfu-counts-kept", "mru"])
@settings(max_examples=120, deadline=None)
@given(pages=st.lists(st.integers(0, 7), min_size=1, max_size=60))
def test_stack_policies_never_fault_more_with_more_frames(policy: str, pages: list[int]) -> None:
    """Mattson and others (1970): priorities that do not depend on the size of memory."""
    kept = {"counts_kept": True} if policy.startswith("lfu") else {}
    name = policy.partition("-")[0]
    curve = [replace_faults(name, frames, pages, **kept) for frames in range(1, 10)]
    assert all(more <= fewer for fewer, more in pairwise(curve))


@settings(max_examples=120, deadline=None)
@given(pages=st.lists(st.integers(0, 7), min_size=1, max_size=60))
def test_one_frame_and_enough_frames(pages: list[int]) -> None:
    """With one frame every policy faults whenever the page changes, with enough once for each page."""
    changes = 1 + sum(a != b for a, b in pairwise(pages))
    for policy in ("fifo", "lru", "clock", "opt", "unopt", "lfu", "2q", "arc", "aging", "wsclock"):
        assert replace_faults(policy, 1, pages) == changes
        assert replace_faults(policy, 8, pages) == len(set(pages))
