"""Frames by rank, the next victim first, ties settled by a rule.

OPT, LFU, NRU and aging differ in what they rank by, not in how the lowest is found: a heap in which
an entry counts only while it is its frame's present one. A million references stay O(n log frames).
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from oslab_paging.replacement.frames import Frames


class Ranking:
    """Frames ordered by rank; the lowest leaves first. `ties` is one of `conventions.Ties`."""

    def __init__(self, frames: Frames, ties: str) -> None:
        self._tie: Sequence[int] = {
            "earliest-loaded": frames.loaded,
            "least-recently-used": frames.used,
            "lowest-frame": range(frames.count),
        }[ties]
        self._entry: list[tuple[int, int, int] | None] = [None] * frames.count
        self._heap: list[tuple[int, int, int]] = []

    def place(self, frame: int, rank: int) -> None:
        """Give the frame a new rank, as of now."""
        entry = (rank, self._tie[frame], frame)
        if entry == self._entry[frame]:
            return
        self._entry[frame] = entry
        heappush(self._heap, entry)
        if len(self._heap) > 64 + 4 * len(self._entry):
            self._heap = [entry for entry in self._entry if entry]
            heapify(self._heap)

    def lowest(self) -> int:
        """The frame of lowest rank."""
        while True:
            entry = self._heap[0]
            if entry == self._entry[entry[2]]:
                return entry[2]
            heappop(self._heap)
