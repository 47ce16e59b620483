"""Lookups in a TLB whose contents are given: which set, which tag, hit or miss.

The page number is cut once more: its low bits are the set index (TLBI), the bits above them the tag
(TLBT). Only in that set are tags compared, and only with those of valid entries. On a hit the entry
holds the frame number, which takes the place of the page number.

Source: CS:APP, 9.6.2 and 9.6.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from oslab import Address, Choice, Grid, Hex, InputError, Int, OrNone, Run, Step, Value
from oslab.quantities import format_bits
from oslab_paging.split import join, offset_bits, split
from oslab_tlb.tlb import Tlb, TlbEntry, TlbShape

Why: TypeAlias = Literal["invalid", "elsewhere", "absent"]
"""Why a lookup misses: the entry is not valid; its tag is that of another set's entry; neither."""

# More ways than these are drawn one below the other.
MOST_BESIDE = 4


@dataclass(frozen=True, slots=True)
class SnapshotEntry:
    """What a way of the TLB holds.

    index, way  where: the set and the way in it
    tag         high bits of the page number
    ppn         frame number; an entry that is not valid may hold none
    valid       whether the rest counts
    """

    index: int
    way: int
    tag: int
    ppn: int | None
    valid: bool


@dataclass(frozen=True, slots=True)
class LookupConfig:
    """Addresses, and the TLB they are looked up in.

    addresses      virtual addresses, at least one
    va_bits        width of a virtual address, 1 to 64
    page_size      bytes, a power of two
    entries, ways  of the TLB, as in `TlbShape`
    snapshot       what it holds; other ways are empty

    Raises InputError for a TLB that cannot be.
    """

    addresses: tuple[int, ...]
    va_bits: int
    page_size: int
    entries: int
    ways: int
    snapshot: tuple[SnapshotEntry, ...]

    def __post_init__(self) -> None:
        shape = self.shape()
        tag_bits = self.va_bits - offset_bits(self.va_bits, self.page_size) - shape.index_bits
        if tag_bits < 0:
            raise InputError(f"{shape.sets} sets are more than there are pages; give fewer")
        if not self.addresses:
            raise InputError("give at least one virtual address, such as 0x2004 or 8196")
        for va in self.addresses:
            if not 0 <= va < 1 << self.va_bits:
                raise InputError(f"address {va:#x} does not fit into {self.va_bits} bits")
        places, answering = set(), set()
        for entry in self.snapshot:
            place = f"set {entry.index}, way {entry.way}"
            if not (0 <= entry.index < shape.sets and 0 <= entry.way < shape.ways):
                raise InputError(
                    f"{place} is not in this TLB: it has the sets 0 to {shape.sets - 1} "
                    f"with the ways 0 to {shape.ways - 1}"
                )
            if (entry.index, entry.way) in places:
                raise InputError(f"{place} is filled twice")
            if not 0 <= entry.tag < 1 << tag_bits:
                raise InputError(
                    f"{place}: a tag has {tag_bits} bits here, {entry.tag:#x} has more"
                )
            if entry.valid and entry.ppn is None:
                raise InputError(f"{place} is valid, so it needs a frame number")
            if entry.valid and (entry.index, entry.tag) in answering:
                raise InputError(f"{place}: another valid entry of the set has the same tag")
            places.add((entry.index, entry.way))
            if entry.valid:
                answering.add((entry.index, entry.tag))

    def shape(self) -> TlbShape:
        """The TLB's shape; lookups alone drive nothing out. Raises InputError."""
        return TlbShape(self.entries, self.ways, "lru", 0)


