"""A machine drawn: how it is built, and what TLB, page table, frames, swap and cache hold.

Small parts are drawn whole; of large ones the set that is looked at, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oslab import Cells, Drawing, Grid, Hex
from oslab.quantities import format_size, format_time
from oslab_cache.cache import Cache
from oslab_memory.contents import Contents
from oslab_memory.datapath import DataPath
from oslab_memory.kernel import Kernel
from oslab_memory.machine import Machine
from oslab_memory.mmu import Mmu
from oslab_memory.tables import Tables
from oslab_tlb.tlb import Tlb, TlbEntry, rights_text
from oslab_tlb.twolevel import TwoLevelTlb

# Entries of a TLB; lines, frames and slots; pages: more of them are not drawn whole.
MOST_ENTRIES = 16
MOST_DRAWN = 64
MOST_PAGES = 32
MOST_BYTES = 16
# Drawings of a policy in which the values are pages, not bits or counts.
_LISTS = ("queue", "recency", "a1in", "am", "a1out", "t1", "t2", "b1", "b2")


def drawn(
    machine: Machine, mmu: Mmu, path: DataPath, contents: Contents, built: bool
) -> Mapping[str, Drawing]:
    """TLB, page table and cache; with `built` also how the machine is built."""
    found: dict[str, Drawing] = {}
    if built:
        found["machine"] = drawn_machine(machine)
    with_rights = len({region.rights for region in machine.region}) > 1
    tlbs = (mmu.tlb.first, mmu.tlb.second) if isinstance(mmu.tlb, TwoLevelTlb) else (mmu.tlb,)
    for name, tlb in zip(("tlb", "tlb2"), tlbs, strict=False):
        if tlb and tlb.shape.entries <= MOST_ENTRIES:
            found[name] = drawn_tlb(tlb, with_rights)
        elif tlb:
            found[name] = drawn_tlb_set(tlb, mmu.focus, with_rights)
    pages = known_pages(machine)
    if pages and len(pages) <= MOST_PAGES:
        found["page_table"] = Cells(
            tuple(None if frame is None else Hex(frame) for frame in pages.values()),
            tuple(map(Hex, pages)),
        )
    if path.caches:
        cache = path.caches.caches[0]
        shape = cache.shape
        whole = shape.lines <= MOST_DRAWN
        focus = (shape.index_of(shape.line_of(path.focus)),)
        tables = mmu.tables if machine.page_table.cached else None
        indices = range(shape.sets) if whole else focus
        found["cache"] = drawn_cache(cache, contents, tables, indices)
    return {name: d for name, d in found.items() if not isinstance(d, Grid) or d.rows}


def drawn_machine(machine: Machine) -> Grid:
    """How it is built: the fields of addresses, sets × ways × bytes, policies, times."""
    offset, frame_bits = machine.offset_bits, machine.address.pa_bits - machine.offset_bits
    vpn_bits = machine.address.va_bits - offset
    rows: list[tuple[str | None, ...]] = [
        ("VA", f"VPN {vpn_bits}, VPO {offset}", None, None, None),
        ("PA", f"PPN {frame_bits}, PPO {offset}", None, None, None),
    ]
    for n, tlb in enumerate(machine.tlb, start=1):
        shape = tlb.shape
        bits = f"TLBT {vpn_bits - shape.index_bits}, TLBI {shape.index_bits}"
        rows.append((_level("TLB", n, len(machine.tlb)), bits, f"{shape.sets} × {shape.ways}",
                     _policy(tlb.policy, tlb.ways), format_time(tlb.time)))  # fmt: skip
    widths = ", ".join(map(str, machine.tables.widths))
    rows.append(("page-table", widths, f"{machine.tables.entry.size} B", None, None))
    for n, level in enumerate(machine.cache, start=1):
        cache = level.shape
        tag_bits = machine.address.pa_bits - cache.index_bits - cache.offset_bits
        bits = f"CT {tag_bits}, CI {cache.index_bits}, CO {cache.offset_bits}"
        built = f"{cache.sets} × {cache.ways} × {format_size(cache.line)}"
        rows.append((_level("cache", n, len(machine.cache)), bits, built,
                     _policy(level.policy, level.ways), format_time(level.time)))  # fmt: skip
    rows.append(("memory", None, None, None, format_time(machine.times.memory)))
    if machine.frames:
        count = str(machine.frames.count)
        rows.append(("page-frames", None, count, _policy(machine.frames.policy, 2), None))
        rows.append(("fault", None, None, None, format_time(machine.times.fault)))
        rows.append(("disk", None, None, None, format_time(machine.times.disk)))
    elif machine.times.fault:
        rows.append(("fault", None, None, None, format_time(machine.times.fault)))
    used = [n for n in range(5) if any(row[n] for row in rows)]
    heads = ("part", "field_bits", "built", "policy", "time")
    return Grid(
        tuple(heads[n] for n in used), tuple(tuple(row[n] or "" for n in used) for row in rows)
    )


def drawn_tlb(tlb: Tlb, with_rights: bool) -> Grid:
    """A row a set, a column a way: tag→frame. Rights are shown where they differ."""
    shape = tlb.shape
    ordered = shape.ways > 1 and shape.policy in ("lru", "fifo")
    rows = []
    for index in range(shape.sets):
        row: list[str | int | None] = [Hex(index)] if shape.sets > 1 else []
        row += (_entry(tlb, entry, with_rights) for entry in tlb.ways(index))
        if ordered:
            row.append(" ".join(map(str, tlb.order(index))))
        rows.append(tuple(row))
    ways = tuple(f"way {way}" for way in range(shape.ways))
    heads = ("set",) * (shape.sets > 1) + ways + ("leaves_first",) * ordered
    return Grid(heads, tuple(rows))


def drawn_tlb_set(tlb: Tlb, vpn: int, with_rights: bool) -> Grid:
    """The entries of the set in which a page is looked for, a row each."""
    index = tlb.shape.index_of(vpn)
    rows = (
        (Hex(index), way, _entry(tlb, entry, with_rights))
        for way, entry in enumerate(tlb.ways(index))
        if entry
    )
    return Grid(("set", "way", "entry"), tuple(rows))


def _entry(tlb: Tlb, entry: TlbEntry | None, with_rights: bool) -> str:
    if entry is None:
        return ""
    text = f"{Hex(tlb.shape.tag_of(entry.vpn))}→{Hex(entry.pfn)}"
    return f"{text} {rights_text(entry)[:3]}" if with_rights else text


def known_pages(machine: Machine) -> Mapping[int, int | None]:
    """Page to frame, for the pages listed in the machine file whose frame is in no pool."""
    pool = machine.frames
    return {
        page.vpn: page.frame if page.present else None
        for page in sorted(machine.page, key=lambda page: page.vpn)
        if pool is None or (page.present and page.frame not in pool)
    }


def drawn_kernel(machine: Machine, kernel: Kernel) -> Mapping[str, Drawing]:
    """The pool: the page in each frame, with * if it is dirty; what the policy remembers; swap."""
    told: dict[str, Drawing] = {}
    if kernel.frames.count <= MOST_DRAWN:
        told |= _drawn_frames(kernel)
    if 0 < machine.swap.slots <= MOST_DRAWN:
        slots = tuple(map(Hex, kernel.slots))
        empty = (None,) * (machine.swap.slots - len(slots))
        told["swap"] = Cells((*slots, *empty), tuple(range(machine.swap.slots)))
    return told


def _drawn_frames(kernel: Kernel) -> Mapping[str, Drawing]:
    frames, found = kernel.frames, dict(kernel.policy.state())
    pages: list[str | None] = [
        f"{Hex(page)}{'*' if dirty else ''}"
        for page, dirty in zip(frames.pages, frames.dirty, strict=True)
    ]
    pages += [None] * (frames.count - len(pages))
    labels = tuple(map(Hex, kernel.numbers))
    drawing = found.pop("frames")
    marks = drawing.marks if isinstance(drawing, Cells) else {}
    found.pop("dirty", None)
    told: dict[str, Drawing] = {"frames": Cells(tuple(pages), labels, marks)}
    for name, cells in found.items():
        if isinstance(cells, Cells):
            values = tuple(map(Hex, cells.values)) if name in _LISTS else cells.values  # type: ignore[arg-type]
            told[name] = Cells(values, labels[: len(cells.values)] if cells.labels else ())
    return told


def drawn_cache(
    cache: Cache, contents: Contents, tables: Tables | None, indices: Sequence[int]
) -> Grid:
    """The lines present in these sets, with their bytes as far as they are known."""
    shape = cache.shape
    with_bytes = shape.line <= MOST_BYTES
    rows = []
    for index in indices:
        for way, line in enumerate(cache.sets.tags[index]):
            if line is None:
                continue
            row: list[str | int] = [Hex(index), Hex(shape.tag_of(line))]
            if shape.ways > 1:
                row.insert(1, way)
            row.append("*" if line in cache.dirty else "")
            if with_bytes:
                row.append(line_bytes(contents, tables, shape.address_of(line), shape.line))
            rows.append(tuple(row))
    heads = ["set", "tag", "dirty"]
    if shape.ways > 1:
        heads.insert(1, "way")
    if with_bytes:
        heads.append("bytes")
    if not any(row[len(heads) - 1 - with_bytes] for row in rows):
        place = heads.index("dirty")
        heads.remove("dirty")
        rows = [row[:place] + row[place + 1 :] for row in rows]
    return Grid(tuple(heads), tuple(rows))


def line_bytes(contents: Contents, tables: Tables | None, address: int, size: int) -> str:
    """The bytes of a line, ?? for one that is unknown; nothing when none is known."""
    table = tables.bytes_at(address, size) if tables else None
    if table is not None:
        return table.hex(" ") + " ??" * (size - len(table))
    known = contents.known(address, size)
    if all(byte is None for byte in known):
        return ""
    return " ".join("??" if byte is None else f"{byte:02x}" for byte in known)


def _level(name: str, n: int, levels: int) -> str:
    return f"L{n} {name}" if levels > 1 else name


def _policy(policy: str, ways: int) -> str | None:
    return policy.upper() if ways > 1 else None
