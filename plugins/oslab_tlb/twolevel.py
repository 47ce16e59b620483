"""Two levels of TLB: a small first one, and a larger second one that is asked on a miss in it.

A page walk fills both levels. An entry found in the second level is copied into the first and stays in
the second, where it counts as used; hits in the first level are not noticed there. What the first level
throws out is dropped, and what the second level throws out stays in the first if it is there: neither
inclusive nor exclusive.

Sources: Intel 64 and IA-32 Architectures Optimization Reference Manual, "DTLB and STLB".
"""

from __future__ import annotations

from oslab import Grid
from oslab_tlb.tlb import Tlb, TlbEntry, TlbShape


class TwoLevelTlb:
    """Both levels, with the interface of one `Tlb`.

    level     where the last lookup found its entry: 1, 2, or 0 for nowhere
    victims   what the last lookup or fill threw out of the first and of the second level
    """

    def __init__(self, first: TlbShape, second: TlbShape) -> None:
        self.first = Tlb(first)
        self.second = Tlb(second)
        self.level = 0
        self.victims: tuple[TlbEntry | None, TlbEntry | None] = (None, None)

    def find(self, vpn: int, asid: int) -> TlbEntry | None:
        """A lookup in the first level and, on a miss, in the second; a hit there fills the first."""
        self.level, self.victims = 1, (None, None)
        entry = self.first.find(vpn, asid)
        if entry:
            return entry
        entry = self.second.find(vpn, asid)
        self.level = 2 if entry else 0
        if entry:
            self.victims = self.first.fill(entry), None
        return entry

    def peek(self, vpn: int, asid: int) -> TlbEntry | None:
        """The entry that a lookup would find; looking is no use and fills nothing."""
        return self.first.peek(vpn, asid) or self.second.peek(vpn, asid)

    def fill(self, entry: TlbEntry) -> TlbEntry | None:
        """Put an entry into both levels, after a walk. Returns what the first level threw out."""
        second = self.second.fill(entry)
        self.victims = self.first.fill(entry), second
        return self.victims[0]

    def invalidate(self, vpn: int, asid: int | None = None) -> int:
        """Drop what both levels hold of one page. Returns how many entries."""
        return self.first.invalidate(vpn, asid) + self.second.invalidate(vpn, asid)

    def flush(self, asid: int | None = None, globals_too: bool = False) -> int:
        """Flush both levels, as `Tlb.flush`. Returns how many entries were dropped."""
        return self.first.flush(asid, globals_too) + self.second.flush(asid, globals_too)

    def drawn(self) -> Grid:
        """The contents of the first level; those of the second are ``second.drawn()``."""
        return self.first.drawn()
