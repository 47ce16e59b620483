"""Caches a second time, written to be obviously right and nothing else: docs/cache.md, sentence by sentence.

A set is a list of ways, each empty or a line; who leaves is looked up in when each line came, was used and
how often. The bits of tree-PLRU are not kept but found: a node points away from the half that was touched
last. Nothing is fast, and nothing here is shared with ``oslab_cache``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from typing import Any, NamedTuple

NEVER = -1


def drawn_numbers(label: str, below: int) -> Iterator[int]:
    """oslab's generator as `oslab.randomness` specifies it, bit by bit."""
    width = len(f"{below - 1:b}") if below > 1 else 0

    def bits() -> Iterator[str]:
        counter = 0
        while True:
            block = sha256(label.encode() + b"\0" + counter.to_bytes(8, "big")).digest()
            yield from "".join(f"{byte:08b}" for byte in block)
            counter += 1

    stream = bits()
    while True:
        number = int("0" + "".join(next(stream) for _ in range(width)), 2)
        if number < below:
            yield number


@dataclass
class Line:
    """A line that is somewhere; times are those of its level."""

    number: int
    dirty: bool
    came: int
    used: int
    uses: int = 1


@dataclass
class Set:
    ways: list[Line | None]
    touched: list[int]
    """when each way was last filled or hit, whatever was in it"""


class Spec(NamedTuple):
    """A level as it is built."""

    sets: int
    ways: int
    policy: str = "lru"
    back: bool = True
    allocate: bool = True
    seed: int = 0


