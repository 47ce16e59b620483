"""CLOCK: frames in a ring, a hand, and an R bit each.

A hit sets R and leaves the hand alone. On a fault the hand moves on, clearing R bits, until it finds a
page with R = 0; the new page goes there. Two rules are disputed: whether a page just read in has
R = 1 (the faulting instruction is restarted and uses it), and whether the hand then steps past it.
Source: Corbató, A paging experiment with the Multics system, 1968.
"""

from __future__ import annotations

from collections.abc import Mapping

from oslab import Drawing, Value
from oslab_paging.replacement.frames import Frames


class Clock:
    """A hand over the frames; `r_on_load` and `hand_advances` settle the disputed rules."""

    def __init__(self, frames: Frames, r_on_load: bool, hand_advances: bool) -> None:
        self._frames = frames
        self.r_on_load = r_on_load
        self.hand_advances = hand_advances
        self._r = [False] * frames.count
        self.hand = 0
        self._passed = 0

    def hit(self, frame: int) -> None:
        self._r[frame] = True

    def evict(self, page: int) -> int:
        r, hand, count = self._r, self.hand, self._frames.count
        passed = 0
        while r[hand]:
            r[hand] = False
            hand = (hand + 1) % count
            passed += 1
        self.hand, self._passed = hand, passed
        return hand

    def load(self, frame: int, page: int) -> None:
        self._r[frame] = self.r_on_load
        self.hand = (frame + self.hand_advances) % self._frames.count

    def because(self, frame: int) -> Mapping[str, Value]:
        pages, count = self._frames.pages, self._frames.count
        spared = (pages[(frame - back) % count] for back in range(self._passed, 0, -1))
        return {"passed": tuple(spared)}

    def state(self) -> Mapping[str, Drawing]:
        r = self._frames.bits(self._r[: len(self._frames.pages)])
        return {"frames": self._frames.drawn(self.hand), "r": r}
