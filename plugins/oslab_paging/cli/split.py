"""The command split."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural
from oslab.quantities import parse_address, parse_size
from oslab_paging.split import SplitConfig, run

app = group("Page number and offset.")


@simulator(app, "split")
def split(
    va: Annotated[
        list[str],
        typer.Argument(
            help="Virtual addresses, separated by blanks or commas: 8,196 are two, 8196 is one."
        ),
    ],
    va_bits: Annotated[str, typer.Option(help="Bits of a virtual address.")] = "32",
    page_size: Annotated[
        str, typer.Option(help="Bytes of a page, a power of two: 4096 or 4KiB.")
    ] = "4096",
) -> Run:
    """Split virtual addresses into page number (VPN) and offset (VPO)."""
    addresses = tuple(parse_address(item) for item in read_items(va, "address"))
    return run(
        SplitConfig(
            addresses, natural("--va-bits", va_bits), given("--page-size", parse_size, page_size)
        )
    )