class Level:
    """One level: lines, a policy, and what it counts."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.sets = [Set([None] * spec.ways, [NEVER] * spec.ways) for _ in range(spec.sets)]
        self.now = 0
        self.numbers = drawn_numbers(f"replacement {spec.seed}", spec.ways)
        self.counted = dict.fromkeys(COUNTED, 0)

    def set_of(self, number: int) -> Set:
        return self.sets[number % self.spec.sets]

    def find(self, number: int) -> Line | None:
        return next((line for line in self.set_of(number).ways if line and line.number == number), None)  # fmt: skip

    def way_of(self, number: int) -> int:
        return [line and line.number for line in self.set_of(number).ways].index(number)

    def use(self, line: Line) -> None:
        self.now += 1
        line.used = self.now
        line.uses += 1
        self.set_of(line.number).touched[self.way_of(line.number)] = self.now

    def victim(self, number: int) -> Line | None:
        """Who leaves so that this line can come; nobody while a way is empty."""
        lines = [line for line in self.set_of(number).ways if line]
        if len(lines) < self.spec.ways:
            return None
        policy = self.spec.policy
        if policy == "lru":
            return min(lines, key=lambda line: line.used)
        if policy == "fifo":
            return min(lines, key=lambda line: line.came)
        if policy == "lfu":
            return min(lines, key=lambda line: (line.uses, line.used))
        if policy == "random":
            return lines[next(self.numbers)]
        assert policy == "plru"
        return lines[tree_victim(self.set_of(number).touched)]

    def put(self, number: int, dirty: bool) -> None:
        """Into the lowest empty way."""
        self.now += 1
        home = self.set_of(number)
        way = home.ways.index(None)
        home.ways[way] = Line(number, dirty, self.now, self.now)
        home.touched[way] = self.now

    def remove(self, number: int) -> None:
        self.set_of(number).ways[self.way_of(number)] = None

    def contents(self) -> list[list[tuple[int, bool] | None]]:
        """By set and way: the line and whether it is dirty."""
        return [[line and (line.number, line.dirty) for line in home.ways] for home in self.sets]

    @property
    def dirty_lines(self) -> int:
        return sum(line.dirty for home in self.sets for line in home.ways if line)


def tree_victim(touched: Sequence[int]) -> int:
    """The way tree-PLRU gives up, from when each was touched last.

    Every touch makes the nodes above it point to their other half. So a node points away from the half
    that was touched last, and to the left if neither ever was.
    """
    ways = list(range(len(touched)))
    while len(ways) > 1:
        left, right = ways[: len(ways) // 2], ways[len(ways) // 2 :]
        left_last = max(touched[way] for way in left)
        right_last = max(touched[way] for way in right)
        ways = right if left_last > right_last else left
    return ways[0]


COUNTED = (
    "accesses", "hits", "misses", "evictions", "writebacks", "victims_in", "stores_in", "invalidations",
)  # fmt: skip
MEMORY = "memory"


class Done(NamedTuple):
    """What one lookup did."""

    n: int
    kind: str
    address: int
    bytes: int
    found: str
    victim: int | None
    """the line that left the first level for this one"""
    way: int | None
    """of the first level"""
    cause: str | None
    others: int | None
    read: int
    written: int
    moves: list[tuple[str, str, int]]
    """(what, where, line), sorted"""


@dataclass
class Caches:
    """One to three levels over memory."""

    specs: Sequence[Spec]
    inclusion: str
    line: int
    read: int = 0
    written: int = 0
    moves: list[tuple[str, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.levels = [Level(spec) for spec in self.specs]
        self.exclusive = self.inclusion == "exclusive"

    def told(self, what: str, level: int, number: int) -> None:
        where = MEMORY if level == len(self.levels) else f"L{level + 1}"
        self.moves.append((what, where, number))

    # ------------------------------------------------------------ accesses

    def access(self, number: int, store: bool, size: int) -> str:
        """One lookup within a line; where the line was found."""
        self.moves = []
        if store:
            return self.store(number, size)
        found = self.look(number, 0)
        self.bring(number, 0, found)
        return self.named(found)

    def named(self, level: int) -> str:
        return MEMORY if level == len(self.levels) else f"L{level + 1}"

    def look(self, number: int, top: int) -> int:
        """Ask the levels from `top` down; the first that has the line, or one more than there are."""
        for depth in range(top, len(self.levels)):
            level = self.levels[depth]
            level.counted["accesses"] += 1
            line = level.find(number)
            if line:
                level.counted["hits"] += 1
                level.use(line)
                return depth
            level.counted["misses"] += 1
        return len(self.levels)

    def store(self, number: int, size: int) -> str:
        for depth, level in enumerate(self.levels):
            if level.find(number) or level.spec.allocate:
                found = self.look(number, depth)
                self.bring(number, depth, found)
                self.write_here(depth, number, size)
                return self.named(found)
            level.counted["accesses"] += 1
            level.counted["misses"] += 1
        self.written += size
        return MEMORY

    def write_here(self, depth: int, number: int, size: int) -> None:
        """A store of the processor into a line that is in this level."""
        if self.levels[depth].spec.back:
            line = self.levels[depth].find(number)
            assert line
            line.dirty = True
        else:
            self.send_down(depth + 1, number, size)

    def send_down(self, depth: int, number: int, size: int) -> None:
        """Bytes written through the level above `depth`: to the copies below, in the end to memory."""
        for place in range(depth, len(self.levels)):
            level = self.levels[place]
            level.counted["stores_in"] += 1
            line = level.find(number)
            if line:
                level.use(line)
                self.told("stored", place, number)
                if level.spec.back:
                    line.dirty = True
                    return
        self.written += size
        self.told("stored", len(self.levels), number)

    # ------------------------------------------------------------ lines that move

    def bring(self, number: int, top: int, found: int) -> None:
        """To the level that asked, from where it was found."""
        if found == len(self.levels):
            self.read += self.line
        if found == top:
            return
        if self.exclusive:
            dirty = False
            if found < len(self.levels):
                line = self.levels[found].find(number)
                assert line
                dirty = line.dirty
                self.levels[found].remove(number)
            self.take(top, number, dirty)
        else:
            for depth in reversed(range(top, found)):
                self.take(depth, number, dirty=False)

    def take(self, depth: int, number: int, dirty: bool) -> None:
        """A line comes into a level; where there is no room, another leaves."""
        victim = self.levels[depth].victim(number)
        if victim:
            self.evict(depth, victim)
        self.levels[depth].put(number, dirty)

    def evict(self, depth: int, line: Line) -> None:
        level = self.levels[depth]
        level.remove(line.number)
        level.counted["evictions"] += 1
        self.told("leaves", depth, line.number)
        dirty = line.dirty
        if self.inclusion == "inclusive":
            for upper in range(depth):
                copy = self.levels[upper].find(line.number)
                if copy:
                    self.levels[upper].remove(line.number)
                    self.levels[upper].counted["invalidations"] += 1
                    self.told("removed", upper, line.number)
                    dirty = dirty or copy.dirty
        if dirty:
            level.counted["writebacks"] += 1
        if dirty or self.exclusive:
            self.arrive(depth + 1, line.number, dirty)

    def arrive(self, depth: int, number: int, dirty: bool) -> None:
        """A victim of the level above."""
        if depth == len(self.levels):
            if dirty:
                self.written += self.line
                self.told("taken", depth, number)
            return
        level = self.levels[depth]
        level.counted["victims_in"] += 1
        kept_dirty = dirty and level.spec.back
        line = level.find(number)
        if line:
            level.use(line)
            line.dirty = line.dirty or kept_dirty
            self.told("updated", depth, number)
        else:
            assert self.inclusion != "inclusive", "an inclusive level below has the line"
            self.take(depth, number, kept_dirty)
            self.told("taken", depth, number)
        if dirty and not level.spec.back:
            self.send_down(depth + 1, number, self.line)


# ---------------------------------------------------------------- causes


@dataclass
class Causes:
    """Cold, capacity, conflict, by definition: what was ever touched, and a list in order of use."""

    lines: int
    allocate: bool
    past: list[int] = field(default_factory=list)
    full: list[int] = field(default_factory=list)
    """the fully associative cache, used longest ago first"""

    def cause(self, number: int, store: bool) -> str:
        """Why the access misses, if it does; and it has happened."""
        there = number in self.full
        cause = "cold" if number not in self.past else "conflict" if there else "capacity"
        self.past.append(number)
        if there:
            self.full.remove(number)
        if there or self.allocate or not store:
            self.full.append(number)
            del self.full[: max(0, len(self.full) - self.lines)]
        return cause

    def others(self, number: int) -> int | None:
        """Different lines since the last use of this one, before this access is told."""
        if number not in self.past:
            return None
        last = len(self.past) - 1 - self.past[::-1].index(number)
        return len(set(self.past[last + 1 :]))


# ---------------------------------------------------------------- whole runs


class Reference(NamedTuple):
    """An access as it is given: load, store, modify or fetch."""

    kind: str
    address: int
    size: int


def lookups(references: Iterable[Reference], line: int, fetches: bool) -> Iterator[Reference]:
    """One for each line, and for each half of a modify: byte by byte."""
    for kind, address, size in references:
        if kind == "fetch" and not fetches:
            continue
        touched: dict[int, list[int]] = {}
        for byte in range(address, address + size):
            touched.setdefault(byte // line, []).append(byte)
        for half in ["load", "store"] if kind == "modify" else [kind]:
            for there in touched.values():
                yield Reference(half, there[0], len(there))


def simulate(
    specs: Sequence[Spec],
    inclusion: str,
    line: int,
    references: Iterable[Reference],
    fetches: bool = False,
    times: Sequence[Fraction] = (),
    explained: bool = True,
) -> tuple[dict[str, Any], list[Done]]:
    """The metrics and what every lookup did."""
    caches = Caches(specs, inclusion, line)
    first = caches.levels[0]
    causes = Causes(first.spec.sets * first.spec.ways, first.spec.allocate)
    counted = {"cold": 0, "capacity": 0, "conflict": 0}
    done: list[Done] = []
    for n, (kind, address, size) in enumerate(lookups(references, line, fetches), 1):
        number = address // line
        others = causes.others(number) if explained else None
        cause = causes.cause(number, kind == "store")
        read, written = caches.read, caches.written
        found = caches.access(number, kind == "store", size)
        if found != "L1":
            counted[cause] += 1
        way = first.way_of(number) if first.find(number) else None
        left = [line for what, where, line in caches.moves if (what, where) == ("leaves", "L1")]
        done.append(
            Done(
                n, kind, address, size, found,
                victim=left[0] if left else None,
                way=way,
                cause=cause if found != "L1" else None,
                others=others,
                read=caches.read - read,
                written=caches.written - written,
                moves=sorted(caches.moves),
            )
        )  # fmt: skip
    return metrics(caches, counted, times), done


def ratio(part: int, whole: int) -> Fraction:
    return Fraction(part, whole) if whole else Fraction(0)


def metrics(caches: Caches, causes: dict[str, int], times: Sequence[Fraction]) -> dict[str, Any]:
    levels = [
        {"level": f"L{n}"}
        | level.counted
        | {"miss_ratio": ratio(level.counted["misses"], level.counted["accesses"])}
        | {"dirty_lines": level.dirty_lines}
        for n, level in enumerate(caches.levels, 1)
    ]
    first: dict[str, Any] = dict(levels[0])
    own = ("accesses", "hits", "misses", "miss_ratio", "evictions", "writebacks", "dirty_lines")
    found = {name: first[name] for name in own} | causes
    found |= {"bytes_from_memory": caches.read, "bytes_to_memory": caches.written}
    if len(levels) > 1:
        found["levels"] = levels
    if times:
        average = times[-1]
        for time, level in zip(reversed(times[:-1]), reversed(levels), strict=True):
            average = time + Fraction(level["miss_ratio"]) * average
        found["amat_ns"] = average
    return found
