"""Machines as students run them: with a victim of their own, or with a rule misread."""

from __future__ import annotations

from oslab_tlb.machine import NONE, Machine, Victims
from oslab_tlb.tlb import Tlb, TlbEntry, TlbShape
from oslab_tlb.twolevel import TwoLevelTlb


class FollowingTlb(Tlb):
    """A TLB that gives way to a student's victim: the first of `wanted` that is in the full set."""

    def __init__(self, shape: TlbShape) -> None:
        super().__init__(shape)
        self.wanted: tuple[int | None, ...] = ()

    def chosen(self, index: int) -> int:
        own = super().chosen(index)
        held = [entry.vpn if entry else None for entry in self.ways(index)]
        if None in held:
            return own
        return next((held.index(vpn) for vpn in self.wanted if vpn in held), own)


class Following(Machine):
    """A machine of one level with a `FollowingTlb`."""

    tlb: FollowingTlb

    def built(self, first: TlbShape, second: TlbShape | None) -> Tlb | TwoLevelTlb:
        return FollowingTlb(first)


class NoFill(Machine):
    """A miss reads the page table and leaves the TLB as it is."""

    def fill(self, entry: TlbEntry) -> Victims:
        return NONE


class _DeafTlb(Tlb):
    """Hits are no uses."""

    def find(self, vpn: int, asid: int) -> TlbEntry | None:
        return self.peek(vpn, asid)


class HitsUnnoticed(Machine):
    """The policy learns of fills only."""

    def built(self, first: TlbShape, second: TlbShape | None) -> Tlb | TwoLevelTlb:
        return _DeafTlb(first)
