"""reactor.latency: when each request is answered, how long that took, and what it is on average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from oslab import Answers, Figure, Generator, Problem, Run, Table, Time, mistake
from oslab_reactor.figures import nearest_rank
from oslab_reactor.problems.misread import Interleaved, misread
from oslab_reactor.problems.requests import (
    UNIT,
    RequestSpace,
    draw_script,
    explained,
    presented,
    request_rows,
    results,
    right,
)
from oslab_reactor.script import ScriptConfig, scheduled


class Latency(Problem[ScriptConfig, RequestSpace]):
    """Of each request the end of its write and its latency; their mean and median."""

    version = 1
    params = ScriptConfig
    space = RequestSpace
    answers = {
        "requests": Table(
            label="request", columns={"end": Time(unit=UNIT), "latency": Time(unit=UNIT)}
        ),
        "mean": Time(unit=UNIT),
        "median": Time(unit=UNIT),
    }
    required = ("service-only", "finish-as-latency")

    def draw(self, rng: Generator, space: RequestSpace) -> ScriptConfig:
        return draw_script(rng, space)

    def present(self, p: ScriptConfig) -> Mapping[str, Figure]:
        return presented(p)

    def rows(self, p: ScriptConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return request_rows(p)

    def run(self, p: ScriptConfig) -> Run:
        whole = explained(p)
        return replace(whole, conventions={**whole.conventions, "median": "nearest-rank"})

    def solve(self, p: ScriptConfig, run: Run) -> Answers:
        steps = results(run, "latency")
        return {
            "requests": tuple({"end": s["end_ns"], "latency": s["latency_ns"]} for s in steps),
            "mean": run.metrics["mean_ns"],
            "median": run.metrics["p50_ns"],
        }

    def _answers(self, ends: Sequence[Any], latencies: Sequence[Any]) -> Answers:
        return {
            "requests": tuple(
                {"end": end, "latency": latency}
                for end, latency in zip(ends, latencies, strict=True)
            ),
            "mean": Fraction(sum(latencies)) / len(latencies),
            "median": nearest_rank(sorted(latencies), Fraction(1, 2)),
        }

    def _as_if(self, p: ScriptConfig, as_if: ScriptConfig) -> Answers:
        ends = [end for end in scheduled(as_if).ends if end is not None]
        return self._answers(
            ends, [end - r.arrival_ns for end, r in zip(ends, p.requests, strict=True)]
        )

    @mistake("service-only")
    def service_only(self, p: ScriptConfig) -> Answers | None:
        """Waiting is no part of the latency."""
        return self._answers(
            right(p).ends, [r.read_ns + r.compute_ns + r.write_ns for r in p.requests]
        )

    @mistake("finish-as-latency")
    def finish_as_latency(self, p: ScriptConfig) -> Answers | None:
        """The time of the answer is taken for the latency."""
        ends = right(p).ends
        return self._answers(ends, ends)

    @mistake("accept-ignored")
    def accept_ignored(self, p: ScriptConfig) -> Answers | None:
        """To accept takes no time."""
        return self._as_if(p, replace(p, accept_ns=Fraction(0))) if p.accept_ns else None

    @mistake("preempts")
    def preempts(self, p: ScriptConfig) -> Answers | None:
        """Other requests come between the stages of one."""
        return self._as_if(p, misread(p, Interleaved)) if p.shape.whole else None

    @mistake("cores-ignored")
    def cores_ignored(self, p: ScriptConfig) -> Answers | None:
        """Threads run at once, however few cores there are."""
        if p.shape.cores is None:
            return None
        return self._as_if(p, replace(p, shape=replace(p.shape, cores=None)))
