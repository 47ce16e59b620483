"""tlb.eat: the effective access time with a TLB and a page table of several levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from oslab import Answers, Choose, Figure, Float, Generator, Problem, Run, Time, mistake
from oslab.quantities import format_percent, format_time
from oslab_tlb.eat import EatConfig, run


@dataclass(frozen=True)
class EatSpace:
    """Times and shares to choose from; `one_in`: references to one page fault, 0 for no faults."""

    hit: Choose[Fraction]
    tlb: Choose[Fraction]
    memory: Choose[Fraction]
    levels: Choose[int]
    one_in: Choose[int]
    fault: Choose[Fraction]


class Eat(Problem[EatConfig, EatSpace]):
    """The time of a hit and of a miss, the effective access time, and the slowdown."""

    version = 1
    params = EatConfig
    space = EatSpace
    required = ("miss-no-tlb", "one-level", "h-swapped")
    answers = {"hit": Time(), "miss": Time(), "eat": Time(), "slowdown": Float()}

    def draw(self, rng: Generator, space: EatSpace) -> EatConfig:
        one_in = space.one_in.pick(rng)
        return EatConfig(
            hit_ratio=space.hit.pick(rng),
            tlb_ns=space.tlb.pick(rng),
            memory_ns=space.memory.pick(rng),
            levels=space.levels.pick(rng),
            fault_rate=Fraction(1, one_in) if one_in else Fraction(0),
            fault_ns=space.fault.pick(rng) if one_in else Fraction(0),
        )

    def good(self, p: EatConfig) -> bool:
        # Else leaving the lookup out of the miss path is hardly to be seen in the average.
        return p.tlb_ns * 10 >= p.memory_ns

    def present(self, p: EatConfig) -> Mapping[str, Figure]:
        return {
            "hit_ratio": format_percent(p.hit_ratio),
            "tlb": format_time(p.tlb_ns),
            "memory": format_time(p.memory_ns),
            "levels": p.levels,
            "one_in": str(1 / p.fault_rate) if p.fault_rate else "-",
            "fault": format_time(p.fault_ns),
        }

    def run(self, p: EatConfig) -> Run:
        return run(p)

    def solve(self, p: EatConfig, run: Run) -> Answers:
        m = run.metrics
        return {
            "hit": m["hit_ns"],
            "miss": m["miss_ns"],
            "eat": m["eat_ns"],
            "slowdown": m["slowdown"],
        }

    def _with_miss(self, p: EatConfig, miss: Fraction) -> Answers:
        """What someone answers for whom a miss takes another time."""
        hit = p.tlb_ns + p.memory_ns
        mean = p.hit_ratio * hit + (1 - p.hit_ratio) * miss
        eat = mean + p.fault_rate * p.fault_ns
        return {"hit": hit, "miss": miss, "eat": eat, "slowdown": eat / p.memory_ns}

    @mistake("miss-no-tlb")
    def miss_without_lookup(self, p: EatConfig) -> Answers | None:
        """The lookup that failed is thought to take no time."""
        return self._with_miss(p, (p.levels + 1) * p.memory_ns)

    @mistake("one-level")
    def one_level(self, p: EatConfig) -> Answers | None:
        """A walk is thought to be one memory access, however many levels there are."""
        return self.solve(p, run(replace(p, levels=1))) if p.levels > 1 else None

    @mistake("h-swapped")
    def shares_swapped(self, p: EatConfig) -> Answers | None:
        """The hit ratio is used for the misses."""
        return self.solve(p, run(replace(p, hit_ratio=1 - p.hit_ratio)))

    @mistake("data-forgotten")
    def data_forgotten(self, p: EatConfig) -> Answers | None:
        """After the walk the access itself is left out."""
        return self._with_miss(p, p.tlb_ns + p.levels * p.memory_ns)

    @mistake("fault-forgotten")
    def fault_forgotten(self, p: EatConfig) -> Answers | None:
        """Page faults are left out, for they are so rare."""
        if not p.fault_rate:
            return None
        return self.solve(p, run(replace(p, fault_rate=Fraction(0))))
