"""The MMU: a lookup in the TLB, and on a miss a walk through the page tables.

The TLB is that of `oslab_tlb`, the walk that of `oslab_paging.walker`; its entries are read one by one
from where the page tables are. Only a walk that succeeds fills the TLB.

Sources: CS:APP, 9.6.2 and 9.6.3; Intel SDM volume 3A, "Caching Translation Information".
"""

from __future__ import annotations

from functools import partial
from typing import Any

from oslab import Hex
from oslab_memory.assembly import table_frames, tlb_of
from oslab_memory.datapath import DataPath
from oslab_memory.journal import Journal, Names, exact
from oslab_memory.machine import Machine
from oslab_memory.tables import Tables, rights_through
from oslab_paging.rights import Access
from oslab_paging.translate import MemoryAccess
from oslab_paging.walker import EntryRead, Walk
from oslab_tlb.tlb import Tlb, TlbEntry


class Mmu:
    """The TLB of a machine, if it has one, and its page tables. `focus` is the page looked up last."""

    def __init__(self, machine: Machine, journal: Journal, path: DataPath) -> None:
        self.tlb = tlb_of(machine)
        self.tables = Tables(machine.tables, machine.page_table.root, table_frames(machine))
        self.focus = 0
        self._machine = machine
        self._shape = machine.tables
        self._journal = journal
        self._path = path
        self._lookup = tuple(exact(level.time) for level in machine.tlb)
        for page in machine.page:
            self.tables.map(page.vpn, page.frame or 0, machine.rights_of(page.vpn), page.present)

    def look_up(self, vpn: int) -> TlbEntry | None:
        """A lookup in the TLB, if there is one."""
        tlb, counts, journal = self.tlb, self._journal.counts, self._journal
        if tlb is None:
            return None
        self.focus = vpn
        entry = tlb.find(vpn, 0)
        if entry:
            counts.tlb_hits += 1
        else:
            counts.tlb_misses += 1
        found_in = tlb.level if not isinstance(tlb, Tlb) else 1 if entry else 0
        if found_in == 2:
            counts.tlb2_hits += 1
        if journal.telling and "tlb_hit" not in journal.rows[-1]:
            first = self._machine.tlb[0].shape
            journal.note(
                tlb_index=first.index_of(vpn), tlb_tag=first.tag_of(vpn), tlb_hit=entry is not None
            )
        for n, cost in enumerate(self._lookup, start=1):
            here = entry if found_in == n else None
            told = partial(self._told_lookup, vpn, n, here)
            journal.tell("tlb-lookup", "tlb", cost, told)
            if here:
                break
        return entry

    def walk(self, va: int, letter: Access) -> Walk:
        """A page walk: each entry on the way is read, from the caches or from memory."""
        found = self.tables.walk(MemoryAccess(va, letter, "user"))
        counts, size = self._journal.counts, self._shape.entry.size
        for read in found.reads:
            self._journal.tell("ask-pte", "mmu", 0, partial(self._told_address, read))
            counts.pte_reads += 1
            counts.pte_cache_hits += self._path.read_entry(read.address, size)
            self._journal.tell("pte", "mmu", 0, partial(self._told_entry, read))
        return found

    def fill(self, vpn: int, frame: int, found: Walk) -> None:
        """Put the translation that a walk found into the TLB."""
        if self.tlb is None:
            return
        rights = rights_through(self._shape, found)
        victim = self.tlb.fill(
            TlbEntry(vpn, frame, 0, rights.write, rights.user, rights.execute, False, rights.read)
        )
        left = Hex(victim.vpn) if victim else None
        self._journal.tell("tlb-fill", "tlb", 0, lambda: (
            {"vpn": Hex(vpn), "ppn": Hex(frame)}, {"tlb_victim": left},
        ))  # fmt: skip

    def forget(self, vpn: int) -> bool:
        """A page has left its frame: clear its entry; whether the TLB had it too."""
        self.tables.unmap(vpn)
        return bool(self.tlb and self.tlb.invalidate(vpn))

    def _told_lookup(self, vpn: int, level: int, entry: TlbEntry | None) -> tuple[Names, Names]:
        shape = self._machine.tlb[level - 1].shape
        given: dict[str, Any] = {"vpn": Hex(vpn), "sets": shape.sets}
        if len(self._machine.tlb) > 1:
            given["tlb_level"] = level
        return given, {
            "tlb_index": Hex(shape.index_of(vpn)),
            "tlb_tag": Hex(shape.tag_of(vpn)),
            "tlb_hit": entry is not None,
            "ppn": Hex(entry.pfn) if entry else None,
        }

    def _told_address(self, read: EntryRead) -> tuple[Names, Names]:
        given = {"table": Hex(read.table), "entry_size": self._shape.entry.size}
        return {**self._level(read), **given}, {
            "index": Hex(read.index),
            "pte": Hex(read.address),
        }

    def _told_entry(self, read: EntryRead) -> tuple[Names, Names]:
        assert read.entry
        frame = Hex(read.entry.pfn) if read.entry.valid else None
        result: dict[str, Any] = {"entry": f"0x{read.entry.raw:0{2 * self._shape.entry.size}x}"}
        if read.level > 1:
            result["next_table"] = frame and Hex(frame * self._shape.page_size)
        else:
            result["ppn"] = frame
        return {**self._level(read), "pte": Hex(read.address)}, result

    def _level(self, read: EntryRead) -> Names:
        return {"level": read.level} if self._shape.levels > 1 else {}
