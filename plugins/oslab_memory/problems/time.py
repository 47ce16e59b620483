"""memory.time: how long accesses take, from what happens to each and from what each part costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from oslab import (
    Answers,
    Figure,
    Generator,
    Grid,
    Problem,
    Run,
    Step,
    Table,
    Time,
    mistake,
)
from oslab.quantities import format_time
from oslab_memory.access import AccessConfig, run
from oslab_memory.problems.sequence import (
    SequenceSpace,
    by_access,
    draw_sequence,
    undrawn,
    with_rules,
    without_retry,
)
from oslab_memory.problems.snapshot import sizes

TABLE = Table("n", {"ns": Time(unit="ns")}, given=("access",))


class AccessTime(Problem[AccessConfig, SequenceSpace]):
    """The time of each access, and of all."""

    version = 1
    params = AccessConfig
    space = SequenceSpace
    required = ("max-not-sum", "miss-skips-lookup")
    answers = {"times": TABLE, "total": Time(unit="ns")}

    def draw(self, rng: Generator, space: SequenceSpace) -> AccessConfig:
        return draw_sequence(rng, space)

    def good(self, p: AccessConfig) -> bool:
        """Something else happens to most; the second try of a fault finds its entries in the cache; and
        the page that leaves never needs an explanation."""
        whole = undrawn(p)
        rows = _events(whole)
        kinds = {tuple(row[1:]) for row in rows}
        retried = (step for steps in by_access(whole) for step in _retry(steps))
        warm = all(s.result["cache_hit"] for s in retried if s.action == "pte-cache")
        return warm and 4 * len(kinds) >= 3 * len(rows) and not whole.metrics["signals"]

    def present(self, p: AccessConfig) -> Mapping[str, Figure]:
        machine = p.machine
        rows = _events(undrawn(p))
        heads = ("access", "tlb_result", "entries_cached", "page_fault", "data_result")
        used = [n for n in range(len(heads)) if any(row[n] != "" for row in rows)]
        events: list[tuple[str | int, ...]] = [
            (place, *(row[n] for n in used)) for place, row in enumerate(rows, start=1)
        ]
        return {
            **sizes(machine),
            "events": Grid(("n", *(heads[n] for n in used)), tuple(events)),
            "tlb_time": format_time(machine.tlb[0].time),
            "cache_time": format_time(machine.cache[0].time) if machine.cache else "-",
            "memory_time": format_time(machine.times.memory),
            "disk_time": format_time(machine.times.disk),
            "fault_time": format_time(machine.times.fault),
        }

    def rows(self, p: AccessConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return list(enumerate(p.accesses, start=1))

    def run(self, p: AccessConfig) -> Run:
        return with_rules(run(p), "pte-reads", "cost-sum", "faults", "write-buffer")

    def solve(self, p: AccessConfig, run: Run) -> Answers:
        return {
            "times": [{"ns": cost["time_ns"]} for cost in run.metrics["costs"]],
            "total": run.metrics["time_ns"],
        }

    def _by(self, p: AccessConfig, time: Callable[[Sequence[Step]], Any]) -> Answers:
        times = [time(steps) for steps in by_access(undrawn(p))]
        return {"times": [{"ns": ns} for ns in times], "total": sum(times)}

    @mistake("max-not-sum")
    def longest_counts(self, p: AccessConfig) -> Answers | None:
        """Only the longest step of an access counts."""
        return self._by(p, lambda steps: max(step.cost_ns for step in steps))

    @mistake("miss-skips-lookup")
    def lookup_free_on_miss(self, p: AccessConfig) -> Answers | None:
        """A lookup that misses is taken to cost nothing."""
        missed = {"tlb-lookup": "tlb_hit", "pte-cache": "cache_hit", "data-cache": "cache_hit"}

        def kept(step: Step) -> bool:
            return bool(step.result.get(missed.get(step.action, ""), True))

        return self._by(p, lambda steps: sum(step.cost_ns for step in steps if kept(step)))

    @mistake("retry-free")
    def retry_free(self, p: AccessConfig) -> Answers | None:
        """The second try after a fault is forgotten."""
        if not undrawn(p).metrics["retries"]:
            return None
        return self._by(p, lambda steps: sum(step.cost_ns for step in without_retry(steps)))

    @mistake("write-back-free")
    def write_back_free(self, p: AccessConfig) -> Answers | None:
        """A dirty victim is forgotten: one disk access for each fault."""
        if not undrawn(p).metrics["writebacks"]:
            return None
        return self._by(
            p, lambda steps: sum(step.cost_ns for step in steps if step.action != "write-page")
        )

    @mistake("walk-free")
    def walk_free(self, p: AccessConfig) -> Answers | None:
        """A TLB miss is charged the lookup alone: the entries read on the walk are forgotten."""
        walk = ("pte-cache", "pte-memory")
        return self._by(
            p, lambda steps: sum(step.cost_ns for step in steps if step.action not in walk)
        )


def _retry(steps: Sequence[Step]) -> Sequence[Step]:
    """The steps of the second try."""
    kept = without_retry(steps)
    return [step for step in steps if step not in kept]


def _events(run: Run) -> list[tuple[str, ...]]:
    """What happens to each access: the access, TLB, entries of the first walk found in the cache, what
    the fault needs, data. Empty where it does not happen."""
    cached = bool(run.config.machine.cache)
    rows: list[tuple[str, ...]] = []
    for text, result, steps in zip(
        run.config.accesses, run.metrics["results"], by_access(run), strict=True
    ):
        first = without_retry(steps)
        reads = sum(step.action == "pte" for step in first)
        hits = sum(step.result["cache_hit"] for step in first if step.action == "pte-cache")
        data = ("hit" if result["cache_hit"] else "miss") if cached else ""
        rows.append((
            text,
            "hit" if result["tlb_hit"] else "miss",
            f"{hits}/{reads}" if cached and reads else "",
            _disk(steps),
            data,
        ))  # fmt: skip
    return rows


def _disk(steps: Sequence[Step]) -> str:
    """What a page fault needs, by name."""
    done = {step.action for step in steps}
    if "fault" not in done:
        return ""
    name = "zeros" if "zero-fill" in done else "read"
    return f"{name}-write" if "write-page" in done else name
