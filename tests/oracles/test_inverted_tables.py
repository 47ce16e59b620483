"""Inverted tables against a list of chains, each new entry put at the head."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulators import looked_up


@settings(max_examples=200, deadline=None)
@given(
    data=st.data(),
    pages=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 31)), max_size=12, unique=True),
    anchors=st.integers(1, 8),
    hash_name=st.sampled_from(["sum", "xor", "vpn"]),
    insertion=st.sampled_from(["head", "tail"]),
    pid=st.integers(0, 3),
    va=st.integers(0, 32 * 16 - 1),
)
def test_random_tables(
    data: st.DataObject, pages: list[tuple[int, int]], anchors: int, hash_name: str, insertion: str,
    pid: int, va: int,
) -> None:  # fmt: skip
    frames = data.draw(st.permutations(range(12)))[: len(pages)]

    def anchor(pid: int, vpn: int) -> int:
        number = {"sum": pid + vpn, "xor": pid ^ vpn, "vpn": vpn}[hash_name]
        return number % anchors

    chain: list[tuple[int, int, int]] = []
    for (owner, vpn), frame in zip(pages, frames, strict=True):
        if anchor(owner, vpn) == anchor(pid, va // 16):
            chain.insert(0 if insertion == "head" else len(chain), (owner, vpn, frame))
    probes, found = 0, None
    for owner, vpn, frame in chain:
        probes += 1
        if (owner, vpn) == (pid, va // 16):
            found = frame
            break
    seen = looked_up(
        [(f, p, v) for (p, v), f in zip(pages, frames, strict=True)],
        pid, va, frames=12, anchors=anchors, page_size=16, hash_name=hash_name, insertion=insertion,
    )  # fmt: skip
    expected_pa = None if found is None else found * 16 + va % 16
    assert seen == (anchor(pid, va // 16), probes, found, expected_pa, found is not None)


@pytest.mark.parametrize(("pid", "probes", "frame"), [(1, 2, 0), (2, 1, 1), (3, 2, None)])
def test_two_pages_on_one_anchor(pid: int, probes: int, frame: int | None) -> None:
    """Pages (1, 6) and (2, 5): both sums are 7; the later one stands first and is found at once."""
    va = {1: 6, 2: 5, 3: 4}[pid] * 16
    seen = looked_up(
        [(0, 1, 6), (1, 2, 5)], pid, va, frames=4, anchors=4, page_size=16, hash_name="sum",
        insertion="head",
    )  # fmt: skip
    assert (seen.anchor, seen.probes, seen.frame) == (3, probes, frame)
