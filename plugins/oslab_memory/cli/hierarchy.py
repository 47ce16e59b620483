"""The command hierarchy: speed, size and price of the levels of memory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, get_args

import typer

from oslab import InputError, Run, group, simulator
from oslab.cli.options import one_of
from oslab.exercise.fields import RecordError, read_record
from oslab.quantities import parse_decimal, parse_percent, parse_size, parse_time, shown
from oslab.tomlfile import read_toml
from oslab_memory.hierarchy import TYPICAL, HierarchyConfig, Level, Lookup, run

app = group("Speed, size and price of the levels of memory.")

EXAMPLE = "L1 32KiB 1.3ns 95% 500"
# A price of so many bytes; without a unit, of a GiB.
_PRICE = re.compile(r"\$?([^/]+?)(?:/(.+))?")


@dataclass(frozen=True)
class _FileLevel:
    name: str
    size: int
    time: Fraction
    hit: Fraction | None = None
    price: Fraction | None = None


@dataclass(frozen=True)
class _File:
    level: tuple[_FileLevel, ...]


@simulator(app, "hierarchy")
def hierarchy_command(
    level: Annotated[
        list[str],
        typer.Option(
            metavar='"NAME SIZE TIME HIT PRICE"',
            help=f"A level, from the processor down: '{EXAMPLE}'. HIT is the share found there of "
            "the accesses that get there, PRICE that of a GiB, or 0.02/MiB; - for none.",
        ),
    ] = [],  # noqa: B006
    levels: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="TOML: a [[level]] each with name, size, time, hit, price.",
            show_default=False,
        ),
    ] = "",
    lookup: Annotated[
        str,
        typer.Option(
            metavar="in-turn|at-once",
            help="Levels are asked one after the other, or all at once.",
        ),
    ] = "in-turn",
) -> Run:
    """Average access time and price of a hierarchy; without levels, one with typical figures."""
    if level and levels:
        raise InputError("--level and --levels both say what levels there are; give one of them")
    found = tuple(_level(text) for text in level) or (_read(levels) if levels else TYPICAL)
    return run(HierarchyConfig(found, one_of(lookup, get_args(Lookup), "--lookup")))


def _level(text: str) -> Level:
    parts = text.split()
    if len(parts) != 5:
        raise InputError(
            f"--level {shown(text)}: name, size, time, hit ratio and price are expected, as in "
            f"'{EXAMPLE}'; - for no hit ratio or price"
        )
    name, size, time, hit, price = parts
    try:
        return Level(
            name,
            parse_size(size),
            parse_time(time),
            None if hit == "-" else parse_percent(hit),
            None if price == "-" else _price(price),
        )
    except InputError as error:
        raise InputError(f"--level {shown(text)}: {error}") from None


def _price(text: str) -> Fraction:
    found = _PRICE.fullmatch(text)
    if not found:
        raise InputError(f"{shown(text)} is not a price; 500 or 0.02/MiB would be")
    unit = parse_size(f"1{found[2]}") if found[2] else 1 << 30
    return parse_decimal(found[1]) * (1 << 30) / unit


def _read(name: str) -> tuple[Level, ...]:
    table = read_toml(name, "a list of levels")
    try:
        found = read_record(_File, table)
    except RecordError as error:
        raise InputError("\n".join(f"{name}: {fault}" for fault in error.faults)) from None
    return tuple(
        Level(each.name, each.size, each.time, each.hit, each.price) for each in found.level
    )
