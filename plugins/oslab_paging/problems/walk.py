"""paging.walk: read a memory dump through the levels of a page table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from oslab import (
    Address,
    Answers,
    Choice,
    Choose,
    Code,
    Figure,
    Generator,
    Grid,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
)
from oslab.quantities import format_address
from oslab_paging.entry import Entry
from oslab_paging.layout import Layout, layout
from oslab_paging.memoryimage import MemoryImage, Region, dump
from oslab_paging.translate import MemoryAccess
from oslab_paging.walk import WalkConfig, page_base, run

Fault: TypeAlias = Literal["not-present", "read-only", "dirty-clear", "misaligned"]

OUTCOMES = ("hit", "not-present", "read-only", "dirty-clear", "misaligned", "reserved-bit")
LINE = 16
# Tables up to this size are shown whole; of larger ones, the lines that matter.
WHOLE_TABLE = 64
# Frames shown beside them that no walk goes through.
DECOYS = 2
NO_ROW = {"index": None, "address": None, "entry": None, "pfn": None}


@dataclass(frozen=True)
class WalkSpace:
    """Which layouts and entries; how many addresses, how many of them fail and how.

    huge   how many of the addresses lie in a page of the next larger size
    """

    layout: Choose[str]
    entry: Choose[str]
    addresses: Choose[int]
    huge: Choose[int]
    failing: Choose[int]
    faults: Choose[Fault]


class Walk(Problem[WalkConfig, WalkSpace]):
    """The entry of every level, and where each address leads."""

    version = 1
    params = WalkConfig
    space = WalkSpace
    required = ("root-each-level", "pfn-unscaled")
    answers = {  # noqa: RUF012
        "levels": Table(
            label="n",
            given=("va", "level"),
            columns={
                "index": OrNone(Int()),
                "address": OrNone(Address()),
                "entry": OrNone(Address()),
                "pfn": OrNone(Address()),
            },
        ),
        "addresses": Table(
            label="va",
            given=("access",),
            columns={
                "outcome": Choice(*OUTCOMES),
                "pa": OrNone(Address()),
                "value": OrNone(Address()),
            },
        ),
        "accesses": Int(),
    }

    def draw(self, rng: Generator, space: WalkSpace) -> WalkConfig:
        shape = layout(space.layout.pick(rng), space.entry.pick(rng))
        count, huge, failing = (c.pick(rng) for c in (space.addresses, space.huge, space.failing))
        faults = [space.faults.pick(rng) if i < failing else None for i in range(count)]
        drawing = _Drawing(rng, shape)
        accesses = [
            drawing.path(fault, 2 if i >= count - huge else 1) for i, fault in enumerate(faults)
        ]
        return WalkConfig(
            accesses=tuple(rng.shuffled(accesses)),
            layout=shape.name,
            entry=shape.entry.name,
            root=drawing.root * shape.page_size,
            memory=drawing.memory(accesses),
            byte_order="little",
            wp=True,
            ad="fault",
        )

    def good(self, p: WalkConfig) -> bool:
        """Most addresses lead somewhere; no outcome that is not asked for, no address twice."""
        walks: Any = self.run(p).metrics["walks"]
        hits = [w for w in walks if w["outcome"] == "hit"]
        return (
            len({w["va"] for w in walks}) == len(walks)
            and len(hits) * 2 > len(walks)
            and all(w["outcome"] in OUTCOMES for w in walks)
            and len({w["value"] for w in hits}) == len(hits)
        )

    def present(self, p: WalkConfig) -> Mapping[str, Figure]:
        shape = layout(p.layout, p.entry)
        return {
            "layout": shape.name,
            "widths": ", ".join(map(str, (*shape.widths, shape.offset_bits))),
            "levels": shape.levels,
            "page_size": shape.page_size,
            "entry_bytes": shape.entry.size,
            "root": format_address(p.root),
            "root_frame": p.root // shape.page_size,
            "addresses": ", ".join(format_address(a.va) for a in p.accesses),
            "fields": drawn_fields(shape),
            "memory": Code(dump(p.memory)),
        }

    def rows(self, p: WalkConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        if answer == "addresses":
            return [(format_address(a.va), a.access) for a in p.accesses]
        levels = layout(p.layout, p.entry).levels
        places = [(a.va, level) for a in p.accesses for level in range(levels, 0, -1)]
        return [(n, format_address(va), level) for n, (va, level) in enumerate(places, 1)]

    def run(self, p: WalkConfig) -> Run:
        return run(p)

    def solve(self, p: WalkConfig, run: Run) -> Answers:
        levels = layout(p.layout, p.entry).levels
        rows: list[Mapping[str, Any]] = []
        ends = []
        walks: Any = run.metrics["walks"]
        for group, found in enumerate(walks, 1):
            reads = [s.result for s in run.steps if s.action == "entry" and s.group == group]
            rows += [{c: read[c] for c in NO_ROW} for read in reads]
            rows += [NO_ROW] * (levels - len(reads))
            ends.append({c: found[c] for c in ("outcome", "pa", "value")})
        return {
            "levels": tuple(rows),
            "addresses": tuple(ends),
            "accesses": run.metrics["memory_accesses"],
        }

    def _misread(
        self,
        p: WalkConfig,
        *,
        stride: int | None = None,
        from_root: bool = False,
        pfn_scale: int | None = None,
        keep_valid: bool = False,
        see_huge: bool = True,
        order: Literal["little", "big"] = "little",
    ) -> Answers:
        """The walk as someone reads it who makes the mistake that the argument says."""
        shape, image = layout(p.layout, p.entry), MemoryImage(p.memory)
        size = shape.entry.size
        rows: list[Mapping[str, Any]] = []
        ends = []
        for access in p.accesses:
            table = p.root
            end: dict[str, Any] = {"outcome": "not-present", "pa": None, "value": None}
            started = len(rows)
            for level in range(shape.levels, 0, -1):
                index = shape.index(access.va, level)
                address = table + index * (size if stride is None else stride)
                raw = image.number_at(address, size, order)
                entry = None if raw is None else shape.entry.decode(raw)
                pfn = None if entry is None or not entry.valid else _pfn(entry, keep_valid)
                rows.append({"index": index, "address": address, "entry": raw, "pfn": pfn})
                if entry is None or pfn is None:
                    break
                base = pfn * (shape.page_size if pfn_scale is None else pfn_scale)
                leaf = entry.is_leaf(level) and see_huge
                if level == 1 or leaf:
                    if leaf and pfn_scale is None and not keep_valid:
                        base = page_base(shape, entry, level)
                    pa = base + shape.offset(access.va, level if leaf else 1)
                    end = {"outcome": "hit", "pa": pa, "value": image.number_at(pa, 1)}
                    break
                table = p.root if from_root else base
            rows += [NO_ROW] * (shape.levels - (len(rows) - started))
            ends.append(end)
        key: Any = self.solve(p, run(p))
        # Where the reading leads to the right page, so do its rights.
        for i, right in enumerate(key["addresses"]):
            same = slice(i * shape.levels, (i + 1) * shape.levels)
            base_right = pfn_scale is None and not keep_valid
            if rows[same] == list(key["levels"][same]) and (base_right or right["pa"] is None):
                ends[i] = right
        return {"levels": tuple(rows), "addresses": tuple(ends)}

    @mistake("root-each-level")
    def root_each_level(self, p: WalkConfig) -> Answers | None:
        return self._misread(p, from_root=True)

    @mistake("pfn-unscaled")
    def pfn_unscaled(self, p: WalkConfig) -> Answers | None:
        return self._misread(p, pfn_scale=1)

    @mistake("index-unscaled")
    def index_unscaled(self, p: WalkConfig) -> Answers | None:
        if layout(p.layout, p.entry).entry.size == 1:
            return None
        return self._misread(p, stride=1)

    @mistake("huge-bit-missed")
    def huge_bit_missed(self, p: WalkConfig) -> Answers | None:
        shape = layout(p.layout, p.entry)
        if not shape.huge_levels:
            return None
        return self._misread(p, see_huge=False)

    @mistake("bytes-reversed")
    def bytes_reversed(self, p: WalkConfig) -> Answers | None:
        if layout(p.layout, p.entry).entry.size == 1:
            return None
        return self._misread(p, order="big")

    @mistake("valid-kept")
    def valid_kept(self, p: WalkConfig) -> Answers | None:
        form = layout(p.layout, p.entry).entry
        if form.bits["valid"] < form.pfn_high:
            return None
        return self._misread(p, keep_valid=True)


def _pfn(entry: Entry, keep_valid: bool) -> int:
    """The frame number, with the bits above it not masked off if so said."""
    return entry.raw >> entry.format.pfn_low if keep_valid else entry.pfn


def drawn_fields(shape: Layout) -> Grid:
    """Which bits of an entry are what; where levels differ, as the root has them."""
    form = shape.entry
    rows: list[tuple[str, str]] = [("pfn", f"{form.pfn_low}..{form.pfn_high}")]
    flags = sorted(form.flags(shape.levels), key=lambda flag: form.bits[flag])
    rows += [(form.label(flag), str(form.bits[flag])) for flag in flags]
    return Grid(("field", "bits"), tuple(rows))


class _Drawing:
    """Tables and pages scattered over memory, drawn one path at a time."""

    def __init__(self, rng: Generator, shape: Layout) -> None:
        self.rng, self.shape = rng, shape
        # Few enough frames that addresses stay short, and far enough apart to be told from each other.
        highest = min((1 << shape.entry.pfn_bits) - 1, 0x1FF if shape.offset_bits >= 12 else 0x7F)
        self.free = rng.shuffled(range(1, highest + 1))
        self.entries: dict[int, int] = {}
        self.data: dict[int, int] = {}
        self.tables: dict[tuple[int, int], int] = {}
        self.root = self.free.pop()
        self.tables[shape.levels, 0] = self.root

    def path(self, fault: Fault | None, leaf: int) -> MemoryAccess:
        """An address whose walk ends in an entry of level `leaf`, or at the fault."""
        rng, shape = self.rng, self.shape
        va = self._fresh_address(leaf)
        access: Literal["r", "w"] = "w" if fault in ("read-only", "dirty-clear") else "r"
        if fault is None and rng.below(2):
            access = "w"
        stops = rng.between(leaf, shape.levels) if fault == "not-present" else 0
        locked = rng.between(leaf, shape.levels) if fault == "read-only" else 0
        for level in range(shape.levels, leaf - 1, -1):
            table = self.tables[level, va >> shape.shift(level + 1) if level < shape.levels else 0]
            place = table * shape.page_size + shape.index(va, level) * shape.entry.size
            if level == stops:
                frame = self.free[-1]
                self.entries[place] = shape.entry.encode(frame, ()) if rng.below(3) else 0
                break
            if level > leaf:
                key = (level - 1, va >> shape.shift(level))
                frame = self.tables.setdefault(key, self.free[-1])
                if frame == self.free[-1]:
                    self.free.pop()
                flags = self._flags("table", level != locked)
            else:
                frame = self._page_frame(leaf, misaligned=fault == "misaligned")
                kind = "huge" if leaf > 1 else "page"
                flags = self._flags(kind, level != locked, dirty=fault != "dirty-clear")
            self.entries[place] = shape.entry.encode(frame, flags)
        return MemoryAccess(va, access, "user")

    def _fresh_address(self, leaf: int) -> int:
        """An address with a root entry of its own; in the lower half, so never extended."""
        rng, shape = self.rng, self.shape
        while True:
            va = rng.below(1 << shape.va_bits - 1)
            first = self.root * shape.page_size + shape.indices(va)[0] * shape.entry.size
            if first not in self.entries and min(shape.indices(va)) > 1 and shape.offset(va, leaf):
                return va

    def _page_frame(self, leaf: int, misaligned: bool) -> int:
        if leaf == 1:
            return self.free.pop()
        pages = self.shape.span(leaf) // self.shape.page_size
        base = pages * self.rng.between(1, 15)
        return base + (self.rng.between(1, pages - 1) if misaligned else 0)

    def _flags(self, kind: str, write: bool, dirty: bool = True) -> list[str]:
        form = self.shape.entry
        if form.riscv and kind == "table":
            return ["valid"]
        wanted = ["valid", "read", "execute", "user", "accessed"]
        wanted += ["write"] if write else []
        wanted += ["dirty"] if dirty and kind != "table" else []
        wanted += ["huge"] if kind == "huge" and not form.riscv else []
        return [flag for flag in wanted if flag in form.bits]

    def memory(self, accesses: Sequence[MemoryAccess]) -> tuple[Region, ...]:
        """The lines that walks, right and wrong, come upon; what no walk uses is noise."""
        shape, size = self.shape, self.shape.entry.size
        lines = {place // LINE for place in self.entries}
        for access in accesses:
            table = self.root * shape.page_size
            for level in range(shape.levels, 0, -1):
                index = shape.index(access.va, level)
                # Where the walk is thought to begin at the root each time, or indices are not scaled.
                lines |= {(self.root * shape.page_size + index * size) // LINE}
                lines |= {(table + index) // LINE, (table + index * size) // LINE}
                raw = self.entries.get(table + index * size)
                if raw is None or not shape.entry.decode(raw).valid:
                    break
                entry = shape.entry.decode(raw)
                if level == 1 or entry.is_leaf(level):
                    pa = page_base(shape, entry, level) + shape.offset(access.va, level)
                    self.data[pa] = self.rng.between(1, 255)
                    lines.add(pa // LINE)
                    if level > 1:
                        below = entry.pfn * shape.page_size + shape.index(access.va, 1) * size
                        lines.add(below // LINE)
                    break
                table = entry.pfn * shape.page_size
        if shape.table_bytes(1) <= WHOLE_TABLE:
            whole = range(shape.table_bytes(1) // LINE)
            shown = [*self.tables.values(), *self.free[:DECOYS]]
            lines |= {f * shape.page_size // LINE + i for f in shown for i in whole}
        return tuple(Region(line * LINE, self._line(line * LINE)) for line in sorted(lines))

    def _line(self, base: int) -> bytes:
        size = self.shape.entry.size
        found = bytearray()
        for place in range(base, base + LINE, size):
            raw = self.entries.get(place)
            found += (self._noise() if raw is None else raw).to_bytes(size, "little")
        for place in range(base, base + LINE):
            if place in self.data:
                found[place - base] = self.data[place]
        return bytes(found)

    def _noise(self) -> int:
        """An entry that might be one: a third of them not present."""
        frame = self.rng.choice(self.free)
        flags = self._flags("page", bool(self.rng.below(2)), bool(self.rng.below(2)))
        return self.shape.entry.encode(frame, flags if self.rng.below(3) else flags[1:])
