"""A transfer on one path: which calls, which mode switches, which copies, step by step.

The sender moves `size` bytes, a number it knows, in ⌈size / chunk⌉ rounds; each call does all it is asked
for, so there is no read that finds the end of the file. A chunk is never more than one call can move, nor
more than the pipe holds where data pass through one. A call is two mode switches. Page faults, blocking,
munmap and close are not counted, nor is what the receiver does.

Three counts of the calls: ``amortised`` has only those that every chunk makes, ``textbook`` adds the mmap,
as figures in books do, ``total`` adds the pipe too, and is what strace shows.

Time is the sum of calls (all of them, whatever the count), bytes copied by the CPU and bytes moved by DMA,
as if nothing overlapped. References and page faults are free.

Source: `oslab_zerocopy.paths`, and the manual pages named there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

from oslab import InputError, Value
from oslab.quantities import format_size, format_time
from oslab_zerocopy.paths import MOST, PATHS, Call, Move, Path, PathName, Setting, chunk_calls

Count: TypeAlias = Literal["textbook", "amortised", "total"]
COUNTS: tuple[Count, ...] = get_args(Count)
LARGEST = 2**63 - 1
BLOCK = 512
"""O_DIRECT reads whole blocks of so many bytes."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is sent, and the terms on which; of any path.

    size          bytes, at least 1
    chunk         bytes for which the program asks in one call
    cached        the file is in the page cache already
    nic_sg        the network card gathers (scatter/gather) and makes checksums
    loopback      the receiver is on this machine; no network card
    reflink       the file system can share blocks between two files
    pipe_size     bytes that a pipe holds
    batch         chunks submitted by one io_uring_enter
    sqpoll        a kernel thread polls the submission queue of the io_uring; no io_uring_enter
    notify_every  chunks for whose notifications one recvmsg is made (MSG_ZEROCOPY)
    count         which count `syscalls` and `mode_switches` are
    call_ns       one system call with its two mode switches, in ns
    cpu_byte_ns   one byte copied by the CPU, in ns
    dma_byte_ns   one byte moved by DMA, in ns

    Raises InputError.
    """

    size: int
    chunk: int
    cached: bool
    nic_sg: bool
    loopback: bool
    reflink: bool
    pipe_size: int
    batch: int
    sqpoll: bool
    notify_every: int
    count: Count
    call_ns: Fraction
    cpu_byte_ns: Fraction
    dma_byte_ns: Fraction

    def __post_init__(self) -> None:
        for what, number in (
            ("a transfer", self.size), ("a chunk", self.chunk), ("a pipe", self.pipe_size),
        ):  # fmt: skip
            if not 1 <= number <= LARGEST:
                raise InputError(f"{what} has 1 to 2^63 - 1 bytes, not {number}")
        for what, number in (("a batch", self.batch), ("a notification", self.notify_every)):
            if not 1 <= number <= LARGEST:
                raise InputError(f"{what} is for one chunk at least, not {number}")
        for what, time in (
            ("a call", self.call_ns), ("copying a byte", self.cpu_byte_ns),
            ("moving a byte by DMA", self.dma_byte_ns),
        ):  # fmt: skip
            if time < 0:
                raise InputError(f"{what} does not cost less than nothing: {format_time(time)}")
        if self.loopback and not self.nic_sg:
            raise InputError(
                "the loopback device always gathers; leave out --loopback or --nic-sg no"
            )


@dataclass(frozen=True, slots=True)
class TransferConfig(Terms):
    """A transfer on one path. Raises InputError where the path is not for such terms."""

    path: PathName

    def __post_init__(self) -> None:
        # Zero-argument super() does not work in a dataclass with slots.
        Terms.__post_init__(self)
        if self.path == "sendfile-sg" and not self.nic_sg:
            raise InputError(
                "sendfile-sg is sendfile with a network card that gathers; "
                "where it does not, the path is sendfile with --nic-sg no"
            )
        if self.path == "direct" and self.chunk % BLOCK:
            raise InputError(
                f"O_DIRECT reads whole blocks: a chunk of {self.chunk} bytes is no multiple of {BLOCK}"
            )

    @property
    def setting(self) -> Setting:
        return Setting(self.cached, self.nic_sg, self.loopback, self.reflink)

    @property
    def of(self) -> Path:
        return PATHS[self.path]

    @property
    def unit(self) -> int:
        """Bytes that one round moves, the last one perhaps fewer."""
        bounds = [self.chunk, MOST]
        if self.of.through_pipe:
            bounds.append(self.pipe_size)
        return min(bounds)

    @property
    def chunks(self) -> int:
        """Rounds in all."""
        return -(-self.size // self.unit)

    def times(self, call: Call) -> int:
        """How often a call is made."""
        if call.per == "batch":
            return 0 if self.sqpoll else -(-self.chunks // self.batch)
        return -(-self.chunks // self.notify_every) if call.per == "notice" else self.chunks


@dataclass(slots=True)
class Totals:
    """What was done so far."""

    once: int = 0
    mapped: int = 0
    calls: int = 0
    cpu_copies: int = 0
    dma_copies: int = 0
    cpu_bytes: int = 0
    dma_bytes: int = 0

    def once_called(self, name: str, times: int = 1) -> None:
        self.once += times
        self.mapped += times * (name == "mmap")

    def moved(self, move: Move, size: int, times: int = 1) -> None:
        """A move was made so many times, of so many bytes in all."""
        if move.how == "cpu":
            self.cpu_copies += times
            self.cpu_bytes += size
        elif move.how == "dma":
            self.dma_copies += times
            self.dma_bytes += size

    def syscalls(self, count: Count) -> int:
        extra = {"amortised": 0, "textbook": self.mapped, "total": self.once}
        return self.calls + extra[count]

    def mode_switches(self, count: Count) -> int:
        return 2 * self.syscalls(count)


def count(config: TransferConfig) -> Mapping[str, Value]:
    """The metrics of `run` without its steps."""
    return metrics(config, tally(config))


def tally(config: TransferConfig) -> Totals:
    """Calls and copies of a whole transfer: arithmetic only, however large it is."""
    totals = Totals()
    for name in config.of.once:
        totals.once_called(name)
    for call in chunk_calls(config.path, config.setting):
        totals.calls += config.times(call)
        for move in call.moves:
            totals.moved(move, config.size, config.chunks)
    return totals


def metrics(config: TransferConfig, totals: Totals) -> Mapping[str, Value]:
    """Copies are those of a chunk, once for each chunk; a call is two mode switches."""
    return {
        "chunks": config.chunks,
        "syscalls": totals.syscalls(config.count),
        "mode_switches": totals.mode_switches(config.count),
        "context_switches": 0,
        "cpu_copies": totals.cpu_copies,
        "dma_copies": totals.dma_copies,
        "cpu_bytes": totals.cpu_bytes,
        "dma_bytes": totals.dma_bytes,
        "time_ns": config.call_ns * totals.syscalls("total")
        + config.cpu_byte_ns * totals.cpu_bytes
        + config.dma_byte_ns * totals.dma_bytes,
        "counts": {
            name: {"syscalls": totals.syscalls(name), "mode_switches": totals.mode_switches(name)}
            for name in COUNTS
        },
    }


def conventions(config: TransferConfig) -> Mapping[str, Value]:
    """The rules that can change an answer to this transfer."""
    path, found = config.of, dict[str, Value]()
    found |= {"sender": "only", "full_calls": "all", "uncounted": "faults"}
    if path.once:
        found["count"] = config.count
    hows = {move.how for call in path.calls for move in call.moves}
    if path.source == "file" and config.path != "direct":
        found["cached"] = config.cached
    if config.loopback and path.target == "socket":
        found["loopback"] = True
    elif hows & {"gather", "pinned"}:
        found["nic_sg"] = config.nic_sg
    if path.through_pipe:
        found["pipe_size"] = format_size(config.pipe_size)
    if any(call.per == "batch" for call in path.calls):
        found["sqpoll"] = config.sqpoll
        if not config.sqpoll:
            found["batch"] = config.batch
    if any(call.per == "notice" for call in path.calls):
        found["notify_every"] = config.notify_every
    if "clone" in hows:
        found["reflink"] = config.reflink
    return found
