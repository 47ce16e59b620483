"""The walk itself: from a virtual address through the levels of page tables to a page, or a fault.

Level by level the MMU reads the entry at table + index × entry size. The last entry, or that of a
huge page higher up, names the page frame; the rest of the address is the offset in it. A walk stops
at the first entry that is not present or not well formed; the rights are judged once it is through.

x86 has NX in use and, in 32-bit paging, 4 MiB pages (CR4.PSE) without PSE-36: bits 13 to 21 of their
entries are reserved. How A and D are updated by x86 hardware is not shown.

Sources: Intel SDM volume 3A, chapter "Paging": "Access Rights" (rights of all levels are combined: R/W
and U/S by AND, NX by OR), "Page-Fault Exceptions"; RISC-V Privileged Architecture, "Virtual Address
Translation Process" (the rights of the leaf alone; A clear, or D clear on a store, is a page fault
unless hardware sets them).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Literal, TypeAlias

from oslab_paging.entry import Entry
from oslab_paging.layout import Layout
from oslab_paging.memoryimage import ByteOrder, MemoryImage
from oslab_paging.rights import check
from oslab_paging.translate import MemoryAccess

Updates: TypeAlias = Literal["fault", "set"]
"""RISC-V: what an access does whose A (or D) bit is still clear."""

OUTCOMES = (
    "hit", "not-present", "reserved-bit", "misaligned", "not-leaf", "kernel-only", "user-page",
    "not-readable", "read-only", "no-execute", "accessed-clear", "dirty-clear", "non-canonical",
    "out-of-range", "unknown-memory",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntryRead:
    """What happened at one level: the entry at `address` in the table at `table`; `entry` is None
    when no byte is known there, `fault` the reason why the walk ends here without a page."""

    level: int
    table: int
    index: int
    address: int
    entry: Entry | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """One address: the entries on its way, and where it led. `value` is the byte at `pa`."""

    access: MemoryAccess
    reads: tuple[EntryRead, ...]
    outcome: str
    pa: int | None
    value: int | None

    @property
    def entries(self) -> tuple[int, ...]:
        """The raw entries read."""
        return tuple(read.entry.raw for read in self.reads if read.entry is not None)

    @property
    def memory_accesses(self) -> int:
        """Entries read, and the data if the walk succeeds."""
        return len(self.entries) + (self.outcome == "hit")


@dataclass(frozen=True, slots=True)
class PageTables:
    """Tables in memory and the rules of the machine that walks them: see `WalkConfig`."""

    shape: Layout
    root: int
    image: MemoryImage
    byte_order: ByteOrder
    wp: bool
    ad: Updates


def walk(tables: PageTables, access: MemoryAccess) -> Walk:
    """Walk the tables for one access."""
    shape, image, va = tables.shape, tables.image, access.va
    if not shape.fits(va):
        return Walk(access, (), "out-of-range", None, None)
    if shape.extends and not shape.canonical(va):
        return Walk(access, (), "non-canonical", None, None)
    reads: list[EntryRead] = []
    passed: list[Entry] = []
    table = tables.root
    for level in range(shape.levels, 0, -1):
        index = shape.index(va, level)
        address = table + index * shape.entry.size
        raw = image.number_at(address, shape.entry.size, tables.byte_order)
        entry = None if raw is None else shape.entry.decode(raw)
        fault = "unknown-memory" if entry is None else _malformed(shape, entry, level)
        reads.append(EntryRead(level, table, index, address, entry, fault))
        if entry is None or fault:
            return Walk(access, tuple(reads), fault, None, None)
        passed.append(entry)
        if entry.is_leaf(level):
            break
        table = entry.pfn * shape.page_size
    outcome = _judge(tables, passed, access)
    if outcome != "hit":
        return Walk(access, tuple(reads), outcome, None, None)
    pa = page_base(shape, passed[-1], level) + shape.offset(va, level)
    return Walk(access, tuple(reads), outcome, pa, image.number_at(pa, 1))


def page_base(shape: Layout, entry: Entry, level: int) -> int:
    """The first address of the page that an entry of this level maps."""
    base = entry.pfn * shape.page_size
    # Bit 12 of an x86 entry for a huge page is PAT, no part of the frame's address.
    return base & ~(shape.span(level) - 1)


def _malformed(shape: Layout, entry: Entry, level: int) -> str:
    """Why the walk ends at this entry without a page; empty if it does not."""
    if not entry.valid:
        return "not-present"
    if entry.malformed():
        return "reserved-bit"
    if entry.is_leaf(level):
        # PS is reserved where there are no pages of that size (PML4 and PML5 entries).
        if level > 1 and level not in shape.huge_levels:
            return "reserved-bit"
        low = entry.pfn & (shape.span(level) // shape.page_size - 1)
        if shape.entry.riscv or "pat" not in shape.entry.bits:
            return "misaligned" if low else ""
        return "reserved-bit" if low & ~1 else ""
    if shape.entry.riscv:
        if level == 1:
            return "not-leaf"
        return "reserved-bit" if any(map(entry.flag, ("user", "accessed", "dirty"))) else ""
    return ""


def _judge(tables: PageTables, entries: list[Entry], access: MemoryAccess) -> str:
    """ "hit", or the right that is missing."""
    last = entries[-1]
    riscv = tables.shape.entry.riscv
    rights = last.rights() if riscv else reduce(and_, (entry.rights() for entry in entries))
    outcome = check(rights, access.access, access.mode, tables.wp, riscv)
    if outcome == "hit" and riscv and tables.ad == "fault":
        if not last.flag("accessed"):
            return "accessed-clear"
        if access.access == "w" and not last.flag("dirty"):
            return "dirty-clear"
    return outcome
