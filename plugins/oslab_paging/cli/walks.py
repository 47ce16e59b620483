"""The commands walk, inverted, fault, fault-kind and eat."""

from __future__ import annotations

from typing import Annotated, Any, get_args

import typer

from oslab import InputError, Run, simulator
from oslab.cli.arguments import read_items
from oslab.quantities import (
    QuantityError,
    parse_address,
    parse_int,
    parse_percent,
    parse_size,
    parse_time,
    shown,
)
from oslab_paging import eat as eats
from oslab_paging import fault as faults
from oslab_paging import faultkind, inverted, walk
from oslab_paging.cli import app
from oslab_paging.entry import Access, Mode
from oslab_paging.layout import Layout, layout, parse_range
from oslab_paging.mapping import build, parse_map
from oslab_paging.memoryimage import ByteOrder, Region, read_image
from oslab_paging.translate import MemoryAccess
from oslab_paging.walker import Updates

_Addresses = Annotated[
    list[str], typer.Argument(metavar="VA...", help="Virtual addresses; @FILE, or - for stdin.")
]
_PageSize = Annotated[str, typer.Option(help="Page size, a power of two.")]


@simulator(app, "walk")
def walk_command(
    va: _Addresses,
    layout_name: Annotated[
        str,
        typer.Option(
            "--layout", help="x86-32, x86-64, la57, sv32, sv39, or bits such as 10,10,12."
        ),
    ] = "x86-64",
    memory: Annotated[
        str, typer.Option(metavar="FILE", help="Physical memory: a hex dump, or binary.")
    ] = "",
    root: Annotated[
        str, typer.Option(help="Root table: an address, or frame=N. With --map: frame 1.")
    ] = "",
    entry: Annotated[
        str, typer.Option(help='Entry format: a name, or "bytes=1 valid=7 pfn=0..6".')
    ] = "",
    map_range: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="RANGE[=FRAME][:RIGHTS]",
            help="Build the tables: 0x400000+12K=0x50:rwu; may be repeated.",
        ),
    ] = None,
    access: Annotated[str, typer.Option(help="r, w or x; or with an address: 0x2004:w.")] = "r",
    mode: Annotated[str, typer.Option(help="user or kernel.")] = "user",
    byte_order: Annotated[str, typer.Option(help="Of entries: little or big.")] = "little",
    wp: Annotated[
        bool, typer.Option("--wp/--no-wp", help="x86: read-only binds the kernel too (CR0.WP).")
    ] = True,
    ad: Annotated[
        str, typer.Option(help="RISC-V: a clear A or D bit is a fault, or set by hardware.")
    ] = "fault",
) -> Run:
    """Walk multi-level page tables, entry by entry, through a memory image or mapped ranges."""
    shape = layout(layout_name, entry or None)
    order = _one_of(byte_order, get_args(ByteOrder), "byte order")
    regions, root_address = _tables(shape, memory, root, map_range or [], order)
    return walk.run(
        walk.WalkConfig(
            accesses=tuple(_access(item, access, mode) for item in read_items(va, "address")),
            layout=shape.name,
            entry=shape.entry.name,
            root=root_address,
            memory=regions,
            byte_order=order,
            wp=wp,
            ad=_one_of(ad, get_args(Updates), "--ad"),
        )
    )


@simulator(app, "inverted")
def inverted_command(
    va: _Addresses,
    frames: Annotated[str, typer.Option(help="Page frames: entries of the table.")] = "8",
    pid: Annotated[str, typer.Option(help="Process; or with an address: 2:0x3004.")] = "1",
    map_pages: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="PID:VPN[=FRAME]",
            help="A page in a frame, in order of insertion; a list, or repeated.",
        ),
    ] = None,
    anchors: Annotated[str, typer.Option(help="Anchors; as many as frames if not said.")] = "",
    page_size: _PageSize = "4096",
    hash_name: Annotated[
        str,
        typer.Option("--hash", help="sum: pid+VPN, xor: pid^VPN, vpn; each modulo the anchors."),
    ] = "sum",
    insertion: Annotated[str, typer.Option(help="New entries go to the head or tail.")] = "head",
) -> Run:
    """Look addresses up in an inverted page table: hash anchor, chain, probes counted."""
    count = parse_int(frames)
    return inverted.run(
        inverted.InvertedConfig(
            lookups=tuple(_lookup(item, pid) for item in read_items(va, "address")),
            pages=_frame_pages(read_items(map_pages, "page") if map_pages else [], count),
            frames=count,
            anchors=parse_int(anchors) if anchors else count,
            page_size=parse_size(page_size),
            hash=_one_of(hash_name, get_args(inverted.Hash), "--hash"),
            insertion=_one_of(insertion, get_args(inverted.Insertion), "--insertion"),
        )
    )


