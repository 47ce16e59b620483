"""Effective access time with a TLB: what translation adds to each memory access on average.

A hit costs the lookup t and the access itself, t + m. A miss costs the lookup all the same, then an
access for the page-table entry of each of k levels, then the access itself: t + (k + 1) × m. So

    EAT = h × (t + m) + (1 - h) × (t + (k + 1) × m), and p × F more where a share p of the references
    faults and a fault takes F.

Without a TLB each access would take (k + 1) × m.

Sources: Silberschatz, Galvin and Gagne, Operating System Concepts, 8th edition, 8.4.2; CS:APP, 9.6.2 and 9.6.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from oslab import Float, InputError, Run, Step, Time, Value
from oslab.quantities import check_share

MOST_LEVELS = 8


@dataclass(frozen=True, slots=True)
class EatConfig:
    """A TLB before a page table; times in nanoseconds.

    hit_ratio   h, the share of references whose translation is in the TLB, 0 to 1
    tlb_ns      t, a lookup in the TLB
    memory_ns   m, a memory access: to data, or to one page-table entry
    levels      k, of the page table: entries that a walk reads
    fault_rate  p, the share of references that fault, 0 to 1
    fault_ns    F, what a fault adds

    Raises InputError for shares not between 0 and 1, negative times, and more than 8 levels.
    """

    hit_ratio: Fraction
    tlb_ns: Fraction
    memory_ns: Fraction
    levels: int
    fault_rate: Fraction
    fault_ns: Fraction

    def __post_init__(self) -> None:
        for name in ("hit_ratio", "fault_rate"):
            check_share(getattr(self, name), name.replace("_", " "))
        if self.memory_ns <= 0:
            raise InputError("a memory access takes more than 0 ns")
        if self.tlb_ns < 0 or self.fault_ns < 0:
            raise InputError("times are not negative")
        if not 1 <= self.levels <= MOST_LEVELS:
            raise InputError(f"a page table has 1 to {MOST_LEVELS} levels, not {self.levels}")


def run(config: EatConfig) -> Run:
    """Compute the effective access time.

    Steps ``eat-hit`` (result ``hit_ns``), ``eat-miss`` (``miss_ns``), ``eat-average`` (``mean_ns``,
    without faults), ``eat-faults`` (``eat_ns``) where references fault, and ``eat-slowdown``
    (``slowdown``, EAT / m, and ``without_ns``, an access where there is no TLB).
    Metrics: ``eat_ns slowdown hit_ns miss_ns without_ns``, exact fractions.
    """
    h, t, m, k = config.hit_ratio, config.tlb_ns, config.memory_ns, config.levels
    hit, miss = t + m, t + (k + 1) * m
    mean = h * hit + (1 - h) * miss
    eat = mean + config.fault_rate * config.fault_ns
    slowdown, without = eat / m, (k + 1) * m
    steps = [
        Step(
            action="eat-hit",
            actor="mmu",
            given={"tlb_ns": t, "memory_ns": m},
            result={"hit_ns": hit},
        ),
        Step(
            action="eat-miss",
            actor="mmu",
            given={"tlb_ns": t, "memory_ns": m, "levels": k, "accesses": k + 1},
            result={"miss_ns": miss},
        ),
        Step(
            action="eat-average",
            actor="mmu",
            given={"hit_ratio": h, "miss_ratio": 1 - h, "hit_ns": hit, "miss_ns": miss},
            result={"mean_ns": mean},
        ),
    ]
    if config.fault_rate:
        steps.append(
            Step(
                action="eat-faults",
                actor="kernel",
                given={
                    "mean_ns": mean,
                    "fault_rate": config.fault_rate,
                    "fault_ns": config.fault_ns,
                },
                result={"eat_ns": eat},
            )
        )
    steps.append(
        Step(
            action="eat-slowdown",
            actor="cpu",
            given={"eat_ns": eat, "memory_ns": m},
            result={"slowdown": slowdown, "without_ns": without},
        )
    )
    rules: dict[str, Value] = {"eat-lookup": "first", "walk-cache": "none"}
    if config.fault_rate:
        rules["eat-faults"] = "added"
    return Run(
        command="tlb.eat",
        config=config,
        conventions=rules,
        asks={
            "eat-hit": {"hit_ns": Time()},
            "eat-miss": {"miss_ns": Time()},
            "eat-average": {"mean_ns": Time()},
            "eat-faults": {"eat_ns": Time()},
            "eat-slowdown": {"slowdown": Float()},
        },
        steps=tuple(steps),
        metrics={
            "eat_ns": eat,
            "slowdown": slowdown,
            "hit_ns": hit,
            "miss_ns": miss,
            "without_ns": without,
        },
    )
