"""tlb.reach: how much memory a TLB covers, and the misses of a loop that needs more or less of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from oslab import Answers, Choose, Figure, Generator, Int, Problem, Run, Size, mistake
from oslab.quantities import format_size
from oslab_tlb.reach import Loop, ReachConfig, run

# A page-table entry of a 64-bit machine, which is taken for what it maps.
PTE_BYTES = 8


@dataclass(frozen=True)
class ReachSpace:
    """fits: whether there is an entry for each page that the loop touches; sets: of the TLB."""

    entries: Choose[int]
    sets: Choose[int]
    page_size: Choose[int]
    stride: Choose[int]
    fits: Choose[bool]
    passes: Choose[int]


class Reach(Problem[ReachConfig, ReachSpace]):
    """The reach, the pages of a pass, the misses of a later pass and of all together."""

    version = 1
    params = ReachConfig
    space = ReachSpace
    required = ("entries×pte-size", "sets×page", "pages-not-bytes")
    answers = {"reach": Size(), "pages": Int(), "later": Int(), "total": Int()}

    def draw(self, rng: Generator, space: ReachSpace) -> ReachConfig:
        entries, page_size = space.entries.pick(rng), space.page_size.pick(rng)
        stride = space.stride.pick(rng)
        low, high = (entries // 8, entries) if space.fits.pick(rng) else (entries + 1, entries * 2)
        pages = rng.between(max(low, 2), high)
        return ReachConfig(
            entries=entries,
            ways=entries // space.sets.pick(rng),
            policy="lru",
            seed=0,
            page_size=page_size,
            loop=Loop(pages * max(stride, page_size), stride, space.passes.pick(rng)),
        )

    def present(self, p: ReachConfig) -> Mapping[str, Figure]:
        return {
            "entries": p.entries,
            "ways": p.ways,
            "sets": p.shape().sets,
            "page_size": format_size(p.page_size),
            "pte_size": format_size(PTE_BYTES),
            "array": format_size(_loop(p).array),
            "stride": format_size(_loop(p).stride),
            "passes": _loop(p).passes,
        }

    def run(self, p: ReachConfig) -> Run:
        return run(p)

    def solve(self, p: ReachConfig, run: Run) -> Answers:
        m = run.metrics
        return {
            "reach": m["reach_bytes"],
            "pages": m["pages"],
            "later": m["misses_per_pass"][-1],
            "total": m["misses"],
        }

    def _believing(self, p: ReachConfig, reach: int, pages: int, later: int) -> Answers:
        total = pages + (_loop(p).passes - 1) * later
        return {"reach": reach, "pages": pages, "later": later, "total": total}

    @mistake("entries×pte-size")
    def table_entries(self, p: ReachConfig) -> Answers | None:
        """What the entries take up is given for what they map; then no loop fits."""
        pages = _pages(p)
        return self._believing(p, p.entries * PTE_BYTES, pages, pages)

    @mistake("sets×page")
    def one_page_a_set(self, p: ReachConfig) -> Answers | None:
        """Each set is thought to hold one page."""
        narrow = replace(p, entries=p.shape().sets, ways=1)
        return self.solve(narrow, run(narrow)) if p.ways > 1 else None

    @mistake("pages-not-bytes")
    def in_pages(self, p: ReachConfig) -> Answers | None:
        """The entries are counted, not what they cover."""
        return {"reach": p.entries}

    @mistake("excess-only")
    def excess_only(self, p: ReachConfig) -> Answers | None:
        """Only the pages too many are thought to miss; LRU throws each page out before its turn."""
        pages = _pages(p)
        if pages <= p.entries:
            return None
        return self._believing(p, p.entries * p.page_size, pages, pages - p.entries)

    @mistake("reach-suffices")
    def reach_suffices(self, p: ReachConfig) -> Answers | None:
        """As many pages as entries are thought to fit, whatever sets they fall into."""
        full = replace(p, ways=p.entries)
        return self.solve(full, run(full)) if p.ways < p.entries else None

    @mistake("forgotten-each-pass")
    def forgotten(self, p: ReachConfig) -> Answers | None:
        """Each pass is thought to begin with an empty TLB."""
        pages = _pages(p)
        return self._believing(p, p.entries * p.page_size, pages, pages)

    @mistake("miss-each-access")
    def each_access(self, p: ReachConfig) -> Answers | None:
        """Each element is thought to need a miss, though many lie in one page."""
        elements = _loop(p).elements
        if _loop(p).stride >= p.page_size:
            return None
        return self._believing(p, p.entries * p.page_size, elements, elements)

    @mistake("every-page")
    def every_page(self, p: ReachConfig) -> Answers | None:
        """The pages that a long stride skips are counted too."""
        if _loop(p).stride <= p.page_size:
            return None
        whole = replace(p, loop=replace(_loop(p), stride=p.page_size))
        return self.solve(whole, run(whole))


def _loop(p: ReachConfig) -> Loop:
    assert p.loop is not None
    return p.loop


def _pages(p: ReachConfig) -> int:
    return len(_loop(p).pages(p.page_size))
