"""reactor.capacity: what each station of a server can do, what the whole can, and what holds it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from oslab import Answers, Choice, Choose, Figure, Float, Generator, Problem, Run, Table, mistake
from oslab.quantities import format_time
from oslab_reactor.capacity import PLACES, CapacityConfig, run
from oslab_reactor.figures import SECOND
from oslab_reactor.problems.requests import results
from oslab_reactor.shape import WITH_WORKERS, Model, Shape


@dataclass(frozen=True)
class CapacitySpace:
    """A server as in `RequestSpace` (cores 0: not limited), its connections, and the times of a request."""

    model: Choose[Model]
    workers: Choose[int]
    subreactors: Choose[int]
    cores: Choose[int]
    connections: Choose[int]
    requests_per_connection: Choose[int]
    accept: Choose[Fraction]
    read: Choose[Fraction]
    compute: Choose[Fraction]
    write: Choose[Fraction]


class Capacity(Problem[CapacityConfig, CapacitySpace]):
    """The rate of each station; then the rate of the whole with its bottleneck, which earn together."""

    version = 1
    params = CapacityConfig
    space = CapacitySpace
    answers = {
        "stations": Table(label="station", columns={"rate": Float()}),
        "server": Table(label="server", columns={"rate": Float(), "bottleneck": Choice(*PLACES)}),
    }
    required = ("rates-added", "workers-do-io")

    def draw(self, rng: Generator, space: CapacitySpace) -> CapacityConfig:
        model = space.model.pick(rng)
        return CapacityConfig(
            shape=Shape(
                model=model,
                instances=1,
                subreactors=space.subreactors.pick(rng) if model == "multi" else 0,
                workers=space.workers.pick(rng) if model in (*WITH_WORKERS, "multi") else 0,
                cores=space.cores.pick(rng) or None,
            ),
            connections=space.connections.pick(rng),
            requests_per_connection=space.requests_per_connection.pick(rng),
            accept_ns=space.accept.pick(rng),
            read_ns=space.read.pick(rng),
            compute_ns=space.compute.pick(rng),
            write_ns=space.write.pick(rng),
        )

    def good(self, p: CapacityConfig) -> bool:
        """One station alone is the slowest."""
        rates = sorted(step["rate_rps"] for step in results(run(p), "station"))
        return len(rates) < 2 or rates[0] < rates[1]

    def present(self, p: CapacityConfig) -> Mapping[str, Figure]:
        return {
            "workers": p.shape.workers,
            "subreactors": p.shape.subreactors,
            "cores": p.shape.cores or 0,
            "connections": p.connections,
            "each": p.requests_per_connection,
            "accept": format_time(p.accept_ns),
            "read": format_time(p.read_ns),
            "compute": format_time(p.compute_ns),
            "write": format_time(p.write_ns),
        }

    def rows(self, p: CapacityConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        if answer == "server":
            return [(p.shape.model,)]
        return [(step["place"],) for step in results(run(p), "station")]

    def run(self, p: CapacityConfig) -> Run:
        return run(p)

    def solve(self, p: CapacityConfig, run: Run) -> Answers:
        return {
            "stations": tuple({"rate": step["rate_rps"]} for step in results(run, "station")),
            "server": (
                {"rate": run.metrics["capacity_rps"], "bottleneck": run.metrics["bottleneck"]},
            ),
        }

    def _with(self, p: CapacityConfig, changed: Mapping[str, Fraction]) -> Answers:
        """The answers of someone for whom some stations have other rates."""
        rates: dict[Any, Fraction] = {
            step["place"]: changed.get(step["place"], step["rate_rps"])
            for step in results(run(p), "station")
        }
        least = min(rates, key=lambda place: rates[place])
        return {
            "stations": tuple({"rate": rate} for rate in rates.values()),
            "server": ({"rate": rates[least], "bottleneck": least},),
        }

    @mistake("rates-added")
    def rates_added(self, p: CapacityConfig) -> Answers | None:
        """The rates of the stations add up."""
        steps = results(run(p), "station")
        if len(steps) < 2:
            return None
        return {
            "server": (
                {
                    "rate": sum(step["rate_rps"] for step in steps),
                    "bottleneck": run(p).metrics["bottleneck"],
                },
            )
        }

    @mistake("cores-ignored")
    def cores_ignored(self, p: CapacityConfig) -> Answers | None:
        """However few cores there are, they hold nobody back."""
        if p.shape.cores is None:
            return None
        free = replace(p, shape=replace(p.shape, cores=None))
        return {"server": self.solve(free, run(free))["server"]}

    @mistake("workers-do-io")
    def workers_do_io(self, p: CapacityConfig) -> Answers | None:
        """The workers read and write, the reactor only hands out."""
        if p.shape.model != "pool":
            return None
        everything = p.read_ns + p.compute_ns + p.write_ns
        accept = p.accept_ns / p.requests_per_connection
        changed = {"workers": p.shape.workers * SECOND / everything}
        if accept:
            changed["reactor"] = SECOND / accept
        return self._with(p, changed)

    @mistake("accept-per-request")
    def accept_per_request(self, p: CapacityConfig) -> Answers | None:
        """Each request has a connection to be accepted."""
        if p.requests_per_connection == 1 or not p.accept_ns:
            return None
        each = replace(p, requests_per_connection=1)
        return self.solve(each, run(each))

    @mistake("one-sub-reactor")
    def one_sub_reactor(self, p: CapacityConfig) -> Answers | None:
        """All sub-reactors together do what one can."""
        if p.shape.subreactors < 2:
            return None
        alone = replace(p, shape=replace(p.shape, subreactors=1))
        return self.solve(alone, run(alone))

    @mistake("workers-counted-once")
    def workers_counted_once(self, p: CapacityConfig) -> Answers | None:
        """All workers together do what one can."""
        if p.shape.workers < 2:
            return None
        alone = replace(p, shape=replace(p.shape, workers=1))
        return self.solve(alone, run(alone))
