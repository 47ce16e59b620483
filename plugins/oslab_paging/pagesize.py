"""How large should a page be? Small pages need long tables, large ones waste their last page.

A process of s bytes with entries of e bytes and pages of p bytes costs s·e/p bytes of page table,
and on average p/2 bytes of its last page are unused. The sum is least at p = √(2·s·e).

Source: Tanenbaum and Bos, Modern Operating Systems, 3.5.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from oslab import AnswerType, Float, InputError, Run, Size, Step, Value
from oslab.quantities import format_decimal, format_size
from oslab_paging.split import check_page_size


@dataclass(frozen=True, slots=True)
class PageSizeConfig:
    """A process and the page sizes to compare.

    process_bytes   memory of the average process, s
    pte_bytes       bytes of a page-table entry, e
    page_sizes      sizes to compare: different powers of two, ascending, at least one

    Raises InputError for anything else.
    """

    process_bytes: int
    pte_bytes: int
    page_sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.process_bytes < 1 or self.pte_bytes < 1:
            raise InputError("a process and a page-table entry have at least 1 byte")
        if not self.page_sizes:
            raise InputError("give page sizes to compare, such as 1K,4K,16K")
        for size in self.page_sizes:
            check_page_size(size)
        if list(self.page_sizes) != sorted(set(self.page_sizes)):
            raise InputError("give each page size once, from the smallest to the largest")


def table_bytes(config: PageSizeConfig, page: int) -> Fraction:
    """Bytes of page table, s·e/p."""
    return Fraction(config.process_bytes * config.pte_bytes, page)


def unused_bytes(page: int) -> Fraction:
    """Bytes lost in the last page on average, p/2."""
    return Fraction(page, 2)


def optimum_bytes(config: PageSizeConfig) -> float:
    """The page size of least cost, √(2·s·e), were any size allowed."""
    return sqrt(2 * config.process_bytes * config.pte_bytes)


def run(config: PageSizeConfig) -> Run:
    """Cost of each page size, and the best one.

    Steps ``page-size`` (one a size): given ``page``, result ``table unused total``; ``best``:
    result ``optimum`` (the real number √(2·s·e), in bytes) and ``best`` (the size compared that
    costs least, the smaller one if two do). Metrics: ``optimum_bytes best_page_size overheads``
    (``page table unused total``, bytes).
    """
    steps: list[Step] = []
    whole = True
    overheads: list[Mapping[str, Value]] = []
    for page in config.page_sizes:
        table, unused = table_bytes(config, page), unused_bytes(page)
        costs = {"table": table, "unused": unused, "total": table + unused}
        whole = whole and all(cost.denominator == 1 for cost in costs.values())
        overheads.append({"page": page, **_plain(costs)})
        steps.append(
            Step(
                action="page-size",
                given={"page": page, "page_size": format_size(page)},
                result={
                    **_plain(costs),
                    **{f"{name}_size": _size(cost) for name, cost in costs.items()},
                },
            )
        )
    optimum = optimum_bytes(config)
    cost_type: AnswerType = Size() if whole else Float(relative=Fraction(1, 1000))
    best = min(config.page_sizes, key=lambda page: table_bytes(config, page) + unused_bytes(page))
    steps.append(
        Step(
            action="best-page-size",
            given={
                "process_bytes": format_size(config.process_bytes),
                "pte_bytes": config.pte_bytes,
            },
            result={"optimum": optimum, "best": best, "best_size": format_size(best)},
        )
    )
    return Run(
        command="paging.page-size",
        config=config,
        conventions={"last-page": "half"},
        asks={
            "page-size": dict.fromkeys(("table", "unused", "total"), cost_type),
            "best-page-size": {"optimum": Float(relative=Fraction(1, 1000)), "best": Size()},
        },
        steps=tuple(steps),
        metrics={
            "optimum_bytes": optimum,
            "best_page_size": best,
            "overheads": tuple(overheads),
        },
    )


def _plain(costs: Mapping[str, Fraction]) -> dict[str, int | Fraction]:
    return {n: int(cost) if cost.denominator == 1 else cost for n, cost in costs.items()}


def _size(cost: Fraction) -> str:
    whole = cost.denominator == 1
    return format_size(int(cost)) if whole else f"{format_decimal(cost, 1)} B"
