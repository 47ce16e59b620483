"""The TLB: lookups, simulation, address spaces, shootdowns, effective access time, as an oslab plugin."""

from collections.abc import Iterable
from importlib.resources import files

from oslab import Command, Exercises, ProblemType, Text, hookimpl

_PROBLEMS = {
    "lookup": "lookup:Lookup",
    "trace": "trace:Trace",
    "eat": "eat:Eat",
    "reach": "reach:Reach",
    "context-switch": "contextswitch:ContextSwitch",
    "protection": "protection:Protection",
    "flow": "flow:Flow",
    "two-level": "twolevel:TwoLevel",
    "shootdown": "shootdown:Shootdown",
}


# Which simulator a problem type asks about, where that has another name.
_SIMULATORS = {"trace": "tlb.run"}


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "tlb",
        Text(
            "The TLB: lookups, address spaces, access times, reach.",
            "TLB：查找、地址空间、访问时间、覆盖范围。",
        ),
        "oslab_tlb.cli:app",
    )


@hookimpl
def oslab_problems() -> Iterable[ProblemType]:
    for name, target in _PROBLEMS.items():
        yield ProblemType(f"tlb.{name}", f"oslab_tlb.problems.{target}", _SIMULATORS.get(name, ""))


@hookimpl
def oslab_exercises() -> Iterable[Exercises]:
    yield Exercises(files("oslab_exercises") / "tlb", after=("paging",))
