"""The command port: who may use I/O ports."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural
from oslab.quantities import parse_int
from oslab_modes import ports as mechanism
from oslab_modes.cli.options import (
    Bitmap,
    Iopl,
    Level,
    MapBase,
    Ports,
    TssLimit,
    level_of,
    map_from,
)

app = group("I/O ports: IOPL and the I/O permission bitmap.")


@simulator(app, "port")
def port_command(
    port: Annotated[
        list[str], typer.Argument(help="Ports, each with its own width if wanted: 0x60 0x1f0:2.")
    ],
    width: Annotated[str, typer.Option(help="Bytes moved at once: 1, 2 or 4.")] = "1",
    cpl: Level = "",
    iopl: Iopl = "",
    ports: Ports = "",
    bitmap: Bitmap = "",
    map_base: MapBase = "",
    tss_limit: TssLimit = "",
) -> Run:
    """Whether IN and OUT may use a port, and which bit of the bitmap says so."""
    unsaid = natural("--width", width, 1)
    return mechanism.run(
        mechanism.PortConfig(
            accesses=tuple(_access(item, unsaid) for item in read_items(port, "port")),
            cpl=level_of("--cpl", cpl, "linux64"),
            iopl=level_of("--iopl", iopl, "linux64"),
            tss=map_from(ports, bitmap, map_base, tss_limit),
        )
    )


def _access(text: str, unsaid: int) -> mechanism.PortAccess:
    number, colon, width = text.partition(":")
    return mechanism.PortAccess(
        given("a port", parse_int, number), natural("a width", width, 1) if colon else unsaid
    )
