"""The command capacity: the rate at which a server saturates."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.options import given, natural
from oslab.quantities import parse_time
from oslab_reactor import capacity
from oslab_reactor.cli.shape import MODEL, Cores, Instances, Preset, Subreactors, Workers, shape_of

app = group("How much a server can do.")


@simulator(app, "capacity")
def capacity_command(
    model: Annotated[str, typer.Argument(help=MODEL)] = "",
    preset: Preset = "",
    read_time: Annotated[str, typer.Option(help="Reading a request.")] = "10us",
    compute_time: Annotated[str, typer.Option(help="Computing its answer.")] = "100us",
    write_time: Annotated[str, typer.Option(help="Writing it.")] = "10us",
    accept_time: Annotated[str, typer.Option(help="Accepting a connection.")] = "0",
    requests_per_connection: Annotated[
        str, typer.Option(help="Requests that come on each connection.")
    ] = "1",
    connections: Annotated[str, typer.Option(help="Connections that are open at once.")] = "100",
    workers: Workers = "",
    subreactors: Subreactors = "",
    instances: Instances = "",
    cores: Cores = "",
) -> Run:
    """The rate at which a server saturates, station by station, and what holds it back."""
    return capacity.run(
        capacity.CapacityConfig(
            shape=shape_of(model, preset, workers, subreactors, instances, cores),
            connections=natural("--connections", connections, 1),
            requests_per_connection=natural(
                "--requests-per-connection", requests_per_connection, 1
            ),
            accept_ns=given("--accept-time", parse_time, accept_time),
            read_ns=given("--read-time", parse_time, read_time),
            compute_ns=given("--compute-time", parse_time, compute_time),
            write_ns=given("--write-time", parse_time, write_time),
        )
    )
