"""What comes in, and what serving it costs: the configuration of `iomodels run`.

A request is a piece of data that comes in on a connection at its ready time; one read takes one request.
All times are whole nanoseconds.

Source: Stevens, Fenner and Rudoff, UNIX Network Programming 1, 6.2 (the five models and their two
phases); man 2 read, select, poll, man 7 epoll, man 2 fcntl (F_SETSIG), man 7 io_uring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final, Literal, TypeAlias

from oslab import InputError
from oslab.quantities import format_time

Model: TypeAlias = Literal["blocking", "nonblocking", "select", "poll", "epoll", "signal", "async"]
Trigger: TypeAlias = Literal["level", "edge"]
MODELS: Final = ("blocking", "nonblocking", "select", "poll", "epoll", "signal", "async")
SCANNING: Final = ("select", "poll")
"""The models whose wait looks at every descriptor."""

MOST = 1_000_000
MOST_CORES = 1024
LATEST = 365 * 24 * 3600 * 10**9
MOST_BYTES = 1 << 40


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request: the connection it comes in on, and when it is there, in ns from 0."""

    connection: int
    ready_ns: int


@dataclass(frozen=True)
class IoConfig:
    """A model, a load and what things cost.

    model        one of MODELS
    trigger      of epoll; None for the other models
    connections  how many, numbered from 0; each has a thread in `blocking`
    requests     how many in all
    interval_ns  the j-th request, counted from 1, is ready at j times this, on connection
                 (j - 1) mod connections; None where there are `arrivals`
    arrivals     the requests one by one; () for those that `interval_ns` says
    copy_ns      copying one request, at least 1
    compute_ns   what is computed for one request
    poll_ns      the pause of `nonblocking` after each round
    syscall_ns   any call, at its start
    scan_ns      what a wait of select and poll costs besides for each connection
    switch_ns    switching a thread in
    cores        cores for threads; `blocking` alone has use for more than one
    thread_bytes resident bytes of one thread

    Raises InputError for anything else.
    """

    model: Model
    trigger: Trigger | None
    connections: int
    requests: int
    interval_ns: int | None
    arrivals: tuple[Arrival, ...]
    copy_ns: int
    compute_ns: int
    poll_ns: int
    syscall_ns: int
    scan_ns: int
    switch_ns: int
    cores: int
    thread_bytes: int

    def __post_init__(self) -> None:
        for what, number, most in (
            ("connection", self.connections, MOST),
            ("request", self.requests, MOST),
            ("core", self.cores, MOST_CORES),
        ):
            if not 1 <= number <= most:
                raise InputError(f"1 to {most} {what}s are possible, not {number}")
        if (self.model == "epoll") != (self.trigger is not None):
            raise InputError("epoll has a trigger, level or edge; the other models have none")
        if bool(self.arrivals) != (self.interval_ns is None):
            raise InputError("either arrivals are expected, or an interval")
        if self.arrivals:
            self._check_arrivals()
        for field in fields(self):
            if field.name.endswith("_ns"):
                time = getattr(self, field.name) or 0
                if not 0 <= time <= LATEST:
                    raise InputError(f"a time is 0 to a year, not {format_time(time)}")
        if (self.interval_ns or 0) * self.requests > LATEST:
            raise InputError("the last request must be ready within a year; a shorter interval is")
        if not self.copy_ns:
            raise InputError("copying a request takes some time; 1ns would do")
        if self.model == "nonblocking" and not (self.syscall_ns or self.poll_ns):
            raise InputError(
                "a round of polling takes some time: system calls or the pause must cost something"
            )
        if not 0 <= self.thread_bytes <= MOST_BYTES:
            raise InputError("a thread has 0 to 1 TiB in memory")

    def _check_arrivals(self) -> None:
        if self.requests != len(self.arrivals):
            raise InputError(f"there are {len(self.arrivals)} arrivals, not {self.requests}")
        for arrival in self.arrivals:
            if not 0 <= arrival.connection < self.connections:
                raise InputError(
                    f"connection {arrival.connection}: connections are numbered 0 to {self.connections - 1}"
                )
            if not 0 <= arrival.ready_ns <= LATEST:
                raise InputError("a request is ready at 0 or later, within a year")

    @property
    def setup(self) -> int:
        """Calls that set the model up: epoll_create1 and an epoll_ctl each; sigaction, F_SETSIG, F_SETOWN
        and O_ASYNC each; io_uring_setup."""
        per = {"epoll": (1, 1), "signal": (1, 3), "async": (1, 0)}
        once, each = per.get(self.model, (0, 0))
        return once + each * self.connections

    @property
    def edge(self) -> bool:
        return self.trigger == "edge"

    @property
    def threads(self) -> int:
        return self.connections if self.model == "blocking" else 1


class Load:
    """The requests of a configuration in order: `connection` and `ready` of each, by its index."""

    def __init__(self, config: IoConfig) -> None:
        pairs: Sequence[tuple[int, int]]
        if config.interval_ns is None:
            pairs = [(a.ready_ns, a.connection) for a in config.arrivals]
        else:
            pairs = [
                (j * config.interval_ns, (j - 1) % config.connections)
                for j in range(1, config.requests + 1)
            ]
        pairs = sorted(pairs)
        self.ready = [ready for ready, _ in pairs]
        self.connection = [connection for _, connection in pairs]

    def __len__(self) -> int:
        return len(self.ready)

    @cached_property
    def of(self) -> dict[int, list[int]]:
        """The requests of each connection that has any, last one first: `pop` gives the next."""
        found: dict[int, list[int]] = {}
        for i in range(len(self) - 1, -1, -1):
            found.setdefault(self.connection[i], []).append(i)
        return found
