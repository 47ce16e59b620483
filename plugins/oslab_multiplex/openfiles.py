"""Open files as a poller meets them: pipe ends, unix stream sockets, eventfds, listening sockets.

Each has a state (which events hold now) and a wait queue (whom to wake when something changes). What
decides every question about edges is *when* a file wakes its queue and *which* events it names then; the
reading and writing here is kept to what those two need.

Events are the kernel's bits. Those that only repeat others (RDNORM, RDBAND, WRNORM, WRBAND) are left out:
no script can ask for them.

Source: Linux 6.18 fs/pipe.c (pipe_read, pipe_write, pipe_poll, pipe_release), net/unix/af_unix.c
(unix_stream_sendmsg, unix_stream_read_generic, unix_shutdown, unix_release_sock, unix_poll,
unix_write_space), fs/eventfd.c, net/ipv4/inet_connection_sock.c and tcp.c for the listening socket.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from oslab import InputError

if TYPE_CHECKING:
    from oslab_multiplex.epoll import Item

IN: Final = 0x001
PRI: Final = 0x002
OUT: Final = 0x004
ERR: Final = 0x008
HUP: Final = 0x010
NVAL: Final = 0x020
RDHUP: Final = 0x2000
NAMES: Final = {
    "IN": IN,
    "PRI": PRI,
    "OUT": OUT,
    "RDHUP": RDHUP,
    "ERR": ERR,
    "HUP": HUP,
    "NVAL": NVAL,
}
"""In the order events are written in."""
ANY: Final = 0
"""The key of a wake-up that says "something changed": it matches every interest."""

PAGE: Final = 4096
SLOTS: Final = 16
MOST_COUNTED: Final = 2**64 - 1
# Of an unread send of n bytes a socket is charged at most 2n + 1024; above a quarter of its send buffer
# (212,992 bytes) it stops being writable. Scripts stay below, where the charge cannot matter.
CHARGE_PER_SEND: Final = 1024
MOST_CHARGED: Final = 212_992 // 4

PipeWake: TypeAlias = Literal["slot", "was-full"]


def names_of(events: int) -> tuple[str, ...]:
    """The names of event bits, in the order of `NAMES`."""
    return tuple(name for name, bit in NAMES.items() if events & bit)


class Refused(Exception):
    """A system call failed; `errno` is the error's name."""

    def __init__(self, errno: str) -> None:
        super().__init__(errno)
        self.errno = errno


class WaitQueue:
    """Whom a file wakes, in order: items of epoll instances."""

    def __init__(self) -> None:
        self.items: deque[Item] = deque()

    def hook(self, item: Item) -> None:
        """Newcomers stand in front, exclusive ones at the back."""
        if item.exclusive:
            self.items.append(item)
        else:
            self.items.appendleft(item)

    def unhook(self, item: Item) -> None:
        self.items.remove(item)

    def wake(self, key: int) -> None:
        """Something happened; `key` has the events it may have made true, `ANY` if that is not said."""
        for item in tuple(self.items):
            item.epoll.woken(item, key)


class File:
    """An open file description: what descriptors refer to. `refs` counts the descriptors, `watchers` are
    the items that watch it."""

    kind = "file"
    pollable = True

    def __init__(self) -> None:
        self.refs = 0
        self.number = 0
        self.queue = WaitQueue()
        self.watchers: dict[Item, None] = {}

    def state(self) -> int:
        """The events that hold now."""
        raise NotImplementedError

    def read(self, size: int) -> int:
        raise Refused("EINVAL")

    def write(self, size: int) -> int:
        raise Refused("EINVAL")

    def shutdown(self, receive: bool, send: bool) -> None:
        raise Refused("ENOTSOCK")

    def released(self) -> None:
        """The last descriptor was closed."""

    @property
    def unread(self) -> int:
        """What a reader would still find."""
        return 0


class RegularFile(File):
    """A regular file, empty at first and read where it ends. It is always ready, and epoll refuses it."""

    pollable = False

    def state(self) -> int:
        return IN | OUT

    def read(self, size: int) -> int:
        return 0

    def write(self, size: int) -> int:
        return size


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


