"""reactor.failure: a thread dies or loops; which requests are lost, delayed, untouched?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

from oslab import (
    Answers,
    Choice,
    Choose,
    Figure,
    Generator,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    Time,
    mistake,
)
from oslab.quantities import format_time
from oslab_reactor import requests
from oslab_reactor.engine import Engine
from oslab_reactor.problems.misread import AnySub, GoesOn, HandedOver, WorkerWrites, misread
from oslab_reactor.problems.requests import (
    UNIT,
    US,
    RequestSpace,
    draw_script,
    explained,
    presented,
    request_rows,
    results,
    right,
)
from oslab_reactor.requests import Instant, whole
from oslab_reactor.script import ScriptConfig, fates, scheduled, without


@dataclass(frozen=True)
class FailureSpace(RequestSpace):
    """thread: the name of the one that fails; how it does; restart: how much later it is replaced (0: never)."""

    thread: Choose[str]
    how: Choose[Literal["dies", "loops"]]
    restart: Choose[Fraction]


class Failure(Problem[ScriptConfig, FailureSpace]):
    """Of each request what becomes of it and when it is answered; how many are lost, how many delayed."""

    version = 1
    params = ScriptConfig
    space = FailureSpace
    answers = {
        "requests": Table(
            label="request",
            columns={
                "fate": Choice("untouched", "delayed", "lost"),
                "end": OrNone(Time(unit=UNIT)),
            },
        ),
        "lost": Int(),
        "delayed": Int(),
    }
    required = ("only-in-hand", "all-lost")

    def draw(self, rng: Generator, space: FailureSpace) -> ScriptConfig:
        drawn = draw_script(rng, space)
        thread = space.thread.pick(rng)
        spans = [span for span in scheduled(drawn).spans if span.thread == thread]
        # After it has begun, well before all is over, and when nothing else happens.
        first, last = (spans[0].start, spans[-1].end) if spans else (0, US)
        quarter = (last - first) // US // 4
        at = first // US + rng.between(1, max(1, 3 * quarter))
        how = space.how.pick(rng)
        restart = space.restart.pick(rng)
        failure = requests.Failure(thread, how, at * US + US // 2, whole(restart) or None)
        return replace(drawn, failure=failure)

    def good(self, p: ScriptConfig) -> bool:
        """A request is cut off, of one that loops in its handler, and most are not lost."""
        assert p.failure
        found = right(p)
        lost = sum(end is None for end in found.ends)
        cut = {span.stage for span in found.spans if span.cut} - {"loop"}
        if p.failure.how == "loops":
            cut &= {"compute"}
        return bool(cut) and 20 * lost <= 7 * len(p.requests)

    def present(self, p: ScriptConfig) -> Mapping[str, Figure]:
        failure = p.failure
        assert failure
        return {
            **presented(p),
            "thread": failure.thread,
            "at": format_time(failure.at_ns),
            "restart": format_time(failure.restart_ns or 0),
        }

    def rows(self, p: ScriptConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return request_rows(p)

    def run(self, p: ScriptConfig) -> Run:
        return explained(p)

    def solve(self, p: ScriptConfig, run: Run) -> Answers:
        steps = results(run, "effect")
        return {
            "requests": tuple({"fate": s["fate"], "end": s["end_ns"]} for s in steps),
            "lost": run.metrics["lost"],
            "delayed": run.metrics["delayed"],
        }

    def _answers(self, found: Sequence[tuple[str, Any]]) -> Answers:
        kinds = [fate for fate, _ in found]
        return {
            "requests": tuple({"fate": fate, "end": end} for fate, end in found),
            "lost": kinds.count("lost"),
            "delayed": kinds.count("delayed"),
        }

    def _as_if(self, p: ScriptConfig, as_if: ScriptConfig, kind: type[Engine] = Engine) -> Answers:
        found = scheduled(as_if, kind)
        # What would have been is not misunderstood.
        return self._answers([(fate, end) for fate, end, _ in fates(p, found)])

    def _lost(self, p: ScriptConfig, lost: set[int]) -> Answers:
        """The answers of someone for whom these are lost, and no other is touched."""
        ends = without(p).ends
        return self._answers(
            [("lost", None) if n in lost else ("untouched", end) for n, end in enumerate(ends, 1)]
        )

    def _at(self, p: ScriptConfig) -> Instant:
        assert p.failure
        return p.failure.at_ns

    @mistake("only-in-hand")
    def only_in_hand(self, p: ScriptConfig) -> Answers | None:
        """Only the request in its hands suffers."""
        return self._lost(p, {span.request for span in right(p).spans if span.cut})

    @mistake("all-lost")
    def all_lost(self, p: ScriptConfig) -> Answers | None:
        """Everything that is not answered by then is lost. (Where a new thread comes, that is mostly because
        it is left out; it is called so then.)"""
        assert p.failure
        if p.failure.restart_ns is not None:
            return None
        ends = without(p).ends
        at = self._at(p)
        return self._lost(p, {n for n, end in enumerate(ends, 1) if end is not None and end > at})

    @mistake("handed-over")
    def handed_over(self, p: ScriptConfig) -> Answers | None:
        """Another worker takes over the request that was in its hands."""
        assert p.failure
        if not p.failure.thread.startswith("worker") or p.shape.workers < 2:
            return None
        return self._as_if(p, p, HandedOver)

    @mistake("any-idle-sub")
    def any_idle_sub(self, p: ScriptConfig) -> Answers | None:
        """The other sub-reactors take over the connections of one that failed."""
        assert p.failure
        if not p.failure.thread.startswith("sub") or p.shape.subreactors < 2:
            return None
        return self._as_if(p, misread(p, AnySub))

    @mistake("workers-answer")
    def workers_answer(self, p: ScriptConfig) -> Answers | None:
        """What the workers have computed they write themselves."""
        assert p.failure
        if not p.shape.workers or p.failure.thread.startswith("worker"):
            return None
        return self._as_if(p, p, WorkerWrites)

    @mistake("never-replaced")
    def never_replaced(self, p: ScriptConfig) -> Answers | None:
        """Nobody comes in the place of the thread that died."""
        assert p.failure
        if p.failure.restart_ns is None:
            return None
        return self._as_if(p, replace(p, failure=replace(p.failure, restart_ns=None)))

    @mistake("replaced-at-once")
    def replaced_at_once(self, p: ScriptConfig) -> Answers | None:
        """The thread goes on with the next request at once. (Where that delays nobody it is `only-in-hand`.)"""
        found = self._as_if(p, p, GoesOn)
        return None if found == self.only_in_hand(p) else found
