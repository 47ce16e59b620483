"""One operation in its two phases, against times worked out by hand and laws that any must obey."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_iomodels import phases
from oslab_iomodels.phases import Phase1, Phase2, PhasesConfig


def config(phase1: Phase1, phase2: Phase2 = "caller", **times: int) -> PhasesConfig:
    found = {"ready": 40, "copy": 4, "call": 1, "pause": 9, **times}
    return PhasesConfig(
        phase1, phase2, *(Fraction(found[n]) for n in ("ready", "copy", "call", "pause"))
    )


def happened(c: PhasesConfig) -> list[tuple[str, int]]:
    return [(event.action, int(event.start)) for event in phases.events(c)]


@pytest.mark.parametrize(
    ("phase1", "phase2", "expected"),
    [
        # model, blocking, synchronous, blocked in phase 1, held in phase 2, done
        ("waits", "caller", ("blocking", True, True, 39, 4, 44)),
        ("polls", "caller", ("nonblocking", False, True, 0, 4, 45)),
        ("watches", "caller", ("multiplexed", True, True, 39, 4, 45)),
        ("goes-on", "caller", ("signal-driven", False, True, 0, 4, 45)),
        ("goes-on", "kernel", ("asynchronous", False, False, 0, 0, 44)),
        # Asked at 1, 11, 21, 31 in vain, and at 41, too; at 51 it is told, which takes until 52.
        ("polls", "kernel", ("asynchronous", False, False, 0, 0, 52)),
        ("waits", "kernel", ("asynchronous", True, False, 38, 4, 44)),
        ("watches", "kernel", ("asynchronous", True, False, 38, 4, 44)),
    ],
)
def test_the_two_phases_make_the_model(
    phase1: Phase1, phase2: Phase2, expected: tuple[Any, ...]
) -> None:
    metrics = phases.run(config(phase1, phase2)).metrics
    names = ("name", "blocking", "synchronous", "wait_ns", "held_ns", "done_ns")
    assert tuple(metrics[name] for name in names) == expected


def test_who_polls_finds_the_data_at_the_next_call_only() -> None:
    assert happened(config("polls", ready=12)) == [
        ("polls", 0), ("goes-on", 1), ("polls", 10), ("goes-on", 11), ("ready", 12), ("recv", 20),
        ("copy-in-call", 21), ("returns", 25),
    ]  # fmt: skip


def test_a_call_that_starts_as_the_data_become_ready_finds_them() -> None:
    assert phases.measure(config("polls", ready=20)).done_ns == 25
    assert phases.measure(config("polls", ready=21)).done_ns == 35


def test_nobody_sleeps_for_data_that_are_there() -> None:
    for phase1 in get_args(Phase1):
        actions = [action for action, _ in happened(config(phase1, ready=0))]
        assert actions[0] == "ready"
        assert not {"sleeps", "polls", "goes-on"} & set(actions)


def test_readiness_comes_before_the_notification_and_completion_after_the_copy() -> None:
    signal = [action for action, _ in happened(config("goes-on"))]
    assert signal == ["arms", "goes-on", "ready", "signal", "recv", "copy-in-call", "returns"]
    completion = [action for action, _ in happened(config("goes-on", "kernel"))]
    assert completion == ["submits", "goes-on", "ready", "copy-behind", "completion"]


times = st.integers(0, 60)
configs = st.builds(
    config,
    phase1=st.sampled_from(get_args(Phase1)),
    phase2=st.sampled_from(get_args(Phase2)),
    ready=times,
    copy=times,
    call=st.integers(1, 5),
    pause=times,
)


@given(configs)
def test_all_the_time_of_the_thread_is_accounted_for(c: PhasesConfig) -> None:
    """From 0 to the end it calls, sleeps, copies or does other work, one after the other."""
    own = [e for e in phases.events(c) if e.lane == "thread" and e.end > e.start]
    assert own[0].start == 0
    assert all(a.end == b.start for a, b in pairwise(own))
    assert own[-1].end == phases.measure(c).done_ns


@given(configs)
def test_data_are_copied_once_and_after_they_are_ready(c: PhasesConfig) -> None:
    copies = [e for e in phases.events(c) if e.action.startswith("copy")]
    [copy] = copies
    assert copy.start >= c.ready_ns
    assert copy.end - copy.start == c.copy_time_ns
    assert (copy.lane == "thread") == (c.phase2 == "caller")


@given(configs)
def test_a_thread_is_blocked_only_before_the_data_are_there(c: PhasesConfig) -> None:
    found = phases.measure(c)
    assert 0 <= found.wait_ns <= c.ready_ns
    assert 0 <= found.held_ns <= c.copy_time_ns
    assert found.done_ns >= c.ready_ns + c.copy_time_ns
    if c.phase1 not in phases.BLOCKS:
        assert found.wait_ns == 0
    if c.phase2 == "caller":
        assert found.held_ns == c.copy_time_ns


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(InputError, match="more than 1000 calls in vain"):
        config("polls", ready=10**6, call=0, pause=1)
    with pytest.raises(InputError, match="below 0"):
        config("waits", copy=-1)


def test_the_command_draws_the_time_line(oslab: Callable[..., Any]) -> None:
    shown = oslab("iomodels", "classify", "--phase1", "watches", "--phase2", "caller")
    assert shown.code == 0
    assert "So the model is: multiplexed." in shown.out
    assert "thread |s[w=" in shown.out


def test_the_command_says_which_phases_there_are(oslab: Callable[..., Any]) -> None:
    for options in (["--phase1", "sleeps", "--phase2", "caller"], ["--phase1", "waits"], []):
        shown = oslab("iomodels", "classify", *options)
        assert shown.code == 2
        assert "Traceback" not in shown.err
    assert "expected: traces, or --phase1 and --phase2" in shown.err
