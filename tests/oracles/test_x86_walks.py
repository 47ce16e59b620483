"""x86 page walks against tables written down by hand from the Intel manual's bit layouts."""

from __future__ import annotations

import pytest
from hardware_walks import agrees, x86_32, x86_64
from hypothesis import given, settings
from hypothesis import strategies as st
from simulators import walked

# The hexadecimal numbers are worked out by hand; 7 = P + R/W + U/S, 0x80 = PS, 1 << 63 = XD.
XD = 1 << 63


def test_32_bit_two_levels() -> None:
    """VA 0x00403004 = 0000000001 0000000011 0x004: PDE 1, PTE 3, offset 4."""
    memory = {0x1004: 0x0000_2007, 0x200C: 0x0000_6007}
    seen = walked("x86-32", memory, 0x1000, 0x0040_3004, data={0x6004: 0x5A})
    assert seen == ("hit", 0x6004, (0x1004, 0x200C), (0x2007, 0x6007), 0x5A, 3)


def test_32_bit_highest_address() -> None:
    """VA 0xFFFFFFFF: PDE 1023 at the table's end, PTE 1023, offset 0xFFF."""
    memory = {0x1FFC: 0xABCD_E007, 0xABCD_EFFC: 0xFFFF_F007}
    seen = walked("x86-32", memory, 0x1000, 0xFFFF_FFFF)
    assert (seen.outcome, seen.pa) == ("hit", 0xFFFF_FFFF)


def test_32_bit_huge_page() -> None:
    """PS = 1 in PDE 3: a page of 4 MiB at 0x08000000; the 22 low bits are offset."""
    seen = walked("x86-32", {0x100C: 0x0800_0087}, 0x1000, 0x00C1_2345)
    assert (seen.outcome, seen.pa, seen.memory_accesses) == ("hit", 0x0801_2345, 2)


def test_32_bit_huge_page_pat_is_no_address_bit() -> None:
    """Bit 12 of a PDE with PS = 1 is PAT."""
    seen = walked("x86-32", {0x100C: 0x0800_1087}, 0x1000, 0x00C1_2345)
    assert (seen.outcome, seen.pa) == ("hit", 0x0801_2345)


def test_bit_7_of_a_32_bit_pte_is_pat() -> None:
    memory = {0x1004: 0x2007, 0x200C: 0x6087}
    assert walked("x86-32", memory, 0x1000, 0x0040_3004).pa == 0x6004


FOUR_LEVELS = {
    0x1008: 0x2007,  # PML4E 1
    0x2010: 0x3007,  # PDPTE 2
    0x3018: 0x4007,  # PDE 3
    0x4020: 0x0009_8765_4321_0007,  # PTE 4, bits 62:59 and 58:52 clear
}
VA_1_2_3_4 = (1 << 39) + (2 << 30) + (3 << 21) + (4 << 12) + 5  # 0x80_8060_4005


def test_four_levels() -> None:
    assert VA_1_2_3_4 == 0x80_8060_4005
    seen = walked("x86-64", FOUR_LEVELS, 0x1000, VA_1_2_3_4)
    assert seen.outcome == "hit"
    assert seen.pa == 0x0009_8765_4321_0005
    assert seen.reads == (0x1008, 0x2010, 0x3018, 0x4020)
    assert seen.memory_accesses == 5


def test_five_levels() -> None:
    """LA57: PML5E 6 on top of the same walk."""
    seen = walked("la57", FOUR_LEVELS | {0x30: 0x1007}, 0, (6 << 48) + VA_1_2_3_4)
    assert (seen.outcome, seen.pa) == ("hit", 0x0009_8765_4321_0005)
    assert seen.reads == (0x30, 0x1008, 0x2010, 0x3018, 0x4020)
    assert seen.memory_accesses == 6


def test_two_mebibyte_page() -> None:
    memory = FOUR_LEVELS | {0x3018: 0x1_2340_0087}
    seen = walked("x86-64", memory, 0x1000, VA_1_2_3_4)
    assert (seen.outcome, seen.pa, seen.memory_accesses) == ("hit", 0x1_2340_4005, 4)


def test_one_gibibyte_page() -> None:
    memory = FOUR_LEVELS | {0x2010: 0x40_4000_0087}
    seen = walked("x86-64", memory, 0x1000, VA_1_2_3_4)
    assert (seen.outcome, seen.pa, seen.memory_accesses) == ("hit", 0x40_4060_4005, 3)


@pytest.mark.parametrize(
    ("at", "entry"),
    [
        (0x1008, 0x2087),  # PML4E: PS
        (0x2010, 0x40_6000_0087),  # 1 GiB page: bit 29
        (0x2010, 0x40_4000_2087),  # 1 GiB page: bit 13
        (0x3018, 0x1_2350_0087),  # 2 MiB page: bit 20
        (0x3018, 0x1_2340_2087),  # 2 MiB page: bit 13
    ],
)
def test_reserved_bits(at: int, entry: int) -> None:
    seen = walked("x86-64", FOUR_LEVELS | {at: entry}, 0x1000, VA_1_2_3_4)
    assert (seen.outcome, seen.pa) == ("reserved-bit", None)


@pytest.mark.parametrize("va", [0x0000_8000_0000_0000, 0xFFFF_7FFF_FFFF_FFFF, 1 << 63])
def test_non_canonical_addresses_are_not_walked(va: int) -> None:
    seen = walked("x86-64", FOUR_LEVELS, 0x1000, va)
    assert (seen.outcome, seen.reads, seen.memory_accesses) == ("non-canonical", (), 0)


