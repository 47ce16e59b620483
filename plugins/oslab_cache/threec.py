"""Why an access misses: cold, capacity or conflict.

The first access to a line is cold. Any other miss is a capacity miss when a fully associative LRU cache
with as many lines misses too, and a conflict miss when that cache hits: there was room, but not in this
set. Its misses in accesses that really hit are ignored, so the three sum to the misses.

Source: Hill, Aspects of Cache Memory and Instruction Buffer Performance, 1987; the rule for stores that
are not allocated is that of Dinero IV by Edler and Hill.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal, NamedTuple, TypeAlias, get_args

Cause: TypeAlias = Literal["cold", "capacity", "conflict"]

CAUSES: tuple[Cause, ...] = get_args(Cause)


class ThreeC:
    """The fully associative cache of comparison, with `lines` lines, and the lines ever touched.

    It takes memory for each line ever touched.
    """

    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._held: OrderedDict[int, None] = OrderedDict()
        self._touched: set[int] = set()

    def access(self, line: int, allocates: bool = True) -> Cause:
        """The cause of this access's miss, should it be one. Tell it of every access, in order.

        allocates: whether a miss brings the line in; false for some stores
        """
        held = self._held
        if line in held:
            held.move_to_end(line)
            return "conflict"
        new = line not in self._touched
        if new:
            self._touched.add(line)
        if allocates:
            held[line] = None
            if len(held) > self._lines:
                held.popitem(last=False)
        return "cold" if new else "capacity"


class Explained(NamedTuple):
    """A cause, and how many other lines were used since this one was; None when it was never in."""

    cause: Cause
    others: int | None


class ExplainedThreeC:
    """The same causes with their reason, from the whole LRU stack; for runs short enough to be read.

    The first `lines` lines of the stack are the cache of comparison.
    """

    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._stack: list[int] = []
        self._touched: set[int] = set()

    def access(self, line: int, allocates: bool = True) -> Explained:
        """As in `ThreeC`."""
        new = line not in self._touched
        self._touched.add(line)
        others = self._stack.index(line) if line in self._stack else None
        held = others is not None and others < self._lines
        if held or allocates:
            if others is not None:
                del self._stack[others]
            self._stack.insert(0, line)
        return Explained("cold" if new else "conflict" if held else "capacity", others)
