"""The command cost: what crossings cost, and what batches save."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import Run, group, simulator
from oslab.cli.options import given, natural
from oslab.quantities import parse_time
from oslab_modes import cost as mechanism

app = group("The cost of crossings.")


@simulator(app, "cost")
def cost_command(
    calls: Annotated[str, typer.Option(help="Pieces of work wanted from the kernel.")] = "1000",
    batch: Annotated[str, typer.Option(help="How many of them one call carries at most.")] = "32",
    enter: Annotated[str, typer.Option(help="Time of a crossing into the kernel.")] = "50ns",
    leave: Annotated[str, typer.Option(help="Time of a crossing out of it.")] = "50ns",
    work: Annotated[str, typer.Option(help="One piece of work in the kernel.")] = "200ns",
    user: Annotated[str, typer.Option(help="The program's own part of each piece.")] = "0ns",
    vdso: Annotated[
        str, typer.Option(help="One piece in the vDSO, if it can do such work: 25ns.")
    ] = "",
) -> Run:
    """The same work by single calls, in batches, and by the vDSO: mode switches and time."""
    return mechanism.run(
        mechanism.CostConfig(
            calls=natural("--calls", calls, 1),
            batch=natural("--batch", batch, 1),
            enter_ns=given("--enter", parse_time, enter),
            leave_ns=given("--leave", parse_time, leave),
            work_ns=given("--work", parse_time, work),
            user_ns=given("--user", parse_time, user),
            vdso_ns=given("--vdso", parse_time, vdso) if vdso else None,
        )
    )
