"""Copy-on-write as it is misread, each misreading a machine of its own, and a machine that goes on from
what a student wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeGuard

from oslab_cow.machine import PRIVATE, ZERO, Event, Exited, Forked, Frame, Machine, Pte, Touch

# A student's frame number above this is a slip.
FARTHEST = 99


class CopiedAtFork(Machine):
    """fork copies every private page, and nobody's entry becomes read-only."""

    def fork(self, parent: str, child: str) -> Forked:
        before = list(self.processes[parent].ptes)
        forked = super().fork(parent, child)
        for page in forked.protected:
            frame = before[page].frame
            if isinstance(frame, int):
                self.processes[parent].ptes[page] = before[page]
                new = self._take(self.contents[frame])
                self.processes[child].ptes[page] = Pte(new, writable=True)
                self._drop(frame)
        return forked


class OldNotDropped(Machine):
    """A frame keeps the reference of a process that got a copy."""

    def write(self, process: str, page: int, value: Any = None) -> Touch:
        touch = super().write(process, page, value)
        if touch.event == "copy":
            self._refer(touch.old)
        return touch


class ExitIgnored(Machine):
    """A process that exits leaves its references behind."""

    def exit(self, process: str) -> Exited:
        self._find(process).alive = False
        return Exited((), ())


class BothWritable(Machine):
    """A copy makes the entries of all who shared the page writable."""

    def write(self, process: str, page: int, value: Any = None) -> Touch:
        touch = super().write(process, page, value)
        if touch.event == "copy" and touch.old is not None:
            for other, at in self.mappings(touch.old):
                self.processes[other].ptes[at] = Pte(touch.old, writable=True)
        return touch


class ReadsFault(Machine):
    """A page in common is copied as soon as it is read."""

    def read(self, process: str, page: int) -> Touch:
        if self.kinds[page] in PRIVATE and self._written(process, page)[0] == "copy":
            return self.write(process, page)
        return super().read(process, page)


class ReuseIsFree(Machine):
    """The last owner of a frame writes it without a fault."""

    def write(self, process: str, page: int, value: Any = None) -> Touch:
        touch = super().write(process, page, value)
        return replace(touch, event="no-fault") if touch.event == "reuse" else touch


class LastOwnerCopies(Machine):
    """A read-only page is copied whoever else refers to it."""

    def _written(self, process: str, page: int) -> tuple[Event, Pte]:
        event, pte = super()._written(process, page)
        return ("copy" if event == "reuse" else event), pte


class CopiesForgotten(Machine):
    """A page in common stays in common, whoever writes it."""

    def _written(self, process: str, page: int) -> tuple[Event, Pte]:
        event, pte = super()._written(process, page)
        return ("no-fault" if event == "copy" else event), pte


class WrongSideMoves(Machine):
    """The writer keeps the frame, and those who did not write get the copy."""

    def write(self, process: str, page: int, value: Any = None) -> Touch:
        old = self.pte(process, page).frame
        if self._written(process, page)[0] != "copy" or not isinstance(old, int):
            return super().write(process, page, value)
        found = self.counts[old]
        new = self._take(self.contents[old])
        for other, at in self.mappings(old):
            if other != process:
                self.processes[other].ptes[at] = Pte(new)
                self.counts[new] += 1
                self.counts[old] -= 1
        self._drop(new)
        self.processes[process].ptes[page] = Pte(old, writable=True)
        self.contents[old] = value
        return Touch("copy", old, old, self.counts[old], found, value)


class BothMove(Machine):
    """Everyone who shared the page gets a copy of it, and the frame is given up."""

    def write(self, process: str, page: int, value: Any = None) -> Touch:
        old = self.pte(process, page).frame
        before = self.value(process, page)
        touch = super().write(process, page, value)
        if touch.event == "copy" and old is not None:
            for other, at in self.mappings(old):
                self.processes[other].ptes[at] = Pte(self._take(before), writable=True)
                self._drop(old)
        return touch


class ZeroCounted(Machine):
    """A page that is only read gets a frame like any other."""

    def read(self, process: str, page: int) -> Touch:
        if self.pte(process, page).present:
            return super().read(process, page)
        return self._map(process, page, "zero", Pte(self._take(0)))


class ForkSplitsShared(Machine):
    """The child gets shared pages of its own, copied at the fork."""

    def fork(self, parent: str, child: str) -> Forked:
        forked = super().fork(parent, child)
        for page in forked.shared:
            frame = self.processes[child].ptes[page].frame
            if isinstance(frame, int):
                new = self._take(self.contents[frame])
                self.processes[child].ptes[page] = Pte(new, writable=True)
                self._drop(frame)
        return forked


class Following(Machine):
    """Does what a student says it did, as far as that is possible, and what is right otherwise.

    wanted   what comes of the next access: (event, frame), the likeliest first; none: what is right
    """

    wanted: tuple[tuple[Event, Frame | None], ...] = ()

    def read(self, process: str, page: int) -> Touch:
        at = self.pte(process, page).frame
        for event, frame in self.wanted:
            if event == "zero" and at is None and frame is None:
                return self._map(process, page, event, Pte(ZERO))
            if event == "no-fault" and at is not None and frame == numbered(at):
                return self._touch(event, at)
            if event == "copy" and isinstance(at, int) and self._is_free(frame):
                return self._moved(process, page, event, frame)
        return super().read(process, page)

    def write(self, process: str, page: int, value: Any = None) -> Touch:
        at = self.pte(process, page).frame
        for event, frame in self.wanted:
            if event in ("no-fault", "reuse") and frame is not None and frame == at:
                return self._map(process, page, event, Pte(at, writable=True))
            if event == ("copy" if isinstance(at, int) else "new") and self._is_free(frame):
                return self._moved(process, page, event, frame)
        return super().write(process, page, value)

    def _is_free(self, frame: Frame | None) -> TypeGuard[int]:
        return isinstance(frame, int) and 0 <= frame <= FARTHEST and frame not in self.counts

    def _moved(self, process: str, page: int, event: Event, frame: int) -> Touch:
        self.counts[frame], self.contents[frame] = 1, 0
        return self._map(process, page, event, Pte(frame, writable=True))


def numbered(frame: Frame | None) -> int | None:
    """The frame as a table has it: the zero frame has no number."""
    return frame if isinstance(frame, int) else None
