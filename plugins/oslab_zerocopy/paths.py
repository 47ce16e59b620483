"""The paths that data take from one place to another: which calls, and who moves the data in each.

`PATHS` is the table of zero copy: for each path the calls of one chunk, in order, and the calls made once
for a whole transfer. A `Move` in it says how data get from one buffer into another:

- ``dma``: a device does it, without the CPU. From disk only if the data are not in the page cache.
- ``cpu``: the CPU copies.
- ``reference``: only page, offset and length are noted; the data stay where they are.
- ``gather``: a reference where the network card gathers, a CPU copy where it does not.
- ``pinned``: like ``gather``, but over the loopback device, where the receiver would otherwise hold on to
  memory of the sender, the kernel copies after all (MSG_ZEROCOPY).
- ``clone``: a CPU copy, or a reference where the file system shares the blocks of both files (reflink).

`chunk_calls` decides these for a `Setting`, which leaves ``dma``, ``cpu`` and ``reference``, and adds the
DMA by which the data leave for the network or a disk.

Source: man 2 mmap, sendfile, splice, vmsplice, tee, copy_file_range, io_uring_enter; Linux
Documentation/networking/msg_zerocopy.rst; net/ipv4/tcp.c, tcp_sendmsg_locked (NETIF_F_SG).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

Buffer: TypeAlias = Literal[
    "disk", "page-cache", "user-buffer", "pipe", "socket-buffer", "nic",
    "target-cache", "target-disk", "target-pipe",
]  # fmt: skip
By: TypeAlias = Literal["dma", "cpu", "reference"]
How: TypeAlias = Literal["dma", "cpu", "reference", "gather", "pinned", "clone"]
PathName: TypeAlias = Literal[
    "read-write", "mmap-write", "sendfile", "sendfile-sg", "splice", "vmsplice", "msg-zerocopy",
    "msg-zerocopy-mmap", "io-uring", "io-uring-splice", "copy-file-range", "sendfile-file", "tee",
    "direct",
]  # fmt: skip
Target: TypeAlias = Literal["socket", "file", "pipe"]
Per: TypeAlias = Literal["chunk", "batch", "notice"]


@dataclass(frozen=True, slots=True)
class Move:
    """Data get from one buffer to another; of a `Path`, `how` may depend on the setting."""

    source: Buffer
    target: Buffer
    how: How


@dataclass(frozen=True, slots=True)
class Call:
    """A system call and the moves made in it, in order.

    per   "chunk": made for each chunk; "batch": for each batch of chunks (io_uring_enter);
          "notice": for so many chunks, to collect notifications (recvmsg of the error queue)
    """

    name: str
    moves: tuple[Move, ...] = ()
    per: Per = "chunk"


@dataclass(frozen=True, slots=True)
class Path:
    """How data get from `source` to `target`.

    source     where they are: "file", "user" (memory of the program) or "pipe"
    target     where they go: "socket", "file" or "pipe"
    once       calls made once for a transfer, whatever its size
    calls      the calls for each chunk
    through_pipe   whether the data of a chunk stand in a pipe, which bounds a chunk
    """

    name: PathName
    source: Literal["file", "user", "pipe"]
    target: Target
    once: tuple[str, ...]
    calls: tuple[Call, ...]
    through_pipe: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What the moves depend on.

    cached     the file is in the page cache already
    nic_sg     the network card gathers what it sends (scatter/gather) and makes checksums
    loopback   the receiver is on this machine: no network card at all
    reflink    the file system can share blocks between files (copy-file-range)
    """

    cached: bool
    nic_sg: bool
    loopback: bool
    reflink: bool


_READ_DISK = Move("disk", "page-cache", "dma")
_READ = Call("read", (_READ_DISK, Move("page-cache", "user-buffer", "cpu")))
_WRITE = Call("write", (Move("user-buffer", "socket-buffer", "cpu"),))
# A page fault in write() or send() brings a page of the mapping in, if it is not there.
_WRITE_MAPPED = Call("write", (_READ_DISK, Move("page-cache", "socket-buffer", "cpu")))
_SENDFILE = Call("sendfile", (_READ_DISK, Move("page-cache", "socket-buffer", "gather")))
_INTO_PIPE = Call("splice", (_READ_DISK, Move("page-cache", "pipe", "reference")))
_OUT_OF_PIPE = Call("splice", (Move("pipe", "socket-buffer", "gather"),))
_TO_FILE = (_READ_DISK, Move("page-cache", "target-cache", "cpu"))
_NOTICE = Call("recvmsg", per="notice")

