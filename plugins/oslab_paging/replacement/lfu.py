"""LFU and MFU: the page used least often leaves, or the one used most often.

Reading a page in counts as its first use. Disputed is what becomes of the count of a page that leaves:
usually it is forgotten; kept, it makes old favourites return with their past.
"""

from __future__ import annotations

from collections.abc import Mapping

from oslab import Cells, Drawing
from oslab_paging.replacement.frames import Frames
from oslab_paging.replacement.ranking import Ranking


class Lfu:
    """A count of uses for each page; with `counts_kept` it outlives the page's stay in memory."""

    sign = 1

    def __init__(self, frames: Frames, counts_kept: bool, ties: str) -> None:
        self._frames = frames
        self._counts_kept = counts_kept
        self._count: dict[int, int] = {}
        self._ranking = Ranking(frames, ties)

    def hit(self, frame: int) -> None:
        self._use(frame, self._frames.pages[frame])

    def evict(self, page: int) -> int:
        frame = self._ranking.lowest()
        if not self._counts_kept:
            del self._count[self._frames.pages[frame]]
        return frame

    def load(self, frame: int, page: int) -> None:
        self._use(frame, page)

    def _use(self, frame: int, page: int) -> None:
        count = self._count[page] = self._count.get(page, 0) + 1
        self._ranking.place(frame, self.sign * count)

    def state(self) -> Mapping[str, Drawing]:
        pages = self._frames.pages
        counts = Cells(tuple(self._count[page] for page in pages), tuple(range(len(pages))))
        return {"frames": self._frames.drawn(), "counts": counts}


class Mfu(Lfu):
    """The page used most often leaves: the others, it is argued, were only just read in."""

    sign = -1
