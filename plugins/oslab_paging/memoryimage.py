"""Physical memory as a page walk reads it: stretches of bytes, from a hex dump or a binary file.

A hex dump is what ``xxd``, ``hexdump -C`` and ``od -A x -t x1`` print: an address in hexadecimal,
the bytes, perhaps the same as characters. ``*`` repeats the line before it up to the next address.
A line may also begin with ``page N:`` instead of an address. Bytes no line gives are unknown.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeAlias

from oslab import InputError
from oslab.quantities import format_address, format_size, shown

ByteOrder: TypeAlias = Literal["little", "big"]

MAX_BYTES = 16 * 2**20
"""The largest image, so that a `*` in a dump or a wrong file cannot fill the machine's memory."""
MAX_FILE = 4 * MAX_BYTES

_LINE = re.compile(r"(?:0[xX])?([0-9a-fA-F]{1,16})(:?)(?:\s+(.*))?")
_PAGE_LINE = re.compile(r"page\s+([0-9]{1,12})\s*:\s*(.*)", re.IGNORECASE)
_PAIRS = re.compile(r"(?:[0-9a-fA-F]{2}\s*)*")
_GAP = re.compile(r"\s{2,}")


@dataclass(frozen=True, slots=True)
class Region:
    """Bytes that stand in memory from address `base` on."""

    base: int
    data: bytes

    @property
    def end(self) -> int:
        """The first address after it."""
        return self.base + len(self.data)


class MemoryImage:
    """Regions of known bytes; everything between them is unknown.

    Raises InputError when two regions overlap or all are larger than MAX_BYTES.
    """

    def __init__(self, regions: Iterable[Region]) -> None:
        self.regions = merged(regions)
        self._bases = [region.base for region in self.regions]

    def part(self, address: int, count: int) -> tuple[Region, ...]:
        """What is known of the `count` bytes at an address."""
        end = address + count
        place = max(0, bisect_right(self._bases, address) - 1)
        found = []
        for region in self.regions[place:]:
            if region.base >= end:
                break
            first, last = max(region.base, address), min(region.end, end)
            if first < last:
                found.append(Region(first, region.data[first - region.base : last - region.base]))
        return tuple(found)

    def bytes_at(self, address: int, count: int) -> bytes | None:
        """The `count` bytes at an address, or None when one of them is unknown."""
        place = bisect_right(self._bases, address) - 1
        if place < 0 or address + count > self.regions[place].end:
            return None
        start = address - self.regions[place].base
        return self.regions[place].data[start : start + count]

    def number_at(self, address: int, count: int, order: ByteOrder = "little") -> int | None:
        """The `count` bytes at an address as a number, or None when one of them is unknown."""
        found = self.bytes_at(address, count)
        return None if found is None else int.from_bytes(found, order)


def merged(regions: Iterable[Region]) -> tuple[Region, ...]:
    """The regions by address, those that touch joined to one. Raises InputError as MemoryImage."""
    whole: list[tuple[int, bytearray]] = []
    total = 0
    for region in sorted(regions, key=lambda r: r.base):
        total += len(region.data)
        if total > MAX_BYTES:
            raise InputError(f"the memory image is larger than {format_size(MAX_BYTES)}")
        if whole and region.base < whole[-1][0] + len(whole[-1][1]):
            raise InputError(
                f"the memory image gives the bytes at {format_address(region.base)} twice"
            )
        if whole and region.base == whole[-1][0] + len(whole[-1][1]):
            whole[-1][1].extend(region.data)
        elif region.data:
            whole.append((region.base, bytearray(region.data)))
    return tuple(Region(base, bytes(data)) for base, data in whole)


