"""cow.faults: which accesses fault, and whether a page is copied or its frame reused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from oslab import (
    Answers,
    Choice,
    Figure,
    Generator,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
)
from oslab_cow.machine import Event, Frame, Machine
from oslab_cow.problems.misread import (
    BothWritable,
    Following,
    LastOwnerCopies,
    ReadsFault,
    ReuseIsFree,
    numbered,
)
from oslab_cow.problems.scripts import (
    ScriptSpace,
    accesses,
    draw_script,
    explained,
    presented,
    touches,
)
from oslab_cow.simulate import EVENTS, CowConfig, carried_out, machine_for

# By so many rows two mistakes are told apart, also with a slip.
TELLING = 3


class Faults(Problem[CowConfig, ScriptSpace]):
    """For each read and write: what it makes the kernel do, and the frame of the page then; the sums."""

    version = 1
    params = CowConfig
    space = ScriptSpace
    answers = {
        "accesses": Table(
            label="n",
            given=("operation",),
            columns={"event": Choice(*EVENTS), "frame": OrNone(Int())},
        ),
        "faults": Int(),
        "copies": Int(),
    }
    required = ("both-writable", "reads-fault")

    def draw(self, rng: Generator, space: ScriptSpace) -> CowConfig:
        return draw_script(rng, space)

    def good(self, p: CowConfig) -> bool:
        """Not the same event and frame in most rows; where pages are untouched, some stay so for a
        while."""
        rows = [_pair(row) for row in _rows(p)]
        seen = [event for event, _ in rows]
        if "copy" not in seen or (p.start == "untouched" and seen.count("zero") < 2):
            return False
        return 3 * max(map(rows.count, rows)) <= len(rows)

    def present(self, p: CowConfig) -> Mapping[str, Figure]:
        return presented(p)

    def rows(self, p: CowConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, str(op)) for n, op in enumerate(p.ops, start=1) if op.verb in ("read", "write")]

    def run(self, p: CowConfig) -> Run:
        return explained(p, "start", "last_owner", "copy_to")

    def solve(self, p: CowConfig, run: Run) -> Answers:
        return _answers(
            tuple(_row(step.result["event"], step.result["frame"]) for step in accesses(run))
        )

    def follow(
        self, p: CowConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """The row that follows from where a student put the pages before."""
        machine = machine_for(p, Following)
        assert isinstance(machine, Following)
        wanted = [(_pair(row), _pair(key)) for row, key in zip(before, right(p), strict=False)]
        done = 0
        for op in p.ops:
            machine.wanted = wanted[done] if done < len(before) else ()
            [(_, _, outcome)] = carried_out(machine, (op,))
            if isinstance(outcome, tuple):
                if done == len(before):
                    return _row(outcome[0].event, outcome[0].frame)
                done += 1
        return None

    def _as_if(self, p: CowConfig, kind: type[Machine]) -> Answers:
        return _answers(_rows(p, kind))

    @mistake("both-writable")
    def both_writable(self, p: CowConfig) -> Answers | None:
        """After a copy the other side, too, writes without a fault."""
        return self._as_if(p, BothWritable)

    @mistake("reads-fault")
    def reads_fault(self, p: CowConfig) -> Answers | None:
        """Reading a page in common copies it."""
        return self._as_if(p, ReadsFault)

    @mistake("reuse-is-free")
    def reuse_is_free(self, p: CowConfig) -> Answers | None:
        """The last owner writes without a fault. Where nobody exits, that is mostly because a copy made
        both sides writable; it is called so then."""
        free, both = self._as_if(p, ReuseIsFree), self._as_if(p, BothWritable)
        apart = sum(a != b for a, b in zip(free["accesses"], both["accesses"], strict=True))
        return free if apart >= TELLING else None

    @mistake("last-owner-copies")
    def last_owner_copies(self, p: CowConfig) -> Answers | None:
        """The last owner of a frame copies it."""
        return self._as_if(p, LastOwnerCopies)

    @mistake("new-is-copy")
    def new_is_copy(self, p: CowConfig) -> Answers | None:
        """The first frame of a page is called a copy."""
        called = {"new": "copy"}
        rows = ({**row, "event": called.get(row["event"], row["event"])} for row in right(p))
        return _answers(tuple(rows))


def _answers(rows: tuple[Mapping[str, Any], ...]) -> Answers:
    return {
        "accesses": rows,
        "faults": sum(row["event"] != "no-fault" for row in rows),
        "copies": sum(row["event"] == "copy" for row in rows),
    }


def _rows(p: CowConfig, kind: type[Machine] = Machine) -> tuple[Mapping[str, Any], ...]:
    """The rows without a run."""
    return tuple(_row(touch.event, touch.frame) for touch in touches(p, kind))


def _row(event: Event, frame: Frame) -> Mapping[str, Any]:
    return {"event": event, "frame": numbered(frame)}


def _pair(row: Mapping[str, Any]) -> tuple[Any, Any]:
    return row["event"], row["frame"]


@lru_cache(maxsize=1)
def right(p: CowConfig) -> tuple[Mapping[str, Any], ...]:
    """The right rows, for `follow`: it is asked once for each wrong row of one variant."""
    return _rows(p)
