"""cow.final-map: the frame and the rights of every page in every process at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from oslab import Answers, Bool, Figure, Generator, Grid, Int, OrNone, Problem, Run, Table, mistake
from oslab_cow.machine import Machine
from oslab_cow.problems.misread import (
    BothMove,
    BothWritable,
    CopiedAtFork,
    LastOwnerCopies,
    WrongSideMoves,
)
from oslab_cow.problems.scripts import (
    ScriptSpace,
    copies,
    draw_script,
    entries,
    explained,
    finished,
    presented,
)
from oslab_cow.simulate import CowConfig, entry_text


class FinalMap(Problem[CowConfig, ScriptSpace]):
    """For each page of each process alive at the end: its frame, and whether its entry is writable."""

    version = 1
    params = CowConfig
    space = ScriptSpace
    answers = {
        "map": Table(label="entry", columns={"frame": OrNone(Int()), "writable": Bool()}),
    }
    required = ("both-move", "wrong-side-moves")

    def draw(self, rng: Generator, space: ScriptSpace) -> CowConfig:
        return draw_script(rng, space)

    def good(self, p: CowConfig) -> bool:
        return copies(p)

    def present(self, p: CowConfig) -> Mapping[str, Figure]:
        return presented(p)

    def rows(self, p: CowConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(label,) for label, _, _ in entries(p)]

    def run(self, p: CowConfig) -> Run:
        return explained(p, "start", "last_owner", "copy_to")

    def solve(self, p: CowConfig, run: Run) -> Answers:
        """Read off the last drawing of the page-table entries."""
        drawn = final_entries(run)
        return {"map": tuple(_row(drawn[process, page]) for _, process, page in entries(p))}

    def _as_if(self, p: CowConfig, kind: type[Machine]) -> Answers:
        machine = finished(p, kind)
        ptes = (machine.pte(process, page) for _, process, page in entries(p))
        return {"map": tuple(_row(entry_text(pte)) for pte in ptes)}

    @mistake("both-move")
    def both_move(self, p: CowConfig) -> Answers | None:
        """A write gives every sharer a copy."""
        return self._as_if(p, BothMove)

    @mistake("wrong-side-moves")
    def wrong_side_moves(self, p: CowConfig) -> Answers | None:
        """The writer keeps the frame, the others get the copy."""
        return self._as_if(p, WrongSideMoves)

    @mistake("last-owner-copies")
    def last_owner_copies(self, p: CowConfig) -> Answers | None:
        """The last owner of a frame copies it."""
        return self._as_if(p, LastOwnerCopies)

    @mistake("both-writable")
    def both_writable(self, p: CowConfig) -> Answers | None:
        """A copy makes the entries of both sides writable."""
        return self._as_if(p, BothWritable)

    @mistake("copied-at-fork")
    def copied_at_fork(self, p: CowConfig) -> Answers | None:
        """fork copies the pages."""
        return self._as_if(p, CopiedAtFork)


def final_entries(run: Run) -> Mapping[tuple[str, int], str]:
    """The entries at the end, as drawn, by process and page."""
    drawing = run.steps[-1].state["ptes"]
    assert isinstance(drawing, Grid)
    names = drawing.columns[1:]
    return {
        (str(name), int(str(row[0]))): str(cell)
        for row in drawing.rows
        for name, cell in zip(names, row[1:], strict=True)
    }


def _row(entry: str) -> Mapping[str, Any]:
    frame, _, rights = entry.partition(" ")
    return {"frame": int(frame) if frame.isdigit() else None, "writable": rights == "rw"}
