"""The commands split and conflicts: what a cache makes of addresses."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Hex, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import natural
from oslab.quantities import parse_address
from oslab_cache import conflicts as sharing
from oslab_cache import split as splitting
from oslab_cache.cli.caches import Line, Size, Ways, read_shape

app = group("What a cache makes of addresses.")

Addresses = Annotated[
    list[str],
    typer.Argument(
        metavar="ADDR...", help="Addresses, separated by blanks or commas. @FILE, or - for input."
    ),
]


@simulator(app, "split")
def split(
    address: Addresses,
    size: Size = "32K",
    line: Line = "64",
    ways: Ways = "8",
    pa_bits: Annotated[str, typer.Option(help="Bits of a physical address.")] = "32",
) -> Run:
    """Cut addresses into tag, set index and offset."""
    return splitting.run(
        splitting.SplitConfig(
            addresses(address), *shape(size, line, ways), natural("--pa-bits", pa_bits)
        )
    )


@simulator(app, "conflicts")
def conflicts(address: Addresses, size: Size = "32K", line: Line = "64", ways: Ways = "8") -> Run:
    """Which addresses compete for the same set, and which sets get more lines than they hold."""
    return sharing.run(sharing.ConflictsConfig(addresses(address), *shape(size, line, ways)))


def addresses(typed: list[str]) -> tuple[int, ...]:
    """The addresses of a list."""
    return tuple(Hex(parse_address(item)) for item in read_items(typed, "address"))


def shape(size: str, line: str, ways: str) -> tuple[int, int, int]:
    """Size, line and ways as they were typed."""
    found = read_shape(size, line, ways, "lru", "back", "", "")
    return found.size, found.line, found.ways
