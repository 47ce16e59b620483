"""A transfer step by step: each call, each move, and what the buffers hold after it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from oslab import Choice, Grid, Int, Run, Step, Value
from oslab_zerocopy.paths import Call, Move, chunk_calls
from oslab_zerocopy.transfer import Totals, TransferConfig, conventions, metrics


def steps_of(config: TransferConfig) -> int:
    """How many steps `run` makes."""
    found = len(config.of.once)
    for call in chunk_calls(config.path, config.setting):
        found += 2 * config.times(call) + config.chunks * len(call.moves)
    return found + (-(-config.chunks // config.batch) if _submits(config) else 0)


def _submits(config: TransferConfig) -> bool:
    return config.sqpoll and any(call.per == "batch" for call in config.of.calls)


def run(config: TransferConfig) -> Run:
    """Simulate step by step.

    once     given call; result mode_switches so far: a call made once for the transfer, in and out
    enter    given call, chunk (of a batch the first one, and last), bytes: into the kernel
    notice   given call: into the kernel, to collect notifications
    submit   like enter; with SQPOLL the program only writes to memory that the kernel polls
    move     given source, target, bytes, chunk; result by ("cpu", "dma" or "reference")
    return   given call, returns (bytes; None: it moves none); result mode_switches so far

    The DMA that takes the data away from the sender comes after the call. `state` has one drawing,
    ``buffers``. Metrics: chunks syscalls mode_switches context_switches (0: nothing blocks) cpu_copies
    dma_copies cpu_bytes dma_bytes time_ns, and counts: syscalls and mode_switches in each of the three
    counts.
    """
    recorder = _Recorder(config)
    for name in config.of.once:
        recorder.once(name)
    calls = chunk_calls(config.path, config.setting)
    batched = any(call.per == "batch" for call in calls)
    width = config.batch if batched else 1
    for first in range(0, config.chunks, width):
        chunks = range(first, min(first + width, config.chunks))
        for call in calls:
            if call.per != "notice":
                recorder.call(call, chunks)
        done = chunks[-1] + 1
        if done % config.notify_every == 0 or done == config.chunks:
            for call in calls:
                if call.per == "notice":
                    recorder.call(call, chunks)
    return Run(
        command="zerocopy.run",
        config=config,
        conventions=conventions(config),
        asks={
            "once": {"mode_switches": Int()},
            "move": {"by": Choice("cpu", "dma", "reference")},
            "return": {"mode_switches": Int()},
        },
        steps=tuple(recorder.steps),
        metrics=metrics(config, recorder.totals),
    )


LEAVES = ("nic", "target-disk")
"""Where data are no longer the sender's."""


class _Recorder:
    """Carries out calls and writes down their steps."""

    def __init__(self, config: TransferConfig) -> None:
        self.config, self.totals = config, Totals()
        self.steps: list[Step] = []
        self.now = Fraction(0)
        self.buffers = _buffers_at_start(config)

    def once(self, name: str) -> None:
        self.totals.once_called(name)
        given = {"call": f"{name}()"}
        self.step("once", "application", given, self._switches(), 0, self.config.call_ns)

    def call(self, call: Call, chunks: range) -> None:
        """A call for these chunks (of io_uring several), and what the devices do after it."""
        config, first = self.config, chunks[0] + 1
        size = sum(map(self.size_of, chunks)) if call.moves else 0
        polled = call.per == "batch" and config.sqpoll
        given: dict[str, Value] = {"call": f"{call.name}()", "chunk": first, "bytes": size}
        action = "submit" if polled else "enter" if call.moves else "notice"
        if len(chunks) > 1:
            given["last"] = chunks[-1] + 1
        self.step(action, "application", given, {}, first)
        inside = [move for move in call.moves if move.target not in LEAVES]
        for chunk in chunks:
            for move in inside:
                self.move(move, chunk)
        if not polled:
            self.totals.calls += 1
            given = {"call": f"{call.name}()", "returns": size if call.moves else None}
            self.step("return", "kernel", given, self._switches(), first, config.call_ns)
        for chunk in chunks:
            for move in call.moves:
                if move.target in LEAVES:
                    self.move(move, chunk)

    def move(self, move: Move, chunk: int) -> None:
        size = self.size_of(chunk)
        self.totals.moved(move, size)
        self.buffers = _after(self.buffers, move, chunk + 1)
        actor = "kernel"
        cost = Fraction(0)
        if move.how == "dma":
            actor = "nic" if move.target == "nic" else "disk"
            cost = size * self.config.dma_byte_ns
        elif move.how == "cpu":
            cost = size * self.config.cpu_byte_ns
        given = {"source": move.source, "target": move.target, "bytes": size, "chunk": chunk + 1}
        self.step("move", actor, given, {"by": move.how}, chunk + 1, cost)

    def size_of(self, chunk: int) -> int:
        """Bytes of a chunk, the first of which has number 0."""
        return min(self.config.unit, self.config.size - chunk * self.config.unit)

    def _switches(self) -> dict[str, Value]:
        return {"mode_switches": self.totals.mode_switches(self.config.count)}

    def step(
        self,
        action: str,
        actor: str,
        given: Mapping[str, Value],
        result: Mapping[str, Value],
        group: int,
        cost: Fraction = Fraction(0),
    ) -> None:
        self.steps.append(
            Step(
                action=action,
                actor=actor,
                given=given,
                result=result,
                state={"buffers": Grid(tuple(self.buffers), (tuple(self.buffers.values()),))},
                start_ns=float(self.now),
                cost_ns=float(cost),
                group=group,
            )
        )
        self.now += cost


def _buffers_at_start(config: TransferConfig) -> dict[str, str]:
    """The buffers on the way, in order, and what is in them before the first call."""
    found: dict[str, str] = {}
    if config.of.source == "file":
        found = {"disk": "file"} | ({} if config.path == "direct" else {"page-cache": ""})
        if config.cached and config.path != "direct":
            found["page-cache"] = "file"
    for call in chunk_calls(config.path, config.setting):
        for move in call.moves:
            found.setdefault(move.source, "data")
            found.setdefault(move.target, "")
    order = list(found)
    # What leaves is last, wherever the data that leave lie.
    order.sort(key=lambda name: name in LEAVES)
    return {name: found[name] for name in order}


def _after(buffers: Mapping[str, str], move: Move, chunk: int) -> dict[str, str]:
    """The buffers after a move: what is there, ``→2`` where only a reference to chunk 2 is."""
    changed = {**buffers, move.target: f"→{chunk}" if move.how == "reference" else f"{chunk}"}
    if move.source == "pipe" and move.target == "socket-buffer":
        changed["pipe"] = ""
    if move.target == "nic":
        # Sent: the socket buffer lets go of it.
        changed["socket-buffer"] = ""
    return changed
