"""What FileChannel.transferTo and transferFrom try, in order, and what each try moves.

transferTo(position, count, target) moves min(count, size - position) bytes at most, and returns what it
moved; the caller makes another call for the rest. It tries

1. *direct*: one system call, of at most 2,147,479,552 bytes (0x7ffff000). JDK 8 and 17 call sendfile, for
   a socket, a pipe and a file; JDK 25 calls copy_file_range first and, where that fails with EINVAL or
   ENOSYS, sendfile, for a socket and a file.
2. *mapped*, for a socket, a pipe or a file: windows of at most 8 MiB are mapped, written and unmapped.
   To a file until all is moved; to a socket or pipe one window in a call. JDK 25 does not map for less
   than 16 KiB.
3. *loop*: 8 KiB are read and written at a time, until all is moved; by way of a direct buffer in JDK 8, of
   one on the heap in 17 and 25, which costs a copy more for the read and one for the write.

What fails with EINVAL is "unsupported" for this kind of target. JDK 8 and 17 remember it, for files and
for pipes, as long as the process lives, and do not ask the kernel again; they do not for sockets. JDK 25
remembers nothing of the kind on Linux.

transferFrom(source, position, count) never calls sendfile. From a file JDK 8 and 17 map windows of 8 MiB
and write them, and return 0 at once where position lies behind the end of the target; JDK 25 calls
copy_file_range, then maps (from 16 KiB on), then loops. From anything else it loops.

Source: JDK 17 and 25, sun.nio.ch.FileChannelImpl and its native code; strace of both; the arithmetic of a
short sendfile and the copies of each path are those of oslab_zerocopy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from oslab import InputError
from oslab_zerocopy.paths import MOST, PathName, Setting, chunk_calls
from oslab_zerocopy.sendfile import sent

Direction: TypeAlias = Literal["to", "from"]
Other: TypeAlias = Literal["socket", "file", "pipe", "other"]
Jdk: TypeAlias = Literal[8, 17, 25]
Support: TypeAlias = Literal["sendfile-socket", "sendfile-file", "sendfile-pipe", "copy-file-range"]
PathTaken: TypeAlias = Literal["none", "sendfile", "copy_file_range", "mapped", "loop"]

OTHERS: Final[tuple[Other, ...]] = ("socket", "file", "pipe", "other")
JDKS: Final = (8, 17, 25)
SUPPORT: Final[tuple[Support, ...]] = (
    "sendfile-socket", "sendfile-file", "sendfile-pipe", "copy-file-range",
)  # fmt: skip
PATHS: Final[tuple[PathTaken, ...]] = ("none", "sendfile", "copy_file_range", "mapped", "loop")
INT_MAX: Final = 2**31 - 1
LONG_MAX: Final = 2**63 - 1
WINDOW: Final = 8 * 2**20
THRESHOLD: Final = 16 * 2**10
CHUNK: Final = 8 * 2**10


@dataclass(frozen=True, slots=True)
class Request:
    """A transfer that a program wants.

    direction   "to": transferTo, from this file to `other`; "from": transferFrom, from `other` to this file
    position    in this file: where the bytes are read from, or written to
    count       bytes asked for
    size        bytes there are: in this file ("to"), or in the source, from its start ("from")

    Raises InputError.
    """

    direction: Direction
    other: Other
    position: int
    count: int
    size: int

    def __post_init__(self) -> None:
        for what, value in (
            ("the position", self.position), ("the count", self.count), ("the size", self.size)
        ):  # fmt: skip
            if not 0 <= value <= LONG_MAX:
                raise InputError(f"{what} is 0 to 2^63-1 bytes, not {value}")

    def __str__(self) -> str:
        return f"{self.direction} {self.other} {self.position} {self.count} {self.size}"


@dataclass(frozen=True, slots=True)
class TransferConfig:
    """A process that makes transfers, one after the other.

    requests      what it wants
    until_done    each request is repeated for its rest until nothing is left or nothing more moves;
                  else one call each
    jdk           the version of Java
    support       what the kernel can do; where it cannot, sendfile fails with EINVAL, copy_file_range
                  with ENOSYS
    room          bytes that a non-blocking socket or pipe takes in one call; None: it blocks and takes all
    target_size   of transferFrom: bytes in this file before each request
    gather        the network card gathers, so that sendfile to a socket copies nothing
    """

    requests: tuple[Request, ...]
    until_done: bool
    jdk: Jdk
    support: tuple[Support, ...]
    room: int | None
    target_size: int
    gather: bool

    def __post_init__(self) -> None:
        if not self.requests:
            raise InputError("a process must make a transfer")
        if self.room is not None and self.room < 0:
            raise InputError(f"room is not negative: {self.room}")
        if not 0 <= self.target_size <= LONG_MAX:
            raise InputError(f"a file has 0 to 2^63-1 bytes, not {self.target_size}")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try: how, what came of it (`ok`, an errno, or why it was not made), and system calls made."""

    path: PathTaken
    outcome: str
    syscalls: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What a call did: `copies` is how often the CPU copied each byte."""

    attempts: tuple[Attempt, ...]
    transferred: int
    copies: int

    @property
    def path(self) -> PathTaken:
        """The try that was made in the end; none where nothing was tried."""
        return self.attempts[-1].path if self.attempts else "none"

    @property
    def syscalls(self) -> int:
        return sum(attempt.syscalls for attempt in self.attempts)


class Process:
    """A JVM on a kernel; `remembered` are the kinds of target that "direct" is not tried for again."""

    def __init__(self, config: TransferConfig) -> None:
        self.config = config
        self.remembered: set[Other] = set()

    # The two methods of FileChannel

    def call(self, request: Request) -> Moved:
        return (
            self.transfer_to(request) if request.direction == "to" else self.transfer_from(request)
        )

    def transfer_to(self, r: Request) -> Moved:
        if r.position > r.size:
            return Moved((), 0, 0)
        if r.size == 0 and self.config.jdk == 25:
            # Files of /proc say that they are empty, and are not.
            return self._loop((), r, 0, r.count)
        asked = min(r.count, r.size - r.position)
        tried = self.direct(r.other)
        if tried and tried[-1].outcome == "ok":
            moved = sent(asked, asked, self._room(r.other))
            return Moved(tried, moved, self._copies_direct(tried[-1].path, r.other))
        if self.maps(r.other, asked):
            return self._mapped_to(tried, r, asked)
        return self._loop((*tried, *self._not_mapped(r.other, asked)), r, asked, asked)

    def transfer_from(self, r: Request) -> Moved:
        if self.config.jdk < 25 and r.position > self.config.target_size:
            return Moved((), 0, 0)
        there = min(r.count, r.size)
        if r.other != "file" or (self.config.jdk == 25 and r.size == 0):
            return self._loop((), r, there, r.count)
        tried: tuple[Attempt, ...] = ()
        if self.config.jdk == 25:
            tried = (self._try("copy_file_range", "copy-file-range", "ENOSYS"),)
            if tried[-1].outcome == "ok":
                return Moved(
                    tried, min(there, MOST), self._copies_direct("copy_file_range", "file")
                )
        if self.maps(r.other, r.count):
            windows = -(-there // WINDOW)
            attempt = Attempt("mapped", "ok", 3 * windows)
            return Moved((*tried, attempt), there, _copied("mmap-write", self.config.gather))
        return self._loop((*tried, *self._not_mapped(r.other, r.count)), r, there, r.count)

    # The tries

    def direct(self, target: Other) -> tuple[Attempt, ...]:
        """The system calls that move without the bytes coming into the process, as far as tried."""
        if target == "other" or (target == "pipe" and self.config.jdk == 25):
            return (Attempt("sendfile", "not-for-this", 0),)
        if target in self.remembered:
            return (Attempt("sendfile", "remembered", 0),)
        tried: tuple[Attempt, ...] = ()
        if self.config.jdk == 25:
            if target == "socket":
                tried = (Attempt("copy_file_range", self._einval(), 1),)
            else:
                tried = (self._try("copy_file_range", "copy-file-range", "ENOSYS"),)
            if tried[-1].outcome == "ok":
                return tried
        support: Support = f"sendfile-{target}"  # type: ignore[assignment]
        tried = (*tried, self._try("sendfile", support, "EINVAL"))
        if tried[-1].outcome != "ok" and self.config.jdk < 25 and target != "socket":
            self.remember(target)
        return tried

    def remember(self, target: Other) -> None:
        self.remembered.add(target)

    def maps(self, other: Other, count: int) -> bool:
        return other != "other" and (self.config.jdk < 25 or count >= THRESHOLD)

    def _einval(self) -> str:
        return "EINVAL" if "copy-file-range" in self.config.support else "ENOSYS"

    def _try(self, path: PathTaken, needs: Support, errno: str) -> Attempt:
        return Attempt(path, "ok" if needs in self.config.support else errno, 1)

    def _not_mapped(self, other: Other, count: int) -> tuple[Attempt, ...]:
        return (Attempt("mapped", "not-for-this" if other == "other" else "too-short", 0),)

    def _mapped_to(self, tried: tuple[Attempt, ...], r: Request, asked: int) -> Moved:
        windows = -(-asked // WINDOW)
        moved = asked
        if r.other != "file":
            windows = min(windows, 1)
            moved = sent(asked, asked, self._room(r.other), WINDOW)
        attempt = Attempt("mapped", "ok", 3 * windows)
        return Moved((*tried, attempt), moved, _copied("mmap-write", self.config.gather))

    def _loop(self, tried: tuple[Attempt, ...], r: Request, there: int, count: int) -> Moved:
        """8 KiB at a time, out of `there` bytes, until `count` are moved, a read finds none, or a write
        takes less than it was given."""
        room = self._room(r.other) if r.direction == "to" else None
        moved = there if room is None else min(there, room)
        rounds = -(-there // CHUNK) if moved == there else moved // CHUNK + 1
        # The other side's own calls are not known for a channel of one's own making.
        each = 1 if r.other == "other" else 2
        calls = each * rounds
        asks_again = there < count
        if asks_again and not (r.direction == "from" and r.other == "other"):
            calls += 1
        copies = each if self.config.jdk == 8 else 2 * each
        return Moved((*tried, Attempt("loop", "ok", calls)), moved, copies if moved else 0)

    def _room(self, other: Other) -> int | None:
        return self.config.room if other in ("socket", "pipe") else None

    def _copies_direct(self, path: PathTaken, other: Other) -> int:
        if path == "copy_file_range":
            return _copied("copy-file-range", self.config.gather)
        if other == "pipe":
            return 0
        return _copied("sendfile" if other == "socket" else "sendfile-file", self.config.gather)


def _copied(path: PathName, gather: bool) -> int:
    """How often the CPU copies each byte on a path, when the file is cached."""
    setting = Setting(cached=True, nic_sg=gather, loopback=False, reflink=False)
    return sum(move.how == "cpu" for call in chunk_calls(path, setting) for move in call.moves)
