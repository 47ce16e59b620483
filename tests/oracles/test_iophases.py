"""Phases, traces and kinds of asynchronous I/O against naive models written from docs/iomodels.md alone."""

from __future__ import annotations

from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from naive_iophases import Costs, Unclear, by_kind, by_phases, by_trace

from oslab import InputError
from oslab_iomodels import classify, kinds, phases

NAMES = {
    ("waits", "caller"): ("blocking", True, True),
    ("polls", "caller"): ("nonblocking", False, True),
    ("watches", "caller"): ("multiplexed", True, True),
    ("goes-on", "caller"): ("signal-driven", False, True),
    ("goes-on", "kernel"): ("asynchronous", False, False),
    ("polls", "kernel"): ("asynchronous", False, False),
    ("waits", "kernel"): ("asynchronous", True, False),
    ("watches", "kernel"): ("asynchronous", True, False),
}
few = st.integers(0, 9)


@pytest.mark.parametrize(("phase1", "phase2"), NAMES)
@settings(max_examples=60, deadline=None)
@given(r=st.integers(0, 30), c=few, s=few, p=st.integers(1, 9))
def test_the_two_phases(phase1: str, phase2: str, r: int, c: int, s: int, p: int) -> None:
    times = (Fraction(each) for each in (r, c, s, p))
    config = phases.PhasesConfig(phase1, phase2, *times)  # type: ignore[arg-type]
    run, seen = phases.run(config), by_phases(phase1, phase2, r, c, s, p)
    metrics = run.metrics
    name, blocking, synchronous = NAMES[phase1, phase2]
    assert dict(metrics) == {
        "name": name,
        "blocking": blocking,
        "synchronous": synchronous,
        "wait_ns": sum(t < r for t in seen.asleep),
        "held_ns": sum(t >= r for t in seen.asleep) + len(seen.copying),
        "done_ns": seen.done,
    }
    now, asleep = 0, set()
    for step in run.steps[:-1]:
        start, end = int(step.start_ns), int(step.result["end_ns"])
        assert step.start_ns + step.cost_ns == end
        what = step.action.removeprefix("phase-")
        if what in ("polls", "arms", "submits", "looks", "recv", "wait-called"):
            assert end - start == s
        if what == "sleeps":
            asleep |= set(range(start, end))
        if step.actor == "thread":  # one thing after the other, and nothing in between
            assert start == now
            now = end
    assert asleep == seen.asleep
    assert now == seen.done


@st.composite
def traces(draw: st.DrawFn) -> tuple[list[tuple[int, int]], int, tuple[int, int], int | None]:
    """Calls one after the other; the times of the data are often those at which a call begins or ends."""
    marks = sorted(draw(st.lists(st.integers(0, 20), min_size=2, max_size=6)))
    calls = list(zip(marks[::2], marks[1::2], strict=False))
    some = st.sampled_from(marks) | st.integers(0, 22)
    ready, start, end = sorted(draw(st.tuples(some, some, some)))
    return calls, ready, (start, end), draw(st.none() | some.filter(lambda at: at >= ready))


@settings(max_examples=500, deadline=None)
@given(traces())
def test_a_trace(trace: tuple[list[tuple[int, int]], int, tuple[int, int], int | None]) -> None:
    calls, ready, copied, notified = trace
    parts = [f"call{n} {start}..{end}" for n, (start, end) in enumerate(calls)]
    parts += [f"ready {ready}", f"copied {copied[0]}..{copied[1]}"]
    text = "; ".join(parts if notified is None else [*parts, f"notified {notified}"])
    try:
        expected = by_trace(calls, ready, copied, notified)
    except Unclear:
        event("unclear")
        with pytest.raises(InputError):
            classify.parse_trace(text)
        return
    event(expected[0])
    config = classify.ClassifyConfig((classify.parse_trace(text),))
    [found] = classify.run(config).metrics["traces"]
    names = ("name", "blocking", "synchronous", "blocked_ns")
    assert tuple(found[name] for name in names) == expected


@pytest.mark.parametrize("target", get_args(kinds.Target))
@pytest.mark.parametrize("kind", get_args(kinds.Kind))
@settings(max_examples=40, deadline=None)
@given(
    costs=st.builds(
        Costs,
        reads=st.integers(1, 6),
        cached=st.booleans(),
        call=few,
        submit=few,
        device=st.integers(0, 30),
        copy=few,
        wake=few,
        pool=st.integers(1, 4),
    )
)
def test_a_kind_of_asynchronous_io(kind: kinds.Kind, target: kinds.Target, costs: Costs) -> None:
    times = (costs.call, costs.submit, costs.device, costs.copy, costs.wake)
    case = kinds.Case(kind, target)
    config = kinds.KindsConfig(
        (case,), costs.reads, costs.cached, *map(Fraction, times), costs.pool
    )
    run, caller = kinds.run(config), by_kind(kind, target, costs)
    assert dict(run.metrics) == {
        "submit_ns": caller.back,
        "blocked_ns": len(caller.waiting),
        "threads": len(caller.readers),
        "notified_ns": max(caller.copied),
        "syscalls": caller.calls,
        "asynchronous": not caller.waiting and not caller.copying,
    }
    handed = [step for step in run.steps if step.action == "hand-over"]
    assert [step.given["n"] for step in handed] == list(range(1, costs.reads + 1))
    assert handed[-1].result["back_ns"] == caller.back
    for step in handed:
        way = run.asks["hand-over"]["way"]
        assert way.read(step.result["way"]) == step.result["way"]
    completed = {s.given["n"]: s.result["done_ns"] for s in run.steps if s.action == "complete"}
    assert [completed[n] for n in range(1, costs.reads + 1)] == caller.copied


@pytest.mark.parametrize("missing", range(3))
def test_a_trace_lacks_nothing(missing: int) -> None:
    parts = ["recv 0..9", "ready 5", "copied 5..9"]
    assert classify.parse_trace("; ".join(parts)).name == "blocking"
    del parts[missing]
    with pytest.raises(InputError, match="calls, ready and copied are expected"):
        classify.parse_trace("; ".join(parts))
