"""Commands on translation through a linear table, page-table entries and the size of tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar, get_args

import typer

from oslab import InputError, Run, simulator
from oslab.cli.arguments import read_items
from oslab.quantities import parse_address, parse_int, parse_size, shown
from oslab_paging import errorcode, pagesize, pte, size, split, translate
from oslab_paging.cli import app
from oslab_paging.entry import Access, Mode, entry_format
from oslab_paging.layout import layout, parse_range
from oslab_paging.tablefile import page_entry, parse_pte, read_raw, read_toml

T = TypeVar("T", bound=str)

VaBits = Annotated[str, typer.Option(help="Bits of a virtual address.")]
PageSize = Annotated[str, typer.Option(help="Bytes of a page, a power of two: 4096 or 4KiB.")]
AccessOption = Annotated[
    str, typer.Option("--access", metavar="r|w|x", help="Kind of access: read, write, execute.")
]
ModeOption = Annotated[
    str, typer.Option("--mode", metavar="user|kernel", help="Mode the access is made in.")
]
Wp = Annotated[
    bool, typer.Option("--wp/--no-wp", help="Kernel writes to read-only pages fault too (CR0.WP).")
]


@simulator(app, "split")
def split_command(
    va: Annotated[list[str], typer.Argument(help="Virtual addresses.")],
    va_bits: VaBits = "32",
    page_size: PageSize = "4096",
) -> Run:
    """Split virtual addresses into page number (VPN) and offset (VPO)."""
    addresses = tuple(parse_address(item) for item in read_items(va, "addresses"))
    return split.run(split.SplitConfig(addresses, parse_int(va_bits), parse_size(page_size)))


@simulator(app, "translate")
def translate_command(
    va: Annotated[
        list[str],
        typer.Argument(
            help="Virtual addresses; 0x2004:w or 0x2004:w:kernel says how this one is accessed."
        ),
    ],
    pte: Annotated[
        list[str],
        typer.Option(
            metavar="VPN=PPN[:FLAGS]",
            help="A page-table entry, may be given many times. Flags are letters of r w x u (user) "
            "and n (not present); none: present, every access allowed.",
        ),
    ] = [],  # noqa: B006
    table: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help='Page table: TOML, [[pte]] with vpn = 2, ppn = 6, flags = "ru"; or, with --entry, '
            "raw entries one a line.",
        ),
    ] = "",
    entry: Annotated[
        str,
        typer.Option(
            metavar="FORMAT",
            help='Format of raw entries: "valid=31 pfn=0..30", x86-32, x86-64, sv32 or sv39.',
        ),
    ] = "",
    va_bits: VaBits = "32",
    page_size: PageSize = "4096",
    access: AccessOption = "r",
    mode: ModeOption = "user",
    entries: Annotated[
        str,
        typer.Option(
            help="Length of the table; pages beyond it are out of range. Else: raw entries, as many "
            "as there are; otherwise one for every page."
        ),
    ] = "",
    wp: Wp = True,
) -> Run:
    """Translate virtual addresses through a linear page table."""
    rows = [parse_pte(item) for item in pte]
    bits, page = parse_int(va_bits), parse_size(page_size)
    length = 1 << bits - split.offset_bits(bits, page)
    if table and entry:
        raw = read_raw(_read(table), entry_format(entry), table)
        rows += raw
        length = max(row.vpn for row in raw) + 1
    elif table:
        rows += read_toml(_read(table), table)
    elif entry:
        raise InputError("--entry says how raw entries look; give their file with --table")
    accesses = [
        translate.MemoryAccess(parse_address(address), a, m)
        for address, a, m in _accesses(read_items(va, "addresses"), access, mode)
    ]
    return translate.run(
        translate.TranslateConfig(
            accesses=tuple(accesses),
            table=tuple(sorted(rows, key=lambda row: row.vpn)),
            va_bits=bits,
            page_size=page,
            table_entries=parse_int(entries) if entries else length,
            wp=wp,
        )
    )


@simulator(app, "pte")
def pte_command(
    raw: Annotated[
        list[str],
        typer.Argument(help="Raw entries; 0x12345067:w:kernel says how this one is accessed."),
    ],
    format: Annotated[
        str,
        typer.Option(
            help='x86-32, x86-64, sv32, sv39, or text such as "bytes=1 valid=7 pfn=0..6".'
        ),
    ] = "x86-32",
    access: AccessOption = "r",
    mode: ModeOption = "user",
    wp: Wp = True,
) -> Run:
    """Decode raw page-table entries: frame, flags, and whether an access is allowed."""
    entries = [
        pte.PteAccess(parse_address(number), a, m)
        for number, a, m in _accesses(read_items(raw, "raw entries"), access, mode)
    ]
    return pte.run(pte.PteConfig(tuple(entries), format, wp))


@simulator(app, "error-code")
def error_code_command(
    code: Annotated[
        list[str] | None, typer.Argument(help="Error codes to decode, such as 0x7.")
    ] = None,
    situation: Annotated[
        list[str],
        typer.Option(
            metavar="FLAGS:ACCESS[:MODE]",
            help="A situation to encode, may be given many times: the entry's flags as letters of "
            "r w x u, n (not present) and ! (a reserved bit set), then r, w or x, then user or "
            "kernel. ru:w:user is a write to a read-only user page.",
        ),
    ] = [],  # noqa: B006
    nx: Annotated[
        bool, typer.Option("--nx/--no-nx", help="NX is in use: fetches set the I/D bit.")
    ] = True,
    wp: Wp = True,
) -> Run:
    """The error code of an x86 page fault, from a situation or back to it."""
    codes = read_items(code, "error codes") if code else []
    situations = [_situation(item) for item in situation]
    return errorcode.run(
        errorcode.ErrorCodeConfig(
            tuple(situations), tuple(parse_address(item) for item in codes), nx, wp
        )
    )


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
    page = parse_size(page_size) if page_size else levels.page_size
    if frames and memory:
        raise InputError("give --frames or --memory, not both")
    return size.run(
        size.SizeConfig(
            va_bits=parse_int(va_bits) if va_bits else levels.va_bits,
            page_size=page,
            pte_size=parse_size(pte_size) if pte_size else levels.entry.size,
            levels=levels.widths,
            maps=tuple(size.MapRange(*parse_range(item)) for item in map),
            frames=parse_int(frames) if frames else parse_size(memory) // page if memory else 0,
            inverted_entry_size=parse_size(inverted_entry_size),
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
    compared = sorted(parse_size(item) for item in read_items(sizes, "page sizes"))
    return pagesize.run(
        pagesize.PageSizeConfig(parse_size(process), parse_size(pte_size), tuple(compared))
    )


def _accesses(items: list[str], access: str, mode: str) -> list[tuple[str, Access, Mode]]:
    """Items such as ``0x2004``, ``0x2004:w`` and ``0x2004:w:kernel``, the missing parts filled in."""
    found: list[tuple[str, Access, Mode]] = []
    for item in items:
        number, *rest = item.split(":")
        if len(rest) > 2:
            raise InputError(
                f"{shown(item)}: 0x2004, 0x2004:w or 0x2004:w:kernel would be an access"
            )
        own_access, own_mode = [*rest, *(access, mode)[len(rest) :]]
        found.append(
            (number, _one_of(own_access, get_args(Access)), _one_of(own_mode, get_args(Mode)))
        )
    return found


def _situation(text: str) -> errorcode.Situation:
    flags, access, mode = _accesses([text if ":" in text else f"{text}:r"], "r", "user")[0]
    entry = page_entry(0, 0, flags.replace("!", ""))
    return errorcode.Situation(
        entry.valid, entry.write, entry.user, not entry.execute, "!" in flags, access, mode
    )


def _one_of(text: str, options: tuple[T, ...]) -> T:
    for option in options:
        if text == option:
            return option
    raise InputError(f"{shown(text)} is none of {', '.join(options)}")


def _read(name: str) -> str:
    try:
        return Path(name).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {name}: {error}") from None
