"""Tables that `--map` builds, walked by the oracle's own walker."""

from __future__ import annotations

import pytest
from hardware_walks import Expected, riscv, x86_32, x86_64
from hypothesis import given, settings
from hypothesis import strategies as st
from simulators import built_tables

# Layout -> bits translated and, for each level that has pages, the bits of their offset.
OFFSETS = {
    "x86-32": (32, {1: 12, 2: 22}),
    "x86-64": (48, {1: 12, 2: 21, 3: 30}),
    "la57": (57, {1: 12, 2: 21, 3: 30}),
    "sv32": (32, {1: 12, 2: 22}),
    "sv39": (39, {1: 12, 2: 21, 3: 30}),
}


def walk(name: str, memory: dict[int, int], root: int, va: int, access: str, mode: str) -> Expected:
    if name == "x86-32":
        return x86_32(memory, root, va, access, mode, wp=True)
    if name.startswith("sv"):
        return riscv(memory, root, va, access, mode, sv39=name == "sv39", ad="fault")
    return x86_64(memory, root, va, access, mode, wp=True, levels=4 if name == "x86-64" else 5)


@pytest.mark.parametrize("name", OFFSETS)
@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    pages=st.integers(1, 3),
    rights=st.sampled_from(["rwxu", "rwu", "rxu", "ru", "rwx", "r"]),
)
def test_a_mapped_range_translates(name: str, data: st.DataObject, pages: int, rights: str) -> None:
    va_bits, offsets = OFFSETS[name]
    level = data.draw(st.sampled_from(sorted(offsets)))
    offset_bits = offsets[level]
    page = data.draw(st.integers(0, 2 ** (va_bits - 1 - offset_bits) - pages))
    span = 2 ** (offset_bits - 12)
    # Below 4 GiB but for gigapages, and away from the tables in the first frames.
    frame = (
        data.draw(st.integers(4, 900)) * span if level > 1 else data.draw(st.integers(64, 2**19))
    )
    first = page << offset_bits
    last = (page + pages << offset_bits) - 1
    memory, root = built_tables(name, first, last, frame, rights, level)
    user = "user" if "u" in rights else "kernel"
    for va in (first, first + 5, last):
        seen = walk(name, memory, root, va, "r", user)
        assert not seen.faults
        assert seen.pa == frame * 4096 + (va - first)
        for access in "wx":
            allowed = access in rights or (access == "x" and name == "x86-32")
            assert (not walk(name, memory, root, va, access, user).faults) == allowed
    if "u" not in rights:
        assert "kernel-only" in walk(name, memory, root, first, "r", "user").faults
