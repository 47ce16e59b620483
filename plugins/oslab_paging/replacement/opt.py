"""OPT (Belady's MIN) and its opposite: choices made with the future known.

OPT evicts the page whose next use lies furthest ahead, which no policy can beat. UNOPT evicts the page
that is needed soonest, and bounds from the other side. Both serve as bounds, not as mechanisms.
Source: Belady, A study of replacement algorithms for a virtual-storage computer, 1966.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

from oslab import Cells, Drawing, Value
from oslab_paging.replacement.frames import Frames
from oslab_paging.replacement.ranking import Ranking


def next_uses(pages: Sequence[int]) -> array[int]:
    """For each reference the number (from 1) of the next one to the same page; n+1 if there is none."""
    never = len(pages) + 1
    after: dict[int, int] = {}
    result = array("Q", [never]) * len(pages)
    for i in range(len(pages) - 1, -1, -1):
        page = pages[i]
        result[i] = after.get(page, never)
        after[page] = i + 1
    return result


class Opt:
    """Frames by next use, the furthest first; `pages` is the whole reference string."""

    sign = -1

    def __init__(self, frames: Frames, pages: Sequence[int], ties: str) -> None:
        self._frames = frames
        self._next = next_uses(pages)
        self._next_use = [0] * frames.count
        self._ranking = Ranking(frames, ties)

    def hit(self, frame: int) -> None:
        self._next_use[frame] = self._next[self._frames.now - 1]
        self._ranking.place(frame, self.sign * self._next_use[frame])

    def evict(self, page: int) -> int:
        return self._ranking.lowest()

    def load(self, frame: int, page: int) -> None:
        self.hit(frame)

    def because(self, frame: int) -> Mapping[str, Value]:
        return {"next_at": self._coming(frame)}

    def _coming(self, frame: int) -> int | None:
        """The reference that uses the page in `frame` next, if any does."""
        n = self._next_use[frame]
        return n if n <= len(self._next) else None

    def state(self) -> Mapping[str, Drawing]:
        filled = range(len(self._frames.pages))
        uses = Cells(tuple(self._coming(frame) for frame in filled), tuple(filled))
        return {"frames": self._frames.drawn(), "next_use": uses}


class Unopt(Opt):
    """The worst choice: the page that is needed again soonest leaves."""

    sign = 1

    def because(self, frame: int) -> Mapping[str, Value]:
        return {"soonest_at": self._coming(frame)}
