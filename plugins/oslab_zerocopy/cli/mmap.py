"""The command mmap: one mapping of a file, and accesses to it."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from oslab import Hex, InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural, one_of
from oslab.quantities import parse_address, parse_size
from oslab_zerocopy import accesses, mapping, mmapcall

MOST_OPERATIONS = 2000

app = group("Mappings of a file.")


@simulator(app, "mmap")
def mmap_command(
    offset: Annotated[str, typer.Option(help="Where in the file the mapping begins.")] = "0",
    length: Annotated[str, typer.Option(help="Bytes to map.")] = "8K",
    page_size: Annotated[str, typer.Option(help="Bytes in a page.")] = "4K",
    prot: Annotated[
        str, typer.Option(metavar="/".join(get_args(mapping.Prot)), help="Protection: PROT_….")
    ] = "read",
    flags: Annotated[
        str, typer.Option(metavar="shared/private", help="MAP_SHARED or MAP_PRIVATE.")
    ] = "shared",
    open_mode: Annotated[
        str, typer.Option("--open-mode", metavar="r/w/rw", help="How the descriptor is open.")
    ] = "rw",
    file_size: Annotated[str, typer.Option(help="Bytes in the file.")] = "5000",
    fill: Annotated[str, typer.Option(help="What every byte of the file is, 1 to 255.")] = "65",
    address: Annotated[str, typer.Option(help="The address asked for; 0: none.")] = "0",
    placement: Annotated[
        str,
        typer.Option(
            metavar="/".join(get_args(mapping.Placement)),
            help="What the address is: a hint, MAP_FIXED, MAP_FIXED_NOREPLACE.",
        ),
    ] = "hint",
    chosen: Annotated[
        str, typer.Option(help="Where the kernel puts the mapping when it has the choice.")
    ] = "0x7f0000000000",
    occupied: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS:BYTES[:VALUE],...",
            help="Memory mapped before, and what its bytes are: 0x10000000:8K:9.",
        ),
    ] = "",
    access: Annotated[
        str,
        typer.Option(
            help="Then: 'read 0; write 10 7; pread 10; pwrite 0 1; truncate 4096; close'."
        ),
    ] = "",
) -> Run:
    """Map a file: does the call succeed, where does it lie, and what do accesses do?"""
    return mmapcall.run(
        mapping.MmapConfig(
            file_size=given("--file-size", parse_size, file_size),
            fill=natural("--fill", fill, 1),
            open_mode=one_of(open_mode, get_args(mapping.OpenMode), "--open-mode"),
            page_size=given("--page-size", parse_size, page_size),
            offset=given("--offset", parse_size, offset),
            length=given("--length", parse_size, length),
            prot=one_of(prot, get_args(mapping.Prot), "--prot"),
            flags=one_of(flags, get_args(mapping.Sharing), "--flags"),
            address=Hex(given("--address", parse_address, address)),
            placement=one_of(placement, get_args(mapping.Placement), "--placement"),
            chosen=Hex(given("--chosen", parse_address, chosen)),
            occupied=tuple(_area(item) for item in read_items(occupied, "area"))
            if occupied
            else (),
            ops=_operations(access),
        )
    )


def _operations(text: str) -> tuple[accesses.Operation, ...]:
    try:
        found = accesses.parse_operations(text)
    except InputError as error:
        raise InputError(f"--access: {error}") from None
    if len(found) > MOST_OPERATIONS:
        raise InputError(
            f"--access: {len(found)} operations; at most {MOST_OPERATIONS} are possible"
        )
    return found


def _area(item: str) -> mapping.Area:
    """The memory that an item of --occupied names."""
    start, *rest = item.split(":")
    if len(rest) not in (1, 2):
        raise InputError(f"--occupied {item}: ADDRESS:BYTES is expected, as 0x10000000:8K")
    return mapping.Area(
        start=given("--occupied", parse_address, start),
        length=given("--occupied", parse_size, rest[0]),
        value=natural("--occupied", rest[1]) if len(rest) > 1 else 0,
    )
