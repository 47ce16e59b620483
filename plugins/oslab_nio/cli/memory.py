"""The command memory: direct memory, its limit and its release."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.options import given, steps_shown
from oslab.quantities import parse_size
from oslab_nio import directmemory, memory
from oslab_nio.cli.script import naming, operations, version
from oslab_nio.memoryscript import parse_operation

app = group("Direct memory: limit, accounting, release.")


@simulator(app, "memory")
def memory_command(
    script: Annotated[
        str, typer.Argument(help="A file of operations, one a line; - for stdin.")
    ] = "",
    ops: Annotated[
        str, typer.Option(help="The operations themselves: 'a = allocateDirect 64M; a = null; gc'.")
    ] = "",
    max_direct: Annotated[
        str, typer.Option(help="-XX:MaxDirectMemorySize; as --xmx if not said.")
    ] = "",
    xmx: Annotated[str, typer.Option(help="-Xmx: the most bytes of the heap.")] = "256M",
    aligned: Annotated[
        bool,
        typer.Option("--aligned", help="-XX:+PageAlignDirectMemory: a page more for each buffer."),
    ] = False,
    page_size: Annotated[str, typer.Option(help="Bytes in a page.")] = "4096",
    jdk: Annotated[str, typer.Option(help="The version of Java, 8 to 25.")] = "17",
    *,
    steps: bool | None = None,
) -> Run:
    """Allocate direct buffers, drop them, collect: what counts against the limit, and when it is freed."""
    found = operations(script, ops, parse_operation, "a = allocateDirect 64M; a = null; gc")
    config = directmemory.MemoryConfig(
        max_direct=given("--max-direct", parse_size, max_direct) if max_direct else None,
        xmx=given("--xmx", parse_size, xmx),
        aligned=aligned,
        page_size=given("--page-size", parse_size, page_size),
        jdk=version(jdk),
        ops=found,
    )
    with naming(script):
        if steps_shown(steps, len(found), "operations"):
            return memory.run(config)
        return Run(
            command="nio.memory",
            config=config,
            conventions=memory.conventions(config),
            metrics=memory.count(config),
        )
