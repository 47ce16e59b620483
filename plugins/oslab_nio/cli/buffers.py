"""The command buffers: position, limit and capacity through a script, and what I/O copies."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, one_of, steps_shown
from oslab.quantities import parse_size
from oslab_nio import buffers
from oslab_nio.bufferscript import DEFAULT, Declared, parse_declared, parse_operation
from oslab_nio.cli.script import naming, operations

app = group("Position, limit and capacity through a script.")


@simulator(app, "buffers")
def buffers_command(
    script: Annotated[
        str, typer.Argument(help="A file of operations, one a line; - for stdin.")
    ] = "",
    ops: Annotated[
        str, typer.Option(help="The operations themselves: 'put 5; flip; get 2; compact'.")
    ] = "",
    kind: Annotated[str, typer.Option(help="The buffer b is heap, direct or mapped.")] = "heap",
    capacity: Annotated[str, typer.Option(help="Bytes of the buffer b.")] = "8",
    buffer: Annotated[
        str,
        typer.Option(
            "--buffers",
            metavar="NAME=KIND:BYTES,...",
            help="Several buffers, in place of b: h=heap:64,d=direct:64,m=mapped:4K.",
        ),
    ] = "",
    *,
    steps: bool | None = None,
) -> Run:
    """Follow position, limit and mark of heap, direct and mapped buffers, and what I/O on them copies."""
    found = operations(script, ops, parse_operation, "put 5; flip; get 2")
    if buffer:
        if (kind, capacity) != ("heap", "8"):
            raise InputError("--buffers stands in place of --kind and --capacity; leave these out")
        declared = tuple(parse_declared(item) for item in read_items(buffer, "buffer"))
    else:
        memory = one_of(kind, ("heap", "direct", "mapped"), "--kind")
        declared = (Declared(DEFAULT, memory, given("--capacity", parse_size, capacity)),)  # type: ignore[arg-type]
    config = buffers.BuffersConfig(buffers=declared, ops=found)
    with naming(script):
        if steps_shown(steps, len(found), "operations"):
            return buffers.run(config)
        return Run(
            command="nio.buffers",
            config=config,
            conventions=buffers.conventions(config),
            metrics=buffers.count(config),
        )
