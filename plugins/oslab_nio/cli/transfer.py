"""The command transfer: what transferTo and transferFrom try."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural, one_of, steps_shown
from oslab.quantities import parse_size, shown
from oslab_nio import channel, transfer
from oslab_nio.channel import JDKS, OTHERS, SUPPORT, Request, Support
from oslab_nio.script import parse_script
from oslab_nio.script import size as size_of

app = group("transferTo and transferFrom.")


@simulator(app, "transfer")
def transfer_command(
    count: Annotated[str, typer.Option(help="Bytes asked for; all there are if not said.")] = "",
    position: Annotated[
        str, typer.Option(help="In this file: where bytes are read, or with --from written.")
    ] = "0",
    size: Annotated[
        str, typer.Option(help="Bytes in the file, or in the source with --from.")
    ] = "1M",
    target: Annotated[str, typer.Option(help="transferTo a socket, file, pipe or other.")] = "",
    source: Annotated[
        str,
        typer.Option(
            "--from", help="transferFrom a socket, file, pipe or other, in place of --target."
        ),
    ] = "",
    ops: Annotated[
        str,
        typer.Option(
            help="Several, in place of the options above: 'to file 0 20000 1M; from socket 0 3M 2M' "
            "(position, count, size)."
        ),
    ] = "",
    jdk: Annotated[str, typer.Option(help="The version of Java: 8, 17 or 25.")] = "17",
    kernel_support: Annotated[
        str,
        typer.Option(
            metavar="NAME,...",
            help="What the kernel can do: sendfile-socket, sendfile-file, sendfile-pipe, "
            "copy-file-range; all or none.",
        ),
    ] = "all",
    until_done: Annotated[
        bool, typer.Option("--until-done", help="Repeat each call for its rest until all is moved.")
    ] = False,
    room: Annotated[
        str,
        typer.Option(
            help="Bytes a non-blocking socket or pipe takes in a call; else it takes all."
        ),
    ] = "",
    target_size: Annotated[str, typer.Option(help="With --from: bytes in this file before.")] = "0",
    gather: Annotated[
        bool, typer.Option("--gather/--no-gather", help="The network card gathers, or does not.")
    ] = True,
    *,
    steps: bool | None = None,
) -> Run:
    """What transferTo and transferFrom try, in order, and what each call moves."""
    version = natural("--jdk", jdk)
    if version not in JDKS:
        raise InputError(f"--jdk {version}: what is tried is known of JDK 8, 17 and 25")
    if ops and (target or source or count or position != "0" or size != "1M"):
        raise InputError(
            "--ops stands in place of --target, --from, --position, --count and --size; leave these out"
        )
    config = channel.TransferConfig(
        requests=parse_script(ops, parse_request)
        if ops
        else (_request(target, source, position, count, size),),
        until_done=until_done,
        jdk=version,  # type: ignore[arg-type]
        support=_support(kernel_support),
        room=given("--room", parse_size, room) if room else None,
        target_size=given("--target-size", parse_size, target_size),
        gather=gather,
    )
    many = sum(1 for _ in transfer.calls(config)) if until_done else len(config.requests)
    if steps_shown(steps, many, "steps"):
        return transfer.run(config)
    return Run(
        command="nio.transfer",
        config=config,
        conventions=transfer.conventions(config),
        metrics=transfer.count(config),
    )


def _request(target: str, source: str, position: str, count: str, size: str) -> Request:
    if target and source:
        raise InputError("--target is for transferTo, --from for transferFrom; give one of them")
    at = given("--position", parse_size, position)
    there = given("--size", parse_size, size)
    if source:
        asked = given("--count", parse_size, count) if count else there
        return Request("from", one_of(source, OTHERS, "--from"), at, asked, there)
    asked = given("--count", parse_size, count) if count else max(there - at, 0)
    return Request("to", one_of(target or "socket", OTHERS, "--target"), at, asked, there)


def parse_request(text: str) -> Request:
    """A transfer of a script: ``to file 0 20000 1M``. Raises InputError."""
    words = text.split()
    if len(words) != 5 or words[0] not in ("to", "from"):
        raise InputError(
            f"{shown(text)}: to or from, then socket, file, pipe or other, position, count and size "
            "are expected, as to file 0 20000 1M"
        )
    at, asked, there = (size_of(word, "a number of bytes") for word in words[2:])
    return Request(words[0], one_of(words[1], OTHERS, "a transfer:"), at, asked, there)  # type: ignore[arg-type]


def _support(text: str) -> tuple[Support, ...]:
    if text in ("all", "none"):
        return SUPPORT if text == "all" else ()
    named = {one_of(item, SUPPORT, "--kernel-support") for item in read_items(text, "name")}
    return tuple(name for name in SUPPORT if name in named)
