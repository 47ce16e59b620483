"""iomodels.phase-order: what happens in which order in one operation, and how long its thread is blocked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from oslab import (
    Accept,
    Answers,
    Choose,
    Figure,
    Generator,
    Grid,
    Ordering,
    Problem,
    Run,
    Time,
    mistake,
)
from oslab.exercise.ordering import letters_of, moved
from oslab.quantities import format_time
from oslab_iomodels.phases import Phase1, Phase2, Phases, PhasesConfig, cost_of, events, run

LISTED = (
    "polls", "wait-called", "arms", "submits", "recv", "sleeps", "goes-on", "ready", "wait-returns", "signal",
    "copy-in-call", "copy-behind", "returns", "completion",
)  # fmt: skip
"""The events that are listed; which of them occur the model decides, and when the data come."""
LETTERS = "abcdefghijklmn"


@dataclass(frozen=True)
class PhaseOrderSpace:
    """Which operations there may be.

    phase1   what the thread does until data are ready
    phase2   who copies
    ready    in us, when they are ready; 0: at the start
    copy     in us, how long copying takes
    pause    in us, between two calls of one that polls
    """

    phase1: Choose[Phase1]
    phase2: Phase2
    ready: Choose[int]
    copy: Choose[int]
    pause: Choose[int]


class PhaseOrder(Problem[PhasesConfig, PhaseOrderSpace]):
    """The order of events, the time blocked in either phase, and when the thread has the data."""

    version = 1
    params = PhasesConfig
    space = PhaseOrderSpace
    answers = {
        "order": Ordering(options=tuple(LETTERS)),
        "wait": Time(unit="us"),
        "held": Time(unit="us"),
        "finish": Time(unit="us"),
    }
    required = ("copied-when-ready", "copy-held-nobody")

    def draw(self, rng: Generator, space: PhaseOrderSpace) -> PhasesConfig:
        return PhasesConfig(
            phase1=space.phase1.pick(rng),
            phase2=space.phase2,
            ready_ns=Fraction(1000 * space.ready.pick(rng)),
            copy_time_ns=Fraction(1000 * space.copy.pick(rng)),
            call_ns=Fraction(1000),
            pause_ns=Fraction(1000 * space.pause.pick(rng)),
        )

    def good(self, p: PhasesConfig) -> bool:
        """Data come clearly before or after each call, so that there is one order only."""
        if p.phase1 != "polls":
            return p.ready_ns == 0 or p.ready_ns > 3 * p.call_ns
        into = p.ready_ns % (p.call_ns + p.pause_ns)
        return p.ready_ns > p.call_ns and into > p.call_ns + p.pause_ns / 4

    def present(self, p: PhasesConfig) -> Mapping[str, Figure]:
        return {
            "ready": format_time(p.ready_ns) if p.ready_ns else "0",
            "copy": format_time(p.copy_time_ns),
            "call": format_time(p.call_ns),
            "pause": format_time(p.pause_ns),
            "events": Grid(
                ("letter", "event"),
                tuple(zip(LETTERS, (f"phase-{name}" for name in listing(p)), strict=True)),
            ),
        }

    def rows(self, p: PhasesConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(letter,) for letter in LETTERS]

    def run(self, p: PhasesConfig) -> Run:
        return run(p)

    def solve(self, p: PhasesConfig, run: Run) -> Answers:
        names = _happened(step.action.removeprefix("phase-") for step in run.steps)
        orders: list[Sequence[str]] = [names]
        if {"goes-on", "ready"} <= set(names):
            # That the thread goes on may be said of when it begins to, or of what it does meanwhile.
            orders.append(moved(names, "ready", before="goes-on"))
        return {
            "order": Accept(*(_letters(p, order) for order in orders)),
            "wait": run.metrics["wait_ns"],
            "held": run.metrics["held_ns"],
            "finish": run.metrics["done_ns"],
        }

    def _as_if(self, p: PhasesConfig, phase1: Phase1, phase2: Phase2) -> Answers:
        """What another model would answer, with the letters of this variant."""
        names, cost = seen(replace(p, phase1=phase1, phase2=phase2))
        return {
            "order": _letters(p, names),
            "wait": cost.wait_ns,
            "held": cost.held_ns,
            "finish": cost.done_ns,
        }

    @mistake("async-waits-copy")
    def async_waits_copy(self, p: PhasesConfig) -> Answers | None:
        """The notification is taken to come when data are ready; the thread then copies them itself."""
        return self._as_if(p, p.phase1, "caller") if p.phase2 == "kernel" else None

    @mistake("submit-waits")
    def submit_waits(self, p: PhasesConfig) -> Answers | None:
        """Submitting is taken to last until the data are there."""
        if p.phase2 == "caller":
            return None
        return self._as_if(p, "waits", "caller")

    @mistake("polling-blocks")
    def polling_blocks(self, p: PhasesConfig) -> Answers | None:
        """A call on a non-blocking descriptor is taken to wait."""
        return self._as_if(p, "waits", "caller") if p.phase1 == "polls" else None

    @mistake("waiting-not-blocked")
    def waiting_not_blocked(self, p: PhasesConfig) -> Answers | None:
        """A thread asleep in a call is not taken to be blocked."""
        _, cost = seen(p)
        return {"wait": Fraction(0)} if cost.wait_ns else None

    @mistake("wait-copies")
    def wait_copies(self, p: PhasesConfig) -> Answers | None:
        """select, poll or epoll_wait is taken to return with the data; no other call is made."""
        if p.phase1 != "watches" or p.phase2 == "kernel":
            return None
        names, cost = seen(p)
        kept = [n for n in names if n not in ("recv", "returns", "wait-returns")]
        return {
            "order": _letters(p, [*kept, "wait-returns"]),
            "finish": cost.done_ns - p.call_ns,
        }

    @mistake("copied-when-ready")
    def copied_when_ready(self, p: PhasesConfig) -> Answers | None:
        """The data are taken to be in the thread's buffer as soon as they are ready: phase 2 is left out."""
        if p.phase2 == "kernel":
            return None
        names, cost = seen(p)
        return {
            "order": _letters(p, [n for n in names if n != "copy-in-call"]),
            "held": Fraction(0),
            "finish": cost.done_ns - p.copy_time_ns,
        }

    @mistake("copy-held-nobody")
    def copy_held_nobody(self, p: PhasesConfig) -> Answers | None:
        """Only phase 1 is taken to hold a thread; copying in its own call is not."""
        _, cost = seen(p)
        return {"held": Fraction(0)} if cost.held_ns else None

    @mistake("noticed-at-once")
    def noticed_at_once(self, p: PhasesConfig) -> Answers | None:
        """Who polls is taken to have the data as soon as they are ready, not at the next call."""
        if p.phase1 != "polls":
            return None
        return {"finish": p.ready_ns + p.call_ns + p.copy_time_ns}


@lru_cache(maxsize=1)
def seen(p: PhasesConfig) -> tuple[tuple[str, ...], Phases]:
    """The events in order and what they cost: all that mistakes need of a run."""
    found = events(p)
    return _happened(event.action for event in found), cost_of(p, found)


def _happened(actions: Iterable[str]) -> tuple[str, ...]:
    """The events of a run in order; calls in vain count as one event, the first of them."""
    return tuple(name for name in dict.fromkeys(actions) if name != "verdict")


@lru_cache(maxsize=1)
def listing(p: PhasesConfig) -> tuple[str, ...]:
    """The events in the order in which this variant lists them."""
    label = f"iomodels.phase-order {p.ready_ns} {p.copy_time_ns} {p.pause_ns}"
    return tuple(Generator(label).shuffled(LISTED))


def _letters(p: PhasesConfig, names: Sequence[str]) -> tuple[str, ...]:
    return letters_of(listing(p), names)
