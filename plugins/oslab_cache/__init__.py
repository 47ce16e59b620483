"""Caches: splits, simulation, hierarchies, misses explained, access times, loops, as an oslab plugin."""

from collections.abc import Iterable
from importlib.resources import files

from oslab import Command, Exercises, ProblemType, Text, hookimpl

_PROBLEMS = {
    "split": "split:Split",
    "trace": "trace:Trace",
    "threec": "threec:ThreeC",
    "amat": "amat:Amat",
    "write-policy": "writepolicy:WritePolicy",
    "matrix": "matrix:Matrix",
    "vipt": "vipt:Vipt",
    "design": "design:Design",
    "conflicts": "conflicts:Conflicts",
    "tile": "tile:Tile",
}


# Which simulator a problem type asks about, where that has another name.
_SIMULATORS = {"trace": "cache.run"}


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "cache",
        Text(
            "Caches: splitting addresses, hits and misses, hierarchies, loops.",
            "高速缓存：地址划分、命中与缺失、多级结构、循环访问。",
        ),
        "oslab_cache.cli:app",
    )


@hookimpl
def oslab_problems() -> Iterable[ProblemType]:
    for name, target in _PROBLEMS.items():
        yield ProblemType(
            f"cache.{name}", f"oslab_cache.problems.{target}", _SIMULATORS.get(name, "")
        )


@hookimpl
def oslab_exercises() -> Iterable[Exercises]:
    yield Exercises(files("oslab_exercises") / "cache", after=("tlb",))
