"""paging.belady: does one more frame help here? Both fault counts, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from oslab import Answers, Choice, Choose, Figure, Generator, Int, Problem, Run, Step, mistake
from oslab_paging.replacement.conventions import defaults
from oslab_paging.replacement.curve import CurveConfig, change, run
from oslab_paging.replacement.replace import run as run_replace

# Belady, Nelson and Shedler's string: 9 faults with three frames, 10 with four.
CLASSIC = (1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5)


@dataclass(frozen=True)
class BeladySpace:
    """The classic string with its pages renamed, some put in once more at random places, and a random
    tail over two further pages as well: uniform strings hardly ever show the anomaly, these in about
    half of the draws."""

    insertions: Choose[int]
    tail: Choose[int]


class Belady(Problem[CurveConfig, BeladySpace]):
    """FIFO faults with three frames, with four, and whether the fourth frame helped."""

    version = 1
    params = CurveConfig
    space = BeladySpace
    answers = {
        "faults_few": Int(),
        "faults_more": Int(),
        "change": Choice("fewer", "same", "more"),
    }
    required = ("lru-used", "no-cold")

    def draw(self, rng: Generator, space: BeladySpace) -> CurveConfig:
        everything = rng.sample(range(10), 7)
        names = everything[:5]
        pages = [names[page - 1] for page in CLASSIC]
        for _ in range(space.insertions.pick(rng)):
            place = rng.below(len(pages) + 1)
            beside = pages[max(0, place - 1) : place + 1]
            pages.insert(place, rng.choice([page for page in names if page not in beside]))
        for _ in range(space.tail.pick(rng)):
            pages.append(rng.choice([page for page in everything if page != pages[-1]]))
        return CurveConfig(("fifo",), 3, 4, tuple(map(str, pages)), {})

    def present(self, p: CurveConfig) -> Mapping[str, Figure]:
        return {"few": p.least, "more": p.most, "references": " ".join(p.references)}

    def run(self, p: CurveConfig) -> Run:
        """The counts of the curve, with both memories side by side after each reference."""
        return replace(run(p), steps=_side_by_side(p), asks={})

    def solve(self, p: CurveConfig, run: Run) -> Answers:
        few, more = (run.metrics["curve"][p.policies[0]][str(n)] for n in (p.least, p.most))
        return self._counts(few, more)

    def _counts(self, few: Any, more: Any) -> Answers:
        return {"faults_few": few, "faults_more": more, "change": change(few, more)}

    @mistake("more-frames-fewer-faults")
    def more_frames_fewer_faults(self, p: CurveConfig) -> Answers | None:
        """The first count is worked out, the other taken on trust to be lower."""
        key = self.solve(p, run(p))
        if key["change"] == "fewer":
            return None
        return {"faults_few": key["faults_few"], "change": "fewer"}

    @mistake("lru-used")
    def lru_used(self, p: CurveConfig) -> Answers | None:
        changed = replace(p, policies=("lru",))
        return self.solve(changed, run(changed))

    @mistake("no-cold")
    def no_cold(self, p: CurveConfig) -> Answers | None:
        key = self.solve(p, run(p))
        return self._counts(key["faults_few"] - p.least, key["faults_more"] - p.most)


def _side_by_side(p: CurveConfig) -> tuple[Step, ...]:
    """One step for each reference: what it is in the smaller and in the larger memory, both drawn."""
    few, more = (
        run_replace(defaults(p.policies[0], n, p.references)).steps for n in (p.least, p.most)
    )
    return tuple(
        Step(
            action="both",
            given={"n": n, "page": one.given["page"]},
            result={"few": one.result["result"], "more": other.result["result"]},
            state={"few": one.state["frames"], "more": other.state["frames"]},
            group=n,
        )
        for n, (one, other) in enumerate(zip(few, more, strict=True), 1)
    )
