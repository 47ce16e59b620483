"""Which page size costs least."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import log2, sqrt

from oslab import (
    Answers,
    Choose,
    Figure,
    Float,
    Generator,
    Problem,
    Run,
    Size,
    Table,
    mistake,
    rows_of,
)
from oslab.quantities import format_size
from oslab_paging.pagesize import PageSizeConfig, optimum_bytes, run, table_bytes, unused_bytes

TOLERANCE = Fraction(1, 1000)


@dataclass(frozen=True)
class PageSizeSpace:
    """process: bytes of the average process; pte: bytes of an entry; sizes: how many page sizes are
    compared, powers of two around the best one."""

    process: Choose[int]
    pte: Choose[int]
    sizes: Choose[int]


COSTS = Table("page", {"table": Size(), "unused": Size(), "total": Size()}, action="page-size")


class PageSize(Problem[PageSizeConfig, PageSizeSpace]):
    """Page table and unused bytes for several page sizes, the best of them, the exact optimum."""

    version = 1
    params = PageSizeConfig
    space = PageSizeSpace
    answers = {
        "costs": COSTS,
        "best": Size(),
        "optimum": Float(relative=TOLERANCE),
    }
    required = ("whole-page-lost", "entries-as-bytes")

    def draw(self, rng: Generator, space: PageSizeSpace) -> PageSizeConfig:
        process, pte = space.process.pick(rng), space.pte.pick(rng)
        count = space.sizes.pick(rng)
        near = round(log2(sqrt(2 * process * pte)))
        lowest = max(1, near - rng.below(count))
        return PageSizeConfig(process, pte, tuple(1 << lowest + i for i in range(count)))

    def good(self, p: PageSizeConfig) -> bool:
        totals = sorted(self.totals(p))
        whole = all(p.process_bytes * p.pte_bytes % page == 0 for page in p.page_sizes)
        return whole and totals[0] < totals[1]

    def totals(self, p: PageSizeConfig) -> list[Fraction]:
        """The cost of each page size."""
        return [table_bytes(p, page) + unused_bytes(page) for page in p.page_sizes]

    def present(self, p: PageSizeConfig) -> Mapping[str, Figure]:
        return {
            "process": format_size(p.process_bytes),
            "pte": p.pte_bytes,
            "sizes": ", ".join(format_size(page) for page in p.page_sizes),
        }

    def rows(self, p: PageSizeConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(format_size(page),) for page in p.page_sizes]

    def run(self, p: PageSizeConfig) -> Run:
        return run(p)

    def solve(self, p: PageSizeConfig, run: Run) -> Answers:
        return {
            "costs": rows_of(run, COSTS),
            "best": run.metrics["best_page_size"],
            "optimum": run.metrics["optimum_bytes"],
        }

    @mistake("whole-page-lost")
    def whole_page_lost(self, p: PageSizeConfig) -> Answers | None:
        """A whole page is lost, not half of one."""
        return {
            **self.costing(p, lambda page: (int(table_bytes(p, page)), page)),
            "optimum": optimum_bytes(p) / sqrt(2),
        }

    @mistake("entries-as-bytes")
    def entries_as_bytes(self, p: PageSizeConfig) -> Answers | None:
        """Every entry is taken for one byte."""
        if p.pte_bytes == 1:
            return None
        one = replace(p, pte_bytes=1)
        return {
            **self.costing(p, lambda page: (int(table_bytes(one, page)), page // 2)),
            "optimum": optimum_bytes(one),
        }

    @mistake("unused-only")
    def unused_only(self, p: PageSizeConfig) -> Answers | None:
        """Only the unused part of the last page counts as cost."""
        return {"costs": self.summing(p, "unused"), "best": p.page_sizes[0]}

    @mistake("table-only")
    def table_only(self, p: PageSizeConfig) -> Answers | None:
        """Only the page table counts as cost."""
        return {"costs": self.summing(p, "table"), "best": p.page_sizes[-1]}

    def summing(self, p: PageSizeConfig, part: str) -> list[Mapping[str, int]]:
        """The table's rows of one for whom this part is all."""
        return [{**row, "total": row[part]} for row in self.solve(p, run(p))["costs"]]

    def costing(self, p: PageSizeConfig, costs: Callable[[int], tuple[int, int]]) -> Answers:
        """Table and best size of one who reckons page table and unused bytes so."""
        rows = []
        for page in p.page_sizes:
            table, unused = costs(page)
            rows.append({"table": table, "unused": unused, "total": table + unused})
        cheapest = min(range(len(rows)), key=lambda i: rows[i]["total"])
        return {"costs": rows, "best": p.page_sizes[cheapest]}
