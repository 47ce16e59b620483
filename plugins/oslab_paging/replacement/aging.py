"""Aging: LRU approximated by a few bits of history for each page.

At each tick, after each k-th reference, every counter shifts right and takes R in at the top; R is
cleared. The page with the lowest counter leaves. A page just read in has counter 0 and R as the rule
says. Source: Tanenbaum and Bos, Modern Operating Systems, section 3.4.7.
"""

from __future__ import annotations

from collections.abc import Mapping

from oslab import Cells, Drawing, Value
from oslab_paging.replacement.frames import Frames
from oslab_paging.replacement.ranking import Ranking


class Aging:
    """Counters of `bits` bits, a tick after each `tick` references, `ties` among equal counters."""

    def __init__(self, frames: Frames, r_on_load: bool, tick: int, bits: int, ties: str) -> None:
        self._frames = frames
        self._r_on_load = r_on_load
        self._tick = tick
        self._bits = bits
        self._r = [False] * frames.count
        self._ages = [0] * frames.count
        self._ranking = Ranking(frames, ties)

    def hit(self, frame: int) -> None:
        self._r[frame] = True
        self._used(frame)

    def evict(self, page: int) -> int:
        return self._ranking.lowest()

    def load(self, frame: int, page: int) -> None:
        self._r[frame] = self._r_on_load
        self._ages[frame] = 0
        self._used(frame)

    def _used(self, frame: int) -> None:
        self._ranking.place(frame, self._ages[frame])
        if self._frames.now % self._tick == 0:
            top = self._bits - 1
            for other in range(len(self._frames.pages)):
                self._ages[other] = self._ages[other] >> 1 | self._r[other] << top
                self._r[other] = False
                self._ranking.place(other, self._ages[other])

    def because(self, frame: int) -> Mapping[str, Value]:
        return {"counter": self._drawn(frame)}

    def _drawn(self, frame: int) -> str:
        return f"{self._ages[frame]:0{self._bits}b}"

    def state(self) -> Mapping[str, Drawing]:
        filled = range(len(self._frames.pages))
        ages = Cells(tuple(self._drawn(frame) for frame in filled), tuple(filled))
        r = self._frames.bits(self._r[: len(filled)])
        return {"frames": self._frames.drawn(), "r": r, "ages": ages}
