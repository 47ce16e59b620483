"""Paging: translation, page tables, page faults and replacement, as an oslab plugin."""

from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable

from oslab import Command, ProblemType, Text, hookimpl

_PROBLEMS = {
    "split": "split:Split",
    "translate": "translate:Translate",
    "pte": "pte:Pte",
    "error-code": "errorcode:ErrorCode",
    "walk": "walk:Walk",
    "inverted": "inverted:Inverted",
    "table-size": "size:TableSize",
    "page-size": "pagesize:PageSize",
    "fault-steps": "fault:FaultSteps",
    "fault-kind": "faultkind:FaultKind",
    "eat": "eat:Eat",
    "replace": "replace:Replace",
    "writebacks": "writebacks:Writebacks",
    "belady": "belady:Belady",
    "workingset": "workingset:WorkingSet",
    "stack-distance": "stackdistance:StackDistance",
    "clock-state": "clockstate:ClockState",
}


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "paging",
        Text(
            "Translation, page tables, page faults, replacement.",
            "地址转换、页表、缺页、页面置换。",
        ),
        "oslab_paging.cli:app",
    )


@hookimpl
def oslab_problems() -> Iterable[ProblemType]:
    for name, target in _PROBLEMS.items():
        yield ProblemType(f"paging.{name}", f"oslab_paging.problems.{target}")


@hookimpl
def oslab_exercises() -> Iterable[Traversable]:
    yield files("oslab_exercises") / "paging"
