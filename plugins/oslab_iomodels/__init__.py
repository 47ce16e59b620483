"""I/O models: blocking, non-blocking, multiplexed, signal-driven, asynchronous, as an oslab plugin."""

from collections.abc import Iterable
from importlib.resources import files

from oslab import Command, Exercises, ProblemType, Text, hookimpl

_PROBLEMS = {
    "classify": "classify:Classify",
    "timeline": "timeline:Timeline",
    "syscalls": "syscalls:Syscalls",
    "threads": "threads:Threads",
    "phase-order": "phaseorder:PhaseOrder",
    "choose": "choose:ChooseModel",
    "async-kind": "asynckind:AsyncKind",
}

# Which simulator a problem type asks about, where that has another name.
_SIMULATORS = {
    "timeline": "iomodels.run",
    "syscalls": "iomodels.run",
    "threads": "iomodels.run",
    "choose": "iomodels.compare",
    "async-kind": "iomodels.async",
}


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "iomodels",
        Text(
            "I/O models: blocking, non-blocking, multiplexed, asynchronous.",
            "I/O 模型：阻塞、非阻塞、多路复用、异步。",
        ),
        "oslab_iomodels.cli:app",
    )


@hookimpl
def oslab_problems() -> Iterable[ProblemType]:
    for name, target in _PROBLEMS.items():
        yield ProblemType(
            f"iomodels.{name}", f"oslab_iomodels.problems.{target}", _SIMULATORS.get(name, "")
        )


@hookimpl
def oslab_exercises() -> Iterable[Exercises]:
    yield Exercises(files("oslab_exercises") / "iomodels", after=("modes",))
