"""The command sendfile: what calls return, and what they move along."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.options import given, steps_shown
from oslab.quantities import parse_size
from oslab_zerocopy import sendfile
from oslab_zerocopy.paths import MOST

app = group("Calls of sendfile.")


@simulator(app, "sendfile")
def sendfile_command(
    count: Annotated[
        str, typer.Option(help="Bytes asked for by one call, with nothing else to do.")
    ] = "",
    ops: Annotated[
        str,
        typer.Option(help="Instead: 'send 64K; drain 10000; send 64K null; seek 0; offset 100'."),
    ] = "",
    file_size: Annotated[str, typer.Option(help="Bytes in the file.")] = "1M",
    position: Annotated[str, typer.Option(help="Where the file position is at first.")] = "0",
    offset: Annotated[
        str,
        typer.Option(
            metavar="null|BYTES",
            help="The offset variable at first; sends then use it. null: they use the position.",
        ),
    ] = "null",
    room: Annotated[
        str, typer.Option(help="Bytes that the socket buffer takes; if not said, all.")
    ] = "",
    limit: Annotated[str, typer.Option(help="The most bytes that one call moves.")] = str(MOST),
    *,
    steps: bool | None = None,
) -> Run:
    """Send a file with sendfile: short sends, EAGAIN, the offset and the file position."""
    if bool(count) == bool(ops):
        raise InputError(
            "either --count 64K, for one call, or --ops 'send 64K; drain 10000; send 64K' is expected"
            + ("; both were given" if count else "")
        )
    text = f"send {given('--count', parse_size, count)}" if count else ops
    found = sendfile.parse_operations(text, "null" if offset == "null" else "offset")
    if not found:
        raise InputError("--ops is empty; an operation such as send 64K is expected")
    config = sendfile.SendfileConfig(
        file_size=given("--file-size", parse_size, file_size),
        position=given("--position", parse_size, position),
        offset=None if offset == "null" else given("--offset", parse_size, offset),
        room=given("--room", parse_size, room) if room else None,
        limit=given("--limit", parse_size, limit),
        ops=found,
    )
    many = len(found)
    if not steps_shown(steps, many, "operations"):
        return Run(
            command="zerocopy.sendfile",
            config=config,
            conventions=sendfile.conventions(config),
            metrics=sendfile.count(config),
        )
    return sendfile.run(config)
