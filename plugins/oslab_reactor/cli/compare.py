"""The command compare: servers under one load, and up to saturation."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural, one_of
from oslab.quantities import parse_decimal, parse_time
from oslab_reactor import compare
from oslab_reactor.cli.loads import (
    AcceptTime,
    Arrivals,
    ComputeTime,
    Connections,
    Duration,
    IoTime,
    Seed,
    times_of,
)
from oslab_reactor.cli.shape import Cores
from oslab_reactor.shape import read_label

app = group("Servers side by side.")


@simulator(app, "compare")
def compare_command(
    servers: Annotated[
        str,
        typer.Option(
            metavar="SERVER,...",
            help="single, pool/2 (workers), multi/2 (sub-reactors), multi/2+4 (and workers), "
            "thread-per-connection, proactor/2; *3: three copies.",
        ),
    ] = "single,pool/2,multi/2,thread-per-connection,proactor/2",
    rate: Annotated[str, typer.Option(help="Requests that arrive a second.")] = "5000",
    rates: Annotated[
        str,
        typer.Option(
            metavar="RATE,...",
            help="Other rates; half, twice, three and four times --rate if not said.",
        ),
    ] = "",
    connections: Connections = "100",
    io_time: IoTime = "10us",
    compute_time: ComputeTime = "exponential:100us",
    accept_time: AcceptTime = "0",
    arrivals: Arrivals = "poisson",
    duration: Duration = "200ms",
    seed: Seed = "1",
    cores: Cores = "",
) -> Run:
    """Put several servers under the same requests, at one rate and at others."""
    limit = natural("--cores", cores, 1) if cores else None
    first = given("--rate", parse_decimal, rate)
    if rates:
        others = [given("--rates", parse_decimal, r) for r in read_items(rates, "rate")]
    else:
        others = [first / 2, first * 2, first * 3, first * 4]
    return compare.run(
        compare.CompareConfig(
            shapes=tuple(read_label(text, limit) for text in read_items(servers, "server")),
            rate_rps=first,
            rates=tuple(others),
            connections=natural("--connections", connections, 1),
            arrivals=one_of(arrivals, ("poisson", "even"), "--arrivals"),
            accept_ns=given("--accept-time", parse_time, accept_time),
            io=times_of("--io-time", io_time),
            compute=times_of("--compute-time", compute_time),
            duration_ns=given("--duration", parse_time, duration),
            seed=natural("--seed", seed),
        )
    )
