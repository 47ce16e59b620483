"""The command run: a script of pipes, sockets, eventfds and waits."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.options import natural, one_of, steps_shown
from oslab.cli.scripts import read_script
from oslab_multiplex import simulate
from oslab_multiplex.script import Op, lines_of, parse

EXAMPLE = "--ops 'pipe a; epoll e; ctl e add a.r in; write a 4; wait e'"

app = group("A script of pipes, sockets and waits.")


@simulator(app, "run")
def run_command(
    script: Annotated[
        str, typer.Argument(help="A file of operations, one a line; - for stdin.")
    ] = "",
    ops: Annotated[
        str,
        typer.Option(
            help="The operations: 'pipe a; epoll e; ctl e add a.r in,et; write a 4; wait e'."
        ),
    ] = "",
    mechanism: Annotated[
        str, typer.Option(help="What a wait asks: epoll, select or poll.")
    ] = "epoll",
    pipe_wake: Annotated[
        str,
        typer.Option(
            help="When a read wakes a pipe's writers: slot (Linux 6.14 and later) or was-full."
        ),
    ] = "slot",
    first_fd: Annotated[str, typer.Option(help="The lowest free descriptor at the start.")] = "3",
    *,
    steps: bool | None = None,
) -> Run:
    """Follow descriptors, interests and waits: what each wait returns, and why."""
    text = read_script(script, ops, "a script is expected", EXAMPLE)
    operations = _operations(script, text)
    config = simulate.MultiplexConfig(
        mechanism=one_of(mechanism, ("epoll", "select", "poll"), "--mechanism"),
        pipe_wake=one_of(pipe_wake, ("slot", "was-full"), "--pipe-wake"),
        first_fd=natural("--first-fd", first_fd),
        ops=operations,
    )
    many = len(operations)
    try:
        if not steps_shown(steps, many, "operations"):
            return Run(
                command="multiplex.run",
                config=config,
                conventions=simulate.conventions(config),
                metrics=simulate.count(config),
            )
        return simulate.run(config)
    except simulate.BadOperation as error:
        if not script:
            raise
        where = "" if script == "-" else f"{script}, "
        raise InputError(f"{where}line {lines_of(text)[error.number - 1]}: {error}") from None


def _operations(script: str, text: str) -> tuple[Op, ...]:
    try:
        found = parse(text)
    except InputError as error:
        if not script or script == "-":
            raise
        raise InputError(f"{script}, {error}") from None
    if not found:
        raise InputError("the script is empty; an operation such as pipe a is expected")
    return found
