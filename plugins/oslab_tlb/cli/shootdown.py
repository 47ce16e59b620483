"""The command shootdown."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural, one_of
from oslab.quantities import parse_size
from oslab_tlb import shootdown
from oslab_tlb.cores import RULES, ShootdownConfig

app = group("TLBs of several cores.")


@simulator(app, "shootdown")
def shootdown_command(
    events: Annotated[
        str,
        typer.Option(
            help="What happens, in order: '0:read 0x1000; 1:unmap 0x1000'. Core, then read, write, "
            "unmap, protect or permit with an address, switch with a process, or idle. "
            "@FILE, or - for stdin.",
        ),
    ],
    cores: Annotated[str, typer.Option(help="How many cores there are.")] = "4",
    rule: Annotated[
        str,
        typer.Option(
            metavar="|".join(RULES),
            help="Who gets an IPI: cores that run the address space, that have used it, all, none.",
        ),
    ] = "running",
    asids: Annotated[
        bool,
        typer.Option(
            "--asids/--flush-on-switch",
            help="Entries belong to processes, or a switch empties the TLB.",
        ),
    ] = True,
    entries: Annotated[str, typer.Option(help="Entries of each core's TLB.")] = "64",
    page_size: Annotated[
        str, typer.Option(help="Bytes of a page, a power of two: 4096 or 4KiB.")
    ] = "4096",
) -> Run:
    """One page table, several cores: who must be told to forget what."""
    return shootdown.run(
        ShootdownConfig(
            cores=natural("--cores", cores),
            events=shootdown.joined(read_items(events, "event")),
            rule=one_of(rule, RULES, "--rule"),
            asids=asids,
            entries=natural("--entries", entries),
            page_size=given("--page-size", parse_size, page_size),
        )
    )
