"""Drawing page tables for exercises: paths scattered over a small memory, and a dump of it.

The dump shows what the walks read, what someone who misreads them comes upon, and noise between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from oslab import Generator
from oslab_paging.layout import Layout
from oslab_paging.memoryimage import Region
from oslab_paging.translate import MemoryAccess
from oslab_paging.walker import page_base

Fault: TypeAlias = Literal["not-present", "read-only", "dirty-clear", "misaligned"]

LINE = 16
# Tables up to this size are shown whole; of larger ones, the lines that matter.
WHOLE_TABLE = 64
# Frames shown beside them that no walk goes through.
DECOYS = 2


class TableDrawing:
    """Tables and pages scattered over memory, drawn one path at a time."""

    def __init__(self, rng: Generator, shape: Layout) -> None:
        self.rng, self.shape = rng, shape
        # Few enough frames that addresses stay short, and far enough apart to be told from each other.
        highest = min((1 << shape.entry.pfn_bits) - 1, 0x1FF if shape.offset_bits >= 12 else 0x7F)
        self.free = rng.shuffled(range(1, highest + 1))
        self.entries: dict[int, int] = {}
        self.data: dict[int, int] = {}
        self.tables: dict[tuple[int, int], int] = {}
        self.root = self.free.pop()
        self.tables[shape.levels, 0] = self.root

    def path(self, fault: Fault | None, leaf: int) -> MemoryAccess:
        """An address whose walk ends in an entry of level `leaf`, or at the fault."""
        rng, shape = self.rng, self.shape
        va = self._fresh_address(leaf)
        access: Literal["r", "w"] = "w" if fault in ("read-only", "dirty-clear") else "r"
        if fault is None and rng.below(2):
            access = "w"
        stops = rng.between(leaf, shape.levels) if fault == "not-present" else 0
        locked = rng.between(leaf, shape.levels) if fault == "read-only" else 0
        for level in range(shape.levels, leaf - 1, -1):
            table = self.tables[level, va >> shape.shift(level + 1) if level < shape.levels else 0]
            place = table * shape.page_size + shape.index(va, level) * shape.entry.size
            if level == stops:
                frame = self.free[-1]
                self.entries[place] = shape.entry.encode(frame, ()) if rng.below(3) else 0
                break
            if level > leaf:
                key = (level - 1, va >> shape.shift(level))
                frame = self.tables.setdefault(key, self.free[-1])
                if frame == self.free[-1]:
                    self.free.pop()
                flags = self._flags("table", level != locked)
            else:
                frame = self._page_frame(leaf, misaligned=fault == "misaligned")
                kind = "huge" if leaf > 1 else "page"
                flags = self._flags(kind, level != locked, dirty=fault != "dirty-clear")
            self.entries[place] = shape.entry.encode(frame, flags)
        return MemoryAccess(va, access, "user")

    def _fresh_address(self, leaf: int) -> int:
        """An address with a root entry of its own; in the lower half, so never extended."""
        rng, shape = self.rng, self.shape
        while True:
            va = rng.below(1 << shape.va_bits - 1)
            first = self.root * shape.page_size + shape.indices(va)[0] * shape.entry.size
            if first not in self.entries and min(shape.indices(va)) > 1 and shape.offset(va, leaf):
                return va

    def _page_frame(self, leaf: int, misaligned: bool) -> int:
        if leaf == 1:
            return self.free.pop()
        pages = self.shape.span(leaf) // self.shape.page_size
        base = pages * self.rng.between(1, 15)
        return base + (self.rng.between(1, pages - 1) if misaligned else 0)

    def _flags(self, kind: str, write: bool, dirty: bool = True) -> list[str]:
        form = self.shape.entry
        if form.riscv and kind == "table":
            return ["valid"]
        wanted = ["valid", "read", "execute", "user", "accessed"]
        wanted += ["write"] if write else []
        wanted += ["dirty"] if dirty and kind != "table" else []
        wanted += ["huge"] if kind == "huge" and not form.riscv else []
        return [flag for flag in wanted if flag in form.bits]

    def memory(self, accesses: Sequence[MemoryAccess]) -> tuple[Region, ...]:
        """The lines that walks, right and wrong, come upon; what no walk uses is noise."""
        shape, size = self.shape, self.shape.entry.size
        lines = {place // LINE for place in self.entries}
        for access in accesses:
            table = self.root * shape.page_size
            for level in range(shape.levels, 0, -1):
                index = shape.index(access.va, level)
                # Where the walk is thought to begin at the root each time, or indices are not scaled.
                lines |= {(self.root * shape.page_size + index * size) // LINE}
                lines |= {(table + index) // LINE, (table + index * size) // LINE}
                raw = self.entries.get(table + index * size)
                if raw is None or not shape.entry.decode(raw).valid:
                    break
                entry = shape.entry.decode(raw)
                if level == 1 or entry.is_leaf(level):
                    pa = page_base(shape, entry, level) + shape.offset(access.va, level)
                    self.data[pa] = self.rng.between(1, 255)
                    lines.add(pa // LINE)
                    if level > 1:
                        below = entry.pfn * shape.page_size + shape.index(access.va, 1) * size
                        lines.add(below // LINE)
                    break
                table = entry.pfn * shape.page_size
        if shape.table_bytes(1) <= WHOLE_TABLE:
            whole = range(shape.table_bytes(1) // LINE)
            shown = [*self.tables.values(), *self.free[:DECOYS]]
            lines |= {f * shape.page_size // LINE + i for f in shown for i in whole}
        return tuple(Region(line * LINE, self._line(line * LINE)) for line in sorted(lines))

    def _line(self, base: int) -> bytes:
        size = self.shape.entry.size
        found = bytearray()
        for place in range(base, base + LINE, size):
            raw = self.entries.get(place)
            found += (self._noise() if raw is None else raw).to_bytes(size, "little")
        for place in range(base, base + LINE):
            if place in self.data:
                found[place - base] = self.data[place]
        return bytes(found)

    def _noise(self) -> int:
        """An entry that might be one: a third of them not present."""
        frame = self.rng.choice(self.free)
        flags = self._flags("page", bool(self.rng.below(2)), bool(self.rng.below(2)))
        return self.shape.entry.encode(frame, flags if self.rng.below(3) else flags[1:])
