"""Policies as students run them: with a victim of their own, or with a rule misread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oslab_paging.replacement.arc import Arc
from oslab_paging.replacement.frames import Frames, Policy, reference
from oslab_paging.replacement.random import Random


class Following:
    """A policy that gives way to a student's victim: the first page of `wanted` that is resident."""

    def __init__(self, policy: Policy, frames: Frames) -> None:
        self._policy = policy
        self._frames = frames
        self.wanted: tuple[int | None, ...] = ()
        self.hit = policy.hit
        self.load = policy.load
        self.state = policy.state

    def evict(self, page: int) -> int:
        own = self._policy.evict(page)
        resident = self._frames.frame_of
        return next((resident[v] for v in self.wanted if v is not None and v in resident), own)


class FixedArc(Arc):
    """ARC without adaptation: p stays 0."""

    def adapt(self, page: int) -> None:
        pass


class DrawnPerFault(Random):
    """Random replacement that uses up a number at each fault, also while frames are empty."""

    def __init__(self, frames: Frames, seed: int) -> None:
        super().__init__(frames, seed)
        for _ in range(frames.count):
            self.evict(0)


def row_of(frames: Frames, policy: Policy, page: int, write: bool) -> Mapping[str, Any]:
    """A row of the table: one reference, with the page it throws out."""
    full, resident = len(frames.pages) == frames.count, list(frames.pages)
    if not reference(frames, policy, page, write):
        return {"result": "hit", "victim": None}
    return {"result": "fault", "victim": resident[frames.frame_of[page]] if full else None}
