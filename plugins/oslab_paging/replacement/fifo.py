"""FIFO: the page that was read in first leaves first, however often it was used since."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from oslab import Cells, Drawing, Value
from oslab_paging.replacement.frames import Frames


class Fifo:
    """A queue of frames in the order they were loaded."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._queue: OrderedDict[int, None] = OrderedDict()

    def hit(self, frame: int) -> None:
        """A hit changes nothing: that is all the difference to LRU."""

    def evict(self, page: int) -> int:
        return next(iter(self._queue))

    def load(self, frame: int, page: int) -> None:
        self._queue[frame] = None
        self._queue.move_to_end(frame)

    def because(self, frame: int) -> Mapping[str, Value]:
        return {"loaded_at": self._frames.loaded[frame]}

    def state(self) -> Mapping[str, Drawing]:
        queue = Cells(tuple(self._frames.pages[frame] for frame in self._queue))
        return {"frames": self._frames.drawn(), "queue": queue}
