"""The command limits: what each mechanism says to a descriptor number."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural
from oslab.quantities import parse_int
from oslab_multiplex import limits

app = group("Limits of select, poll and epoll.")


@simulator(app, "limits")
def limits_command(
    fds: Annotated[
        list[str] | None, typer.Argument(metavar="[FD]...", help="Numbers of descriptors.")
    ] = None,
    rlimit: Annotated[
        str, typer.Option(help="RLIMIT_NOFILE (ulimit -n), the soft limit.")
    ] = "1048576",
    lowered: Annotated[
        str, typer.Option(help="RLIMIT_NOFILE when poll is called; --rlimit if not said.")
    ] = "",
    entries: Annotated[str, typer.Option(help="Entries in the array of poll.")] = "",
    max_user_watches: Annotated[
        str, typer.Option(help="Of /proc/sys/fs/epoll: registrations of a user.")
    ] = "1000000",
    watches: Annotated[str, typer.Option(help="Registrations the user has already.")] = "0",
    fd_setsize: Annotated[
        str, typer.Option(help="Bits of an fd_set; a constant of the C library.")
    ] = "1024",
    depth: Annotated[str, typer.Option(help="epoll instances in a chain of watchers.")] = "",
    size: Annotated[str, typer.Option(help="The argument of epoll_create.")] = "",
    taken: Annotated[
        str,
        typer.Option(help="A server: descriptors open before its first connection, with listener."),
    ] = "",
    each: Annotated[str, typer.Option(help="Descriptors that each connection opens.")] = "1",
) -> Run:
    """What select, poll and epoll say to a descriptor; which connection of a server fails first."""
    most = natural("--rlimit", rlimit)
    numbers = read_items(fds, "descriptor") if fds else []
    return limits.run(
        limits.LimitsConfig(
            fds=tuple(given("descriptor", parse_int, fd) for fd in numbers),
            rlimit=most,
            lowered=natural("--lowered", lowered) if lowered else most,
            entries=natural("--entries", entries) if entries else None,
            watches=natural("--watches", watches),
            max_user_watches=natural("--max-user-watches", max_user_watches),
            fd_setsize=natural("--fd-setsize", fd_setsize, 1),
            depth=natural("--depth", depth, 1) if depth else None,
            size=given("--size", parse_int, size) if size else None,
            taken=natural("--taken", taken, 1) if taken else None,
            each=natural("--each", each, 1),
        )
    )
