"""select and poll: the program's own list of interests, handed to the kernel at every call.

Both scan everything they are given and know neither edges nor a ready list: what they say depends on the
state of the files at the call, and on nothing that was said before. The kernel has no interest set, so a
closed descriptor stays in the list and is noticed at the next call: POLLNVAL from poll, EBADF from select.

Source: Linux 6.18 fs/select.c (core_sys_select, do_select, do_sys_poll), select(2), poll(2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from oslab import InputError
from oslab_multiplex.epoll import Event
from oslab_multiplex.openfiles import ERR, HUP, IN, NVAL, OUT, PRI, File

FD_SETSIZE: Final = 1024
"""Descriptor numbers an fd_set has room for: 0 to 1023."""
LONG: Final = 64
# What puts a descriptor into each of the three sets that select returns.
_SETS: Final = {IN: IN | HUP | ERR, OUT: OUT | ERR, PRI: PRI}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of one descriptor: event bits, and the name it is reported under."""

    events: int
    tag: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What select or poll returned: `value` is what the call returns, events are in order of number.

    copied   bytes: select copies a bitmap of whole longs up to the highest number, in and out, for each set
             that is not empty; poll copies 8 bytes an entry in and 2 out
    """

    value: int
    errno: str
    events: tuple[Event, ...]
    scanned: int
    copied: int


@dataclass
class InterestList:
    """The list a program keeps for select or poll, by descriptor number."""

    asked: dict[int, Asked] = field(default_factory=dict)

    def set(self, fd: int, asked: Asked | None) -> None:
        """Put a number into the list, change what is asked of it, or take it out. A number that is not
        one (-1) is left out."""
        if asked is not None and fd >= 0:
            self.asked[fd] = asked
        else:
            self.asked.pop(fd, None)


def select(asked: Mapping[int, Asked], fds: Mapping[int, File]) -> Answer:
    """select(nfds, read, write, except): the return value counts the bits left in all three sets.

    Raises InputError for a number that an fd_set has no room for.
    """
    sets = {bit: [fd for fd in sorted(asked) if asked[fd].events & bit] for bit in _SETS}
    numbers = sorted({fd for members in sets.values() for fd in members})
    nfds = numbers[-1] + 1 if numbers else 0
    if nfds > FD_SETSIZE:
        raise InputError(
            f"descriptor {nfds - 1} does not fit into an fd_set, which has room for 0 to {FD_SETSIZE - 1}: "
            "FD_SET would write past its end; poll and epoll have no such limit"
        )
    given = 8 * -(-nfds // LONG) * sum(bool(members) for members in sets.values())
    if any(fd not in fds for fd in numbers):
        return Answer(-1, "EBADF", (), 0, given)
    events, value = [], 0
    for fd in numbers:
        state = fds[fd].state()
        found = [bit for bit, cause in _SETS.items() if asked[fd].events & bit and state & cause]
        value += len(found)
        if found:
            events.append(Event(asked[fd].tag, fd, sum(found)))
    return Answer(value, "", tuple(events), nfds, 2 * given)


def poll(asked: Mapping[int, Asked], fds: Mapping[int, File]) -> Answer:
    """poll(array, n): the array stands in order of descriptor number; the return value counts entries with
    a non-zero revents."""
    events = []
    for fd in sorted(asked):
        wanted = asked[fd].events | ERR | HUP
        found = fds[fd].state() & wanted if fd in fds else NVAL
        if found:
            events.append(Event(asked[fd].tag, fd, found))
    n = len(asked)
    return Answer(len(events), "", tuple(events), n, 10 * n)