def run(config: LookupConfig) -> Run:
    """Look each address up; nothing is filled on a miss.

    Steps ``look-up``: given ``va page_size sets``, result ``vpn vpo set tag result`` (hit or miss)
    ``ppn pa`` (None on a miss) and ``why`` (None on a hit, else a `Why`). Metrics: ``lookups`` (one
    entry an address: ``va vpn vpo set tag result ppn pa``), ``hits``, ``misses``.
    """
    shape = config.shape()
    tlb = _filled(config)
    steps, lookups = [], []
    drawn = drawn_snapshot(config)
    for group, va in enumerate(config.addresses, 1):
        vpn, vpo = split(va, config.page_size)
        index, tag = shape.index_of(vpn), shape.tag_of(vpn)
        found = tlb.peek(vpn, 0)
        result: dict[str, Value] = {
            "vpn": Hex(vpn),
            "vpo": Hex(vpo),
            "set": index,
            "tag": Hex(tag),
            "result": "hit" if found else "miss",
            "ppn": Hex(found.pfn) if found else None,
            "pa": Hex(join(found.pfn, vpo, config.page_size)) if found else None,
        }
        lookups.append({"va": Hex(va), **result})
        steps.append(
            Step(
                action="look-up",
                actor="tlb",
                given={"va": Hex(va), "page_size": config.page_size, "sets": shape.sets},
                result={**result, "why": None if found else _why(config, index, tag)},
                state={"snapshot": drawn, "parts": drawn_parts(config, va)},
                group=group,
            )
        )
    hits = sum(found["result"] == "hit" for found in lookups)
    return Run(
        command="tlb.lookup",
        config=config,
        conventions={"index": "vpn-mod-sets", "lookup-valid": True},
        asks={
            "look-up": {
                **({"set": Int()} if shape.sets > 1 else {}),
                "tag": Address(),
                "result": Choice("hit", "miss"),
                "ppn": OrNone(Address()),
                "pa": OrNone(Address()),
            }
        },
        steps=tuple(steps),
        metrics={"lookups": tuple(lookups), "hits": hits, "misses": len(lookups) - hits},
    )


def drawn_snapshot(config: LookupConfig) -> Grid:
    """The TLB as textbooks draw it, a row for each set with the ways side by side; where these are
    many, a row for each way."""
    shape = config.shape()
    held = {(entry.index, entry.way): _drawn(entry) for entry in config.snapshot}
    places = [(i, way) for i in range(shape.sets) for way in range(shape.ways)]
    if shape.ways > MOST_BESIDE:
        rows = tuple((*place, *held.get(place, _EMPTY)) for place in places)
        return Grid(("set", "way", "tag", "ppn", "valid"), rows)
    sets: list[list[int | None]] = [[index] for index in range(shape.sets)]
    for place in places:
        sets[place[0]] += held.get(place, _EMPTY)
    heads = ("set", *("tag", "ppn", "valid") * shape.ways)
    return Grid(heads, tuple(tuple(row) for row in sets))


_EMPTY = (None, None, 0)


def _drawn(entry: SnapshotEntry) -> tuple[int | None, ...]:
    return Hex(entry.tag), None if entry.ppn is None else Hex(entry.ppn), int(entry.valid)


def drawn_parts(config: LookupConfig, va: int) -> Grid:
    """The address in binary, cut into tag, set index and offset; an empty part is left out."""
    vpo_bits = offset_bits(config.va_bits, config.page_size)
    low = vpo_bits + config.shape().index_bits
    cuts = (("TLBT", config.va_bits, low), ("TLBI", low, vpo_bits), ("VPO", vpo_bits, 0))
    rows = []
    for name, top, bottom in cuts:
        if top > bottom:
            value = va >> bottom & (1 << top - bottom) - 1
            bits = format_bits(value, top - bottom)
            rows.append((name, f"{top - 1}..{bottom}", bits, Hex(value)))
    return Grid(("part", "bits", "binary", "value"), tuple(rows))


def _filled(config: LookupConfig) -> Tlb:
    """The TLB with the valid entries."""
    shape = config.shape()
    tlb = Tlb(shape)
    for entry in config.snapshot:
        if entry.valid and entry.ppn is not None:
            vpn = entry.tag * shape.sets + entry.index
            tlb.fill(TlbEntry(vpn, entry.ppn, 0, True, True, True, False))
    return tlb


def _why(config: LookupConfig, index: int, tag: int) -> Why:
    same = [entry for entry in config.snapshot if entry.tag == tag]
    if any(entry.index == index for entry in same):
        return "invalid"
    return "elsewhere" if any(entry.valid for entry in same) else "absent"
