"""The command cost: work and bytes for n descriptors, k of them ready."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import natural, one_of
from oslab_multiplex import cost

app = group("The cost of waiting.")


@simulator(app, "cost")
def cost_command(
    fds: Annotated[str, typer.Option(help="Descriptors watched.")] = "1000",
    ready: Annotated[str, typer.Option(help="Of them ready at each wait.")] = "1",
    max_fd: Annotated[
        str,
        typer.Option(help="The highest of their numbers; fds + 2 if not said (0, 1, 2 are taken)."),
    ] = "",
    waits: Annotated[str, typer.Option(help="Calls of select, poll or epoll_wait.")] = "1",
    sets: Annotated[str, typer.Option(help="Sets that select is given: 1, 2 or 3.")] = "1",
    mechanism: Annotated[
        str, typer.Option(metavar="NAME,...", help="select, poll, epoll; or all.")
    ] = "all",
) -> Run:
    """What select, poll and epoll look at and copy, n descriptors being watched, k of them ready."""
    many = natural("--fds", fds, 1)
    return cost.run(
        cost.CostConfig(
            mechanisms=_mechanisms(mechanism),
            fds=many,
            ready=natural("--ready", ready),
            max_fd=natural("--max-fd", max_fd) if max_fd else many + 2,
            sets=natural("--sets", sets, 1),
            waits=natural("--waits", waits),
        )
    )


def _mechanisms(text: str) -> tuple[cost.Mechanism, ...]:
    if text == "all":
        return cost.MECHANISMS
    named = read_items(text, "mechanism")
    return tuple(dict.fromkeys(one_of(n, cost.MECHANISMS, "--mechanism") for n in named))
