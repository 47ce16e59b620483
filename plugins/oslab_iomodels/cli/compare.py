"""The command compare: the same load through all models."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural, one_of
from oslab.quantities import parse_size
from oslab_iomodels import compare
from oslab_iomodels.cli.costs import (
    Arrivals,
    ComputeTime,
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
    whole_ns,
)

app = group("The same load through all models.")


@simulator(app, "compare")
def compare_command(
    arrivals: Arrivals = "",
    connections: Annotated[
        str, typer.Option(help="Connections; several numbers to see growth: 10,1000,100000.")
    ] = "",
    requests: Requests = "",
    interval: Interval = "",
    models: Annotated[
        str,
        typer.Option(
            help="Some of blocking, nonblocking, select, poll, epoll, epoll-et, signal, async."
        ),
    ] = "",
    copy_time: CopyTime = "2us",
    compute_time: ComputeTime = "5us",
    poll_interval: PollInterval = "10us",
    syscall_time: SyscallTime = "1us",
    scan_time: ScanTime = "10ns",
    switch_time: SwitchTime = "2us",
    cores: Cores = "1",
    thread_memory: ThreadMemory = "32K",
    most_syscalls: Annotated[str, typer.Option(help="A bound: at most so many calls.")] = "",
    most_memory: Annotated[str, typer.Option(help="A bound: at most so many bytes.")] = "",
    most_cpu: Annotated[str, typer.Option(help="A bound: at most so much processor time.")] = "",
) -> Run:
    """Calls, switches, memory and time of each model under the same load, and how they grow."""
    numbers = _numbers(connections)
    load = load_of(arrivals, str(numbers[0]) if numbers else "", requests, interval)
    if arrivals and len(numbers) > 1:
        raise InputError("--arrivals is one load: with it one number of --connections is expected")
    return compare.run(
        compare.CompareConfig(
            models=_models(models),
            connections=numbers or (load["connections"],),
            requests=load["requests"] if arrivals or requests else None,
            interval_ns=load["interval_ns"],
            arrivals=load["arrivals"],
            **costs(
                copy_time, compute_time, poll_interval, syscall_time,
                scan_time, switch_time, cores, thread_memory,
            ),
            most_syscalls=natural("--most-syscalls", most_syscalls) if most_syscalls else None,
            most_memory=given("--most-memory", parse_size, most_memory) if most_memory else None,
            most_cpu_ns=whole_ns("--most-cpu", most_cpu) if most_cpu else None,
        )
    )  # fmt: skip


def _numbers(text: str) -> tuple[int, ...]:
    items = read_items(text, "number of connections") if text else []
    return tuple(natural("--connections", item, 1) for item in items)


def _models(text: str) -> tuple[compare.Variant, ...]:
    every = tuple(compare.VARIANTS)
    if not text:
        return every
    return tuple(one_of(item, every, "--models") for item in read_items(text, "model"))
