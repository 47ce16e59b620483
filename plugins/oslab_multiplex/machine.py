"""A process with descriptors: it carries out the operations of a script, each with its result or errno.

Descriptors are numbers, each referring to an open file; a new one is the lowest that is free. A script's
names are the program's variables: they hold a number, also after that was closed and perhaps given to
something else. A call that failed to make a descriptor leaves -1 in its name.

Source: pipe(2), socketpair(2), eventfd(2), dup(2), close(2), epoll_ctl(2), epoll_wait(2), accept(2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from oslab import InputError
from oslab_multiplex.epoll import MOST_EVENTS, Epoll, Event, Interest
from oslab_multiplex.openfiles import EventFd, File, Refused, RegularFile
from oslab_multiplex.pipe import Pipe, PipeWake
from oslab_multiplex.script import Op
from oslab_multiplex.select_poll import Asked, InterestList, poll, select
from oslab_multiplex.sockets import Listener, unix_pair

Mechanism: TypeAlias = Literal["epoll", "select", "poll"]


class Outcome(NamedTuple):
    """What an operation came to.

    value    what the call returned; -1 if it failed
    errno    the error's name, "" if there was none
    events   of a wait that did not fail: what it returned, in order
    scanned  of a wait: how many descriptors, array entries or list items the kernel looked at
    copied   bytes of interest and events copied between program and kernel
    calls    system calls
    """

    value: int
    errno: str = ""
    events: tuple[Event, ...] = ()
    scanned: int = 0
    copied: int = 0
    calls: int = 1


@dataclass
class Machine:
    """The process. `first_fd` is the lowest free descriptor at the start; `epoll_type` is what epoll instances
    are, so that a misunderstanding can be another.

    names     the script's variables: name → descriptor number
    fds       open descriptors: number → open file
    lists     the program's own interest lists, where the mechanism is select or poll
    epolls    the epoll instances that are open, in order of their making
    made      how many open files there have been; each has its number
    """

    epoll_type: ClassVar[type[Epoll]] = Epoll
    mechanism: Mechanism
    pipe_wake: PipeWake
    first_fd: int
    names: dict[str, int] = field(default_factory=dict)
    fds: dict[int, File] = field(default_factory=dict)
    lists: dict[str, InterestList] = field(default_factory=dict)
    epolls: list[Epoll] = field(default_factory=list)
    made: int = 0
    accepted: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lowest = self.first_fd  # no descriptor below it is free

    def do(self, op: Op) -> Outcome:
        """Carry out one operation. Raises InputError for one that makes no sense: a name that does not
        exist or exists already, data on a socket beyond what is modelled, a wait that never returns."""
        try:
            match op.verb:
                case "pipe" | "unix" | "eventfd" | "listen" | "file" | "epoll":
                    return self.make(op)
                case "ctl":
                    return self.ctl(op)
                case "wait":
                    return self.wait(op)
                case "dup" | "accept":
                    return self.another(op)
                case "connect":
                    listener = self.file_of(op.name)
                    if not isinstance(listener, Listener):
                        raise InputError(f"{op.name} is no listening socket; connect needs one")
                    times = op.number or 1
                    listener.connect(times)
                    return Outcome(0, calls=2 * times)
                case "close":
                    self.close(op.name)
                    return Outcome(0)
                case "shutdown":
                    self.file_of(op.name).shutdown(op.action != "write", op.action != "read")
                    return Outcome(0)
                case "read":
                    return Outcome(self.file_of(op.name, ".r").read(op.number or 0))
                case "write":
                    return Outcome(self.file_of(op.name, ".w").write(op.number or 0))
        except Refused as refused:
            failed = self.copied_in(op) if op.verb == "ctl" else 0
            return Outcome(-1, refused.errno, copied=failed)

    # Descriptors.

    def number(self, name: str, end: str = "") -> int:
        """The number a name holds; `end` may be left out of a pipe's name."""
        for each in (name, name + end):
            if each in self.names:
                return self.names[each]
        if name in self.lists:
            raise InputError(
                f"{name} is no descriptor under {self.mechanism}: it is the program's own list of interests"
            )
        near = [each for each in self.names if each.startswith(f"{name}.")]
        raise InputError(
            f"there is no {name}" + (f"; there are {' and '.join(near[:2])}" if near else "")
        )

    def file_of(self, name: str, end: str = "") -> File:
        """The open file behind a name. Raises Refused where the number is not open."""
        file = self.fds.get(self.number(name, end))
        if file is None:
            raise Refused("EBADF")
        return file

    def open(self, name: str, file: File) -> int:
        """Give the file the lowest free number, and the name that number."""
        while self.lowest in self.fds:
            self.lowest += 1
        if not file.refs:
            self.made += 1
            file.number = self.made
        self.fds[self.lowest] = file
        self.names[name] = self.lowest
        file.refs += 1
        return self.lowest

    def new(self, name: str) -> str:
        if (
            name in self.names
            or name in self.lists
            or f"{name}.r" in self.names
            or f"{name}.a" in self.names
        ):
            raise InputError(
                f"there is something named {name} already; a new descriptor needs a name of its own"
            )
        return name

    def make(self, op: Op) -> Outcome:
        name = self.new(op.name)
        match op.verb:
            case "pipe":
                pipe = Pipe(self.pipe_wake)
                # Both ends are open before either has its number.
                self.open(f"{name}.r", pipe.reader)
                self.open(f"{name}.w", pipe.writer)
                return Outcome(0)
            case "unix":
                for end, socket in zip("ab", unix_pair(), strict=True):
                    self.open(f"{name}.{end}", socket)
                return Outcome(0)
            case "eventfd":
                return Outcome(self.open(name, EventFd(op.number or 0)))
            case "listen":
                # socket, bind, listen
                self.open(name, Listener())
                return Outcome(0, calls=3)
            case "file":
                return Outcome(self.open(name, RegularFile()))
        if self.mechanism != "epoll":
            self.lists[name] = InterestList()
            return Outcome(0, calls=0)
        if op.number is not None and op.number <= 0:
            self.names[name] = -1
            raise Refused("EINVAL")
        epoll = self.epoll_type()
        self.epolls.append(epoll)
        return Outcome(self.open(name, epoll))

    def another(self, op: Op) -> Outcome:
        """dup, and accept, which numbers its connections where they get no name."""
        number = self.accepted.get(op.name, 0) + 1
        new = self.new(op.target) if op.target else f"{op.name}.{number}"
        try:
            file = self.file_of(op.name)
            if op.verb == "accept":
                if not isinstance(file, Listener):
                    raise InputError(f"{op.name} is no listening socket; accept needs one")
                file = file.accept()
                self.accepted[op.name] = number
        except Refused:
            if op.target:
                self.names[new] = -1
            raise
        return Outcome(self.open(new, file))

    def close(self, name: str) -> None:
        """The number is free. With the last number of an open file its items vanish, then it tells its
        other side."""
        number = self.number(name)
        file = self.fds.pop(number, None)
        if file is None:
            raise Refused("EBADF")
        self.lowest = min(self.lowest, number)
        file.refs -= 1
        if not file.refs:
            for item in list(file.watchers):
                item.epoll.forget(item)
            file.released()
            if isinstance(file, Epoll):
                self.epolls.remove(file)

    # Interests and waits.

    def ctl(self, op: Op) -> Outcome:
        tag = op.tag or op.target
        interest = Interest.of(op.events, tag)
        if self.mechanism != "epoll":
            asked = self.list_of(op.name)
            fd = self.number(op.target)
            asked.set(fd, None if op.action == "del" else Asked(interest.events, tag))
            return Outcome(0, calls=0)
        fd = self.number(op.target)
        epoll, file = self.file_of(op.name), self.file_of(op.target)
        if not file.pollable:
            raise Refused("EPERM")
        if epoll is file or not isinstance(epoll, Epoll):
            raise Refused("EINVAL")
        match op.action:
            case "add":
                epoll.add(file, fd, interest)
            case "mod":
                epoll.mod(file, fd, interest)
            case _:
                epoll.delete(file, fd)
        return Outcome(0, copied=self.copied_in(op))

    def copied_in(self, op: Op) -> int:
        """A struct epoll_event, on x86-64; DEL has none."""
        return 0 if op.action == "del" or self.mechanism != "epoll" else 12

    def list_of(self, name: str) -> InterestList:
        if name not in self.lists:
            self.number(name)
            raise InputError(f"{name} is no list of interests; epoll {name} would make one")
        return self.lists[name]

    def wait(self, op: Op) -> Outcome:
        most = op.number or 0
        if self.mechanism != "epoll":
            ask = select if self.mechanism == "select" else poll
            answer = ask(self.list_of(op.name).asked, self.fds)
            outcome = Outcome(
                answer.value, answer.errno, answer.events, answer.scanned, answer.copied
            )
        else:
            epoll = self.file_of(op.name)
            if not 0 < most <= MOST_EVENTS or not isinstance(epoll, Epoll):
                raise Refused("EINVAL")
            events = tuple(epoll.wait(most))
            looked = len(events) + len(epoll.dropped)
            outcome = Outcome(len(events), "", events, looked, copied=12 * len(events))
        if op.timeout < 0 and not outcome.value:
            raise InputError(
                "this wait would never return: nothing is ready and nobody else runs; "
                "timeout=0 would return at once"
            )
        return outcome