@simulator(app, "fault")
def fault_command(
    va: _Addresses,
    page_size: _PageSize = "4096",
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
    access: Annotated[str, typer.Option(help="r or w; or with an address: 0x2004:w.")] = "r",
) -> Run:
    """Follow an access step by step: 5 for a page hit, 7 and a second try for a page fault."""
    pages = tuple(_resident(item) for item in read_items(resident, "page")) if resident else ()
    frames = tuple(parse_int(f) for f in read_items(free, "frame")) if free else ()
    ranges = [parse_range(text) for text in legal or ["0..0xfffffffffffff"]]
    return faults.run(
        faults.FaultConfig(
            uses=tuple(_use(item, access) for item in read_items(va, "address")),
            page_size=parse_size(page_size),
            legal=tuple(faults.LegalPages(first, last) for first, last in ranges),
            resident=pages,
            free=frames if frames or pages else (0,),
            backing=_one_of(backing, get_args(faults.Backing), "--backing"),
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
            memory_ns=parse_time(memory_time),
            fault_rate=parse_percent(fault_rate),
            disk_ns=parse_time(disk_time),
            dirty_rate=parse_percent(dirty_rate),
            overhead_ns=parse_time(overhead),
            limit=parse_percent(limit),
        )
    )


def _tables(
    shape: Layout, memory: str, root: str, ranges: list[str], order: ByteOrder
) -> tuple[tuple[Region, ...], int]:
    """The memory to walk through, and the root's address in it."""
    if bool(memory) == bool(ranges):
        raise InputError(
            "give --memory FILE and --root, or build the tables with --map 0x400000+12K"
        )
    if ranges:
        address = _root(root or "frame=1", shape)
        if address % shape.page_size:
            raise InputError(f"--root {shown(root)}: tables built with --map begin at a page")
        built = build(
            shape, [parse_map(text, shape) for text in ranges], address // shape.page_size, order
        )
        return built.regions, built.root
    if not root:
        raise InputError("--memory needs --root, the root table's address, or its frame: frame=3")
    return read_image(memory, shape.page_size), _root(root, shape)


def _root(text: str, shape: Layout) -> int:
    word, equals, number = text.partition("=")
    try:
        if equals and word.strip().lower() in ("frame", "pfn"):
            return parse_address(number) * shape.page_size
        return parse_address(text)
    except QuantityError:
        raise InputError(
            f"--root {shown(text)} is no root table; an address 0x1000 or frame=1 would be"
        ) from None


def _access(item: str, access: str, mode: str) -> MemoryAccess:
    address, _, own = item.partition(":")
    kind = _one_of(own or access, get_args(Access), "access")
    return MemoryAccess(parse_address(address), kind, _one_of(mode, get_args(Mode), "mode"))


def _lookup(item: str, pid: str) -> inverted.Lookup:
    own, colon, address = item.rpartition(":")
    return inverted.Lookup(parse_int(own if colon else pid), parse_address(address))


def _frame_pages(items: list[str], frames: int) -> tuple[inverted.FramePage, ...]:
    """Pages in the frames they name, or else in the lowest that nobody names."""
    parts = []
    for item in items:
        page, _, frame = item.partition("=")
        pid, colon, vpn = page.partition(":")
        if not colon:
            raise InputError(f"--map {shown(item)}: PID:VPN=FRAME is expected, such as 1:5=0")
        parts.append((parse_int(pid), parse_address(vpn), parse_int(frame) if frame else None))
    named = {frame for _, _, frame in parts}
    unnamed = iter(frame for frame in range(frames) if frame not in named)
    found = []
    for owner, number, frame_number in parts:
        place = next(unnamed, None) if frame_number is None else frame_number
        if place is None:
            raise InputError(f"--map: {len(parts)} pages do not fit into {frames} frames")
        found.append(inverted.FramePage(place, owner, number))
    return tuple(found)


def _use(item: str, access: str) -> faults.Use:
    address, _, own = item.partition(":")
    kind = _one_of(own or access, ("r", "w"), "access")
    return faults.Use(parse_address(address), kind == "w")


def _resident(item: str) -> faults.Resident:
    page, _, flag = item.partition(":")
    vpn, equals, frame = page.partition("=")
    if not equals or flag not in ("", "d"):
        raise InputError(f"--resident {shown(item)}: VPN=FRAME or VPN=FRAME:d is expected")
    return faults.Resident(parse_address(vpn), parse_int(frame), flag == "d")


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
        mapping=_one_of(mapping, get_args(faultkind.Mapping), "mapping"),
        page=_one_of(page, tuple(dict.fromkeys(pages)), "page"),
        access=_one_of(access, ("r", "w"), "access"),
        rights=_one_of(rights, get_args(faultkind.Rights), "rights"),
    )


def _one_of(text: str, options: tuple[str, ...], what: str) -> Any:
    if text not in options:
        raise InputError(f"{what} {shown(text)} is not one of {', '.join(options)}")
    return text
