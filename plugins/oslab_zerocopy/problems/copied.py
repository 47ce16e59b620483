"""zerocopy.bytes: how many bytes the CPU copies, and how many move by DMA."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from oslab import Answers, Figure, Generator, Problem, Run, Size, mistake
from oslab_zerocopy.journey import steps_of
from oslab_zerocopy.problems.transfers import (
    TransferSpace,
    about_data,
    draw_transfer,
    figures,
    presented,
    without_gathering,
)
from oslab_zerocopy.transfer import TransferConfig, tally

BYTES = ("cpu_bytes", "dma_bytes")


class CopiedBytes(Problem[TransferConfig, TransferSpace]):
    """The bytes of a whole transfer by who moves them."""

    version = 1
    params = TransferConfig
    space = TransferSpace
    required = ("dma-as-cpu", "one-chunk")
    answers = {"cpu_bytes": Size(), "dma_bytes": Size()}

    def draw(self, rng: Generator, space: TransferSpace) -> TransferConfig:
        return draw_transfer(rng, space)

    def good(self, p: TransferConfig) -> bool:
        """The transfer can be followed step by step."""
        return steps_of(p) <= 500

    def present(self, p: TransferConfig) -> Mapping[str, Figure]:
        return presented(p)

    def run(self, p: TransferConfig) -> Run:
        return about_data(p)

    def solve(self, p: TransferConfig, run: Run) -> Answers:
        return {name: run.metrics[name] for name in BYTES}

    @mistake("mmap-two-copies")
    def mmap_two_copies(self, p: TransferConfig) -> Answers | None:
        """A mapping does not spare the copy into user memory."""
        if p.path not in ("mmap-write", "msg-zerocopy-mmap"):
            return None
        return {"cpu_bytes": tally(p).cpu_bytes + p.size}

    @mistake("dma-as-cpu")
    def dma_as_cpu(self, p: TransferConfig) -> Answers | None:
        """All that moves is put down to the CPU."""
        totals = tally(p)
        return {"cpu_bytes": totals.cpu_bytes + totals.dma_bytes}

    @mistake("one-chunk")
    def one_chunk(self, p: TransferConfig) -> Answers | None:
        """The bytes of one chunk."""
        return figures(replace(p, size=min(p.size, p.unit)), *BYTES)

    @mistake("zero-means-none")
    def zero_means_none(self, p: TransferConfig) -> Answers | None:
        """Where the CPU copies nothing, nothing is thought to move."""
        return {"dma_bytes": 0} if not tally(p).cpu_bytes else None

    @mistake("no-cpu-copy")
    def no_cpu_copy(self, p: TransferConfig) -> Answers | None:
        """The path is called zero copy, so the CPU is believed to copy nothing."""
        return {"cpu_bytes": 0} if p.path != "read-write" else None

    @mistake("once-through")
    def once_through(self, p: TransferConfig) -> Answers | None:
        """One copy by the CPU and one by DMA, as if there were no buffer in between."""
        return {"cpu_bytes": p.size, "dma_bytes": p.size}

    @mistake("gather-ignored")
    def gather_ignored(self, p: TransferConfig) -> Answers | None:
        """The CPU copies into the socket buffer although the network card gathers."""
        copying = without_gathering(p)
        return figures(copying, *BYTES) if copying else None

    @mistake("disk-when-warm")
    def disk_when_warm(self, p: TransferConfig) -> Answers | None:
        """The disk is read although the file is in the page cache."""
        return figures(replace(p, cached=False), *BYTES) if p.cached else None
