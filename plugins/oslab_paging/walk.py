"""paging.walk: addresses through multi-level page tables, entry by entry.

The walk is in `oslab_paging.walker`; here are its configuration and the telling of its steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from oslab import Address, Choice, Grid, Hex, InputError, Int, OrNone, Run, Step, Value
from oslab.quantities import format_address, format_bits
from oslab_paging.entry import Entry
from oslab_paging.layout import Layout, layout
from oslab_paging.memoryimage import ByteOrder, MemoryImage, Region, merged
from oslab_paging.translate import MemoryAccess
from oslab_paging.walker import OUTCOMES, PageTables, Updates, Walk, walk

_LINE = 16


@dataclass(frozen=True, slots=True)
class WalkConfig:
    """Accesses and the memory their walks go through.

    accesses     in order, at least one
    layout       a layout's name or widths (see `oslab_paging.layout`)
    entry        an entry format's name or text (see `oslab_paging.entryformats`)
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


def run(config: WalkConfig) -> Run:
    """Walk the tables for each access.

    Steps, a group for each address: ``indices`` (result ``indices offset``), ``entry`` for each level
    (given ``level table``, result ``index address entry pfn flags end``, ``end`` being ``table``,
    ``page`` or the fault), then ``data`` (result ``pa value``) or ``stop`` (result ``outcome``).

    Metrics: ``walks`` (``va indices entries pa value outcome levels``; ``levels`` counts the
    entries read) and ``memory_accesses`` (entries read, and one for the data of each success).
    """
    shape = layout(config.layout, config.entry)
    tables = _tables(config, shape, MemoryImage(config.memory))
    walks = [walk(tables, access) for access in config.accesses]
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
                    "va": Hex(found.access.va),
                    "indices": shape.indices(found.access.va),
                    "entries": tuple(Hex(raw) for raw in found.entries),
                    "pa": _hex(found.pa),
                    "value": _hex(found.value),
                    "outcome": found.outcome,
                    "levels": len(found.entries),
                }
                for found in walks
            ),
            "memory_accesses": sum(found.memory_accesses for found in walks),
        },
    )


def touched(config: WalkConfig) -> WalkConfig:
    """The same walks through no more memory than they read, in lines of 16 bytes: what a run records
    of a machine's whole memory."""
    shape = layout(config.layout, config.entry)
    image = MemoryImage(config.memory)
    tables = _tables(config, shape, image)
    lines: set[int] = set()
    for access in config.accesses:
        found = walk(tables, access)
        for read in found.reads:
            last = read.address + shape.entry.size - 1
            lines |= {read.address // _LINE, last // _LINE}
        if found.pa is not None:
            lines.add(found.pa // _LINE)
    kept = (image.part(line * _LINE, _LINE) for line in sorted(lines))
    return replace(config, memory=merged(region for part in kept for region in part))


def _tables(config: WalkConfig, shape: Layout, image: MemoryImage) -> PageTables:
    return PageTables(shape, config.root, image, config.byte_order, config.wp, config.ad)


def _steps(shape: Layout, found: Walk, group: int) -> list[Step]:
    va = found.access.va
    given: dict[str, Value] = {"va": Hex(va)}
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
        pfn = Hex(entry.pfn) if entry and entry.valid else None
        end = read.fault or ("page" if entry and entry.is_leaf(read.level) else "table")
        set_flags = drawn_flags(entry, read.level) if entry else ""
        address = format_address(read.address)
        rows.append((read.level, read.index, address, raw, pfn, set_flags))
        steps.append(
            Step(
                action="entry",
                actor="mmu",
                given={**given, "level": read.level, "table": format_address(read.table),
                       "entry_size": shape.entry.size, "page_size": shape.page_size},
                result={
                    "index": read.index,
                    "address": Hex(read.address),
                    "entry": Hex(entry.raw) if entry else None,
                    "pfn": pfn,
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
                    "pa": Hex(found.pa),
                    "offset": Hex(offset),
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


def _hex(value: int | None) -> Hex | None:
    return None if value is None else Hex(value)


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
