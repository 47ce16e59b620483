"""Sockets: connected pairs of unix stream sockets, and a listening TCP socket with its connections.

Source: Linux 6.18 net/unix/af_unix.c (unix_stream_sendmsg, unix_stream_read_generic, unix_shutdown,
unix_release_sock, unix_poll, unix_write_space), net/ipv4/inet_connection_sock.c and tcp.c.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from oslab import InputError
from oslab_multiplex.openfiles import ANY, ERR, HUP, IN, OUT, PRI, RDHUP, File, Refused

# Of an unread send of n bytes a socket is charged at most 2n + 1024; above a quarter of its send buffer
# (212,992 bytes) it stops being writable. Scripts stay below, where the charge cannot matter.
CHARGE_PER_SEND: Final = 1024
MOST_CHARGED: Final = 212_992 // 4


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


def unix_pair() -> tuple[UnixSocket, UnixSocket]:
    """Two sockets connected to each other."""
    one, other = UnixSocket(), UnixSocket()
    one.peer, other.peer = other, one
    return one, other


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
