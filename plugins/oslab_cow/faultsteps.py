"""The page fault of a write under copy-on-write, step by step.

The page belongs to a private mapping that may be written, so the fault is no error: the entry forbids
the write only because of how the page came to be there. What the kernel does depends on the entry:

- count 2 or more: allocate a frame, copy, drop the old entry from the TLB, map the new frame writable,
  drop the reference to the old frame;
- count 1: make the entry writable, drop the old one from the TLB;
- the zero frame: allocate, fill with zeros, drop the old entry from the TLB, map;
- not present: allocate, fill with zeros, map. An absent entry is in no TLB.

Then the instruction is executed again. Source: Linux mm/memory.c, do_wp_page, wp_page_copy,
wp_page_reuse, do_anonymous_page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from oslab import Cells, Drawing, Grid, InputError, Int, OrNone, Run, Step, Value
from oslab_cow.machine import ZERO, Event, Frame


@dataclass(frozen=True, slots=True)
class Entry:
    """The page in one process: the frame that its read-only entry leads to; None: not present."""

    process: str
    frame: int | Literal["zero"] | None


@dataclass(frozen=True, slots=True)
class CowFaultConfig:
    """One write, and the state that it meets.

    page      the page that is written
    entries   the page in every process that has it mapped; the first one writes
    cached    the frame in which the page cache has the page, one reference more to it; None for
              anonymous memory
    free      free frames

    Raises InputError where that is no state for a write to fault in.
    """

    page: int
    entries: tuple[Entry, ...]
    cached: int | None
    free: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.entries:
            raise InputError("a process is needed that writes the page")
        if not self.free:
            raise InputError("a free frame is needed, for a copy")

    @property
    def count(self) -> int:
        """References to the writer's frame; 0 where it has none of its own."""
        frame = self.entries[0].frame
        if not isinstance(frame, int):
            return 0
        return sum(e.frame == frame for e in self.entries) + (frame == self.cached)

    @property
    def event(self) -> Event:
        if self.count == 0:
            return "new"
        return "copy" if self.count > 1 else "reuse"


FLOWS: Mapping[str, tuple[str, ...]] = {
    "copy": ("read-count", "allocate", "copy-page", "flush", "map-new", "drop-count"),
    "reuse": ("read-count", "make-writable", "flush"),
    "zero": ("allocate", "zero-fill", "flush", "map-new"),
    "new": ("allocate", "zero-fill", "map-new"),
}
ACTORS = {"trap": "mmu", "restart": "cpu"}


def flow(config: CowFaultConfig) -> tuple[str, ...]:
    """The steps from the trap to the restart, by name."""
    zero = config.entries[0].frame == ZERO
    return ("trap", "check-mapping", *FLOWS["zero" if zero else config.event], "restart")


def run(config: CowFaultConfig) -> Run:
    """Each step of `flow`: given process, page, and what the step works on.

    Results: ``read-count`` count; ``allocate`` frame; ``map-new`` and ``make-writable`` frame;
    ``drop-count`` old, left (the count then). Metrics: ``event``, ``frame`` (where the page is then) and
    ``left`` (references to the frame it was in; None: it was in none of its own).
    """
    writer, count = config.entries[0], config.count
    copied = config.event in ("copy", "new")
    frame = min(config.free) if copied else writer.frame
    left = None if not count else count - 1 if config.event == "copy" else count
    results: dict[str, dict[str, Value]] = {
        "read-count": {"count": count},
        "allocate": {"frame": frame},
        "map-new": {"frame": frame},
        "make-writable": {"frame": frame},
        "drop-count": {"old": writer.frame, "left": left},
    }
    given: dict[str, Value] = {"process": writer.process, "page": config.page}
    if writer.frame is not None:
        given["found"] = writer.frame
    steps = []
    names = flow(config)
    for place, name in enumerate(names):
        done = names[: place + 1]
        steps.append(
            Step(
                action=name,
                actor=ACTORS.get(name, "kernel"),
                given=given,
                result=results.get(name, {}),
                state=_drawn(config, done, frame),
            )
        )
    return Run(
        command="cow.steps",
        config=config,
        conventions={"copy_to": "lowest", "flush": "present"},
        asks={
            "read-count": {"count": Int()},
            "allocate": {"frame": Int()},
            "drop-count": {"left": OrNone(Int())},
        },
        steps=tuple(steps),
        metrics={"event": config.event, "frame": frame, "left": left},
    )


def _drawn(
    config: CowFaultConfig, done: tuple[str, ...], frame: Frame | None
) -> Mapping[str, Drawing]:
    writable = "map-new" in done or "make-writable" in done
    texts = [_text(entry.frame) for entry in config.entries]
    if writable:
        texts[0] = f"{frame} rw"
    drawn: dict[str, Drawing] = {"entries": drawn_entries(config, texts)}
    if config.count:
        old = config.entries[0].frame
        drawn["counts"] = Cells((config.count - ("drop-count" in done),), (old,))
    return drawn


def drawn_entries(config: CowFaultConfig, texts: list[str] | None = None) -> Grid:
    """The page in each process."""
    texts = texts or [_text(entry.frame) for entry in config.entries]
    rows = zip((entry.process for entry in config.entries), texts, strict=True)
    return Grid(("process", "entry"), tuple(rows))


def _text(frame: Frame | None) -> str:
    return "-" if frame is None else f"{frame} r"
