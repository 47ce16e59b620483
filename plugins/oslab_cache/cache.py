"""One cache: lines in sets, found by index and tag, clean or dirty.

`CacheShape` says how a cache is built, `Cache` what is in it. A line is known by its number, address //
line size. `access` is a cache alone on top of memory; `find`, `use`, `room`, `put` and `drop` are the
parts it is made of, for a hierarchy to put together in another order.

Source: Hennessy and Patterson, Computer Architecture, appendix B.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

from oslab import Grid, Hex, InputError
from oslab.quantities import format_size, shown
from oslab_cache.replacement import PolicyName
from oslab_cache.sets import Sets

Write: TypeAlias = Literal["back", "through"]

POLICIES: tuple[PolicyName, ...] = get_args(PolicyName)
WRITES: tuple[Write, ...] = get_args(Write)
# Sets are made beforehand: so many take some hundred megabytes.
MOST_LINES = 2**20


@dataclass(frozen=True)
class CacheShape:
    """How a cache is built.

    size      bytes of data
    line      bytes of a line, a power of two; 1 is one
    ways      lines of a set; as many as there are lines make the cache fully associative
    policy    who leaves a full set: lru, fifo, random, plru (ways a power of two) or lfu
    write     back: a store makes the line dirty, it is written when it leaves; through: at once
    allocate  a store that misses brings the line in
    seed      of the numbers that random replacement draws
    """

    size: int
    line: int
    ways: int
    policy: PolicyName
    write: Write
    allocate: bool
    seed: int

    @property
    def lines(self) -> int:
        return self.size // self.line

    @property
    def sets(self) -> int:
        return self.lines // self.ways

    @property
    def offset_bits(self) -> int:
        return self.line.bit_length() - 1

    @property
    def index_bits(self) -> int:
        return self.sets.bit_length() - 1

    def line_of(self, address: int) -> int:
        """The number of the line an address lies in."""
        return address >> self.offset_bits

    def address_of(self, line: int) -> int:
        """The address of a line's first byte."""
        return line << self.offset_bits

    def index_of(self, line: int) -> int:
        """The set of a line: the low bits of its number."""
        return line & self.sets - 1

    def tag_of(self, line: int) -> int:
        """What tells the lines of a set apart: the other bits."""
        return line >> self.index_bits

    def line_at(self, tag: int, index: int) -> int:
        """The line with this tag and index."""
        return tag << self.index_bits | index


