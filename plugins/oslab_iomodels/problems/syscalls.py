"""iomodels.syscalls: how many calls a model makes for a load, and what kinds of calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from oslab import Answers, Choose, Figure, Generator, Grid, Int, Problem, Run, mistake
from oslab.quantities import format_time
from oslab_iomodels.load import Arrival, IoConfig, Model, Trigger
from oslab_iomodels.problems.loads import MICROSECOND, Prices, explained, listed, paid, presented
from oslab_iomodels.simulate import count, run


@dataclass(frozen=True)
class SyscallsSpace:
    """Bursts: several requests ready at the same time, the next burst when all is done long since.

    model, trigger   the trigger for epoll alone
    connections      how many
    bursts           how many
    size             connections with requests in a burst
    more             of these, how many have a second request in it
    gap              from one burst to the next, in us
    prices           what things cost
    """

    model: Choose[Model]
    connections: Choose[int]
    bursts: Choose[int]
    size: Choose[int]
    more: Choose[int]
    gap: Choose[int]
    prices: Prices
    trigger: Choose[Trigger] | None = None


class Syscalls(Problem[IoConfig, SyscallsSpace]):
    """The calls, by kind and in all, and against a blocking thread for each connection."""

    version = 1
    params = IoConfig
    space = SyscallsSpace
    answers = {
        "setup": Int(),
        "waits": Int(),
        "wasted": Int(),
        "syscalls": Int(),
        "mode_switches": Int(),
        "extra": Int(),
        "level": Int(),
    }
    required = ("waits-only", "no-setup")

    def draw(self, rng: Generator, space: SyscallsSpace) -> IoConfig:
        connections = space.connections.pick(rng)
        arrivals = []
        time = 0
        for _ in range(space.bursts.pick(rng)):
            time += space.gap.pick(rng) * MICROSECOND
            size = min(space.size.pick(rng), connections)
            found = sorted(rng.sample(range(connections), size))
            twice = sorted(rng.sample(found, min(space.more.pick(rng), size)))
            arrivals += [Arrival(c, time) for c in sorted([*found, *twice])]
        return listed(
            space.model.pick(rng),
            space.trigger.pick(rng) if space.trigger else None,
            connections,
            1,
            tuple(arrivals),
            paid(rng, space.prices),
        )

    def present(self, p: IoConfig) -> Mapping[str, Figure]:
        bursts: dict[int, list[int]] = {}
        for arrival in p.arrivals:
            bursts.setdefault(arrival.ready_ns, []).append(arrival.connection)
        rows = [(format_time(t), " ".join(map(str, found))) for t, found in bursts.items()]
        return {**presented(p), "bursts": Grid(("ready", "connections_ready"), tuple(rows))}

    def run(self, p: IoConfig) -> Run:
        dropped = ["thread_bytes", "queue", "wait_rule"]
        if p.model != "nonblocking":  # times do not matter where bursts are far apart
            dropped += ["copy_ns", "compute_ns", "syscall_ns", "switch_ns"]
        return explained(run(p), *dropped)

    def solve(self, p: IoConfig, run: Run) -> Answers:
        answers = _calls(run.metrics)
        answers["extra"] = answers["syscalls"] - _other(p, "blocking", None)
        if p.model == "epoll":
            answers["level"] = _other(p, "epoll", "level")
        return {"level": 0, **answers}

    def _without(self, p: IoConfig, kind: str) -> Answers | None:
        """What someone answers who leaves out one kind of call."""
        right = _calls(_figures(p))
        left_out = right[kind]
        if not left_out:
            return None
        answers = {**right, kind: 0, "syscalls": right["syscalls"] - left_out}
        return _completed(p, answers)

    @mistake("waits-only")
    def waits_only(self, p: IoConfig) -> Answers | None:
        """The reads after a wait are forgotten."""
        right = _calls(_figures(p))
        if not right["waits"]:
            return None
        return _completed(p, {**right, "syscalls": right["setup"] + right["waits"]})

    @mistake("no-setup")
    def no_setup(self, p: IoConfig) -> Answers | None:
        """What is called before the first wait is forgotten."""
        answers = self._without(p, "setup")
        if answers is None or p.model != "epoll":
            return answers
        return {**answers, "level": _other(p, "epoll", "level") - p.setup}

    @mistake("no-eagain")
    def no_eagain(self, p: IoConfig) -> Answers | None:
        """Calls that fail are not counted."""
        return self._without(p, "wasted")

    @mistake("wait-per-request")
    def wait_per_request(self, p: IoConfig) -> Answers | None:
        """A wait is thought to return one connection at a time."""
        right = _calls(_figures(p))
        if not right["waits"]:
            return None
        more = p.requests - right["waits"]
        answers = {**right, "waits": p.requests, "syscalls": right["syscalls"] + more}
        return _completed(p, answers) if more else None

    @mistake("one-way")
    def one_way(self, p: IoConfig) -> Answers | None:
        """A call is one switch of mode."""
        return {"mode_switches": _figures(p)["syscalls"]}


def _calls(metrics: Mapping[str, Any]) -> dict[str, int]:
    return {
        "setup": metrics["setup_syscalls"],
        "waits": metrics["wait_syscalls"],
        "wasted": metrics["wasted_syscalls"],
        "syscalls": metrics["syscalls"],
        "mode_switches": metrics["mode_switches"],
    }


def _completed(p: IoConfig, answers: dict[str, int]) -> Answers:
    """What follows from a number of calls."""
    calls = answers["syscalls"]
    return {**answers, "mode_switches": 2 * calls, "extra": calls - _other(p, "blocking", None)}


def _other(p: IoConfig, model: Model, trigger: Trigger | None) -> int:
    """The calls of another model under the same load."""
    calls = _figures(replace(p, model=model, trigger=trigger))["syscalls"]
    assert isinstance(calls, int)
    return calls


# A load under its own model, and under those it is compared with.
@lru_cache(maxsize=4)
def _figures(p: IoConfig) -> Mapping[str, Any]:
    return MappingProxyType(count(p))
