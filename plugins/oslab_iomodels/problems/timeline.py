"""iomodels.timeline: when each request is copied and finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oslab import Answers, Choose, Figure, Generator, Int, Problem, Run, Table, Time, mistake
from oslab.quantities import format_time
from oslab_iomodels import simulate
from oslab_iomodels.load import Arrival, IoConfig, Model, Trigger
from oslab_iomodels.problems.loads import (
    MICROSECOND,
    Prices,
    explained,
    in_order,
    listed,
    paid,
    presented,
)
from oslab_iomodels.timeline import Timeline as Line

_TIME = Time(unit="us")


@dataclass(frozen=True)
class TimelineSpace:
    """What comes in, and what it costs.

    model, trigger   the trigger for epoll alone
    connections      how many; each has a request at least, if there are as many
    requests         how many
    first            when the first is ready, in us
    gap              from one request to the next, in us
    cores            for blocking threads
    prices           what things cost
    """

    model: Choose[Model]
    connections: Choose[int]
    requests: Choose[int]
    first: Choose[int]
    gap: Choose[int]
    cores: Choose[int]
    prices: Prices
    trigger: Choose[Trigger] | None = None


class Overlapping(Line):
    """Copying and computing hold nobody up."""

    def copy(self, i: int, start: int, lane: str) -> int:
        self.copied[i] = start + self.config.copy_ns
        return start

    def compute(self, i: int, start: int, lane: str) -> int:
        self.finished[i] = self.copied[i] + self.config.compute_ns
        return start


class CopyFree(Line):
    """Data that are ready are thought to be in the process already."""

    def copy(self, i: int, start: int, lane: str) -> int:
        self.copied[i] = start
        return start


def _at_once(line: Line) -> None:
    """The thread knows of each request the moment it is ready, without asking."""
    now = 0
    for i, ready in enumerate(line.load.ready):
        now = line.read(i, max(now, ready), "T0")


class Timeline(Problem[IoConfig, TimelineSpace]):
    """For each request when it is copied and when it is finished; how often the thread waits."""

    version = 1
    params = IoConfig
    space = TimelineSpace
    answers = {
        "requests": Table(
            label="request",
            given=("connection", "ready"),
            columns={"copy_end": _TIME, "finish": _TIME},
        ),
        "waits": Int(),
    }
    required = ("copies-overlap", "noticed-at-once")

    def draw(self, rng: Generator, space: TimelineSpace) -> IoConfig:
        connections, requests = space.connections.pick(rng), space.requests.pick(rng)
        of = [n % connections for n in range(connections)]
        of += [rng.below(connections) for _ in range(requests - connections)]
        ready = space.first.pick(rng)
        arrivals = []
        for connection in rng.shuffled(of[:requests]):
            arrivals.append(Arrival(connection, ready * MICROSECOND))
            ready += space.gap.pick(rng)
        return listed(
            space.model.pick(rng),
            space.trigger.pick(rng) if space.trigger else None,
            connections,
            space.cores.pick(rng),
            tuple(arrivals),
            paid(rng, space.prices),
        )

    def present(self, p: IoConfig) -> Mapping[str, Figure]:
        return presented(p)

    def rows(self, p: IoConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [
            (n, arrival.connection, format_time(arrival.ready_ns))
            for n, arrival in enumerate(in_order(p.arrivals), start=1)
        ]

    def run(self, p: IoConfig) -> Run:
        return explained(simulate.run(p), "thread_bytes", "switches", "setup_rule")

    def solve(self, p: IoConfig, run: Run) -> Answers:
        times: dict[int, dict[str, Any]] = {n: {} for n in range(1, p.requests + 1)}
        for step in run.steps:
            for name, column in (("copied_ns", "copy_end"), ("finish_ns", "finish")):
                if step.group and name in step.result:
                    times[step.group][column] = step.result[name]
        return {
            "requests": tuple(times[n] for n in sorted(times)),
            "waits": run.metrics["wait_syscalls"],
        }

    def follow(
        self, p: IoConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """The row that follows if the requests before were finished when a student says."""
        forced = {i: int(row["finish"]) for i, row in enumerate(before)}
        return _rows(simulate.timeline(p, forced=forced))[len(before)]

    @mistake("copies-overlap")
    def copies_overlap(self, p: IoConfig) -> Answers | None:
        """Several requests are copied and computed on one core at the same time."""
        return _as_if(Overlapping(p))

    @mistake("noticed-at-once")
    def noticed_at_once(self, p: IoConfig) -> Answers | None:
        """Nobody has to ask, or to be switched in."""
        if p.model in ("blocking", "async"):
            return _as_if(Line(replace(p, switch_ns=0)))
        line = Line(p)
        _at_once(line)
        return {"requests": _rows(line)}

    @mistake("calls-free")
    def calls_free(self, p: IoConfig) -> Answers | None:
        """Only copying and computing take time."""
        if p.model == "nonblocking" and not p.poll_ns:
            return None
        return _as_if(Line(replace(p, syscall_ns=0, scan_ns=0)))

    @mistake("copy-free")
    def copy_free(self, p: IoConfig) -> Answers | None:
        """A read returns as soon as the data are ready: phase 2 is left out."""
        return _as_if(CopyFree(p)) if p.model != "async" else None

    @mistake("thread-copies")
    def thread_copies(self, p: IoConfig) -> Answers | None:
        """An asynchronous read is taken for a multiplexed one: told when ready, the thread copies."""
        if p.model != "async":
            return None
        return _as_if(Line(replace(p, model="epoll", trigger="level")))

    @mistake("fd-order")
    def fd_order(self, p: IoConfig) -> Answers | None:
        """epoll returns connections in order of their numbers, as select does."""
        if p.model != "epoll":
            return None
        return _as_if(Line(replace(p, model="select", trigger=None, scan_ns=0)))


def _as_if(line: Line) -> Answers:
    simulate.LOOPS[line.config.model](line)
    found: dict[str, Any] = {"requests": _rows(line)}
    if line.calls["wait"]:
        found["waits"] = line.calls["wait"]
    return found


def _rows(line: Line) -> Sequence[Mapping[str, Any]]:
    return [
        {"copy_end": copied, "finish": finish}
        for copied, finish in zip(line.copied, line.finished, strict=True)
    ]
