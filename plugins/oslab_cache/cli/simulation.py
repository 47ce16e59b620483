"""Commands that send accesses through caches: run, csim, curve, compare.

Each imports its simulator when it is used: the others' would make it slower to start.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural, one_of
from oslab.cli.traces import Trace, TraceFormat, read_trace
from oslab.quantities import parse_int, parse_size, parse_time
from oslab_cache.cli.caches import (
    Allocate,
    Fetches,
    Line,
    Policy,
    References,
    Seed,
    Size,
    Ways,
    WriteOption,
    at_most_steps,
    check_one_source,
    read_shape,
    read_spec,
)
from oslab_cache.hierarchy import INCLUSIONS, Inclusion

app = group("Caches, simulated.")

Level = Annotated[
    str,
    typer.Option(
        metavar="SIZE/WAYS[/…]",
        help="A level below: 16K/4, 16K/4/fifo, 16K/4/through, 16K/full/lru/back/no-allocate.",
        show_default=False,
    ),
]


@simulator(app, "run")
def run(
    refs: References = "",
    trace: Trace = "",
    trace_format: TraceFormat = "",
    size: Size = "1K",
    line: Line = "64",
    ways: Ways = "2",
    policy: Policy = "lru",
    write: WriteOption = "back",
    allocate: Allocate = "",
    seed: Seed = "",
    level2: Level = "",
    level3: Level = "",
    inclusion: Annotated[
        str,
        typer.Option(
            metavar="inclusive|exclusive|nine",
            help="How the levels' contents go together; nine is neither. [default: nine]",
            show_default=False,
        ),
    ] = "",
    fetches: Fetches = False,
    times: Annotated[
        str,
        typer.Option(
            help="Hit time of each level, then the time of memory: 1ns,10ns,100ns.",
            show_default=False,
        ),
    ] = "",
    steps: bool | None = None,
) -> Run:
    """Simulate one cache, or two or three levels: hits, misses and why, traffic.

    Write-through and the write-back of lower levels, inclusion and all other rules are in the manual,
    docs/cache.md, and those that matter are printed.
    """
    from oslab_cache import simulate
    from oslab_cache.config import RunConfig, TraceConfig

    check_one_source(refs, trace)
    first = read_shape(size, line, ways, policy, write, allocate, seed)
    if level3 and not level2:
        raise InputError("--level3 needs a --level2 above it")
    lower = tuple(
        read_spec(text, option, first.line, first.seed)
        for text, option in ((level2, "--level2"), (level3, "--level3"))
        if text
    )
    if inclusion and not lower:
        raise InputError("--inclusion changes nothing with a single level; --level2 adds one")
    kind: Inclusion = one_of(inclusion or "nine", INCLUSIONS, "--inclusion")
    if seed and not any(shape.policy == "random" for shape in (first, *lower)):
        raise InputError("--seed changes nothing unless the policy is random")
    known: tuple[Fraction, ...] = ()
    if times:
        known = tuple(given("--times", parse_time, text) for text in read_items(times, "time"))
    settings = (
        first.size, first.line, first.ways, first.policy, first.write, first.allocate, first.seed,
        lower, kind, fetches, known,
    )  # fmt: skip
    if refs:
        return simulate.run(RunConfig(*settings, tuple(read_items(refs, "access"))))
    config = TraceConfig(*settings, trace)
    accesses = read_trace(trace, trace_format)
    if steps:
        return simulate.run_accesses(config, at_most_steps(accesses))
    return simulate.run_without_steps(config, accesses)


@simulator(app, "csim")
def csim(
    trace: Annotated[
        str,
        typer.Option(
            "--trace", "-t", metavar="FILE", help="The trace, as valgrind lackey writes it."
        ),
    ],
    set_bits: Annotated[str, typer.Option("-s", help="Index bits: there are 2^s sets.")],
    lines: Annotated[str, typer.Option("-E", help="Lines of a set.")],
    block_bits: Annotated[str, typer.Option("-b", help="Offset bits: a line has 2^b bytes.")],
    verbose: Annotated[bool, typer.Option("-v", help="Show each access, as --steps does.")] = False,
    trace_format: TraceFormat = "",
    steps: bool | None = None,
) -> Run:
    """Simulate the cache of the classic cache lab: LRU, write-back, I lines ignored."""
    from oslab_cache import csim

    config = csim.CsimConfig(
        given("-s", parse_int, set_bits),
        given("-E", parse_int, lines),
        given("-b", parse_int, block_bits),
        trace,
    )
    csim.shape_of(config)
    accesses = read_trace(trace, trace_format)
    if steps or (verbose and steps is None):
        return csim.run(config, at_most_steps(accesses))
    return csim.run_without_steps(config, accesses)


@simulator(app, "curve")
def curve(
    refs: References = "",
    trace: Trace = "",
    trace_format: TraceFormat = "",
    line: Line = "64",
    sets: Annotated[
        str, typer.Option(help="Sets of every cache; 1: fully associative, ways are lines.")
    ] = "1",
    most: Annotated[
        str, typer.Option("--max", help="The largest size; by then all may have been held.")
    ] = "1M",
    every: Annotated[
        bool, typer.Option("--every", help="Every number of ways, not the powers of two alone.")
    ] = False,
    fetches: Fetches = False,
    steps: bool | None = None,
) -> Run:
    """Miss ratio of LRU caches of every size, from one pass over the accesses."""
    from oslab_cache import curve

    check_one_source(refs, trace)
    bytes_ = given("--line", parse_size, line)
    number = natural("--sets", sets, 1)
    largest = given("--max", parse_size, most) // max(1, bytes_ * number)
    if largest < 1:
        raise InputError(f"--max {most}: not even one way of {number} lines of {bytes_} bytes")
    if every:
        ways = tuple(range(1, min(largest, curve.MOST_SIZES) + 1))
    else:
        ways = tuple(1 << n for n in range(min(largest, 1 << 64).bit_length()))
    if refs:
        typed = tuple(read_items(refs, "access"))
        whole = curve.CurveRunConfig(bytes_, number, ways, fetches, typed)
        return curve.run(curve.trimmed(whole))
    config = curve.CurveTraceConfig(bytes_, number, ways, fetches, trace)
    accesses = read_trace(trace, trace_format)
    if steps:
        return curve.run_accesses(config, at_most_steps(accesses))
    return curve.run_without_steps(config, accesses)


@simulator(app, "compare")
def compare(
    cache: Annotated[
        list[str],
        typer.Option(
            "--cache",
            metavar="SIZE/LINE/WAYS[/…]",
            help="A cache, such as 1K/64/2, 1K/64/full/fifo or 1K/64/1/through; once for each.",
        ),
    ],
    refs: References = "",
    trace: Trace = "",
    trace_format: TraceFormat = "",
    fetches: Fetches = False,
    seed: Seed = "",
    steps: bool | None = None,
) -> Run:
    """Compare caches on the same accesses."""
    from oslab_cache import compare

    check_one_source(refs, trace)
    drawn = given("--seed", parse_int, seed or "0")
    caches = tuple(read_spec(text, "--cache", seed=drawn) for text in cache)
    if refs:
        config = compare.CompareRunConfig(caches, fetches, tuple(read_items(refs, "access")))
        told = compare.run(config)
        # What the steps say stands in the figures, too; they are for predicting.
        return told if steps else replace(told, steps=())
    traced = compare.CompareTraceConfig(caches, fetches, trace)
    if steps:
        raise InputError(
            "compare shows steps of --refs only; oslab cache run shows them of a trace"
        )
    return compare.run_without_steps(traced, read_trace(trace, trace_format))
