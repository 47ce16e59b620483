"""Zero copy: read and write, mmap, sendfile, splice and others, buffer by buffer, as an oslab plugin."""

from collections.abc import Iterable
from importlib.resources import files

from oslab import Command, Exercises, ProblemType, Text, hookimpl

_PROBLEMS = {
    "count": "count:Count",
    "order": "order:Order",
    "bytes": "copied:CopiedBytes",
    "choose": "choose:ChoosePath",
    "sendfile": "sendfile:Sendfile",
    "mmap-flags": "mmapflags:MmapFlags",
    "break-even": "breakeven:BreakEven",
}

# Which simulator a problem type asks about, where that has another name.
_SIMULATORS = {
    "count": "zerocopy.run",
    "order": "zerocopy.run",
    "bytes": "zerocopy.run",
    "mmap-flags": "zerocopy.mmap",
}


@hookimpl
def oslab_commands() -> Iterable[Command]:
    yield Command(
        "zerocopy",
        Text(
            "Zero copy: the paths from file to socket, and who copies.",
            "零拷贝：从文件到套接字的各条路径，由谁拷贝数据。",
        ),
        "oslab_zerocopy.cli:app",
    )


@hookimpl
def oslab_problems() -> Iterable[ProblemType]:
    for name, target in _PROBLEMS.items():
        yield ProblemType(
            f"zerocopy.{name}", f"oslab_zerocopy.problems.{target}", _SIMULATORS.get(name, "")
        )


@hookimpl
def oslab_exercises() -> Iterable[Exercises]:
    yield Exercises(files("oslab_exercises") / "zerocopy", after=("reactor",))
