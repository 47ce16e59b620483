"""The command read: what read(2) does."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.options import given, one_of
from oslab.quantities import parse_size
from oslab_modes import readpath

app = group("What read(2) does, step by step.")


@simulator(app, "read")
def read_command(
    cache: Annotated[
        str,
        typer.Option(
            help="Whether the page cache has the pages: hit, miss, or reading for another."
        ),
    ] = "miss",
    direct: Annotated[
        bool, typer.Option("--direct", help="The file is open with O_DIRECT.")
    ] = False,
    length: Annotated[str, typer.Option(help="Bytes that are read.")] = "4096",
    offset: Annotated[str, typer.Option(help="Where in the file.")] = "0",
    page_size: Annotated[str, typer.Option(help="Bytes in a page.")] = "4096",
    meanwhile: Annotated[
        str,
        typer.Option(help="What the core does while the process sleeps: idle, or another task."),
    ] = "idle",
) -> Run:
    """A read(2) from disk or page cache: crossings, sleep, DMA, copies."""
    return readpath.run(
        readpath.ReadConfig(
            cache=one_of(cache, readpath.CACHES, "--cache"),
            direct=direct,
            offset=given("--offset", parse_size, offset),
            length=given("--length", parse_size, length),
            page_size=given("--page-size", parse_size, page_size),
            meanwhile=one_of(meanwhile, ("idle", "task"), "--meanwhile"),
        )
    )
