"""The commands eat and reach: what a TLB saves, and how much memory it covers."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.options import given, natural, one_of
from oslab.quantities import parse_percent, parse_size, parse_time
from oslab_tlb import eat as eats

app = group("What a TLB saves, and how much memory it covers.")


@simulator(app, "eat")
def eat_command(
    hit_ratio: Annotated[str, typer.Option(help="Share of lookups that hit.")] = "98%",
    tlb_time: Annotated[str, typer.Option(help="A lookup in the TLB.")] = "1ns",
    memory_time: Annotated[
        str, typer.Option(help="A memory access, to data or to a page-table entry.")
    ] = "100ns",
    levels: Annotated[
        str, typer.Option(help="Levels of the page table: entries that a walk reads.")
    ] = "4",
    fault_rate: Annotated[
        str, typer.Option(help="Share of references that page-fault; none if left out.")
    ] = "",
    fault_time: Annotated[str, typer.Option(help="What a page fault adds.")] = "",
) -> Run:
    """Effective access time with a TLB, and how much slower than untranslated memory that is."""
    if bool(fault_rate) != bool(fault_time):
        missing = "--fault-time" if fault_rate else "--fault-rate"
        raise InputError(f"page faults need --fault-rate and --fault-time: say {missing} too")
    return eats.run(
        eats.EatConfig(
            hit_ratio=given("--hit-ratio", parse_percent, hit_ratio),
            tlb_ns=given("--tlb-time", parse_time, tlb_time),
            memory_ns=given("--memory-time", parse_time, memory_time),
            levels=natural("--levels", levels, 1),
            fault_rate=given("--fault-rate", parse_percent, fault_rate or "0"),
            fault_ns=given("--fault-time", parse_time, fault_time or "0"),
        )
    )


@simulator(app, "reach")
def reach_command(
    entries: Annotated[str, typer.Option(help="Entries of the TLB.")] = "64",
    page_size: Annotated[str, typer.Option(help="Page size, a power of two.")] = "4KiB",
    array: Annotated[
        str, typer.Option(help="A loop through an array of this size; none if left out.")
    ] = "",
    stride: Annotated[
        str, typer.Option(help="Bytes from one element to the next (with --array).")
    ] = "",
    passes: Annotated[
        str, typer.Option(help="How often the loop goes through the array: 2 if left out.")
    ] = "",
    ways: Annotated[str, typer.Option(help="Entries of a set; all of them if left out.")] = "",
    policy: Annotated[
        str, typer.Option(help="Which entry leaves: lru, fifo, plru or random.")
    ] = "lru",
    seed: Annotated[str, typer.Option(help="Seed of random replacement.")] = "0",
) -> Run:
    """How much memory a TLB covers, and the misses of a loop in each of its passes."""
    from oslab_tlb.reach import Loop, ReachConfig, run
    from oslab_tlb.tlb import POLICIES

    if not array and (stride or passes):
        option = "--stride" if stride else "--passes"
        raise InputError(f"{option} belongs to a loop: say its --array too, such as 1MiB")
    number = natural("--entries", entries, 1)
    loop = (
        Loop(
            array=given("--array", parse_size, array),
            stride=given("--stride", parse_size, stride or "8"),
            passes=natural("--passes", passes or "2", 1),
        )
        if array
        else None
    )
    return run(
        ReachConfig(
            entries=number,
            ways=natural("--ways", ways, 1) if ways else number,
            policy=one_of(policy, POLICIES, "--policy"),
            seed=natural("--seed", seed),
            page_size=given("--page-size", parse_size, page_size),
            loop=loop,
        )
    )
