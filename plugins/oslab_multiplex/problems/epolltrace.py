"""multiplex.epoll-trace: what each epoll_wait returns, level-triggered and edge-triggered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from oslab import Answers, Figure, Generator, Int, List, Problem, Run, Table, mistake
from oslab_multiplex.epoll import Epoll
from oslab_multiplex.machine import Machine
from oslab_multiplex.problems.misread import (
    EdgeOnRise,
    EdgeRepeats,
    LevelOnce,
    StaleReported,
    WakingBitOnly,
)
from oslab_multiplex.problems.scripts import (
    ScriptSpace,
    draw_script,
    explained,
    presented,
    wait_rows,
    waits_of,
)
from oslab_multiplex.reported import Reported, all_written, read_back
from oslab_multiplex.simulate import MultiplexConfig, machine_for


class EpollTrace(Problem[MultiplexConfig, ScriptSpace]):
    """For each wait the events it returns, in order, and the bytes unread then."""

    version = 1
    params = MultiplexConfig
    space = ScriptSpace
    answers = {
        "waits": Table(
            label="line",
            given=("operation",),
            columns={"events": List(Reported()), "unread": Int()},
        ),
    }
    required = ("edge-only-0-to-1", "lt-once")

    def draw(self, rng: Generator, space: ScriptSpace) -> MultiplexConfig:
        return draw_script(rng, space)

    def good(self, p: MultiplexConfig) -> bool:
        """Waits differ, and at most half of them return nothing."""
        rows = _rows(p)
        seen = [row["events"] for row in rows]
        return 2 * seen.count(()) <= len(rows) and all(
            3 * rows.count(row) <= len(rows) + 2 for row in rows
        )

    def present(self, p: MultiplexConfig) -> Mapping[str, Figure]:
        return presented(p)

    def rows(self, p: MultiplexConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return wait_rows(p)

    def run(self, p: MultiplexConfig) -> Run:
        return explained(p, "waits")

    def solve(self, p: MultiplexConfig, run: Run) -> Answers:
        return {
            "waits": tuple(
                {"events": step.result["events"], "unread": step.result["unread"]}
                for step in waits_of(run)
            )
        }

    def follow(
        self, p: MultiplexConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """The row that follows if the waits before reported what a student wrote: that is off the ready list
        or back on it, and what was not reported was not on it."""
        machine = machine_for(p)
        rows = _right(p)
        done = 0
        for op in p.ops:
            if op.verb != "wait":
                machine.do(op)
                continue
            epoll = machine.file_of(op.name)
            assert isinstance(epoll, Epoll)
            if done == len(before):
                events = all_written(epoll.wait(op.number or 0))
                return {**rows[done], "events": events}
            if not _report(epoll, before[done]["events"], op.number or 0):
                _report(epoll, rows[done]["events"], op.number or 0)
            done += 1
        return None

    def _as_if(self, p: MultiplexConfig, kind: type[Machine]) -> Answers | None:
        rows = _rows(p, kind)
        return None if rows == _right(p) else {"waits": rows}

    @mistake("edge-only-0-to-1")
    def edge_only_0_to_1(self, p: MultiplexConfig) -> Answers | None:
        """New data on top of unread data is no edge."""
        return self._as_if(p, EdgeOnRise)

    @mistake("lt-once")
    def lt_once(self, p: MultiplexConfig) -> Answers | None:
        """Level-triggered is reported once, like edge-triggered."""
        return self._as_if(p, LevelOnce)

    @mistake("waking-bit-only")
    def waking_bit_only(self, p: MultiplexConfig) -> Answers | None:
        """Only the event that woke is reported."""
        return self._as_if(p, WakingBitOnly)

    @mistake("et-repeats")
    def et_repeats(self, p: MultiplexConfig) -> Answers | None:
        """Edge-triggered is reported as long as there is data."""
        return self._as_if(p, EdgeRepeats)

    @mistake("drained-reported")
    def drained_reported(self, p: MultiplexConfig) -> Answers | None:
        """What was drained before the wait is reported all the same."""
        return self._as_if(p, StaleReported)


def _rows(p: MultiplexConfig, kind: type[Machine] = Machine) -> tuple[Mapping[str, Any], ...]:
    """The rows without a run: reported events and unread bytes at each wait."""
    machine = machine_for(p, kind)
    rows = []
    for op in p.ops:
        outcome = machine.do(op)
        if op.verb == "wait":
            epoll = machine.file_of(op.name)
            assert isinstance(epoll, Epoll)
            rows.append({"events": all_written(outcome.events), "unread": epoll.unread_below()})
    return tuple(rows)


@lru_cache(maxsize=1)
def _right(p: MultiplexConfig) -> tuple[Mapping[str, Any], ...]:
    """The right rows: each mistake asks for them, and `follow` for each wrong row."""
    return _rows(p)


def _report(epoll: Epoll, events: Sequence[str], most: int) -> bool:
    """Let a wait have reported these events; False if it cannot."""
    items = {item.tag.casefold(): item for item in epoll.items.values()}
    reported = [items.get(read_back(text)[0].casefold()) for text in events]
    found = [item for item in reported if item is not None]
    if len(found) < len(reported) or len(set(found)) < len(found) or len(found) > most:
        return False
    rest = [item for item in epoll.list if item not in found] if len(found) == most else []
    epoll.list.clear()
    for item in rest:
        epoll.enlist(item)
    for item in found:
        if item.oneshot:
            epoll.fire(item)
    epoll.put_back([item for item in found if not item.edge and not item.oneshot])
    return True
