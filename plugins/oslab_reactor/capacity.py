"""How many requests a second a server can answer, and what holds it back.

A server saturates when the busiest of its stations is busy all the time. A station has some servers, alike,
each of which a request needs for some time (its demand); it can do servers/demand requests a second, and the
whole no more than the slowest station. Work that is done once for a connection is shared by its requests.

    single                 reactor 1/(a + r + c + w)
    pool                   reactor 1/(a + r + w)    workers W/c
    multi                  main 1/a                 sub-reactors S/(r + w), workers W/c
                                                    or without workers: sub-reactors S/(r + c + w)
    thread-per-connection  main 1/a                 threads (as many as connections)/(r + c + w)
    proactor               workers W/c
    all of them            cores/(a + r + c + w)

with a = accept time/requests of a connection; copies of a server multiply everything but the cores. It is
supposed that connections are many, and evenly spread over sub-reactors and copies.

Source: the utilisation law (Denning and Buzen, The operational analysis of queueing network models, 1978).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from oslab import Choice, Float, InputError, Run, Step
from oslab.quantities import format_decimal, format_time
from oslab_reactor.figures import SECOND
from oslab_reactor.shape import Shape

Place: TypeAlias = Literal["reactor", "main", "subreactors", "workers", "threads", "cores"]
PLACES: tuple[Place, ...] = ("reactor", "main", "subreactors", "workers", "threads", "cores")


@dataclass(frozen=True, slots=True)
class CapacityConfig:
    """A server and what a request costs it, in ns.

    shape                    its threads and cores
    connections              how many there are; matters to thread-per-connection
    requests_per_connection  how many requests come on each
    accept_ns                accepting one connection
    read_ns, compute_ns, write_ns   the stages of a request, on average

    Raises InputError for anything that makes no sense.
    """

    shape: Shape
    connections: int
    requests_per_connection: int
    accept_ns: Fraction
    read_ns: Fraction
    compute_ns: Fraction
    write_ns: Fraction

    def __post_init__(self) -> None:
        if min(self.connections, self.requests_per_connection) < 1:
            raise InputError("at least one connection with one request is needed")
        if min(self.accept_ns, self.read_ns, self.compute_ns, self.write_ns) < 0:
            raise InputError("no stage takes less than no time")
        if not self.read_ns + self.compute_ns + self.write_ns:
            raise InputError("at least one stage of a request takes time")


@dataclass(frozen=True, slots=True)
class Station:
    """So many servers, alike, of which each request needs one for `demand` ns; `parts` are the stages
    that make up the demand."""

    place: Place
    servers: int
    demand: Fraction
    parts: str

    @property
    def rate(self) -> Fraction:
        """Requests a second."""
        return self.servers * SECOND / self.demand


def stations(config: CapacityConfig) -> tuple[Station, ...]:
    """What requests need, in the order of `PLACES`; only that which takes time. Cores are among them when
    they are limited."""
    return tuple(station for station in _stations(config) if station.demand)


def _stations(c: CapacityConfig) -> Iterator[Station]:
    shape, copies = c.shape, c.shape.instances
    a = c.accept_ns / c.requests_per_connection
    io, everything = c.read_ns + c.write_ns, c.read_ns + c.compute_ns + c.write_ns
    if shape.model == "single":
        yield Station("reactor", copies, a + everything, "a+r+c+w")
    if shape.model == "pool":
        yield Station("reactor", copies, a + io, "a+r+w")
    if shape.model in ("multi", "thread-per-connection"):
        yield Station("main", copies, a, "a")
    if shape.model == "multi":
        subs = copies * shape.subreactors
        if shape.workers:
            yield Station("subreactors", subs, io, "r+w")
        else:
            yield Station("subreactors", subs, everything, "r+c+w")
    if shape.workers:
        yield Station("workers", copies * shape.workers, c.compute_ns, "c")
    if shape.model == "thread-per-connection":
        yield Station("threads", c.connections, everything, "r+c+w")
    if shape.cores is not None:
        yield Station("cores", shape.cores, a + everything, "a+r+c+w")


def bottleneck(config: CapacityConfig) -> Station | None:
    """The station with the lowest rate, the first of several; None where nothing limits (a proactor whose
    requests need no computing)."""
    return min(stations(config), key=lambda station: station.rate, default=None)


def run(config: CapacityConfig) -> Run:
    """The rate of each station, and the least of them.

    station    given place, servers; result demand_ns, rate_rps
    capacity   result rate_rps, bottleneck
    """
    least = bottleneck(config)
    found = stations(config)
    steps = [
        Step(
            action="station",
            given={
                "place": station.place,
                "servers": station.servers,
                "demand": format_time(station.demand),
                "parts": station.parts,
            },
            result={
                "several": station.servers > 1,
                "demand_ns": station.demand,
                "rate_rps": station.rate,
                "rate": format_decimal(station.rate, 2),
            },
        )
        for station in found
    ]
    rate = least.rate if least else None
    steps.append(
        Step(
            action="capacity",
            result={
                "rate_rps": rate,
                "bottleneck": least.place if least else None,
                "rate": format_decimal(rate, 2) if rate else None,
            },
        )
    )
    threads = config.shape.threads(config.connections)
    return Run(
        command="reactor.capacity",
        config=config,
        conventions=_conventions(config, threads),
        asks={
            "station": {"rate_rps": Float()},
            "capacity": {"bottleneck": Choice(*(station.place for station in found))},
        },
        steps=tuple(steps),
        metrics={
            "capacity_rps": rate,
            "bottleneck": least.place if least else None,
            "threads": threads,
        },
    )


def _conventions(config: CapacityConfig, threads: int) -> Mapping[str, Any]:
    from oslab_reactor.script import shape_conventions

    rules = shape_conventions(config.shape, threads)
    kept = {n: v for n, v in rules.items() if n in ("model", "instances", "cores", "cores_enough")}
    accept = {"accept_shared": config.requests_per_connection} if config.accept_ns else {}
    return {**kept, **accept, "spread": "even"}
