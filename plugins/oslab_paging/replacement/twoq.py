"""2Q, the full version: a page must prove itself before it joins the long-lived ones.

A new page enters the FIFO queue A1in, where hits move nothing. Pushed out, its number is remembered in
A1out; asked for while remembered, it is read into the LRU list Am. So one scan of many pages passes
through A1in and leaves Am alone. Source: Johnson and Shasha, 2Q: a low overhead high performance buffer
management replacement algorithm, 1994.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from oslab import Cells, Drawing, Value
from oslab_paging.replacement.frames import Frames


class TwoQ:
    """A1in holds at most `kin` pages while Am has any; A1out remembers `kout` page numbers."""

    def __init__(self, frames: Frames, kin: int, kout: int) -> None:
        self._frames = frames
        self._kin = kin
        self._kout = kout
        self._a1in: OrderedDict[int, None] = OrderedDict()
        self._a1out: OrderedDict[int, None] = OrderedDict()
        self._am: OrderedDict[int, None] = OrderedDict()
        self._proven = False

    def hit(self, frame: int) -> None:
        page = self._frames.pages[frame]
        if page in self._am:
            self._am.move_to_end(page)

    def evict(self, page: int) -> int:
        # A page asked for while remembered leaves A1out before another number enters it.
        self._proven = page in self._a1out
        if self._proven:
            del self._a1out[page]
        if len(self._a1in) > self._kin or not self._am:
            victim, _ = self._a1in.popitem(last=False)
            self._a1out[victim] = None
            if len(self._a1out) > self._kout:
                self._a1out.popitem(last=False)
        else:
            victim, _ = self._am.popitem(last=False)
        return self._frames.frame_of[victim]

    def load(self, frame: int, page: int) -> None:
        (self._am if self._proven else self._a1in)[page] = None

    def because(self, frame: int) -> Mapping[str, Value]:
        from_a1in = self._frames.pages[frame] in self._a1out or not self._kout
        return {"left": "A1in" if from_a1in else "Am"}

    def state(self) -> Mapping[str, Drawing]:
        return {
            "frames": self._frames.drawn(),
            "a1in": Cells(tuple(self._a1in)),
            "am": Cells(tuple(self._am)),
            "a1out": Cells(tuple(self._a1out)),
        }
