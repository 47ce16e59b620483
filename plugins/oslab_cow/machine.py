"""Processes, page-table entries and page frames under copy-on-write.

One model answers every question of this plugin: whether an access faults, which frame it meets then,
how many page-table entries point at a frame, and what a process finds in a page. It is a kernel that
does four things:

- `fork` gives the child a copy of every page-table entry. Private ones become read-only in both
  processes, shared ones stay as they are. No page is copied and nothing faults.
- A page that is present is read freely, and written freely where its entry says so.
- A write to a private page that is read-only faults. Where others still refer to the frame (its count
  is 2 or more), the page is copied into the lowest free frame and the writer's entry leads there,
  writable; the entries of the others stay read-only. Where the writer is the last one (count 1), the
  frame is its own: the entry becomes writable and nothing is copied.
- `exit` drops the references of a process; a frame without any is free again.

A private page that nobody has touched has no frame. A read gives it the zero frame, read-only: one
frame full of zeros for the whole machine, which has no count and is never in use. A write, then or
first, gives it a new frame; that is a fault, but no copy.

Pages of a file lie in the page cache, and the cache refers to their frames like a process does. So a
private mapping of a file (`file-private`) needs no rule of its own: the count is at least 2 as long as
a process maps the cache's frame, and the first write copies.

Source: Linux mm/memory.c, copy_present_ptes, do_wp_page, do_anonymous_page. Bryant and O'Hallaron,
Computer Systems, 9.8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from oslab import InputError

Kind: TypeAlias = Literal["private", "shared", "file-private", "file-shared"]
"""`private` and `shared` are anonymous memory; the others map a file that is in the page cache."""
PRIVATE: Final = ("private", "file-private")
CACHED: Final = ("file-private", "file-shared")

ZERO: Final = "zero"
Frame: TypeAlias = "int | Literal['zero']"
"""A frame number, or `ZERO` for the zero frame."""

Event: TypeAlias = Literal["no-fault", "copy", "reuse", "zero", "new"]
"""What an access made the kernel do: nothing; copy a page; let the last owner write its frame; map the
zero frame; give a page its first frame. All but `no-fault` are page faults."""


@dataclass(frozen=True, slots=True)
class Region:
    """So many pages mapped in one way."""

    kind: Kind
    pages: int


@dataclass(frozen=True, slots=True)
class Pte:
    """A page-table entry; without a frame it is not present."""

    frame: Frame | None = None
    writable: bool = False

    @property
    def present(self) -> bool:
        return self.frame is not None


@dataclass(frozen=True, slots=True)
class Touch:
    """What a read or write did.

    event       what the kernel had to do; `fault`: whether that was anything
    frame       the frame the page lies in now
    old         the frame it lay in before; None: it was not present
    count       references to `frame` now (0 for the zero frame)
    old_count   references that were found on `old` at the access, which decide between copy and reuse
                (0: it was not present, or the zero frame)
    value       what the page holds now
    """

    event: Event
    frame: Frame
    old: Frame | None
    count: int
    old_count: int
    value: Any

    @property
    def fault(self) -> bool:
        return self.event != "no-fault"


@dataclass(frozen=True, slots=True)
class Forked:
    """What a fork did: the pages whose entries are read-only now in both processes, and those that
    stayed writable because they are shared."""

    protected: tuple[int, ...]
    shared: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Exited:
    """What an exit did: the frames that are free now, and those that others still refer to."""

    freed: tuple[int, ...]
    kept: tuple[int, ...]


@dataclass
class Process:
    """A process; `ptes` by page number. After its exit it has none."""

    name: str
    parent: str | None
    ptes: list[Pte] = field(default_factory=list)
    alive: bool = True


class Machine:
    """The whole machine; its first process has all pages of `regions`, numbered from 0 on.

    touched    private anonymous pages are present at the start; else nobody has touched them yet
               (pages that are shared or belong to a file are present in either case)
    contents   what the pages hold at the start, 0 where nothing is said; untouched pages hold 0

    Pages present at the start lie in the frames 0, 1, 2 … in order of their numbers. `processes` are all
    there ever were, in order of their birth. Every operation raises InputError, before it changes
    anything, for a process or page that there is not.
    """

    def __init__(
        self,
        first: str,
        regions: Sequence[Region],
        *,
        touched: bool = True,
        contents: Sequence[Any] = (),
    ) -> None:
        self.kinds: tuple[Kind, ...] = tuple(r.kind for r in regions for _ in range(r.pages))
        self.counts: dict[int, int] = {}
        self.lowest = 0  # no frame below it is free
        self.contents: dict[int, Any] = {}
        self.cached: set[int] = set()
        self.processes: dict[str, Process] = {first: Process(first, None)}
        for page, kind in enumerate(self.kinds):
            if kind == "private" and not touched:
                pte = Pte()
            else:
                frame = self._take(contents[page] if page < len(contents) else 0)
                if kind in CACHED:
                    self.cached.add(frame)
                    self.counts[frame] += 1
                pte = Pte(frame, writable=kind != "file-private")
            self.processes[first].ptes.append(pte)

    # What can be asked.

    @property
    def alive(self) -> tuple[Process, ...]:
        return tuple(p for p in self.processes.values() if p.alive)

    def pte(self, process: str, page: int) -> Pte:
        return self._find(process).ptes[self._page(page)]

    def value(self, process: str, page: int) -> Any:
        """What the process would read there."""
        return self._content(self.pte(process, page).frame)

    def mappings(self, frame: Frame) -> tuple[tuple[str, int], ...]:
        """Who has the frame in a page-table entry: (process, page)."""
        return tuple(
            (process.name, page)
            for process in self.alive
            for page, pte in enumerate(process.ptes)
            if pte.frame == frame
        )

    @property
    def frames_in_use(self) -> int:
        """Frames with a reference, those of the page cache among them; not the zero frame."""
        return len(self.counts)

    @property
    def frames_without_cow(self) -> int:
        """Frames if no private page were ever in common: every living process has its own of each that
        has a frame, and a file's page is in the cache besides."""
        own = sum(
            pte.present and pte.frame != ZERO and kind in PRIVATE
            for process in self.processes.values()
            for pte, kind in zip(process.ptes, self.kinds, strict=False)
        )
        shared = self.kinds.count("shared") if any(p.ptes for p in self.processes.values()) else 0
        return own + shared + len(self.cached)

    # What can happen.

    def fork(self, parent: str, child: str) -> Forked:
        """The child begins with the parent's page table."""
        process = self._find(parent)
        if child in self.processes:
            raise InputError(
                f"there is a process {child} already; the child needs a name of its own"
                if self.processes[child].alive
                else f"{child} was the name of a process that exited; the child needs another"
            )
        ptes = [self._forked(pte, kind) for pte, kind in zip(process.ptes, self.kinds, strict=True)]
        process.ptes = ptes
        self.processes[child] = Process(child, parent, list(ptes))
        for pte in ptes:
            self._refer(pte.frame)
        return Forked(
            protected=tuple(
                n for n, pte in enumerate(ptes) if pte.present and self.kinds[n] in PRIVATE
            ),
            shared=tuple(n for n, kind in enumerate(self.kinds) if kind not in PRIVATE),
        )

    def map(self, process: str, kind: Literal["private", "shared"], pages: int, value: Any) -> int:
        """Give one process pages with new numbers: private ones that nobody has touched, or shared ones,
        which are present at once and hold `value`. Returns the number of the first."""
        own = self._find(process)
        first = len(self.kinds)
        self.kinds += (kind,) * pages
        for each in self.alive:
            each.ptes += [Pte()] * pages
        if kind == "shared":
            for page in range(first, len(self.kinds)):
                own.ptes[page] = Pte(self._take(value), writable=True)
        return first

    def read(self, process: str, page: int) -> Touch:
        """The process reads from the page."""
        pte = self.pte(process, page)
        if pte.frame is not None:
            return self._touch("no-fault", pte.frame)
        return self._map(process, page, "zero", Pte(ZERO))

    def write(self, process: str, page: int, value: Any = None) -> Touch:
        """The process writes into the page, which holds `value` then; None: what it held."""
        before = self.value(process, page)
        event, pte = self._written(process, page)
        if event in ("copy", "new"):
            pte = Pte(self._take(before), writable=True)
        assert isinstance(pte.frame, int)
        self.contents[pte.frame] = before if value is None else value
        if event == "no-fault":
            return self._touch(event, pte.frame)
        return self._map(process, page, event, pte)

    def exit(self, process: str) -> Exited:
        """The process ends; its memory goes."""
        ending = self._find(process)
        frames = sorted({p.frame for p in ending.ptes if isinstance(p.frame, int)})
        for pte in ending.ptes:
            self._drop(pte.frame)
        ending.ptes, ending.alive = [], False
        return Exited(
            freed=tuple(f for f in frames if f not in self.counts),
            kept=tuple(f for f in frames if f in self.counts),
        )

    # The rules, each in a method, so that a misunderstanding is a subclass.

    def _forked(self, pte: Pte, kind: Kind) -> Pte:
        """An entry as parent and child have it after a fork."""
        return Pte(pte.frame) if kind in PRIVATE else pte

    def _written(self, process: str, page: int) -> tuple[Event, Pte]:
        """What a write makes the kernel do, and the entry after it (after `copy` and `new` it leads to
        a new frame)."""
        pte = self.pte(process, page)
        if pte.frame is None or pte.frame == ZERO:
            return "new", pte
        if pte.writable:
            return "no-fault", pte
        if self.counts[pte.frame] > 1:
            return "copy", pte
        return "reuse", Pte(pte.frame, writable=True)

    def _take(self, value: Any) -> int:
        """The lowest free frame, with a first reference."""
        while self.lowest in self.counts:
            self.lowest += 1
        frame = self.lowest
        self.counts[frame], self.contents[frame] = 1, value
        return frame

    def _refer(self, frame: Frame | None) -> None:
        if isinstance(frame, int):
            self.counts[frame] += 1

    def _drop(self, frame: Frame | None) -> None:
        if isinstance(frame, int):
            self.counts[frame] -= 1
            if not self.counts[frame]:
                del self.counts[frame], self.contents[frame]
                self.lowest = min(self.lowest, frame)

    # Bookkeeping.

    def _map(self, process: str, page: int, event: Event, pte: Pte) -> Touch:
        """Set the entry; what it led to before loses a reference."""
        before = self.pte(process, page)
        found = self._count(before.frame)
        self._find(process).ptes[page] = pte
        if pte.frame != before.frame:
            self._drop(before.frame)
        assert pte.frame is not None
        count, value = self._count(pte.frame), self._content(pte.frame)
        return Touch(event, pte.frame, before.frame, count, found, value)

    def _touch(self, event: Event, frame: Frame) -> Touch:
        count = self._count(frame)
        return Touch(event, frame, frame, count, count, self._content(frame))

    def _count(self, frame: Frame | None) -> int:
        return self.counts[frame] if isinstance(frame, int) else 0

    def _content(self, frame: Frame | None) -> Any:
        return self.contents[frame] if isinstance(frame, int) else 0

    def _find(self, name: str) -> Process:
        process = self.processes.get(name)
        if process is None:
            there = ", ".join(p.name for p in self.alive) or "none"
            raise InputError(f"there is no process {name}; there are: {there}")
        if not process.alive:
            raise InputError(f"the process {name} has exited")
        return process

    def _page(self, page: int) -> int:
        if not 0 <= page < len(self.kinds):
            raise InputError(f"there is no page {page}; the pages are 0 to {len(self.kinds) - 1}")
        return page
