"""The command run: a server under load."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.options import given, natural, one_of, steps_shown
from oslab.quantities import parse_decimal, parse_time
from oslab_reactor import load
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
from oslab_reactor.cli.shape import MODEL, Cores, Instances, Preset, Subreactors, Workers, shape_of

# A request has at most an accept and three stages.
STAGES = 4

app = group("A server under load.")


@simulator(app, "run")
def run_command(
    model: Annotated[str, typer.Argument(help=MODEL)] = "",
    preset: Preset = "",
    connections: Connections = "100",
    rate: Annotated[str, typer.Option(help="Requests that arrive a second.")] = "5000",
    io_time: IoTime = "10us",
    compute_time: ComputeTime = "exponential:100us",
    accept_time: AcceptTime = "0",
    arrivals: Arrivals = "poisson",
    duration: Duration = "1s",
    seed: Seed = "1",
    workers: Workers = "",
    subreactors: Subreactors = "",
    instances: Instances = "",
    cores: Cores = "",
    *,
    steps: bool | None = None,
) -> Run:
    """Put a server under load: throughput, latencies, utilisation, queues."""
    config = load.LoadConfig(
        shape=shape_of(model, preset, workers, subreactors, instances, cores),
        connections=natural("--connections", connections, 1),
        rate_rps=given("--rate", parse_decimal, rate),
        arrivals=one_of(arrivals, ("poisson", "even"), "--arrivals"),
        accept_ns=given("--accept-time", parse_time, accept_time),
        io=times_of("--io-time", io_time),
        compute=times_of("--compute-time", compute_time),
        duration_ns=given("--duration", parse_time, duration),
        seed=natural("--seed", seed),
    )
    if not steps_shown(steps, int(config.expected * STAGES), "stages", "shorten --duration"):
        return Run(
            command="reactor.run",
            config=config,
            conventions=load.conventions(config),
            metrics=load.count(config),
        )
    return load.run(config)
