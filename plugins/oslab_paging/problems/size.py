"""How much memory page tables take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from oslab import Answers, Choose, Code, Figure, Generator, Int, List, Problem, Run, Size, mistake
from oslab.quantities import format_size
from oslab_paging.layout import Layout, layout
from oslab_paging.size import (
    MapRange,
    SizeConfig,
    multilevel_bytes,
    range_text,
    run,
    tables_per_level,
)


@dataclass(frozen=True)
class TableSizeSpace:
    """layout: a name or widths; regions: how many ranges are mapped; pages: of each region.

    memory           bytes of physical memory; 0: no inverted table is asked about
    inverted_entry   bytes of an entry of the inverted table
    """

    layout: Choose[str]
    regions: Choose[int]
    pages: Choose[int]
    memory: Choose[int]
    inverted_entry: Choose[int]


class TableSize(Problem[SizeConfig, TableSizeSpace]):
    """Bytes of the linear table, tables at each level and their bytes, bytes of the inverted table."""

    version = 1
    params = SizeConfig
    space = TableSizeSpace
    answers = {
        "linear": Size(),
        "tables": List(Int()),
        "multilevel": Size(),
        "inverted": Size(),
    }
    required = ("no-root", "entries-as-bytes", "table-per-region")

    def draw(self, rng: Generator, space: TableSizeSpace) -> SizeConfig:
        cut = layout(space.layout.pick(rng))
        maps: list[MapRange] = []
        start = 0
        for _ in range(space.regions.pick(rng)):
            start = self._after(rng, cut, start, bool(maps))
            size = space.pages.pick(rng) * cut.page_size
            maps.append(MapRange(start, start + size - 1))
            start += size
        memory = space.memory.pick(rng)
        limit = (1 << cut.va_bits) - 1
        return SizeConfig(
            va_bits=cut.va_bits,
            page_size=cut.page_size,
            pte_size=cut.entry.size,
            levels=cut.widths,
            # What reaches beyond the address space is cut off here and rejected by `good`.
            maps=tuple(MapRange(min(m.first, limit), min(m.last, limit)) for m in maps),
            frames=memory // cut.page_size or None,
            inverted_entry_size=space.inverted_entry.pick(rng) if memory else None,
        )

    def _after(self, rng: Generator, cut: Layout, start: int, gap: bool) -> int:
        """Where the next region begins: a gap as wide as a few entries of some level further on."""
        level = rng.between(1, cut.levels)
        pages = rng.below(cut.table_entries(1))
        if not gap:
            return rng.below(8) * cut.span(cut.levels) + pages * cut.page_size
        return start + rng.between(1, 3) * cut.span(level) + pages * cut.page_size

    def good(self, p: SizeConfig) -> bool:
        # The lower half: the upper belongs to the kernel, and its addresses are sign-extended.
        return p.maps[-1].last < 1 << p.va_bits - 1

    def present(self, p: SizeConfig) -> Mapping[str, Figure]:
        vpo_bits = p.va_bits - sum(p.levels)
        return {
            "va_bits": p.va_bits,
            "page_size": format_size(p.page_size),
            "pte_size": p.pte_size,
            "layout": "/".join(map(str, (*p.levels, vpo_bits))),
            "levels": len(p.levels),
            "regions": Code("\n".join(range_text(m) for m in p.maps)),
            "memory": format_size((p.frames or 0) * p.page_size),
            "inverted_entry": p.inverted_entry_size or 0,
        }

    def run(self, p: SizeConfig) -> Run:
        return run(p)

    def solve(self, p: SizeConfig, run: Run) -> Answers:
        return {
            "linear": run.metrics["linear_bytes"],
            "tables": run.metrics["tables_per_level"],
            "multilevel": run.metrics["multilevel_bytes"],
            "inverted": run.metrics["inverted_bytes"] or 0,
        }

    @mistake("no-root")
    def no_root(self, p: SizeConfig) -> Answers | None:
        """The root table is not counted."""
        return {"multilevel": multilevel_bytes(p, (0, *tables_per_level(p)[1:]))}

    @mistake("all-tables")
    def all_tables(self, p: SizeConfig) -> Answers | None:
        """Every table that could exist is counted."""
        tables = tuple(1 << bits for bits in accumulate((0, *p.levels[:-1])))
        return {"tables": tables, "multilevel": multilevel_bytes(p, tables)}

    @mistake("entries-as-bytes")
    def entries_as_bytes(self, p: SizeConfig) -> Answers | None:
        """Entries are counted, not bytes."""
        key = self.solve(p, run(p))
        return {
            "linear": key["linear"] // p.pte_size,
            "multilevel": key["multilevel"] // p.pte_size,
            **({"inverted": p.frames} if p.frames else {}),
        }

    @mistake("table-per-region")
    def table_per_region(self, p: SizeConfig) -> Answers | None:
        """Each region gets one table of its own at each level: none is shared, none too small."""
        tables = (1, *(len(p.maps) for _ in p.levels[1:]))
        return {"tables": tables, "multilevel": multilevel_bytes(p, tables)}
