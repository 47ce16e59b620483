"""The memory that page tables take: linear, multi-level and inverted, for a sparse address space.

A linear table has an entry for every page of the address space, used or not. A multi-level table
has the root always, and below it a table only where something is mapped; each table is whole. An
inverted table has one entry for every page frame, however large the address spaces are.

Source: Tanenbaum and Bos, Modern Operating Systems, 3.3.4; for the named layouts the manuals that
`oslab_paging.layout` names.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from oslab import InputError, Int, Run, Size, Step
from oslab.quantities import format_address, format_size
from oslab_paging.split import offset_bits


@dataclass(frozen=True, slots=True)
class MapRange:
    """Mapped addresses from `first` to `last`, both included; a page touched in part is mapped."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class SizeConfig:
    """An address space and what is mapped in it.

    va_bits      width of a virtual address, 1 to 64
    page_size    bytes of a page, a power of two
    pte_size     bytes of an entry of the linear and the multi-level table
    levels       index bits of each level from the root; with the offset they make up `va_bits`
    maps         what is mapped; ranges may touch or overlap
    frames       page frames of the physical memory; None or 0: no inverted table is asked about
    inverted_entry_size   bytes of an entry of the inverted table, anchors apart; None as `frames`

    Raises InputError for sizes that do not fit together.
    """

    va_bits: int
    page_size: int
    pte_size: int
    levels: tuple[int, ...]
    maps: tuple[MapRange, ...]
    frames: int | None
    inverted_entry_size: int | None

    def __post_init__(self) -> None:
        vpo_bits = offset_bits(self.va_bits, self.page_size)
        if self.pte_size < 1:
            raise InputError(f"a page-table entry has at least 1 byte, not {self.pte_size}")
        if not self.levels or min(self.levels) < 1 or sum(self.levels) + vpo_bits != self.va_bits:
            layout = ",".join(map(str, (*self.levels, vpo_bits)))
            raise InputError(
                f"the layout {layout} must have a level at least and {self.va_bits} bits in all; "
                f"10,10,12 makes 32"
            )
        for part in self.maps:
            if not 0 <= part.first <= part.last < 1 << self.va_bits:
                raise InputError(
                    f"the range {range_text(part)} is empty or reaches beyond {self.va_bits} bits"
                )
        if (self.frames or 0) < 0 or (self.frames and (self.inverted_entry_size or 0) < 1):
            raise InputError("an inverted table needs page frames and entries of at least 1 byte")


def run(config: SizeConfig) -> Run:
    """Sizes of the three kinds of table.

    Steps ``linear-table``: result ``entries bytes``; ``level-tables`` (one for each, from the root
    down to level 1): given ``level index_bits``, result ``tables bytes``; ``multilevel-table``:
    result ``bytes``; ``inverted-table`` (if there are frames): result ``bytes``. Metrics, sizes in
    bytes: ``linear_bytes multilevel_bytes inverted_bytes tables_per_level pages saved_bytes
    saving times_smaller`` (saved against the linear table; a share, negative where the multi-level table is
    larger); ``inverted_bytes`` is None without frames.
    """
    vpo_bits = offset_bits(config.va_bits, config.page_size)
    entries = 1 << config.va_bits - vpo_bits
    linear = entries * config.pte_size
    steps = [
        Step(
            action="linear-table",
            given={
                "va_bits": config.va_bits,
                "page_size": format_size(config.page_size),
                "pte_size": config.pte_size,
                "vpn_bits": config.va_bits - vpo_bits,
            },
            result={"entries": entries, "bytes": linear, "size": format_size(linear)},
        )
    ]
    tables = tables_per_level(config)
    below = config.va_bits
    for i, (bits, count) in enumerate(zip(config.levels, tables, strict=True)):
        table_size = (1 << bits) * config.pte_size
        steps.append(
            Step(
                action="level-tables",
                given={
                    "level": len(config.levels) - i,
                    "index_bits": bits,
                    "table_size": format_size(table_size),
                    "reach": format_size(1 << below),
                    "root": i == 0,
                },
                result={
                    "tables": count,
                    "bytes": count * table_size,
                    "size": format_size(count * table_size),
                },
            )
        )
        below -= bits
    multilevel = multilevel_bytes(config, tables)
    steps.append(
        Step(
            action="multilevel-table",
            given={"tables": sum(tables)},
            result={
                "bytes": multilevel,
                "size": format_size(multilevel),
                "larger": multilevel > linear,
            },
        )
    )
    inverted = None
    if config.frames and config.inverted_entry_size:
        inverted = config.frames * config.inverted_entry_size
    if inverted is not None:
        steps.append(
            Step(
                action="inverted-table",
                given={"frames": config.frames, "entry_size": config.inverted_entry_size},
                result={"bytes": inverted, "size": format_size(inverted)},
            )
        )
    return Run(
        command="paging.size",
        config=config,
        conventions=_conventions(config),
        asks={
            "linear-table": {"bytes": Size()},
            "level-tables": {"tables": Int()},
            "multilevel-table": {"bytes": Size()},
            **({} if inverted is None else {"inverted-table": {"bytes": Size()}}),
        },
        steps=tuple(steps),
        metrics={
            "linear_bytes": linear,
            "multilevel_bytes": multilevel,
            "inverted_bytes": inverted,
            "tables_per_level": tables,
            "pages": touched(config.maps, vpo_bits),
            "saved_bytes": linear - multilevel,
            "saving": Fraction(linear - multilevel, linear),
            "times_smaller": Fraction(linear, multilevel),
        },
    )


def touched(maps: tuple[MapRange, ...], shift: int) -> int:
    """How many aligned stretches of 2^shift bytes hold something mapped."""
    count, reached = 0, -1
    for first, last in sorted((m.first >> shift, m.last >> shift) for m in maps):
        if last > reached:
            count += last - max(first, reached + 1) + 1
            reached = last
    return count


def tables_per_level(config: SizeConfig) -> tuple[int, ...]:
    """How many tables there are at each level, from the root down."""
    counts = [1]
    below = config.va_bits
    for bits in config.levels[:-1]:
        below -= bits
        counts.append(touched(config.maps, below))
    return tuple(counts)


def multilevel_bytes(config: SizeConfig, tables: tuple[int, ...]) -> int:
    """Bytes of so many whole tables at each level."""
    sizes = ((1 << bits) * config.pte_size for bits in config.levels)
    return sum(count * size for count, size in zip(tables, sizes, strict=True))


def range_text(part: MapRange) -> str:
    """``0x400000..0x5fffff``, both ends included."""
    return f"{format_address(part.first)}..{format_address(part.last)}"


def _conventions(config: SizeConfig) -> dict[str, bool | str]:
    found: dict[str, bool | str] = {"whole-tables": True}
    if config.maps:
        found["range-end"] = "included"
    if config.frames:
        found["anchors"] = "apart"
    return found
