"""paging.clock-state: from a drawn state of CLOCK to the state some references later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oslab import (
    Answers,
    Cells,
    Choose,
    Drawing,
    Figure,
    Generator,
    Grid,
    Int,
    List,
    OrNone,
    Problem,
    Run,
    Step,
    Table,
    mistake,
)
from oslab_paging.problems.referencestring import ReferenceSpace, draw_references
from oslab_paging.replacement.clock import Clock
from oslab_paging.replacement.conventions import ReplaceConfig, defaults, parse_references
from oslab_paging.replacement.frames import Frames, reference
from oslab_paging.replacement.replace import run

# The last references of the string are asked about; all before them lead to the drawn state.
ASKED = 8


@dataclass(frozen=True)
class ClockStateSpace:
    """How many frames, and strings whose last references are asked about."""

    frames: Choose[int]
    references: ReferenceSpace


class ClockState(Problem[ReplaceConfig, ClockStateSpace]):
    """The victim and the hand at each of the last references, and the R bits after them."""

    version = 1
    params = ReplaceConfig
    space = ClockStateSpace
    answers = {
        "steps": Table(
            label="n", given=("page",), columns={"victim": OrNone(Int()), "hand": Int()}
        ),
        "r": List(Int()),
    }
    required = ("hand-stays", "r0-on-load")

    def draw(self, rng: Generator, space: ClockStateSpace) -> ReplaceConfig:
        return defaults("clock", space.frames.pick(rng), draw_references(rng, space.references))

    def good(self, p: ReplaceConfig) -> bool:
        """All frames full in the drawn state, not every R alike there, then both hits and faults, and the
        R bit of a page just read in shows in the victims, not at the end alone."""
        whole = run(p)
        bits = _cells(whole.steps[-ASKED - 1], "r")
        faults = sum(step.result["result"] == "fault" for step in whole.steps[-ASKED:])
        if len(bits) != p.frames or len(set(bits)) == 1 or not 4 <= faults <= ASKED - 2:
            return False
        rows = zip(
            self.solve(p, whole)["steps"], self._misread(p, r_on_load=False)["steps"], strict=True
        )
        apart: int = sum(right != wrong for right, wrong in rows)
        return apart >= 3

    def present(self, p: ReplaceConfig) -> Mapping[str, Figure]:
        before = run(p).steps[-ASKED - 1]
        pages, bits = _cells(before, "frames"), _cells(before, "r")
        return {
            "state": Grid(
                ("frame", "page", "r"), tuple(zip(range(p.frames), pages, bits, strict=True))
            ),
            "hand": _hand(before),
            "references": " ".join(p.references[-ASKED:]),
        }

    def rows(self, p: ReplaceConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return list(enumerate(p.references[-ASKED:], start=1))

    def run(self, p: ReplaceConfig) -> Run:
        """The run from the drawn state on, counted from 1; how the whole starts is no concern of it."""
        whole = run(p)
        asked = whole.steps[-ASKED:]
        steps = [
            replace(step, given={**step.given, "n": n}, group=n) for n, step in enumerate(asked, 1)
        ]
        faults = sum(step.result["result"] == "fault" for step in asked)
        kept = {
            n: v for n, v in whole.conventions.items() if n not in ("frames_start", "hand_start")
        }
        metrics = {"accesses": ASKED, "hits": ASKED - faults, "faults": faults}
        return replace(whole, conventions=kept, steps=tuple(steps), metrics=metrics)

    def solve(self, p: ReplaceConfig, run: Run) -> Answers:
        steps = run.steps[-ASKED:]
        rows = tuple({"victim": s.result.get("victim"), "hand": _hand(s)} for s in steps)
        return {"steps": rows, "r": _cells(steps[-1], "r")}

    def _misread(self, p: ReplaceConfig, **misreading: bool) -> Answers:
        """The answers when CLOCK is misread from the drawn state on."""
        pages, _ = parse_references(p.references)
        frames = Frames(p.frames)
        clock = MisreadClock(frames, p.r_on_load, p.hand_advances)
        for page in pages[:-ASKED]:
            reference(frames, clock, page, False)
        for name, value in misreading.items():
            setattr(clock, name, value)
        rows = []
        for page in pages[-ASKED:]:
            resident = list(frames.pages)
            fault = reference(frames, clock, page, False)
            victim = resident[frames.frame_of[page]] if fault else None
            rows.append({"victim": victim, "hand": clock.hand})
        return {"steps": tuple(rows), "r": _values(clock.state()["r"])}

    @mistake("hand-stays")
    def hand_stays(self, p: ReplaceConfig) -> Answers | None:
        return self._misread(p, hand_advances=False)

    @mistake("r0-on-load")
    def r0_on_load(self, p: ReplaceConfig) -> Answers | None:
        return self._misread(p, r_on_load=False)

    @mistake("hand-follows-hits")
    def hand_follows_hits(self, p: ReplaceConfig) -> Answers | None:
        return self._misread(p, follows_hits=True)


class MisreadClock(Clock):
    """CLOCK as it is sometimes misread: with `follows_hits` a hit, too, moves the hand."""

    follows_hits = False

    def hit(self, frame: int) -> None:
        super().hit(frame)
        if self.follows_hits:
            self.hand = (frame + 1) % len(self._r)


def _values(drawing: Drawing) -> tuple[Any, ...]:
    assert isinstance(drawing, Cells)
    return drawing.values


def _cells(step: Step, name: str) -> tuple[Any, ...]:
    return _values(step.state[name])


def _hand(step: Step) -> int:
    drawing = step.state["frames"]
    assert isinstance(drawing, Cells)
    return drawing.marks["hand"]
