"""The command presets: how known servers are built."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.options import natural
from oslab.quantities import shown
from oslab_reactor import presets
from oslab_reactor.servers import KINDS, Setup, kind_of, setup

app = group("How known servers are built.")


@simulator(app, "presets")
def presets_command(
    servers: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SERVER]...",
            help="redis, memcached, kafka, nginx; all if none is named. With settings: "
            "'redis 7.2 io-threads=4'.",
        ),
    ] = None,
    version: Annotated[str, typer.Option(help="Of the one server that is named.")] = "",
    io_threads: Annotated[str, typer.Option(help="redis: io-threads, the main one included.")] = "",
    workers: Annotated[str, typer.Option(help="memcached: its option -t.")] = "",
    num_network_threads: Annotated[str, typer.Option(help="kafka: for each listener.")] = "",
    num_io_threads: Annotated[str, typer.Option(help="kafka: request handlers.")] = "",
    listeners: Annotated[str, typer.Option(help="kafka: listeners.")] = "",
    worker_processes: Annotated[str, typer.Option(help="nginx: worker processes.")] = "",
    aio_threads: Annotated[
        str,
        typer.Option(
            help="nginx: threads of `aio threads` in each worker; 32 in its default pool, 0 is off."
        ),
    ] = "",
    connections: Annotated[
        str, typer.Option(help="Open connections of each, for the entries of its epoll instances.")
    ] = "1000",
) -> Run:
    """Processes, threads, epoll instances and who does what, from the settings."""
    options = {
        "io-threads": ("--io-threads", io_threads),
        "threads": ("--workers", workers),
        "num.network.threads": ("--num-network-threads", num_network_threads),
        "num.io.threads": ("--num-io-threads", num_io_threads),
        "listeners": ("--listeners", listeners),
        "worker_processes": ("--worker-processes", worker_processes),
        "aio-threads": ("--aio-threads", aio_threads),
    }
    said = {n: natural(option, text) for n, (option, text) in options.items() if text}
    named = servers or list(KINDS)
    if version and len(named) > 1:
        raise InputError(
            "--version is that of one server; of several, each has its own: 'redis 7.2' nginx"
        )
    words = [(text, text.split()) for text in named]
    for text, parts in words:
        if not parts:
            raise InputError(
                f"{shown(text)} is not a server; 'redis 7.2 io-threads=4' would be one"
            )
    here = {name for _, parts in words for name in kind_of(parts[0]).options}
    for name in said:
        if name not in here:
            raise InputError(f"{options[name][0]}: none of the servers named has this setting")
    return presets.run(
        presets.PresetsConfig(
            tuple(_setup(parts, said, version) for _, parts in words),
            natural("--connections", connections),
        )
    )


def _setup(parts: list[str], said: dict[str, int], version: str) -> Setup:
    """A server as it was typed, with what the options say of it."""
    server, *rest = parts
    typed: dict[str, int] = {}
    for part in rest:
        name, equals, value = part.partition("=")
        if equals:
            typed[name] = natural(f"{server} {name}", value)
        elif part is rest[0]:
            version = part
        else:
            raise InputError(f"{server}: {shown(part)} is not a setting; name=4 would be one")
    common = {name: value for name, value in said.items() if name in kind_of(server).options}
    return setup(server, version, {**common, **typed})
