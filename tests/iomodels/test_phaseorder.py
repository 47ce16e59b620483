"""iomodels.phase-order: the order of events, and what the mistaken make of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from oslab.conformance.suite import seed_code
from oslab.exercise.answers import accepted
from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import draw
from oslab_iomodels.phases import Phase1, Phase2, PhasesConfig
from oslab_iomodels.problems.phaseorder import LETTERS, PhaseOrder, listing

PROBLEM = PhaseOrder()


def operation(phase1: Phase1, phase2: Phase2, ready: int = 40) -> PhasesConfig:
    return PhasesConfig(phase1, phase2, Fraction(ready), Fraction(4), Fraction(1), Fraction(9))


def named(p: PhasesConfig, letters: Any) -> list[str]:
    return [listing(p)[LETTERS.index(letter)] for letter in accepted(letters)[0]]


def key(p: PhasesConfig) -> Any:
    return PROBLEM.solve(p, PROBLEM.run(p))


def gives(p: PhasesConfig, mistake: str) -> Any:
    return PROBLEM.mistakes()[mistake](PROBLEM, p)


def test_the_order_of_a_multiplexed_read() -> None:
    p = operation("watches", "caller")
    assert named(p, key(p)["order"]) == [
        "wait-called", "sleeps", "ready", "wait-returns", "recv", "copy-in-call", "returns",
    ]  # fmt: skip
    assert (key(p)["wait"], key(p)["held"], key(p)["finish"]) == (39, 4, 45)


def test_calls_in_vain_count_once() -> None:
    p = operation("polls", "caller", ready=35)
    assert named(p, key(p)["order"]) == [
        "polls", "goes-on", "ready", "recv", "copy-in-call", "returns",
    ]  # fmt: skip


def test_other_work_may_be_put_before_or_after_the_data_are_ready() -> None:
    p = operation("goes-on", "kernel")
    orders = {tuple(listing(p)[LETTERS.index(x)] for x in o) for o in accepted(key(p)["order"])}
    assert orders == {
        ("submits", "goes-on", "ready", "copy-behind", "completion"),
        ("submits", "ready", "goes-on", "copy-behind", "completion"),
    }


@pytest.mark.parametrize(
    ("mistake", "ways", "answers"),
    [
        ("async-waits-copy", ("goes-on", "kernel"), {"wait": 0, "held": 4, "finish": 45}),
        ("submit-waits", ("goes-on", "kernel"), {"wait": 39, "held": 4, "finish": 44}),
        ("polling-blocks", ("polls", "caller"), {"wait": 39, "held": 4, "finish": 44}),
        ("waiting-not-blocked", ("watches", "caller"), {"wait": 0}),
        ("wait-copies", ("watches", "caller"), {"finish": 44}),
        ("copied-when-ready", ("waits", "caller"), {"held": 0, "finish": 40}),
        ("noticed-at-once", ("polls", "caller"), {"finish": 45}),
    ],
)
def test_the_numbers_of_the_mistaken(
    mistake: str, ways: tuple[Any, Any], answers: dict[str, int]
) -> None:
    found = gives(operation(*ways), mistake)
    assert {name: found[name] for name in answers} == answers


def test_who_takes_completion_for_readiness_has_the_thread_read() -> None:
    p = operation("goes-on", "kernel")
    assert named(p, gives(p, "async-waits-copy")["order"]) == [
        "arms", "goes-on", "ready", "signal", "recv", "copy-in-call", "returns",
    ]  # fmt: skip


def test_mistakes_that_cannot_be_made_are_not_named() -> None:
    blocking = operation("waits", "caller")
    for mistake in ("async-waits-copy", "submit-waits", "polling-blocks", "wait-copies"):
        assert gives(blocking, mistake) is None
    assert gives(operation("goes-on", "kernel"), "waiting-not-blocked") is None


@pytest.mark.parametrize("name", ["phase-order", "phase-order-polling", "phase-order-async"])
def test_data_never_come_while_it_is_doubtful_what_was_first(name: str) -> None:
    found = exercise(f"iomodels/{name}")
    for seed in range(20):
        p = draw(found, seed_code(seed)).params
        if p.phase1 == "polls":
            since = p.ready_ns % (p.call_ns + p.pause_ns)
            assert since > p.call_ns
        assert p.ready_ns > p.call_ns
