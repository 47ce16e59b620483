"""The commands access and run: accesses through a whole machine."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.traces import Trace, TraceFormat, read_trace
from oslab.traces.access import MOST_STEPS, at_most, parse_reference
from oslab_memory import access as accesses
from oslab_memory.machine import Machine
from oslab_memory.machinefile import preset as preset_machine
from oslab_memory.machinefile import presets, read_machine

app = group("Accesses through a whole machine.")


MachineFile = Annotated[
    str,
    typer.Option(
        "--machine", metavar="FILE",
        help="The machine: a file as oslab memory machine prints it.",
    ),
]  # fmt: skip
Preset = Annotated[
    str,
    typer.Option(
        "--preset", metavar="NAME",
        help=f"Or a machine that comes with oslab: {', '.join(presets())}. If nothing is said, access "
        "uses csapp-9.20 and run x86-64.",
    ),
]  # fmt: skip


@simulator(app, "access")
def access_command(
    va: Annotated[
        list[str],
        typer.Argument(
            metavar="VA...",
            help="Virtual addresses: 0x3d4 is read, 0x3d4w written, 0x3d4x fetched; 0x3d4/4 has 4 "
            "bytes. A list, @FILE or - (stdin).",
        ),
    ],
    machine: MachineFile = "",
    preset: Preset = "",
) -> Run:
    """Follow accesses through TLB, page tables, page faults and caches, step by step."""
    items = tuple(read_items(va, "access"))
    for item in items:
        parse_reference(item)
    return accesses.run(accesses.AccessConfig(items, _machine(machine, preset, "csapp-9.20")))


@simulator(app, "run")
def run_command(
    refs: Annotated[
        str, typer.Option("--refs", help="Accesses, 0x10 or 0x10w: a list, @FILE or - (stdin).")
    ] = "",
    trace: Trace = "",
    trace_format: TraceFormat = "",
    machine: MachineFile = "",
    preset: Preset = "",
    *,
    steps: bool | None,
) -> Run:
    """Run accesses or a whole trace through a machine, and count what happens."""
    if bool(refs) == bool(trace):
        raise InputError("give either --refs, such as 0x10,0x20w, or --trace FILE")
    found = _machine(machine, preset, "x86-64")
    if refs:
        given = [parse_reference(item) for item in read_items(refs, "access")]
        return accesses.figures(found, given, "", steps is not False)
    stream = read_trace(trace, trace_format)
    if not steps:
        return accesses.figures(found, stream, trace, telling=False)
    first = at_most(
        stream,
        MOST_STEPS,
        f"--steps shows at most {MOST_STEPS} accesses and {trace} has more; without --steps it "
        "is counted",
    )
    return accesses.figures(found, first, trace, telling=True)


def _machine(file: str, preset: str, usual: str) -> Machine:
    if file and preset:
        raise InputError("give either --machine FILE or --preset NAME, not both")
    return read_machine(file) if file else preset_machine(preset or usual)
