"""paging.walk: read a memory dump through the levels of a page table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

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
from oslab_paging.memoryimage import MemoryImage, dump
from oslab_paging.problems.tabledrawing import Fault, TableDrawing
from oslab_paging.walk import WalkConfig, run
from oslab_paging.walker import page_base

OUTCOMES = ("hit", "not-present", "read-only", "dirty-clear", "misaligned", "reserved-bit")
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
    answers = {
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
        drawing = TableDrawing(rng, shape)
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
        key: Any = self.solve(p, right(p))
        # Where the reading leads to the right page, so do its rights.
        for i, due in enumerate(key["addresses"]):
            same = slice(i * shape.levels, (i + 1) * shape.levels)
            base_right = pfn_scale is None and not keep_valid
            if rows[same] == list(key["levels"][same]) and (base_right or due["pa"] is None):
                ends[i] = due
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


@lru_cache(maxsize=1)
def right(p: WalkConfig) -> Run:
    """The run of one variant: a misreading that comes to the same way ends as it does."""
    return run(p)


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
