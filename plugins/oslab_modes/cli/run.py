"""The command run: a script of instructions, calls and interrupts."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.options import given, steps_shown
from oslab.cli.scripts import read_script
from oslab.quantities import parse_time
from oslab_modes import simulate
from oslab_modes.cli.options import (
    Bitmap,
    Iopl,
    Level,
    MapBase,
    ModelName,
    Ports,
    Split,
    TssLimit,
    level_of,
    map_from,
    model_of,
    split_of,
)
from oslab_modes.machine import Processor
from oslab_modes.operations import Op, length, parse_operations

app = group("Instructions, calls and interrupts under the rules of privilege.")


@simulator(app, "run")
def run_command(
    script: Annotated[
        str, typer.Argument(help="A file of operations, one a line; - for stdin.")
    ] = "",
    ops: Annotated[
        str, typer.Option(help="The operations themselves: 'load 0x1000; hlt; syscall read 100'.")
    ] = "",
    model: ModelName = "linux64",
    cpl: Level = "",
    iopl: Iopl = "",
    ports: Ports = "",
    bitmap: Bitmap = "",
    map_base: MapBase = "",
    tss_limit: TssLimit = "",
    split: Split = "",
    smap: Annotated[
        bool, typer.Option("--smap", help="The kernel may not touch the user's data unasked.")
    ] = False,
    smep: Annotated[
        bool, typer.Option("--smep", help="The kernel may not execute the user's code.")
    ] = False,
    instruction: Annotated[str, typer.Option(help="Time of an instruction.")] = "1ns",
    enter: Annotated[str, typer.Option(help="Time of a crossing into the kernel.")] = "50ns",
    leave: Annotated[str, typer.Option(help="Time of a crossing out of it.")] = "50ns",
    work: Annotated[
        str, typer.Option(help="The kernel's work where an operation says no time.")
    ] = "100ns",
    call: Annotated[
        str, typer.Option(help="A library or vDSO call, a handler, where it says no time.")
    ] = "25ns",
    switch: Annotated[str, typer.Option(help="Switching a task in.")] = "1500ns",
    *,
    steps: bool | None = None,
) -> Run:
    """Follow instructions, system calls and interrupts: what runs, what traps, what crosses."""
    of = model_of(model)
    config = simulate.RunConfig(
        processor=Processor(
            model=of,
            split=split_of(split, of),
            cpl=level_of("--cpl", cpl, of),
            iopl=level_of("--iopl", iopl, of),
            ports=map_from(ports, bitmap, map_base, tss_limit),
            smap=smap,
            smep=smep,
        ),
        ops=_operations(script, ops),
        instruction_ns=_time("--instruction", instruction),
        enter_ns=_time("--enter", enter),
        leave_ns=_time("--leave", leave),
        work_ns=_time("--work", work),
        call_ns=_time("--call", call),
        switch_ns=_time("--switch", switch),
    )
    many = length(config.ops)
    if not steps_shown(steps, many, "operations"):
        return Run(
            command="modes.run",
            config=config,
            conventions=simulate.conventions(config),
            metrics=simulate.count(config),
        )
    return simulate.run(config)


def _operations(script: str, ops: str) -> tuple[Op, ...]:
    example = "--ops 'load 0x1000; hlt; syscall read 100'"
    text = read_script(script, ops, "a script is expected", example)
    if ops:
        return parse_operations(ops)
    try:
        return parse_operations(text)
    except InputError as error:
        raise InputError(f"{'standard input' if script == '-' else script}: {error}") from None


def _time(option: str, text: str) -> Fraction:
    return given(option, parse_time, text)
