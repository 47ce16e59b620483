"""Which way of a full set is emptied: LRU, FIFO, random, tree-PLRU and LFU.

Each policy keeps its own books for every set and is told of each use and each fill; it is asked for a
victim only when no way of the set is empty. TLBs obey the same policies.

Sources: Hennessy and Patterson, Computer Architecture, appendix B.1 (LRU, FIFO, random); Al-Zoubi,
Milenkovic and Milenkovic, Performance Evaluation of Cache Replacement Policies, 2004 (tree-PLRU).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

from oslab.randomness import Generator

PolicyName: TypeAlias = Literal["lru", "fifo", "random", "plru", "lfu"]


class Replacement(Protocol):
    """The bookkeeping of one policy over all sets of a cache."""

    def used(self, index: int, way: int) -> None:
        """The entry in this way was hit."""

    def filled(self, index: int, way: int) -> None:
        """A new entry came into this way."""

    def victim(self, index: int) -> int:
        """The way to empty; every way of the set holds an entry."""

    def order(self, index: int) -> Sequence[int]:
        """What the policy remembers of a set: for LRU and FIFO the ways, next victim first; for PLRU
        the bits of the tree, root first; for LFU the count of each way; nothing for random."""


class Lru:
    """The entry used longest ago leaves."""

    def __init__(self, sets: int, ways: int) -> None:
        self._queue: list[list[int]] = [[] for _ in range(sets)]

    def used(self, index: int, way: int) -> None:
        queue = self._queue[index]
        if queue[-1] != way:
            queue.remove(way)
            queue.append(way)

    def filled(self, index: int, way: int) -> None:
        queue = self._queue[index]
        if way in queue:
            queue.remove(way)
        queue.append(way)

    def victim(self, index: int) -> int:
        return self._queue[index][0]

    def order(self, index: int) -> Sequence[int]:
        return self._queue[index]


class Fifo(Lru):
    """The entry that came first leaves; hits change nothing."""

    def used(self, index: int, way: int) -> None:
        pass


class Random:
    """Any way leaves, each equally likely; the numbers come from oslab's own generator."""

    def __init__(self, ways: int, seed: int) -> None:
        self._ways = ways
        self._generator = Generator(f"replacement {seed}")

    def used(self, index: int, way: int) -> None:
        pass

    def filled(self, index: int, way: int) -> None:
        pass

    def victim(self, index: int) -> int:
        return self._generator.below(self._ways)

    def order(self, index: int) -> Sequence[int]:
        return ()


class Plru:
    """Tree-PLRU: one bit a node, 0 when the victim is to the left.

    Each use and each fill points the bits on its path away from the way; all start as 0. The number
    of ways is a power of two. Node 1 is the root; node n has the children 2n and 2n + 1.
    """

    def __init__(self, sets: int, ways: int) -> None:
        self._ways = ways
        self._bits = [[0] * ways for _ in range(sets)]

    def used(self, index: int, way: int) -> None:
        bits, node = self._bits[index], self._ways + way
        while node > 1:
            bits[node // 2] = 1 - node % 2
            node //= 2

    filled = used

    def victim(self, index: int) -> int:
        bits, node = self._bits[index], 1
        while node < self._ways:
            node = 2 * node + bits[node]
        return node - self._ways

    def order(self, index: int) -> Sequence[int]:
        return self._bits[index][1:]


class Lfu:
    """The entry used least often leaves, of several the one used longest ago.

    The count is 1 on a fill and is forgotten with the entry.
    """

    def __init__(self, sets: int, ways: int) -> None:
        self._counts = [[0] * ways for _ in range(sets)]
        self._recency = Lru(sets, ways)

    def used(self, index: int, way: int) -> None:
        self._counts[index][way] += 1
        self._recency.used(index, way)

    def filled(self, index: int, way: int) -> None:
        self._counts[index][way] = 1
        self._recency.filled(index, way)

    def victim(self, index: int) -> int:
        counts = self._counts[index]
        return min(self._recency.order(index), key=lambda way: counts[way])

    def order(self, index: int) -> Sequence[int]:
        return self._counts[index]


def replacement(policy: PolicyName, sets: int, ways: int, seed: int = 0) -> Replacement:
    """The policy of this name for so many sets; only random needs the seed."""
    match policy:
        case "lru":
            return Lru(sets, ways)
        case "fifo":
            return Fifo(sets, ways)
        case "random":
            return Random(ways, seed)
        case "plru":
            return Plru(sets, ways)
        case "lfu":
            return Lfu(sets, ways)
