"""Drawn machines as exercises show them: TLB, page table and cache as tables, in hexadecimal without 0x.

The heads are the abbreviations of the textbooks, the same in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from oslab import Code, Figure
from oslab.quantities import format_size
from oslab_memory.machine import Machine

GAP = "   "
# Rows of a page table side by side.
COLUMNS = 4


def drawn_tlb(machine: Machine) -> Code:
    """A row a set, a group of columns a way; an entry whose V is 0 is not valid."""
    level = machine.tlb[0]
    shape = level.shape
    vpn_bits = machine.address.va_bits - machine.offset_bits
    tag, frame = _digits(vpn_bits - shape.index_bits, 3), _ppn_digits(machine)
    head = "set" + f"{GAP}{'tag':>{tag}} {'PPN':>{frame}} V" * shape.ways
    rows = [head]
    for index in range(shape.sets):
        row = f"{index:>3x}"
        for entry in [c for c in level.contents if c.set == index]:
            ppn = "-" if entry.ppn is None else _hex(entry.ppn, frame)
            row += f"{GAP}{_hex(entry.tag, tag)} {ppn:>{frame}} {entry.valid:d}"
        rows.append(row.rstrip())
    return Code("\n".join(rows))


def drawn_page_table(machine: Machine) -> Code:
    """The pages that are listed, a few side by side."""
    vpn = _digits(machine.address.va_bits - machine.offset_bits, 3)
    frame = _ppn_digits(machine)
    cells = [
        f"{_hex(page.vpn, vpn)} {'-' if page.frame is None else _hex(page.frame, frame):>{frame}} "
        f"{page.present:d}"
        for page in sorted(machine.page, key=lambda page: page.vpn)
    ]
    rows = -(-len(cells) // COLUMNS)
    columns = [cells[start : start + rows] for start in range(0, len(cells), rows)]
    head = f"{'VPN':>{vpn}} {'PPN':>{frame}} V"
    return Code("\n".join([GAP.join([head] * len(columns)), *_side_by_side(columns)]))


def drawn_cache(machine: Machine) -> Code:
    """A row a line of the cache, its bytes from the lowest address on."""
    level = machine.cache[0]
    shape = level.shape
    tag = _digits(machine.address.pa_bits - shape.index_bits - shape.offset_bits, 3)
    heads = " ".join(f"B{n:x}" for n in range(level.line))
    ways = f"{GAP}way" if level.ways > 1 else ""
    rows = [f"set{ways}{GAP}{'tag':>{tag}} V  {heads}"]
    for index in range(shape.sets):
        for way, line in enumerate(c for c in level.contents if c.set == index):
            number = f"{GAP}{way:>3}" if level.ways > 1 else ""
            data = line.data if line.valid else " ".join(["--"] * level.line)
            rows.append(f"{index:>3x}{number}{GAP}{_hex(line.tag, tag)} {line.valid:d}  {data}")
    half = -(-(len(rows) - 1) // 2)
    if len(rows) <= 9:
        return Code("\n".join(rows))
    columns = [rows[1 : 1 + half], rows[1 + half :]]
    return Code("\n".join([GAP.join([rows[0]] * 2), *_side_by_side(columns)]))


def sizes(machine: Machine) -> Mapping[str, Figure]:
    """Figures that a statement may name."""
    found: dict[str, Figure] = {
        "va_bits": machine.address.va_bits,
        "pa_bits": machine.address.pa_bits,
        "page_size": format_size(machine.address.page_size),
        "levels": machine.tables.levels,
    }
    if machine.tlb:
        shape = machine.tlb[0].shape
        found |= {"tlb_sets": shape.sets, "tlb_ways": shape.ways, "tlb_entries": shape.entries}
    if machine.cache:
        cache = machine.cache[0].shape
        found |= {
            "cache_sets": cache.sets, "cache_ways": cache.ways, "cache_lines": cache.lines,
            "line": cache.line,
        }  # fmt: skip
    return found


def _side_by_side(columns: Sequence[Sequence[str]]) -> Iterable[str]:
    for n in range(len(columns[0])):
        yield GAP.join(column[n] for column in columns if n < len(column))


def _digits(bits: int, least: int) -> int:
    return max(least, -(-bits // 4))


def _ppn_digits(machine: Machine) -> int:
    return _digits(machine.address.pa_bits - machine.offset_bits, 3)


def _hex(value: int, digits: int) -> str:
    """At least two digits, as the textbooks write them, to the right of so many columns."""
    return f"{value:02x}".rjust(digits)
