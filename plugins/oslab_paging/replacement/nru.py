"""NRU, not recently used: the page of lowest class 2R + M leaves.

R says whether the page was used since the last tick, M whether it is dirty: a clean page not used
lately (class 0) goes first, one both used and dirty (class 3) last. The tick, after each k-th
reference, clears every R bit. Source: Tanenbaum and Bos, Modern Operating Systems, section 3.4.2.
"""

from __future__ import annotations

from collections.abc import Mapping

from oslab import Drawing, Value
from oslab_paging.replacement.frames import Frames
from oslab_paging.replacement.ranking import Ranking


class Nru:
    """R bits, a tick after each `tick` references, and `ties` among pages of the same class."""

    def __init__(self, frames: Frames, r_on_load: bool, tick: int, ties: str) -> None:
        self._frames = frames
        self._r_on_load = r_on_load
        self._tick = tick
        self._r = [False] * frames.count
        self._since_tick: set[int] = set()
        self._ranking = Ranking(frames, ties)

    def hit(self, frame: int) -> None:
        self._use(frame, True)

    def evict(self, page: int) -> int:
        return self._ranking.lowest()

    def load(self, frame: int, page: int) -> None:
        self._use(frame, self._r_on_load)

    def _use(self, frame: int, r: bool) -> None:
        self._r[frame] = r
        self._since_tick.add(frame)
        self._ranking.place(frame, 2 * r + self._frames.dirty[frame])
        if self._frames.now % self._tick == 0:
            for used in self._since_tick:
                self._r[used] = False
                self._ranking.place(used, self._frames.dirty[used])
            self._since_tick.clear()

    def because(self, frame: int) -> Mapping[str, Value]:
        return {"class": 2 * self._r[frame] + self._frames.dirty[frame]}

    def state(self) -> Mapping[str, Drawing]:
        filled = len(self._frames.pages)
        return {
            "frames": self._frames.drawn(),
            "r": self._frames.bits(self._r[:filled]),
            "dirty": self._frames.bits(self._frames.dirty),
        }
