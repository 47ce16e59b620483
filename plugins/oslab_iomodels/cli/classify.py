"""The command classify: the model that two phases make, or that a timed trace shows."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.options import given, one_of
from oslab.quantities import parse_time
from oslab_iomodels import classify, phases

app = group("The model that two phases make.")


@simulator(app, "classify")
def classify_command(
    traces: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TRACE]...",
            help="Such as 'recv 0..43us; ready 40us; copied 40us..43us'; then --phase1 and --phase2 are not said.",
        ),
    ] = None,
    phase1: Annotated[
        str, typer.Option(help="Until data are ready the thread waits, polls, watches or goes-on.")
    ] = "",
    phase2: Annotated[str, typer.Option(help="They are copied by the caller or the kernel.")] = "",
    ready: Annotated[str, typer.Option(help="When they are ready, after the first call.")] = "40us",
    copy_time: Annotated[str, typer.Option(help="Copying them.")] = "4us",
    syscall_time: Annotated[str, typer.Option(help="A call, at its start.")] = "1us",
    pause: Annotated[str, typer.Option(help="Between two calls of one that polls.")] = "9us",
) -> Run:
    """Blocking or not, synchronous or not, the model's name, and how long the thread is blocked."""
    if bool(traces) == bool(phase1 or phase2):
        raise InputError(
            "expected: traces, or --phase1 and --phase2" + (", not both" if traces else "")
        )
    if traces:
        found = tuple(_trace(n, text) for n, text in enumerate(traces, start=1))
        return classify.run(classify.ClassifyConfig(found))
    if not (phase1 and phase2):
        raise InputError("--phase1 and --phase2 go together: --phase1 waits --phase2 caller")
    return phases.run(
        phases.PhasesConfig(
            phase1=one_of(phase1, get_args(phases.Phase1), "--phase1"),
            phase2=one_of(phase2, get_args(phases.Phase2), "--phase2"),
            ready_ns=given("--ready", parse_time, ready),
            copy_time_ns=given("--copy-time", parse_time, copy_time),
            call_ns=given("--syscall-time", parse_time, syscall_time),
            pause_ns=given("--pause", parse_time, pause),
        )
    )


def _trace(n: int, text: str) -> classify.Trace:
    try:
        return classify.parse_trace(text)
    except InputError as error:
        raise InputError(f"trace {n}: {error}") from None
