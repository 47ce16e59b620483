"""How accesses are typed on the command line: ``0x2004``, ``0x2004:w``, ``0x2004:w:kernel``."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from oslab import InputError
from oslab.cli.arguments import read_items
from oslab.cli.options import one_of
from oslab.quantities import parse_address, shown
from oslab_paging.rights import Access, Mode
from oslab_paging.translate import MemoryAccess

Addresses = Annotated[
    list[str],
    typer.Argument(
        metavar="VA...",
        help="Virtual addresses; 0x2004:w or 0x2004:w:kernel says how this one is accessed. "
        "@FILE, or - for stdin.",
    ),
]
AccessOption = Annotated[
    str, typer.Option("--access", metavar="r|w|x", help="Kind of access: read, write, execute.")
]
ModeOption = Annotated[
    str, typer.Option("--mode", metavar="user|kernel", help="Mode the access is made in.")
]
Wp = Annotated[
    bool, typer.Option("--wp/--no-wp", help="x86: read-only binds the kernel too (CR0.WP).")
]


def read_accesses(items: list[str], access: str, mode: str) -> list[tuple[str, Access, Mode]]:
    """What each item names, and how it is accessed; `access` and `mode` where it does not say.

    Raises InputError.
    """
    found: list[tuple[str, Access, Mode]] = []
    for item in items:
        number, *rest = item.split(":")
        if len(rest) > 2:
            raise InputError(
                f"{shown(item)}: 0x2004, 0x2004:w or 0x2004:w:kernel would be an access"
            )
        own_access, own_mode = [*rest, *(access, mode)[len(rest) :]]
        kind: Access = one_of(own_access, get_args(Access), "access")
        found.append((number, kind, one_of(own_mode, get_args(Mode), "mode")))
    return found


def memory_accesses(va: list[str], access: str, mode: str) -> tuple[MemoryAccess, ...]:
    """The accesses of a command line. Raises InputError."""
    items = read_items(va, "address")
    return tuple(
        MemoryAccess(parse_address(address), kind, own_mode)
        for address, kind, own_mode in read_accesses(items, access, mode)
    )
