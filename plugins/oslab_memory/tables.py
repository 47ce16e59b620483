"""Page tables in memory, as the kernel writes them and the MMU reads them.

They are a memory image to `oslab_paging.walker`: what is asked for is an entry, or nothing is known. The
root is there from the start; tables below are made when a page first needs them.

Source: the layouts and entries of `oslab_paging`; Linux, mm/memory.c (__p4d_alloc and its like make the
tables that a fault finds missing).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import reduce
from operator import and_

from oslab_paging.entry import EntryFormat
from oslab_paging.layout import Layout
from oslab_paging.memoryimage import ByteOrder, MemoryImage
from oslab_paging.rights import Rights
from oslab_paging.translate import MemoryAccess
from oslab_paging.walker import PageTables, Walk, walk


class Tables(MemoryImage):
    """The tables of one process.

    shape       layout and entry format
    root        physical address of the root table
    next_table  gives the first frame for a table of so many frames
    """

    def __init__(self, shape: Layout, root: int, next_table: Callable[[int], int]) -> None:
        super().__init__(())
        self._shape = shape
        self._root = root
        self._next_table = next_table
        self._raw: dict[int, int] = {}
        self._tables = [range(root, root + shape.table_bytes(shape.levels))]
        self._walked = PageTables(shape, root, self, "little", wp=True, ad="set")

    def number_at(self, address: int, count: int, order: ByteOrder = "little") -> int | None:
        """The entry at an address; 0, not present, where none was written."""
        return self._raw.get(address, 0)

    def bytes_at(self, address: int, count: int) -> bytes | None:
        """The bytes of the page table at an address, 0 where it ends; None outside of all tables."""
        size = self._shape.entry.size
        table = next((t for t in self._tables if address in t), None)
        if table is None:
            return None
        first = address - (address - table.start) % size
        places = range(first, address + count, size)
        raw = b"".join(self._raw.get(place, 0).to_bytes(size, "little") for place in places)
        return raw[address - first : address - first + min(count, table.stop - address)]

    def walk(self, access: MemoryAccess) -> Walk:
        """The walk of one access."""
        return walk(self._walked, access)

    def map(self, vpn: int, page_frame: int, rights: str, present: bool = True) -> int:
        """Write the entry of a page; how many tables had to be made on the way."""
        shape, made = self._shape, 0
        va, table = vpn * shape.page_size, self._root
        for level in range(shape.levels, 1, -1):
            place = table + shape.index(va, level) * shape.entry.size
            entry = shape.entry.decode(self._raw.get(place, 0))
            if not entry.valid:
                frames = -(-shape.table_bytes(level - 1) // shape.page_size)
                frame = self._next_table(frames)
                start = frame * shape.page_size
                self._tables.append(range(start, start + shape.table_bytes(level - 1)))
                raw = shape.entry.encode(frame, _table_flags(shape.entry))
                self._raw[place] = raw
                entry = shape.entry.decode(raw)
                made += 1
            table = entry.pfn * shape.page_size
        flags = page_flags(shape.entry, rights)
        raw = shape.entry.encode(page_frame, flags)
        if not present:
            raw &= ~(1 << shape.entry.bits["valid"])
        self._raw[table + shape.index(va, 1) * shape.entry.size] = raw
        return made

    def unmap(self, vpn: int) -> None:
        """Clear the entry of a page that is mapped."""
        shape, table = self._shape, self._root
        va = vpn * shape.page_size
        for level in range(shape.levels, 1, -1):
            place = table + shape.index(va, level) * shape.entry.size
            table = shape.entry.decode(self._raw[place]).pfn * shape.page_size
        self._raw[table + shape.index(va, 1) * shape.entry.size] = 0


def rights_through(shape: Layout, found: Walk) -> Rights:
    """What a walk that succeeded permits: all its levels together, in RISC-V its last entry alone."""
    entries = [read.entry for read in found.reads if read.entry]
    if shape.entry.riscv:
        return entries[-1].rights()
    return reduce(and_, (entry.rights() for entry in entries))


def page_flags(form: EntryFormat, rights: str) -> Collection[str]:
    """The flags of a page's own entry; what the format has no bit for is always granted."""
    wanted = {"valid", "user", "accessed"}
    letters = {"r": "read", "w": "write", "x": "execute"}
    wanted |= {flag for letter, flag in letters.items() if letter in rights}
    if "x" not in rights:
        wanted.add("nx")
    return [flag for flag in form.bits if flag in wanted]


def _table_flags(form: EntryFormat) -> Collection[str]:
    """A table lets everything through; the page's own entry says what is allowed."""
    wanted = {"valid"}
    if not form.riscv:
        wanted |= {"read", "write", "execute", "user", "accessed"}
    return [flag for flag in form.bits if flag in wanted]
