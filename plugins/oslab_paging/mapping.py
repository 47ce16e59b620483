"""Page tables built from a list of mapped ranges, as an operating system would lay them out.

A range is written ``RANGE[=FRAME][:RIGHTS]``: ``0x400000..0x402fff``, ``0x400000+12K=0x50:rw``.
Rights are letters of ``r w x u`` (u: open to user mode) and may be followed by the page's size,
``0x40000000+2M:rwu,2M``. Without rights everything is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from oslab import InputError
from oslab.quantities import (
    QuantityError,
    format_address,
    format_size,
    parse_address,
    parse_size,
    shown,
)
from oslab_paging.layout import Layout, parse_range
from oslab_paging.memoryimage import MAX_BYTES, ByteOrder, Region

MAX_PAGES = 1 << 16

_RIGHTS = re.compile(r"[rwxu]*")
_EXAMPLE = "0x400000..0x402fff or 0x400000+12K=0x50:rwu would be"


@dataclass(frozen=True, slots=True)
class MappedRange:
    """Pages to be mapped.

    first, last  addresses of the first and the last byte; the pages they lie in are mapped whole
    frame        page frame of the first page, or None for the next frames not yet used
    rights       letters of "rwxu"
    level        1 for pages of the smallest size, 2 and up for huge ones
    """

    first: int
    last: int
    frame: int | None
    rights: str
    level: int


@dataclass(frozen=True, slots=True)
class MappedPage:
    """One page of `size` bytes at virtual address `va`, in page frame `frame`."""

    va: int
    size: int
    frame: int


@dataclass(frozen=True, slots=True)
class Built:
    """Tables in memory: `regions` hold them, `root` is the root's physical address."""

    regions: tuple[Region, ...]
    root: int
    pages: tuple[MappedPage, ...]


def parse_map(text: str, layout: Layout) -> MappedRange:
    """One ``--map`` argument. Raises InputError saying what would be one."""
    body, _, tail = text.partition(":")
    span, equals, frame_text = body.partition("=")
    first, last = parse_range(span)
    rights, comma, size_text = tail.partition(",")
    if tail and not comma and not _RIGHTS.fullmatch(rights):
        rights, size_text = "", rights
    rights = rights or "rwxu"
    if not _RIGHTS.fullmatch(rights):
        raise InputError(f"{shown(text)}: rights are letters of r w x u; {_EXAMPLE}")
    try:
        frame = parse_address(frame_text) if equals else None
    except QuantityError:
        raise InputError(f"{shown(text)}: {shown(frame_text)} is not a frame; {_EXAMPLE}") from None
    return MappedRange(first, last, frame, rights, _level(text, size_text, layout))


