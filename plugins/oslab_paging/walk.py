"""The multi-level page walk: each level's index picks an entry, which names the next table.

Level by level the MMU reads the entry at table + index × entry size. The last entry, or that of a
huge page higher up, names the page frame; the rest of the address is the offset in it. A walk stops
at the first entry that is not present or not well formed; the rights are judged once it is through.

Sources: Intel SDM volume 3A, 4.3, 4.5, 4.6 (rights of all levels are combined: R/W and U/S by AND,
NX by OR) and 4.7; RISC-V Privileged Architecture, "Virtual Address Translation Process" (the rights
of the leaf alone; A clear, or D clear on a store, is a page fault unless hardware sets them).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Literal, TypeAlias

from oslab import Address, Choice, Grid, InputError, Int, OrNone, Run, Step, Value
from oslab.quantities import format_address, format_bits
from oslab_paging.entry import Entry, check
from oslab_paging.layout import Layout, layout
from oslab_paging.memoryimage import ByteOrder, MemoryImage, Region
from oslab_paging.translate import MemoryAccess

Updates: TypeAlias = Literal["fault", "set"]
"""RISC-V: what an access does whose A (or D) bit is still clear."""

OUTCOMES = (
    "hit", "not-present", "reserved-bit", "misaligned", "not-leaf", "kernel-only", "user-page",
    "not-readable", "read-only", "no-execute", "accessed-clear", "dirty-clear", "non-canonical",
    "out-of-range", "unknown-memory",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WalkConfig:
    """Accesses and the memory their walks go through.

    accesses     in order, at least one
    layout       a layout's name or widths (see `oslab_paging.layout`)
    entry        an entry format's name or text (see `oslab_paging.entry`)
    root         physical address of the root table
    memory       the known bytes of physical memory
    byte_order   of entries longer than a byte
    wp           x86: a read-only page is read-only for the kernel too (CR0.WP)
    ad           RISC-V: a clear A bit, or D bit on a store, is a page fault, or set by hardware

    Raises InputError for a root that cannot be one.
    """

    accesses: tuple[MemoryAccess, ...]
    layout: str
    entry: str
    root: int
    memory: tuple[Region, ...]
    byte_order: ByteOrder
    wp: bool
    ad: Updates

    def __post_init__(self) -> None:
        found = layout(self.layout, self.entry)
        if not self.accesses:
            raise InputError("give at least one virtual address, such as 0x2004 or 8196")
        if found.named and self.root % found.page_size:
            raise InputError(
                f"a root table begins at a page: {format_address(self.root)} is no multiple of "
                f"{found.page_size}"
            )


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


def walk(config: WalkConfig, access: MemoryAccess, image: MemoryImage) -> Walk:
    """Walk the tables for one access."""
    shape = layout(config.layout, config.entry)
    va = access.va
    if not shape.fits(va):
        return Walk(access, (), "out-of-range", None, None)
    if shape.extends and not shape.canonical(va):
        return Walk(access, (), "non-canonical", None, None)
    reads: list[EntryRead] = []
    passed: list[Entry] = []
    table = config.root
    for level in range(shape.levels, 0, -1):
        index = shape.index(va, level)
        address = table + index * shape.entry.size
        raw = image.number_at(address, shape.entry.size, config.byte_order)
        entry = None if raw is None else shape.entry.decode(raw)
        fault = "unknown-memory" if entry is None else _malformed(shape, entry, level)
        reads.append(EntryRead(level, table, index, address, entry, fault))
        if entry is None or fault:
            return Walk(access, tuple(reads), fault, None, None)
        passed.append(entry)
        if entry.is_leaf(level):
            break
        table = entry.pfn * shape.page_size
    outcome = _judge(config, shape, passed, access)
    if outcome != "hit":
        return Walk(access, tuple(reads), outcome, None, None)
    pa = page_base(shape, passed[-1], level) + shape.offset(va, level)
    return Walk(access, tuple(reads), outcome, pa, image.number_at(pa, 1))


def run(config: WalkConfig) -> Run:
    """Walk the tables for each access.

    Steps, a group for each address: ``indices`` (result ``indices offset``), ``entry`` for each level
    (given ``level table``, result ``index address entry pfn flags end``, ``end`` being ``table``,
    ``page`` or the fault), then ``data`` (result ``pa value``) or ``stop`` (result ``outcome``).

    Metrics: ``walks`` (``va indices entries pa value outcome levels``; ``levels`` counts the
    entries read) and ``memory_accesses`` (entries read, and one for the data of each success).
    """
    shape = layout(config.layout, config.entry)
    image = MemoryImage(config.memory)
    walks = [walk(config, access, image) for access in config.accesses]
    steps = [s for group, found in enumerate(walks, 1) for s in _steps(shape, found, group)]
    return Run(
        command="paging.walk",
        config=config,
        conventions=_conventions(config, shape),
        asks={
            "entry": {
                "index": Int(),
                "address": Address(),
                "pfn": OrNone(Address()),
            },
            "data": {"pa": Address()},
            "stop": {"outcome": Choice(*OUTCOMES[1:])},
        },
        steps=tuple(steps),
        metrics={
            "walks": tuple(
                {
                    "va": found.access.va,
                    "indices": shape.indices(found.access.va),
                    "entries": found.entries,
                    "pa": found.pa,
                    "value": found.value,
                    "outcome": found.outcome,
                    "levels": len(found.entries),
                }
                for found in walks
            ),
            "memory_accesses": sum(found.memory_accesses for found in walks),
        },
    )


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


def _judge(config: WalkConfig, shape: Layout, entries: list[Entry], access: MemoryAccess) -> str:
    """ "hit", or the right that is missing."""
    last = entries[-1]
    riscv = shape.entry.riscv
    rights = last.rights() if riscv else reduce(and_, (entry.rights() for entry in entries))
    outcome = check(rights, access.access, access.mode, config.wp, riscv)
    if outcome == "hit" and riscv and config.ad == "fault":
        if not last.flag("accessed"):
            return "accessed-clear"
        if access.access == "w" and not last.flag("dirty"):
            return "dirty-clear"
    return outcome


def _steps(shape: Layout, found: Walk, group: int) -> list[Step]:
    va = found.access.va
    given: dict[str, Value] = {"va": va, "va_hex": format_address(va)}
    steps = []
    if found.outcome not in ("out-of-range", "non-canonical"):
        steps.append(
            Step(
                action="indices",
                actor="mmu",
                given=given,
                result={"indices": shape.indices(va), "offset": shape.offset(va)},
                state={"va": drawn_fields(shape, va)},
                group=group,
            )
        )
    digits = 2 * shape.entry.size
    rows: list[tuple[int | str | None, ...]] = []
    for read in found.reads:
        entry = read.entry
        raw = f"0x{entry.raw:0{digits}x}" if entry else None
        pfn = entry.pfn if entry and entry.valid else None
        end = read.fault or ("page" if entry and entry.is_leaf(read.level) else "table")
        set_flags = drawn_flags(entry, read.level) if entry else ""
        address = format_address(read.address)
        rows.append((read.level, read.index, address, raw, _hex(pfn), set_flags))
        steps.append(
            Step(
                action="entry",
                actor="mmu",
                given={**given, "level": read.level, "table": format_address(read.table),
                       "entry_size": shape.entry.size, "page_size": shape.page_size},
                result={
                    "index": read.index,
                    "address": read.address,
                    "address_hex": address,
                    "entry": entry.raw if entry else None,
                    "entry_hex": raw,
                    "pfn": pfn,
                    "pfn_hex": _hex(pfn),
                    "flags": set_flags,
                    "end": end,
                },
                group=group,
            )
        )  # fmt: skip
    state = {"entries": Grid(_ENTRY_COLUMNS, tuple(rows))} if rows else {}
    if found.pa is None:
        steps.append(
            Step(
                action="stop",
                actor="mmu",
                given={**given, "access": found.access.access, "mode": found.access.mode},
                result={"outcome": found.outcome, "memory_accesses": found.memory_accesses},
                state=state,
                group=group,
            )
        )
    else:
        offset = shape.offset(va, found.reads[-1].level)
        steps.append(
            Step(
                action="data",
                actor="mmu",
                given=given,
                result={
                    "pa": found.pa,
                    "pa_hex": format_address(found.pa),
                    "offset_hex": format_address(offset),
                    "value": None if found.value is None else f"0x{found.value:02x}",
                    "memory_accesses": found.memory_accesses,
                },
                state=state,
                group=group,
            )
        )
    return steps


_ENTRY_COLUMNS = ("level", "index", "address", "entry", "pfn", "flags")


def drawn_fields(shape: Layout, va: int) -> Grid:
    """The address cut up: a row for each level's index and one for the offset."""
    rows = [
        (level, format_bits(shape.index(va, level), width), shape.index(va, level))
        for level, width in zip(range(shape.levels, 0, -1), shape.widths, strict=True)
    ]
    offset = shape.offset(va)
    return Grid(
        ("field", "bits", "value"),
        (*rows, ("offset", format_bits(offset, shape.offset_bits), offset)),
    )


def drawn_flags(entry: Entry, level: int) -> str:
    """The flags that are set, by their abbreviations; of an absent entry none mean anything."""
    if not entry.valid:
        return "-"
    return " ".join(entry.format.label(f) for f in entry.format.flags(level) if entry.flag(f))


def _hex(value: int | None) -> str | None:
    return None if value is None else format_address(value)


def _conventions(config: WalkConfig, shape: Layout) -> dict[str, str | bool]:
    found: dict[str, str | bool] = {"walk-accesses": "entries-and-data"}
    if shape.entry.size > 1:
        found["byte-order"] = config.byte_order
    if shape.entry.riscv:
        found["ad"] = config.ad
    elif {"write", "user", "nx"} & set(shape.entry.bits) and shape.levels > 1:
        found["rights"] = "all-levels-nx" if "nx" in shape.entry.bits else "all-levels"
    if not shape.entry.riscv and any(a.mode == "kernel" for a in config.accesses):
        found["wp"] = config.wp
    return found
