"""What is drawn, counted and compared around schedules, against docs/reactor.md written out once more.

The schedules themselves are those of `naive_reactor.py`.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from naive_reactor import Server, Told, serve

from oslab_reactor import capacity, load, script
from oslab_reactor.engine import Failure, Request
from oslab_reactor.shape import Shape

SECOND = 10**9
Row = tuple[int, int, int, int, int]


def shape_of(server: Server) -> Shape:
    return Shape(server.model, server.copies, server.subs, server.workers, server.cores)  # type: ignore[arg-type]


@st.composite
def servers(draw: st.DrawFn) -> Server:
    model = draw(st.sampled_from(["single", "pool", "multi", "thread-per-connection", "proactor"]))
    least = {"pool": 1, "proactor": 1, "multi": 0}
    return Server(
        model=model,
        copies=draw(st.integers(1, 3)),
        subs=draw(st.integers(1, 3)) if model == "multi" else 0,
        workers=draw(st.integers(least[model], 3)) if model in least else 0,
        cores=draw(st.none() | st.integers(1, 3)),
        accept=draw(st.integers(0, 3)),
    )


rows = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(0, 25), st.integers(0, 4), st.integers(1, 8), st.integers(0, 3)
    ),
    min_size=1,
    max_size=7,
)  # fmt: skip


def figures(told: Told, requests: list[Row], threads: int) -> dict[str, Any]:
    """The metrics, from when each request was answered."""
    latencies = sorted(end - requests[n - 1][1] for n, end in told.ends.items())
    n, last = len(latencies), told.last_end

    def percentile(hundredths: int) -> int | None:
        """The least latency that so many of a hundred do not exceed."""
        for latency in latencies:
            if sum(each <= latency for each in latencies) * 100 >= hundredths * n:
                return latency
        return None

    return {
        "completed": n,
        "throughput_rps": Fraction(n * SECOND, last) if last else None,
        "mean_ns": Fraction(sum(latencies), n) if n else None,
        "p50_ns": percentile(50),
        "p99_ns": percentile(99),
        "max_ns": max(latencies, default=None),
        "utilisation": Fraction(told.busy, threads * last) if last else None,
        "queue_peak": told.queue_peak,
        "threads": threads,
    }


@settings(max_examples=100, deadline=None)
@given(st.data(), servers(), rows, st.sampled_from(["slow", "dies", "loops", "nothing"]))
def test_what_a_slow_request_or_a_failure_does_to_each(
    data: st.DataObject, server: Server, requests: list[Row], what: str
) -> None:
    assume(what != "loops" or server.cores is None)
    threads = server.threads({request[0] for request in requests})
    slow, failure, changed, broken = None, None, list(requests), server
    if what == "slow":
        number, longer = data.draw(st.integers(1, len(requests))), data.draw(st.integers(0, 30))
        slow = script.Slow(number, Fraction(longer))
        changed[number - 1] = (*changed[number - 1][:3], longer, changed[number - 1][4])
        assume(sum(changed[number - 1][2:]))
    elif what != "nothing":
        thread, at = data.draw(st.sampled_from(threads)), data.draw(st.integers(0, 25))
        restart = data.draw(st.none() | st.integers(1, 9)) if what == "dies" else None
        broken = replace(server, failure=(thread, what, at, restart))
        failure = Failure(thread, what, at, restart)  # type: ignore[arg-type]
    asked = tuple(Request(*request) for request in requests)
    config = script.ScriptConfig(shape_of(server), Fraction(server.accept), asked, slow, failure)
    run, before, told = script.run(config), serve(server, requests), serve(broken, changed)

    expected = figures(told, requests, len(threads))
    if what == "nothing":
        assert dict(run.metrics) == expected
        said = [step.result for step in run.steps if step.action == "latency"]
        given = [step.given["request"] for step in run.steps if step.action == "latency"]
        assert given == list(range(1, len(requests) + 1))
        ends = [told.ends[n] for n in range(1, len(requests) + 1)]
        assert [step["end_ns"] for step in said] == ends
        assert [s["latency_ns"] for s in said] == [
            e - r[1] for e, r in zip(ends, requests, strict=True)
        ]
        return
    effects = [step.result for step in run.steps if step.action == "effect"]
    found = []
    for n, effect in enumerate(effects, start=1):
        end, else_ = told.ends.get(n), before.ends[n]
        fate = "lost" if end is None else "delayed" if end > else_ else "untouched"
        found.append(fate)
        assert (effect["fate"], effect["end_ns"], effect["before_ns"]) == (fate, end, else_)
        assert effect["added_ns"] == (None if end is None else end - else_)
    given = [step.given["request"] for step in run.steps if step.action == "effect"]
    assert given == list(range(1, len(requests) + 1))
    fates = {fate: found.count(fate) for fate in ("lost", "delayed", "untouched")}
    assert dict(run.metrics) == {**expected, **fates}


@settings(max_examples=100, deadline=None)
@given(servers(), rows)
def test_every_stage_says_since_when_it_was_ready(server: Server, requests: list[Row]) -> None:
    """A read or serve: arrival, end of the accept, and end of the write before; of each stage what is first."""
    asked = tuple(Request(*request) for request in requests)
    config = script.ScriptConfig(shape_of(server), Fraction(server.accept), asked, None, None)
    steps = [step for step in script.run(config).steps if step.action == "stage"]
    told = serve(server, requests)
    order = sorted(range(1, len(requests) + 1), key=lambda n: (requests[n - 1][1], n))
    accepts = {requests[n - 1][0]: end for _, stage, n, _, end in told.stages if stage == "accept"}
    for step in steps:
        n, stage = step.given["request"], step.given["stage"]
        connection, arrival = requests[n - 1][:2]
        mine = [m for m in order if requests[m - 1][0] == connection]
        ready = arrival
        if stage != "accept":
            # Without an accept there is nothing to wait for but the arrival.
            ready = max(arrival, accepts.get(connection, 0))
            if mine.index(n):
                ready = max(ready, told.ends[mine[mine.index(n) - 1]])
            earlier = ("read", "compute", "write")[: ("read", "compute", "write").index(stage)]
            for _, name, m, _, end in told.stages:
                if m == n and name in earlier:
                    ready = max(ready, end)
        assert step.result["ready_ns"] == ready
        assert not step.result["cut"]
        assert (step.result["waited"] is None) == (step.result["start_ns"] == ready)
    starts = [step.result["start_ns"] for step in steps]
    assert starts == sorted(starts)


def drawn(seed: int, mean: float, how_many: int) -> list[int]:
    draw = random.Random(seed)
    return [round(-mean * math.log(1 - draw.random())) for _ in range(how_many)]


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 50),
    rate=st.sampled_from([Fraction(1000), Fraction(30_000), Fraction(7_000_000, 3)]),
    even=st.booleans(),
    connections=st.integers(1, 4),
    io=st.sampled_from(["fixed", "exponential", "listed"]),
    compute=st.sampled_from(["fixed", "exponential", "listed"]),
)
def test_requests_are_drawn_as_is_written_down(
    seed: int, rate: Fraction, even: bool, connections: int, io: str, compute: str
) -> None:
    many = 40

    def times(kind: str, which: int) -> tuple[load.Times, list[Any]]:
        values = (
            (Fraction(500), Fraction(7), Fraction(1, 3)) if kind == "listed" else (Fraction(500),)
        )
        told: list[Any] = [values[n % len(values)] for n in range(many)]
        if kind == "exponential":
            told = drawn(4 * seed + which, 500.0, many)
        return load.Times(kind, values), told  # type: ignore[arg-type]

    gap = SECOND / rate
    if even:
        arrivals = [math.floor(n * gap + Fraction(1, 2)) for n in range(many)]
    else:
        intervals = drawn(4 * seed, float(gap), many)
        arrivals = [sum(intervals[: n + 1]) for n in range(many)]
    # A request that would arrive just at the end of the duration does not.
    duration = Fraction(arrivals[many // 2])
    assume(duration)
    reads, writes, computes = times(io, 1), times(io, 3), times(compute, 2)
    config = load.LoadConfig(
        shape=Shape("single", 1, 0, 0, None),
        connections=connections,
        rate_rps=rate,
        arrivals="even" if even else "poisson",
        accept_ns=Fraction(0),
        io=reads[0],
        compute=computes[0],
        duration_ns=duration,
        seed=seed,
    )
    assert list(config.requests()) == [
        Request(n % connections, arrivals[n], reads[1][n], computes[1][n], writes[1][n])
        for n in range(many)
        if arrivals[n] < duration
    ]


@settings(max_examples=60, deadline=None)
@given(
    servers(),
    st.integers(1, 6),
    st.integers(1, 6),
    st.lists(st.integers(1, 9), min_size=1, max_size=3),
    st.lists(st.integers(1, 20), min_size=1, max_size=3),
    st.integers(1, 40),
)
def test_a_load_has_the_figures_of_its_schedule(
    server: Server, connections: int, gap: int, io: list[int], compute: list[int], duration: int
) -> None:
    config = load.LoadConfig(
        shape=shape_of(server),
        connections=connections,
        rate_rps=Fraction(SECOND, gap),
        arrivals="even",
        accept_ns=Fraction(server.accept),
        io=load.Times("listed", tuple(map(Fraction, io))),
        compute=load.Times("listed", tuple(map(Fraction, compute))),
        duration_ns=Fraction(duration),
        seed=0,
    )
    many = -(-duration // gap)
    assume(
        many * (max(io) * 2 + max(compute) + server.accept) < 380
    )  # how far the naive model looks
    requests = [
        (n % connections, n * gap, io[n % len(io)], compute[n % len(compute)], io[n % len(io)])
        for n in range(many)
    ]
    told = serve(server, requests)
    threads = len(server.threads({request[0] for request in requests}))
    assert dict(load.count(config)) == figures(told, requests, threads)
    assert dict(load.run(config).metrics) == figures(told, requests, threads)


def table(
    server: Server, connections: int, a: Fraction, r: int, c: int, w: int
) -> list[tuple[str, int, Fraction]]:
    """Stations as (name, servers, demand), in the order of the table."""
    k, whole = server.copies, Fraction(r + c + w)
    found: list[tuple[str, int, Fraction]] = {
        "single": [("reactor", k, a + whole)],
        "pool": [("reactor", k, a + r + w), ("workers", k * server.workers, Fraction(c))],
        "multi": [("main", k, a), ("subreactors", k * server.subs, whole)],
        "thread-per-connection": [("main", k, a), ("threads", connections, whole)],
        "proactor": [("workers", k * server.workers, Fraction(c))],
    }[server.model]
    if server.model == "multi" and server.workers:
        found[1:] = [
            ("subreactors", k * server.subs, Fraction(r + w)),
            ("workers", k * server.workers, Fraction(c)),
        ]
    if server.cores:
        found.append(("cores", server.cores, a + whole))
    return [station for station in found if station[2]]


@settings(max_examples=100, deadline=None)
@given(servers(), st.integers(1, 9), st.integers(1, 4), st.tuples(*[st.integers(0, 4)] * 3))
def test_capacities_are_those_of_the_table(
    server: Server, connections: int, each: int, stages: tuple[int, int, int]
) -> None:
    assume(sum(stages))
    r, c, w = stages
    times = (Fraction(time) for time in (server.accept, r, c, w))
    run = capacity.run(capacity.CapacityConfig(shape_of(server), connections, each, *times))
    told = table(server, connections, Fraction(server.accept, each), r, c, w)
    rates = [Fraction(servers * SECOND) / demand for _, servers, demand in told]
    found = [step for step in run.steps if step.action == "station"]
    assert [(s.given["place"], s.given["servers"]) for s in found] == [t[:2] for t in told]
    assert [s.result["demand_ns"] for s in found] == [t[2] for t in told]
    assert [s.result["rate_rps"] for s in found] == rates
    least = min(rates, default=None)
    assert run.metrics["capacity_rps"] == least
    assert run.metrics["bottleneck"] == (told[rates.index(least)][0] if least else None)


@pytest.mark.parametrize(
    ("n", "median", "most"),
    [(1, 1, 1), (2, 1, 2), (3, 2, 3), (99, 50, 99), (100, 50, 99), (101, 51, 100), (200, 100, 198)],
)
def test_percentiles_of_many(n: int, median: int, most: int) -> None:
    """One thread, all requests at once on connections of their own: the i-th is answered at i."""
    requests = tuple(Request(i, 0, 0, 1, 0) for i in range(n))
    run = script.run(
        script.ScriptConfig(Shape("single", 1, 0, 0, None), Fraction(0), requests, None, None)
    )
    assert (run.metrics["p50_ns"], run.metrics["p99_ns"]) == (median, most)
