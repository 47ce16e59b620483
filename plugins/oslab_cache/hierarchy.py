"""Levels of caches over memory: what goes down, what comes up, and what each level counts.

A level is asked for a line when the one above misses. What is below is asked first; then the victim of
the level above leaves and goes down; then the line comes in. The rules, in full in docs/cache.md:

- inclusive: what leaves a level leaves all above it too; dirty data go down in one write.
- exclusive: a line is in one level at most. A hit below moves it up, dirty or not; every victim, clean
  ones too, goes one level down; a line from memory goes to the first level only.
- nine (neither): a line from below goes into every level that missed; a dirty victim that the level
  below lacks is taken in there without a fetch.

Sources: Baer and Wang, On the inclusion properties for multi-level cache hierarchies, 1988; Jouppi and
Wilton, Tradeoffs in two-level on-chip caching, 1994 (exclusive).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

from oslab import InputError
from oslab.quantities import shown
from oslab_cache.cache import Cache, CacheShape, Outcome, check

Inclusion: TypeAlias = Literal["inclusive", "exclusive", "nine"]

INCLUSIONS: tuple[Inclusion, ...] = get_args(Inclusion)


@dataclass(frozen=True)
class HierarchyShape:
    """`levels` from the one next to the processor down, all with lines of one size; `inclusion` is
    how their contents go together (of no account for a single level)."""

    levels: tuple[CacheShape, ...]
    inclusion: Inclusion


def check_hierarchy(shape: HierarchyShape) -> None:
    """Raises InputError for levels that do not fit together."""
    if not shape.levels:
        raise InputError("a hierarchy has one level or more")
    if shape.inclusion not in INCLUSIONS:
        raise InputError(f"inclusion {shown(shape.inclusion)}: one of {', '.join(INCLUSIONS)}")
    for n, level in enumerate(shape.levels, start=1):
        check(level, f"level {n}" if len(shape.levels) > 1 else "")
        if level.line != shape.levels[0].line:
            raise InputError(
                f"level {n} has lines of {level.line} bytes, level 1 of {shape.levels[0].line}: "
                "they must be equal"
            )


@dataclass(slots=True)
class LevelCount:
    """What one level counts.

    accesses = hits + misses: lookups for the processor (level 1) or for a miss above
    evictions      lines driven out to make room
    writebacks     of these, those that took dirty data down: their own, or of the copies above
    victims_in     lines that came from the level above as its victims
    stores_in      stores that came written through the level above
    invalidations  copies removed because a level below evicted the line (inclusive)
    """

    accesses: int = 0
    hits: int = 0
    misses: int = 0
    evictions: int = 0
    writebacks: int = 0
    victims_in: int = 0
    stores_in: int = 0
    invalidations: int = 0


class Move(NamedTuple):
    """Something that an access moved besides its own line; `level` counts from 0, memory is the last.

    leaves   the line was evicted from the level, dirty or clean
    removed  the level's copy went because a level below evicted the line
    taken    the level lacked the line and received it as a victim; memory is written with it
    updated  the level had the line and received it as a victim
    stored   bytes written through above were written into the level's copy, or into memory
    """

    what: Literal["leaves", "removed", "taken", "updated", "stored"]
    level: int
    line: int
    dirty: bool


class Hierarchy:
    """Caches over memory. `counts[0]` belongs to the first level; `moves` to the last access.

    Raises InputError for a shape that cannot be.
    """

    def __init__(self, shape: HierarchyShape) -> None:
        check_hierarchy(shape)
        self.shape = shape
        self.caches = [Cache(level) for level in shape.levels]
        self.counts = [LevelCount() for _ in shape.levels]
        self.bytes_from_memory = 0
        self.bytes_to_memory = 0
        self.moves: list[Move] = []
        self._line = shape.levels[0].line
        self._depth = len(shape.levels)
        self._exclusive = shape.inclusion == "exclusive"
        self._inclusive = shape.inclusion == "inclusive"

    def access(self, address: int, write: bool, size: int = 1) -> tuple[Outcome, ...]:
        """One load or store of `size` bytes within a line.

        Gives an outcome for each level that was looked up: memory was reached when the last is a miss.
        Raises ValueError when the bytes do not lie in one line.
        """
        line = address // self._line
        if size < 1 or (address + size - 1) // self._line != line:
            raise ValueError(f"{size} bytes at {address:#x} do not lie in one line")
        self.moves.clear()
        outcomes: list[Outcome] = []
        if write:
            self._store(0, line, size, outcomes)
        else:
            self._load(0, line, outcomes)
        return tuple(outcomes)

    def drop(self, base: int, size: int) -> int:
        """Throw away the lines of a stretch of memory in all levels, unwritten, as when a page frame is
        filled with another page; how many copies there were."""
        lines = range(base // self._line, (base + size - 1) // self._line + 1)
        dropped = 0
        for cache in self.caches:
            # The shorter of two ways: look for each line, or look at each that is there.
            few = cache.shape.lines < len(lines)
            here = [line for line in cache.lines() if line in lines] if few else lines
            dropped += sum(cache.drop(line) is not None for line in here)
        return dropped

    def _load(self, level: int, line: int, outcomes: list[Outcome]) -> bool:
        """A level is asked for a line; whether what it hands up is dirty (exclusive only)."""
        if level == self._depth:
            self.bytes_from_memory += self._line
            return False
        cache, hands_over = self.caches[level], self._exclusive and level > 0
        way = self._look_up(level, line, outcomes)
        if way is not None:
            if hands_over:
                return bool(cache.drop(line))
            cache.use(line, way)
            return False
        dirty = self._load(level + 1, line, outcomes)
        if hands_over:
            return dirty
        self._bring_in(level, line, dirty, outcomes)
        return False

    def _store(self, level: int, line: int, size: int, outcomes: list[Outcome]) -> None:
        """A store arrives because all levels above missed and did not bring the line in."""
        if level == self._depth:
            self.bytes_to_memory += size
            return
        cache = self.caches[level]
        back = cache.shape.write == "back"
        way = self._look_up(level, line, outcomes)
        if way is not None:
            cache.use(line, way)
            if back:
                cache.dirty.add(line)
        elif cache.shape.allocate:
            dirty = self._load(level + 1, line, outcomes)
            self._bring_in(level, line, dirty or back, outcomes)
        else:
            return self._store(level + 1, line, size, outcomes)
        if not back:
            self._write_through(level + 1, line, size)

    def _look_up(self, level: int, line: int, outcomes: list[Outcome]) -> int | None:
        cache, count = self.caches[level], self.counts[level]
        way = cache.find(line)
        count.accesses += 1
        if way is None:
            count.misses += 1
        else:
            count.hits += 1
        outcomes.append(Outcome(way is not None, *cache.parts_of(line), way))
        return way

    def _bring_in(self, level: int, line: int, dirty: bool, outcomes: list[Outcome]) -> None:
        """A line that missed comes into a level; the level's outcome tells where."""
        way, victim, victim_dirty = self._fill(level, line, dirty)
        outcome = outcomes[level]
        outcome.way, outcome.victim, outcome.victim_dirty = way, victim, victim_dirty

    def _fill(self, level: int, line: int, dirty: bool) -> tuple[int, int | None, bool]:
        """A line comes into a level, after the line whose place it takes has left."""
        cache = self.caches[level]
        way, victim = cache.room(line)
        victim_dirty = victim is not None and self._evict(level, victim)
        cache.put(line, way, dirty)
        return way, victim, victim_dirty

    def _evict(self, level: int, line: int) -> bool:
        """A line leaves a level for lack of room; whether dirty data went down with it."""
        count = self.counts[level]
        count.evictions += 1
        dirty = bool(self.caches[level].drop(line))
        self.moves.append(Move("leaves", level, line, dirty))
        if self._inclusive:
            for above in reversed(range(level)):
                copy = self.caches[above].drop(line)
                if copy is not None:
                    self.counts[above].invalidations += 1
                    self.moves.append(Move("removed", above, line, copy))
                    dirty |= copy
        if dirty:
            count.writebacks += 1
        if dirty or self._exclusive:
            self._take(level + 1, line, dirty)
        return dirty

    def _take(self, level: int, line: int, dirty: bool) -> None:
        """A level receives a victim of the one above."""
        if level == self._depth:
            if dirty:
                self.bytes_to_memory += self._line
                self.moves.append(Move("taken", level, line, True))
            return
        self.counts[level].victims_in += 1
        cache = self.caches[level]
        keeps = dirty and cache.shape.write == "back"
        way = cache.find(line)
        self.moves.append(Move("taken" if way is None else "updated", level, line, dirty))
        if way is None:
            self._fill(level, line, keeps)
        else:
            cache.use(line, way)
            if keeps:
                cache.dirty.add(line)
        if dirty and not keeps:
            self._write_through(level + 1, line, self._line)

    def _write_through(self, level: int, line: int, size: int) -> None:
        """Bytes written through the level above: into the copies below, down to one that keeps them."""
        for below in range(level, self._depth):
            cache = self.caches[below]
            self.counts[below].stores_in += 1
            way = cache.find(line)
            if way is not None:
                cache.use(line, way)
                self.moves.append(Move("stored", below, line, True))
                if cache.shape.write == "back":
                    cache.dirty.add(line)
                    return
        self.bytes_to_memory += size
        self.moves.append(Move("stored", self._depth, line, True))
