"""The command choose: which paths can carry a transfer."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural, one_of
from oslab.quantities import parse_size
from oslab_zerocopy import choose
from oslab_zerocopy.paths import PATHS

NEEDS = ("look", "modify", "no-pipe")

app = group("Paths for a need.")


@simulator(app, "choose")
def choose_command(
    source: Annotated[
        str, typer.Option(metavar="/".join(get_args(choose.Source)), help="Where the data are.")
    ] = "file",
    target: Annotated[
        str, typer.Option(metavar="/".join(get_args(choose.Target)), help="Where they go.")
    ] = "socket",
    need: Annotated[
        str,
        typer.Option(
            metavar=",".join(NEEDS),
            help="look: the program looks at the data; modify: it changes them on the way; "
            "no-pipe: it may open none.",
        ),
    ] = "",
    size: Annotated[str, typer.Option(help="Bytes to transfer.")] = "64K",
    chunk: Annotated[str, typer.Option(help="Bytes asked for in one call.")] = "64K",
    pipe_size: Annotated[str, typer.Option(help="Bytes that a pipe holds.")] = "64K",
    batch: Annotated[str, typer.Option(help="Chunks submitted by one io_uring_enter.")] = "1",
    paths: Annotated[
        str, typer.Option(metavar="PATH,...", help="Only these paths; if not said, all.")
    ] = "",
) -> Run:
    """Say of each path whether it can do what is needed, and with how many mode switches."""
    needs = [one_of(item, NEEDS, "--need") for item in read_items(need, "need")] if need else []
    wanted = read_items(paths, "path") if paths else list(PATHS)
    candidates = tuple(one_of(item, tuple(PATHS), "--paths") for item in wanted)
    if len(set(candidates)) < len(candidates):
        raise InputError("--paths names a path twice")
    return choose.run(
        choose.ChooseConfig(
            source=one_of(source, get_args(choose.Source), "--source"),
            target=one_of(target, get_args(choose.Target), "--target"),
            view="modify" if "modify" in needs else "look" if "look" in needs else "pass",
            pipes="no-pipe" not in needs,
            size=given("--size", parse_size, size),
            chunk=given("--chunk", parse_size, chunk),
            pipe_size=given("--pipe-size", parse_size, pipe_size),
            batch=natural("--batch", batch, 1),
            candidates=candidates,
        )
    )
