"""cow.refcount: how many page-table entries refer to each frame, operation by operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from oslab import Answers, Cells, Figure, Generator, Int, List, Problem, Run, Step, Table, mistake
from oslab_cow.machine import Machine
from oslab_cow.problems.misread import (
    CopiedAtFork,
    ExitIgnored,
    LastOwnerCopies,
    OldNotDropped,
)
from oslab_cow.problems.scripts import ScriptSpace, copies, draw_script, explained, presented
from oslab_cow.simulate import CowConfig, carried_out, machine_for


class RefCount(Problem[CowConfig, ScriptSpace]):
    """The reference counts of all frames after each operation."""

    version = 1
    params = CowConfig
    space = ScriptSpace
    answers = {
        "counts": Table(label="n", given=("operation",), columns={"counts": List(Int())}),
    }
    required = ("copied-at-fork", "old-not-dropped")

    def draw(self, rng: Generator, space: ScriptSpace) -> CowConfig:
        return draw_script(rng, space)

    def good(self, p: CowConfig) -> bool:
        """The counts change often, so that writing the same over again does not pay."""
        rows = _rows(p)
        most = max(rows.count(row) for row in rows)
        return copies(p) and 5 * most <= 2 * len(rows)

    def present(self, p: CowConfig) -> Mapping[str, Figure]:
        return presented(p)

    def rows(self, p: CowConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, str(op)) for n, op in enumerate(p.ops, start=1)]

    def run(self, p: CowConfig) -> Run:
        return explained(p, "start", "last_owner", "copy_to")

    def solve(self, p: CowConfig, run: Run) -> Answers:
        return {"counts": tuple({"counts": _cells(step)} for step in run.steps)}

    def follow(
        self, p: CowConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """The row that follows from the counts of the row before; impossible ones are the key's."""
        machine = machine_for(p)
        for _ in carried_out(machine, p.ops[: len(before)]):
            pass
        if before:
            given = dict(enumerate(before[-1]["counts"]))
            mapped = {f for process in machine.alive for f in (e.frame for e in process.ptes)}
            held = {frame for frame in mapped if isinstance(frame, int)}
            if all(given.get(frame, 0) > 0 for frame in held):
                machine.counts = {f: n for f, n in given.items() if n > 0}
                machine.lowest = 0
                machine.contents = {f: machine.contents.get(f, 0) for f in machine.counts}
        for _ in carried_out(machine, p.ops[len(before) : len(before) + 1]):
            pass
        return {"counts": _listed(machine)}

    def _as_if(self, p: CowConfig, kind: type[Machine]) -> Answers:
        return {"counts": _rows(p, kind)}

    @mistake("copied-at-fork")
    def copied_at_fork(self, p: CowConfig) -> Answers | None:
        """fork copies the pages."""
        return self._as_if(p, CopiedAtFork)

    @mistake("old-not-dropped")
    def old_not_dropped(self, p: CowConfig) -> Answers | None:
        """The old frame keeps the reference of the process that got a copy."""
        return self._as_if(p, OldNotDropped)

    @mistake("exit-ignored")
    def exit_ignored(self, p: CowConfig) -> Answers | None:
        """A process that exits keeps its references."""
        return self._as_if(p, ExitIgnored)

    @mistake("last-owner-copies")
    def last_owner_copies(self, p: CowConfig) -> Answers | None:
        """Every write to a read-only page copies, and the frame before becomes free."""
        return self._as_if(p, LastOwnerCopies)


def _rows(p: CowConfig, kind: type[Machine] = Machine) -> tuple[Mapping[str, Any], ...]:
    """The rows without a run."""
    machine = machine_for(p, kind)
    return tuple({"counts": _listed(machine)} for _ in carried_out(machine, p.ops))


def _cells(step: Step) -> tuple[Any, ...]:
    drawing = step.state["counts"]
    assert isinstance(drawing, Cells)
    return drawing.values


def _listed(machine: Machine) -> tuple[int, ...]:
    return tuple(machine.counts.get(f, 0) for f in range(max(machine.counts, default=-1) + 1))
