"""select, poll and epoll inside: interest set, ready list, edges and levels, as an oslab plugin."""

from collections.abc import Iterable
from importlib.resources import files

from oslab import Command, Exercises, ProblemType, Text, hookimpl

_PROBLEMS = {
    "epoll-trace": "epolltrace:EpollTrace",
    "et-bug": "etbug:EtBug",
    "lost-accepts": "lostaccepts:LostAccepts",
    "out-storm": "outstorm:OutStorm",
    "oneshot": "oneshot:OneShot",
    "ready-list": "readylist:ReadyList",
    "api-errors": "apierrors:ApiErrors",
    "cost": "cost:Cost",
    "select-limit": "selectlimit:SelectLimit",
    "rbtree": "rbtree:RBTree",
    "structure": "structure:Structure",
}

# Which simulator a problem type asks about, where that has another name.
_SIMULATORS = {
    "epoll-trace": "multiplex.run",
    "et-bug": "multiplex.run",
    "lost-accepts": "multiplex.run",
    "out-storm": "multiplex.run",
    "oneshot": "multiplex.run",
    "ready-list": "multiplex.run",
    "api-errors": "multiplex.run",
    "select-limit": "multiplex.limits",
    "rbtree": "multiplex.tree",
}


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "multiplex",
        Text(
            "How select, poll and epoll work inside.",
            "select、poll 和 epoll 的内部机制。",
        ),
        "oslab_multiplex.cli:app",
    )


@hookimpl
def oslab_problems() -> Iterable[ProblemType]:
    for name, target in _PROBLEMS.items():
        yield ProblemType(
            f"multiplex.{name}", f"oslab_multiplex.problems.{target}", _SIMULATORS.get(name, "")
        )


@hookimpl
def oslab_exercises() -> Iterable[Exercises]:
    yield Exercises(files("oslab_exercises") / "multiplex", after=("iomodels",))