PATHS: Final[Mapping[PathName, Path]] = MappingProxyType(
    {
        path.name: path
        for path in (
            Path("read-write", "file", "socket", (), (_READ, _WRITE)),
            Path("mmap-write", "file", "socket", ("mmap",), (_WRITE_MAPPED,)),
            Path("sendfile", "file", "socket", (), (_SENDFILE,)),
            Path("sendfile-sg", "file", "socket", (), (_SENDFILE,)),
            Path(
                "splice", "file", "socket", ("pipe",), (_INTO_PIPE, _OUT_OF_PIPE), through_pipe=True
            ),
            Path(
                "vmsplice", "user", "socket", ("pipe",),
                (Call("vmsplice", (Move("user-buffer", "pipe", "reference"),)), _OUT_OF_PIPE),
                through_pipe=True,
            ),
            Path(
                "msg-zerocopy", "file", "socket", (),
                (_READ, Call("send", (Move("user-buffer", "socket-buffer", "pinned"),)), _NOTICE),
            ),
            Path(
                "msg-zerocopy-mmap", "file", "socket", ("mmap",),
                (Call("send", (_READ_DISK, Move("page-cache", "socket-buffer", "pinned"))), _NOTICE),
            ),
            Path(
                "io-uring", "file", "socket", (),
                (Call("io_uring_enter", (*_READ.moves, *_WRITE.moves), per="batch"),),
            ),
            Path(
                "io-uring-splice", "file", "socket", ("pipe",),
                (Call("io_uring_enter", (*_INTO_PIPE.moves, *_OUT_OF_PIPE.moves), per="batch"),),
                through_pipe=True,
            ),
            Path(
                "copy-file-range", "file", "file", (),
                (Call("copy_file_range", (_READ_DISK, Move("page-cache", "target-cache", "clone"))),),
            ),
            Path("sendfile-file", "file", "file", (), (Call("sendfile", _TO_FILE),)),
            Path(
                "tee", "pipe", "pipe", (), (Call("tee", (Move("pipe", "target-pipe", "reference"),)),),
                through_pipe=True,
            ),
            Path(
                "direct", "file", "socket", (),
                (Call("read", (Move("disk", "user-buffer", "dma"),)), _WRITE),
            ),
        )
    }
)  # fmt: skip
"""Every path by its name, in the order of the table."""

MOST: Final = 0x7FFFF000
"""The most bytes that one read, write, sendfile or splice moves on Linux (MAX_RW_COUNT, 4 KiB pages)."""


@lru_cache(maxsize=64)
def chunk_calls(name: PathName, setting: Setting) -> tuple[Call, ...]:
    """The calls of one chunk with what happens in this setting: every `how` is dma, cpu or reference.

    The DMA by which the data leave, to the network card or to the disk of the target file, is the last
    move of the last call that moves anything; the device makes it when it likes, mostly after the call.
    """
    path = PATHS[name]
    gathers = setting.nic_sg or setting.loopback or name == "sendfile-sg"
    calls = []
    holder: Buffer | None = None
    for call in path.calls:
        moves = []
        for move in call.moves:
            if move == _READ_DISK and (setting.cached or _cloned(name, setting)):
                continue
            how = _decided(move.how, gathers, setting)
            moves.append(replace(move, how=how))
            if how != "reference" or holder is None:
                holder = move.source if how == "reference" else move.target
        calls.append(replace(call, moves=tuple(moves)))
    leaving = _leaving(path, setting, holder)
    if leaving:
        last = max(i for i, call in enumerate(calls) if call.moves)
        calls[last] = replace(calls[last], moves=(*calls[last].moves, leaving))
    return tuple(calls)


def _cloned(name: PathName, setting: Setting) -> bool:
    return name == "copy-file-range" and setting.reflink


def _decided(how: How, gathers: bool, setting: Setting) -> By:
    if how == "gather":
        return "reference" if gathers else "cpu"
    if how == "pinned":
        return "reference" if gathers and not setting.loopback else "cpu"
    if how == "clone":
        return "reference" if setting.reflink else "cpu"
    return how


def _leaving(path: Path, setting: Setting, holder: Buffer | None) -> Move | None:
    """The DMA of a device that takes the data from the buffer that really holds them."""
    if path.target == "socket" and not setting.loopback:
        return Move(holder or "socket-buffer", "nic", "dma")
    if path.target == "file" and not _cloned(path.name, setting):
        return Move("target-cache", "target-disk", "dma")
    return None
