"""The commands size and page-size: what page tables cost."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural
from oslab.quantities import format_size, parse_size, shown
from oslab_paging import pagesize, size
from oslab_paging.layout import layout, parse_range

app = group("What page tables cost.")


@simulator(app, "size")
def size_command(
    cut: Annotated[
        str,
        typer.Option(
            "--layout",
            help="Levels of the table: x86-32, x86-64, la57, sv32, sv39, or index bits from the "
            "root and the offset's bits, such as 10,10,12.",
        ),
    ] = "10,10,12",
    va_bits: Annotated[
        str, typer.Option(help="Bits of a virtual address; else those of the layout.")
    ] = "",
    page_size: Annotated[
        str, typer.Option(help="Bytes of a page; else as the layout's offset says.")
    ] = "",
    pte_size: Annotated[
        str, typer.Option(help="Bytes of a page-table entry; else as the layout says.")
    ] = "",
    map: Annotated[
        list[str],
        typer.Option(
            metavar="RANGE",
            help="Mapped addresses, may be given many times: 0x400000..0x5fffff (both included) or "
            "0x400000+2MiB. None: only the root exists.",
        ),
    ] = [],  # noqa: B006
    frames: Annotated[
        str, typer.Option(help="Page frames of the physical memory, for the inverted table.")
    ] = "",
    memory: Annotated[
        str, typer.Option(help="Physical memory, such as 4GiB, in place of --frames.")
    ] = "",
    inverted_entry_size: Annotated[
        str, typer.Option(help="Bytes of an entry of the inverted table.")
    ] = "16",
) -> Run:
    """Bytes of linear, multi-level and inverted page tables for a sparse address space."""
    levels = layout(cut)
    page = given("--page-size", parse_size, page_size) if page_size else levels.page_size
    entry_size = given("--inverted-entry-size", parse_size, inverted_entry_size)
    return size.run(
        size.SizeConfig(
            va_bits=natural("--va-bits", va_bits) if va_bits else levels.va_bits,
            page_size=page,
            pte_size=given("--pte-size", parse_size, pte_size) if pte_size else levels.entry.size,
            levels=levels.widths,
            maps=tuple(size.MapRange(*parse_range(item)) for item in map),
            frames=_frames(frames, memory, page),
            inverted_entry_size=entry_size if frames or memory else None,
        )
    )


@simulator(app, "page-size")
def page_size_command(
    process: Annotated[str, typer.Option(help="Bytes of the average process.")] = "1MiB",
    pte_size: Annotated[str, typer.Option(help="Bytes of a page-table entry.")] = "8",
    sizes: Annotated[
        str, typer.Option(help="Page sizes to compare, powers of two.")
    ] = "512,1K,2K,4K,8K,16K,32K,64K",
) -> Run:
    """Page size: the page table against the unused part of the last page."""
    compared = sorted(given("--sizes", parse_size, item) for item in read_items(sizes, "page size"))
    return pagesize.run(
        pagesize.PageSizeConfig(
            given("--process", parse_size, process),
            given("--pte-size", parse_size, pte_size),
            tuple(compared),
        )
    )


def _frames(frames: str, memory: str, page: int) -> int | None:
    """Page frames of the physical memory, None where none is spoken of."""
    if frames and memory:
        raise InputError("give --frames or --memory, not both")
    if frames:
        return natural("--frames", frames, least=1)
    if not memory:
        return None
    count = given("--memory", parse_size, memory) // page
    if not count:
        raise InputError(
            f"--memory {shown(memory)} is less than a page of {format_size(page)}; "
            f"{format_size(2**20 * page)} would be memory for {2**20} frames"
        )
    return count
