"""iomodels.classify: what timed traces of calls show: blocking, synchronous, the model, the time blocked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from oslab import (
    Answers,
    Bool,
    Choice,
    Choose,
    Figure,
    Generator,
    Grid,
    Problem,
    Run,
    Table,
    Time,
    mistake,
    rows_of,
)
from oslab.quantities import format_time
from oslab_iomodels.classify import Call, ClassifyConfig, Trace, figures_of, listed_calls, run
from oslab_iomodels.phases import NAMES, Name

Shape: TypeAlias = Literal[
    "blocking", "nonblocking", "multiplexed", "signal-driven", "asynchronous",
    "submit-socket", "submit-file", "nonblock-file",
]  # fmt: skip

CALLS: Mapping[str, tuple[str, ...]] = {
    "blocking": ("recv", "read", "recvfrom"),
    "nonblocking": ("recv", "read", "recvfrom"),
    "multiplexed": ("select", "poll", "epoll_wait"),
    "signal-driven": ("recv", "read", "recvfrom"),
    "asynchronous": ("io_uring_enter", "ReadFile", "aio_read"),
    "submit-socket": ("io_submit(socket)",),
    "submit-file": ("io_submit(buffered)",),
    "nonblock-file": ("read(O_NONBLOCK)",),
}
"""Names of calls, by what the trace shows; the last three bear names that promise something else."""

TRACES = Table(
    label="n",
    columns={
        "blocking": Bool(),
        "synchronous": Bool(),
        "name": Choice(*NAMES),
        "blocked_ns": Time(unit="us"),
    },
    action="trace",
)
US = 1000


@dataclass(frozen=True)
class ClassifySpace:
    """What the traces show, as often as it occurs, in any order; times in us.

    shapes  models, or submit-socket, submit-file, nonblock-file: blocking calls by another name
    ready   when data are ready after the first call
    copy    how long copying takes
    polls   calls in vain of who polls
    """

    shapes: tuple[Shape, ...]
    ready: Choose[int]
    copy: Choose[int]
    polls: Choose[int]


class Classify(Problem[ClassifyConfig, ClassifySpace]):
    """For each trace: blocking, synchronous, the model, and the time blocked."""

    version = 1
    params = ClassifyConfig
    space = ClassifySpace
    answers = {"traces": TRACES}
    required = ("copy-not-counted", "until-the-end")

    def draw(self, rng: Generator, space: ClassifySpace) -> ClassifyConfig:
        return ClassifyConfig(tuple(_draw(rng, space, s) for s in rng.shuffled(space.shapes)))

    def present(self, p: ClassifyConfig) -> Mapping[str, Figure]:
        rows = tuple(
            (
                n,
                listed_calls(trace.calls),
                format_time(trace.ready_ns),
                f"{format_time(trace.copied_ns)} .. {format_time(trace.done_ns)}",
                None if trace.notified_ns is None else format_time(trace.notified_ns),
            )
            for n, trace in enumerate(p.traces, start=1)
        )
        heads = ("n", "trace_calls", "trace_ready", "trace_copied", "notified")
        return {"traces": Grid(heads, rows), "number": len(rows)}

    def rows(self, p: ClassifyConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n,) for n, _ in enumerate(p.traces, start=1)]

    def run(self, p: ClassifyConfig) -> Run:
        return run(p)

    def solve(self, p: ClassifyConfig, run: Run) -> Answers:
        return {"traces": rows_of(run, TRACES)}

    def _but(
        self, p: ClassifyConfig, changed: Callable[[Trace], Mapping[str, Any] | None]
    ) -> Answers | None:
        """The key, with other cells for the traces that `changed` has some for."""
        found = [changed(trace) for trace in p.traces]
        if not any(found):
            return None
        rows = [{**figures_of(trace), "name": trace.name} for trace in p.traces]
        return {"traces": tuple({**row, **(f or {})} for row, f in zip(rows, found, strict=True))}

    def _is_async(self, p: ClassifyConfig, name: Name) -> Answers | None:
        return self._but(
            p,
            lambda t: {"synchronous": False, "name": "asynchronous"} if t.name == name else None,
        )

    @mistake("nonblocking-is-async")
    def nonblocking_is_async(self, p: ClassifyConfig) -> Answers | None:
        return self._is_async(p, "nonblocking")

    @mistake("multiplexed-is-async")
    def multiplexed_is_async(self, p: ClassifyConfig) -> Answers | None:
        return self._is_async(p, "multiplexed")

    @mistake("sigio-is-async")
    def sigio_is_async(self, p: ClassifyConfig) -> Answers | None:
        return self._is_async(p, "signal-driven")

    @mistake("copy-not-counted")
    def copy_not_counted(self, p: ClassifyConfig) -> Answers | None:
        """Only phase 1 is counted as blocked."""
        return self._but(p, lambda t: {"blocked_ns": t.wait_ns} if t.copied_by else None)

    @mistake("until-the-end")
    def until_the_end(self, p: ClassifyConfig) -> Answers | None:
        """From the first call to the data being there, whatever the thread did meanwhile."""
        return self._but(p, lambda t: {"blocked_ns": t.done_ns - t.calls[0].called_ns})

    @mistake("waiting-is-free")
    def waiting_is_free(self, p: ClassifyConfig) -> Answers | None:
        """Waiting in a multiplexer is not taken for blocking."""
        return self._but(
            p,
            lambda t: (
                {"blocking": False, "blocked_ns": t.held_ns} if t.name == "multiplexed" else None
            ),
        )

    @mistake("by-the-name")
    def by_the_name(self, p: ClassifyConfig) -> Answers | None:
        """io_submit is taken to be asynchronous, O_NONBLOCK to make a call non-blocking."""

        def promised(t: Trace) -> Mapping[str, Any] | None:
            name = t.calls[0].name
            if name.startswith("io_submit"):
                return {
                    "blocking": False,
                    "synchronous": False,
                    "name": "asynchronous",
                    "blocked_ns": Fraction(0),
                }
            if "O_NONBLOCK" in name:
                return {"blocking": False, "name": "nonblocking", "blocked_ns": t.held_ns}
            return None

        return self._but(p, promised)


def _draw(rng: Generator, space: ClassifySpace, shape: Shape) -> Trace:
    """A trace of a shape; its first call is made a little after 0, and calls that wait for nothing take 1 us."""
    name = rng.choice(CALLS[shape])
    reading = rng.choice(CALLS["blocking"])
    start = rng.below(20)
    ready = start + space.ready.pick(rng)
    copy = space.copy.pick(rng)
    notified = None
    if shape == "nonblocking":
        vain = space.polls.pick(rng)
        every = -(-(ready - start) // vain)
        # Ready strictly between the last call in vain and the one that succeeds.
        ready = start + every * (vain - 1) + rng.between(2, every - 1)
        calls = [(name, start + every * n, start + every * n + 1) for n in range(vain)]
        begin = start + every * vain
        calls.append((name, begin, begin + copy))
    elif shape == "multiplexed":
        begin = ready + rng.between(1, 3)
        calls = [(name, start, ready), (reading, begin, begin + copy)]
    elif shape == "signal-driven":
        calls, begin, notified = [("fcntl(O_ASYNC)", start, start + 1)], ready + 1, ready
        calls.append((name, begin, begin + copy))
    elif shape == "asynchronous":
        calls, begin = [(name, start, start + 1)], ready
        notified = begin + copy
    else:
        calls, begin = [(name, start, ready + copy)], ready
        notified = begin + copy if shape.startswith("submit") else None
    return Trace(
        calls=tuple(Call(n, Fraction(a * US), Fraction(b * US)) for n, a, b in calls),
        ready_ns=Fraction(ready * US),
        copied_ns=Fraction(begin * US),
        done_ns=Fraction((begin + copy) * US),
        notified_ns=None if notified is None else Fraction(notified * US),
    )
