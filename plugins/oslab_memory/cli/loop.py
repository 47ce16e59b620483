"""The command loop: page faults, TLB and cache misses of a strided loop."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.options import given, natural, one_of
from oslab.quantities import parse_address, parse_size
from oslab_cache.cache import POLICIES as CACHE_POLICIES
from oslab_memory.loop import LoopConfig, machine_of, run
from oslab_memory.machine import Machine
from oslab_memory.machinefile import BLIND, presets, read_machine
from oslab_memory.machinefile import preset as preset_machine
from oslab_paging.replacement.conventions import PolicyName
from oslab_tlb.tlb import TlbPolicy

app = group("Page faults, TLB and cache misses of a strided loop.")

_FRAME_POLICIES: tuple[PolicyName, ...] = tuple(p for p in get_args(PolicyName) if p in BLIND)
_SIZES = {
    "page_size": "4096", "frames": "64", "frame_policy": "lru", "tlb": "16", "tlb_ways": "",
    "tlb_policy": "lru", "cache": "8K", "line": "64", "ways": "1", "cache_policy": "lru",
}  # fmt: skip


@simulator(app, "loop")
def loop_command(
    array: Annotated[str, typer.Option(help="Bytes of the array, such as 64K.")],
    stride: Annotated[str, typer.Option(help="Bytes from an element used to the next.")] = "64",
    elem: Annotated[str, typer.Option(help="Bytes of an element.")] = "4",
    passes: Annotated[str, typer.Option(help="How often the loop goes over the array.")] = "2",
    write: Annotated[bool, typer.Option("--write/--read", help="Elements are written.")] = False,
    base: Annotated[str, typer.Option(help="Address of the array's first byte.")] = "0",
    machine: Annotated[
        str, typer.Option(metavar="FILE", help="A machine file, in place of the sizes below.")
    ] = "",
    preset: Annotated[
        str, typer.Option(metavar="NAME", help=f"Or a machine of oslab's: {', '.join(presets())}.")
    ] = "",
    page_size: Annotated[str, typer.Option(help="Page size; 4096.", show_default=False)] = "",
    frames: Annotated[str, typer.Option(help="Page frames; 64.", show_default=False)] = "",
    frame_policy: Annotated[
        str, typer.Option(help="Which page leaves: lru, fifo, clock …; lru.", show_default=False)
    ] = "",
    tlb: Annotated[str, typer.Option(help="TLB entries; 16.", show_default=False)] = "",
    tlb_ways: Annotated[
        str, typer.Option(help="Ways of the TLB; as many as entries.", show_default=False)
    ] = "",
    tlb_policy: Annotated[
        str,
        typer.Option(help="Which entry leaves: lru, fifo, random, plru; lru.", show_default=False),
    ] = "",
    cache: Annotated[str, typer.Option(help="Bytes of the cache; 8K.", show_default=False)] = "",
    line: Annotated[str, typer.Option(help="Bytes of a line; 64.", show_default=False)] = "",
    ways: Annotated[str, typer.Option(help="Ways of the cache; 1.", show_default=False)] = "",
    cache_policy: Annotated[
        str,
        typer.Option(
            help="Which line leaves: lru, fifo, random, plru, lfu; lru.", show_default=False
        ),
    ] = "",
) -> Run:
    """Go over an array in strides, and count page faults, TLB misses and cache misses of each pass."""
    sizes = {
        "page_size": page_size, "frames": frames, "frame_policy": frame_policy, "tlb": tlb,
        "tlb_ways": tlb_ways, "tlb_policy": tlb_policy, "cache": cache, "line": line, "ways": ways,
        "cache_policy": cache_policy,
    }  # fmt: skip
    return run(
        LoopConfig(
            base=given("--base", parse_address, base),
            array=given("--array", parse_size, array),
            stride=given("--stride", parse_size, stride),
            elem=given("--elem", parse_size, elem),
            passes=natural("--passes", passes, 1),
            write=write,
            machine=_machine(machine, preset, {n: text for n, text in sizes.items() if text}),
        )
    )


def _machine(file: str, preset: str, sizes: dict[str, str]) -> Machine:
    """The machine of a file, of a preset, or of the sizes that were given."""
    if file and preset:
        raise InputError("give either --machine FILE or --preset NAME, not both")
    if (file or preset) and sizes:
        option = f"--{next(iter(sizes)).replace('_', '-')}"
        raise InputError(
            f"{option} belongs to a machine given by its sizes; with --machine or --preset change "
            "the machine file (oslab memory machine NAME prints one)"
        )
    if file or preset:
        return read_machine(file) if file else preset_machine(preset)
    texts = {**_SIZES, **sizes}
    entries = natural("--tlb", texts["tlb"], 1)
    return machine_of(
        page_size=given("--page-size", parse_size, texts["page_size"]),
        frames=natural("--frames", texts["frames"], 1),
        frame_policy=one_of(texts["frame_policy"], _FRAME_POLICIES, "--frame-policy"),
        tlb_entries=entries,
        tlb_ways=natural("--tlb-ways", texts["tlb_ways"] or str(entries), 1),
        tlb_policy=one_of(texts["tlb_policy"], get_args(TlbPolicy), "--tlb-policy"),
        cache_size=given("--cache", parse_size, texts["cache"]),
        line=given("--line", parse_size, texts["line"]),
        ways=natural("--ways", texts["ways"], 1),
        cache_policy=one_of(texts["cache_policy"], CACHE_POLICIES, "--cache-policy"),
    )
