"""OPT and UNOPT against every possible choice of victims.

OPT's tie rule cannot change its count, so brute force settles it. UNOPT (evict the page used soonest)
is greedy, and greedy choices need proof: the search finds it to be the worst of all demand-paging
policies on every string of up to nine references and five pages (111 723 cases were tried once; the
shorter ones are tried here each time) and on all random strings drawn. The project may call it the
worst choice among policies that evict only on a fault and only when all frames are full.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from brute_force import extreme_faults
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_policies import POLICIES
from simulators import replace_faults


def strings(length: int, pages: int) -> Iterator[list[int]]:
    """All strings but for the names of the pages: a page is named by when it first occurs."""

    def longer(start: list[int]) -> Iterator[list[int]]:
        if len(start) == length:
            yield start
            return
        for page in range(min(max(start, default=-1) + 2, pages)):
            yield from longer([*start, page])

    return longer([])


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_all_strings_of_seven_references(frames: int) -> None:
    for pages in strings(7, 5):
        assert replace_faults("opt", frames, pages) == extreme_faults(pages, frames, min)
        assert replace_faults("unopt", frames, pages) == extreme_faults(pages, frames, max)


@settings(max_examples=150, deadline=None)
@given(pages=st.lists(st.integers(0, 6), min_size=1, max_size=16), frames=st.integers(1, 4))
def test_random_strings(pages: list[int], frames: int) -> None:
    assert replace_faults("opt", frames, pages) == extreme_faults(pages, frames, min)
    assert replace_faults("unopt", frames, pages) == extreme_faults(pages, frames, max)


@settings(max_examples=150, deadline=None)
@given(pages=st.lists(st.integers(0, 15), min_size=1, max_size=80), frames=st.integers(1, 8))
def test_every_policy_lies_between_opt_and_unopt(pages: list[int], frames: int) -> None:
    least = replace_faults("opt", frames, pages)
    most = replace_faults("unopt", frames, pages)
    for policy in (*POLICIES, "random"):
        assert least <= replace_faults(policy, frames, pages) <= most, policy
