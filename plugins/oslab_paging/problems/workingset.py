"""paging.workingset: the pages of the window, reference by reference, and the frames they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from oslab import Answers, Choose, Figure, Float, Generator, Int, Problem, Run, Set, Table, mistake
from oslab_paging.problems.referencestring import ReferenceSpace, draw_references
from oslab_paging.replacement.workingset import WorkingSetConfig, run


@dataclass(frozen=True)
class WorkingSetSpace:
    """Windows and reference strings."""

    tau: Choose[int]
    references: ReferenceSpace


class WorkingSet(Problem[WorkingSetConfig, WorkingSetSpace]):
    """The working set and its size after each reference, and the mean size."""

    version = 1
    params = WorkingSetConfig
    space = WorkingSetSpace
    answers = {
        "steps": Table(label="n", given=("page",), columns={"pages": Set(Int()), "size": Int()}),
        "mean": Float(),
    }
    required = ("window+1", "looks-ahead", "not-distinct")

    def draw(self, rng: Generator, space: WorkingSetSpace) -> WorkingSetConfig:
        references = draw_references(rng, space.references)
        return WorkingSetConfig((references,), space.tau.pick(rng), None)

    def present(self, p: WorkingSetConfig) -> Mapping[str, Figure]:
        return {"tau": p.tau, "references": " ".join(p.processes[0])}

    def rows(self, p: WorkingSetConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return list(enumerate(p.processes[0], start=1))

    def run(self, p: WorkingSetConfig) -> Run:
        return run(p)

    def solve(self, p: WorkingSetConfig, run: Run) -> Answers:
        return self._answers([step.result["pages"] for step in run.steps])

    def _answers(self, windows: Sequence[Sequence[int]], distinct: bool = True) -> Answers:
        held = [frozenset(window) for window in windows]
        sizes = [len(pages) for pages in (held if distinct else windows)]
        rows = [{"pages": pages, "size": size} for pages, size in zip(held, sizes, strict=True)]
        return {"steps": tuple(rows), "mean": Fraction(sum(sizes), len(sizes))}

    @mistake("window+1")
    def window_too_wide(self, p: WorkingSetConfig) -> Answers | None:
        wider = replace(p, tau=p.tau + 1)
        return self.solve(wider, run(wider))

    @mistake("looks-ahead")
    def looks_ahead(self, p: WorkingSetConfig) -> Answers | None:
        pages = [int(page) for page in p.processes[0]]
        return self._answers([pages[n : n + p.tau] for n in range(len(pages))])

    @mistake("not-distinct")
    def not_distinct(self, p: WorkingSetConfig) -> Answers | None:
        pages = [int(page) for page in p.processes[0]]
        windows = [pages[max(0, n - p.tau) : n] for n in range(1, len(pages) + 1)]
        return self._answers(windows, distinct=False)
