"""iomodels.async-kind: which asynchronous I/O really is: time in submit calls, threads, completion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from oslab import (
    Answers,
    Choose,
    Figure,
    Generator,
    Int,
    Problem,
    Run,
    Table,
    Time,
    mistake,
    rows_of,
)
from oslab.quantities import format_time
from oslab_iomodels.kinds import BATCH, Case, KindsConfig, Outcome, count, requests, run, way_of

KINDS = Table(
    label="n",
    given=("kind", "target"),
    columns={"submit_ns": Time(unit="us"), "threads": Int(), "notified_ns": Time(unit="us")},
    action="kind",
)
US = 1000


@dataclass(frozen=True)
class AsyncKindSpace:
    """Which kinds on what, in any order, and what it takes; times in us.

    cases     those of which `number` are drawn, the first `always` of them at any rate
    always    how many are always asked about
    number    how many in all
    requests  reads submitted
    cached    whether the pages of buffered files are in the page cache
    device    of the device, or when data come
    copy      of copying
    wake      of waking a thread
    pool      threads there may be
    """

    cases: tuple[Case, ...]
    always: int
    number: int
    requests: Choose[int]
    cached: bool
    device: Choose[int]
    copy: Choose[int]
    wake: Choose[int]
    pool: Choose[int]


class AsyncKind(Problem[KindsConfig, AsyncKindSpace]):
    """For kinds of asynchronous I/O on sockets and files: the time in submit calls, threads, completion."""

    version = 1
    params = KindsConfig
    space = AsyncKindSpace
    answers = {"kinds": KINDS}
    required = ("libaio-always-async", "one-read")

    def draw(self, rng: Generator, space: AsyncKindSpace) -> KindsConfig:
        more = rng.sample(space.cases[space.always :], space.number - space.always)
        return KindsConfig(
            cases=tuple(rng.shuffled([*space.cases[: space.always], *more])),
            requests=space.requests.pick(rng),
            cached=space.cached,
            call_ns=Fraction(US),
            submit_ns=Fraction(US),
            device_ns=Fraction(US * space.device.pick(rng)),
            copy_time_ns=Fraction(US * space.copy.pick(rng)),
            wake_ns=Fraction(US * space.wake.pick(rng)),
            pool=space.pool.pick(rng),
        )

    def good(self, p: KindsConfig) -> bool:
        """No answer is that of most rows."""
        rows = [tuple(row.values()) for row in _rows(p)]
        return 2 * max(rows.count(row) for row in rows) <= len(rows)

    def present(self, p: KindsConfig) -> Mapping[str, Figure]:
        return {
            "requests": p.requests,
            "call": format_time(p.call_ns),
            "submit": format_time(p.submit_ns),
            "device": format_time(p.device_ns),
            "copy": format_time(p.copy_time_ns),
            "wake": format_time(p.wake_ns),
            "pool": p.pool,
        }

    def rows(self, p: KindsConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, case.kind, case.target) for n, case in enumerate(p.cases, start=1)]

    def run(self, p: KindsConfig) -> Run:
        return run(p)

    def solve(self, p: KindsConfig, run: Run) -> Answers:
        return {"kinds": rows_of(run, KINDS)}

    def _with(self, p: KindsConfig, found: Sequence[Mapping[str, Any] | None]) -> Answers | None:
        """The key, with other cells where there are some."""
        if not any(found):
            return None
        rows = zip(_rows(p), found, strict=True)
        return {"kinds": tuple({**row, **(f or {})} for row, f in rows)}

    @mistake("libaio-always-async")
    def libaio_always_async(self, p: KindsConfig) -> Answers | None:
        """io_submit is taken to hand over reads whatever they are of, as io_uring does."""
        return self._with(
            p,
            [
                _row(count(p, Case("io_uring", case.target)))
                if case.kind == "libaio" and case.target != "file-direct"
                else None
                for case in p.cases
            ],
        )

    @mistake("buffered-is-async")
    def buffered_is_async(self, p: KindsConfig) -> Answers | None:
        """Reads of buffered files are taken never to be carried out in the submit call."""
        rows: list[Mapping[str, Any] | None] = []
        for case in p.cases:
            if case.target != "file-buffered" or way_of(case, p.cached) not in (
                "in-call",
                "at-once",
            ):
                rows.append(None)
                continue
            handed = (
                p.call_ns * (1 if case.kind in BATCH else p.requests) + p.submit_ns * p.requests
            )
            device = Fraction(0) if p.cached else p.device_ns
            rows.append({"submit_ns": handed, "notified_ns": handed + device + p.copy_time_ns})
        return self._with(p, rows)

    @mistake("threads-ignored")
    def threads_ignored(self, p: KindsConfig) -> Answers | None:
        """posix-aio is taken to be carried out by the kernel, without threads."""
        return self._with(
            p, [{"threads": 0} if case.kind == "posix-aio" else None for case in p.cases]
        )

    @mistake("thread-for-each")
    def thread_for_each(self, p: KindsConfig) -> Answers | None:
        """posix-aio is taken to have as many threads as reads, however many there may be."""
        wide = replace(p, pool=max(p.pool, p.requests))
        if p.pool >= p.requests or not any(case.kind == "posix-aio" for case in p.cases):
            return None
        return {"kinds": _rows(wide)}

    @mistake("ready-for-complete")
    def ready_for_complete(self, p: KindsConfig) -> Answers | None:
        """The notification is taken to come when data are ready, before they are copied."""
        rows: list[Mapping[str, Any] | None] = []
        for case in p.cases:
            if case.target == "file-direct" or way_of(case, p.cached) not in ("kernel", "thread"):
                rows.append(None)
                continue
            rows.append({"notified_ns": max(r.ready_ns for r in requests(p, case))})
        return self._with(p, rows)

    @mistake("one-read")
    def one_read(self, p: KindsConfig) -> Answers | None:
        """Handing over is counted for one read, not for each."""
        if p.requests == 1:
            return None
        return {"kinds": _rows(replace(p, requests=1))}

    @mistake("direct-copied")
    def direct_copied(self, p: KindsConfig) -> Answers | None:
        """Data read with O_DIRECT are taken to be copied as well."""
        return self._with(
            p,
            [
                {"notified_ns": outcome.notified_ns + p.copy_time_ns}
                if case.target == "file-direct"
                else None
                for case, outcome in zip(p.cases, outcomes(p), strict=True)
            ],
        )


# The numbers of a variant, and those that a mistake takes for them.
@lru_cache(maxsize=2)
def outcomes(p: KindsConfig) -> tuple[Outcome, ...]:
    """What each case comes to: all that the answers need of a run."""
    return tuple(count(p, case) for case in p.cases)


def _rows(p: KindsConfig) -> tuple[Mapping[str, Any], ...]:
    return tuple(_row(outcome) for outcome in outcomes(p))


def _row(outcome: Outcome) -> Mapping[str, Any]:
    return {column: getattr(outcome, column) for column in KINDS.columns}
