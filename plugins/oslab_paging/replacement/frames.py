"""Page frames, and one reference to a page: what all replacement policies have in common.

Demand paging on a fixed number of frames: a page is read in when it is used and absent, frames are
filled from 0, and once all are full the policy names the one to empty. The policy is told of every
hit and load; it never changes the frames itself, except that it may write dirty pages back early.
Source: Silberschatz, Galvin and Gagne, Operating System Concepts, section 10.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from oslab import Cells, Drawing, Value


class Frames:
    """The frames of a process and the clock that counts its references.

    count       how many frames there are
    pages       the page in each frame that has been filled so far
    dirty       whether that page differs from its copy on disk
    loaded      the reference (from 1) at which it was read in
    used        the reference at which it was used last
    frame_of    where each resident page is
    now         the number of the present reference
    writebacks  pages written to disk so far
    queued      pages whose write the policy started at the latest eviction
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.pages: list[int] = []
        self.dirty: list[bool] = []
        self.loaded: list[int] = []
        self.used: list[int] = []
        self.frame_of: dict[int, int] = {}
        self.now = 0
        self.writebacks = 0
        self.queued: list[int] = []

    def write_early(self, frame: int) -> None:
        """Start writing a dirty page back while it stays in its frame."""
        self.dirty[frame] = False
        self.writebacks += 1
        self.queued.append(self.pages[frame])

    def drawn(self, hand: int | None = None) -> Cells:
        """The pages in their frames, with the clock hand if there is one."""
        empty = (None,) * (self.count - len(self.pages))
        marks = {} if hand is None else {"hand": hand}
        return Cells((*self.pages, *empty), tuple(range(self.count)), marks)

    def bits(self, of: list[bool]) -> Cells:
        """One bit for each filled frame, under its frame number."""
        return Cells(tuple(int(bit) for bit in of), tuple(range(len(of))))


class Policy(Protocol):
    """A replacement policy: bookkeeping on hits and loads, and the choice of a victim.

    A choice is not yet a removal: all but 2Q and ARC forget a page only when another is loaded into
    its frame, so they can go on from a victim that somebody else chose.
    """

    def hit(self, frame: int) -> None:
        """The page in `frame` was used; `Frames` already knows of the use and of a write."""

    def evict(self, page: int) -> int:
        """All frames are full and `page` is needed: the frame to empty for it."""

    def load(self, frame: int, page: int) -> None:
        """`page` was read into `frame`, for the present reference."""

    def state(self) -> Mapping[str, Drawing]:
        """Drawings of the frames and of what the policy remembers."""


class Reasoned(Policy, Protocol):
    """A policy that can say why."""

    def because(self, frame: int) -> Mapping[str, Value]:
        """Right after `evict` chose `frame`, while its page is still there: what decided, by name."""


class Told:
    """A policy with the reason of its latest choice kept, for runs that are told step by step."""

    def __init__(self, policy: Reasoned) -> None:
        self._policy = policy
        self.hit = policy.hit
        self.load = policy.load
        self.state = policy.state
        self.because: Mapping[str, Value] = {}

    def evict(self, page: int) -> int:
        frame = self._policy.evict(page)
        self.because = self._policy.because(frame)
        return frame


def reference(frames: Frames, policy: Policy, page: int, write: bool) -> bool:
    """Use `page` once, replacing another if need be; whether that was a fault."""
    frames.now += 1
    frame = frames.frame_of.get(page)
    if frame is not None:
        frames.used[frame] = frames.now
        if write:
            frames.dirty[frame] = True
        policy.hit(frame)
        return False
    filled = len(frames.pages)
    if filled < frames.count:
        frame = filled
        frames.pages.append(page)
        frames.dirty.append(write)
        frames.loaded.append(frames.now)
        frames.used.append(frames.now)
    else:
        frames.queued.clear()
        frame = policy.evict(page)
        del frames.frame_of[frames.pages[frame]]
        frames.writebacks += frames.dirty[frame]
        frames.pages[frame] = page
        frames.dirty[frame] = write
        frames.loaded[frame] = frames.used[frame] = frames.now
    frames.frame_of[page] = frame
    policy.load(frame, page)
    return True
