"""What is kept of a run of a listing while it goes on: the pages of each process, and the steps.

`tree` runs the listing; the interpreter tells a recorder of each event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from oslab import Drawing, Grid, InputError, Step, Tree, Value
from oslab_cow.interpreter import Interpreter
from oslab_cow.machine import Touch
from oslab_cow.simulate import entry_text
from oslab_cow.task import Task

MOST_STEPS: Final = 10_000
# More would not fit on a screen.
MOST_DRAWN_PROCESSES: Final = 16
MOST_DRAWN_PAGES: Final = 6


def pages_of(interpreter: Interpreter, task: Task) -> list[dict[str, Any]]:
    """The pages of a process that have a frame: which frame, who shares it, what is in it."""
    memory = interpreter.memory
    rows: list[dict[str, Any]] = []
    for page, pte in enumerate(memory.processes[task.name].ptes):
        if pte.frame is not None:
            others = [name for name, _ in memory.mappings(pte.frame) if name != task.name]
            rows.append(
                {
                    "process": task.name,
                    "page": memory.labels[page],
                    "frame": pte.frame,
                    "shared_with": tuple(others),
                    "contents": interpreter.pages.shown(task.name, page),
                }
            )
    return rows


class Recorder:
    """Keeps what each process had at its end."""

    def __init__(self) -> None:
        self.left: dict[str, list[dict[str, Any]]] = {}

    def begin(self, interpreter: Interpreter, lines: Sequence[str]) -> None:
        self.interpreter = interpreter

    def watch(self, what: str, task: Task, came_of_it: Mapping[str, Any]) -> None:
        if what == "tree-leave":
            self.left[task.name] = pages_of(self.interpreter, task)


class Teller(Recorder):
    """Makes a step of each event."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.said: dict[str, list[str]] = {}

    def begin(self, interpreter: Interpreter, lines: Sequence[str]) -> None:
        super().begin(interpreter, lines)
        rows = tuple(enumerate(lines, start=1))
        self.first = Step(
            action="tree-begin",
            given={"lines": len(rows)},
            state={"listing": Grid(("line", "code"), rows), **self.drawings()},
        )

    def watch(self, what: str, task: Task, came_of_it: Mapping[str, Any]) -> None:
        super().watch(what, task, came_of_it)
        if what == "tree-leave":
            return
        if len(self.steps) >= MOST_STEPS:
            raise InputError(
                f"the listing takes more than {MOST_STEPS} steps; --no-steps gives the figures"
            )
        if what == "tree-print":
            self.said.setdefault(task.name, []).append(came_of_it["text"].strip())
        given: dict[str, Value] = {"process": task.name, "line": self.interpreter.now.line}
        given |= {
            n: came_of_it[n]
            for n in ("page", "variable", "value", "pages", "kind")
            if n in came_of_it
        }
        self.steps.append(
            Step(
                action=what,
                actor=task.name,
                given=given,
                result=self._result(what, came_of_it),
                state=self.drawings(),
            )
        )

    def _result(self, what: str, came_of_it: Mapping[str, Any]) -> dict[str, Value]:
        touch: Touch | None = came_of_it.get("touch")
        if touch:
            result: dict[str, Value] = {
                "event": touch.event, "fault": touch.fault, "frame": touch.frame, "count": touch.count,
            }  # fmt: skip
            if touch.event in ("copy", "reuse"):
                result["found"] = touch.old_count
            return result
        if what == "tree-fork":
            labels = self.interpreter.memory.labels
            protected = tuple(labels[page] for page in came_of_it["protected"])
            return {
                "child": came_of_it["child"],
                "protected": protected,
                "processes": len(self.interpreter.tasks),
            }
        if what == "tree-print":
            values = came_of_it["values"]
            one = {"value": values[0]} if len(values) == 1 else {}
            return {"text": came_of_it["text"].strip(), **one}
        return {n: came_of_it[n] for n in ("child", "freed") if n in came_of_it}

    def drawings(self) -> dict[str, Drawing]:
        """The tree with what each process printed, and the page tables of those that live."""
        tasks = self.interpreter.tasks
        if len(tasks) > MOST_DRAWN_PROCESSES:
            return {}
        drawn: dict[str, Drawing] = {"processes": self._branch(tasks[0])}
        memory = self.interpreter.memory
        labels = memory.labels[:MOST_DRAWN_PAGES]
        if labels and memory.alive:
            rows = tuple(
                (task.name, *(self._cell(task, page) for page in range(len(labels))))
                for task in tasks
                if task.status != "ended"
            )
            drawn["tables"] = Grid(("process", *labels), rows)
        return drawn

    def _branch(self, task: Task) -> Tree:
        said = self.said.get(task.name)
        label = f"{task.name}: {' '.join(said)}" if said else task.name
        return Tree(label, tuple(self._branch(child) for child in task.children))

    def _cell(self, task: Task, page: int) -> str:
        pte = self.interpreter.memory.pte(task.name, page)
        if pte.frame is None:
            return "-"
        return f"{entry_text(pte)}: {self.interpreter.pages.shown(task.name, page)}"