def test_kernel_half() -> None:
    """0xFFFFFFFF80000000: PML4E 511, PDPTE 510, PDE 0, PTE 0."""
    memory = {0x1FF8: 0x2003, 0x2FF0: 0x3003, 0x3000: 0x4003, 0x4000: 0x9003}
    seen = walked("x86-64", memory, 0x1000, 0xFFFF_FFFF_8000_0ABC, "w", "kernel")
    assert (seen.outcome, seen.pa) == ("hit", 0x9ABC)


@pytest.mark.parametrize("level", [0x1008, 0x2010, 0x3018, 0x4020])
@pytest.mark.parametrize(
    ("clear", "put", "access", "mode", "wp", "outcome"),
    [
        (1, 0, "r", "user", True, "not-present"),
        (2, 0, "w", "user", True, "read-only"),
        (2, 0, "w", "user", False, "read-only"),
        (2, 0, "w", "kernel", True, "read-only"),
        (2, 0, "w", "kernel", False, "hit"),
        (2, 0, "r", "user", True, "hit"),
        (4, 0, "r", "user", True, "kernel-only"),
        (4, 0, "x", "user", True, "kernel-only"),
        (4, 0, "r", "kernel", True, "hit"),
        (4, 0, "w", "kernel", True, "hit"),
        (0, XD, "x", "user", True, "no-execute"),
        (0, XD, "x", "kernel", True, "no-execute"),
        (0, XD, "r", "user", True, "hit"),
        (0, XD, "w", "user", True, "hit"),
    ],
)
def test_a_right_taken_away_at_any_level(
    level: int, clear: int, put: int, access: str, mode: str, wp: bool, outcome: str
) -> None:
    memory = FOUR_LEVELS | {level: FOUR_LEVELS[level] & ~clear | put}
    assert walked("x86-64", memory, 0x1000, VA_1_2_3_4, access, mode, wp=wp).outcome == outcome


def test_absence_lower_down_outranks_rights_higher_up() -> None:
    """SDM 4.7: P = 0 in the error code whenever an entry of the walk was not present."""
    memory = FOUR_LEVELS | {0x1008: 0x2001, 0x4020: 0}
    assert walked("x86-64", memory, 0x1000, VA_1_2_3_4, "w").outcome == "not-present"


accesses = st.sampled_from("rwx")
modes = st.sampled_from(["user", "kernel"])
mostly_7 = st.sampled_from([7, 7, 7, 7, 7, 3, 5, 1, 6, 0])
ignored_low = st.integers(0, 0xF).map(lambda n: (n & 0b11) << 3 | (n & 0b1100) << 3)  # 3, 4, 5, 6


@settings(max_examples=200, deadline=None)
@given(
    va=st.integers(0, 2**32 - 1), access=accesses, mode=modes, wp=st.booleans(),
    flags=st.tuples(mostly_7, mostly_7), low=st.tuples(ignored_low, ignored_low),
    huge=st.booleans(), high=st.integers(0, 0xFFFFF), stray=st.sampled_from([0, 0, 0, 0x2000, 0x1000]),
)  # fmt: skip
def test_random_32_bit_walks(
    va: int, access: str, mode: str, wp: bool, flags: tuple[int, int], low: tuple[int, int],
    huge: bool, high: int, stray: int,
) -> None:  # fmt: skip
    pde = (high << 12 & 0xFFC0_0000 | 0x80 | stray) if huge else 0x0004_5000
    memory = {
        0x7000 + (va >> 22) * 4: pde | flags[0] | low[0],
        0x0004_5000 + (va >> 12 & 1023) * 4: high << 12 | flags[1] | low[1],
    }
    seen = walked("x86-32", memory, 0x7000, va, access, mode, wp=wp)
    expected = x86_32(memory, 0x7000, va, access, mode, wp)
    assert agrees(seen, expected), (seen, expected)


@settings(max_examples=400, deadline=None)
@given(
    data=st.data(), levels=st.sampled_from([4, 5]), access=accesses, mode=modes, wp=st.booleans()
)
def test_random_64_bit_walks(
    data: st.DataObject, levels: int, access: str, mode: str, wp: bool
) -> None:
    bits = 48 if levels == 4 else 57
    va = data.draw(st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)) % (1 << 64)
    if data.draw(st.integers(0, 19)) == 0:
        va ^= 1 << data.draw(st.integers(bits, 63))
    memory = {}
    table = cr3 = 0x5000
    for level in range(levels, 0, -1):
        shift = 12 + 9 * (level - 1)
        entry = data.draw(mostly_7) | data.draw(ignored_low)
        entry |= data.draw(st.sampled_from([0, 0, 0, XD]))
        entry |= data.draw(st.sampled_from([0, 0, 0x7FF])) << 52  # ignored: 62:52
        page_size_bit = data.draw(st.integers(0, 5)) == 0
        if level == 1 or (page_size_bit and level in (2, 3)):
            frame = data.draw(st.integers(0, (1 << 40) - 1))
            frame &= -1 << shift - 12  # reserved bits clear …
            frame |= data.draw(st.sampled_from([0, 0, 0, 0b10])) if level > 1 else 0  # … or one set
            frame |= data.draw(st.integers(0, 1)) if level > 1 else 0  # PAT
            entry |= frame << 12
        else:
            entry |= (0x5000 + (levels - level + 1) * 0x1000) | 0xA << 40
        entry |= 0x80 if page_size_bit else 0
        memory[table + 8 * (va >> shift & 511)] = entry
        table = entry & 0x000F_FFFF_FFFF_F000
        if level > 1 and page_size_bit and level in (2, 3):
            break
    seen = walked("x86-64" if levels == 4 else "la57", memory, cr3, va, access, mode, wp=wp)
    expected = x86_64(memory, cr3, va, access, mode, wp, levels)
    assert agrees(seen, expected), (seen, expected)
