"""paging.stack-distance: one pass through the LRU stack gives the hits for every number of frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oslab import Answers, Choose, Figure, Generator, Int, OrNone, Problem, Run, Table, mistake
from oslab_paging.problems.referencestring import ReferenceSpace, draw_references
from oslab_paging.replacement.stackdistance import StackDistanceConfig, hits_up_to, run


@dataclass(frozen=True)
class StackDistanceSpace:
    """Reference strings, and the number of sizes whose hits are asked for."""

    frames: Choose[int]
    references: ReferenceSpace


class StackDistance(Problem[StackDistanceConfig, StackDistanceSpace]):
    """The depth of each page in the LRU stack, and the hits with 1, 2 … frames."""

    version = 1
    params = StackDistanceConfig
    space = StackDistanceSpace
    answers = {
        "depths": Table(
            label="n",
            given=("page",),
            columns={"depth": OrNone(Int())},
            action="distance",
        ),
        "hits": Table(label="frames", columns={"hits": Int()}),
    }
    required = ("from-zero", "time-for-distance", "fifo-stack")

    def draw(self, rng: Generator, space: StackDistanceSpace) -> StackDistanceConfig:
        references = draw_references(rng, space.references)
        return StackDistanceConfig(references, space.frames.pick(rng))

    def good(self, p: StackDistanceConfig) -> bool:
        """No depth, and no "new page", in as many rows as would pay."""
        depths = [step.result["depth"] for step in run(p).steps]
        return all(3 * depths.count(depth) <= len(depths) for depth in set(depths))

    def present(self, p: StackDistanceConfig) -> Mapping[str, Figure]:
        return {"frames": p.frames, "references": " ".join(p.references)}

    def rows(self, p: StackDistanceConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        if answer == "hits":
            return [(size,) for size in range(1, p.frames + 1)]
        return list(enumerate(p.references, start=1))

    def run(self, p: StackDistanceConfig) -> Run:
        return run(p)

    def solve(self, p: StackDistanceConfig, run: Run) -> Answers:
        return self._answers(p, run.metrics["distances"])

    def _answers(self, p: StackDistanceConfig, depths: Sequence[int | None]) -> Answers:
        return {
            "depths": tuple({"depth": depth} for depth in depths),
            "hits": tuple({"hits": hits} for hits in hits_up_to(depths, p.frames)),
        }

    @mistake("from-zero")
    def from_zero(self, p: StackDistanceConfig) -> Answers | None:
        """Depths counted from 0; the hits are then read off one size too early."""
        key = self.solve(p, run(p))["depths"]
        lower = [None if row["depth"] is None else row["depth"] - 1 for row in key]
        hits = [sum(d is not None and d <= size for d in lower) for size in range(1, p.frames + 1)]
        return {**self._answers(p, lower), "hits": tuple({"hits": h} for h in hits)}

    @mistake("time-for-distance")
    def time_for_distance(self, p: StackDistanceConfig) -> Answers | None:
        """All references since the last use are counted, not the different pages among them."""
        last: dict[str, int] = {}
        depths = []
        for n, page in enumerate(p.references):
            depths.append(n - last[page] if page in last else None)
            last[page] = n
        return self._answers(p, depths)

    @mistake("fifo-stack")
    def fifo_stack(self, p: StackDistanceConfig) -> Answers | None:
        """A page that is used again is left where it lies in the stack."""
        stack: list[str] = []
        depths = []
        for page in p.references:
            depths.append(stack.index(page) + 1 if page in stack else None)
            if page not in stack:
                stack.insert(0, page)
        return self._answers(p, depths)
