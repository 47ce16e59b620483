"""Random replacement: each frame is as likely a victim as any other.

The numbers come from oslab's specified generator, so a run can be repeated: the k-th eviction empties
the frame whose number is drawn k-th.
"""

from __future__ import annotations

from collections.abc import Mapping

from oslab import Drawing, Generator, Value
from oslab_paging.replacement.frames import Frames


def generator(seed: int) -> Generator:
    """The generator of this seed; each eviction draws `below(frames)` once."""
    return Generator(f"paging.replace random {seed}")


class Random:
    """Frame numbers drawn from the generator of `seed`."""

    def __init__(self, frames: Frames, seed: int) -> None:
        self._frames = frames
        self._generator = generator(seed)

    def hit(self, frame: int) -> None:
        """Nothing is remembered."""

    def evict(self, page: int) -> int:
        return self._generator.below(self._frames.count)

    def load(self, frame: int, page: int) -> None:
        """Nothing is remembered."""

    def because(self, frame: int) -> Mapping[str, Value]:
        return {"drawn": frame}

    def state(self) -> Mapping[str, Drawing]:
        return {"frames": self._frames.drawn()}
