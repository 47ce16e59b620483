"""The commands translate, pte and error-code: one address, one entry, one fault."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oslab import Hex, InputError, Run, group, simulator
from oslab.cli.arguments import read_items
from oslab.cli.options import given, natural
from oslab.quantities import parse_address, parse_size, shown
from oslab_paging import errorcode, pte, translate
from oslab_paging.cli.accesses import (
    AccessOption,
    Addresses,
    ModeOption,
    Wp,
    memory_accesses,
    read_accesses,
)
from oslab_paging.entryformats import entry_format
from oslab_paging.split import offset_bits
from oslab_paging.tablefile import page_entry, parse_pte, read_raw, read_toml

app = group("One address, one entry, one fault.")

VaBits = Annotated[str, typer.Option(help="Bits of a virtual address.")]
PageSize = Annotated[str, typer.Option(help="Bytes of a page, a power of two: 4096 or 4KiB.")]


@simulator(app, "translate")
def translate_command(
    va: Addresses,
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
    bits, page = natural("--va-bits", va_bits), given("--page-size", parse_size, page_size)
    length = 1 << bits - offset_bits(bits, page)
    if table and entry:
        raw = read_raw(_read(table), entry_format(entry), table)
        rows += raw
        length = max(row.vpn for row in raw) + 1
    elif table:
        rows += read_toml(_read(table), table)
    elif entry:
        raise InputError("--entry says how raw entries look; give their file with --table")
    return translate.run(
        translate.TranslateConfig(
            accesses=memory_accesses(va, access, mode),
            table=tuple(sorted(rows, key=lambda row: row.vpn)),
            va_bits=bits,
            page_size=page,
            table_entries=natural("--entries", entries, least=1) if entries else length,
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
        for number, a, m in read_accesses(read_items(raw, "raw entry"), access, mode)
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
    codes = read_items(code, "error code") if code else []
    situations = [_situation(item) for item in situation]
    return errorcode.run(
        errorcode.ErrorCodeConfig(
            tuple(situations), tuple(Hex(parse_address(item)) for item in codes), nx, wp
        )
    )


def _situation(text: str) -> errorcode.Situation:
    try:
        flags, access, mode = read_accesses([text], "r", "user")[0]
        entry = page_entry(0, 0, flags.replace("!", ""))
    except InputError:
        raise InputError(
            f"--situation {shown(text)}: FLAGS:ACCESS[:MODE] is expected, such as ru:w:user; flags "
            "are letters of r w x u, n (not present) and ! (a reserved bit set)"
        ) from None
    return errorcode.Situation(
        entry.valid, entry.write, entry.user, not entry.execute, "!" in flags, access, mode
    )


def _read(name: str) -> str:
    try:
        return Path(name).read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            f"--table {name} is no text; a page table in TOML, or with --entry raw entries one a "
            "line, would be"
        ) from None
    except OSError as error:
        raise InputError(f"--table: cannot read {name}: {error.strerror or error}") from None
