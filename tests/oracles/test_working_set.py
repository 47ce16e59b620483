"""Working sets straight from the definition: the different pages among the last tau references."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from simulators import working_sets

strings = st.lists(st.integers(0, 9), min_size=1, max_size=60)


def test_silberschatz_figure() -> None:
    """Operating System Concepts, figure "Working-set model", delta = 10: {1, 2, 5, 6, 7} at t1 and
    {3, 4} at t2."""
    string = "2 6 1 5 7 7 7 7 5 1 6 2 3 4 1 2 3 4 4 4 3 4 3 4 4 4 1 3 2 3 4 4 4 3 4 4 4"
    (sets,) = working_sets([[int(page) for page in string.split()]], tau=10).sets
    assert sets[10 - 1] == {1, 2, 5, 6, 7}
    assert sets[26 - 1] == {3, 4}


@settings(max_examples=200, deadline=None)
@given(pages=strings, tau=st.integers(1, 20))
def test_one_process(pages: list[int], tau: int) -> None:
    expected = [set(pages[max(0, end - tau) : end]) for end in range(1, len(pages) + 1)]
    sizes = [len(pages) for pages in expected]
    seen = working_sets([pages], tau)
    assert seen.sets == [expected]
    assert seen.sizes == sizes
    assert (seen.mean, seen.peak) == (Fraction(sum(sizes), len(sizes)), max(sizes))


@settings(max_examples=120, deadline=None)
@given(
    processes=st.lists(strings, min_size=2, max_size=4), tau=st.integers(1, 20),
    memory=st.integers(1, 25),
)  # fmt: skip
def test_several_processes(processes: list[list[int]], tau: int, memory: int) -> None:
    """Their demand is the sum; a process that has ended wants nothing."""
    sizes = []
    for end in range(1, max(map(len, processes)) + 1):
        running = [pages for pages in processes if end <= len(pages)]
        sizes.append(sum(len(set(pages[max(0, end - tau) : end])) for pages in running))
    seen = working_sets(processes, tau, memory)
    assert seen.sizes == sizes
    assert seen.peak == max(sizes)
    assert seen.thrashing == (max(sizes) > memory)
