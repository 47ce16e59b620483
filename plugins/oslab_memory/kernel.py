"""What the kernel does about a page fault: find a frame, save the victim, bring the page in.

Pages of a file come from it and go back to it when dirty. Anonymous pages begin as zeros and have no
copy anywhere until they are written to swap; one that was never written to is zeros still. The
frames and who leaves them are those of `oslab_paging.replacement`.

Sources: Tanenbaum and Bos, 3.6; Linux, mm/memory.c (do_anonymous_page, do_swap_page), mm/vmscan.c
(pageout: a clean page of a file is dropped, an anonymous one without a copy in swap is written).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from oslab_memory.machine import FramePool, Machine
from oslab_paging.replacement.conventions import defaults
from oslab_paging.replacement.frames import Frames, Policy, reference
from oslab_paging.replacement.replace import policy_for

Source: TypeAlias = Literal["file", "swap", "zero"]


@dataclass(frozen=True, slots=True)
class Saved:
    """A page written to disk: to a slot of swap, or (None) to its file."""

    vpn: int
    slot: int | None


@dataclass(frozen=True, slots=True)
class Served:
    """How a page fault was served.

    frame     the page frame
    victim    the page that was thrown out, or None where a frame was free
    written   the pages written to disk: those that WSClock queued, and the victim if it was dirty
    source    where the page came from
    slot      the slot of swap it was read from
    """

    frame: int
    victim: int | None
    written: tuple[Saved, ...]
    source: Source
    slot: int | None


class OutOfSwap(Exception):
    """A dirty anonymous page must leave and no slot is free; the process cannot go on."""

    def __init__(self, victim: int) -> None:
        super().__init__(victim)
        self.victim = victim


class _Choice:
    """A policy with its latest victim kept, as it was before its frame was given away."""

    def __init__(self, policy: Policy, frames: Frames) -> None:
        self._policy = policy
        self._frames = frames
        self.hit = policy.hit
        self.load = policy.load
        self.state = policy.state
        self.victim = 0
        self.dirty = False

    def evict(self, page: int) -> int:
        frame = self._policy.evict(page)
        self.victim, self.dirty = self._frames.pages[frame], self._frames.dirty[frame]
        return frame


class Kernel:
    """The pool of page frames, and the swap area. `slots` holds the page of each slot in use."""

    def __init__(self, machine: Machine, pool: FramePool) -> None:
        self._machine = machine
        self.frames = Frames(pool.count)
        rules = defaults(pool.policy, pool.count, (), **pool.rules)
        self.policy = _Choice(policy_for(rules, self.frames, ()), self.frames)
        self.slots: list[int] = []
        self._slot_of: dict[int, int] = {}
        # The pool's frames in the order in which they are first filled.
        self.numbers: list[int] = []
        for page in machine.page:
            if page.present and page.frame is not None and page.frame in pool:
                self.numbers.append(page.frame)
                reference(self.frames, self.policy, page.vpn, page.dirty)
            if page.swapped:
                self._take_slot(page.vpn)
        taken = set(self.numbers)
        self.numbers += (f for f in range(pool.first, pool.first + pool.count) if f not in taken)

    def used(self, vpn: int, write: bool) -> None:
        """An access to a page that is present was completed."""
        if vpn in self.frames.frame_of:
            reference(self.frames, self.policy, vpn, write)

    def serve(self, vpn: int, write: bool) -> Served:
        """Bring a page in. Raises OutOfSwap."""
        frames, choice = self.frames, self.policy
        full = len(frames.pages) == frames.count
        reference(frames, choice, vpn, write)
        written: list[Saved] = []
        if full:
            for early in frames.queued:
                written.append(self._save(early))
            if choice.dirty:
                written.append(self._save(choice.victim))
        slot = self._slot_of.get(vpn)
        source: Source = "swap" if slot is not None else "zero" if self._anonymous(vpn) else "file"
        return Served(
            frame=self.numbers[frames.frame_of[vpn]],
            victim=choice.victim if full else None,
            written=tuple(written),
            source=source,
            slot=slot,
        )

    def _save(self, vpn: int) -> Saved:
        if not self._anonymous(vpn):
            return Saved(vpn, None)
        if vpn not in self._slot_of and len(self.slots) == self._machine.swap.slots:
            raise OutOfSwap(vpn)
        return Saved(vpn, self._take_slot(vpn))

    def _take_slot(self, vpn: int) -> int:
        """The page's slot; the first that is free where it has none yet."""
        if vpn not in self._slot_of:
            self._slot_of[vpn] = len(self.slots)
            self.slots.append(vpn)
        return self._slot_of[vpn]

    def _anonymous(self, vpn: int) -> bool:
        region = self._machine.region_of(vpn)
        return region is None or region.backing == "zero"
