"""WSClock: CLOCK that spares the working set and the disk.

Time is the number of the reference. The hand meets a page: with R = 1, R is cleared and the page counts
as used now; with R = 0 and more than tau references old, a clean page is the victim, a dirty one has
its write queued (it is clean when met again); any other page is passed over. After a full turn with no
write queued the first clean page leaves, or else the page at the hand.
Source: Carr and Hennessy, WSClock: a simple and effective algorithm for virtual memory management, 1981.
"""

from __future__ import annotations

from collections.abc import Mapping

from oslab import Cells, Drawing, Value
from oslab_paging.replacement.frames import Frames


class WsClock:
    """A hand over frames with R bits and times of last use; `tau` in references."""

    def __init__(self, frames: Frames, r_on_load: bool, hand_advances: bool, tau: int) -> None:
        self._frames = frames
        self._r_on_load = r_on_load
        self._hand_advances = hand_advances
        self._tau = tau
        self._r = [False] * frames.count
        self._last_use = [0] * frames.count
        self._hand = 0

    def hit(self, frame: int) -> None:
        self._r[frame] = True

    def evict(self, page: int) -> int:
        frames = self._frames
        ring: list[int] = [*range(self._hand, frames.count), *range(self._hand)]
        # A page whose write is queued in the first turn is met again, clean, in the second.
        for frame in ring:
            if self._leaves(frame):
                return frame
        if frames.queued:
            return next(frame for frame in ring if self._leaves(frame))
        return next((frame for frame in ring if not frames.dirty[frame]), ring[0])

    def _leaves(self, frame: int) -> bool:
        """What the hand does at this frame; whether it takes the page there."""
        if self._r[frame]:
            self._r[frame] = False
            self._last_use[frame] = self._frames.now
        elif self._frames.now - self._last_use[frame] > self._tau:
            if not self._frames.dirty[frame]:
                return True
            self._frames.write_early(frame)
        return False

    def load(self, frame: int, page: int) -> None:
        self._r[frame] = self._r_on_load
        self._last_use[frame] = self._frames.now
        self._hand = (frame + self._hand_advances) % self._frames.count

    def because(self, frame: int) -> Mapping[str, Value]:
        # Only a page taken in passing is old: others were used lately, or their R was just cleared.
        age = self._frames.now - self._last_use[frame]
        if age > self._tau and not self._frames.dirty[frame]:
            return {"found": "old"}
        return {"found": "at-hand" if self._frames.dirty[frame] else "first-clean"}

    def state(self) -> Mapping[str, Drawing]:
        filled = range(len(self._frames.pages))
        return {
            "frames": self._frames.drawn(self._hand),
            "r": self._frames.bits(self._r[: len(filled)]),
            "dirty": self._frames.bits(self._frames.dirty),
            "last_use": Cells(tuple(self._last_use[frame] for frame in filled), tuple(filled)),
        }
