"""Open files as a poller meets them: what they have in common, and the two simplest kinds.

An open file has a state (which events hold now) and a wait queue (whom to wake when something changes).
Pipes are in `oslab_multiplex.pipe`, sockets in `oslab_multiplex.sockets`, epoll instances, which are files
too, in `oslab_multiplex.epoll`.

Events are the kernel's bits. Those that only repeat others (RDNORM, RDBAND, WRNORM, WRBAND) are left out:
no script can ask for them.

Source: Linux 6.18 include/uapi/linux/eventpoll.h, kernel/sched/wait.c, fs/eventfd.c.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

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

MOST_COUNTED: Final = 2**64 - 1


@lru_cache(maxsize=128)
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


def bits_of(names: Iterable[str]) -> int:
    """The event bits of a script's event names; et, oneshot and exclusive are no events."""
    found = 0
    for name in names:
        found |= NAMES.get(name.upper(), 0)
    return found
