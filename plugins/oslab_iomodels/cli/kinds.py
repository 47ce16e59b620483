"""The command async: kinds of asynchronous I/O, and where they block."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from oslab import Run, group, simulator
from oslab.cli.options import given, natural, one_of, steps_shown
from oslab.quantities import parse_time
from oslab_iomodels import kinds

app = group("Kinds of asynchronous I/O, and where they block.")


@simulator(app, "async")
def async_command(
    kind: Annotated[
        list[str],
        typer.Argument(
            metavar="KIND[/TARGET]...",
            help="io_uring, iocp, posix-aio, libaio; several to compare: libaio/socket io_uring/socket.",
        ),
    ],
    on: Annotated[
        str, typer.Option(help="What is read: socket, pipe, file-buffered, file-direct.")
    ] = "socket",
    requests: Annotated[
        str, typer.Option(help="Reads that are submitted, one after the other.")
    ] = "4",
    cached: Annotated[
        Literal["yes", "no"],
        typer.Option(help="Whether the pages of buffered files are in the page cache."),
    ] = "no",
    syscall_time: Annotated[str, typer.Option(help="A call, at its start.")] = "1us",
    submit_time: Annotated[
        str, typer.Option(help="Handing over one request, inside the call.")
    ] = "1us",
    device_time: Annotated[
        str,
        typer.Option(help="Files: the device, for each. Sockets, pipes: when all the data come."),
    ] = "100us",
    copy_time: Annotated[str, typer.Option(help="Copying the data of one request.")] = "4us",
    wake_time: Annotated[
        str, typer.Option(help="posix-aio: until a thread begins with what it is given.")
    ] = "5us",
    pool: Annotated[str, typer.Option(help="posix-aio: threads there may be.")] = "20",
    *,
    steps: bool | None = None,
) -> Run:
    """Who waits and who copies, how long the submit calls take, and when the completions come."""
    config = kinds.KindsConfig(
        cases=tuple(_case(text, on) for text in kind),
        requests=natural("--requests", requests, 1),
        cached=cached == "yes",
        call_ns=given("--syscall-time", parse_time, syscall_time),
        submit_ns=given("--submit-time", parse_time, submit_time),
        device_ns=given("--device-time", parse_time, device_time),
        copy_time_ns=given("--copy-time", parse_time, copy_time),
        wake_ns=given("--wake-time", parse_time, wake_time),
        pool=natural("--pool", pool, 1),
    )
    many = len(config.cases) * (2 * config.requests + 1)
    if not steps_shown(steps, many, "steps", "ask for fewer requests"):
        return Run(
            command="iomodels.async",
            config=config,
            conventions=kinds.conventions(config),
            metrics=kinds.metrics(config),
        )
    return kinds.run(config)


def _case(text: str, on: str) -> kinds.Case:
    kind, slash, target = text.partition("/")
    return kinds.Case(
        one_of(kind, kinds.KINDS, "the kind"),
        one_of(target if slash else on, kinds.TARGETS, "what is read"),
    )
