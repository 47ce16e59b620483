"""LFU and MFU: the page used least often leaves, or the one used most often.

Reading a page in counts as its first use. Disputed is what becomes of the count of a page that leaves:
usually it is forgotten; kept, it makes old favourites return with their past.
"""

from __future__ import annotations

from collections.abc import Mapping

from oslab import Cells, Drawing, Value
from oslab_paging.replacement.frames import Frames
from oslab_paging.replacement.ranking import Ranking


class Lfu:
    """A count of uses for each page; with `counts_kept` it outlives the page's stay in memory."""

    sign = 1

    def __init__(self, frames: Frames, counts_kept: bool, ties: str) -> None:
        self._frames = frames
        self._count = [0] * frames.count
        self._past: dict[int, int] | None = {} if counts_kept else None
        self._ranking = Ranking(frames, ties)

    def hit(self, frame: int) -> None:
        self._uses(frame, self._count[frame] + 1)

    def evict(self, page: int) -> int:
        return self._ranking.lowest()

    def load(self, frame: int, page: int) -> None:
        self._uses(frame, 1 if self._past is None else self._past.get(page, 0) + 1)

    def _uses(self, frame: int, count: int) -> None:
        self._count[frame] = count
        self._ranking.place(frame, self.sign * count)
        if self._past is not None:
            self._past[self._frames.pages[frame]] = count

    def because(self, frame: int) -> Mapping[str, Value]:
        return {"least_used": self._count[frame]}

    def state(self) -> Mapping[str, Drawing]:
        filled = range(len(self._frames.pages))
        counts = Cells(tuple(self._count[frame] for frame in filled), tuple(filled))
        return {"frames": self._frames.drawn(), "counts": counts}


class Mfu(Lfu):
    """The page used most often leaves: the others, it is argued, were only just read in."""

    sign = -1

    def because(self, frame: int) -> Mapping[str, Value]:
        return {"most_used": self._count[frame]}
