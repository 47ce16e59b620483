"""Caches and accesses for exercises, and caches as students run them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from oslab import Access, Choose, Generator, Run
from oslab.traces.access import written
from oslab_cache.cache import Outcome
from oslab_cache.config import RunConfig, parse_references
from oslab_cache.hierarchy import Hierarchy
from oslab_cache.replacement import Plru, Random, Replacement
from oslab_cache.sets import Sets
from oslab_cache.simulate import run

NEVER = Fraction(0)


@dataclass(frozen=True)
class AccessSpace:
    """What lists of accesses may be drawn.

    length   how many
    lines    over how many different lines
    spread   so many sets they fall into (of the cache they are drawn for), so that they compete
    stores   the share of stores
    bytes    the sizes of accesses; none reaches over the end of its line
    """

    length: Choose[int]
    lines: Choose[int]
    spread: Choose[int]
    stores: Fraction = NEVER
    bytes: Choose[int] = Choose((1,))


def draw_references(
    rng: Generator, space: AccessSpace, line: int, sets: int, most_tags: int = 8
) -> tuple[str, ...]:
    """Accesses to lines that share a few sets, never to the same line twice running.

    line, sets  of the cache: bytes of a line, number of sets
    most_tags   tags are below it
    """
    if sets == 1:
        candidates = list(range(2 * most_tags))
    else:
        indices = rng.sample(range(sets), min(sets, space.spread.pick(rng)))
        candidates = [tag * sets + index for index in indices for tag in range(most_tags)]
    pool = rng.sample(candidates, min(len(candidates), space.lines.pick(rng)))
    references: list[str] = []
    last = -1
    for _ in range(space.length.pick(rng)):
        last = rng.choice([number for number in pool if number != last])
        size = min(space.bytes.pick(rng), line)
        address = last * line + rng.below(line // size) * size
        store = rng.chance(space.stores)
        references.append(written(Access("store" if store else "load", address, size)))
    return tuple(references)


@lru_cache(maxsize=1)
def parsed(references: tuple[str, ...]) -> Sequence[Access]:
    """The accesses; a wrong answer has the same ones followed by each mistake, for each wrong row."""
    return tuple(parse_references(references))


@lru_cache(maxsize=32)
def undrawn(p: RunConfig) -> Run:
    """The run without its drawings; kept, since a problem type asks for it many times in a row."""
    return run(p, drawing=False)


class Following:
    """A replacement policy that gives way to a student's victim: the first of `wanted` that is in the
    set; `wanted` are lines."""

    def __init__(self, policy: Replacement, sets: Sets[int]) -> None:
        self._policy = policy
        self._sets = sets
        self.wanted: Sequence[int | None] = ()
        self.used = policy.used
        self.filled = policy.filled
        self.order = policy.order

    def victim(self, index: int) -> int:
        own = self._policy.victim(index)
        row = self._sets.tags[index]
        return next((row.index(line) for line in self.wanted if line in row), own)


class PlruToward(Plru):
    """Tree-PLRU with the bits the wrong way round."""

    def used(self, index: int, way: int) -> None:
        super().used(index, way)
        bits, node = self._bits[index], (self._ways + way) // 2
        while node:
            bits[node] = 1 - bits[node]
            node //= 2

    filled = used


class PlruOnFills(Plru):
    """Tree-PLRU that pays no heed to hits."""

    def used(self, index: int, way: int) -> None:
        pass


class DrawnPerMiss(Random):
    """Random replacement that uses up a number when it fills an empty way, too."""

    _drawn = False

    def victim(self, index: int) -> int:
        self._drawn = True
        return super().victim(index)

    def filled(self, index: int, way: int) -> None:
        if not self._drawn:
            super().victim(index)
        self._drawn = False


class RefreshingBelow(Hierarchy):
    """A hierarchy in which a hit in the first level is a use in the second."""

    def access(self, address: int, write: bool, size: int = 1) -> tuple[Outcome, ...]:
        outcomes = super().access(address, write, size)
        if outcomes[0].hit:
            below = self.caches[1]
            line = below.shape.line_of(address)
            way = below.find(line)
            if way is not None:
                below.use(line, way)
        return outcomes
