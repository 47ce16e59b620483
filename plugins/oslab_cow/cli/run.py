"""The command run: a script of forks, accesses and exits."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural, one_of, steps_shown
from oslab.cli.scripts import read_script
from oslab.quantities import parse_int, parse_size, shown
from oslab_cow import simulate
from oslab_cow.machine import Kind, Region
from oslab_cow.operations import Operation, parse_operations

PAGES = 4

app = group("Forks, reads and writes, page by page.")


@simulator(app, "run")
def run_command(
    script: Annotated[
        str, typer.Argument(help="A file of operations, one a line; - for stdin.")
    ] = "",
    ops: Annotated[
        str, typer.Option(help="The operations themselves: 'write P 0; fork P C; write C 0'.")
    ] = "",
    pages: Annotated[str, typer.Option(help="Pages of the process, from 0; 4 if not said.")] = "",
    mapped: Annotated[
        str,
        typer.Option(
            "--map",
            metavar="KIND[:PAGES],...",
            help="private, shared, file-private or file-shared; or so many of each: "
            "private:2,shared:1.",
        ),
    ] = "private",
    zero_page: Annotated[
        bool,
        typer.Option("--zero-page", help="Private pages are untouched at the start, not present."),
    ] = False,
    contents: Annotated[
        str, typer.Option(help="What the pages hold at the start, from page 0: 5,7. Else 0.")
    ] = "",
    first: Annotated[
        str, typer.Option(help="The process there at the start; else the one named first.")
    ] = "",
    page_size: Annotated[str, typer.Option(help="Bytes in a page.")] = "4096",
    *,
    steps: bool | None = None,
) -> Run:
    """Follow forks, reads, writes and exits under copy-on-write."""
    operations = _operations(script, ops)
    config = simulate.CowConfig(
        first=first or operations[0].process,
        regions=_regions(mapped, natural("--pages", pages, 1) if pages else None),
        start="untouched" if zero_page else "present",
        contents=_contents(contents),
        page_size=given("--page-size", parse_size, page_size),
        ops=operations,
    )
    many = len(operations)
    if not steps_shown(steps, many, "operations"):
        return Run(
            command="cow.run",
            config=config,
            conventions=simulate.conventions(config),
            metrics=simulate.count(config),
        )
    return simulate.run(config)


def _operations(script: str, ops: str) -> tuple[Operation, ...]:
    text = read_script(
        script, ops, "a script is expected", "--ops 'write P 0; fork P C; write C 0'"
    )
    try:
        found = parse_operations(text)
    except InputError as error:
        if not script or script == "-" or not str(error).startswith("operation"):
            raise
        raise InputError(f"{script}: {error}") from None
    if not found:
        raise InputError("the script is empty; an operation such as fork P C is expected")
    return found


def _regions(text: str, pages: int | None) -> tuple[Region, ...]:
    """The regions that --map names, of as many pages as --pages says."""
    kinds: tuple[Kind, ...] = get_args(Kind)
    items = read_items(text, "mapping")
    if len(items) == 1 and ":" not in items[0]:
        return (Region(one_of(items[0], kinds, "--map"), PAGES if pages is None else pages),)
    regions = []
    for item in items:
        kind, colon, number = item.partition(":")
        if not colon:
            raise InputError(f"--map {shown(item)}: how many pages? {item}:2 would be two")
        regions.append(Region(one_of(kind, kinds, "--map"), natural("--map", number, 1)))
    whole = sum(region.pages for region in regions)
    if pages not in (None, whole):
        raise InputError(f"--pages {pages}: --map names {whole} pages; leave --pages out")
    return tuple(regions)


def _contents(text: str) -> tuple[int, ...]:
    items = read_items(text, "number") if text else []
    return tuple(given("--contents", parse_int, item) for item in items)
