"""Second chance: FIFO, except that a page used since it was last looked at goes to the back instead.

The victims are those of CLOCK; only the drawing differs, a queue in place of a ring and a hand.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from oslab import Cells, Drawing, Value
from oslab_paging.replacement.frames import Frames


class SecondChance:
    """A queue of frames with an R bit each; `r_on_load` is the bit of a page just read in."""

    def __init__(self, frames: Frames, r_on_load: bool) -> None:
        self._frames = frames
        self._r_on_load = r_on_load
        self._r = [False] * frames.count
        self._queue: OrderedDict[int, None] = OrderedDict()
        self._passed = 0

    def hit(self, frame: int) -> None:
        self._r[frame] = True

    def evict(self, page: int) -> int:
        self._passed = 0
        while True:
            frame = next(iter(self._queue))
            if not self._r[frame]:
                return frame
            self._r[frame] = False
            self._passed += 1
            self._queue.move_to_end(frame)

    def load(self, frame: int, page: int) -> None:
        self._r[frame] = self._r_on_load
        self._queue[frame] = None
        self._queue.move_to_end(frame)

    def because(self, frame: int) -> Mapping[str, Value]:
        pages = [self._frames.pages[behind] for behind in self._queue]
        return {"passed": tuple(pages[len(pages) - self._passed :])}

    def state(self) -> Mapping[str, Drawing]:
        queue = Cells(tuple(self._frames.pages[frame] for frame in self._queue))
        r = self._frames.bits(self._r[: len(self._frames.pages)])
        return {"frames": self._frames.drawn(), "queue": queue, "r": r}
