"""reactor.gantt: which thread runs each stage of each request, from when to when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from oslab import Answers, Choice, Figure, Generator, Problem, Run, Table, Time, mistake
from oslab_reactor.engine import Engine
from oslab_reactor.problems.misread import (
    AnySub,
    Interleaved,
    NobodyWaits,
    WorkersInTurn,
    WorkerWrites,
    misread,
)
from oslab_reactor.problems.requests import (
    UNIT,
    RequestSpace,
    draw_script,
    explained,
    presented,
    results,
    right,
)
from oslab_reactor.requests import Instant
from oslab_reactor.script import ScriptConfig, scheduled

# Every thread that the catalogue's servers have.
THREADS = (
    "reactor", "main", "sub0", "sub1", "sub2", "worker0", "worker1", "worker2",
    "thread0", "thread1", "thread2", "thread3", "kernel",
)  # fmt: skip


class Gantt(Problem[ScriptConfig, RequestSpace]):
    """A row for each stage of each request: thread, start, end."""

    version = 1
    params = ScriptConfig
    space = RequestSpace
    answers = {
        "stages": Table(
            label="n",
            given=("request", "stage"),
            columns={"thread": Choice(*THREADS), "start": Time(unit=UNIT), "end": Time(unit=UNIT)},
        ),
    }
    required = ("worker-writes", "workers-in-turn")

    def draw(self, rng: Generator, space: RequestSpace) -> ScriptConfig:
        return draw_script(rng, space)

    def good(self, p: ScriptConfig) -> bool:
        """Somebody waits now and then."""
        stages = results(self.run(p), "stage")
        return 3 * sum(stage["waited"] is not None for stage in stages) >= len(p.requests)

    def present(self, p: ScriptConfig) -> Mapping[str, Figure]:
        return presented(p)

    def rows(self, p: ScriptConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, *stage) for n, stage in enumerate(_listed(p), start=1)]

    def run(self, p: ScriptConfig) -> Run:
        return explained(p)

    def solve(self, p: ScriptConfig, run: Run) -> Answers:
        stages = [
            (s["request"], s["stage"], s["thread"], s["start_ns"], s["end_ns"])
            for s in results(run, "stage")
        ]
        return {"stages": _table(p, stages)}

    def follow(
        self, p: ScriptConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """The row that follows from a student's rows before: stages are begun in the order of the key, each
        as soon as it is ready, its thread is free and so is a core."""
        listed, n = _listed(p), len(before)
        stage, spans = listed[n], right(p).spans
        told = dict(zip(listed, before, strict=False))
        [place] = [i for i, span in enumerate(spans) if (span.request, span.stage) == stage]
        key = spans[place]
        ready = key.ready
        if n and listed[n - 1][0] == stage[0]:
            ready = before[-1]["end"]
        free: dict[str, Instant] = {}
        ends: list[Instant] = []
        for span in spans[:place]:
            row = told.get((span.request, span.stage))
            thread, end = (row["thread"], row["end"]) if row else (span.thread, span.end)
            free[thread] = max(free.get(thread, Fraction(0)), end)
            ends.append(end)
        names = [key.thread]
        if names[0].startswith("worker"):
            names = [f"worker{n}" for n in range(p.shape.workers)]
        at = ready
        if names[0] != "kernel":
            at = max(at, min(free.get(name, Fraction(0)) for name in names))
        if p.shape.cores is not None:
            times = sorted({at, *(end for end in ends if end > at)})
            at = next(t for t in times if sum(end > t for end in ends) < p.shape.cores)
        thread = next((n for n in names if free.get(n, Fraction(0)) <= at), names[0])
        return {
            "thread": thread,
            "start": at,
            "end": at + key.end - key.start,
        }

    def _as_if(self, p: ScriptConfig, as_if: ScriptConfig, kind: type[Engine] = Engine) -> Answers:
        spans = scheduled(as_if, kind).spans
        stages = [(s.request, s.stage, s.thread, s.start, s.end) for s in spans]
        return {"stages": _table(p, stages)}

    @mistake("worker-writes")
    def worker_writes(self, p: ScriptConfig) -> Answers | None:
        """The worker writes the answer, too."""
        return self._as_if(p, p, WorkerWrites) if p.shape.workers else None

    @mistake("preempts")
    def preempts(self, p: ScriptConfig) -> Answers | None:
        """Other requests come between the stages of one."""
        return self._as_if(p, misread(p, Interleaved)) if p.shape.whole else None

    @mistake("any-idle-sub")
    def any_idle_sub(self, p: ScriptConfig) -> Answers | None:
        """Any idle sub-reactor takes a request."""
        return self._as_if(p, misread(p, AnySub)) if p.shape.subreactors else None

    @mistake("workers-in-turn")
    def workers_in_turn(self, p: ScriptConfig) -> Answers | None:
        """Each worker has its own requests."""
        return self._as_if(p, misread(p, WorkersInTurn)) if p.shape.workers > 1 else None

    @mistake("nobody-waits")
    def nobody_waits(self, p: ScriptConfig) -> Answers | None:
        """A request is read as soon as it arrives, whatever the thread is doing."""
        if p.shape.model != "single":
            return None
        return self._as_if(p, misread(p, NobodyWaits))

    @mistake("cores-ignored")
    def cores_ignored(self, p: ScriptConfig) -> Answers | None:
        """Threads run at once, however few cores there are."""
        if p.shape.cores is None:
            return None
        return self._as_if(p, replace(p, shape=replace(p.shape, cores=None)))


def _listed(p: ScriptConfig) -> list[tuple[int, str]]:
    """The stages there are, request by request."""
    listed: list[tuple[int, str]] = []
    seen: set[int] = set()
    for n, request in enumerate(p.requests, start=1):
        if p.accept_ns and request.connection not in seen:
            listed.append((n, "accept"))
        seen.add(request.connection)
        times = (
            ("read", request.read_ns),
            ("compute", request.compute_ns),
            ("write", request.write_ns),
        )
        listed += [(n, stage) for stage, time in times if time]
    return listed


def _table(
    p: ScriptConfig, stages: Iterable[tuple[int, str, str, Any, Any]]
) -> tuple[Mapping[str, Any], ...]:
    """The rows of stages in any order."""
    found = {
        (request, stage): {"thread": thread, "start": start, "end": end}
        for request, stage, thread, start, end in stages
    }
    return tuple(found[stage] for stage in _listed(p))
