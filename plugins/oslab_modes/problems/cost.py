"""modes.cost: what crossings cost, and what batches and the vDSO save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from oslab import Answers, Choose, Figure, Generator, Int, Problem, Run, Time, mistake
from oslab.quantities import format_time
from oslab_modes.cost import CostConfig, cost, run
from oslab_modes.problems.rules import asked


@dataclass(frozen=True)
class CostSpace:
    """Numbers and times to choose from; `vdso`: none are 0, which stands for no vDSO."""

    calls: Choose[int]
    batch: Choose[int]
    enter: Choose[Fraction]
    leave: Choose[Fraction]
    work: Choose[Fraction]
    user: Choose[Fraction]
    vdso: Choose[Fraction]


class Cost(Problem[CostConfig, CostSpace]):
    """Mode switches and time of the same work, one by one, in batches and by the vDSO."""

    version = 1
    params = CostConfig
    space = CostSpace
    answers = {
        "single_switches": Int(),
        "single_time": Time(unit="us"),
        "batches": Int(),
        "batched_switches": Int(),
        "batched_time": Time(unit="us"),
        "vdso_switches": Int(),
        "vdso_time": Time(unit="us"),
    }
    required = ("one-way", "floor", "work-batched")

    def draw(self, rng: Generator, space: CostSpace) -> CostConfig:
        vdso = space.vdso.pick(rng)
        return CostConfig(
            calls=space.calls.pick(rng),
            batch=space.batch.pick(rng),
            enter_ns=space.enter.pick(rng),
            leave_ns=space.leave.pick(rng),
            work_ns=space.work.pick(rng),
            user_ns=space.user.pick(rng),
            vdso_ns=vdso or None,
        )

    def present(self, p: CostConfig) -> Mapping[str, Figure]:
        return {
            "calls": p.calls,
            "batch": p.batch,
            "enter": format_time(p.enter_ns),
            "leave": format_time(p.leave_ns),
            "work": format_time(p.work_ns),
            "user": format_time(p.user_ns),
            "vdso": "-" if p.vdso_ns is None else format_time(p.vdso_ns),
        }

    def run(self, p: CostConfig) -> Run:
        return asked(run(p))

    def solve(self, p: CostConfig, run: Run) -> Answers:
        switches, time = run.metrics["mode_switches"], run.metrics["time_ns"]
        [batches] = [step.result["batches"] for step in run.steps if step.action == "batches"]
        found = {
            "single_switches": switches["one_by_one"],
            "single_time": time["one_by_one"],
            "batches": batches,
            "batched_switches": switches["batched"],
            "batched_time": time["batched"],
        }
        if p.vdso_ns is not None:
            found |= {"vdso_switches": switches["vdso"], "vdso_time": time["vdso"]}
        return found

    @mistake("one-way")
    def one_way(self, p: CostConfig) -> Answers | None:
        """The way back is forgotten."""
        key = self.solve(p, run(replace(p, leave_ns=Fraction(0))))
        halved = {name: key[name] // 2 for name in ("single_switches", "batched_switches")}
        return {name: key[name] for name in ("single_time", "batched_time")} | halved

    @mistake("floor")
    def floor(self, p: CostConfig) -> Answers | None:
        """What does not fill a batch is left out of the count."""
        batches = p.calls // p.batch
        if batches == p.batches:
            return None
        switches, time = cost(p, batches)
        return {"batches": batches, "batched_switches": switches, "batched_time": time}

    @mistake("work-batched")
    def work_batched(self, p: CostConfig) -> Answers | None:
        """A batch is done in the time of one piece."""
        per_call = p.enter_ns + p.leave_ns + p.work_ns
        return {"batched_time": p.batches * per_call + p.calls * p.user_ns}

    @mistake("vdso-enters")
    def vdso_enters(self, p: CostConfig) -> Answers | None:
        """vDSO calls cross like others."""
        if p.vdso_ns is None:
            return None
        per_call = p.enter_ns + p.leave_ns + p.vdso_ns + p.user_ns
        return {"vdso_switches": 2 * p.calls, "vdso_time": p.calls * per_call}

    @mistake("crossings-forgotten")
    def crossings_forgotten(self, p: CostConfig) -> Answers | None:
        """Only the work takes time."""
        key = self.solve(p, run(replace(p, enter_ns=Fraction(0), leave_ns=Fraction(0))))
        return {name: key[name] for name in ("single_time", "batched_time")}
