"""Java NIO over the kernel: map, transferTo, buffers, direct memory, as an oslab plugin."""

from collections.abc import Iterable
from importlib.resources import files

from oslab import Command, Exercises, ProblemType, Text, hookimpl

_PROBLEMS = {
    "map": "map:Map",
    "transfer-path": "transferpath:TransferPath",
    "buffer-state": "bufferstate:BufferState",
    "copies": "copies:Copies",
    "direct-memory": "directmemory:DirectMemory",
    "map-mode": "mapmode:MapMode",
    "mapped-ops": "mappedops:MappedOps",
}

# Which simulator a problem type asks about, where that has another name.
_SIMULATORS = {
    "transfer-path": "nio.transfer",
    "buffer-state": "nio.buffers",
    "copies": "nio.buffers",
    "direct-memory": "nio.memory",
    "map-mode": "nio.map",
    "mapped-ops": "nio.map",
}


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "nio",
        Text(
            "Java NIO: mapped files, transferTo, buffers.",
            "Java NIO：文件映射、transferTo、缓冲区。",
        ),
        "oslab_nio.cli:app",
    )


@hookimpl
def oslab_problems() -> Iterable[ProblemType]:
    for name, target in _PROBLEMS.items():
        yield ProblemType(f"nio.{name}", f"oslab_nio.problems.{target}", _SIMULATORS.get(name, ""))


@hookimpl
def oslab_exercises() -> Iterable[Exercises]:
    yield Exercises(files("oslab_exercises") / "nio", after=("zerocopy",))
