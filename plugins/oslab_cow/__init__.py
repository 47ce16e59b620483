"""Copy-on-write: fork, reference counts, shared and private mappings, as an oslab plugin."""

from collections.abc import Iterable
from importlib.resources import files

from oslab import Command, Exercises, ProblemType, Text, hookimpl

_PROBLEMS = {
    "refcount": "refcount:RefCount",
    "faults": "faults:Faults",
    "final-map": "finalmap:FinalMap",
    "memory": "memory:Memory",
    "values": "values:Values",
    "map-flags": "mapflags:MapFlags",
    "program": "program:Program",
    "steps": "steps:Steps",
}


# Which simulator a problem type asks about, where that has another name.
_SIMULATORS = {"faults": "cow.run"}


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "cow",
        Text(
            "Copy-on-write: fork, reference counts, who sees what.",
            "写时复制：fork、引用计数、谁看到什么。",
        ),
        "oslab_cow.cli:app",
    )


@hookimpl
def oslab_problems() -> Iterable[ProblemType]:
    for name, target in _PROBLEMS.items():
        yield ProblemType(f"cow.{name}", f"oslab_cow.problems.{target}", _SIMULATORS.get(name, ""))


@hookimpl
def oslab_exercises() -> Iterable[Exercises]:
    yield Exercises(files("oslab_exercises") / "cow", after=("memory",))
