"""Layouts of a virtual address: how many bits index each level of page tables, how many are offset.

A layout is a name (``x86-32 x86-64 la57 sv32 sv39``) or the widths from the root down, the offset
last: ``10,10,12`` is two levels over 4 KiB pages, ``5,5,5`` two levels over 32-byte pages. Levels
are numbered from the data upwards: the last table is level 1, the root has the highest number.

Sources: Intel SDM volume 3A, "32-Bit Paging" and "4-Level Paging and 5-Level Paging"; RISC-V
Privileged Architecture, "Sv32" and "Sv39".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from oslab import InputError
from oslab.quantities import QuantityError, parse_address, parse_size, shown, tidy
from oslab_paging.entry import EntryFormat
from oslab_paging.entryformats import entry_format

MAX_LEVELS = 6
MAX_VA_BITS = 64


@dataclass(frozen=True, slots=True)
class Layout:
    """How a virtual address is cut up, and what the tables it leads through are made of.

    name         as it was asked for
    widths       index bits of each level, the root first
    offset_bits  bits of the offset in a page of the smallest size
    entry        the format of the tables' entries
    word_bits    bits of an address register; more than `va_bits` where addresses are sign-extended
    huge_levels  levels above 1 whose entries may map a page themselves
    """

    name: str
    widths: tuple[int, ...]
    offset_bits: int
    entry: EntryFormat
    word_bits: int
    huge_levels: tuple[int, ...]

    @property
    def levels(self) -> int:
        """How many levels of tables there are."""
        return len(self.widths)

    @property
    def va_bits(self) -> int:
        """Bits of a virtual address that are translated."""
        return sum(self.widths) + self.offset_bits

    @property
    def page_size(self) -> int:
        """Bytes of the smallest page."""
        return 1 << self.offset_bits

    @property
    def named(self) -> bool:
        """Whether this is an architecture's own layout, with its manual's rules."""
        return self.name in NAMES

    def shift(self, level: int) -> int:
        """Bits below the index of this level: the log2 of what one of its entries covers."""
        return self.offset_bits + sum(self.widths[self.levels - level + 1 :])

    def index(self, va: int, level: int) -> int:
        """The index into a table of this level."""
        return va >> self.shift(level) & (1 << self.widths[self.levels - level]) - 1

    def indices(self, va: int) -> tuple[int, ...]:
        """The indices of all levels, the root's first."""
        return tuple(self.index(va, level) for level in range(self.levels, 0, -1))

    def offset(self, va: int, level: int = 1) -> int:
        """The offset in the page that an entry of this level maps."""
        return va & (1 << self.shift(level)) - 1

    def span(self, level: int) -> int:
        """Bytes that one entry of this level covers; of level 1, the page size."""
        return 1 << self.shift(level)

    def table_entries(self, level: int) -> int:
        """Entries of one table of this level."""
        return 1 << self.widths[self.levels - level]

    def table_bytes(self, level: int) -> int:
        """Bytes of one whole table of this level."""
        return self.table_entries(level) * self.entry.size

    def canonical(self, va: int) -> bool:
        """Whether the bits above the translated ones all repeat the highest translated one."""
        above = va >> self.va_bits - 1
        return above == 0 or above == (1 << self.word_bits - self.va_bits + 1) - 1

    def extended(self, va: int) -> int:
        """The address with its highest translated bit repeated above: always canonical."""
        high = (1 << self.word_bits) - (1 << self.va_bits)
        return va | high if self.extends and va >> self.va_bits - 1 & 1 else va

    def fits(self, va: int) -> bool:
        """Whether the address fits into an address register at all."""
        return 0 <= va < 1 << self.word_bits

    @property
    def extends(self) -> bool:
        """Whether addresses are sign-extended, so that some are not canonical."""
        return self.word_bits > self.va_bits


_ARCHITECTURES: dict[str, tuple[tuple[int, ...], int, tuple[int, ...]]] = {
    # name: index widths, address register bits, levels that may hold huge pages
    "x86-32": ((10, 10), 32, (2,)),
    "x86-64": ((9, 9, 9, 9), 64, (2, 3)),
    "la57": ((9, 9, 9, 9, 9), 64, (2, 3)),
    "sv32": ((10, 10), 32, (2,)),
    "sv39": ((9, 9, 9), 64, (2, 3)),
}
NAMES = tuple(_ARCHITECTURES)
"""The layouts that have a name."""

_PLAIN_ENTRY = "bytes=4 valid=31 pfn=0..30"


@cache
def layout(name_or_widths: str, entry: str | None = None) -> Layout:
    """The layout of this name or these widths; `entry` replaces its entry format.

    Widths that are those of an architecture use its entries (``10,10,12``: x86-32), others 4-byte
    entries with the valid bit 31 and the frame number in bits 0 to 30.

    Raises InputError saying what would be a layout.
    """
    text = tidy(name_or_widths).lower()
    if text in _ARCHITECTURES:
        widths, word_bits, huge = _ARCHITECTURES[text]
        form = entry_format(entry or text)
        return Layout(text, widths, 12, form, word_bits, huge)
    parts = [part for part in re.split(r"[\s,/+]+", text) if part]
    if not parts or not all(re.fullmatch(r"[0-9]{1,3}", part) for part in parts):
        raise InputError(
            f"{shown(name_or_widths)} is not a layout; there are {', '.join(NAMES)}, "
            "and widths such as 10,10,12 (index bits of each level, then offset bits) are"
        )
    *indices, offset = (int(part) for part in parts)
    if not 1 <= len(indices) <= MAX_LEVELS or min(indices) < 1 or offset < 1:
        raise InputError(
            f"layout {shown(name_or_widths)}: 1 to {MAX_LEVELS} index widths and the offset's, "
            "each at least 1, are a layout; 10,10,12 would be"
        )
    if sum(indices) + offset > MAX_VA_BITS:
        raise InputError(
            f"layout {shown(name_or_widths)} has {sum(indices) + offset} bits; "
            f"a virtual address has at most {MAX_VA_BITS}"
        )
    if max(indices) > 24:
        raise InputError(
            f"layout {shown(name_or_widths)}: an index of {max(indices)} bits is a table of "
            f"{1 << max(indices)} entries; at most 24 bits are"
        )
    form = entry_format(entry or _entry_for((*indices, offset)))
    huge = tuple(range(2, len(indices) + 1)) if form.riscv or "huge" in form.bits else ()
    name = ",".join(parts)
    return Layout(name, tuple(indices), offset, form, sum(indices) + offset, huge)


def _entry_for(widths: tuple[int, ...]) -> str:
    for name, (indices, _, _) in _ARCHITECTURES.items():
        if widths == (*indices, 12):
            return name
    return _PLAIN_ENTRY


def parse_range(text: str) -> tuple[int, int]:
    """The first and the last byte of a range of addresses: ``0x1000..0x2fff`` (both included),
    ``0x1000-0x2fff`` the same, ``0x1000+8K`` (a start and a size).

    Raises InputError saying what would be a range.
    """
    word = tidy(text)
    for mark in ("..", "+", "-"):
        start, found, rest = word.partition(mark)
        if not found:
            continue
        try:
            first = parse_address(start)
            last = first + parse_size(rest) - 1 if mark == "+" else parse_address(rest)
        except QuantityError:
            break
        if last < first:
            raise InputError(f"range {shown(text)} is empty: it ends before it starts")
        return first, last
    raise InputError(f"{shown(text)} is not a range; 0x1000..0x2fff or 0x1000+8K would be")
