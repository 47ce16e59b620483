"""cache.amat: the average memory access time of two or three levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from operator import mul

from oslab import Answers, Choose, Figure, Generator, Percent, Problem, Run, Time, mistake
from oslab.quantities import format_percent, format_time
from oslab_cache.amat import AmatConfig, Ratios, average, global_ratios, local_ratios, run


@dataclass(frozen=True)
class AmatSpace:
    """times: to choose from, for each cache and then for memory; miss_ratios: for each cache, as
    `ratios` says they are meant."""

    times: tuple[Choose[Fraction], ...]
    miss_ratios: tuple[Choose[Fraction], ...]
    ratios: Ratios


class Amat(Problem[AmatConfig, AmatSpace]):
    """What is spent below the first cache, the average, and the ratios of the last cache."""

    version = 1
    params = AmatConfig
    space = AmatSpace
    required = ("global-as-local", "no-l2-time", "weighted")
    answers = {
        "penalty": Time(unit="ns"),
        "amat": Time(unit="ns"),
        "global": Percent(),
        "local": Percent(),
    }

    def draw(self, rng: Generator, space: AmatSpace) -> AmatConfig:
        return AmatConfig(
            tuple(times.pick(rng) for times in space.times),
            tuple(ratios.pick(rng) for ratios in space.miss_ratios),
            space.ratios,
        )

    def good(self, p: AmatConfig) -> bool:
        """Exact to a thousandth of a nanosecond, and to a hundredth of a percent."""
        means = [step.result["average_ns"] for step in run(p).steps if step.action == "amat-level"]
        whole = [mean * 1000 for mean in means] + [share * 10000 for share in global_ratios(p)]
        whole += [share * 10000 for share in local_ratios(p)]
        return all(value.denominator == 1 for value in whole)

    def present(self, p: AmatConfig) -> Mapping[str, Figure]:
        """`t1` `m1` `n1` …: time, miss ratio and misses in a thousand references of each cache."""
        figures: dict[str, Figure] = {"memory": format_time(p.times_ns[-1])}
        for level, (time, ratio) in enumerate(zip(p.times_ns, p.miss_ratios, strict=False), 1):
            figures[f"t{level}"] = format_time(time)
            figures[f"m{level}"] = format_percent(ratio)
            figures[f"n{level}"] = str(1000 * global_ratios(p)[level - 1])
        return figures

    def run(self, p: AmatConfig) -> Run:
        """How global ratios are meant is asked here, where they come as counted misses."""
        found = run(p)
        if p.ratios == "local":
            return found
        rules = {name: rule for name, rule in found.conventions.items() if name != "ratios"}
        return replace(found, conventions=rules)

    def solve(self, p: AmatConfig, run: Run) -> Answers:
        first = [step for step in run.steps if step.action == "amat-level"][-1]
        last = run.metrics["levels"][-2]
        return {
            "penalty": first.given["below_ns"],
            "amat": run.metrics["amat_ns"],
            "global": last["global"],
            "local": last["local"],
        }

    def weighed(self, p: AmatConfig, times: Sequence[Fraction]) -> Answers:
        """The answers of one for whom the levels take these times."""
        local = local_ratios(p)
        below = (Fraction(1), *accumulate(local[1:], mul))
        return {
            "penalty": average(times[1:], below),
            "amat": average(times, (Fraction(1), *global_ratios(p))),
        }

    @mistake("global-as-local")
    def global_as_local(self, p: AmatConfig) -> Answers | None:
        """Local ratios are taken for shares of all references, or the other way round."""
        if len(p.miss_ratios) < 2:
            return None
        m = p.miss_ratios
        if p.ratios == "local":
            return {"amat": average(p.times_ns, (Fraction(1), *m)), "global": m[-1]}
        reaching = tuple(accumulate((Fraction(1), *m), mul))
        below = (Fraction(1), *accumulate(m[1:], mul))
        return {
            "penalty": average(p.times_ns[1:], below),
            "amat": average(p.times_ns, reaching),
            "local": m[-1],
        }

    @mistake("no-l2-time")
    def no_l2_time(self, p: AmatConfig) -> Answers | None:
        """The lookups below the first cache take no time."""
        if len(p.miss_ratios) < 2:
            return None
        first, *middle, memory = p.times_ns
        return self.weighed(p, (first, *(Fraction(0) for _ in middle), memory))

    @mistake("weighted")
    def weighted(self, p: AmatConfig) -> Answers | None:
        """A hit takes the time of its level alone: the lookups that missed before are left out."""
        mean = p.times_ns[-1]
        penalty = mean
        for time, ratio in reversed(list(zip(p.times_ns, local_ratios(p), strict=False))):
            penalty, mean = mean, (1 - ratio) * time + ratio * mean
        return {"penalty": penalty, "amat": mean}

    @mistake("ratios-added")
    def ratios_added(self, p: AmatConfig) -> Answers | None:
        """The global ratio is taken for the sum of the local ones."""
        if len(p.miss_ratios) < 2 or p.ratios == "global":
            return None
        return {"global": sum(p.miss_ratios, Fraction(0))}
