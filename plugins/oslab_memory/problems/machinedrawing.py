"""Machines drawn around the accesses that are wanted on them: hits, walks, faults; bytes in the cache or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from oslab import Choose, Generator
from oslab.quantities import format_address
from oslab_memory.access import AccessConfig
from oslab_memory.machine import (
    Addresses,
    CacheContent,
    CacheLevel,
    Machine,
    Page,
    PageTable,
    Swap,
    Times,
    TlbContent,
    TlbLevel,
)

HALF, MOSTLY = Fraction(1, 2), Fraction(2, 3)


@dataclass(frozen=True)
class AccessSpace:
    """What machine, and what happens on it.

    pages           pages listed in the page table, from 0 on
    hits, walks     accesses that the TLB has, and that the page table must be asked about
    faults          accesses to pages that are not present
    cached          accesses whose byte is in the cache, of those that do not fault
    """

    va_bits: Choose[int]
    pa_bits: Choose[int]
    page_size: Choose[int]
    pages: Choose[int]
    tlb_sets: Choose[int]
    tlb_ways: Choose[int]
    cache_sets: Choose[int]
    cache_ways: Choose[int]
    line: Choose[int]
    hits: Choose[int]
    walks: Choose[int]
    faults: Choose[int]
    cached: Choose[int]


class MachineDrawing:
    """A machine around the accesses that are wanted on it."""

    def __init__(self, rng: Generator, space: AccessSpace) -> None:
        self.rng = rng
        picked = {name: getattr(space, name).pick(rng) for name in space.__dataclass_fields__}
        self.n: Mapping[str, int] = picked
        offset = self.n["page_size"].bit_length() - 1
        self.frames = rng.shuffled(range(1 << self.n["pa_bits"] - offset))
        self.all_pages = 1 << self.n["va_bits"] - offset
        self.sets = self.n["tlb_sets"]
        self.cache = self._cache(())

    def config(self) -> AccessConfig:
        n, rng = self.n, self.rng
        order = rng.shuffled(range(n["pages"]))
        wanted = n["hits"] + n["walks"] + n["faults"]
        hits, rest = order[: n["hits"]], order[n["hits"] :]
        absent = set(rest[n["walks"] : n["walks"] + n["faults"]])
        absent |= {vpn for vpn in order[wanted:] if rng.chance(HALF)}
        pages = tuple(self._page(vpn, vpn not in absent) for vpn in range(n["pages"]))
        used = order[:wanted]
        vas = {vpn: vpn * n["page_size"] + rng.below(n["page_size"]) for vpn in used}
        present = [vpn for vpn in used if vpn not in absent]
        frames = {page.vpn: page.frame or 0 for page in pages}
        targets = [(frames[vpn], vas[vpn] % n["page_size"]) for vpn in rng.shuffled(present)]
        machine = Machine(
            name="drawn",
            inclusion="nine",
            address=Addresses(n["va_bits"], n["pa_bits"], n["page_size"]),
            page_table=PageTable("linear", None, 0, cached=False),
            tlb=(self._tlb(hits, rest[: n["walks"] + n["faults"]], pages),),
            cache=(self._cache([frame * n["page_size"] + vpo for frame, vpo in targets]),),
            frames=None,
            swap=Swap(0),
            region=(),
            page=pages,
            times=Times(Fraction(100), Fraction(0), Fraction(0)),
        )
        accesses = (format_address(vas[vpn], n["va_bits"]) for vpn in rng.shuffled(used))
        return AccessConfig(tuple(accesses), machine)

    def _page(self, vpn: int, present: bool) -> Page:
        stale = present or self.rng.chance(MOSTLY)
        frame = self.frames.pop() if stale else None
        return Page(vpn, frame, present, dirty=False, swapped=False, data="")

    def _tlb(self, hits: Sequence[int], others: Sequence[int], pages: Sequence[Page]) -> TlbLevel:
        """Entries of the pages that are to hit, stale ones of some that are not, and strangers."""
        rng, sets, ways = self.rng, self.sets, self.n["tlb_ways"]
        held: list[list[TlbContent]] = [[] for _ in range(sets)]
        for vpn in hits:
            if len(held[vpn % sets]) < ways:
                held[vpn % sets].append(TlbContent(vpn % sets, vpn // sets, pages[vpn].frame, True))
        for vpn in others:
            if len(held[vpn % sets]) < ways and rng.chance(HALF):
                stale = self.frames[rng.below(len(self.frames))] if rng.chance(MOSTLY) else None
                held[vpn % sets].append(TlbContent(vpn % sets, vpn // sets, stale, False))
        for index, row in enumerate(held):
            tags = rng.shuffled(range(self.all_pages // sets))
            for tag in tags[: ways + len(row)]:
                vpn = tag * sets + index
                if len(row) < ways and all(entry.tag != tag for entry in row):
                    row.append(self._stranger(index, tag, vpn in (*hits, *others), pages))
        contents = [entry for row in held for entry in rng.shuffled(row)]
        return TlbLevel(sets * ways, ways, "lru", 0, Fraction(1), tuple(contents))

    def _stranger(self, index: int, tag: int, used: bool, pages: Sequence[Page]) -> TlbContent:
        """An entry that no access meets: of another page, or not valid."""
        vpn = tag * self.sets + index
        valid = not used and self.rng.chance(HALF)
        if vpn < len(pages):
            return TlbContent(index, tag, pages[vpn].frame, valid and pages[vpn].present)
        return TlbContent(index, tag, self.rng.choice(self.frames) if valid else None, valid)

    def _cache(self, addresses: Sequence[int]) -> CacheLevel:
        """Lines of the first of these addresses, near misses of the others, and strangers."""
        rng, n = self.rng, self.n
        level = CacheLevel(
            size=n["cache_sets"] * n["cache_ways"] * n["line"], line=n["line"],
            ways=n["cache_ways"], policy="lru", write="back", allocate=True, seed=0,
            time=Fraction(4), contents=(),
        )  # fmt: skip
        shape = level.shape
        tags = 1 << n["pa_bits"] - shape.index_bits - shape.offset_bits
        held: list[dict[int, bool]] = [{} for _ in range(shape.sets)]
        for place, address in enumerate(addresses):
            line = shape.line_of(address)
            row, tag = held[shape.index_of(line)], shape.tag_of(line)
            if place < n["cached"]:
                row[tag] = True
            elif tag not in row and rng.chance(HALF):
                row[tag] = False
        asked = Counter(shape.line_of(address) for address in addresses)
        contents = []
        for index, row in enumerate(held):
            kept = list(row.items())[: shape.ways]
            while len(kept) < shape.ways:
                tag = rng.below(tags)
                if tag not in dict(kept) and not asked[shape.line_at(tag, index)]:
                    kept.append((tag, rng.chance(MOSTLY)))
            for tag, valid in rng.shuffled(kept):
                data = bytes(rng.below(256) for _ in range(shape.line)).hex(" ")
                contents.append(CacheContent(index, tag, data if valid else "", valid, False))
        return replace(level, contents=tuple(contents))
