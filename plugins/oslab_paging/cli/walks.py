"""The commands walk and inverted: page tables of several levels, and the inverted one."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from oslab import Hex, InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural, one_of
from oslab.quantities import QuantityError, parse_address, parse_size, shown
from oslab_paging import inverted, walk
from oslab_paging.cli.accesses import AccessOption, Addresses, ModeOption, Wp, memory_accesses
from oslab_paging.layout import Layout, layout
from oslab_paging.mapping import build, parse_map
from oslab_paging.memoryimage import ByteOrder, Region, read_image
from oslab_paging.walker import Updates

app = group("Page tables of several levels, and the inverted one.")


@simulator(app, "walk")
def walk_command(
    va: Addresses,
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
    access: AccessOption = "r",
    mode: ModeOption = "user",
    byte_order: Annotated[str, typer.Option(help="Of entries: little or big.")] = "little",
    wp: Wp = True,
    ad: Annotated[
        str, typer.Option(help="RISC-V: a clear A or D bit is a fault, or set by hardware.")
    ] = "fault",
) -> Run:
    """Walk multi-level page tables, entry by entry, through a memory image or mapped ranges."""
    shape = layout(layout_name, entry or None)
    order = one_of(byte_order, get_args(ByteOrder), "byte order")
    regions, root_address = _tables(shape, memory, root, map_range or [], order)
    config = walk.WalkConfig(
        accesses=memory_accesses(va, access, mode),
        layout=shape.name,
        entry=shape.entry.name,
        root=Hex(root_address),
        memory=regions,
        byte_order=order,
        wp=wp,
        ad=one_of(ad, get_args(Updates), "--ad"),
    )
    return walk.run(walk.touched(config))


@simulator(app, "inverted")
def inverted_command(
    va: Annotated[
        list[str], typer.Argument(metavar="VA...", help="Virtual addresses; @FILE, or - for stdin.")
    ],
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
    page_size: Annotated[str, typer.Option(help="Page size, a power of two.")] = "4096",
    hash_name: Annotated[
        str,
        typer.Option("--hash", help="sum: pid+VPN, xor: pid^VPN, vpn; each modulo the anchors."),
    ] = "sum",
    insertion: Annotated[str, typer.Option(help="New entries go to the head or tail.")] = "head",
) -> Run:
    """Look addresses up in an inverted page table: hash anchor, chain, probes counted."""
    count = natural("--frames", frames, least=1)
    return inverted.run(
        inverted.InvertedConfig(
            lookups=tuple(_lookup(item, pid) for item in read_items(va, "address")),
            pages=_frame_pages(read_items(map_pages, "page") if map_pages else [], count),
            frames=count,
            anchors=natural("--anchors", anchors, least=1) if anchors else count,
            page_size=given("--page-size", parse_size, page_size),
            hash=one_of(hash_name, get_args(inverted.Hash), "--hash"),
            insertion=one_of(insertion, get_args(inverted.Insertion), "--insertion"),
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


def _lookup(item: str, pid: str) -> inverted.Lookup:
    own, colon, address = item.rpartition(":")
    return inverted.Lookup(natural("--pid", own if colon else pid), parse_address(address))


def _frame_pages(items: list[str], frames: int) -> tuple[inverted.FramePage, ...]:
    """Pages in the frames they name, or else in the lowest that nobody names."""
    parts = []
    for item in items:
        page, _, frame = item.partition("=")
        pid, colon, vpn = page.partition(":")
        if not colon:
            raise InputError(f"--map {shown(item)}: PID:VPN=FRAME is expected, such as 1:5=0")
        numbers = [natural("--map", number) for number in (pid, vpn, frame) if number]
        parts.append((numbers[0], numbers[1], numbers[2] if frame else None))
    named = {frame for _, _, frame in parts}
    unnamed = iter(frame for frame in range(frames) if frame not in named)
    found = []
    for owner, number, frame_number in parts:
        place = next(unnamed, None) if frame_number is None else frame_number
        if place is None:
            raise InputError(f"--map: {len(parts)} pages do not fit into {frames} frames")
        found.append(inverted.FramePage(place, owner, number))
    return tuple(found)
