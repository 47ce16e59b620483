"""The command tree: the processes of a C listing and what they share."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.options import given, one_of
from oslab.cli.scripts import MOST_BYTES
from oslab.quantities import parse_size
from oslab.textfile import read_text
from oslab_cow.pages import Globals, Locals
from oslab_cow.task import Buffer, Order, Rules
from oslab_cow.tree import Source, TreeConfig, conventions, count, run

app = group("The processes of a C listing and what they share.")


@simulator(app, "tree")
def tree_command(
    program: Annotated[
        str, typer.Option(metavar="FILE", help="A file with the listing, or - for standard input.")
    ] = "",
    code: Annotated[str, typer.Option(help='The listing itself: "int x = 1; fork(); x++;".')] = "",
    order: Annotated[
        str, typer.Option(help="Who goes on: child-first, parent-first or in-turn.")
    ] = "child-first",
    globals_on: Annotated[
        str, typer.Option("--globals", help="Globals lie on own-pages or on one-page.")
    ] = "own-pages",
    locals_on: Annotated[
        str, typer.Option("--locals", help="Locals lie in registers or on the stack (one page).")
    ] = "registers",
    buffer: Annotated[
        str, typer.Option(help="Printed text appears: none (at once), line or full (at exit).")
    ] = "none",
    page_size: Annotated[str, typer.Option(help="Page size, a power of two.")] = "4096",
    *,
    steps: bool | None = None,
) -> Run:
    """Run a C listing with forks: process tree, faults, who shares what, what is printed."""
    if bool(program) == bool(code):
        raise InputError('give the listing: --program FILE, or --code "fork(); fork();"')
    text = code or read_text(
        None if program == "-" else program, "a C listing is expected", MOST_BYTES
    )
    config = TreeConfig(
        Source(tuple(text.replace("\r\n", "\n").rstrip("\n").split("\n"))),
        Rules(
            order=one_of(order, get_args(Order), "--order"),
            globals_on=one_of(globals_on, get_args(Globals), "--globals"),
            locals_on=one_of(locals_on, get_args(Locals), "--locals"),
            buffer=one_of(buffer, get_args(Buffer), "--buffer"),
            page_size=given("--page-size", parse_size, page_size),
        ),
    )
    if steps is False:
        figures = count(config)
        return Run(
            command="cow.tree", config=config, conventions=conventions(config), metrics=figures
        )
    return run(config)
