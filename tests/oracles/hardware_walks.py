"""Page walks a second time, from the manuals' bit layouts alone.

x86: Intel SDM volume 3A, chapter 4: tables 4-4 to 4-6 (32-bit paging), 4-14 to 4-20 (4- and 5-level
paging), sections 4.6.1 (access rights) and 4.7 (what a page fault reports). NXE = 1, WP as told,
no SMEP, SMAP or protection keys; physical addresses of 52 bits (32 bits with 32-bit paging).

RISC-V: Privileged Architecture, "Virtual Address Translation Process" of Sv32, and Sv39. SUM = 1,
MXR = 0, no Svpbmt, no Svnapot; entries that point to a table must have D, A and U clear.

A walk that may not end in a hit reports the *set* of everything that forbids it, where the manual
ranks nothing: the hardware says only "page fault".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from simulators import WalkSeen


class Expected(NamedTuple):
    """`faults` is empty on a hit; `reads` are the addresses of the entries, `raw` their contents."""

    faults: frozenset[str]
    pa: int | None
    reads: tuple[int, ...]
    raw: tuple[int, ...]


def agrees(seen: WalkSeen, expected: Expected) -> bool:
    outcome_right = seen.outcome in (expected.faults or {"hit"})
    accesses = len(expected.reads) + (not expected.faults)
    return (
        outcome_right
        and seen.pa == expected.pa
        and seen.reads == expected.reads
        and seen.raw == expected.raw
        and seen.memory_accesses == accesses
    )


def bit(value: int, number: int) -> bool:
    return value >> number & 1 == 1


def stop(reason: str, reads: list[int], raw: list[int]) -> Expected:
    return Expected(frozenset({reason}), None, tuple(reads), tuple(raw))


def x86_32(
    memory: Mapping[int, int], cr3: int, va: int, access: str, mode: str, wp: bool
) -> Expected:
    """32-bit paging with CR4.PSE = 1: page directory, page table; pages of 4 KiB and 4 MiB."""
    pde_at = cr3 + 4 * (va >> 22)
    pde = memory[pde_at]
    if not bit(pde, 0):
        return stop("not-present", [pde_at], [pde])
    if bit(pde, 7):
        if pde >> 13 & 0x1FF:  # 21:13, with a physical address of 32 bits
            return stop("reserved-bit", [pde_at], [pde])
        pa = (pde & 0xFFC0_0000) | (va & 0x3F_FFFF)
        return x86_rights([pde_at], [pde], pa, access, mode, wp)
    pte_at = (pde & 0xFFFF_F000) + 4 * (va >> 12 & 0x3FF)
    pte = memory[pte_at]
    if not bit(pte, 0):
        return stop("not-present", [pde_at, pte_at], [pde, pte])
    pa = (pte & 0xFFFF_F000) | (va & 0xFFF)
    return x86_rights([pde_at, pte_at], [pde, pte], pa, access, mode, wp)


ADDRESS_51_12 = 0x000F_FFFF_FFFF_F000


def x86_64(
    memory: Mapping[int, int], cr3: int, va: int, access: str, mode: str, wp: bool, levels: int
) -> Expected:
    """4- and 5-level paging: PML5E, PML4E, PDPTE, PDE, PTE; pages of 4 KiB, 2 MiB and 1 GiB."""
    sign = va >> (47 if levels == 4 else 56)
    if sign not in (0, (1 << 64) - 1 >> (47 if levels == 4 else 56)):
        return stop("non-canonical", [], [])
    reads: list[int] = []
    raw: list[int] = []
    table = cr3
    for name, shift in (("PML5E", 48), ("PML4E", 39), ("PDPTE", 30), ("PDE", 21), ("PTE", 12)):
        if name == "PML5E" and levels == 4:
            continue
        at = table + 8 * (va >> shift & 0x1FF)
        entry = memory[at]
        reads.append(at)
        raw.append(entry)
        if not bit(entry, 0):
            return stop("not-present", reads, raw)
        if name in ("PML5E", "PML4E") and bit(entry, 7):
            return stop("reserved-bit", reads, raw)
        if name == "PTE":
            pa = (entry & ADDRESS_51_12) | (va & 0xFFF)
        elif name == "PDE" and bit(entry, 7):
            if entry >> 13 & 0xFF:  # 20:13
                return stop("reserved-bit", reads, raw)
            pa = (entry & 0x000F_FFFF_FFE0_0000) | (va & 0x1F_FFFF)
        elif name == "PDPTE" and bit(entry, 7):
            if entry >> 13 & 0x1FFFF:  # 29:13
                return stop("reserved-bit", reads, raw)
            pa = (entry & 0x000F_FFFF_C000_0000) | (va & 0x3FFF_FFFF)
        else:
            table = entry & ADDRESS_51_12
            continue
        return x86_rights(reads, raw, pa, access, mode, wp)
    raise AssertionError("a PTE ends every walk")


def x86_rights(
    reads: list[int], raw: list[int], pa: int, access: str, mode: str, wp: bool
) -> Expected:
    """SDM 4.6.1: a user-mode address only if U/S is set everywhere; XD anywhere forbids fetches."""
    faults = set()
    if mode == "user" and not all(bit(entry, 2) for entry in raw):
        faults.add("kernel-only")
    if access == "w" and (mode == "user" or wp) and not all(bit(entry, 1) for entry in raw):
        faults.add("read-only")
    if access == "x" and any(bit(entry, 63) for entry in raw):
        faults.add("no-execute")
    return Expected(frozenset(faults), None if faults else pa, tuple(reads), tuple(raw))


def riscv(
    memory: Mapping[int, int], root: int, va: int, access: str, mode: str, *, sv39: bool, ad: str
) -> Expected:
    """Steps 1 to 8 of the manual; Sv32 has two levels of 10 bits, Sv39 three of 9."""
    levels, bits, size = (3, 9, 8) if sv39 else (2, 10, 4)
    if sv39 and va >> 38 not in (0, (1 << 26) - 1):
        return stop("non-canonical", [], [])
    reads: list[int] = []
    raw: list[int] = []
    a = root
    for i in range(levels - 1, -1, -1):
        at = a + (va >> 12 + i * bits & (1 << bits) - 1) * size
        pte = memory[at]
        reads.append(at)
        raw.append(pte)
        v, r, w, x, u = (bit(pte, n) for n in range(5))
        accessed, dirty = bit(pte, 6), bit(pte, 7)
        if not v:
            return stop("not-present", reads, raw)
        if w and not r:
            return stop("reserved-bit", reads, raw)
        if sv39 and pte >> 54:  # N, PBMT and the bits kept for the future
            return stop("reserved-bit", reads, raw)
        ppn = pte >> 10 & ((1 << 44) - 1 if sv39 else (1 << 22) - 1)
        if not r and not x:
            wrong = {"reserved-bit"} if u or accessed or dirty else set()
            if i == 0:
                wrong.add("not-leaf")
            if wrong:
                return Expected(frozenset(wrong), None, tuple(reads), tuple(raw))
            a = ppn << 12
            continue
        faults = set()
        if mode == "user" and not u:
            faults.add("kernel-only")
        if mode == "kernel" and u and access == "x":
            faults.add("user-page")
        if access == "r" and not r:
            faults.add("not-readable")
        if access == "w" and not w:
            faults.add("read-only")
        if access == "x" and not x:
            faults.add("no-execute")
        if ppn & (1 << i * bits) - 1:
            faults.add("misaligned")
        if ad == "fault" and not accessed:
            faults.add("accessed-clear")
        if ad == "fault" and access == "w" and not dirty:
            faults.add("dirty-clear")
        offset_bits = 12 + i * bits
        pa = ppn >> i * bits << offset_bits | va & (1 << offset_bits) - 1
        return Expected(frozenset(faults), None if faults else pa, tuple(reads), tuple(raw))
    raise AssertionError("level 0 ends every walk")
