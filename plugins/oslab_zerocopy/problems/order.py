"""zerocopy.order: which calls and copies one chunk takes, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from oslab import (
    Answers,
    Choose,
    Figure,
    Generator,
    Grid,
    Ordering,
    Problem,
    Run,
    Size,
    Step,
    mistake,
)
from oslab.exercise.ordering import letters_of
from oslab_zerocopy.journey import run
from oslab_zerocopy.paths import PathName
from oslab_zerocopy.problems.transfers import TransferSpace, about_data, draw_transfer, presented
from oslab_zerocopy.transfer import TransferConfig

LETTERS = "abcdefghijklmnop"

_MOVES = {
    ("disk", "page-cache", "dma"): "disk-to-cache",
    ("disk", "user-buffer", "dma"): "disk-to-user",
    ("page-cache", "user-buffer", "cpu"): "cache-to-user",
    ("user-buffer", "socket-buffer", "cpu"): "user-to-socket",
    ("page-cache", "socket-buffer", "cpu"): "cache-to-socket",
    ("page-cache", "socket-buffer", "reference"): "refer-socket",
    ("page-cache", "pipe", "reference"): "refer-pipe",
    ("pipe", "socket-buffer", "reference"): "refer-on",
    ("pipe", "socket-buffer", "cpu"): "pipe-to-socket",
    ("socket-buffer", "nic", "dma"): "nic-from-socket",
    ("page-cache", "nic", "dma"): "nic-from-cache",
    ("user-buffer", "nic", "dma"): "nic-from-user",
}

_BUFFERED = (
    "disk-to-cache",
    "cache-to-user",
    "user-to-socket",
    "nic-from-socket",
    "nic-from-cache",
)
LISTED: Mapping[str, tuple[str, ...]] = {
    "read-write": ("call-read", "call-write", "call-mmap", *_BUFFERED, "disk-to-user", "cache-to-socket"),
    "direct": ("call-read", "call-write", *_BUFFERED, "disk-to-user", "nic-from-user"),
    "mmap-write": (
        "call-mmap", "call-read", "call-write", *_BUFFERED, "cache-to-socket", "disk-to-socket",
    ),
    "sendfile": (
        "call-sendfile", "call-write", *_BUFFERED, "cache-to-socket", "refer-socket", "disk-to-socket",
    ),
    "splice": (
        "call-pipe", "call-splice-in", "call-splice-out", *_BUFFERED, "cache-to-pipe",
        "pipe-to-socket", "refer-pipe", "refer-on", "disk-to-socket",
    ),
}  # fmt: skip
"""The steps that are listed for each path: those that can happen on it, and others."""

_THROUGH_USER = {
    "cache-to-socket": ["cache-to-user", "user-to-socket"],
    "refer-socket": ["cache-to-user", "user-to-socket"],
    "refer-pipe": ["cache-to-user"],
    "refer-on": ["user-to-socket"],
    "pipe-to-socket": ["user-to-socket"],
    "nic-from-cache": ["nic-from-socket"],
}
"""What someone takes these steps for who thinks that all data pass through the program."""

Names: TypeAlias = "list[str]"


@dataclass(frozen=True)
class OrderSpace(TransferSpace):
    """Which transfers; paths are those of `LISTED`, and of one chunk."""

    path: Choose[PathName]


class Order(Problem[TransferConfig, OrderSpace]):
    """The steps of one chunk in order, and the bytes that the CPU copies in them."""

    version = 1
    params = TransferConfig
    space = OrderSpace
    required = ("via-user-buffer", "way-out-forgotten")
    answers = {"order": Ordering(options=tuple(LETTERS)), "cpu_bytes": Size(), "dma_bytes": Size()}

    def draw(self, rng: Generator, space: OrderSpace) -> TransferConfig:
        return draw_transfer(rng, space)

    def good(self, p: TransferConfig) -> bool:
        return p.path in LISTED and p.chunks == 1

    def present(self, p: TransferConfig) -> Mapping[str, Figure]:
        steps = tuple(zip(LETTERS, listing(p), strict=False))
        return {**presented(p), "steps": Grid(("letter", "step"), steps)}

    def rows(self, p: TransferConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(letter,) for letter, _ in zip(LETTERS, listing(p), strict=False)]

    def run(self, p: TransferConfig) -> Run:
        return about_data(p)

    def solve(self, p: TransferConfig, run: Run) -> Answers:
        return {
            "order": letters_of(listing(p), events(run.steps)),
            "cpu_bytes": run.metrics["cpu_bytes"],
            "dma_bytes": run.metrics["dma_bytes"],
        }

    def _as_if(self, p: TransferConfig, names: Sequence[str]) -> Answers | None:
        """The answers of someone who takes these to be the steps; None where one is not listed."""
        listed = listing(p)
        if not set(names) <= set(listed):
            return None
        dma = sum(name.startswith(("disk-", "nic-")) for name in names)
        cpu = sum("-to-" in name and not name.startswith("disk-") for name in names)
        return {
            "order": letters_of(listed, names),
            "cpu_bytes": cpu * p.size,
            "dma_bytes": dma * p.size,
        }

    @mistake("via-user-buffer")
    def via_user_buffer(self, p: TransferConfig) -> Answers | None:
        """The data take the way through the program that read and write take."""
        if p.path in ("read-write", "direct"):
            return None
        return self._as_if(
            p, [each for name in names_of(p) for each in _THROUGH_USER.get(name, [name])]
        )

    @mistake("disk-when-warm")
    def disk_when_warm(self, p: TransferConfig) -> Answers | None:
        """The disk is read although the file is in the page cache."""
        return self._as_if(p, names_of(replace(p, cached=False))) if p.cached else None

    @mistake("cpu-when-gathering")
    def cpu_when_gathering(self, p: TransferConfig) -> Answers | None:
        """The CPU copies into the socket buffer although the network card gathers."""
        if p.path not in ("sendfile", "splice") or not p.nic_sg or p.loopback:
            return None
        return self._as_if(p, names_of(replace(p, nic_sg=False)))

    @mistake("gathers-anyway")
    def gathers_anyway(self, p: TransferConfig) -> Answers | None:
        """The network card is believed to gather although it cannot."""
        if p.path not in ("sendfile", "splice") or p.nic_sg:
            return None
        return self._as_if(p, names_of(replace(p, nic_sg=True)))

    @mistake("disk-to-socket")
    def disk_to_socket(self, p: TransferConfig) -> Answers | None:
        """DMA is believed to carry the data from the disk right into the socket buffer."""
        if p.cached or p.path in ("read-write", "direct"):
            return None
        calls = [name for name in names_of(p) if name.startswith("call-")]
        return self._as_if(p, [*calls, "disk-to-socket", "nic-from-socket"])

    @mistake("way-out-forgotten")
    def way_out_forgotten(self, p: TransferConfig) -> Answers | None:
        """The data stay in the socket buffer: nothing takes them out of memory."""
        names = [name for name in names_of(p) if not name.startswith("nic-")]
        return self._as_if(p, names) if names != names_of(p) else None

    @mistake("page-cache-skipped")
    def page_cache_skipped(self, p: TransferConfig) -> Answers | None:
        """DMA is believed to put the file right into the user buffer."""
        if p.path != "read-write":
            return None
        return self._as_if(
            p, ["call-read", "disk-to-user", "call-write", "user-to-socket", "nic-from-socket"]
        )

    @mistake("direct-is-buffered")
    def direct_is_buffered(self, p: TransferConfig) -> Answers | None:
        """O_DIRECT is believed to read through the page cache."""
        if p.path != "direct":
            return None
        return self._as_if(p, names_of(replace(p, path="read-write", cached=False)))


def events(steps: Sequence[Step]) -> Names:
    """The names of the steps that are asked for: calls and moves, in order."""
    found: Names = []
    for step in steps:
        if step.action in ("once", "enter"):
            name = "call-" + str(step.given["call"]).removesuffix("()")
            if name == "call-splice":
                name += "-out" if "call-splice-in" in found else "-in"
            found.append(name)
        elif step.action == "move":
            found.append(_MOVES[step.given["source"], step.given["target"], step.result["by"]])
    return found


# Of a variant, and of what a mistake takes it for.
@lru_cache(maxsize=2)
def _told(p: TransferConfig) -> Run:
    return run(p)


def names_of(p: TransferConfig) -> Names:
    return events(_told(p).steps)


@lru_cache(maxsize=1)
def listing(p: TransferConfig) -> tuple[str, ...]:
    """The steps in the order in which this variant lists them."""
    label = f"zerocopy.order {p.path} {p.size} {p.chunk}"
    return tuple(Generator(label).shuffled(LISTED[p.path]))