def build(
    layout: Layout,
    ranges: Sequence[MappedRange],
    root_frame: int,
    byte_order: ByteOrder = "little",
) -> Built:
    """The tables that map these ranges.

    The root stands in `root_frame`, further tables in the next frames in the order they are first
    needed; pages whose range names no frame follow after the tables.

    Raises InputError when a page is mapped twice, does not fit the layout, or there are too many.
    """
    leaves = [(page, r) for r in ranges for page in _pages(layout, r)]
    _refuse_double(layout, leaves)
    tables = _place_tables(layout, leaves, root_frame)
    total = sum(layout.table_bytes(level) for level, _ in tables)
    if total > MAX_BYTES:
        raise InputError(
            f"these ranges need {format_size(total)} of tables; at most {format_size(MAX_BYTES)}"
        )
    contents = {key: bytearray(layout.table_bytes(key[0])) for key in tables}
    for (level, prefix), frame in tables.items():
        if level < layout.levels:
            above = (level + 1, prefix >> layout.widths[layout.levels - level - 1])
            raw = layout.entry.encode(frame, _table_flags(layout))
            _write(layout, contents[above], prefix, level + 1, raw, byte_order)
    mapped = []
    free = max(frame + _table_frames(layout, level) for (level, _), frame in tables.items())
    for found in ranges:
        size = layout.span(found.level)
        count = size // layout.page_size
        frame = -(-free // count) * count if found.frame is None else found.frame
        for page in _pages(layout, found):
            table = contents[found.level, page >> layout.widths[layout.levels - found.level]]
            raw = layout.entry.encode(frame, _page_flags(layout, found))
            _write(layout, table, page, found.level, raw, byte_order)
            mapped.append(MappedPage(layout.extended(page * size), size, frame))
            frame += count
        free = frame if found.frame is None else free
    regions = tuple(
        Region(tables[key] * layout.page_size, bytes(data)) for key, data in contents.items()
    )
    return Built(regions, root_frame * layout.page_size, tuple(mapped))


def _level(text: str, size_text: str, layout: Layout) -> int:
    if not size_text:
        return 1
    size = parse_size(size_text)
    levels = {layout.span(level): level for level in (1, *layout.huge_levels)}
    if size not in levels:
        sizes = ", ".join(format_size(s) for s in levels)
        raise InputError(f"{shown(text)}: pages of layout {layout.name} have {sizes}")
    return levels[size]


def _pages(layout: Layout, found: MappedRange) -> range:
    """The pages of the range's size, numbered within the bits that are translated."""
    for va in (found.first, found.last):
        if not layout.fits(va) or (layout.extends and not layout.canonical(va)):
            raise InputError(
                f"{format_address(va)} is no address of layout {layout.name} "
                f"({layout.va_bits} bits)"
            )
    span, mask = layout.span(found.level), (1 << layout.va_bits) - 1
    first, last = (found.first & mask) // span, (found.last & mask) // span
    if found.first >> layout.va_bits - 1 != found.last >> layout.va_bits - 1 and layout.extends:
        raise InputError(
            f"the range {format_address(found.first)}..{format_address(found.last)} "
            "spans the hole of addresses that are not canonical"
        )
    if last - first >= MAX_PAGES:
        raise InputError(f"a range of {last - first + 1} pages; at most {MAX_PAGES}")
    if found.frame is not None and found.frame % (span // layout.page_size):
        raise InputError(
            f"frame {found.frame:#x} is no multiple of {format_size(span)}: a huge page is aligned"
        )
    return range(first, last + 1)


def _refuse_double(layout: Layout, leaves: Sequence[tuple[int, MappedRange]]) -> None:
    if len(leaves) > MAX_PAGES:
        raise InputError(f"{len(leaves)} pages are mapped; at most {MAX_PAGES}")
    spans = sorted(
        (page * layout.span(r.level), (page + 1) * layout.span(r.level)) for page, r in leaves
    )
    end = 0
    for start, stop in spans:
        if start < end:
            raise InputError(f"the page at {format_address(start)} is mapped twice")
        end = stop


def _place_tables(
    layout: Layout, leaves: Sequence[tuple[int, MappedRange]], root_frame: int
) -> dict[tuple[int, int], int]:
    """Table (its level and the address bits above it) → its frame."""
    tables = {(layout.levels, 0): root_frame}
    free = root_frame + _table_frames(layout, layout.levels)
    for page, found in leaves:
        va = page * layout.span(found.level)
        for level in range(layout.levels - 1, found.level - 1, -1):
            key = (level, va >> layout.shift(level + 1))
            if key not in tables:
                tables[key] = free
                free += _table_frames(layout, level)
    return tables


def _table_frames(layout: Layout, level: int) -> int:
    return -(-layout.table_bytes(level) // layout.page_size)


def _table_flags(layout: Layout) -> list[str]:
    """A table lets everything through; the page's own entry says what is allowed."""
    wanted = (
        ("valid",)
        if layout.entry.riscv
        else ("valid", "read", "write", "execute", "user", "accessed")
    )
    return [flag for flag in wanted if flag in layout.entry.bits]


def _page_flags(layout: Layout, found: MappedRange) -> list[str]:
    wanted = ["valid", "accessed"]
    if found.level > 1 and not layout.entry.riscv:
        wanted.append("huge")
    letters = {"r": ["read"], "w": ["write", "dirty"], "x": ["execute"], "u": ["user"]}
    wanted += [
        flag for letter, flags in letters.items() if letter in found.rights for flag in flags
    ]
    if "x" not in found.rights:
        wanted.append("nx")
    return [flag for flag in wanted if flag in layout.entry.bits]


def _write(
    layout: Layout, table: bytearray, number: int, level: int, raw: int, order: ByteOrder
) -> None:
    size = layout.entry.size
    place = (number & layout.table_entries(level) - 1) * size
    table[place : place + size] = raw.to_bytes(size, order)
