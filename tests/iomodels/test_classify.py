"""Timed traces: what they show, which are refused, and that they agree with the two phases."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_iomodels import phases
from oslab_iomodels.classify import Call, ClassifyConfig, Trace, parse_trace, run
from oslab_iomodels.phases import Phase1, PhasesConfig


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        ("recv 0..43; ready 40; copied 40..43", (True, True, "blocking", 43)),
        (
            "recv 0..1; recv 10..11; recv 30..34; ready 25; copied 30..34",
            (False, True, "nonblocking", 4),
        ),
        ("poll 5..40; read 41..44; ready 40; copied 41..44", (True, True, "multiplexed", 38)),
        (
            "fcntl 0..1; recv 41..44; ready 40; copied 41..44; notified 40",
            (False, True, "signal-driven", 3),
        ),
        (
            "io_uring_enter 0..1; ready 40; copied 40..43; notified 43",
            (False, False, "asynchronous", 0),
        ),
        # Waiting for the completion of what the kernel copies: blocking, and asynchronous.
        (
            "ReadFile 0..1; WaitForSingleObject 2..40; ready 40; copied 40..43; notified 43",
            (True, False, "asynchronous", 38),
        ),
        # The name promises what the times do not keep.
        (
            "io_submit(socket) 0..298; ready 295; copied 295..298; notified 298",
            (True, True, "blocking", 298),
        ),
        ("read(O_NONBLOCK) 0..43; ready 40; copied 40..43", (True, True, "blocking", 43)),
    ],
)
def test_times_alone_decide(trace: str, expected: tuple[Any, ...]) -> None:
    [step] = run(ClassifyConfig((parse_trace(trace),))).steps
    names = ("blocking", "synchronous", "name", "blocked_ns")
    assert tuple(step.result[name] for name in names) == expected


@pytest.mark.parametrize(
    ("trace", "why"),
    [
        ("recv 0..43; ready 40; copied 30..43", "copied when they are ready"),
        ("recv 5..3; ready 1; copied 2..3", "one after the other"),
        ("recv 0..9; recv 5..12; ready 9; copied 9..12", "one after the other"),
        ("recv 0..42; ready 40; copied 40..43; notified 43", "partly in a call"),
        ("recv 0..1; ready 40; copied 40..43", "copied outside all calls"),
        ("recv 0..1; ready 40; copied 40..43; notified 41", "copied outside all calls"),
        ("recv 50..54; ready 40; copied 50..54", "ready before any call"),
        ("recv 0..43; ready 40; copied 40..43; notified 3", "before they are ready"),
        ("recv 0..43; copied 40..43", "calls, ready and copied are expected"),
        ("recv 0; ready 40; copied 40..43", "is not part of a trace"),
        ("recv 0..x; ready 40; copied 40..43", "is not a time"),
        ("recv 0..43; ready 40; ready 41; copied 40..43", "said twice"),
        ("re$v 0..43; ready 40; copied 40..43", "is not the name of a call"),
        ("", "calls, ready and copied are expected"),
    ],
)
def test_what_cannot_have_happened_is_refused(trace: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        parse_trace(trace)


def traced(config: PhasesConfig) -> Trace:
    """What one would measure of an operation whose calls cost nothing."""
    found = phases.events(config)
    at = {event.action: event for event in found}
    copy = at.get("copy-in-call") or at["copy-behind"]
    calls = [Call("recv", e.start, e.end) for e in found if e.action == "polls"]
    if "wait-called" in at:
        calls.append(Call("poll", at["wait-called"].start, at["wait-returns"].start))
    if "arms" in at or "submits" in at:
        first = at.get("arms") or at["submits"]
        calls.append(Call("fcntl", first.start, first.end))
    if "recv" in at:
        calls.append(Call("recv", at["recv"].start, at["returns"].end))
    told = at.get("signal") or at.get("completion")
    return Trace(tuple(calls), config.ready_ns, copy.start, copy.end, told.start if told else None)


@given(
    st.sampled_from([*((p, "caller") for p in get_args(Phase1)), ("goes-on", "kernel")]),
    st.integers(1, 50),
    st.integers(1, 20),
    st.integers(1, 20),
)
def test_the_trace_of_an_operation_shows_its_phases(
    ways: tuple[Any, Any], ready: int, copy: int, pause: int
) -> None:
    c = PhasesConfig(*ways, Fraction(ready), Fraction(copy), Fraction(0), Fraction(pause))
    trace, cost = traced(c), phases.measure(c)
    assert trace.name == c.name
    assert bool(trace.waiting) == (c.phase1 in phases.BLOCKS)
    assert (trace.wait_ns, trace.held_ns) == (cost.wait_ns, cost.held_ns)
    assert parse_trace(str(trace)) == trace


def test_traces_can_be_predicted_and_shown_in_json(oslab: Callable[..., Any]) -> None:
    shown = oslab("iomodels", "classify", "recv 0..43us; ready 40us; copied 40us..43us", "--json")
    [trace] = json.loads(shown.out)["metrics"]["traces"]
    assert trace == {
        "n": 1, "name": "blocking", "blocking": True, "synchronous": True, "blocked_ns": 43000,
    }  # fmt: skip


def test_traces_and_phases_are_not_mixed(oslab: Callable[..., Any]) -> None:
    shown = oslab("iomodels", "classify", "recv 0..4; ready 3; copied 3..4", "--phase1", "waits")
    assert (shown.code, "not both" in shown.err) == (2, True)
