"""The memory system as a whole: TLB, page walk, page faults and caches wired together, as an oslab plugin."""

from collections.abc import Iterable
from importlib.resources import files

from oslab import Command, Exercises, ProblemType, Text, hookimpl

_PROBLEMS = {
    "access": "access:Access",
    "flow": "flow:Flow",
    "time": "time:AccessTime",
    "hierarchy": "hierarchy:Hierarchy",
    "loop": "loop:Loop",
}


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "memory",
        Text(
            "The whole memory system: TLB, page walk, faults, caches.",
            "完整的存储系统：TLB、查页表、缺页、高速缓存。",
        ),
        "oslab_memory.cli:app",
    )


@hookimpl
def oslab_problems() -> Iterable[ProblemType]:
    for name, target in _PROBLEMS.items():
        yield ProblemType(f"memory.{name}", f"oslab_memory.problems.{target}")


@hookimpl
def oslab_exercises() -> Iterable[Exercises]:
    yield Exercises(files("oslab_exercises") / "memory", after=("paging", "tlb", "cache"))
