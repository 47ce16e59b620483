"""cow tree: a C listing with forks, its processes, what they print, and which pages they share.

`run` shows each fork, write, print, wait and exit as a step; `count` gives the same metrics without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

from oslab import AnswerType, Choice, InputError, Int, Run, Step, Value
from oslab_cow.instructions import translate
from oslab_cow.interpreter import Interpreter
from oslab_cow.listing import parse
from oslab_cow.nodes import Program
from oslab_cow.pages import Memory
from oslab_cow.recorder import Recorder, Teller, pages_of
from oslab_cow.task import Order, Rules

ORDERS: Final[tuple[Order, ...]] = get_args(Order)
ORDERED: Final = (
    "output", "processes", "faults", "copies", "reuses", "frames_in_use", "frames_peak",
)  # fmt: skip
"""The metrics that are compared under every order."""


@dataclass(frozen=True, slots=True)
class Source:
    """A listing, line by line."""

    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class TreeConfig:
    """A listing, and the rules that C and POSIX leave open."""

    program: Source
    rules: Rules

    def __post_init__(self) -> None:
        size = self.rules.page_size
        if not 16 <= size <= 2**30 or size & (size - 1):
            raise InputError(f"a page has a power of two of bytes, such as 4096, not {size}")


def run(config: TreeConfig) -> Run:
    """Simulate step by step. Every step but the first and the last has process and line given.

    tree-begin   the listing
    tree-fork    child, protected (pages read-only in both now); processes (so far)
    tree-write   given page, variable, value; result event, fault, frame, count (references to it), and
                 after copy and reuse found (the references that decided)
    tree-read    as tree-write, for a read that faults
    tree-map     given pages, kind
    tree-print   text, and value where one number is printed
    tree-wait    child (None: there is none to wait for); tree-block: it has not ended yet
    tree-pause, tree-exit   the latter with freed (frames)
    tree-end     processes, frames

    Raises InputError for a listing that cannot be read or run, or that has too many steps.
    """
    teller = Teller()
    interpreter = _interpret(config, teller)
    metrics = _metrics(config, interpreter, teller)
    steps = [
        teller.first,
        *teller.steps,
        Step(
            action="tree-end",
            given={
                "paused": _named(interpreter, "paused"),
                "stuck": _named(interpreter, "waiting"),
            },
            result={"processes": len(interpreter.tasks), "frames": metrics["frames_in_use"]},
            state=teller.drawings(),
        ),
    ]
    return Run(
        command="cow.tree",
        config=config,
        conventions=conventions(config),
        asks=_asks(teller),
        steps=tuple(steps),
        metrics=metrics,
    )


def count(config: TreeConfig) -> Mapping[str, Value]:
    """The metrics of `run` without its steps. Raises InputError."""
    recorder = Recorder()
    return _metrics(config, _interpret(config, recorder), recorder)


def interpret(
    config: TreeConfig,
    program: Program | None = None,
    kind: type[Interpreter] = Interpreter,
    memory: type[Memory] = Memory,
) -> Interpreter:
    """A run of which nothing is told; with another program, interpreter or memory, for what a
    misunderstanding would do."""
    interpreter = kind(program or parse(config.program.text), config.rules, memory=memory)
    interpreter.run()
    return interpreter


def left(
    config: TreeConfig, program: Program | None = None, memory: type[Memory] = Memory
) -> Mapping[str, Mapping[str, Any]]:
    """What each process found in its pages at its end, by process and page name."""
    recorder = Recorder()
    _interpret(config, recorder, program, memory)
    return {name: {row["page"]: row for row in rows} for name, rows in recorder.left.items()}


def _interpret(
    config: TreeConfig,
    recorder: Recorder,
    program: Program | None = None,
    memory: type[Memory] = Memory,
) -> Interpreter:
    program = program or parse(config.program.text)
    interpreter = Interpreter(program, config.rules, recorder.watch, memory)
    recorder.begin(interpreter, config.program.lines)
    interpreter.run()
    for task in interpreter.tasks:
        if task.status != "ended":
            recorder.left[task.name] = pages_of(interpreter, task)
    return interpreter


def _named(interpreter: Interpreter, status: str) -> tuple[str, ...]:
    return tuple(task.name for task in interpreter.tasks if task.status == status)


def _asks(teller: Teller) -> Mapping[str, Mapping[str, AnswerType]]:
    events = {s.result["event"] for s in teller.steps if "event" in s.result}
    fresh = ("new",) if "new" in events else ()
    return {
        "tree-fork": {"processes": Int()},
        "tree-write": {"event": Choice("no-fault", "copy", "reuse", *fresh)},
        "tree-print": {"value": Int()},
        "tree-end": {"processes": Int(), "frames": Int()},
    }


def _metrics(
    config: TreeConfig, interpreter: Interpreter, recorder: Recorder
) -> Mapping[str, Value]:
    """faults = copies + reuses + first touches; frames_in_use: those of processes that stay."""
    found = _figures(interpreter)
    return {
        **found,
        "order_changes": _order_changes(config, found),
        "tree": tuple(
            {
                "process": task.name,
                "parent": task.parent.name if task.parent else None,
                "line": task.line or None,
                "status": task.status,
            }
            for task in interpreter.tasks
        ),
        "pages": tuple(row for task in interpreter.tasks for row in recorder.left[task.name]),
    }


def _figures(interpreter: Interpreter) -> dict[str, Value]:
    text = "".join(text for _, text in interpreter.output)
    return {
        "processes": len(interpreter.tasks),
        "forks": interpreter.forks,
        "faults": interpreter.faults,
        "copies": interpreter.copies,
        "reuses": interpreter.reuses,
        "frames_in_use": interpreter.memory.frames_in_use,
        "frames_peak": interpreter.frames_peak,
        "prints": interpreter.prints,
        "output": tuple(text.splitlines()),
    }


def _order_changes(config: TreeConfig, found: Mapping[str, Value]) -> tuple[str, ...]:
    """The metrics that are others under another order of the processes; "ends" where the listing does
    not even come to its end then."""
    changed = set()
    for order in ORDERS:
        if order == config.rules.order:
            continue
        other = replace(config, rules=replace(config.rules, order=order))
        try:
            figures = _figures(interpret(other))
        except InputError:
            changed.add("ends")
        else:
            changed |= {name for name in ORDERED if figures[name] != found[name]}
    return tuple(name for name in ("ends", *ORDERED) if name in changed)


def conventions(config: TreeConfig) -> Mapping[str, Value]:
    """The rules that can change what this listing does. Raises InputError for one that is none."""
    rules, program = config.rules, parse(config.program.text)
    code = translate(program)
    does = {instruction.text or instruction.name for instruction in code}
    found: dict[str, Value] = {"tree_names": "path"}
    if "fork" in does:
        found["order"] = rules.order
        found["last_owner"] = "keeps"
    if len([v for v, _ in program.globals if not v.element]) > 1:
        found["globals_on"] = rules.globals_on
    found["locals_on"] = rules.locals_on
    if "mmap" in does:
        found |= {"page_size": rules.page_size, "mapped_pages": "untouched"}
    if "print" in does:
        found["buffer"] = rules.buffer
    found["tree_frames"] = "variables"
    return found