def check(shape: CacheShape, what: str = "") -> None:
    """Raises InputError for a cache that cannot be built; `what` names it where there are several."""
    of = f"{what}: " if what else ""
    if shape.line < 1 or shape.line & shape.line - 1:
        raise InputError(f"{of}a line of {shape.line} bytes: it must be a power of two, such as 64")
    if shape.ways < 1:
        raise InputError(f"{of}{shape.ways} ways: a set has 1 line or more")
    row = shape.line * shape.ways
    if shape.size < 1 or shape.size % row:
        # So many that the number of sets is a power of two, too.
        near = row << max(1, shape.size // row).bit_length() - 1
        raise InputError(
            f"{of}{shape.size} bytes are not a whole number of sets of {shape.ways} lines of "
            f"{shape.line} bytes; {near} bytes would be"
        )
    if shape.sets & shape.sets - 1:
        higher = 1 << shape.sets.bit_length()
        raise InputError(
            f"{of}{format_size(shape.size)} in lines of {shape.line} bytes and {shape.ways} ways "
            f"make {shape.sets} sets: it must be a power of two; {higher // 2 * row} or "
            f"{higher * row} bytes would do"
        )
    if shape.lines > MOST_LINES:
        raise InputError(f"{of}{shape.lines} lines: at most {MOST_LINES} are simulated")
    if shape.policy not in POLICIES:
        raise InputError(f"{of}no policy {shown(shape.policy)}; there are {', '.join(POLICIES)}")
    if shape.policy == "plru" and shape.ways & shape.ways - 1:
        raise InputError(f"{of}plru needs a power of two as ways, not {shape.ways}")
    if shape.write not in WRITES:
        raise InputError(f"{of}write {shown(shape.write)}: one of {', '.join(WRITES)}")


@dataclass(slots=True)
class Outcome:
    """What an access did in one cache.

    hit           the line was there
    index, tag    where it was looked for
    way           where it was or is now; None when it was not brought in
    victim        the number of the line that left for it, or None
    victim_dirty  whether dirty data left with it
    """

    hit: bool
    index: int
    tag: int
    way: int | None = None
    victim: int | None = None
    victim_dirty: bool = False


class Room(NamedTuple):
    """The way a line will go into, and the line that must leave it first, if any."""

    way: int
    victim: int | None


class Cache:
    """The lines in a cache; `dirty` holds the numbers of those that memory does not know yet.

    Raises InputError for a shape that cannot be.
    """

    def __init__(self, shape: CacheShape) -> None:
        check(shape)
        self.shape = shape
        self.sets: Sets[int] = Sets(shape.sets, shape.ways, shape.policy, shape.seed)
        self.dirty: set[int] = set()
        # Asked for at each lookup.
        self._mask, self._index_bits = shape.sets - 1, shape.index_bits

    def access(self, line: int, write: bool) -> Outcome:
        """One access to a line, by a cache with nothing but memory below it.

        A victim is gone when this returns; that a dirty one must be written is the caller's concern,
        and so is what a store sends to memory.
        """
        shape = self.shape
        index, tag = self.parts_of(line)
        makes_dirty = write and shape.write == "back"
        way = self.find(line)
        if way is not None:
            self.use(line, way)
            if makes_dirty:
                self.dirty.add(line)
            return Outcome(True, index, tag, way)
        if write and not shape.allocate:
            return Outcome(False, index, tag)
        way, victim = self.room(line)
        victim_dirty = False if victim is None else bool(self.drop(victim))
        self.put(line, way, makes_dirty)
        return Outcome(False, index, tag, way, victim, victim_dirty)

    def find(self, line: int) -> int | None:
        """The way a line is in, or None; looking is no use."""
        return self.sets.find(line & self._mask, line)

    def parts_of(self, line: int) -> tuple[int, int]:
        """Set and tag of a line."""
        return line & self._mask, line >> self._index_bits

    def use(self, line: int, way: int) -> None:
        """The line in this way was hit."""
        self.sets.use(line & self._mask, way)

    def room(self, line: int) -> Room:
        """Where a line will go: the lowest empty way of its set, else that of the policy's victim.

        Ask once for each line that is put in: random replacement draws a number.
        """
        index = line & self._mask
        way = self.sets.chosen(index)
        return Room(way, self.sets.tags[index][way])

    def put(self, line: int, way: int, dirty: bool = False) -> None:
        """Bring a line into an empty way."""
        self.sets.place(line & self._mask, line, way)
        if dirty:
            self.dirty.add(line)

    def drop(self, line: int) -> bool | None:
        """Throw a line out, unwritten; whether it was dirty, or None when it was not there."""
        index = line & self._mask
        way = self.sets.find(index, line)
        if way is None:
            return None
        self.sets.drop(index, way)
        if line in self.dirty:
            self.dirty.remove(line)
            return True
        return False

    def lines(self) -> Iterator[int]:
        """The numbers of all lines present, by set and way."""
        return (line for row in self.sets.tags for line in row if line is not None)

    def drawn(self, indices: Sequence[int] | None = None) -> Grid:
        """The lines present as a table: set, way, tag, first address, dirty. `indices`: of these sets."""
        chosen = range(self.shape.sets) if indices is None else indices
        return Grid(
            ("set", "way", "tag", "address", "dirty"),
            tuple(
                (
                    index,
                    way,
                    Hex(self.shape.tag_of(line)),
                    Hex(self.shape.address_of(line)),
                    line in self.dirty,
                )
                for index in chosen
                for way, line in enumerate(self.sets.tags[index])
                if line is not None
            ),
        )


def pieces(address: int, size: int, line: int) -> Iterator[tuple[int, int]]:
    """The parts of an access, each within one line of `line` bytes: (address, bytes)."""
    end = address + size
    while address < end:
        up_to = min(end, (address // line + 1) * line)
        yield address, up_to - address
        address = up_to
