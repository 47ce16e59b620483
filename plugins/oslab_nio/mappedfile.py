"""FileChannel.map, and what can be done with the MappedByteBuffer it gives.

`FileChannel.map(mode, position, size)` does, in this order:

1. checks: the size fits an int (unless it maps into an Arena), position and size are not negative and
   their sum fits a long; then the channel can be written, unless the mode is READ_ONLY; then that it can
   be read;
2. where the file ends before position + size: it is extended to that, by ftruncate, if the channel can
   be written, whatever the mode; else IOException;
3. of size 0 nothing is mapped;
4. mmap wants an offset that is a multiple of the granularity, so the mapping begins up to a page early:
   page position = position mod granularity, map position = position - page position, map size = size +
   page position. READ_ONLY is PROT_READ, MAP_SHARED; READ_WRITE is PROT_READ|PROT_WRITE, MAP_SHARED;
   PRIVATE is PROT_READ|PROT_WRITE, MAP_PRIVATE. Where memory is short: a collection, 100 ms, once more.

Byte i of the buffer lies at the address that mmap returned + page position + i. What is put through
READ_WRITE is in the page cache at once, for everyone to read; a page written through PRIVATE is copied
first, and the copy is nobody else's. force calls msync, load madvise and then touches each page, isLoaded
mincore.

Source: JDK 17 and 25, sun.nio.ch.FileChannelImpl.mapInternal and java.nio.MappedMemoryUtils; strace of
both; man 2 mmap, msync, mincore.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from oslab import InputError
from oslab_nio.mapscript import MapOp, Opened

OK: Final = "ok"
ILLEGAL: Final = "IllegalArgumentException"
NON_WRITABLE: Final = "NonWritableChannelException"
NON_READABLE: Final = "NonReadableChannelException"
IO: Final = "IOException"
CLOSED: Final = "ClosedChannelException"
READ_ONLY: Final = "ReadOnlyBufferException"
OUT_OF_BOUNDS: Final = "IndexOutOfBoundsException"
NULL: Final = "NullPointerException"
OUTCOMES: Final = (
    OK, ILLEGAL, NON_WRITABLE, NON_READABLE, IO, CLOSED, READ_ONLY, OUT_OF_BOUNDS, NULL,
)  # fmt: skip
CALLS: Final = ("none", "mmap", "msync", "madvise", "mincore")
INT_MAX: Final = 2**31 - 1
LONG_MAX: Final = 2**63 - 1
FIRST_WITH_ARENA: Final = 22


@dataclass(frozen=True, slots=True)
class MapConfig:
    """A file and what is mapped of it.

    file_size     bytes in the file, all 0
    opened        the channel there is at first: r, w or rw
    cached        whether the file is in the page cache at first
    granularity   what the offset of a mapping is a multiple of (Linux: the page size)
    page_size     bytes in a page; divides the granularity
    base          the address of the first mapping, a multiple of the granularity; the next ones follow
                  behind it
    jdk           the version; from 22 on there is map(…, Arena)
    arena         whether the maps are into an Arena, with no limit on the size
    mmap_fails    how often mmap fails for want of memory: 0, 1 or 2
    ops           the operations

    Raises InputError.
    """

    file_size: int
    opened: Opened
    cached: bool
    granularity: int
    page_size: int
    base: int
    jdk: int
    arena: bool
    mmap_fails: int
    ops: tuple[MapOp, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.file_size <= LONG_MAX:
            raise InputError(f"a file has 0 to 2^63-1 bytes, not {self.file_size}")
        for what, value in (("granularity", self.granularity), ("page size", self.page_size)):
            if value < 1 or value & (value - 1) or value > 2**30:
                raise InputError(f"the {what} is a power of two up to 1 GiB, not {value}")
        if self.granularity % self.page_size:
            raise InputError(
                f"the granularity is a multiple of the page size, {self.page_size}, not {self.granularity}"
            )
        if self.base < 0 or self.base % self.granularity:
            raise InputError(
                f"a mapping begins at a multiple of the granularity, {self.granularity}; 0x{self.base:x} is none"
                if self.base >= 0
                else "an address is not negative"
            )
        if self.arena and self.jdk < FIRST_WITH_ARENA:
            raise InputError(
                f"map into an Arena came with JDK {FIRST_WITH_ARENA}; JDK {self.jdk} has none"
            )
        if self.mmap_fails not in (0, 1, 2):
            raise InputError(
                f"mmap is tried twice at most: it can fail 0, 1 or 2 times, not {self.mmap_fails}"
            )


class Pages:
    """A set of page numbers, held as stretches: mappings may have millions of pages."""

    def __init__(self) -> None:
        self._stretches: list[tuple[int, int]] = []

    def add(self, first: int, last: int) -> None:
        """Add the pages from `first` to `last`; stretches that touch become one."""
        low = bisect_left(self._stretches, first - 1, key=lambda s: s[1])
        high = bisect_right(self._stretches, last + 1, key=lambda s: s[0])
        joined = [*self._stretches[low:high], (first, last)]
        self._stretches[low:high] = [(min(s[0] for s in joined), max(s[1] for s in joined))]

    def within(self, first: int, last: int) -> int:
        """How many of these pages are in the set."""
        return sum(max(0, min(b, last) - max(a, first) + 1) for a, b in self._stretches)


@dataclass
class Mapped:
    """A mapping: its arguments, where it lies, and its own pages.

    copies    pages of a PRIVATE mapping that were written: page → offset → byte
    changed   pages written through READ_WRITE and not saved since
    """

    op: MapOp
    page_position: int
    map_position: int
    map_size: int
    address: int
    copies: dict[int, dict[int, int]] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)


Call: TypeAlias = Literal["none", "mmap", "msync", "madvise", "mincore"]


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation came to.

    outcome   ok, or the exception thrown
    value     of map the size of the file then; of get and file the byte found (None: behind the end of
              the file); of put the byte that the file holds there then; of force, load and isLoaded the
              pages saved, touched, resident
    call      the system call made on the mapping, and its length; `failed` of mmap: how often it failed
    grown     of map: whether the file was extended
    pages     of map pages mapped, of force saved, of load touched, of isLoaded resident
    loaded    of isLoaded: what it returns
    copied    of put: whether the page was copied for this mapping alone
    """

    outcome: str
    value: int | None = None
    call: Call = "none"
    length: int = 0
    failed: int = 0
    grown: bool = False
    pages: int = 0
    loaded: bool | None = None
    copied: bool = False


