"""modes read: what read(2) of a file does, step by step.

Which steps occur depends on how the file was opened and on where its pages are:

- buffered, in the page cache: the CPU copies from there, and nobody waits;
- buffered, not cached: a page frame is taken for the cache, the disk writes into it by DMA while the
  process sleeps, then the CPU copies;
- buffered, being read for somebody else already: the process sleeps until that is done, then the CPU copies;
- O_DIRECT: the disk writes into the process's own buffer by DMA, whatever the cache holds (unchanged
  pages); the CPU copies nothing.

Source: Linux mm/filemap.c, filemap_read, filemap_get_pages; fs/iomap/direct-io.c; open(2), O_DIRECT.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from oslab import Drawing, Grid, InputError, Int, Run, Size, Step, Value
from oslab.quantities import format_size

Cache: TypeAlias = Literal["hit", "miss", "reading"]
CACHES: Final[tuple[Cache, ...]] = ("hit", "miss", "reading")
Meanwhile: TypeAlias = Literal["idle", "task"]
SECTOR: Final = 512
MOST_BYTES: Final = 0x7FFFF000
"""What one read(2) transfers at most."""

WAIT: Final = ("irq-comes", "wake", "resume")
FLOWS: Final[Mapping[str, tuple[str, ...]]] = {
    "hit": ("enter", "check", "look-up", "copy", "leave"),
    "miss": (
        "enter", "check", "look-up", "allocate", "submit", "sleep", "dma-cache", *WAIT, "copy", "leave",
    ),
    "reading": ("enter", "check", "look-up", "sleep", "dma-cache", *WAIT, "copy", "leave"),
    "direct": ("enter", "check", "pin", "submit", "sleep", "dma-user", *WAIT, "leave"),
}  # fmt: skip
ACTORS: Final = {
    "enter": "program", "dma-cache": "disk", "dma-user": "disk", "irq-comes": "disk",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReadConfig:
    """One read(2), and the state that it meets.

    cache      whether the pages are in the page cache, not there, or just being read for another process
    direct     the file was opened with O_DIRECT
    offset     where in the file it begins
    length     bytes that are read, all of them there
    page_size  bytes in a page of the page cache
    meanwhile  what the core does while the process sleeps: nothing, or another task

    Raises InputError for a read that cannot be, and for O_DIRECT off the sectors of 512 bytes.
    """

    cache: Cache
    direct: bool
    offset: int
    length: int
    page_size: int
    meanwhile: Meanwhile

    def __post_init__(self) -> None:
        if not 1 <= self.length <= MOST_BYTES:
            raise InputError(f"1 to {MOST_BYTES} bytes are read at once, not {self.length}")
        if not 0 <= self.offset < 2**63:
            raise InputError(f"an offset is 0 to 2^63 - 1, not {self.offset}")
        if self.page_size < SECTOR or self.page_size & (self.page_size - 1):
            raise InputError(f"a page is a power of two, {SECTOR} or more, not {self.page_size}")
        if self.direct and (self.offset % SECTOR or self.length % SECTOR):
            raise InputError(
                f"O_DIRECT needs an offset and a length that are multiples of {SECTOR}"
            )

    @property
    def kind(self) -> str:
        """Which of FLOWS it takes."""
        return "direct" if self.direct else self.cache

    @property
    def pages(self) -> int:
        """Pages of the file that it touches."""
        return (self.offset + self.length - 1) // self.page_size - self.offset // self.page_size + 1


def run(config: ReadConfig) -> Run:
    """Each step of the flow.

    Results: ``look-up`` cache; ``allocate`` pages; ``submit`` dma_bytes; ``sleep`` and ``resume`` switches
    (context switches so far); ``copy`` copied_bytes. Metrics: ``mode_switches`` and
    ``context_switches`` of the process that reads, ``cpu_copied_bytes``, ``dma_bytes`` (that this read asks
    the disk for).
    """
    names = FLOWS[config.kind]
    dma = 0 if "submit" not in names else config.length
    if "submit" in names and not config.direct:
        dma = config.pages * config.page_size
    copied = config.length if "copy" in names else 0
    results: dict[str, dict[str, Value]] = {
        "look-up": {"cache": config.cache},
        "allocate": {"pages": config.pages, "bytes": format_size(config.pages * config.page_size)},
        "submit": {"dma_bytes": dma, "bytes": format_size(dma)},
        "sleep": {"switches": 1},
        "resume": {"switches": 2},
        "copy": {"copied_bytes": copied, "bytes": format_size(copied)},
    }
    given: dict[str, Value] = {
        "length": format_size(config.length),
        "touched": config.pages,
        "page": format_size(config.page_size),
        "meanwhile": config.meanwhile,
        "direct": config.direct,
        "others": config.cache == "reading" and not config.direct,
    }
    steps = tuple(
        Step(
            action=name,
            actor=ACTORS.get(name, "kernel"),
            given=given,
            result=results.get(name, {}),
            state=_drawn(config, names[: place + 1]),
        )
        for place, name in enumerate(names)
    )
    return Run(
        command="modes.read",
        config=config,
        conventions=_conventions(config),
        asks={
            "submit": {"dma_bytes": Size()},
            "sleep": {"switches": Int()},
            "resume": {"switches": Int()},
            "copy": {"copied_bytes": Size()},
        },
        steps=steps,
        metrics={
            "mode_switches": 2,
            "context_switches": 2 if "sleep" in names else 0,
            "cpu_copied_bytes": copied,
            "dma_bytes": dma,
        },
    )


def _conventions(config: ReadConfig) -> Mapping[str, Value]:
    found: dict[str, Value] = {"own_switches": "reader", "context_switch": "task"}
    if config.direct:
        return found | {"direct_clean": "clean"}
    return found | {"read_ahead": "none", "whole_pages": "whole"}


def _drawn(config: ReadConfig, done: tuple[str, ...]) -> Mapping[str, Drawing]:
    """Where the data is after these steps, and who has the CPU."""
    cached = (config.cache == "hit") or "dma-cache" in done
    user = "copy" in done or "dma-user" in done
    asleep = "sleep" in done and "resume" not in done
    runs = "reader" if not asleep else "other-task" if config.meanwhile == "task" else "idle-task"
    mode = "user" if "leave" in done else "kernel"
    if asleep:
        mode = "asleep"
    rows = (
        ("page-cache", "data" if cached else "no-data"),
        ("user-buffer", "data" if user else "no-data"),
        ("on-cpu", runs),
        ("reader", mode),
    )
    return {"places": Grid(("place", "holds"), rows)}
