"""The commands lookup and flow: one access through the TLB, its contents given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal, TypeAlias, get_args

import typer

from oslab import Hex, InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural, one_of
from oslab.exercise.fields import RecordError, read_record
from oslab.quantities import parse_address, parse_size, shown
from oslab.tomlfile import read_toml
from oslab.traces.access import parse_reference
from oslab_paging.fault import Use
from oslab_tlb import flow as flows
from oslab_tlb import lookup as lookups
from oslab_tlb.pages import Page, open_page, parse_page

State: TypeAlias = Literal["hit", "miss", "miss-full", "protection", "page-fault"]
STATES: tuple[State, ...] = get_args(State)

app = group("One access through the TLB.")


@dataclass(frozen=True)
class _Entry:
    """An entry in a snapshot file; without `way`, the lowest that is free."""

    set: int
    tag: int
    ppn: int | None = None
    valid: bool = True
    way: int | None = None


@dataclass(frozen=True)
class _Snapshot:
    """A snapshot file."""

    va_bits: int
    page_size: int
    entries: int
    ways: int
    entry: tuple[_Entry, ...] = ()


@simulator(app, "lookup")
def lookup_command(
    va: Annotated[
        list[str],
        typer.Argument(metavar="VA...", help="Virtual addresses. A list, @FILE or - (stdin)."),
    ],
    snapshot: Annotated[
        str,
        typer.Option(
            help="TOML file: va_bits, page_size, entries, ways, and an [[entry]] each with set, tag, "
            "ppn, valid.",
            show_default=False,
        ),
    ] = "",
    entry: Annotated[
        list[str],
        typer.Option(
            metavar="SET:TAG=PPN[:n]",
            help="An entry of the TLB, may be given many times: 3:0xd=0x2d. :n is not valid. The "
            "ways of a set are filled in this order; with one set, TAG=PPN will do.",
        ),
    ] = [],  # noqa: B006
    entries: Annotated[str, typer.Option(help="Entries of the TLB.")] = "16",
    ways: Annotated[str, typer.Option(help="Entries of a set.")] = "4",
    page_size: Annotated[str, typer.Option(help="Page size, a power of two.")] = "4096",
    va_bits: Annotated[str, typer.Option(help="Bits of a virtual address.")] = "32",
) -> Run:
    """Look addresses up in a TLB whose entries are given: set, tag, hit or miss, frame."""
    addresses = tuple(Hex(parse_address(item)) for item in read_items(va, "address"))
    if snapshot:
        if entry:
            raise InputError("--entry and --snapshot both say what the TLB holds; give one of them")
        return lookups.run(_read_snapshot(snapshot, addresses))
    size, each = natural("--entries", entries, 1), natural("--ways", ways, 1)
    return lookups.run(
        lookups.LookupConfig(
            addresses=addresses,
            va_bits=natural("--va-bits", va_bits, 1),
            page_size=given("--page-size", parse_size, page_size),
            entries=size,
            ways=each,
            snapshot=_placed([_entry(text, size == each) for text in entry]),
        )
    )


@simulator(app, "flow")
def flow_command(
    va: Annotated[
        list[str],
        typer.Argument(
            metavar="VA...",
            help="Virtual addresses; 0x2004w is written. A list, @FILE or - (stdin).",
        ),
    ],
    state: Annotated[
        str,
        typer.Option(
            metavar="|".join(STATES),
            help="What the accesses meet; instead of --cached and --pte.",
            show_default=False,
        ),
    ] = "",
    cached: Annotated[
        str,
        typer.Option(
            help="Pages whose entries are in the TLB, the least recently used first: 2,3.",
            show_default=False,
        ),
    ] = "",
    pte: Annotated[
        list[str],
        typer.Option(
            metavar="VPN=PPN[:FLAGS]",
            help="What the page table says of a page, may be given many times. Flags are letters of "
            "r w x u (user), n (not present at first); none: rwxu. Pages without --pte are open.",
        ),
    ] = [],  # noqa: B006
    entries: Annotated[
        str, typer.Option(help="Entries of the TLB, which is fully associative with LRU.")
    ] = "4",
    levels: Annotated[str, typer.Option(help="Entries that a page walk reads.")] = "1",
    page_size: Annotated[str, typer.Option(help="Page size, a power of two.")] = "4096",
) -> Run:
    """Follow an access step by step: 5 for a TLB hit, 6 for a miss, and what a fault adds."""
    size = given("--page-size", parse_size, page_size)
    uses = tuple(_use(item) for item in read_items(va, "address"))
    room = natural("--entries", entries, 1)
    if state and (cached or pte):
        option = "--cached" if cached else "--pte"
        raise InputError(f"--state and {option} both say what is met; give one of them")
    if state:
        meeting = _in_state(one_of(state, STATES, "--state"), uses, size, room)
    else:
        held = (
            tuple(natural("--cached", vpn) for vpn in read_items(cached, "page")) if cached else ()
        )
        meeting = uses, held, tuple(parse_page(text) for text in pte)
    uses, held, pages = meeting
    return flows.run(
        flows.FlowConfig(uses, size, natural("--levels", levels, 1), room, held, pages)
    )


Meeting: TypeAlias = "tuple[tuple[Use, ...], tuple[int, ...], tuple[Page, ...]]"


def _in_state(state: State, uses: tuple[Use, ...], page_size: int, entries: int) -> Meeting:
    """The accesses, the pages in the TLB, and the page table that make for this state."""
    vpns = tuple(dict.fromkeys(use.va // page_size for use in uses))
    beyond = range(max(vpns) + 1, max(vpns) + 1 + entries) if state == "miss-full" else ()
    pages = tuple(
        # Not in the frame of its own number: a translation should be seen to change something.
        replace(open_page(vpn, present=state != "page-fault"), ppn=vpn + 4,
                write=state != "protection")
        for vpn in (*vpns, *beyond)
    )  # fmt: skip
    if state == "protection":
        uses = tuple(replace(use, write=True) for use in uses)
    return uses, vpns if state in ("hit", "protection") else tuple(beyond), pages


def _use(item: str) -> Use:
    access = parse_reference(item)
    if access.kind not in ("load", "store"):
        raise InputError(
            f"{shown(item)}: an access here reads or writes; 0x2004 or 0x2004w would do"
        )
    return Use(access.address, access.kind == "store")


def _read_snapshot(name: str, addresses: tuple[int, ...]) -> lookups.LookupConfig:
    try:
        found = read_record(_Snapshot, read_toml(name, "a TLB snapshot"))
    except RecordError as error:
        raise InputError("\n".join(f"{name}: {fault}" for fault in error.faults)) from None
    return lookups.LookupConfig(
        addresses, found.va_bits, found.page_size, found.entries, found.ways, _placed(found.entry)
    )


def _placed(entries: list[_Entry] | tuple[_Entry, ...]) -> tuple[lookups.SnapshotEntry, ...]:
    """The entries, each in its way or else in the lowest that no other has."""
    taken = {(entry.set, entry.way) for entry in entries}
    found = []
    for entry in entries:
        way = entry.way
        if way is None:
            way = next(w for w in range(len(entries)) if (entry.set, w) not in taken)
            taken.add((entry.set, way))
        found.append(lookups.SnapshotEntry(entry.set, way, entry.tag, entry.ppn, entry.valid))
    return tuple(found)


def _entry(text: str, one_set: bool) -> _Entry:
    place, equals, content = text.partition("=")
    index, colon, tag = place.partition(":")
    ppn, flag_colon, flag = content.partition(":")
    if not colon and one_set:
        index, tag = "0", place
    try:
        if not equals or flag not in ("", "n") or (flag_colon and not flag):
            raise InputError("")
        number = None if ppn.strip() == "-" and flag else parse_address(ppn)
        return _Entry(parse_address(index), parse_address(tag), number, not flag)
    except InputError:
        raise InputError(
            f"--entry {shown(text)} is not SET:TAG=PPN; 3:0xd=0x2d would be, or 3:0xd=0x2d:n for one "
            "that is not valid"
        ) from None