class Program:
    """A file, the channel that is open on it, and the buffer mapped last."""

    def __init__(self, config: MapConfig) -> None:
        self.config = config
        self.file_size = config.file_size
        self.opened: Opened = config.opened
        self.open = True
        self.buffer: Mapped | None = None
        self.bytes: dict[int, dict[int, int]] = {}
        self.resident = Pages()
        if config.cached and config.file_size:
            self.resident.add(0, (config.file_size - 1) // config.page_size)
        self.next_address = config.base
        self.failures = config.mmap_fails

    def do(self, op: MapOp) -> Done:
        """Carry out an operation."""
        if op.verb == "map":
            return self.map(op)
        if op.verb == "close":
            self.open = False
            return Done(OK)
        buffer = self.buffer
        if buffer is None:
            return Done(NULL)
        match op.verb:
            case "put":
                return self.put(buffer, op.index or 0, op.number or 0)
            case "get":
                if not 0 <= (op.index or 0) < buffer.op.size:
                    return Done(OUT_OF_BOUNDS)
                return Done(OK, self.get(buffer, op.index or 0))
            case "file":
                return Done(OK, self.in_file(buffer, op.index or 0))
            case "force":
                return self.force(buffer, op)
            case "load":
                return self.load(buffer)
            case _:
                return self.is_loaded(buffer)

    # FileChannel.map

    def map(self, op: MapOp) -> Done:
        if op.opened:
            self.opened, self.open = op.opened, True
        refused = self.refused(op)
        end = op.position + op.size
        grown = not refused and end > self.file_size
        if grown and not self.grows(op):
            refused, grown = IO, False
        if refused:
            return Done(refused, self.file_size)
        if grown:
            self.file_size = end
        if op.size == 0:
            self.buffer = Mapped(op, 0, 0, 0, 0)
            return Done(OK, self.file_size, grown=grown)
        page_position = self.page_position(op)
        length = self.map_size(op, page_position)
        failed, self.failures = self.failures, 0
        if failed == 2:
            return Done(IO, self.file_size, "mmap", length, failed, grown)
        self.buffer = Mapped(
            op, page_position, op.position - page_position, length, self.next_address
        )
        granules = -(-length // self.config.granularity)
        self.next_address += granules * self.config.granularity
        pages = -(-length // self.config.page_size)
        return Done(OK, self.file_size, "mmap", length, failed, grown, pages)

    def refused(self, op: MapOp) -> str:
        """The exception of the checks, or nothing."""
        if op.size > INT_MAX and not self.config.arena:
            return ILLEGAL
        if not self.open:
            return CLOSED
        if op.position < 0 or op.size < 0 or op.position + op.size > LONG_MAX:
            return ILLEGAL
        if op.mode != "read_only" and "w" not in self.opened:
            return NON_WRITABLE
        if "r" not in self.opened:
            return NON_READABLE
        return ""

    def grows(self, op: MapOp) -> bool:
        """Whether a file that is too short is extended."""
        return "w" in self.opened

    def page_position(self, op: MapOp) -> int:
        return op.position % self.config.granularity

    def map_size(self, op: MapOp, page_position: int) -> int:
        return op.size + page_position

    # MappedByteBuffer

    def put(self, buffer: Mapped, index: int, value: int) -> Done:
        if buffer.op.mode == "read_only":
            return Done(READ_ONLY)
        if not 0 <= index < buffer.op.size:
            return Done(OUT_OF_BOUNDS)
        page = self._touch(buffer, index)
        offset = buffer.op.position + index
        if buffer.op.mode == "private":
            copied = page not in buffer.copies
            own = buffer.copies.setdefault(page, dict(self.bytes.get(page, {})))
            own[offset] = value
            return Done(OK, self.in_file(buffer, index), copied=copied)
        self.bytes.setdefault(page, {})[offset] = value
        buffer.changed.add(page)
        return Done(OK, self.in_file(buffer, index))

    def get(self, buffer: Mapped, index: int) -> int:
        page = self._touch(buffer, index)
        offset = buffer.op.position + index
        return buffer.copies.get(page, self.bytes.get(page, {})).get(offset, 0)

    def in_file(self, buffer: Mapped, index: int) -> int | None:
        """What another process reads there."""
        offset = buffer.op.position + index
        if offset >= self.file_size:
            return None
        return self.bytes.get(offset // self.config.page_size, {}).get(offset, 0)

    def force(self, buffer: Mapped, op: MapOp) -> Done:
        if not buffer.op.size:
            return Done(OK, 0)
        index = 0 if op.index is None else op.index
        length = buffer.op.size if op.number is None else op.number
        if index < 0 or length < 0 or index + length > buffer.op.size:
            return Done(OUT_OF_BOUNDS)
        before = (buffer.page_position + index) % self.config.page_size
        saved = self.saved(buffer, index, length)
        buffer.changed -= saved
        return Done(OK, len(saved), "msync", before + length, pages=len(saved))

    def saved(self, buffer: Mapped, index: int, length: int) -> set[int]:
        """The pages that a force writes to the file."""
        if not length or buffer.op.mode != "read_write":
            return set()
        first, last = self._span(buffer, index, length)
        return {page for page in buffer.changed if first <= page <= last}

    def load(self, buffer: Mapped) -> Done:
        if not buffer.op.size:
            return Done(OK, 0)
        first, last = self._span(buffer, 0, buffer.op.size)
        self.resident.add(first, last)
        pages = last - first + 1
        return Done(OK, pages, "madvise", self._whole(buffer), pages=pages)

    def is_loaded(self, buffer: Mapped) -> Done:
        if not buffer.op.size:
            return Done(OK, 0, loaded=True)
        first, last = self._span(buffer, 0, buffer.op.size)
        there = self.resident.within(first, last)
        loaded = there == last - first + 1
        return Done(OK, there, "mincore", self._whole(buffer), pages=there, loaded=loaded)

    def _whole(self, buffer: Mapped) -> int:
        """Bytes from the start of the first page of the buffer to its end."""
        return buffer.page_position % self.config.page_size + buffer.op.size

    def _span(self, buffer: Mapped, index: int, length: int) -> tuple[int, int]:
        """First and last page of the file that these bytes lie in."""
        start = buffer.op.position + index
        return start // self.config.page_size, (start + length - 1) // self.config.page_size

    def _touch(self, buffer: Mapped, index: int) -> int:
        page = (buffer.op.position + index) // self.config.page_size
        self.resident.add(page, page)
        return page
