"""The commands fault, fault-kind and eat: how a page fault goes, what kind it is, what it costs."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural, one_of
from oslab.quantities import (
    parse_address,
    parse_percent,
    parse_size,
    parse_time,
    shown,
)
from oslab_paging import eat as eats
from oslab_paging import fault as faults
from oslab_paging import faultkind
from oslab_paging.layout import parse_range

app = group("How a page fault goes, what kind it is, what it costs.")


@simulator(app, "fault")
def fault_command(
    va: Annotated[
        list[str],
        typer.Argument(
            metavar="VA...", help="Virtual addresses; 0x2004:w is written. @FILE, or -."
        ),
    ],
    page_size: Annotated[str, typer.Option(help="Page size, a power of two.")] = "4096",
    legal: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RANGE", help="Pages of the process: 0..7; may be repeated. Else all."
        ),
    ] = None,
    resident: Annotated[
        str,
        typer.Option(
            metavar="VPN=FRAME[:d],...", help="Pages present, the oldest first; :d is dirty."
        ),
    ] = "",
    free: Annotated[
        str, typer.Option(help="Free frames: 2,3. Frame 0 if no page is present either.")
    ] = "",
    backing: Annotated[
        str, typer.Option(help="A page used first is read from disk, or is zero (filled).")
    ] = "disk",
    access: Annotated[str, typer.Option(help="Kind of access: r or w.")] = "r",
) -> Run:
    """Follow an access step by step: 5 for a page hit, 7 and a second try for a page fault."""
    pages = tuple(_resident(item) for item in read_items(resident, "page")) if resident else ()
    frames = tuple(natural("--free", f) for f in read_items(free, "frame")) if free else ()
    ranges = [parse_range(text) for text in legal or ["0..0xfffffffffffff"]]
    return faults.run(
        faults.FaultConfig(
            uses=tuple(_use(item, access) for item in read_items(va, "address")),
            page_size=given("--page-size", parse_size, page_size),
            legal=tuple(faults.LegalPages(first, last) for first, last in ranges),
            resident=pages,
            free=frames if frames or pages else (0,),
            backing=one_of(backing, get_args(faults.Backing), "--backing"),
        )
    )


@simulator(app, "fault-kind")
def fault_kind_command(
    situation: Annotated[
        list[str],
        typer.Argument(
            metavar="MAPPING:PAGE:ACCESS[:RIGHTS]...",
            help="Such as anonymous:untouched:w or file-shared:cached:w:r.",
        ),
    ],
) -> Run:
    """Minor, major, SIGSEGV or SIGBUS, and what is read from disk."""
    items = read_items(situation, "situation")
    return faultkind.run(faultkind.FaultKindConfig(tuple(_situation(item) for item in items)))


@simulator(app, "eat")
def eat_command(
    memory_time: Annotated[str, typer.Option(help="A reference that does not fault.")] = "100ns",
    fault_rate: Annotated[str, typer.Option(help="Share of references that fault.")] = "0.1%",
    disk_time: Annotated[str, typer.Option(help="One page read or written.")] = "8ms",
    dirty_rate: Annotated[str, typer.Option(help="Share of victims written back.")] = "0",
    overhead: Annotated[str, typer.Option(help="Trap, kernel and restart of a fault.")] = "0",
    limit: Annotated[str, typer.Option(help="Slowdown still borne, for the highest rate.")] = "10%",
) -> Run:
    """Effective access time with page faults, and the fault rate that is still bearable."""
    return eats.run(
        eats.EatConfig(
            memory_ns=given("--memory-time", parse_time, memory_time),
            fault_rate=given("--fault-rate", parse_percent, fault_rate),
            disk_ns=given("--disk-time", parse_time, disk_time),
            dirty_rate=given("--dirty-rate", parse_percent, dirty_rate),
            overhead_ns=given("--overhead", parse_time, overhead),
            limit=given("--limit", parse_percent, limit),
        )
    )


def _use(item: str, access: str) -> faults.Use:
    address, _, own = item.partition(":")
    kind = one_of(own or access, ("r", "w"), "access")
    return faults.Use(parse_address(address), kind == "w")


def _resident(item: str) -> faults.Resident:
    page, _, flag = item.partition(":")
    vpn, equals, frame = page.partition("=")
    if not equals or flag not in ("", "d"):
        raise InputError(f"--resident {shown(item)}: VPN=FRAME or VPN=FRAME:d is expected")
    return faults.Resident(natural("--resident", vpn), natural("--resident", frame), flag == "d")


def _situation(item: str) -> faultkind.Situation:
    parts = item.split(":")
    if not 3 <= len(parts) <= 4:
        raise InputError(
            f"{shown(item)}: MAPPING:PAGE:ACCESS[:RIGHTS] is expected, "
            "such as anonymous:untouched:w"
        )
    mapping, page, access, rights = (*parts, "-" if parts[0] == "unmapped" else "rw")[:4]
    pages = tuple(state for states in faultkind.STATES.values() for state in states)
    return faultkind.Situation(
        mapping=one_of(mapping, get_args(faultkind.Mapping), "mapping"),
        page=one_of(page, tuple(dict.fromkeys(pages)), "page"),
        access=one_of(access, ("r", "w"), "access"),
        rights=one_of(rights, get_args(faultkind.Rights), "rights"),
    )
