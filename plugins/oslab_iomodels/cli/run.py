"""The command run: one model on its time line."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.options import one_of, steps_shown
from oslab_iomodels import simulate
from oslab_iomodels.cli.costs import (
    Arrivals,
    ComputeTime,
    Connections,
    CopyTime,
    Cores,
    Interval,
    PollInterval,
    Requests,
    ScanTime,
    SwitchTime,
    SyscallTime,
    ThreadMemory,
    costs,
    load_of,
)
from oslab_iomodels.load import MODELS, IoConfig, Model, Trigger

TRIGGERS: tuple[Trigger, ...] = ("level", "edge")

app = group("One model on its time line.")


@simulator(app, "run")
def run_command(
    model: Annotated[
        str,
        typer.Argument(help="blocking, nonblocking, select, poll, epoll, signal or async."),
    ],
    arrivals: Arrivals = "",
    connections: Connections = "",
    requests: Requests = "",
    interval: Interval = "",
    copy_time: CopyTime = "2us",
    compute_time: ComputeTime = "5us",
    poll_interval: PollInterval = "10us",
    syscall_time: SyscallTime = "1us",
    scan_time: ScanTime = "0",
    switch_time: SwitchTime = "2us",
    cores: Cores = "1",
    thread_memory: ThreadMemory = "32K",
    trigger: Annotated[
        str, typer.Option(help="Of epoll: level (if not said), or edge: read until EAGAIN.")
    ] = "",
    *,
    steps: bool | None = None,
) -> Run:
    """Follow one model of I/O: who waits, copies and computes when, and how many calls it takes."""
    kind: Model = one_of(model, MODELS, "the model")
    config = IoConfig(
        model=kind,
        trigger=_trigger(kind, trigger),
        **load_of(arrivals, connections, requests, interval),
        **costs(
            copy_time,
            compute_time,
            poll_interval,
            syscall_time,
            scan_time,
            switch_time,
            cores,
            thread_memory,
        ),
    )
    many = config.requests
    if not steps_shown(steps, many, "requests"):
        return Run(
            command="iomodels.run",
            config=config,
            conventions=simulate.conventions(config),
            metrics=simulate.count(config),
        )
    return simulate.run(config)


def _trigger(model: Model, text: str) -> Trigger | None:
    if model == "epoll":
        return one_of(text or "level", TRIGGERS, "--trigger")
    if text:
        raise InputError(f"--trigger is for epoll; {model} has none")
    return None
