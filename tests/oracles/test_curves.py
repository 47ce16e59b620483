"""One-pass curves and stack distances against a stack kept by hand and a run for each size."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from naive_policies import faults, simulate
from simulators import compared, curve, stack_distances

ALL = ("opt", "lru", "fifo", "clock", "lfu", "unopt", "2q", "arc")


def distances_by_hand(pages: list[int]) -> list[int | None]:
    """How many different pages were used since this one was, itself included."""
    found: list[int | None] = []
    for now, page in enumerate(pages):
        before = [i for i in range(now) if pages[i] == page]
        found.append(len(set(pages[before[-1] : now])) if before else None)
    return found


def test_tanenbaum_distance_string() -> None:
    """Modern Operating Systems, "Stack Algorithms" (2nd edition): the string and its distances."""
    pages = [int(page) for page in "021354637473355311172341"]
    new = None
    expected = [
        new, new, new, new, new, new, new, 4, new, 4, 2, 3, 1, 5, 1, 2, 6, 1, 1, 4, 7, 4, 6, 5,
    ]  # fmt: skip
    assert distances_by_hand(pages) == expected, "the oracle itself"
    assert stack_distances(pages, 8)[0] == expected


@settings(max_examples=200, deadline=None)
@given(pages=st.lists(st.integers(0, 9), min_size=1, max_size=80))
def test_distances_of_short_strings(pages: list[int]) -> None:
    distances, hits = stack_distances(pages, 11)
    assert distances == distances_by_hand(pages)
    for frames in range(1, 12):
        naive = faults(simulate("lru", frames, [str(page) for page in pages]))
        assert hits[frames - 1] == len(pages) - naive


@settings(max_examples=60, deadline=None)
@given(pages=st.lists(st.integers(0, 150), min_size=200, max_size=600))
def test_distances_of_many_pages(pages: list[int]) -> None:
    assert stack_distances(pages, 160)[0] == distances_by_hand(pages)


@settings(max_examples=60, deadline=None)
@given(
    pages=st.lists(st.integers(0, 9), min_size=1, max_size=60),
    least=st.integers(1, 4), more=st.integers(0, 7),
)  # fmt: skip
def test_curves(pages: list[int], least: int, more: int) -> None:
    references = [str(page) for page in pages]
    sizes = range(least, least + more + 1)
    expected = {
        policy: [faults(simulate(policy, frames, references)) for frames in sizes] for policy in ALL
    }
    seen = curve(ALL, least + more, pages, least)
    assert seen.faults == expected
    for policy, counts in expected.items():
        words = ["more" if b > a else "fewer" if b < a else "same" for a, b in pairwise(counts)]
        assert seen.changes[policy] == words
    assert seen.anomalies == {
        (policy, least + i, expected[policy][i], expected[policy][i + 1])
        for policy in ALL
        for i in range(more)
        if expected[policy][i + 1] > expected[policy][i]
    }


@settings(max_examples=60, deadline=None)
@given(pages=st.lists(st.integers(0, 120), min_size=150, max_size=400))
def test_opt_curve_of_many_pages(pages: list[int]) -> None:
    references = [str(page) for page in pages]
    sizes = (1, 2, 3, 7, 40, 90)
    seen = curve(["opt"], 90, pages).faults["opt"]
    for frames in sizes:
        assert seen[frames - 1] == faults(simulate("opt", frames, references))


def test_the_anomaly_is_named() -> None:
    seen = curve(["fifo", "lru"], 5, [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5])
    assert seen.faults["fifo"] == [12, 12, 9, 10, 5]
    assert seen.anomalies == {("fifo", 3, 9, 10)}


@settings(max_examples=100, deadline=None)
@given(
    references=st.lists(
        st.tuples(st.integers(0, 7), st.sampled_from(["", "w"])).map(lambda r: f"{r[0]}{r[1]}"),
        min_size=1,
        max_size=50,
    ),
    frames=st.integers(1, 5),
)
def test_compared_side_by_side(references: list[str], frames: int) -> None:
    for policy, seen in compared(ALL, frames, references).items():
        naive = simulate(policy, frames, references)
        assert seen["faults"] == faults(naive)
        assert seen["evictions"] == sum(o.victim is not None for o in naive)
        assert seen["writebacks"] == sum(o.writes for o in naive)
