"""reactor compare: all models under the same requests, at one rate and at others up to saturation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from oslab import Bool, Grid, InputError, Run, Step, Value
from oslab.quantities import format_time
from oslab_reactor.capacity import CapacityConfig, bottleneck
from oslab_reactor.load import Arrivals, LoadConfig, Times, count
from oslab_reactor.shape import Shape

MOST_RUNS = 100
MOST_REQUESTS = 2_000_000


@dataclass(frozen=True, slots=True)
class CompareConfig:
    """Servers, and the load they are put under; the fields below `rates` are those of `LoadConfig`.

    shapes    the servers, no two of the same `Shape.label`
    rate_rps  requests a second; the metrics are those at this rate
    rates     other rates at which they are compared

    Raises InputError for what makes no sense, and for too many requests in all.
    """

    shapes: tuple[Shape, ...]
    rate_rps: Fraction
    rates: tuple[Fraction, ...]
    connections: int
    arrivals: Arrivals
    accept_ns: Fraction
    io: Times
    compute: Times
    duration_ns: Fraction
    seed: int

    def __post_init__(self) -> None:
        if not self.shapes or len({s.label for s in self.shapes}) < len(self.shapes):
            raise InputError("at least one server is compared, and none twice")
        if len(self.shapes) * len(self.every_rate) > MOST_RUNS:
            raise InputError(f"servers times rates are at most {MOST_RUNS}")
        requests = sum(self.at(self.shapes[0], rate).expected for rate in self.every_rate)
        if requests * len(self.shapes) > MOST_REQUESTS:
            raise InputError(
                f"{ceil(requests * len(self.shapes))} requests in all are too many; lower the rates or "
                f"the duration, so that they are at most {MOST_REQUESTS}"
            )

    @property
    def every_rate(self) -> tuple[Fraction, ...]:
        return tuple(sorted({self.rate_rps, *self.rates}))

    def at(self, shape: Shape, rate: Fraction) -> LoadConfig:
        """One of the servers at one of the rates."""
        return LoadConfig(
            shape=shape,
            connections=self.connections,
            rate_rps=rate,
            arrivals=self.arrivals,
            accept_ns=self.accept_ns,
            io=self.io,
            compute=self.compute,
            duration_ns=self.duration_ns,
            seed=self.seed,
        )


def capacity_of(config: LoadConfig) -> Fraction | None:
    """The rate at which the server saturates under such requests; None: none."""
    station = bottleneck(
        CapacityConfig(
            shape=config.shape,
            connections=config.connections,
            requests_per_connection=max(1, int(config.expected / config.connections)),
            accept_ns=config.accept_ns,
            read_ns=config.io.mean,
            compute_ns=config.compute.mean,
            write_ns=config.io.mean,
        )
    )
    return station.rate if station else None


def run(config: CompareConfig) -> Run:
    """Every server at every rate.

    rated   given server; result rate_rps, capacity_rps, saturated, load (rate in per cent of the capacity),
            throughput_rps, mean_ns, p99_ns
    rates   the same as tables

    Metrics: for each server (by its label) what `load.count` says at `rate_rps`, and its capacity.
    """
    steps: list[Step] = []
    metrics: dict[str, Any] = {}
    rates = config.every_rate
    for shape in config.shapes:
        for rate in rates:
            load = config.at(shape, rate)
            capacity = capacity_of(load)
            figures = count(load)
            steps.append(_step(shape, rate, capacity, figures))
            if rate == config.rate_rps:
                metrics[shape.label] = {**_short(figures), "capacity_rps": capacity}
    steps.append(Step(action="rates", state=dict(_tables(config, steps))))
    return Run(
        command="reactor.compare",
        config=config,
        conventions=_conventions(config),
        asks={"rated": {"saturated": Bool()}},
        steps=tuple(steps),
        metrics={"servers": metrics},
    )


def _short(figures: Mapping[str, Any]) -> Mapping[str, Any]:
    """The figures that a table has room for."""
    kept = ("throughput_rps", "mean_ns", "p99_ns", "utilisation", "queue_peak", "threads")
    return {name: figures[name] for name in kept}


def _step(
    shape: Shape, rate: Fraction, capacity: Fraction | None, figures: Mapping[str, Any]
) -> Step:
    result = {name: figures[name] for name in ("throughput_rps", "mean_ns", "p99_ns")}
    return Step(
        action="rated",
        given={
            "server": shape.label,
            "rate": str(round(rate)),
        },
        result={
            "rate_rps": rate,
            "capacity_rps": capacity,
            "capacity": str(round(capacity)) if capacity else None,
            "saturated": capacity is not None and rate >= capacity,
            "load": f"{round(100 * rate / capacity)} %" if capacity else "0 %",
            **result,
            "throughput": str(round(figures["throughput_rps"] or 0)),
            "mean": _text(figures["mean_ns"]),
            "p99": _text(figures["p99_ns"]),
        },
    )


def _text(time: Any) -> str | None:
    """A time, short enough for a table: three digits of it."""
    return None if time is None else format_time(Fraction(f"{float(time):.3g}"))


def _tables(config: CompareConfig, steps: list[Step]) -> Iterator[tuple[str, Grid]]:
    """Load, throughput and latency: a row for each rate, a column for each server."""
    heads = ("rate_rps", *(shape.label for shape in config.shapes))
    for name in ("load", "throughput", "mean", "p99"):
        rows = []
        for n, rate in enumerate(config.every_rate):
            found = steps[n :: len(config.every_rate)]
            rows.append((str(round(rate)), *(step.result[name] for step in found)))
        yield name, Grid(heads, tuple(rows))


def _conventions(config: CompareConfig) -> Mapping[str, Value]:
    return {
        **dict.fromkeys(_labels(config.shapes), True),
        "order": "fifo",
        "preemption": "none",
        **_cores(config.shapes),
        "connection": "one",
        "same_requests": True,
        "turns": "round-robin",
        "arrivals": config.arrivals,
        f"io_{config.io.kind}": str(config.io),
        f"compute_{config.compute.kind}": str(config.compute),
        "drained": "all",
        "percentile": "nearest-rank",
    }


def _labels(shapes: Sequence[Shape]) -> Iterator[str]:
    """The sentences that say who does what in these servers."""
    for shape in shapes:
        yield f"label_{shape.model}" + (
            "_workers" if shape.model == "multi" and shape.workers else ""
        )
    if any(shape.instances > 1 for shape in shapes):
        yield "label_copies"


def _cores(shapes: Sequence[Shape]) -> Mapping[str, Value]:
    limit = max(shape.cores or 0 for shape in shapes)
    return {"cores": limit} if limit else {"cores_enough": True}
