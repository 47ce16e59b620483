"""ARC: recency and frequency share the frames, and misses shift the boundary.

T1 holds pages used once lately, T2 pages used more than once; B1 and B2 remember the numbers of pages
that left them. A miss on a number in B1 says T1 was too small and raises its target p; one in B2 lowers
it. p is kept as an exact fraction: rounded, the faults come out different.
Source: Megiddo and Modha, ARC: a self-tuning, low overhead replacement cache, 2003, figure 4.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from fractions import Fraction

from oslab import Cells, Drawing, Value
from oslab_paging.replacement.frames import Frames


class Arc:
    """The four lists, each with its least recently used page first, and the target size p of T1."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._t1: OrderedDict[int, None] = OrderedDict()
        self._t2: OrderedDict[int, None] = OrderedDict()
        self._b1: OrderedDict[int, None] = OrderedDict()
        self._b2: OrderedDict[int, None] = OrderedDict()
        self._p = Fraction(0)

    def hit(self, frame: int) -> None:
        page = self._frames.pages[frame]
        if page in self._t1:
            del self._t1[page]
            self._t2[page] = None
        else:
            self._t2.move_to_end(page)

    def evict(self, page: int) -> int:
        c, t1, t2, b1, b2 = self._frames.count, self._t1, self._t2, self._b1, self._b2
        if page in b1 or page in b2:
            self.adapt(page)
        elif len(t1) == c:
            return self._frames.frame_of[t1.popitem(last=False)[0]]
        elif len(t1) + len(b1) == c:
            b1.popitem(last=False)
        elif len(t1) + len(t2) + len(b1) + len(b2) == 2 * c:
            b2.popitem(last=False)
        if t1 and (len(t1) > self._p or (page in b2 and len(t1) == self._p)):
            victim, _ = t1.popitem(last=False)
            b1[victim] = None
        else:
            victim, _ = t2.popitem(last=False)
            b2[victim] = None
        return self._frames.frame_of[victim]

    def adapt(self, page: int) -> None:
        """Move the target towards the list that would have held this remembered page."""
        b1, b2 = len(self._b1), len(self._b2)
        if page in self._b1:
            self._p = min(
                Fraction(self._frames.count), self._p + max(Fraction(b2, b1), Fraction(1))
            )
        else:
            self._p = max(Fraction(0), self._p - max(Fraction(b1, b2), Fraction(1)))

    def load(self, frame: int, page: int) -> None:
        known = self._b1 if page in self._b1 else self._b2
        if page in known:
            del known[page]
            self._t2[page] = None
        else:
            self._t1[page] = None

    def because(self, frame: int) -> Mapping[str, Value]:
        return {"left": "T2" if self._frames.pages[frame] in self._b2 else "T1"}

    def state(self) -> Mapping[str, Drawing]:
        return {
            "frames": self._frames.drawn(),
            "t1": Cells(tuple(self._t1)),
            "t2": Cells(tuple(self._t2)),
            "b1": Cells(tuple(self._b1)),
            "b2": Cells(tuple(self._b2)),
            "p": Cells((self._p,)),
        }
