"""cow.steps: which steps the page fault of a write takes in this state, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from oslab import (
    Accept,
    Answers,
    Choose,
    Figure,
    Generator,
    Grid,
    Int,
    Ordering,
    OrNone,
    Problem,
    Run,
    mistake,
)
from oslab.exercise.ordering import letters_of, moved
from oslab_cow.faultsteps import CowFaultConfig, Entry, drawn_entries, flow, run
from oslab_cow.machine import ZERO
from oslab_cow.problems.scripts import FAMILIES

State: TypeAlias = Literal["copy", "reuse", "zero", "untouched", "file"]

LISTED = (
    "trap", "check-mapping", "read-count", "allocate", "copy-page", "zero-fill", "flush", "map-new",
    "make-writable", "drop-count", "restart", "signal", "others-writable", "read-disk",
)  # fmt: skip
"""The steps that are listed; the last three never occur."""
LETTERS = "abcdefghijklmn"


@dataclass(frozen=True)
class StepsSpace:
    """What state the write meets.

    state      what the writer's entry leads to: a frame that others refer to, one that nobody else
               does, the zero frame, nothing, or a file's frame in the page cache
    processes  that have the page mapped, the writer included
    """

    state: Choose[State]
    processes: Choose[int]


class Steps(Problem[CowFaultConfig, StepsSpace]):
    """The order of the steps; where the page is then, and how many refer to the frame before."""

    version = 1
    params = CowFaultConfig
    space = StepsSpace
    required = ("no-restart", "map-first")
    answers = {
        "order": Ordering(options=tuple(LETTERS)),
        "frame": Int(),
        "left": OrNone(Int()),
    }

    def draw(self, rng: Generator, space: StepsSpace) -> CowFaultConfig:
        state, processes = space.state.pick(rng), space.processes.pick(rng)
        names = rng.shuffled(rng.choice(FAMILIES)[:processes])
        frames = rng.sample(range(32), 8)
        own: int | Literal["zero"] | None = frames.pop()
        if state in ("zero", "untouched"):
            own = ZERO if state == "zero" else None
        others: list[int | Literal["zero"] | None]
        if state == "reuse":
            others = [frames.pop() for _ in names[1:]]
        else:
            # One of several may have its own copy already.
            others = [own for _ in names[1:]]
            if len(others) > 1 and rng.below(2):
                others[-1] = frames.pop()
        entries = zip(names, [own, *others], strict=True)
        return CowFaultConfig(
            page=rng.below(16),
            entries=tuple(Entry(name, frame) for name, frame in entries),
            cached=own if state == "file" and isinstance(own, int) else None,
            free=tuple(frames[:3]),
        )

    def present(self, p: CowFaultConfig) -> Mapping[str, Figure]:
        return {
            "writer": p.entries[0].process,
            "page": p.page,
            "entries": drawn_entries(p),
            "free": ", ".join(map(str, p.free)),
            "cached": "-" if p.cached is None else p.cached,
            "steps": Grid(("letter", "step"), tuple(zip(LETTERS, listing(p), strict=True))),
        }

    def rows(self, p: CowFaultConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(letter,) for letter in LETTERS]

    def run(self, p: CowFaultConfig) -> Run:
        return run(p)

    def solve(self, p: CowFaultConfig, run: Run) -> Answers:
        names = [step.action for step in run.steps]
        orders = [names]
        if {"flush", "map-new"} <= set(names):
            # The old entry is cleared and flushed, or overwritten and flushed.
            orders.append(moved(names, "map-new", before="flush"))
            if "drop-count" in names:
                orders.append(moved(orders[-1], "drop-count", before="flush"))
        return {
            "order": Accept(*(_letters(p, order) for order in orders)),
            "frame": run.metrics["frame"],
            "left": run.metrics["left"],
        }

    @mistake("no-restart")
    def no_restart(self, p: CowFaultConfig) -> Answers | None:
        """The kernel is thought to carry out the write; the instruction is not executed again."""
        return {"order": _letters(p, [name for name in flow(p) if name != "restart"])}

    @mistake("map-first")
    def map_first(self, p: CowFaultConfig) -> Answers | None:
        """The frame is mapped before anything is in it."""
        names = list(flow(p))
        if "map-new" not in names:
            return None
        filling = "copy-page" if "copy-page" in names else "zero-fill"
        return {"order": _letters(p, moved(names, "map-new", before=filling))}

    @mistake("check-skipped")
    def check_skipped(self, p: CowFaultConfig) -> Answers | None:
        """Nobody asks whether the process may write there at all."""
        return {"order": _letters(p, [name for name in flow(p) if name != "check-mapping"])}

    @mistake("both-writable")
    def both_writable(self, p: CowFaultConfig) -> Answers | None:
        """The entries of the others become writable too."""
        names = list(flow(p))
        if "copy-page" not in names:
            return None
        names.insert(names.index("restart"), "others-writable")
        return {"order": _letters(p, names)}

    @mistake("old-not-dropped")
    def old_not_dropped(self, p: CowFaultConfig) -> Answers | None:
        """The old frame keeps the writer's reference."""
        names = list(flow(p))
        if "drop-count" not in names:
            return None
        names.remove("drop-count")
        return {"order": _letters(p, names), "left": p.count}

    @mistake("last-owner-copies")
    def last_owner_copies(self, p: CowFaultConfig) -> Answers | None:
        """A page that nobody else refers to is copied."""
        if p.event != "reuse":
            return None
        names = [
            "trap", "check-mapping", "read-count", "allocate", "copy-page", "flush", "map-new",
            "drop-count", "restart",
        ]  # fmt: skip
        return {"order": _letters(p, names), "frame": min(p.free), "left": 0}

    @mistake("signal-always")
    def signal_always(self, p: CowFaultConfig) -> Answers | None:
        """Every write that the entry forbids ends the process."""
        return {"order": _letters(p, ["trap", "check-mapping", "signal"])}

    @mistake("read-from-disk")
    def read_from_disk(self, p: CowFaultConfig) -> Answers | None:
        """The new frame is filled from disk."""
        names: list[str] = list(flow(p))
        for filling in ("copy-page", "zero-fill"):
            if filling in names:
                names[names.index(filling)] = "read-disk"
                return {"order": _letters(p, names)}
        return None


def listing(p: CowFaultConfig) -> list[str]:
    """The steps in the order in which this variant lists them."""
    state = [*(f"{entry.process}={entry.frame}" for entry in p.entries), *map(str, p.free)]
    label = f"cow.steps {p.page} {' '.join(state)}"
    return Generator(label).shuffled(LISTED)


def _letters(p: CowFaultConfig, names: Sequence[str]) -> tuple[str, ...]:
    return letters_of(listing(p), names)
