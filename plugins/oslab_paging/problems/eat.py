"""paging.eat: the effective access time with page faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from oslab import Answers, Choose, Figure, Float, Generator, Problem, Run, Time, mistake
from oslab.quantities import format_percent, format_time
from oslab_paging.eat import RELATIVE, EatConfig, run


@dataclass(frozen=True)
class EatSpace:
    """Times and shares to choose from; `one_in` is how many references there are to one fault."""

    memory: Choose[Fraction]
    one_in: Choose[int]
    disk: Choose[Fraction]
    dirty: Choose[Fraction]
    overhead: Choose[Fraction]
    limit: Choose[Fraction]


class Eat(Problem[EatConfig, EatSpace]):
    """The time of a fault, the effective access time, the slowdown, and how rare faults must be."""

    version = 1
    params = EatConfig
    space = EatSpace
    required = ("d=0", "d-inverted", "ms-as-us")
    answers = {
        "fault": Time(relative=RELATIVE, unit="ms"),
        "eat": Time(relative=RELATIVE, unit="ns"),
        "slowdown": Float(relative=RELATIVE),
        "references": Float(relative=RELATIVE),
    }

    def draw(self, rng: Generator, space: EatSpace) -> EatConfig:
        return EatConfig(
            memory_ns=space.memory.pick(rng),
            fault_rate=Fraction(1, space.one_in.pick(rng)),
            disk_ns=space.disk.pick(rng),
            dirty_rate=space.dirty.pick(rng),
            overhead_ns=space.overhead.pick(rng),
            limit=space.limit.pick(rng),
        )

    def present(self, p: EatConfig) -> Mapping[str, Figure]:
        return {
            "memory": format_time(p.memory_ns),
            "one_in": str(1 / p.fault_rate),
            "disk": format_time(p.disk_ns),
            "dirty": format_percent(p.dirty_rate),
            "clean": format_percent(1 - p.dirty_rate),
            "overhead": format_time(p.overhead_ns),
            "limit": format_percent(p.limit),
        }

    def run(self, p: EatConfig) -> Run:
        return run(p)

    def solve(self, p: EatConfig, run: Run) -> Answers:
        [references] = [step.result["references"] for step in run.steps if step.action == "limit"]
        return {
            "fault": run.metrics["fault_ns"],
            "eat": run.metrics["eat_ns"],
            "slowdown": run.metrics["slowdown"],
            "references": references,
        }

    @mistake("d=0")
    def no_write_back(self, p: EatConfig) -> Answers | None:
        """Dirty victims are forgotten: one disk access a fault."""
        changed = replace(p, dirty_rate=Fraction(0))
        return self.solve(p, run(changed))

    @mistake("d-inverted")
    def clean_written(self, p: EatConfig) -> Answers | None:
        """The share of clean victims is taken for the dirty."""
        changed = replace(p, dirty_rate=1 - p.dirty_rate)
        return self.solve(p, run(changed))

    @mistake("ms-as-us")
    def milliseconds_as_microseconds(self, p: EatConfig) -> Answers | None:
        """A thousand times too little for the disk."""
        changed = replace(p, disk_ns=p.disk_ns / 1000)
        return self.solve(p, run(changed))

    @mistake("rate-for-references")
    def rate_for_references(self, p: EatConfig) -> Answers | None:
        """The highest fault rate p is given where its inverse is asked."""
        return {"references": 1 / self.solve(p, run(p))["references"]}

    @mistake("overhead-forgotten")
    def overhead_forgotten(self, p: EatConfig) -> Answers | None:
        changed = replace(p, overhead_ns=Fraction(0))
        return self.solve(p, run(changed))
