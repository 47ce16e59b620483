"""Kernel and user mode: privileged instructions, ports, address space, system calls, as an oslab plugin."""

from collections.abc import Iterable
from importlib.resources import files

from oslab import Command, Exercises, ProblemType, Text, hookimpl

_PROBLEMS = {
    "allowed": "allowed:Allowed",
    "ports": "ports:Ports",
    "space": "space:Space",
    "count-switches": "countswitches:CountSwitches",
    "read-path": "readpath:ReadPath",
    "cost": "cost:Cost",
}

# Which simulator a problem type asks about, where that has another name.
_SIMULATORS = {
    "allowed": "modes.run",
    "ports": "modes.port",
    "count-switches": "modes.run",
    "read-path": "modes.read",
}


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "modes",
        Text(
            "Kernel and user mode: who may do what, and what a crossing costs.",
            "内核态与用户态：谁可以做什么，切换一次代价多大。",
        ),
        "oslab_modes.cli:app",
    )


@hookimpl
def oslab_problems() -> Iterable[ProblemType]:
    for name, target in _PROBLEMS.items():
        yield ProblemType(
            f"modes.{name}", f"oslab_modes.problems.{target}", _SIMULATORS.get(name, "")
        )


@hookimpl
def oslab_exercises() -> Iterable[Exercises]:
    yield Exercises(files("oslab_exercises") / "modes", after=("cow",))
