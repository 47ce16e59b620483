"""LRU and MRU: the page whose last use lies furthest back leaves, or the one used just now.

Source for LRU: Mattson, Gecsei, Slutz, Traiger, Evaluation techniques for storage hierarchies, 1970.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from oslab import Cells, Drawing, Value
from oslab_paging.replacement.frames import Frames


class Lru:
    """Frames in order of last use, the least recently used first."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._order: OrderedDict[int, None] = OrderedDict()

    def hit(self, frame: int) -> None:
        self._order.move_to_end(frame)

    def evict(self, page: int) -> int:
        return next(iter(self._order))

    def load(self, frame: int, page: int) -> None:
        self._order[frame] = None
        self._order.move_to_end(frame)

    def because(self, frame: int) -> Mapping[str, Value]:
        return {"used_at": self._frames.used[frame]}

    def state(self) -> Mapping[str, Drawing]:
        order = Cells(tuple(self._frames.pages[frame] for frame in self._order))
        return {"frames": self._frames.drawn(), "recency": order}


class Mru(Lru):
    """The same order, but the most recently used page leaves: good for loops that do not fit."""

    def evict(self, page: int) -> int:
        return next(reversed(self._order))

    def because(self, frame: int) -> Mapping[str, Value]:
        return {"latest_at": self._frames.used[frame]}
