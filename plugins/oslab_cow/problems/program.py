"""cow.program: how many processes a listing makes, what they print, how often they fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from oslab import Answers, Choose, Code, Figure, Generator, InputError, Int, Problem, Run, mistake
from oslab_cow.interpreter import Interpreter
from oslab_cow.listing import parse
from oslab_cow.nodes import Program as Listing
from oslab_cow.pages import Memory
from oslab_cow.problems.listings import ProgramShape, draw_program
from oslab_cow.problems.misreadings import (
    BothWritable,
    CopiedAtFork,
    LastOwnerCopies,
    OnlyParentForks,
    Restarts,
    ReuseIsFree,
    UntouchedIsFree,
    WritesGoUp,
    both_branches,
    branches_swapped,
    else_ignored,
    exit_ignored,
    short_circuit_ignored,
)
from oslab_cow.tree import ORDERS, TreeConfig, interpret, run

# What goes without saying: nothing asked depends on the order, no process is asked for by name.
UNTOLD = ("order", "globals_on", "tree_names")
OF_FRAMES = ("locals_on", "last_owner", "tree_frames")


@dataclass(frozen=True)
class ProgramSpace:
    """Which form the listing has, with how many forks in it (for a loop: how many turns with one), and
    how many processes it may make."""

    shape: Choose[ProgramShape]
    forks: Choose[int]
    processes: Choose[int]


class Program(Problem[TreeConfig, ProgramSpace]):
    """Figures of a whole program; an exercise asks for those that its form makes interesting.

    processes  in all, the first one included
    children   of the first process
    leaves     processes without children
    lines      lines printed by all of them; `sum`: of the numbers on them
    faults, copies, frames   of the pages of variables; frames in use at the end
    """

    version = 1
    params = TreeConfig
    space = ProgramSpace
    answers = {
        "processes": Int(),
        "children": Int(),
        "leaves": Int(),
        "lines": Int(),
        "sum": Int(),
        "faults": Int(),
        "copies": Int(),
        "frames": Int(),
    }
    required = ("only-parent-forks", "forks-times-two")

    def draw(self, rng: Generator, space: ProgramSpace) -> TreeConfig:
        for _ in range(20):
            drawn = draw_program(rng, space.shape.pick(rng), space.forks.pick(rng))
            if _processes(drawn) in space.processes.options:
                break
        return drawn

    def good(self, p: TreeConfig) -> bool:
        """Every order of the processes prints the same numbers, if not in the same order, and comes to
        the same figures."""
        try:
            first, *others = (
                _figures(interpret(replace(p, rules=replace(p.rules, order=order))))
                for order in ORDERS
            )
        except InputError:
            return False
        return all(other == first for other in others) and 3 <= first["processes"] <= 16

    def present(self, p: TreeConfig) -> Mapping[str, Figure]:
        return {"listing": Code(p.program.text)}

    def run(self, p: TreeConfig) -> Run:
        whole = run(p)
        untold = UNTOLD if "pause" in p.program.text else (*UNTOLD, *OF_FRAMES)
        told = {name: v for name, v in whole.conventions.items() if name not in untold}
        return replace(whole, conventions=told)

    def solve(self, p: TreeConfig, run: Run) -> Answers:
        tree = run.metrics["tree"]
        parents = Counter(row["parent"] for row in tree)
        return {
            "processes": run.metrics["processes"],
            "children": parents["P"],
            "leaves": sum(not parents[row["process"]] for row in tree),
            "lines": run.metrics["prints"],
            "sum": sum(int(line) for line in run.metrics["output"]),
            "faults": run.metrics["faults"],
            "copies": run.metrics["copies"],
            "frames": run.metrics["frames_in_use"],
        }

    def _under(
        self,
        p: TreeConfig,
        program: Listing | None = None,
        kind: type[Interpreter] = Interpreter,
        memory: type[Memory] = Memory,
    ) -> Answers | None:
        """The answers of someone who reads the listing, forks, or memory like this."""
        try:
            return _figures(interpret(p, program, kind, memory))
        except InputError:
            return None

    def _rewritten(self, p: TreeConfig, rewrite: Any) -> Answers | None:
        program = parse(p.program.text)
        changed = rewrite(program)
        return self._under(p, changed) if changed != program else None

    @mistake("forks-times-two")
    def forks_times_two(self, p: TreeConfig) -> Answers | None:
        """Each fork that the first process reaches is thought to add two processes."""
        figures = _figures(interpret(p))
        return {"processes": 2 * figures["children"]}

    @mistake("only-parent-forks")
    def only_parent_forks(self, p: TreeConfig) -> Answers | None:
        return self._under(p, kind=OnlyParentForks)

    @mistake("child-restarts-main")
    def child_restarts_main(self, p: TreeConfig) -> Answers | None:
        return self._under(p, kind=Restarts)

    @mistake("both-branches")
    def both_branches(self, p: TreeConfig) -> Answers | None:
        return self._rewritten(p, both_branches)

    @mistake("else-ignored")
    def else_ignored(self, p: TreeConfig) -> Answers | None:
        return self._rewritten(p, else_ignored)

    @mistake("branches-swapped")
    def branches_swapped(self, p: TreeConfig) -> Answers | None:
        return self._rewritten(p, branches_swapped)

    @mistake("short-circuit-ignored")
    def short_circuit_ignored(self, p: TreeConfig) -> Answers | None:
        return self._rewritten(p, short_circuit_ignored)

    @mistake("exit-ignored")
    def exit_ignored(self, p: TreeConfig) -> Answers | None:
        return self._rewritten(p, exit_ignored)

    @mistake("parent-sees-child")
    def parent_sees_child(self, p: TreeConfig) -> Answers | None:
        """The processes are right, but they change each other's variables."""
        figures = self._under(p, memory=WritesGoUp)
        return figures and {"sum": figures["sum"]}

    @mistake("both-writable")
    def both_writable(self, p: TreeConfig) -> Answers | None:
        """Only the faults are asked about: whoever thinks so does not think of two writers in a frame."""
        figures = self._under(p, memory=BothWritable)
        return figures and {n: figures[n] for n in ("faults", "copies", "frames")}

    @mistake("reuse-is-free")
    def reuse_is_free(self, p: TreeConfig) -> Answers | None:
        return self._under(p, memory=ReuseIsFree)

    @mistake("last-owner-copies")
    def last_owner_copies(self, p: TreeConfig) -> Answers | None:
        return self._under(p, memory=LastOwnerCopies)

    @mistake("copied-at-fork")
    def copied_at_fork(self, p: TreeConfig) -> Answers | None:
        figures = self._under(p, memory=CopiedAtFork)
        return figures and {n: figures[n] for n in ("faults", "frames")}

    @mistake("untouched-is-free")
    def untouched_is_free(self, p: TreeConfig) -> Answers | None:
        return self._under(p, memory=UntouchedIsFree) if "mmap" in p.program.text else None


def _processes(p: TreeConfig) -> int:
    try:
        return len(interpret(p).tasks)
    except InputError:
        return 0


def _figures(found: Interpreter) -> dict[str, int]:
    """The answers, of a run that may be one of a misunderstanding."""
    lines = "".join(text for _, text in found.output).splitlines()
    return {
        "processes": len(found.tasks),
        "children": len(found.tasks[0].children),
        "leaves": sum(not task.children for task in found.tasks),
        "lines": len(lines),
        "sum": sum(map(int, lines)),
        "faults": found.faults,
        "copies": found.copies,
        "frames": found.memory.frames_in_use,
    }
