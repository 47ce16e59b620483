"""reactor.block: what one slow handler does to the other requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from oslab import Answers, Choose, Figure, Generator, Int, Problem, Run, Table, Time, mistake
from oslab.quantities import format_time
from oslab_reactor.problems.misread import AnySub, misread
from oslab_reactor.problems.requests import (
    UNIT,
    RequestSpace,
    draw_script,
    explained,
    presented,
    request_rows,
    results,
)
from oslab_reactor.script import ScriptConfig, Slow, fates, scheduled, without


@dataclass(frozen=True)
class BlockSpace(RequestSpace):
    """slow: how long the slow request computes; which: its number."""

    slow: Choose[Fraction]
    which: Choose[int]


class Block(Problem[ScriptConfig, BlockSpace]):
    """Of each request when it is answered, and how much later than if none were slow."""

    version = 1
    params = ScriptConfig
    space = BlockSpace
    answers = {
        "requests": Table(
            label="request", columns={"end": Time(unit=UNIT), "added": Time(unit=UNIT)}
        ),
        "delayed": Int(),
    }
    required = ("own-request-only", "pool-stalls")

    def draw(self, rng: Generator, space: BlockSpace) -> ScriptConfig:
        drawn = draw_script(rng, space)
        return replace(drawn, slow=Slow(space.which.pick(rng), space.slow.pick(rng)))

    def good(self, p: ScriptConfig) -> bool:
        """The slow one takes others with it."""
        return sum(fate == "delayed" for fate, _, _ in fates(p, scheduled(p))) > 2

    def present(self, p: ScriptConfig) -> Mapping[str, Figure]:
        assert p.slow
        return {
            **presented(p), "slow": p.slow.request, "slow_compute": format_time(p.slow.compute_ns)
        }  # fmt: skip

    def rows(self, p: ScriptConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return request_rows(p)

    def run(self, p: ScriptConfig) -> Run:
        return explained(p)

    def solve(self, p: ScriptConfig, run: Run) -> Answers:
        steps = results(run, "effect")
        return {
            "requests": tuple({"end": s["end_ns"], "added": s["added_ns"]} for s in steps),
            "delayed": run.metrics["delayed"],
        }

    def _added(self, p: ScriptConfig, added: Sequence[Any]) -> Answers:
        """The answers of someone for whom each request is so much later."""
        ends = without(p).ends
        return {
            "requests": tuple(
                {"end": end + more, "added": more}
                for end, more in zip(ends, added, strict=True)
                if end is not None
            ),
            "delayed": sum(more > 0 for more in added),
        }

    def _as_if(self, as_if: ScriptConfig) -> Answers:
        found = fates(as_if, scheduled(as_if))
        return {
            "requests": tuple(
                {"end": end, "added": end - before} for _, end, before in found if end is not None
            ),
            "delayed": sum(fate == "delayed" for fate, _, _ in found),
        }

    def _extra(self, p: ScriptConfig) -> Any:
        assert p.slow
        return p.slow.compute_ns - p.requests[p.slow.request - 1].compute_ns

    @mistake("own-request-only")
    def own_request_only(self, p: ScriptConfig) -> Answers | None:
        """Nobody but the slow request is later."""
        assert p.slow
        extra, slow = self._extra(p), p.slow.request
        return self._added(p, [extra * (n == slow) for n, _ in enumerate(p.requests, start=1)])

    @mistake("pool-stalls")
    def pool_stalls(self, p: ScriptConfig) -> Answers | None:
        """While one worker is busy nothing goes on: all that is not answered by then is later."""
        if not p.shape.workers:
            return None
        return self._everyone(p)

    @mistake("all-subs-stall")
    def all_subs_stall(self, p: ScriptConfig) -> Answers | None:
        """All sub-reactors wait for the slow one."""
        return self._everyone(p) if p.shape.whole and p.shape.model != "single" else None

    def _everyone(self, p: ScriptConfig) -> Answers:
        assert p.slow
        before = without(p)
        slow = p.slow.request
        [begun] = [s.start for s in before.spans if (s.request, s.stage) == (slow, "compute")]
        extra = self._extra(p)
        return self._added(p, [extra * (end is not None and end > begun) for end in before.ends])

    @mistake("gaps-ignored")
    def gaps_ignored(self, p: ScriptConfig) -> Answers | None:
        """All behind the slow one are later by as much as it is, though the thread was idle in between."""
        return self._everyone(p) if p.shape.model == "single" else None

    @mistake("delay-once")
    def delay_once(self, p: ScriptConfig) -> Answers | None:
        """The next request waits for the slow one, those behind it do not."""
        assert p.slow
        ends = without(p).ends
        own = ends[p.slow.request - 1]
        later = sorted(end for end in ends if end is not None and own is not None and end > own)
        waits = {own, *later[:1]}
        return self._added(p, [self._extra(p) * (end in waits) for end in ends])

    @mistake("any-idle-sub")
    def any_idle_sub(self, p: ScriptConfig) -> Answers | None:
        """An idle sub-reactor takes over what waits for the slow one."""
        return self._as_if(misread(p, AnySub)) if p.shape.subreactors else None
