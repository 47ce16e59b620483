"""The command fork: what it costs, with copy-on-write and without."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.options import given, natural
from oslab.quantities import parse_percent, parse_time
from oslab_cow import forkcost

app = group("The cost of fork.")


@simulator(app, "fork")
def fork_command(
    pages: Annotated[str, typer.Option(help="Pages of the parent.")] = "1000",
    dirty_fraction: Annotated[
        str, typer.Option(help="Share of the pages that each child writes: 0.3, 30 %, 3/10.")
    ] = "0.3",
    children: Annotated[str, typer.Option(help="Children forked.")] = "1",
    pte_time: Annotated[str, typer.Option(help="Copying a page-table entry.")] = "50ns",
    page_time: Annotated[str, typer.Option(help="Copying a page.")] = "500ns",
    fault_time: Annotated[str, typer.Option(help="A page fault, without the copy.")] = "1us",
) -> Run:
    """Frames and time of fork, when pages are copied on write and when they are copied at once."""
    return forkcost.run(
        forkcost.ForkConfig(
            pages=natural("--pages", pages, 1),
            dirty_fraction=given("--dirty-fraction", parse_percent, dirty_fraction),
            children=natural("--children", children, 1),
            pte_ns=given("--pte-time", parse_time, pte_time),
            page_ns=given("--page-time", parse_time, page_time),
            fault_ns=given("--fault-time", parse_time, fault_time),
        )
    )
