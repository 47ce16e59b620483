"""The command break-even: the size from which another path pays."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.options import given, one_of
from oslab.quantities import parse_size, parse_time
from oslab_zerocopy import breakeven

app = group("Where mapping or sendfile pays.")


@simulator(app, "break-even")
def break_even_command(
    path: Annotated[
        str,
        typer.Option(
            metavar="/".join(get_args(breakeven.Rival)),
            help="What is compared with read and write.",
        ),
    ] = "mmap-write",
    size: Annotated[str, typer.Option(help="A size to try, in whole pages.")] = "64K",
    page_size: Annotated[str, typer.Option(help="Bytes in a page.")] = "4K",
    call_time: Annotated[str, typer.Option(help="One system call.")] = "300ns",
    copy_time: Annotated[str, typer.Option(help="Copying a page by the CPU.")] = "400ns",
    map_time: Annotated[str, typer.Option(help="mmap and munmap together.")] = "2us",
    fault_time: Annotated[str, typer.Option(help="The page fault of a mapped page.")] = "250ns",
    reference_time: Annotated[
        str, typer.Option(help="Putting a reference to a page into the socket buffer.")
    ] = "50ns",
) -> Run:
    """The size from which mmap and write, or sendfile, takes less time than read and write."""
    page = given("--page-size", parse_size, page_size)
    whole = given("--size", parse_size, size)
    if not page:
        raise InputError("--page-size 0: a page has one byte or more")
    if not whole or whole % page:
        raise InputError(f"--size {size}: one or more whole pages of {page} bytes are expected")
    return breakeven.run(
        breakeven.BreakEvenConfig(
            path=one_of(path, get_args(breakeven.Rival), "--path"),
            pages=whole // page,
            page_size=page,
            call_ns=given("--call-time", parse_time, call_time),
            copy_ns=given("--copy-time", parse_time, copy_time),
            map_ns=given("--map-time", parse_time, map_time),
            fault_ns=given("--fault-time", parse_time, fault_time),
            reference_ns=given("--reference-time", parse_time, reference_time),
        )
    )
