"""paging.fault-kind: minor fault, major fault or signal, and what is read from disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslab import (
    Answers,
    Choice,
    Choose,
    Figure,
    Generator,
    Int,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab_paging.faultkind import (
    KINDS,
    SOURCES,
    STATES,
    FaultKindConfig,
    Kind,
    Rights,
    Situation,
    Verdict,
    classify,
    run,
)

ACCESSES = ("r", "w")
RIGHTS: tuple[Rights, ...] = ("-", "r", "rw")


@dataclass(frozen=True)
class FaultKindSpace:
    """How many situations of each kind are drawn."""

    minor: Choose[int]
    major: Choose[int]
    segv: Choose[int]
    sigbus: Choose[int]
    no_fault: Choose[int]


class FaultKind(Problem[FaultKindConfig, FaultKindSpace]):
    """Kind, pages read and where the content comes from, situation by situation."""

    version = 1
    params = FaultKindConfig
    space = FaultKindSpace
    required = ("always-major", "signals-swapped")
    answers = {
        "faults": Table(
            label="n",
            given=("mapping", "rights", "page", "access"),
            columns={"kind": Choice(*KINDS), "disk_reads": Int(), "source": Choice(*SOURCES)},
            action="judge",
        ),
        "disk_reads": Int(),
    }

    def draw(self, rng: Generator, space: FaultKindSpace) -> FaultKindConfig:
        counts: dict[Kind, int] = {
            "minor": space.minor.pick(rng),
            "major": space.major.pick(rng),
            "SIGSEGV": space.segv.pick(rng),
            "SIGBUS": space.sigbus.pick(rng),
            "no-fault": space.no_fault.pick(rng),
        }
        chosen = []
        for kind, count in counts.items():
            chosen += rng.sample([s for s in _EVERY if classify(s).kind == kind], count)
        return FaultKindConfig(tuple(rng.shuffled(chosen)))

    def good(self, p: FaultKindConfig) -> bool:
        """Contents of at least three sources, so that no one answer fits most rows."""
        verdicts = [classify(s) for s in p.situations]
        sources = {v.source for v in verdicts if v.kind == "minor"}
        pages = {s.page for s in p.situations if classify(s).kind == "major"}
        return len(sources) == 3 and pages == {"swapped", "not-cached"}

    def present(self, p: FaultKindConfig) -> Mapping[str, Figure]:
        return {"count": len(p.situations)}

    def rows(self, p: FaultKindConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, s.mapping, s.rights, s.page, s.access) for n, s in enumerate(p.situations, 1)]

    def run(self, p: FaultKindConfig) -> Run:
        return run(p)

    def solve(self, p: FaultKindConfig, run: Run) -> Answers:
        rows = rows_of(run, self.answers["faults"])  # type: ignore[arg-type]
        return {"faults": rows, "disk_reads": run.metrics["disk_reads"]}

    def _judged(self, p: FaultKindConfig, judge: Any) -> Answers:
        """The answers of someone who judges each situation and its right verdict like this."""
        verdicts = [judge(s, classify(s)) for s in p.situations]
        rows = [{"kind": v.kind, "disk_reads": v.disk_reads, "source": v.source} for v in verdicts]
        return {"faults": tuple(rows), "disk_reads": sum(v.disk_reads for v in verdicts)}

    @mistake("always-major")
    def always_major(self, p: FaultKindConfig) -> Answers | None:
        """Every fault is thought to read a page from disk."""

        def judge(s: Situation, v: Verdict) -> Verdict:
            return Verdict("major", 1, "disk") if v.kind == "minor" else v

        return self._judged(p, judge)

    @mistake("signals-swapped")
    def signals_swapped(self, p: FaultKindConfig) -> Answers | None:
        """SIGBUS where nothing is mapped or allowed, SIGSEGV beyond the end of the file."""
        other: dict[Kind, Kind] = {"SIGSEGV": "SIGBUS", "SIGBUS": "SIGSEGV"}

        def judge(s: Situation, v: Verdict) -> Verdict:
            return Verdict(other.get(v.kind, v.kind), v.disk_reads, v.source)

        return self._judged(p, judge)

    @mistake("memory-is-minor")
    def memory_is_minor(self, p: FaultKindConfig) -> Answers | None:
        """Anonymous memory never reads the disk, files always do: swap and page cache forgotten."""

        def judge(s: Situation, v: Verdict) -> Verdict:
            if v.kind not in ("minor", "major"):
                return v
            if s.mapping == "anonymous":
                return Verdict("minor", 0, "zeros")
            return Verdict("major", 1, "disk")

        return self._judged(p, judge)


_EVERY = tuple(
    Situation(mapping, page, access, rights)  # type: ignore[arg-type]
    for mapping, pages in STATES.items()
    for page in pages
    for access in ACCESSES
    for rights in RIGHTS
    if (mapping == "unmapped") == (rights == "-")
    # Only a page that may be written is copied on write, or written out to swap.
    and not (page in ("cow", "zero-page", "swapped", "swap-cache") and rights == "r")
)
