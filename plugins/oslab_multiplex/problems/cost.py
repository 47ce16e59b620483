"""multiplex.cost: what select, poll and epoll look at and copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from oslab import Answers, Choose, Figure, Generator, Int, OrNone, Problem, Run, mistake
from oslab_multiplex.cost import MECHANISMS, CostConfig, Mechanism, cost, run
from oslab_multiplex.cost import Cost as Figures


@dataclass(frozen=True)
class CostSpace:
    """fds watched; ready of them, in percent, at least one; gap: the numbers below the highest that are
    not watched; waits; sets of select."""

    fds: Choose[int]
    percent: Choose[int]
    gap: Choose[int]
    waits: Choose[int]
    sets: Choose[int]


class Cost(Problem[CostConfig, CostSpace]):
    """What each mechanism looks at and copies in all waits; from where on epoll copies more."""

    version = 1
    params = CostConfig
    space = CostSpace
    required = ("epoll-scans-n", "copy-in-only", "mmap-0-bytes")
    answers = {
        "select_scanned": Int(),
        "poll_scanned": Int(),
        "epoll_scanned": Int(),
        "select_bytes": Int(),
        "poll_bytes": Int(),
        "epoll_bytes": Int(),
        "tested": Int(),
        "even": OrNone(Int()),
    }

    def draw(self, rng: Generator, space: CostSpace) -> CostConfig:
        fds = space.fds.pick(rng)
        # No round numbers: rows that agree by chance tell nothing.
        fds = rng.between(fds - fds // 4, fds + fds // 4)
        return CostConfig(
            mechanisms=MECHANISMS,
            fds=fds,
            ready=max(1, fds * space.percent.pick(rng) // 100),
            max_fd=fds - 1 + space.gap.pick(rng),
            sets=space.sets.pick(rng),
            waits=space.waits.pick(rng),
        )

    def present(self, p: CostConfig) -> Mapping[str, Figure]:
        return {
            "fds": p.fds,
            "ready": p.ready,
            "max_fd": p.max_fd,
            "sets": p.sets,
            "waits": p.waits,
        }

    def run(self, p: CostConfig) -> Run:
        return run(p)

    def solve(self, p: CostConfig, run: Run) -> Answers:
        by_name = {step.action: step.result for step in run.steps}
        looked = {f"{m}_scanned": by_name[f"cost-{m}"]["scanned"] for m in p.mechanisms}
        copied = {f"{m}_bytes": by_name[f"cost-{m}"]["copied_bytes"] for m in p.mechanisms}
        return {
            **looked,
            **copied,
            "tested": by_name["cost-select"]["user_scanned"],
            "even": by_name["cost-even"]["ready"],
        }

    def _if(self, p: CostConfig, seen: Callable[[Mechanism, Figures], tuple[int, int]]) -> Answers:
        """Answers by someone for whom the kernel looks at, and copies, what `seen` says."""
        pairs = {mechanism: seen(mechanism, cost(p, mechanism)) for mechanism in p.mechanisms}
        looked = {f"{m}_scanned": scanned for m, (scanned, _) in pairs.items()}
        return {**looked, **{f"{m}_bytes": copied for m, (_, copied) in pairs.items()}}

    @mistake("epoll-scans-n")
    def epoll_scans_n(self, p: CostConfig) -> Answers | None:
        """epoll_wait goes through the whole tree."""
        all_of_them = p.waits * p.fds
        return self._if(
            p,
            lambda m, each: (all_of_them if m == "epoll" else each.scanned, each.copied_bytes),
        )

    @mistake("copy-in-only")
    def copy_in_only(self, p: CostConfig) -> Answers | None:
        """Nothing is copied back."""
        return self._if(p, lambda m, each: (each.scanned, each.bytes_in + each.ctl_bytes))

    @mistake("mmap-0-bytes")
    def mmap_0_bytes(self, p: CostConfig) -> Answers | None:
        """epoll's events lie in memory that the program sees."""
        rows = self._if(p, lambda m, each: (each.scanned, 0 if m == "epoll" else each.copied_bytes))
        return {**rows, "even": None}

    @mistake("select-counts-n")
    def select_counts_n(self, p: CostConfig) -> Answers | None:
        """select looks at the members of the set only."""
        dense = replace(p, max_fd=p.fds - 1)
        return self._if(dense, _as_it_is) if p.max_fd >= p.fds else None

    @mistake("one-wait")
    def one_wait(self, p: CostConfig) -> Answers | None:
        """All is said of one wait."""
        once = replace(p, waits=1)
        return self._if(once, _as_it_is) if p.waits > 1 else None

    @mistake("ctl-forgotten")
    def ctl_forgotten(self, p: CostConfig) -> Answers | None:
        """Registering costs nothing."""
        return self._if(p, lambda m, each: (each.scanned, each.copied_bytes - each.ctl_bytes))


def _as_it_is(mechanism: Mechanism, each: Figures) -> tuple[int, int]:
    return each.scanned, each.copied_bytes
