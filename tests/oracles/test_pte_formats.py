"""Raw entries decoded by hand from the manuals' figures."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulators import decoded_pte

# raw, PPN, the manual's names of the flags set (Intel SDM 3A tables 4-6 and 4-20; RISC-V figures
# "Sv32 page table entry", "Sv39 page table entry").
BY_HAND = [
    ("x86-32", 0x0000_6067, 6, {"P", "R/W", "U/S", "A", "D"}),
    ("x86-32", 0xFFFF_F001, 0xFFFFF, {"P"}),
    ("x86-32", 0x1234_5125, 0x12345, {"P", "U/S", "A", "G"}),
    ("x86-32", 0x0000_109B, 1, {"P", "R/W", "PWT", "PCD", "PAT"}),
    ("x86-32", 0x1234_5E03, 0x12345, {"P", "R/W"}),  # bits 11:9 are software's
    ("x86-32", 0x1234_5066, None, set()),  # P = 0: nothing else counts
    ("x86-64", 0x8000_0000_0000_6067, 6, {"P", "R/W", "U/S", "A", "D", "NX"}),
    ("x86-64", 0x000F_FFFF_FFFF_F001, 0xFF_FFFF_FFFF, {"P"}),
    ("x86-64", 0x7FF0_0000_0000_3025, 3, {"P", "U/S", "A"}),  # 62:52 are ignored
    ("x86-64", 0x0000_0001_2345_6FE7, 0x123456, {"P", "R/W", "U/S", "A", "D", "PAT", "G"}),
    ("la57", 0x8000_0000_0000_6067, 6, {"P", "R/W", "U/S", "A", "D", "NX"}),
    ("sv32", 0x0000_18DF, 6, {"V", "R", "W", "X", "U", "A", "D"}),
    ("sv32", 0xFFFF_FC03, 0x3F_FFFF, {"V", "R"}),
    ("sv32", 0x0000_0369, 0, {"V", "X", "G", "A"}),  # bits 9:8 are software's
    ("sv39", 0x003F_FFFF_FFFF_FC4B, 0xFFF_FFFF_FFFF, {"V", "R", "X", "A"}),
    ("sv39", 0x0000_0000_2000_00CF, 0x80000, {"V", "R", "W", "X", "A", "D"}),  # DRAM in xv6
]


@pytest.mark.parametrize(("form", "raw", "ppn", "flags"), BY_HAND)
def test_decoded_by_hand(form: str, raw: int, ppn: int | None, flags: set[str]) -> None:
    seen = decoded_pte(form, raw)
    assert seen.ppn == ppn
    assert {"NX" if flag == "XD" else flag for flag in seen.flags} == flags


# What a 4 KiB entry with exactly these bits allows (SDM 4.6.1; WP = 1): P 1, R/W 2, U/S 4, XD 63.
XD = 1 << 63


@pytest.mark.parametrize(
    ("raw", "allowed"),
    [
        (0x1, {("kernel", "r"), ("kernel", "x")}),
        (0x3, {("kernel", "r"), ("kernel", "w"), ("kernel", "x")}),
        (0x5, {("kernel", "r"), ("kernel", "x"), ("user", "r"), ("user", "x")}),
        (0x7, {(m, a) for m in ("user", "kernel") for a in "rwx"}),
        (XD | 0x1, {("kernel", "r")}),
        (XD | 0x3, {("kernel", "r"), ("kernel", "w")}),
        (XD | 0x5, {("kernel", "r"), ("user", "r")}),
        (XD | 0x7, {(m, a) for m in ("user", "kernel") for a in "rw"}),
        (XD | 0x6, set()),
        (0x0, set()),
    ],
)
def test_who_may_do_what(raw: int, allowed: set[tuple[str, str]]) -> None:
    for mode in ("user", "kernel"):
        for access in "rwx":
            outcome = decoded_pte("x86-64", raw, access, mode).outcome
            assert (outcome == "hit") == ((mode, access) in allowed), (mode, access, outcome)
            if not raw & 1:
                assert outcome == "not-present"


def test_without_wp_the_kernel_writes_anywhere() -> None:
    assert decoded_pte("x86-64", 0x1, "w", "kernel", wp=False).outcome == "hit"
    assert decoded_pte("x86-64", 0x5, "w", "user", wp=False).outcome == "read-only"


@settings(max_examples=200, deadline=None)
@given(raw=st.integers(0, 2**64 - 1))
def test_every_bit_of_an_x86_64_pte(raw: int) -> None:
    names = ["P", "R/W", "U/S", "PWT", "PCD", "A", "D", "PAT", "G"]
    seen = decoded_pte("x86-64", raw, "r", "kernel")
    if raw % 2 == 0:
        assert (seen.ppn, seen.flags, seen.outcome) == (None, (), "not-present")
        return
    digits = f"{raw:064b}"[::-1]
    expected = {name for name, digit in zip(names, digits, strict=False) if digit == "1"}
    if digits[63] == "1":
        expected.add("NX")
    assert {"NX" if flag == "XD" else flag for flag in seen.flags} == expected
    assert seen.ppn == int(digits[51:11:-1], 2)
    assert seen.outcome == "hit"
