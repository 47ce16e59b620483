"""The commands run and compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from typing import Annotated, Any, get_args

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural, one_of
from oslab.cli.traces import Trace, TraceFormat, read_trace
from oslab.quantities import parse_address, parse_size
from oslab.traces.access import MOST_STEPS, at_most
from oslab_paging.rights import Mode
from oslab_tlb import compare, machine, simulate
from oslab_tlb.events import Item, of_trace
from oslab_tlb.pages import Page, open_page, parse_page
from oslab_tlb.tlb import POLICIES

app = group("TLBs under lists of accesses and traces.")

# So many accesses of a trace can be shown as steps.

References = Annotated[
    str,
    typer.Option(
        "--refs",
        help="Accesses: 0x2004, 0x2004w, 0x2004x:kernel, and events: switch=2, flush, flushall, "
        "invlpg=0x2000. A list, @FILE or - (stdin).",
        show_default=False,
    ),
]
Pages = Annotated[bool, typer.Option("--pages", help="The accesses are page numbers: 7, 7w.")]
PageSize = Annotated[str, typer.Option(help="Bytes of a page, a power of two: 4096 or 4KiB.")]
Levels = Annotated[str, typer.Option(help="Entries that a page walk reads.")]
ModeOption = Annotated[
    str, typer.Option("--mode", metavar="user|kernel", help="Mode of accesses that name none.")
]
Asids = Annotated[
    bool,
    typer.Option(
        "--asids/--flush-on-switch",
        help="Entries belong to processes, or a switch flushes all but global ones.",
    ),
]
Pte = Annotated[
    list[str],
    typer.Option(
        metavar="VPN=PPN[:FLAGS]",
        help="What the page table says of a page, may be given many times. Flags are letters of "
        "r w x u (user), n (not present at first), g (global); none: rwxu.",
    ),
]
Absent = Annotated[
    str,
    typer.Option(
        help="Pages that are not present at first: 3,4. The first access faults.",
        show_default=False,
    ),
]
Demand = Annotated[
    bool,
    typer.Option("--demand/--mapped", help="Pages without --pte are not present at first, or are."),
]
FaultDrops = Annotated[
    bool,
    typer.Option("--fault-drops/--fault-keeps", help="A protection fault drops the TLB entry."),
]
Seed = Annotated[str, typer.Option(help="Seed of the numbers that random draws.")]
Policy = Annotated[
    str, typer.Option(metavar="|".join(POLICIES), help="Which entry of a full set leaves.")
]


@simulator(app, "run")
def run_command(
    refs: References = "",
    trace: Trace = "",
    trace_format: TraceFormat = "",
    entries: Annotated[str, typer.Option(help="Entries of the TLB.")] = "16",
    ways: Annotated[
        str,
        typer.Option(
            help="Entries of a set; as many as --entries if not said.", show_default=False
        ),
    ] = "",
    policy: Policy = "lru",
    entries2: Annotated[
        str, typer.Option(help="Entries of a second level.", show_default=False)
    ] = "",
    ways2: Annotated[
        str, typer.Option(help="Its ways; as many as --entries2.", show_default=False)
    ] = "",
    policy2: Annotated[
        str, typer.Option(help="Its policy; as --policy if not said.", show_default=False)
    ] = "",
    seed: Seed = "0",
    pages: Pages = False,
    page_size: PageSize = "4096",
    levels: Levels = "1",
    mode: ModeOption = "user",
    asids: Asids = False,
    pte: Pte = [],  # noqa: B006
    absent: Absent = "",
    demand: Demand = False,
    fault_drops: FaultDrops = False,
    *,
    steps: bool | None = None,
) -> Run:
    """Simulate a TLB: hits, misses, evictions, flushes, faults."""
    if (ways2 or policy2) and not entries2:
        raise InputError("--ways2 and --policy2 belong to a second level: give --entries2 too")
    size, size2 = natural("--entries", entries), natural("--entries2", entries2 or "0")
    config = machine.TlbConfig(
        entries=size,
        ways=natural("--ways", ways) if ways else size,
        policy=one_of(policy, POLICIES, "--policy"),
        entries2=size2 if entries2 else None,
        ways2=(natural("--ways2", ways2) if ways2 else size2) if entries2 else None,
        policy2=one_of(policy2 or policy, POLICIES, "--policy2") if entries2 else None,
        **_common(refs, trace, trace_format, pages, seed, page_size, levels, mode, asids, pte, absent, demand,
                  fault_drops),
    )  # fmt: skip
    if not trace:
        return simulate.run(config)
    accesses = _stream(trace, trace_format, config.mode)
    if steps:
        refusal = (
            f"{trace} has more than {MOST_STEPS} accesses, too many to show; leave out --steps"
        )
        return simulate.run(config, at_most(accesses, MOST_STEPS, refusal))
    return Run(
        command="tlb.run",
        config=config,
        conventions=simulate.conventions_of(config),
        metrics=simulate.count(config, accesses),
    )


@simulator(app, "compare")
def compare_command(
    refs: References = "",
    trace: Trace = "",
    trace_format: TraceFormat = "",
    tlb: Annotated[
        list[str],
        typer.Option(
            metavar="ENTRIES/WAYS/POLICY",
            help="A TLB, may be given many times: 64/4/lru, 64/full/fifo, 64 (fully associative, "
            "LRU); 16/4/lru+64/8/lru has two levels.",
        ),
    ] = ["16/1", "16/4", "16"],  # noqa: B006
    seed: Seed = "0",
    pages: Pages = False,
    page_size: PageSize = "4096",
    levels: Levels = "1",
    mode: ModeOption = "user",
    asids: Asids = False,
    pte: Pte = [],  # noqa: B006
    absent: Absent = "",
    demand: Demand = False,
    fault_drops: FaultDrops = False,
) -> Run:
    """Compare TLBs on the same accesses."""
    config = compare.CompareConfig(
        tlbs=tuple(read_items(tlb, "TLB")),
        **_common(refs, trace, trace_format, pages, seed, page_size, levels, mode, asids, pte, absent, demand,
                  fault_drops),
    )  # fmt: skip
    config.configs()
    return compare.run(config, _stream(trace, trace_format, config.mode) if trace else None)


def _common(
    refs: str, trace: str, trace_format: str, pages: bool, seed: str, page_size: str, levels: str, mode: str,
    asids: bool, pte: list[str], absent: str, demand: bool, fault_drops: bool,
) -> Mapping[str, Any]:  # fmt: skip
    """What both commands are told. Raises InputError."""
    if bool(refs) == bool(trace):
        raise InputError(
            "give accesses with --refs, such as --refs '0x2004 0x3000w', or a trace file with --trace"
            + (", not both" if refs else "")
        )
    if refs and trace_format:
        raise InputError("--trace-format goes with --trace")
    if trace and pages:
        raise InputError("a trace holds addresses; --pages goes with --refs")
    modes: tuple[Mode, ...] = get_args(Mode)
    return {
        "seed": natural("--seed", seed),
        "page_size": given("--page-size", parse_size, page_size),
        "levels": natural("--levels", levels),
        "references": tuple(read_items(refs, "access")) if refs else (),
        "unit": "page" if pages else "address",
        "mode": one_of(mode, modes, "--mode"),
        "asids": asids,
        "pages": _described(pte, absent),
        "demand": demand,
        "fault_drops": fault_drops,
        "trace": trace,
    }


def _described(pte: list[str], absent: str) -> tuple[Page, ...]:
    """The pages of which something is said, by number. Raises InputError."""
    pages = {page.vpn: page for page in map(parse_page, pte)}
    if len(pages) < len(pte):
        raise InputError("a page has two --pte; give it one")
    for text in read_items(absent, "page") if absent else []:
        vpn = given("--absent", parse_address, text)
        pages[vpn] = replace(pages.get(vpn) or open_page(vpn), present=False)
    return tuple(page for _, page in sorted(pages.items()))


def _stream(trace: str, trace_format: str, mode: Mode) -> Iterator[Item]:
    """The accesses of a trace; what is wrong with the file is said at once."""
    items = iter(of_trace(read_trace(trace, trace_format), mode))
    first = list(islice(items, 1))
    return chain(first, items)
