"""The commands ``oslab buddy …``."""

from __future__ import annotations

from typing import Annotated

import typer
from oslab import Run, group, simulator
from oslab.quantities import parse_address, parse_size

from oslab_buddy import allocator, block
from oslab_buddy.operations import parse_operations

app = group("Buddy allocation: split, hand out, merge.")

MinBlock = Annotated[str, typer.Option(help="Bytes of the smallest block, a power of two.")]


@simulator(app, "run")
def run_command(
    ops: Annotated[
        str, typer.Option(help="Operations, such as 'P=alloc 9K; Q=alloc 20K; free P'.")
    ],
    memory: Annotated[str, typer.Option(help="Bytes managed, a power of two.")] = "64K",
    min_block: MinBlock = "4K",
    before: Annotated[
        str, typer.Option(help="Operations before the first step: the state it begins with.")
    ] = "",
    pick: Annotated[
        allocator.Pick,
        typer.Option(help="Which of several free blocks of the right size is taken."),
    ] = "lowest",
    merge: Annotated[
        bool, typer.Option("--merge/--no-merge", help="Freed blocks merge with their buddies.")
    ] = True,
) -> Run:
    """Allocate and free blocks, step by step."""
    return allocator.run(
        allocator.BuddyConfig(
            memory=parse_size(memory),
            min_block=parse_size(min_block),
            before=parse_operations(before),
            ops=parse_operations(ops),
            pick=pick,
            merge=merge,
        )
    )


@simulator(app, "waste")
def waste_command(
    request: Annotated[str, typer.Argument(help="Bytes asked for, such as 9300 or 9K.")],
    min_block: MinBlock = "4K",
    address: Annotated[str, typer.Option(help="Where the block lies that is handed out.")] = "0",
) -> Run:
    """The block for one request: its size, what is lost in it, its buddy."""
    return block.run(
        block.WasteConfig(parse_size(request), parse_size(min_block), parse_address(address))
    )
