"""Options that several commands have: the model, privilege levels, the I/O permission bitmap."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab import InputError
from oslab.cli.arguments import read_items, read_range
from oslab.cli.options import given, natural, one_of
from oslab.quantities import parse_address, parse_int, shown
from oslab_modes.ports import (
    MAP_BYTES,
    MOST_PORT,
    NO_MAP,
    TSS_BYTES,
    WHOLE_MAP_LIMIT,
    PortMap,
    map_of,
)
from oslab_modes.regions import MODELS, Model

ModelName = Annotated[str, typer.Option("--model", help="linux32, linux64 or dos.")]
Split = Annotated[str, typer.Option(help="Where the kernel begins, for linux32.")]
Level = Annotated[str, typer.Option("--cpl", help="Current privilege level: 3 is user mode.")]
Iopl = Annotated[str, typer.Option(help="The level up to which ports, CLI and STI are free.")]
Ports = Annotated[
    str, typer.Option(help="Ports that the bitmap allows: 0x60,0x64 or 0x3f8..0x3ff.")
]
Bitmap = Annotated[
    str,
    typer.Option(
        metavar="[BYTE:]HEX",
        help="The bitmap itself: its bytes in hex from byte 0, or from a BYTE, as 12:ff7e. All others ff.",
    ),
]
MapBase = Annotated[str, typer.Option(help="Offset of the bitmap in the TSS.")]
TssLimit = Annotated[
    str,
    typer.Option(
        help="Offset of the last byte of the TSS; if not said, that of the whole bitmap, or of none."
    ),
]


def model_of(name: str) -> Model:
    return one_of(name, MODELS, "--model")


def level_of(option: str, text: str, model: Model) -> int:
    """A privilege level; in real mode, where there is none, 0."""
    if model == "dos":
        if text:
            raise InputError(f"{option} {shown(text)}: real mode has no privilege levels")
        return 0
    level = natural(option, text) if text else {"--cpl": 3}.get(option, 0)
    if level > 3:
        raise InputError(f"{option} {shown(text)}: a level from 0 to 3 is expected")
    return level


def map_from(ports: str, bitmap: str, base: str, limit: str) -> PortMap:
    """The bitmap that the options describe; nothing said, there is none. Raises InputError."""
    if ports and bitmap:
        raise InputError("--ports and --bitmap both say what is allowed; one of them is expected")
    found = _bytes(bitmap) if bitmap else map_of(_ports(ports)) if ports else NO_MAP
    return PortMap(
        base=natural("--map-base", base) if base else TSS_BYTES,
        limit=natural("--tss-limit", limit)
        if limit
        else found.limit
        + (natural("--map-base", base) - TSS_BYTES if base and found is not NO_MAP else 0),
        first=found.first,
        data=found.data,
    )


def _ports(text: str) -> set[int]:
    found: set[int] = set()
    for item in read_items(text, "port"):
        ports = read_range(item, "ports")
        if ports.start < 0 or ports.stop - 1 > MOST_PORT:
            raise InputError(f"--ports {shown(item)}: a port is 0 to 0xffff")
        found.update(ports)
    return found


def _bytes(text: str) -> PortMap:
    before, colon, digits = text.rpartition(":")
    first = given("--bitmap", parse_int, before) if colon else 0
    word = "".join(digits.split()).lower().removeprefix("0x")
    try:
        data = bytes.fromhex(word)
    except ValueError:
        data = b""
    if not data:
        raise InputError(
            f"--bitmap {shown(text)}: two hex digits a byte are expected, as ff7e, or 12:ff7e from byte 12"
        )
    if len(data) > MAP_BYTES + 1:
        raise InputError(f"--bitmap: the bitmap has {MAP_BYTES} bytes, and one more behind it")
    return PortMap(TSS_BYTES, WHOLE_MAP_LIMIT, first, tuple(data))


def split_of(text: str, model: Model) -> int:
    if text and model != "linux32":
        raise InputError(f"--split {shown(text)}: only linux32 can be split elsewhere")
    return given("--split", parse_address, text) if text else 0xC0000000
