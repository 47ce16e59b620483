"""The options that run and compare have in common: the load, and what things cost."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, TypedDict

import typer

from oslab import InputError
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural
from oslab.quantities import parse_size, parse_time, shown
from oslab_iomodels.load import Arrival

CONNECTIONS = 3

Arrivals = Annotated[
    str,
    typer.Option(
        metavar="[CONNECTION:]TIME,...",
        help="When requests are ready, and on which connection: 0:5us,1:7us; @FILE, or - for stdin.",
    ),
]
Connections = Annotated[str, typer.Option(help="Connections, from 0; 3 if not said.")]
Requests = Annotated[
    str, typer.Option(help="Requests in all, going round the connections; one each if not said.")
]
Interval = Annotated[str, typer.Option(help="Time between requests; 20us if not said.")]
CopyTime = Annotated[str, typer.Option(help="Copying a request to the process.")]
ComputeTime = Annotated[str, typer.Option(help="What is computed for a request.")]
PollInterval = Annotated[str, typer.Option(help="Pause of nonblocking after each round.")]
SyscallTime = Annotated[str, typer.Option(help="A system call, at its start.")]
ScanTime = Annotated[
    str, typer.Option(help="A wait of select and poll besides, for each connection.")
]
SwitchTime = Annotated[str, typer.Option(help="Switching a thread in.")]
Cores = Annotated[str, typer.Option(help="Cores; for blocking threads.")]
ThreadMemory = Annotated[str, typer.Option(help="Resident bytes of a thread.")]


class Loaded(TypedDict):
    """The fields of a configuration that say what comes in."""

    connections: int
    requests: int
    interval_ns: int | None
    arrivals: tuple[Arrival, ...]


class Costs(TypedDict):
    """The fields of a configuration that say what things cost."""

    copy_ns: int
    compute_ns: int
    poll_ns: int
    syscall_ns: int
    scan_ns: int
    switch_ns: int
    cores: int
    thread_bytes: int


def costs(
    copy: str,
    compute: str,
    poll: str,
    syscall: str,
    scan: str,
    switch: str,
    cores: str,
    thread_memory: str,
) -> Costs:
    """What the options say. Raises InputError naming the option."""
    return Costs(
        copy_ns=whole_ns("--copy-time", copy),
        compute_ns=whole_ns("--compute-time", compute),
        poll_ns=whole_ns("--poll-interval", poll),
        syscall_ns=whole_ns("--syscall-time", syscall),
        scan_ns=whole_ns("--scan-time", scan),
        switch_ns=whole_ns("--switch-time", switch),
        cores=natural("--cores", cores, 1),
        thread_bytes=given("--thread-memory", parse_size, thread_memory),
    )


def whole_ns(option: str, text: str) -> int:
    """A time of whole nanoseconds. Raises InputError naming the option."""
    time: Fraction = given(option, parse_time, text)
    if time.denominator != 1 or time < 0:
        raise InputError(f"{option} {shown(text)}: whole nanoseconds, 0 or more, are expected")
    return int(time)


def load_of(arrivals: str, connections: str, requests: str, interval: str) -> Loaded:
    """What comes in: as --arrivals lists it, or evenly. Raises InputError."""
    wanted = natural("--connections", connections, 1) if connections else None
    if not arrivals:
        number = CONNECTIONS if wanted is None else wanted
        return Loaded(
            connections=number,
            requests=natural("--requests", requests, 1) if requests else number,
            interval_ns=whole_ns("--interval", interval or "20us"),
            arrivals=(),
        )
    if requests or interval:
        option = "--requests" if requests else "--interval"
        raise InputError(f"--arrivals says when each request is ready; leave {option} out")
    found = tuple(
        _arrival(place, item) for place, item in enumerate(read_items(arrivals, "arrival"))
    )
    used = 1 + max(arrival.connection for arrival in found)
    return Loaded(
        connections=used if wanted is None else wanted,
        requests=len(found),
        interval_ns=None,
        arrivals=found,
    )


def _arrival(place: int, item: str) -> Arrival:
    """An item of --arrivals; without a connection, it is on that of its place in the list."""
    connection, colon, time = item.rpartition(":")
    return Arrival(
        natural("--arrivals", connection) if colon else place, whole_ns("--arrivals", time)
    )
