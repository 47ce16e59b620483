"""Which paths can carry a transfer, given what the program needs.

Three things rule a path out:

- **Its ends.** sendfile, copy_file_range and a mapping need a regular file to read from (something that can
  be mapped): a socket or a pipe will not do. read and an io_uring read anything, O_DIRECT only files, a
  pair of splices through a pipe a file or a socket. vmsplice begins with memory of the program, tee needs
  pipes at both ends. To a file go the paths made for it and those that end in write or splice, to a pipe
  those that end in write, and tee; a send needs a socket.
- **Its view of the data.** On sendfile, splice, tee and copy_file_range the program never sees the data. A
  mapping can be looked at, but its pages are those of the file: what is changed there is changed in the
  file (or, MAP_PRIVATE, copied page by page, which is left out here). To change data on the way takes a
  buffer of the program's own.
- **Its means.** One end of every splice, vmsplice and tee must be a pipe: a program that may not open
  one cannot use them between a file and a socket.

Source: man 2 sendfile, splice, vmsplice, tee, copy_file_range, mmap, send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

from oslab import InputError, Int, OrNone, Run, Step, Value
from oslab.quantities import format_size
from oslab_zerocopy.paths import PATHS, PathName
from oslab_zerocopy.transfer import BLOCK, TransferConfig, tally

Source: TypeAlias = Literal["file", "socket", "pipe", "user"]
Target: TypeAlias = Literal["socket", "file", "pipe"]
View: TypeAlias = Literal["pass", "look", "modify"]
Reason: TypeAlias = Literal["", "source", "target", "look", "modify", "pipe"]

_ANYTHING: frozenset[Source] = frozenset({"file", "socket", "pipe"})
_FILE: frozenset[Source] = frozenset({"file"})
_ANYWHERE: frozenset[Target] = frozenset({"socket", "file", "pipe"})
_SOCKET: frozenset[Target] = frozenset({"socket"})


@dataclass(frozen=True, slots=True)
class Ability:
    """What a path can do: where it can begin and end, whether the program may look at the data or
    change them on the way, and whether it takes a pipe of the program's own."""

    sources: frozenset[Source]
    targets: frozenset[Target]
    view: View
    pipe: bool = False


ABILITIES: Mapping[PathName, Ability] = {
    "read-write": Ability(_ANYTHING, _ANYWHERE, "modify"),
    "mmap-write": Ability(_FILE, _ANYWHERE, "look"),
    "sendfile": Ability(_FILE, _SOCKET, "pass"),
    "sendfile-sg": Ability(_FILE, _SOCKET, "pass"),
    "splice": Ability(frozenset({"file", "socket"}), frozenset({"socket", "file"}), "pass", True),
    "vmsplice": Ability(frozenset({"user"}), _SOCKET, "modify", True),
    "msg-zerocopy": Ability(_ANYTHING, _SOCKET, "modify"),
    "msg-zerocopy-mmap": Ability(_FILE, _SOCKET, "look"),
    "io-uring": Ability(_ANYTHING, _SOCKET, "modify"),
    "io-uring-splice": Ability(
        frozenset({"file", "socket"}), frozenset({"socket", "file"}), "pass", True
    ),
    "copy-file-range": Ability(_FILE, frozenset({"file"}), "pass"),
    "sendfile-file": Ability(_FILE, frozenset({"file"}), "pass"),
    "tee": Ability(frozenset({"pipe"}), frozenset({"pipe"}), "pass"),
    "direct": Ability(_FILE, _ANYWHERE, "modify"),
}


@dataclass(frozen=True, slots=True)
class ChooseConfig:
    """A transfer and what is needed of it.

    source      where the data come from: a regular file, a socket, a pipe, memory of the program
    target      where they go
    view        whether the program just passes the data on, must look at them, or change them on the way
    pipes       whether the program may open a pipe
    size        bytes in all
    chunk       bytes for which it asks in one call
    pipe_size   bytes that a pipe holds
    batch       chunks for one io_uring_enter
    candidates  the paths in question, in order

    Raises InputError.
    """

    source: Source
    target: Target
    view: View
    pipes: bool
    size: int
    chunk: int
    pipe_size: int
    batch: int
    candidates: tuple[PathName, ...]

    def __post_init__(self) -> None:
        if not self.candidates:
            raise InputError("no path is in question; at least one is expected")
        if self.chunk % BLOCK and "direct" in self.candidates:
            raise InputError(
                f"direct reads whole blocks: a chunk of {self.chunk} bytes is no multiple of {BLOCK}"
            )
        transfer_of(self, self.candidates[0])


def transfer_of(config: ChooseConfig, path: PathName) -> TransferConfig:
    """The transfer on one path, all calls counted. Raises InputError for sizes that cannot be."""
    return TransferConfig(
        path=path,
        size=config.size,
        chunk=config.chunk,
        cached=True,
        nic_sg=path != "sendfile",
        loopback=False,
        reflink=False,
        pipe_size=config.pipe_size,
        batch=config.batch,
        sqpoll=False,
        notify_every=1,
        count="total",
        call_ns=Fraction(0),
        cpu_byte_ns=Fraction(0),
        dma_byte_ns=Fraction(0),
    )


def against(config: ChooseConfig, ability: Ability) -> Reason:
    """What rules a path out, the first of its ends, its view and its means; "" if nothing does."""
    if config.source not in ability.sources:
        return "source"
    if config.target not in ability.targets:
        return "target"
    if config.view == "modify" and ability.view != "modify":
        return "modify"
    if config.view == "look" and ability.view == "pass":
        return "look"
    if ability.pipe and not config.pipes:
        return "pipe"
    return ""


# The same whatever a path is believed to be able to do.
@lru_cache(maxsize=32)
def switches(config: ChooseConfig, path: PathName) -> int:
    """Mode switches of the transfer on a path, those of mmap and pipe once."""
    return tally(transfer_of(config, path)).mode_switches("total")


def run(config: ChooseConfig, abilities: Mapping[PathName, Ability] = ABILITIES) -> Run:
    """Judge each candidate. `abilities` are others for what a misunderstanding would allow.

    path   given path; result mode_switches (None: it does not apply), reason (source, target, look,
           modify, pipe, or "")

    Metrics: applies (the paths that do), fewest_switches (None: none does), fewest (those of them that make do
    with so few).
    """
    steps = []
    found: dict[str, int] = {}
    for name in config.candidates:
        reason = against(config, abilities[name])
        number = None if reason else switches(config, name)
        if number is not None:
            found[name] = number
        steps.append(
            Step(
                action="path",
                given={"path": name, "source": config.source, "target": config.target},
                result={"mode_switches": number, "reason": reason},
            )
        )
    least = min(found.values(), default=None)
    rules: dict[str, Value] = {"sender": "only", "full_calls": "all", "count": "total"}
    rules |= {"uncounted": "faults", "whole_path": "as-is"}
    if config.view == "modify":
        rules["modified"] = "own"
    if any(PATHS[name].through_pipe for name in config.candidates):
        rules["pipe_size"] = format_size(config.pipe_size)
    if any(name.startswith("io-uring") for name in config.candidates):
        rules["batch"] = config.batch
    if any(name.startswith("msg-zerocopy") for name in config.candidates):
        rules["notify_every"] = 1
    return Run(
        command="zerocopy.choose",
        config=config,
        conventions=rules,
        asks={"path": {"mode_switches": OrNone(Int())}},
        steps=tuple(steps),
        metrics={
            "applies": tuple(found),
            "fewest_switches": least,
            "fewest": tuple(name for name, number in found.items() if number == least),
        },
    )
