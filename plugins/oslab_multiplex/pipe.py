"""A pipe: slots of a page each, and two ends, each with a state and a wait queue.

What decides every question about edges is *when* an end wakes its queue; the reading and writing here is
kept to what that needs.

Source: Linux 6.18 fs/pipe.c (pipe_read, pipe_write, pipe_poll, pipe_release).
"""

from __future__ import annotations

from collections import deque
from typing import Final, Literal, TypeAlias

from oslab_multiplex.openfiles import ANY, ERR, HUP, IN, OUT, File, Refused

PAGE: Final = 4096
SLOTS: Final = 16

PipeWake: TypeAlias = Literal["slot", "was-full"]


class Pipe:
    """A pipe: up to 16 slots of a page each, and two ends.

    wake    when a read wakes writers: `slot`, when it empties a slot of a full pipe (Linux from 6.14 on);
            `was-full`, when the pipe was full before it (older)
    """

    def __init__(self, wake: PipeWake) -> None:
        self.wake = wake
        self.slots: deque[list[int]] = deque()  # each [offset, length]
        self.reader, self.writer = PipeEnd(self, "read"), PipeEnd(self, "write")

    @property
    def full(self) -> bool:
        return len(self.slots) >= SLOTS

    @property
    def unread(self) -> int:
        return sum(length for _, length in self.slots)

    def read(self, size: int) -> int:
        if not self.slots:
            if self.writer.refs:
                raise Refused("EAGAIN")
            return 0
        was_full, freed, got = self.full, False, 0
        while size > got and self.slots:
            slot = self.slots[0]
            part = min(size - got, slot[1])
            slot[0] += part
            slot[1] -= part
            got += part
            if not slot[1]:
                freed = freed or self.full
                self.slots.popleft()
        if self.wakes_writer(was_full, freed):
            self.writer.queue.wake(OUT)
        return got

    def wakes_writer(self, was_full: bool, freed: bool) -> bool:
        return freed if self.wake == "slot" else was_full

    def write(self, size: int) -> int:
        if not size:
            return 0
        if not self.reader.refs:
            raise Refused("EPIPE")
        was_empty = not self.slots
        put = self.merge(size)
        while put < size and not self.full:
            part = min(size - put, PAGE)
            self.slots.append([0, part])
            put += part
        self.wake_reader(was_empty, put)
        if not put:
            raise Refused("EAGAIN")
        return put

    def merge(self, size: int) -> int:
        """What is left over from whole pages goes into the last slot, if it fits its page."""
        rest = size % PAGE
        if rest and self.slots:
            offset, length = self.slots[-1]
            if offset + length + rest <= PAGE:
                self.slots[-1][1] += rest
                return rest
        return 0

    def wake_reader(self, was_empty: bool, put: int) -> None:
        """Every write wakes the reader of a pipe that is watched, even one that put nothing in."""
        self.reader.queue.wake(IN)

    def closed(self) -> None:
        """An end is gone; the other learns of it."""
        if bool(self.reader.refs) != bool(self.writer.refs):
            self.reader.queue.wake(ANY)
            self.writer.queue.wake(ANY)


class PipeEnd(File):
    """The read end or the write end of a pipe."""

    kind = "pipe"

    def __init__(self, pipe: Pipe, side: Literal["read", "write"]) -> None:
        super().__init__()
        self.pipe, self.side = pipe, side

    def state(self) -> int:
        pipe = self.pipe
        if self.side == "read":
            return (IN if pipe.slots else 0) | (0 if pipe.writer.refs else HUP)
        return (0 if pipe.full else OUT) | (0 if pipe.reader.refs else ERR)

    def read(self, size: int) -> int:
        if self.side == "write":
            raise Refused("EBADF")
        return self.pipe.read(size)

    def write(self, size: int) -> int:
        if self.side == "read":
            raise Refused("EBADF")
        return self.pipe.write(size)

    def released(self) -> None:
        self.pipe.closed()

    @property
    def unread(self) -> int:
        return self.pipe.unread if self.side == "read" else 0
