"""The command machine: machine files, to copy and change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from oslab import Text, group
from oslab_memory.machinefile import preset_text, presets

app = group("Machine files.")

_ABOUT: Mapping[str, Text] = {
    "csapp-9.20": Text(
        "the small memory system of the textbook CS:APP, 9.6.4",
        "教材《深入理解计算机系统》9.6.4 节的小型存储系统",
    ),
    "small": Text(
        "two levels of page tables, three page frames, swap: to follow by hand",
        "两级页表、三个页框、交换区：适合手工跟踪",
    ),
    "x86-64": Text(
        "a PC: four levels of page tables, two of TLB, three of cache",
        "一台 PC：四级页表、两级 TLB、三级高速缓存",
    ),
}


@app.command("machine")
def machine_command(
    name: Annotated[str, typer.Argument(help="Which machine to print; none: list them.")] = "",
) -> None:
    """Print the file of a machine, to copy and change; without a name, list the machines."""
    if name:
        typer.echo(preset_text(name), nl=False)
        return
    wide = max(map(len, presets()))
    for preset in presets():
        typer.echo(f"{preset:{wide}}  {_ABOUT[preset]}")
