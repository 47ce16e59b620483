"""Sv32 and Sv39 walks against tables written down by hand from the RISC-V Privileged manual."""

from __future__ import annotations

import pytest
from hardware_walks import agrees, riscv
from hypothesis import given, settings
from hypothesis import strategies as st
from simulators import walked

# A leaf that allows everything: D A . U X W R V = 1101 1111; a pointer to a table: V alone.
ALL, POINTER = 0xDF, 0x01


def test_sv32() -> None:
    """VA 0x00403004: VPN[1] = 1, VPN[0] = 3. PPN 2 is written at bit 10: 2 << 10 = 0x800."""
    memory = {0x1004: 0x0000_0801, 0x200C: 0x0000_18DF}
    seen = walked("sv32", memory, 0x1000, 0x0040_3004, data={0x6004: 0x5A})
    assert seen == ("hit", 0x6004, (0x1004, 0x200C), (0x801, 0x18DF), 0x5A, 3)


def test_sv32_physical_addresses_have_34_bits() -> None:
    """PPN of all ones: 22 bits, so the page begins at 0x3FFFFF000."""
    memory = {0x1004: 0x0000_0801, 0x200C: 0xFFFF_FCDF}
    assert walked("sv32", memory, 0x1000, 0x0040_3004).pa == 0x3_FFFF_F004


def test_sv32_megapage() -> None:
    """A leaf at level 1 with PPN[1] = 5, PPN[0] = 0: 4 MiB at 5 << 22."""
    seen = walked("sv32", {0x1004: 0x0050_00DF}, 0x1000, 0x0040_3004)
    assert (seen.outcome, seen.pa, seen.memory_accesses) == ("hit", 0x0140_3004, 2)


def test_sv32_misaligned_megapage() -> None:
    seen = walked("sv32", {0x1004: 0x0050_04DF}, 0x1000, 0x0040_3004)
    assert (seen.outcome, seen.pa) == ("misaligned", None)


SV39 = {
    0x1010: 0x801,  # VPN[2] = 2 -> table in frame 2
    0x2018: 0xC01,  # VPN[1] = 3 -> table in frame 3
    0x3020: 0x0000_0123_4567_88DF,  # VPN[0] = 4 -> page
}
VA_2_3_4 = (2 << 30) + (3 << 21) + (4 << 12) + 5  # 0x80604005


def test_sv39() -> None:
    """The page's PPN: 0x0000012345678800 >> 10 = 0x48D159E2; its address: << 12."""
    assert VA_2_3_4 == 0x8060_4005
    seen = walked("sv39", SV39, 0x1000, VA_2_3_4)
    assert (seen.outcome, seen.pa) == ("hit", 0x48D1_59E2 << 12 | 5)
    assert seen.reads == (0x1010, 0x2018, 0x3020)
    assert seen.memory_accesses == 4


def test_sv39_highest_frame() -> None:
    """PPN of 44 ones: the page begins at 2^56 - 4096."""
    memory = SV39 | {0x3020: 0x003F_FFFF_FFFF_FCDF}
    assert walked("sv39", memory, 0x1000, VA_2_3_4).pa == 2**56 - 4096 + 5


def test_sv39_megapage_and_gigapage() -> None:
    mega = walked("sv39", SV39 | {0x2018: (7 << 9) << 10 | ALL}, 0x1000, VA_2_3_4)
    assert (mega.outcome, mega.pa, mega.memory_accesses) == ("hit", (7 << 21) + 0x4005, 3)
    giga = walked("sv39", SV39 | {0x1010: (7 << 18) << 10 | ALL}, 0x1000, VA_2_3_4)
    assert (giga.outcome, giga.pa, giga.memory_accesses) == ("hit", (7 << 30) + 0x60_4005, 2)


def test_sv39_kernel_half() -> None:
    """0xFFFFFFC000000000 is the lowest canonical address of the upper half: VPN[2] = 256."""
    memory = {0x1800: 0x801, 0x2000: 0xC01, 0x3000: 0x10CF}
    seen = walked("sv39", memory, 0x1000, 0xFFFF_FFC0_0000_0008, "w", "kernel")
    assert (seen.outcome, seen.pa) == ("hit", 0x4008)


@pytest.mark.parametrize("va", [0x40_0000_0000, 0xFFFF_FFBF_FFFF_FFFF])
def test_sv39_bits_63_to_39_must_equal_bit_38(va: int) -> None:
    assert walked("sv39", SV39, 0x1000, va).outcome == "non-canonical"


