"""The command map: FileChannel.map, and what is done with the buffer."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Hex, Run, group, simulator
from oslab.cli.options import given, natural, one_of, steps_shown
from oslab.quantities import parse_address, parse_size
from oslab_nio import mappedfile, mapping
from oslab_nio.cli.script import version
from oslab_nio.mapscript import MODES, OPENED, map_op, parse_operation, size_or_negative
from oslab_nio.script import parse_script

app = group("FileChannel.map.")


@simulator(app, "map")
def map_command(
    position: Annotated[str, typer.Option(help="Where in the file the buffer begins.")] = "0",
    size: Annotated[str, typer.Option(help="Bytes of the buffer.")] = "4096",
    mode: Annotated[str, typer.Option(help="read_only, read_write or private.")] = "read_write",
    file_size: Annotated[str, typer.Option(help="Bytes in the file.")] = "1M",
    opened: Annotated[
        str, typer.Option("--open", help="The channel can be read (r), written (w) or both (rw).")
    ] = "rw",
    granularity: Annotated[
        str, typer.Option(help="What the offset of a mapping is a multiple of.")
    ] = "4096",
    page_size: Annotated[str, typer.Option(help="Bytes in a page.")] = "4096",
    ops: Annotated[
        str,
        typer.Option(
            help="Then: 'put 5 7; get 9000; force; load; isLoaded; file 5; close; map private 0 8K r'."
        ),
    ] = "",
    cached: Annotated[
        bool, typer.Option("--cached", help="The file is in the page cache at the start.")
    ] = False,
    base: Annotated[str, typer.Option(help="The address that mmap returns.")] = "0x7f0000000000",
    jdk: Annotated[str, typer.Option(help="The version of Java, 8 to 25.")] = "17",
    arena: Annotated[
        bool, typer.Option("--arena", help="Map into an Arena (JDK 22): no limit of 2 GiB.")
    ] = False,
    mmap_fails: Annotated[
        str, typer.Option(help="How often mmap fails for want of memory: 0, 1 or 2.")
    ] = "0",
    *,
    steps: bool | None = None,
) -> Run:
    """What FileChannel.map checks, extends and maps, and what put, get, force, load and isLoaded do."""
    first = map_op(
        one_of(mode.lower(), MODES, "--mode"),
        given("--position", size_or_negative, position),
        given("--size", size_or_negative, size),
    )
    config = mappedfile.MapConfig(
        file_size=given("--file-size", parse_size, file_size),
        opened=one_of(opened, OPENED, "--open"),
        cached=cached,
        granularity=given("--granularity", parse_size, granularity),
        page_size=given("--page-size", parse_size, page_size),
        base=Hex(given("--base", parse_address, base)),
        jdk=version(jdk),
        arena=arena,
        mmap_fails=natural("--mmap-fails", mmap_fails),
        ops=(first, *parse_script(ops, parse_operation)),
    )
    if steps_shown(steps, len(config.ops), "operations"):
        return mapping.run(config)
    return Run(
        command="nio.map",
        config=config,
        conventions=mapping.conventions(config),
        metrics=mapping.count(config),
    )
