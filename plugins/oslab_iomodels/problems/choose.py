"""iomodels.choose: what each model costs under a load, and which ones keep the bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from oslab import (
    Answers,
    Choices,
    Choose,
    Figure,
    Generator,
    Int,
    Problem,
    Run,
    Size,
    Table,
    Time,
    mistake,
)
from oslab.quantities import format_size, format_time
from oslab_iomodels.compare import VARIANTS, CompareConfig, Variant, run
from oslab_iomodels.problems.loads import Prices, paid

_BOUNDS = {"syscalls": "most_syscalls", "memory_bytes": "most_memory", "cpu_ns": "most_cpu_ns"}


@dataclass(frozen=True)
class ChooseSpace:
    """The candidates, the load, and what things cost.

    models       all that are compared, in this order
    connections  how many
    requests     how many in all, or
    each         how many on each connection
    interval     from one request to the next
    prices       what things cost
    """

    models: tuple[Variant, ...]
    connections: Choose[int]
    interval: Choose[Fraction]
    prices: Prices
    requests: Choose[int] | None = None
    each: Choose[int] | None = None


class ChooseModel(Problem[CompareConfig, ChooseSpace]):
    """The calls, memory and processor time of each model; those that keep all bounds."""

    version = 1
    params = CompareConfig
    space = ChooseSpace
    answers = {
        "costs": Table(
            label="model",
            columns={"syscalls": Int(), "memory_bytes": Size(), "cpu": Time(unit="us")},
        ),
        "chosen": Choices(*VARIANTS),
    }
    required = ("memory-only", "cpu-only", "calls-only")

    def draw(self, rng: Generator, space: ChooseSpace) -> CompareConfig:
        connections = space.connections.pick(rng)
        requests = space.requests.pick(rng) if space.requests else connections
        unbounded = CompareConfig(
            models=space.models,
            connections=(connections,),
            requests=connections * space.each.pick(rng) if space.each else requests,
            interval_ns=int(space.interval.pick(rng)),
            arrivals=(),
            cores=1,
            most_syscalls=None,
            most_memory=None,
            most_cpu_ns=None,
            **paid(rng, space.prices),
        )
        found = _figures(unbounded)
        return replace(
            unbounded,
            most_syscalls=_between(rng, found, "syscalls"),
            most_memory=_between(rng, found, "memory_bytes"),
            most_cpu_ns=_between(rng, found, "cpu_ns"),
        )

    def good(self, p: CompareConfig) -> bool:
        return bool(_keeping(p, *_BOUNDS))

    def present(self, p: CompareConfig) -> Mapping[str, Figure]:
        [connections] = p.connections
        return {
            "connections": connections,
            "requests": p.requests or connections,
            "each": (p.requests or connections) // connections,
            "interval": format_time(p.interval_ns or 0),
            "most_syscalls": p.most_syscalls or 0,
            "most_memory": format_size(p.most_memory or 0),
            "most_cpu": format_time(p.most_cpu_ns or 0),
            "thread": format_size(p.thread_bytes),
        }

    def rows(self, p: CompareConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(model,) for model in p.models]

    def run(self, p: CompareConfig) -> Run:
        return _compared(p)

    def solve(self, p: CompareConfig, run: Run) -> Answers:
        rows = [
            {"syscalls": m["syscalls"], "memory_bytes": m["memory_bytes"], "cpu": m["cpu_ns"]}
            for m in run.metrics["models"]
        ]
        return {"costs": rows, "chosen": run.metrics["fits"]}

    @mistake("memory-only")
    def memory_only(self, p: CompareConfig) -> Answers | None:
        """Only the bound on memory is looked at."""
        return {"chosen": _keeping(p, "memory_bytes")}

    @mistake("cpu-only")
    def cpu_only(self, p: CompareConfig) -> Answers | None:
        """Only the bound on processor time is looked at."""
        return {"chosen": _keeping(p, "cpu_ns")}

    @mistake("calls-only")
    def calls_only(self, p: CompareConfig) -> Answers | None:
        """Only the bound on calls is looked at."""
        return {"chosen": _keeping(p, "syscalls")}


@lru_cache(maxsize=16)
def _compared(p: CompareConfig) -> Run:
    return run(p)


def _figures(p: CompareConfig) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = _compared(p).metrics["models"]
    return found


def _keeping(p: CompareConfig, *names: str) -> tuple[str, ...]:
    """The models that keep the bounds on these figures."""
    return tuple(
        m["model"] for m in _figures(p) if all(m[n] <= getattr(p, _BOUNDS[n]) for n in names)
    )


def _between(rng: Generator, found: Sequence[Mapping[str, Any]], name: str) -> int:
    """A bound that some models keep and some do not: half-way between two neighbouring values, in
    numbers as round as possible."""
    values = sorted({m[name] for m in found})
    if len(values) < 2:
        return int(values[0])
    place = rng.below(len(values) - 1)
    low, high = values[place], values[place + 1]
    unit = 1024 if name == "memory_bytes" else 1
    while (high // (unit * 10)) * unit * 10 > low:
        unit *= 10
    return int(high - 1) // unit * unit if (high - 1) // unit * unit >= low else int(low)
