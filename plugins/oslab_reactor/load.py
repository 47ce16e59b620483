"""reactor run: a server under load.

Requests arrive at a rate, at even intervals or as a Poisson process, on connections taken in turn; each
takes a time to read, to compute and to write that is fixed, drawn from an exponential distribution, or
taken from a list. All that arrive before the end of the duration are simulated until they are answered.

Drawn times are whole nanoseconds: -mean · ln(1 - u), rounded, with u from Python's Mersenne twister. Four
generators, of arrivals, reads, computes and writes, are seeded with 4·seed, 4·seed + 1, + 2 and + 3; so the
same seed gives the same requests to every model, on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count as numbers
from random import Random
from typing import Any, Literal, TypeAlias

from oslab import InputError, Run, Step, Value
from oslab.quantities import format_time
from oslab_reactor.engine import Engine, schedule
from oslab_reactor.figures import SECOND, figures
from oslab_reactor.lanes import time_lines
from oslab_reactor.requests import Instant, Request, whole
from oslab_reactor.script import shape_conventions, stage_asks, stages
from oslab_reactor.shape import Shape

MOST_REQUESTS = 1_000_000
MOST_CONNECTIONS = 1_000_000

Arrivals: TypeAlias = Literal["poisson", "even"]


@dataclass(frozen=True, slots=True)
class Times:
    """How long a stage takes: always the first of `values`; exponential with that mean; or one of the
    `values` after the other, request by request, and from the first again."""

    kind: Literal["fixed", "exponential", "listed"]
    values: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        if not self.values or (self.kind != "listed" and len(self.values) > 1):
            raise InputError("one time is expected, or a list of them")
        if min(self.values) < 0:
            raise InputError("no stage takes less than no time")

    @property
    def mean(self) -> Fraction:
        return sum(self.values, Fraction(0)) / len(self.values)

    def drawn(self, seed: int) -> Iterator[Instant]:
        """The times, one for each request, without end."""
        if self.kind == "exponential":
            yield from exponential(float(self.values[0]), seed)
        values = [whole(value) for value in self.values]
        while True:
            yield from values

    def __str__(self) -> str:
        texts = ", ".join(format_time(value) for value in self.values[:8])
        return texts + (" …" if len(self.values) > 8 else "")


def exponential(mean: float, seed: int) -> Iterator[int]:
    """Whole numbers that are exponentially distributed."""
    draw = Random(seed).random
    while True:
        yield round(-mean * math.log(1 - draw()))


@dataclass(frozen=True, slots=True)
class LoadConfig:
    """A server and its load.

    shape         its threads
    connections   how many there are; request i arrives on connection i mod connections
    rate_rps      requests that arrive a second, on average
    arrivals      poisson: after exponential intervals; even: after equal ones, the first at 0
    accept_ns     what it takes to accept a connection
    io            what it takes to read a request, and again to write its answer
    compute       what it takes to compute the answer
    duration_ns   requests arrive from 0 until before this
    seed          of all that is drawn

    Raises InputError for what makes no sense, and for more than a million requests.
    """

    shape: Shape
    connections: int
    rate_rps: Fraction
    arrivals: Arrivals
    accept_ns: Fraction
    io: Times
    compute: Times
    duration_ns: Fraction
    seed: int

    def __post_init__(self) -> None:
        if not 1 <= self.connections <= MOST_CONNECTIONS:
            raise InputError(
                f"there are 1 to {MOST_CONNECTIONS} connections, not {self.connections}"
            )
        if self.rate_rps <= 0 or self.duration_ns <= 0:
            raise InputError("a rate and a duration above 0 are needed")
        if self.accept_ns < 0:
            raise InputError("to accept a connection does not take less than no time")
        if not self.io.mean + self.compute.mean:
            raise InputError("requests take no time at all; --compute-time 100us would be some")
        if self.expected > MOST_REQUESTS:
            raise InputError(
                f"{math.ceil(self.expected)} requests are too many; lower rate or duration, so that "
                f"they are at most {MOST_REQUESTS}"
            )

    @property
    def expected(self) -> Fraction:
        """About how many requests there are."""
        return self.rate_rps * self.duration_ns / SECOND

    def requests(self) -> Iterator[Request]:
        """The requests, by arrival."""
        draws = 4 * self.seed
        read, compute, write = (
            times.drawn(draws + n) for n, times in ((1, self.io), (2, self.compute), (3, self.io))
        )
        duration = whole(self.duration_ns)
        for n, arrival in enumerate(self._arrivals(draws)):
            if arrival >= duration:
                return
            yield Request(n % self.connections, arrival, next(read), next(compute), next(write))

    def _arrivals(self, seed: int) -> Iterator[int]:
        gap = SECOND / self.rate_rps
        if self.arrivals == "even":
            yield from (round(n * gap) for n in numbers())
        now = 0
        for interval in exponential(float(gap), seed):
            now += interval
            yield now


def count(config: LoadConfig) -> Mapping[str, Any]:
    """The metrics, without steps, however many requests there are."""
    latencies: list[Instant] = []
    arrived = 0

    def arrivals() -> Iterator[tuple[int, Request]]:
        nonlocal arrived
        for request in config.requests():
            arrived += 1
            yield arrived, request

    def answered(number: int, request: Request, end: Instant) -> None:
        latencies.append(end - request.arrival_ns)

    engine = Engine(config.shape, whole(config.accept_ns), arrivals(), answered)
    engine.go()
    threads = config.shape.threads(min(arrived, config.connections))
    return figures(latencies, engine.busy_ns, engine.last_end, engine.queue_peak, threads)


def run(config: LoadConfig) -> Run:
    """Stage by stage, for short runs.

    stage   as in `oslab_reactor.script`
    lanes   the time lines
    """
    requests = list(config.requests())
    found = schedule(config.shape, whole(config.accept_ns), requests)
    connections = range(min(len(requests), config.connections))
    latencies = [
        end - request.arrival_ns
        for end, request in zip(found.ends, requests, strict=True)
        if end is not None
    ]
    threads = config.shape.threads(len(connections))
    steps = list(stages(found.spans))
    drawn = time_lines(config.shape, found.spans, connections)
    if drawn:
        steps.append(Step(action="lanes", state=drawn))
    return Run(
        command="reactor.run",
        config=config,
        conventions=conventions(config),
        asks={"stage": stage_asks(config.shape, connections)},
        steps=tuple(steps),
        metrics=figures(latencies, found.busy_ns, found.last_end, found.queue_peak, threads),
    )


def conventions(config: LoadConfig) -> Mapping[str, Value]:
    """The rules in force."""
    threads = config.shape.threads(min(math.ceil(config.expected), config.connections))
    return {
        **shape_conventions(config.shape, threads),
        "connection": "one",
        "turns": "round-robin",
        "arrivals": config.arrivals,
        f"io_{config.io.kind}": str(config.io),
        f"compute_{config.compute.kind}": str(config.compute),
        "drained": "all",
        "percentile": "nearest-rank",
    }
