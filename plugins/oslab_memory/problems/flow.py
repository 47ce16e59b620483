"""memory.flow: which way each access takes, and how often memory is accessed on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from oslab import (
    Answers,
    Choice,
    Figure,
    Generator,
    Hex,
    HexInt,
    Int,
    List,
    Problem,
    Run,
    Step,
    Table,
    mistake,
)
from oslab.traces.access import parse_reference
from oslab_memory.access import AccessConfig, run
from oslab_memory.journal import Counts
from oslab_memory.mmu import Mmu
from oslab_memory.problems.sequence import (
    SequenceSpace,
    by_access,
    draw_sequence,
    drawn_entries,
    lines_held,
    undrawn,
    with_rules,
    without_retry,
)
from oslab_memory.problems.snapshot import drawn_page_table, sizes
from oslab_memory.system import System
from oslab_paging.walker import Walk

FLOWS = ("tlb-hit", "tlb-miss", "page-fault", "protection")
TABLE = Table(
    "n",
    {"flow": Choice(*FLOWS), "lookups": Int(), "memory": Int()},
    given=("access",),
)


class Flow(Problem[AccessConfig, SequenceSpace]):
    """Hit, miss or fault; TLB lookups and memory accesses of each; the pages thrown out."""

    version = 1
    params = AccessConfig
    space = SequenceSpace
    required = ("retry-free", "one-level")
    answers = {"flows": TABLE, "memory": Int(), "evicted": List(HexInt())}

    def draw(self, rng: Generator, space: SequenceSpace) -> AccessConfig:
        return draw_sequence(rng, space)

    def good(self, p: AccessConfig) -> bool:
        """Each of hit, miss and fault happens, and none of them in more than half of the accesses; what
        is refused is refused by the MMU."""
        whole = undrawn(p)
        rows = self.solve(p, whole)["flows"]
        if any(cost["outcome"] == "illegal" for cost in whole.metrics["costs"]):
            return False
        flows = Counter(row["flow"] for row in rows)
        wanted = set(FLOWS[:3])
        if p.machine.region[0].rights == "r":
            wanted.add("protection")
        return wanted <= set(flows) and 2 * max(flows.values()) <= len(rows)

    def present(self, p: AccessConfig) -> Mapping[str, Figure]:
        machine = p.machine
        assert machine.frames
        resident = [page for page in machine.page if page.present]
        return {
            **sizes(machine),
            "accesses": " ".join(p.accesses),
            "tlb": drawn_entries(machine),
            "page_table": drawn_page_table(machine),
            "resident": " ".join(f"{page.vpn:x}" for page in resident),
            "free": machine.frames.count - len(resident),
            "policy": machine.frames.policy.upper(),
            "lines": lines_held(machine),
            "entry_size": machine.tables.entry.size,
        }

    def rows(self, p: AccessConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return list(enumerate(p.accesses, start=1))

    def run(self, p: AccessConfig) -> Run:
        return with_rules(run(p), "pte-reads", "tlb-fill", "faults", "pool", "page-in")

    def solve(self, p: AccessConfig, run: Run) -> Answers:
        results = run.metrics["results"]
        rows = [
            {"flow": _flow(result, steps), **_counted(steps)}
            for result, steps in zip(results, by_access(run), strict=True)
        ]
        evicted = [step.result["victim"] for step in run.steps if step.action == "evict"]
        return _with_sum(rows) | {"evicted": evicted}

    @mistake("retry-free")
    def retry_free(self, p: AccessConfig) -> Answers | None:
        """After a fault the data come at once: no second lookup, no second walk."""
        whole = undrawn(p)
        rows = self.solve(p, whole)["flows"]
        counts = [_counted(without_retry(steps)) for steps in by_access(whole)]
        return _with_sum([{**row, **n} for row, n in zip(rows, counts, strict=True)])

    @mistake("pte-read-on-hit")
    def entry_read_on_hit(self, p: AccessConfig) -> Answers | None:
        """The page tables are asked though the TLB has the entry."""
        if p.machine.cache:
            return None
        rows = self.solve(p, undrawn(p))["flows"]
        levels = p.machine.tables.levels
        return _with_sum([
            {**row, "memory": row["memory"] + levels * (row["flow"] == "tlb-hit")} for row in rows
        ])  # fmt: skip

    @mistake("one-level")
    def one_level(self, p: AccessConfig) -> Answers | None:
        """A walk is taken for one memory access, however many levels there are."""
        if p.machine.tables.levels == 1:
            return None
        table = replace(p.machine.page_table, layout="linear")
        return _followed(p, System(replace(p.machine, page_table=table), telling=False))

    @mistake("rights-ignored")
    def rights_ignored(self, p: AccessConfig) -> Answers | None:
        """A page that is there is taken to be open to every access."""
        region, *rest = p.machine.region
        if region.rights != "r":
            return None
        opened = replace(p.machine, region=(replace(region, rights="rw"), *rest))
        return _followed(p, System(opened, telling=False))

    @mistake("no-fill")
    def never_filled(self, p: AccessConfig) -> Answers | None:
        """The TLB does not learn: a page that missed misses again."""
        return _followed(p, _NoFill(p.machine, telling=False))

    @mistake("stale-tlb")
    def stale_tlb(self, p: AccessConfig) -> Answers | None:
        """The TLB keeps the entry of a page that was thrown out."""
        return _followed(p, _StaleTlb(p.machine, telling=False))

    @mistake("entries-uncached")
    def entries_uncached(self, p: AccessConfig) -> Answers | None:
        """Page-table entries are always read from memory, past the cache."""
        if not p.machine.cache:
            return None
        table = replace(p.machine.page_table, cached=False)
        return _followed(p, System(replace(p.machine, page_table=table), telling=False))


class _NeverFills(Mmu):
    def fill(self, vpn: int, frame: int, found: Walk) -> None:
        pass


class _NeverForgets(Mmu):
    def forget(self, vpn: int) -> bool:
        self.tables.unmap(vpn)
        return False


class _NoFill(System):
    mmu_type = _NeverFills


class _StaleTlb(System):
    mmu_type = _NeverForgets


def _followed(p: AccessConfig, system: System) -> Answers:
    """The answers that another machine gives, read off its counts: its steps would cost far more."""
    counts, rows, evicted = system.journal.counts, [], []
    for text in p.accesses:
        before = replace(counts)
        system.access(parse_reference(text))
        rows.append(_passed(before, counts))
        if counts.evictions > before.evictions:
            assert system.kernel
            evicted.append(Hex(system.kernel.policy.victim))
    return _with_sum(rows) | {"evicted": evicted}


def _passed(before: Counts, after: Counts) -> dict[str, Any]:
    """The row of an access, from the counts before and after it."""
    hits = after.tlb_hits - before.tlb_hits
    flow = "tlb-hit" if hits else "tlb-miss"
    if after.page_faults > before.page_faults:
        flow = "page-fault"
    if after.signals > before.signals:
        flow = "protection"
    return {
        "flow": flow,
        "lookups": hits + after.tlb_misses - before.tlb_misses,
        "memory": after.memory_accesses - before.memory_accesses,
    }


def _flow(result: Mapping[str, Any], steps: Sequence[Step]) -> str:
    if any(step.action == "signal" for step in steps):
        return "protection"
    if result["page_fault"]:
        return "page-fault"
    return "tlb-hit" if result["tlb_hit"] else "tlb-miss"


def _counted(steps: Sequence[Step]) -> dict[str, int]:
    return {
        "lookups": sum(step.action == "tlb-lookup" for step in steps),
        "memory": sum(step.actor == "memory" for step in steps),
    }


def _with_sum(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"flows": rows, "memory": sum(row["memory"] for row in rows)}
