"""Reactors and other server models: threads, queues, latency, as an oslab plugin."""

from collections.abc import Iterable
from importlib.resources import files

from oslab import Command, Exercises, ProblemType, Text, hookimpl

_PROBLEMS = {
    "gantt": "gantt:Gantt",
    "latency": "latency:Latency",
    "capacity": "capacity:Capacity",
    "match": "match:Match",
    "block": "block:Block",
    "choose": "choose:ChooseServer",
    "failure": "failure:Failure",
}

# Which simulator a problem type asks about, where that has another name.
_SIMULATORS = {
    "gantt": "reactor.script",
    "latency": "reactor.script",
    "match": "reactor.presets",
    "block": "reactor.script",
    "choose": "reactor.compare",
    "failure": "reactor.script",
}


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "reactor",
        Text(
            "Network servers: reactors, pools, threads, proactors.",
            "网络服务器：反应堆（Reactor）、线程池、每连接一线程、前摄器（Proactor）。",
        ),
        "oslab_reactor.cli:app",
    )


@hookimpl
def oslab_problems() -> Iterable[ProblemType]:
    for name, target in _PROBLEMS.items():
        yield ProblemType(
            f"reactor.{name}", f"oslab_reactor.problems.{target}", _SIMULATORS.get(name, "")
        )


@hookimpl
def oslab_exercises() -> Iterable[Exercises]:
    yield Exercises(files("oslab_exercises") / "reactor", after=("multiplex",))
