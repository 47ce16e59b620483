"""Drawing servers and requests, and what the problem types on them have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from oslab import Choose, Figure, Generator, Grid, Run
from oslab.quantities import format_decimal, format_time
from oslab_reactor.requests import Request, Schedule, whole
from oslab_reactor.script import ScriptConfig, run, scheduled
from oslab_reactor.shape import WITH_WORKERS, Model, Shape

US = 1000
UNIT: Final = "us"


@dataclass(frozen=True)
class RequestSpace:
    """A server and its requests; times are whole microseconds.

    model        as in `Shape`
    workers      for the models that have them, else 0
    subreactors  for multi, else 0
    cores        0: as many as threads
    requests     how many
    connections  0: each request has its own
    accept, read, compute, write   of each request
    gap          between an arrival and the next
    """

    model: Choose[Model]
    workers: Choose[int]
    subreactors: Choose[int]
    cores: Choose[int]
    requests: Choose[int]
    connections: Choose[int]
    accept: Choose[Fraction]
    read: Choose[Fraction]
    compute: Choose[Fraction]
    write: Choose[Fraction]
    gap: Choose[Fraction]


def draw_script(rng: Generator, space: RequestSpace) -> ScriptConfig:
    """Requests in order of arrival, the first at 0; the first of each connection come first."""
    model = space.model.pick(rng)
    shape = Shape(
        model=model,
        instances=1,
        subreactors=space.subreactors.pick(rng) if model == "multi" else 0,
        workers=space.workers.pick(rng) if model in (*WITH_WORKERS, "multi") else 0,
        cores=space.cores.pick(rng) or None,
    )
    count = space.requests.pick(rng)
    own = space.connections.pick(rng) or count
    requests, now = [], Fraction(0)
    for n in range(count):
        requests.append(
            Request(
                connection=n if n < own else rng.below(own),
                arrival_ns=whole(now),
                read_ns=whole(space.read.pick(rng)),
                compute_ns=whole(space.compute.pick(rng)),
                write_ns=whole(space.write.pick(rng)),
            )
        )
        now += space.gap.pick(rng)
    return ScriptConfig(shape, space.accept.pick(rng), tuple(requests), None, None)


def presented(p: ScriptConfig) -> Mapping[str, Figure]:
    """What a statement may show; the times in the table are microseconds."""
    stages = ("arrival", "read", "compute", "write")
    heads: tuple[str, ...] = ("request", "connection", *stages)
    rows: list[tuple[str | int, ...]] = []
    for n, r in enumerate(p.requests, start=1):
        times = [format_decimal(Fraction(getattr(r, f"{stage}_ns")) / US) for stage in stages]
        rows.append((n, r.connection, *times))
    if not _connections_matter(p):
        heads, rows = ("request", *stages), [row[:1] + row[2:] for row in rows]
    return {
        "requests": Grid(heads, tuple(rows)),
        "count": len(p.requests),
        "accept": format_time(p.accept_ns),
        "workers": p.shape.workers,
        "subreactors": p.shape.subreactors,
        "cores": p.shape.cores or p.threads,
    }


@lru_cache(maxsize=1)
def right(p: ScriptConfig) -> Schedule:
    """The schedule of one variant, which its mistakes, and `follow`, are asked about again and again."""
    return scheduled(p)


def explained(p: ScriptConfig) -> Run:
    """The run with those of its conventions that can matter."""
    told = run(p)
    rules = dict(told.conventions)
    if len(p.connections) == len(p.requests):
        del rules["connection"]
    if not _connections_matter(p):
        rules["order"] = "by-request"
    return replace(told, conventions=rules)


def _connections_matter(p: ScriptConfig) -> bool:
    """Not where request n has connection n - 1, and any thread serves any connection."""
    own = [r.connection for r in p.requests] == list(range(len(p.requests)))
    return not own or p.shape.model in ("multi", "thread-per-connection")


def request_rows(p: ScriptConfig) -> Sequence[tuple[int]]:
    """A row for each request."""
    return [(n,) for n in range(1, len(p.requests) + 1)]


def results(run: Run, action: str) -> list[Mapping[str, Any]]:
    """What the steps of one action give and result in, in order."""
    return [{**step.given, **step.result} for step in run.steps if step.action == action]
