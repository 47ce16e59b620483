"""How a TLB is drawn beside a step: page numbers by way, and what decides who leaves next."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from oslab import Cells, Drawing, Grid
from oslab_tlb.tlb import Tlb, TlbEntry
from oslab_tlb.twolevel import TwoLevelTlb

# Wider sets, and whole TLBs with more entries, are not drawn with every step.
MOST_WAYS = 16
MOST_ENTRIES = 64
ORDERS = {"lru": "by_use", "fifo": "queue", "plru": "bits"}


def name_of(entry: TlbEntry) -> int | str:
    """The process an entry belongs to; g for a global one."""
    return "g" if entry.is_global else entry.asid


def drawn_state(
    tlb: Tlb | TwoLevelTlb, vpn: int | None, number: Callable[[int], int], asids: bool
) -> Mapping[str, Drawing]:
    """The sets that page `vpn` falls into; the whole TLB after an event that concerns no page.

    number   how page numbers are written: int or Hex
    asids    the process stands before the page number: ``2:7``, ``g:7`` for a global entry
    """
    if isinstance(tlb, TwoLevelTlb):
        first = _drawn(tlb.first, vpn, number, asids, "l1", "l1_")
        return {**first, **_drawn(tlb.second, vpn, number, asids, "l2", "l2_")}
    return _drawn(tlb, vpn, number, asids, "tlb", "")


def _drawn(
    tlb: Tlb, vpn: int | None, number: Callable[[int], int], asids: bool, name: str, prefix: str
) -> Mapping[str, Drawing]:
    def text(entry: TlbEntry | None) -> int | str | None:
        if entry is None:
            return None
        page = number(entry.vpn)
        return f"{name_of(entry)}:{page}" if asids else page

    shape = tlb.shape
    if shape.ways > MOST_WAYS:
        return {}
    if vpn is None and shape.sets > 1:
        if shape.entries > MOST_ENTRIES:
            return {}
        columns = ("set", *map(str, range(shape.ways)))
        rows = tuple((i, *map(text, tlb.ways(i))) for i in range(shape.sets))
        return {f"{name}_sets": Grid(columns, rows)}
    index = 0 if vpn is None else shape.index_of(vpn)
    held = tlb.ways(index)
    drawn: dict[str, Drawing] = {
        name if shape.sets == 1 else f"{name}_set": Cells(
            tuple(map(text, held)), tuple(range(shape.ways))
        )
    }
    order = tlb.order(index)
    if shape.policy in ORDERS and shape.ways > 1:
        values = tuple(order) if shape.policy == "plru" else tuple(text(held[way]) for way in order)
        drawn[prefix + ORDERS[shape.policy]] = Cells(values)
    return drawn
