"""What a machine at work writes down: its figures, the time, and where they are wanted the steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from oslab import Drawing, Hex, Step
from oslab.quantities import format_time

# The same few times come again and again.
_shown = lru_cache(maxsize=4096)(format_time)
Time: TypeAlias = "int | Fraction"
Names: TypeAlias = "Mapping[str, Any]"
Told: TypeAlias = "Callable[[], tuple[Names, Names]]"
"""What is given to a step, and its result; asked for only where steps are kept."""


@dataclass(slots=True)
class Counts:
    """The figures, as docs/memory.md explains them."""

    accesses: int = 0
    tlb_hits: int = 0
    tlb_misses: int = 0
    tlb2_hits: int = 0
    page_faults: int = 0
    retries: int = 0
    protection_faults: int = 0
    signals: int = 0
    killed: bool = False
    evictions: int = 0
    writebacks: int = 0
    swap_outs: int = 0
    swap_ins: int = 0
    file_reads: int = 0
    zero_fills: int = 0
    pte_reads: int = 0
    pte_cache_hits: int = 0
    cache_hits: int = 0
    cache_misses: int = 0
    memory_accesses: int = 0


class Journal:
    """counts   the figures so far
    time     ns spent so far
    telling  whether steps are kept
    steps    the steps, a group for each access
    rows     the fields of each access, by name; kept with the steps
    drawn    draws the machine; set by it once it is put together
    """

    def __init__(self, telling: bool) -> None:
        self.counts = Counts()
        self.time: Time = 0
        self.telling = telling
        self.steps: list[Step] = []
        self.rows: list[dict[str, Any]] = []
        self.drawn: Callable[[], Mapping[str, Drawing]] = dict

    def tell(self, action: str, actor: str, cost: Time, told: Told) -> None:
        """Spend the time of a step and, where steps are kept, keep it."""
        start = self.time
        self.time += cost
        if not self.telling:
            return
        given, result = told()
        if cost:
            result = {**result, "cost": _shown(cost), "total": _shown(self.time)}
        self.steps.append(
            Step(
                action=action,
                actor=actor,
                given={"va": Hex(self.rows[-1]["va"]), **given},
                result=result,
                state=self.drawn(),
                start_ns=start,  # type: ignore[arg-type]  # exact: a Fraction where need be
                cost_ns=cost,  # type: ignore[arg-type]
                group=self.counts.accesses,
            )
        )

    def note(self, **fields: Any) -> None:
        """Fields of the present access."""
        if self.telling:
            self.rows[-1].update(fields)


def exact(time: Fraction) -> Time:
    """Whole nanoseconds as a whole number: adding them up is much faster."""
    return int(time) if time.denominator == 1 else time
