"""What the problem types on models have in common: costs, and how a statement shows load and costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypedDict

from oslab import Choose, Figure, Generator, Grid, Run
from oslab.quantities import format_size, format_time
from oslab_iomodels.load import Arrival, IoConfig, Model, Trigger

MICROSECOND = 1000


@dataclass(frozen=True)
class Prices:
    """What things cost, each to choose from."""

    copy: Choose[Fraction]
    compute: Choose[Fraction]
    syscall: Choose[Fraction]
    switch: Choose[Fraction]
    poll: Choose[Fraction]
    scan: Choose[Fraction]
    thread: Choose[int]


class Paid(TypedDict):
    """The fields of a configuration that prices fill."""

    copy_ns: int
    compute_ns: int
    syscall_ns: int
    switch_ns: int
    poll_ns: int
    scan_ns: int
    thread_bytes: int


def paid(rng: Generator, prices: Prices) -> Paid:
    return Paid(
        copy_ns=int(prices.copy.pick(rng)),
        compute_ns=int(prices.compute.pick(rng)),
        syscall_ns=int(prices.syscall.pick(rng)),
        switch_ns=int(prices.switch.pick(rng)),
        poll_ns=int(prices.poll.pick(rng)),
        scan_ns=int(prices.scan.pick(rng)),
        thread_bytes=prices.thread.pick(rng),
    )


def listed(
    model: Model,
    trigger: Trigger | None,
    connections: int,
    cores: int,
    arrivals: tuple[Arrival, ...],
    prices: Paid,
) -> IoConfig:
    """A configuration whose requests are named one by one."""
    return IoConfig(
        model=model,
        trigger=trigger,
        connections=connections,
        requests=len(arrivals),
        interval_ns=None,
        arrivals=arrivals,
        cores=cores,
        **prices,
    )


def drawn_arrivals(p: IoConfig) -> Grid:
    """The requests in order, with their numbers."""
    rows = [
        (n, arrival.connection, format_time(arrival.ready_ns))
        for n, arrival in enumerate(in_order(p.arrivals), start=1)
    ]
    return Grid(("request", "connection", "ready"), tuple(rows))


def in_order(arrivals: tuple[Arrival, ...]) -> list[Arrival]:
    return sorted(arrivals, key=lambda a: (a.ready_ns, a.connection))


def presented(p: IoConfig) -> Mapping[str, Figure]:
    """What a statement may show of a configuration."""
    figures: dict[str, Figure] = {
        "model": p.model,
        "trigger": p.trigger or "",
        "connections": p.connections,
        "last": p.connections - 1,
        "requests": p.requests,
        "each": p.requests // p.connections,
        "cores": p.cores,
        "copy": format_time(p.copy_ns),
        "compute": format_time(p.compute_ns),
        "syscall": format_time(p.syscall_ns),
        "switch": format_time(p.switch_ns),
        "pause": format_time(p.poll_ns),
        "thread": format_size(p.thread_bytes),
    }
    if p.interval_ns is None:
        return figures | {
            "arrivals": drawn_arrivals(p),
            "first_connection": in_order(p.arrivals)[0].connection,
            "first_ready": format_time(in_order(p.arrivals)[0].ready_ns),
        }
    return figures | {"interval": format_time(p.interval_ns)}


def explained(run: Run, *dropped: str) -> Run:
    """The run without those of its conventions that do not matter to the question."""
    kept = {name: value for name, value in run.conventions.items() if name not in dropped}
    return replace(run, conventions=kept)