def read_image(path: str | Path, page_size: int = 4096) -> tuple[Region, ...]:
    """The memory image in a file: a hex dump, or binary, which then starts at address 0.

    `page_size` places lines that begin with ``page N:``. Raises InputError naming the file and, in
    a hex dump, the line that cannot be read.
    """
    try:
        with open(path, "rb") as file:
            raw = file.read(MAX_FILE + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    if len(raw) > MAX_FILE:
        raise InputError(f"{path}: larger than {format_size(MAX_FILE)}")
    text = _as_text(raw)
    if text is None:
        return merged([Region(0, raw)])
    return parse_dump(text, str(path), page_size)


def parse_dump(text: str, name: str, page_size: int = 4096) -> tuple[Region, ...]:
    """The regions a hex dump gives; `name` stands for it in messages.

    Raises InputError with the line that is not one of a dump, or whose bytes were given before.
    """
    regions: list[tuple[int, Region]] = []
    repeat = 0
    total = 0
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.lstrip()
        if not line or line.startswith("#"):
            continue
        where = f"{name}, line {number}"
        if line.rstrip() == "*":
            if not regions:
                raise InputError(f"{where}: * repeats the line above, and there is none")
            repeat = number
            continue
        base, data = _read_line(line, where, page_size)
        if repeat:
            before = regions[-1][1]
            gap = base - before.end
            if gap < 0 or not before.data:
                raise InputError(f"{where}: the address after * is below the one before it")
            if total + gap > MAX_BYTES:
                raise InputError(f"{where}: * makes the image larger than {format_size(MAX_BYTES)}")
            copies = (before.data * (gap // len(before.data) + 1))[:gap]
            regions.append((repeat, Region(before.end, copies)))
            total += gap
            repeat = 0
        regions.append((number, Region(base, data)))
        total += len(data)
        if total > MAX_BYTES:
            raise InputError(f"{where}: the image is larger than {format_size(MAX_BYTES)}")
    if repeat:
        raise InputError(f"{name}, line {repeat}: after * comes a line with the next address")
    if not any(region.data for _, region in regions):
        raise InputError(f"{name}: no bytes in it; {_EXAMPLE}")
    _refuse_overlaps(regions, name)
    return merged(region for _, region in regions)


def dump(regions: Sequence[Region], digits: int = 0) -> str:
    """The regions as a hex dump, 16 bytes a line; `digits` is the least number of digits of an
    address. `parse_dump` reads it back."""
    digits = max(digits, *(len(f"{region.end - 1:x}") for region in regions), 1)
    lines = []
    for region in merged(regions):
        for start in range(0, len(region.data), 16):
            part = region.data[start : start + 16]
            lines.append(f"0x{region.base + start:0{digits}x}:  {part.hex(' ')}")
    return "\n".join(lines)


_EXAMPLE = 'a line of a hex dump is "00001000: 27 30 00 00 …"'


def _as_text(raw: bytes) -> str | None:
    """The file as text if it is a hex dump at all; None when it is binary."""
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    # NUL and most control characters are in no dump, and in nearly every binary image.
    return None if re.search(r"[\x00-\x08\x0e-\x1f]", text) else text


def _read_line(line: str, where: str, page_size: int) -> tuple[int, bytes]:
    page = _PAGE_LINE.fullmatch(line)
    plain = None if page else _LINE.fullmatch(line)
    if page:
        base, rest = int(page[1]) * page_size, page[2]
    elif plain:
        base, rest = int(plain[1], 16), _without_characters(plain[3] or "", bool(plain[2]))
    else:
        raise InputError(f"{where}: {shown(line)} cannot be read; {_EXAMPLE}")
    if not _PAIRS.fullmatch(rest):
        raise InputError(
            f"{where}: {shown(rest)} is not bytes of two hexadecimal digits each; {_EXAMPLE}"
        )
    return base, bytes.fromhex(rest)


def _without_characters(rest: str, colon: bool) -> str:
    """The bytes of a line without the column of characters: ``|…|`` (hexdump -C), or after two
    blanks at most as many characters as there are bytes (xxd)."""
    head, bar, _ = rest.partition("|")
    if bar and _PAIRS.fullmatch(head):
        return head
    for gap in _GAP.finditer(rest) if colon else ():
        before, after = rest[: gap.start()], rest[gap.start() + 2 :]
        if not _PAIRS.fullmatch(before):
            break
        count = len("".join(before.split())) // 2
        # Where the column could be bytes as well, it is characters only after a whole line of 16,
        # or where xxd fills a shorter line with blanks.
        certain = count == 16 or len(gap[0]) > 2 or not _PAIRS.fullmatch(after)
        if certain and len(after.lstrip()) <= count:
            return before
    return rest


def _refuse_overlaps(regions: list[tuple[int, Region]], name: str) -> None:
    ordered = sorted(
        ((n, r) for n, r in regions if r.data), key=lambda item: (item[1].base, item[0])
    )
    for (first, one), (second, other) in pairwise(ordered):
        if other.base < one.end:
            raise InputError(
                f"{name}, line {max(first, second)}: the bytes at {format_address(other.base)} "
                f"were given before, on line {min(first, second)}"
            )
