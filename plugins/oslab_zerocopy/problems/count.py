"""zerocopy.count: system calls, mode switches and copies of one transfer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from oslab import Answers, Figure, Generator, Int, Problem, Run, mistake
from oslab_zerocopy.journey import run, steps_of
from oslab_zerocopy.problems.transfers import (
    TransferSpace,
    draw_transfer,
    figures,
    in_one_call,
    presented,
    without_gathering,
)
from oslab_zerocopy.transfer import TransferConfig, tally

CALLS = ("syscalls", "mode_switches")
COPIES = ("cpu_copies", "dma_copies")


class Count(Problem[TransferConfig, TransferSpace]):
    """How many calls, switches and copies a whole transfer takes."""

    version = 1
    params = TransferConfig
    space = TransferSpace
    required = ("per-file", "calls-for-switches")
    answers = {
        "syscalls": Int(),
        "mode_switches": Int(),
        "context_switches": Int(),
        "cpu_copies": Int(),
        "dma_copies": Int(),
    }

    def draw(self, rng: Generator, space: TransferSpace) -> TransferConfig:
        return draw_transfer(rng, space)

    def good(self, p: TransferConfig) -> bool:
        """The transfer can be followed step by step."""
        return steps_of(p) <= 500

    def present(self, p: TransferConfig) -> Mapping[str, Figure]:
        return presented(p)

    def run(self, p: TransferConfig) -> Run:
        return run(p)

    def solve(self, p: TransferConfig, run: Run) -> Answers:
        return {name: run.metrics[name] for name in self.answers}

    @mistake("splice-two-switches")
    def splice_two_switches(self, p: TransferConfig) -> Answers | None:
        """Splicing through a pipe is taken for one call a chunk, as sendfile is."""
        if p.path not in ("splice", "vmsplice"):
            return None
        calls = tally(p).syscalls(p.count) - p.chunks
        return {"syscalls": calls, "mode_switches": 2 * calls}

    @mistake("gather-ignored")
    def gather_ignored(self, p: TransferConfig) -> Answers | None:
        """The CPU copies into the socket buffer although the network card gathers."""
        copying = without_gathering(p)
        return figures(copying, *COPIES) if copying else None

    @mistake("per-file")
    def per_file(self, p: TransferConfig) -> Answers | None:
        """One round for the whole file, whatever the chunk."""
        return figures(in_one_call(p), *CALLS, *COPIES)

    @mistake("calls-for-switches")
    def calls_for_switches(self, p: TransferConfig) -> Answers | None:
        """A call is counted as one switch: the way back is forgotten."""
        return {"mode_switches": figures(p, "syscalls")["syscalls"]}

    @mistake("switches-are-context")
    def switches_are_context(self, p: TransferConfig) -> Answers | None:
        """Each way into the kernel or back is taken for a context switch."""
        return {"context_switches": figures(p, "mode_switches")["mode_switches"]}

    @mistake("set-up-each-chunk")
    def set_up_each_chunk(self, p: TransferConfig) -> Answers | None:
        """mmap or pipe are called anew for each chunk."""
        extra = tally(p).syscalls(p.count) - tally(p).syscalls("amortised")
        if not extra:
            return None
        calls = tally(p).syscalls("amortised") + extra * p.chunks
        return {"syscalls": calls, "mode_switches": 2 * calls}

    @mistake("mmap-two-copies")
    def mmap_two_copies(self, p: TransferConfig) -> Answers | None:
        """A mapping does not spare the copy into user memory."""
        if p.path not in ("mmap-write", "msg-zerocopy-mmap"):
            return None
        return {"cpu_copies": tally(p).cpu_copies + p.chunks}

    @mistake("disk-when-warm")
    def disk_when_warm(self, p: TransferConfig) -> Answers | None:
        """The disk is read although the file is in the page cache."""
        return figures(replace(p, cached=False), *COPIES) if p.cached else None

    @mistake("last-chunk-lost")
    def last_chunk_lost(self, p: TransferConfig) -> Answers | None:
        """size / chunk is rounded down."""
        if not p.size % p.unit or p.size < p.unit:
            return None
        return figures(replace(p, size=p.size - p.size % p.unit), *CALLS, *COPIES)

    @mistake("pipe-size-ignored")
    def pipe_size_ignored(self, p: TransferConfig) -> Answers | None:
        """A chunk goes through the pipe whole, however large."""
        if p.chunk <= p.unit:
            return None
        return figures(replace(p, pipe_size=p.chunk), *CALLS, *COPIES)

    @mistake("loopback-is-zero-copy")
    def loopback_is_zero_copy(self, p: TransferConfig) -> Answers | None:
        """MSG_ZEROCOPY is believed to spare the copy over loopback too."""
        if not p.loopback or not p.path.startswith("msg-zerocopy"):
            return None
        return {"cpu_copies": figures(replace(p, loopback=False), "cpu_copies")["cpu_copies"]}

    @mistake("notice-forgotten")
    def notice_forgotten(self, p: TransferConfig) -> Answers | None:
        """The recvmsg that collects notifications is left out."""
        notices = sum(p.times(call) for call in p.of.calls if call.per == "notice")
        calls = tally(p).syscalls(p.count) - notices
        return {"syscalls": calls, "mode_switches": 2 * calls} if notices else None

    @mistake("batch-ignored")
    def batch_ignored(self, p: TransferConfig) -> Answers | None:
        """Each chunk is submitted with a call of its own."""
        single = replace(p, batch=1)
        return figures(single, *CALLS) if tally(single) != tally(p) else None
