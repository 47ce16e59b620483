"""Buddy allocation, as an oslab plugin."""

from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable

from oslab import Command, ProblemType, Text, hookimpl


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "buddy",
        Text("Buddy allocation: split, hand out, merge.", "伙伴系统：分裂、分配、合并。"),
        "oslab_buddy.cli:app",
    )


@hookimpl
def oslab_problems() -> Iterable[ProblemType]:
    yield ProblemType("buddy.waste", "oslab_buddy.problems.waste:Waste")
    yield ProblemType("buddy.run", "oslab_buddy.problems.run:BuddyRun")


@hookimpl
def oslab_exercises() -> Iterable[Traversable]:
    yield files("oslab_buddy") / "exercises"
