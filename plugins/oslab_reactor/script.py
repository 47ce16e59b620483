"""reactor script: a few requests through a server, stage by stage.

With a slow request, or a thread that fails, the same requests are scheduled without it too, and each
request is told what that did to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from oslab import AnswerType, Cells, Choice, Drawing, InputError, OrNone, Run, Step, Time, Value
from oslab.quantities import format_time
from oslab_reactor.engine import Engine, schedule
from oslab_reactor.figures import figures
from oslab_reactor.lanes import MOST_DRAWN, time_lines
from oslab_reactor.requests import Failure, Instant, Request, Schedule, Span
from oslab_reactor.shape import Shape

MOST_REQUESTS = 1000

Fate: TypeAlias = Literal["untouched", "delayed", "lost"]


@dataclass(frozen=True, slots=True)
class Slow:
    """A request, numbered from 1, whose compute stage takes another time."""

    request: int
    compute_ns: Fraction


@dataclass(frozen=True, slots=True)
class ScriptConfig:
    """A server and its requests.

    shape      its threads
    accept_ns  what it takes to accept a connection, in ns; 0: they are accepted as they come
    requests   in any order of arrival; they are numbered from 1 as they stand here
    slow       a request whose compute stage takes another time; None: there is none
    failure    a thread that fails; None: none does

    Raises InputError for times below 0, and for a slow request or a thread that there is not.
    """

    shape: Shape
    accept_ns: Fraction
    requests: tuple[Request, ...]
    slow: Slow | None
    failure: Failure | None

    def __post_init__(self) -> None:
        if not 1 <= len(self.requests) <= MOST_REQUESTS:
            raise InputError(
                f"a script has 1 to {MOST_REQUESTS} requests, not {len(self.requests)}"
            )
        for n, r in enumerate(self.requests, start=1):
            if r.connection < 0 or min(r.arrival_ns, r.read_ns, r.compute_ns, r.write_ns) < 0:
                raise InputError(f"request {n}: no time and no connection is below 0")
            if not r.read_ns + r.compute_ns + r.write_ns:
                raise InputError(f"request {n}: at least one of its stages takes time")
        if self.accept_ns < 0:
            raise InputError("to accept a connection does not take less than no time")
        if self.slow and not 1 <= self.slow.request <= len(self.requests):
            raise InputError(
                f"there is no request {self.slow.request}; they are 1 to {len(self.requests)}"
            )
        if self.slow and self.slow.compute_ns < 0:
            raise InputError("the slow request is not computed in less than no time")
        failure = self.failure
        if failure and (failure.at_ns < 0 or (failure.restart_ns or 0) < 0):
            raise InputError("a thread does not fail, and is not replaced, before time 0")
        if failure and failure.how == "loops" and failure.restart_ns is not None:
            raise InputError("a thread that loops is not replaced: nobody notices; leave that out")

    @property
    def connections(self) -> tuple[int, ...]:
        return tuple(sorted({request.connection for request in self.requests}))

    @property
    def threads(self) -> int:
        return self.shape.threads(len(self.connections))


def plain(config: ScriptConfig) -> ScriptConfig:
    """The same with nothing slow and nobody failing."""
    return replace(config, slow=None, failure=None)


# Every request is told what became of it beside this, and mistakes go on from it.
@lru_cache(maxsize=1)
def without(config: ScriptConfig) -> Schedule:
    """The schedule with nothing slow and nobody failing."""
    return scheduled(plain(config))


def scheduled(config: ScriptConfig, kind: type[Engine] = Engine) -> Schedule:
    """Who runs which stage when; `kind` may be an engine with a misunderstanding."""
    requests = list(config.requests)
    if config.slow:
        n = config.slow.request - 1
        requests[n] = replace(requests[n], compute_ns=config.slow.compute_ns)
    return schedule(config.shape, config.accept_ns, requests, config.failure, kind)


def fates(
    config: ScriptConfig, found: Schedule
) -> tuple[tuple[Fate, Instant | None, Instant], ...]:
    """Of each request: what became of it, when it is answered (None: never), and when it would have been
    without the slow request or the failure."""
    fates: list[tuple[Fate, Instant | None, Instant]] = []
    for end, before in zip(found.ends, without(config).ends, strict=True):
        assert before is not None  # where nobody fails everybody is answered
        fate: Fate = "lost" if end is None else "delayed" if end > before else "untouched"
        fates.append((fate, end, before))
    return tuple(fates)


def run(config: ScriptConfig) -> Run:
    """The schedule.

    stage      given request, stage; result thread, ready_ns, start_ns, end_ns, cut
    latency    given request; result arrival_ns, end_ns, latency_ns
    effect     instead, with a slow request or a failure: given request; result before_ns, end_ns (None:
               never), fate, added_ns
    lanes      the time lines of threads, and of cores
    """
    found = scheduled(config)
    steps = [
        *stages(found.spans, config.failure is not None),
        *(_effects(config, found) if config.slow or config.failure else _latencies(config, found)),
    ]
    drawn = time_lines(config.shape, found.spans, config.connections)
    if drawn:
        steps.append(Step(action="lanes", state=drawn))
    return Run(
        command="reactor.script",
        config=config,
        conventions=conventions(config),
        asks={
            "stage": stage_asks(config.shape, config.connections),
            "latency": {"latency_ns": Time()},
            "effect": {"end_ns": OrNone(Time())},
        },
        steps=tuple(steps),
        metrics=_metrics(config, found),
    )


def stage_asks(shape: Shape, connections: Sequence[int]) -> Mapping[str, AnswerType]:
    """What can be asked of a stage: who runs it, and from when on."""
    kernel = ("kernel",) if shape.model == "proactor" else ()
    return {"thread": Choice(*shape.names(connections), *kernel), "start_ns": Time()}


def _metrics(config: ScriptConfig, found: Schedule) -> Mapping[str, Any]:
    latencies = [
        end - request.arrival_ns
        for end, request in zip(found.ends, config.requests, strict=True)
        if end is not None
    ]
    metrics = figures(latencies, found.busy_ns, found.last_end, found.queue_peak, config.threads)
    if config.slow or config.failure:
        counted = [fate for fate, _, _ in fates(config, found)]
        metrics = {**metrics, **{f: counted.count(f) for f in ("lost", "delayed", "untouched")}}
    return metrics


def conventions(config: ScriptConfig) -> Mapping[str, Value]:
    """The rules in force, by what the server has."""
    found = {**shape_conventions(config.shape, config.threads), "connection": "one"}
    if config.accept_ns:
        found["accept"] = "once"
    if config.failure:
        found["failure"] = config.failure.how
        if config.failure.how == "dies":
            restart = config.failure.restart_ns
            found["replaced"] = "never" if restart is None else format_time(restart)
        found["fates"] = "without"
    return found


def shape_conventions(shape: Shape, threads: int) -> dict[str, Value]:
    """The rules that the threads of a server follow."""
    whole = shape.model == "multi" and shape.whole
    found: dict[str, Value] = {"model": f"{shape.model}-whole" if whole else shape.model}
    if shape.instances > 1:
        found["instances"] = shape.instances
    found |= {"order": "fifo", "preemption": "none"}
    # The kernel of a proactor takes cores besides its threads.
    if shape.cores is not None and (shape.cores < threads or shape.model == "proactor"):
        found["cores"] = shape.cores
    else:
        found["cores_enough"] = True
    return found


def stages(spans: Sequence[Span], failing: bool = False) -> Iterator[Step]:
    """A step for each stage that was run; `failing`: some that wait are never run."""
    for n, span in enumerate(spans):
        # The actor would tell what predict mode asks.
        yield Step(
            action="loop" if span.stage == "loop" else "stage",
            given={
                "request": span.request,
                "connection": span.connection,
                "stage": span.stage,
                "ready": format_time(span.ready),
            },
            result={
                "thread": span.thread,
                "ready_ns": span.ready,
                "start_ns": span.start,
                "end_ns": span.end,
                "start": format_time(span.start),
                "end": format_time(span.end),
                "waited": format_time(span.start - span.ready) if span.start > span.ready else None,
                "cut": span.cut,
            },
            state={} if failing else _waiting(spans, n),
            start_ns=span.start,  # type: ignore[arg-type]
            cost_ns=span.end - span.start,  # type: ignore[arg-type]
        )


def _waiting(spans: Sequence[Span], n: int) -> Mapping[str, Drawing]:
    """The tasks that are ready and wait, when the n-th span has begun, in the order in which they are
    started."""
    if len(spans) > MOST_DRAWN:
        return {}
    now = spans[n].start
    waiting = [f"{s.request} {s.stage}" for s in spans[n + 1 :] if s.ready <= now < s.start]
    return {"waiting": Cells(tuple(waiting[:12]))} if waiting else {}


def _latencies(config: ScriptConfig, found: Schedule) -> Iterator[Step]:
    for n, (request, end) in enumerate(zip(config.requests, found.ends, strict=True), start=1):
        assert end is not None
        latency = end - request.arrival_ns
        yield Step(
            action="latency",
            given={
                "request": n,
                "arrival": format_time(request.arrival_ns),
                "answered": format_time(end),
            },
            result={
                "arrival_ns": request.arrival_ns,
                "end_ns": end,
                "latency_ns": latency,
                "latency": format_time(latency),
            },
        )


def _effects(config: ScriptConfig, found: Schedule) -> Iterator[Step]:
    for n, (fate, end, before) in enumerate(fates(config, found), start=1):
        added = None if end is None else end - before
        yield Step(
            action="effect",
            given={"request": n, "before": format_time(before)},
            result={
                "before_ns": before,
                "end_ns": end,
                "fate": fate,
                "added_ns": added,
                "end": None if end is None else format_time(end),
                "later": format_time(added) if added and added > 0 else None,
                "earlier": format_time(-added) if added and added < 0 else None,
            },
        )