@pytest.mark.parametrize(
    ("leaf", "access", "mode", "outcome"),
    [
        # V=0; W without R, with and without X: reserved; no R, W, X at the last level: no leaf.
        (0xDE, "r", "user", "not-present"),
        (0xD5, "w", "user", "reserved-bit"),
        (0xDD, "w", "user", "reserved-bit"),
        (0x01, "r", "user", "not-leaf"),
        # U = 0 for the user; U = 1 for a kernel fetch, with SUM = 1 only loads and stores pass.
        (0xCF, "r", "user", "kernel-only"),
        (0xCF, "r", "kernel", "hit"),
        (0xDF, "r", "kernel", "hit"),
        (0xDF, "w", "kernel", "hit"),
        (0xDF, "x", "kernel", "user-page"),
        (0xCF, "x", "kernel", "hit"),
        # R, W, X each for itself; the kernel is not exempt; execute-only pages exist.
        (0xDB, "w", "user", "read-only"),
        (0xC3, "w", "kernel", "read-only"),
        (0xD9, "r", "user", "not-readable"),
        (0xD9, "x", "user", "hit"),
        (0xD7, "x", "user", "no-execute"),
        (0xD7, "w", "user", "hit"),
        # A clear: any access; D clear: stores alone.
        (0x9F, "r", "user", "accessed-clear"),
        (0x5F, "r", "user", "hit"),
        (0x5F, "x", "user", "hit"),
        (0x5F, "w", "user", "dirty-clear"),
        # Bits 8 and 9 are software's, bit 5 is G.
        (0x3FF, "r", "user", "hit"),
    ],
)
@pytest.mark.parametrize("layout", ["sv32", "sv39"])
def test_leaf_bits(layout: str, leaf: int, access: str, mode: str, outcome: str) -> None:
    memory = {0x1000: 0x801, 0x2000: (0x1000 if layout == "sv32" else 0xC00) | leaf}
    if layout == "sv39":
        memory = {0x1000: 0x801, 0x2000: 0xC01, 0x3000: 0x1000 | leaf}
    seen = walked(layout, memory, 0x1000, 0x10, access, mode)
    assert seen.outcome == outcome
    set_by_hardware = walked(layout, memory, 0x1000, 0x10, access, mode, ad="set")
    assert set_by_hardware.outcome == ("hit" if outcome.endswith("-clear") else outcome)


@pytest.mark.parametrize("stray", [54, 60, 61, 62, 63])
def test_sv39_high_bits_are_reserved(stray: int) -> None:
    """60:54 for the future, 62:61 without Svpbmt, 63 without Svnapot."""
    memory = SV39 | {0x3020: SV39[0x3020] | 1 << stray}
    assert walked("sv39", memory, 0x1000, VA_2_3_4).outcome == "reserved-bit"


accesses = st.sampled_from("rwx")
modes = st.sampled_from(["user", "kernel"])


@settings(max_examples=400, deadline=None)
@given(
    data=st.data(),
    sv39=st.booleans(),
    access=accesses,
    mode=modes,
    ad=st.sampled_from(["fault", "set"]),
)
def test_random_walks(data: st.DataObject, sv39: bool, access: str, mode: str, ad: str) -> None:
    levels, bits, size, ppn_bits = (3, 9, 8, 44) if sv39 else (2, 10, 4, 22)
    va = data.draw(st.integers(0, 2**32 - 1))
    if sv39:
        va = data.draw(st.integers(-(2**38), 2**38 - 1)) % 2**64
        if data.draw(st.integers(0, 19)) == 0:
            va ^= 1 << data.draw(st.integers(39, 63))
    memory = {}
    table = root = 0x5000
    for level in range(levels - 1, -1, -1):
        shift = 12 + bits * level
        leaf = level == 0 or data.draw(st.integers(0, 4)) == 0
        if leaf:
            flags = data.draw(st.one_of(st.just(ALL), st.integers(0, 0xFF)))
            ppn = data.draw(st.integers(0, (1 << ppn_bits) - 1))
            if data.draw(st.integers(0, 4)):
                ppn &= -1 << bits * level
        else:
            flags = POINTER | data.draw(st.sampled_from([0] * 12 + [0x20, 0x40, 0x80, 0x10]))
            ppn = 5 + levels - level
        entry = ppn << 10 | data.draw(st.sampled_from([0, 0, 0x300])) | flags
        if sv39 and data.draw(st.integers(0, 19)) == 0:
            entry |= 1 << data.draw(st.integers(54, 63))
        memory[table + size * (va >> shift & (1 << bits) - 1)] = entry
        table = ppn << 12
        if leaf:
            break
    if level and not flags & 0xE:  # a leaf that is none leads on, to nothing we wrote
        memory[table + size * (va >> shift - bits & (1 << bits) - 1)] = 0
    layout = "sv39" if sv39 else "sv32"
    seen = walked(layout, memory, root, va, access, mode, ad=ad)
    expected = riscv(memory, root, va, access, mode, sv39=sv39, ad=ad)
    assert agrees(seen, expected), (seen, expected)