class UnixSocket(File):
    """One end of a connected pair of unix stream sockets. `sends` are the lengths of what it has not read,
    one for each send of the peer."""

    kind = "unix"
    peer: UnixSocket

    def __init__(self) -> None:
        super().__init__()
        self.sends: deque[int] = deque()
        self.no_more_in = False
        self.no_more_out = False
        self.reset = False

    def state(self) -> int:
        events = OUT
        if self.sends or self.no_more_in:
            events |= IN
        if self.no_more_in:
            events |= RDHUP
        if self.no_more_in and self.no_more_out:
            events |= HUP
        if self.reset:
            events |= ERR
        return events

    def read(self, size: int) -> int:
        if not self.sends:
            if self.reset:
                self.reset = False
                raise Refused("ECONNRESET")
            if self.no_more_in:
                return 0
            raise Refused("EAGAIN")
        got, finished = 0, 0
        while got < size and self.sends:
            part = min(size - got, self.sends[0])
            got += part
            self.sends[0] -= part
            if not self.sends[0]:
                self.sends.popleft()
                finished += 1
        self.space(finished)
        return got

    def write(self, size: int) -> int:
        if self.no_more_out:
            raise Refused("EPIPE")
        if not size:
            return 0
        peer = self.peer
        peer.sends.append(size)
        if sum(2 * n + CHARGE_PER_SEND for n in peer.sends) > MOST_CHARGED:
            peer.sends.pop()
            raise InputError(
                "the socket would hold more unread data than is modelled: about "
                f"{MOST_CHARGED // 2048} KiB in one send, less in many; a pipe can be filled"
            )
        peer.queue.wake(IN | PRI)
        return size

    def space(self, finished: int) -> None:
        """So many sends of the peer were read to their end: each tells the peer that there is room."""
        for _ in range(finished):
            self.peer.queue.wake(OUT)

    def shutdown(self, receive: bool, send: bool) -> None:
        self.no_more_in |= receive
        self.no_more_out |= send
        self.queue.wake(ANY)
        self.peer.no_more_in |= send
        self.peer.no_more_out |= receive
        self.peer.queue.wake(ANY)

    def released(self) -> None:
        peer = self.peer
        peer.no_more_in = peer.no_more_out = True
        if self.sends:
            peer.reset = True
        peer.queue.wake(ANY)
        self.space(len(self.sends))
        self.sends.clear()

    @property
    def unread(self) -> int:
        return sum(self.sends)


class EventFd(File):
    """A counter: a write adds to it, a read takes all of it."""

    kind = "eventfd"

    def __init__(self, value: int) -> None:
        super().__init__()
        self.value = value

    def state(self) -> int:
        return (IN if self.value else 0) | (OUT if self.value < MOST_COUNTED - 1 else 0)

    def read(self, size: int) -> int:
        if size < 8:
            raise Refused("EINVAL")
        if not self.value:
            raise Refused("EAGAIN")
        self.value = 0
        self.queue.wake(OUT)
        return 8

    def write(self, size: int) -> int:
        if size == MOST_COUNTED:
            raise Refused("EINVAL")
        if self.value + size >= MOST_COUNTED:
            raise Refused("EAGAIN")
        self.value += size
        self.queue.wake(IN)
        return 8

    @property
    def unread(self) -> int:
        return 8 if self.value else 0


class Listener(File):
    """A listening TCP socket; `waiting` connections are made and not yet accepted."""

    kind = "listener"

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0

    def state(self) -> int:
        return IN if self.waiting else 0

    @property
    def unread(self) -> int:
        """Connections that wait; they are no bytes, but to be taken like them."""
        return self.waiting

    def connect(self, times: int) -> None:
        """So many clients connect. Each wakes the queue; between two of them nobody looks, so once will do."""
        self.waiting += times
        self.queue.wake(IN | PRI)

    def accept(self) -> Connection:
        if not self.waiting:
            raise Refused("EAGAIN")
        self.waiting -= 1
        return Connection()

    def read(self, size: int) -> int:
        raise Refused("ENOTCONN")

    def write(self, size: int) -> int:
        raise Refused("EPIPE")

    def shutdown(self, receive: bool, send: bool) -> None:
        raise InputError("shutdown of a listening socket is not modelled")


class Connection(File):
    """An accepted TCP connection whose other side stays and says nothing."""

    kind = "connection"

    def state(self) -> int:
        return OUT

    def read(self, size: int) -> int:
        raise Refused("EAGAIN")

    def write(self, size: int) -> int:
        raise InputError(
            "data on a TCP connection is not modelled; unix NAME makes a pair of sockets"
        )

    def shutdown(self, receive: bool, send: bool) -> None:
        raise InputError(
            "shutdown of a TCP connection is not modelled; unix NAME makes a pair of sockets"
        )


def unix_pair() -> tuple[UnixSocket, UnixSocket]:
    """Two sockets connected to each other."""
    one, other = UnixSocket(), UnixSocket()
    one.peer, other.peer = other, one
    return one, other


def bits_of(names: Iterable[str]) -> int:
    """The event bits of a script's event names; et, oneshot and exclusive are no events."""
    found = 0
    for name in names:
        found |= NAMES.get(name.upper(), 0)
    return found
