"""One input operation in its two phases: the data become ready, the data are copied.

Phase 1 decides whether a thread blocks, phase 2 whether the operation is synchronous. What a thread
does in phase 1:

    waits    in the very call that will copy the data (blocking)
    polls    the call returns EAGAIN at once and is made again later (non-blocking)
    watches  waits in select, poll or epoll_wait, then calls (multiplexed)
    goes-on  with other work until a signal comes (signal-driven), or a completion

and who copies in phase 2: the ``caller``, inside a call of its own; or the ``kernel``, which was told
where the data shall go, and notifies the thread when they are there (asynchronous). Then phase 1 is how
the completion is awaited: waited for, asked for again and again, or not at all.

Source: Stevens, UNIX Network Programming 1, section 6.2; POSIX, definitions of synchronous and
asynchronous I/O operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

from oslab import Bool, Choice, InputError, Lanes, Run, Step, Time
from oslab.quantities import format_time

Phase1: TypeAlias = Literal["waits", "polls", "watches", "goes-on"]
Phase2: TypeAlias = Literal["caller", "kernel"]
Name: TypeAlias = Literal["blocking", "nonblocking", "multiplexed", "signal-driven", "asynchronous"]
NAMES: tuple[Name, ...] = get_args(Name)
BLOCKS: tuple[Phase1, ...] = ("waits", "watches")

MOST_POLLS = 1000


@dataclass(frozen=True, slots=True)
class PhasesConfig:
    """One operation. The thread makes its first call at time 0.

    phase1    what the thread does until the data are ready
    phase2    who copies them
    ready_ns  when they are ready; 0: they are there already
    copy_time_ns   how long copying takes
    call_ns   what a call costs, at its start
    pause_ns  between the return of a call that found nothing and the next one

    Raises InputError for times below 0, and where it would be asked more than 1000 times in vain.
    """

    phase1: Phase1
    phase2: Phase2
    ready_ns: Fraction
    copy_time_ns: Fraction
    call_ns: Fraction
    pause_ns: Fraction

    def __post_init__(self) -> None:
        if self.phase1 not in get_args(Phase1) or self.phase2 not in get_args(Phase2):
            raise InputError(
                f"phase 1 is one of {', '.join(get_args(Phase1))}, phase 2 caller or kernel"
            )
        for what, time in (
            ("data become ready", self.ready_ns), ("copying takes", self.copy_time_ns),
            ("a call takes", self.call_ns), ("a pause takes", self.pause_ns),
        ):  # fmt: skip
            if time < 0:
                raise InputError(f"{what} no time below 0: {format_time(time)}")
        if self.phase1 == "polls":
            whole = self.ready_ns + self.copy_time_ns
            if whole > MOST_POLLS * (self.call_ns + self.pause_ns):
                raise InputError(
                    f"more than {MOST_POLLS} calls in vain; a longer pause between them is needed"
                )

    @property
    def name(self) -> Name:
        """The model that these phases make."""
        return name_of(self.phase1, self.phase2)


def name_of(phase1: Phase1, phase2: Phase2) -> Name:
    """The model that two phases make."""
    if phase2 == "kernel":
        return "asynchronous"
    names: dict[Phase1, Name] = {
        "waits": "blocking",
        "polls": "nonblocking",
        "watches": "multiplexed",
        "goes-on": "signal-driven",
    }
    return names[phase1]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens from `start` to `end`: `action` is a step; `lane` is in whose time."""

    action: str
    lane: Literal["thread", "kernel"]
    start: Fraction
    end: Fraction


def events(config: PhasesConfig) -> list[Event]:
    """What happens, in order: by start; of two that start together the kernel's first."""
    found = [Event("ready", "kernel", config.ready_ns, config.ready_ns)]
    found += _caller(config) if config.phase2 == "caller" else _kernel(config)
    # Stable: what the thread does at one time stays as it is listed.
    return sorted(found, key=lambda event: (event.start, event.lane == "thread"))


def _caller(c: PhasesConfig) -> Iterator[Event]:
    """The thread copies in a call of its own, which it makes when it knows of the data."""
    now, call = Fraction(0), c.call_ns
    if c.phase1 == "polls":
        while now < c.ready_ns:
            back = now + call
            yield Event("polls", "thread", now, back)
            now = back + c.pause_ns
            yield Event("goes-on", "thread", back, now)
    elif c.phase1 == "watches":
        yield Event("wait-called", "thread", now, now + call)
        now += call
        if c.ready_ns > now:
            yield Event("sleeps", "thread", now, c.ready_ns)
            now = c.ready_ns
        yield Event("wait-returns", "thread", now, now)
    elif c.phase1 == "goes-on":
        yield Event("arms", "thread", now, now + call)
        now += call
        if c.ready_ns > now:
            yield Event("goes-on", "thread", now, c.ready_ns)
            now = c.ready_ns
        yield Event("signal", "thread", now, now)
    yield Event("recv", "thread", now, now + call)
    now += call
    if c.ready_ns > now:
        yield Event("sleeps", "thread", now, c.ready_ns)
        now = c.ready_ns
    yield Event("copy-in-call", "thread", now, now + c.copy_time_ns)
    yield Event("returns", "thread", now + c.copy_time_ns, now + c.copy_time_ns)


def _kernel(c: PhasesConfig) -> Iterator[Event]:
    """The operation is submitted; the kernel copies when the data are ready, and notifies."""
    now = c.call_ns
    begin = max(now, c.ready_ns)
    done = begin + c.copy_time_ns
    yield Event("submits", "thread", Fraction(0), now)
    if c.phase1 == "goes-on":
        yield Event("goes-on", "thread", now, done)
    elif c.phase1 == "polls":
        while now < done:
            back = now + c.call_ns
            yield Event("polls", "thread", now, back)
            now = back + c.pause_ns
            yield Event("goes-on", "thread", back, now)
    else:
        yield Event("wait-called", "thread", now, now + c.call_ns)
        now += c.call_ns
        if done > now:
            yield Event("sleeps", "thread", now, done)
    yield Event("copy-behind", "kernel", begin, done)
    # Before done there is none; what the thread finds at that time it finds because of it.
    yield Event("completion", "kernel", done, done)
    if c.phase1 == "polls":
        yield Event("looks", "thread", now, now + c.call_ns)
        now += c.call_ns
    if c.phase1 != "goes-on":
        yield Event("wait-returns", "thread", max(now, done), max(now, done))


@dataclass(frozen=True, slots=True)
class Phases:
    """What the two phases cost the thread.

    wait_ns    blocked in phase 1: asleep in a call before the data are ready
    held_ns    held in phase 2: in a call of its own that copies, or asleep in one while the kernel copies
    done_ns  when the thread has the data
    """

    wait_ns: Fraction
    held_ns: Fraction
    done_ns: Fraction


def measure(config: PhasesConfig) -> Phases:
    """What the two phases cost the thread."""
    return cost_of(config, events(config))


def cost_of(config: PhasesConfig, found: Sequence[Event]) -> Phases:
    """The same, of the events that were found."""
    ready = config.ready_ns
    sleeps = [event for event in found if event.action == "sleeps"]
    copies = [event for event in found if event.action == "copy-in-call"]
    # An operation that was submitted late is copied from then on; phase 1 has ended before.
    wait = sum((min(e.end, max(e.start, ready)) - e.start for e in sleeps), Fraction(0))
    held = sum((e.end - max(e.start, ready) for e in sleeps if e.end > ready), Fraction(0))
    copied = sum((e.end - e.start for e in copies), Fraction(0))
    finish = max(e.end for e in found)
    return Phases(wait, held + copied, finish)


def run(config: PhasesConfig) -> Run:
    """The operation, event by event; each action begins with ``phase-``.

    polls arms submits looks recv wait-called   given start; result end_ns: calls of the thread
    sleeps goes-on copy-in-call copy-behind     given start; result end_ns
    ready signal wait-returns returns completion   given start: they take no time
    verdict   given the phases; result blocking, synchronous, name, wait_ns, held_ns, done_ns
    """
    found = events(config)
    cost = cost_of(config, found)
    steps = [
        Step(
            action=f"phase-{event.action}",
            actor=event.lane,
            given={"start": format_time(event.start), "phase2": config.phase2},
            result={"end_ns": event.end, "end": format_time(event.end)},
            start_ns=float(event.start),
            cost_ns=float(event.end - event.start),
        )
        for event in found
    ]
    figures = {
        "blocking": config.phase1 in BLOCKS,
        "synchronous": config.phase2 == "caller",
        "name": config.name,
        "wait_ns": cost.wait_ns,
        "held_ns": cost.held_ns,
        "done_ns": cost.done_ns,
    }
    steps.append(
        Step(
            action="phase-verdict",
            given={"phase1": config.phase1, "phase2": config.phase2},
            result={
                **figures,
                "wait": format_time(cost.wait_ns),
                "held": format_time(cost.held_ns),
            },
            state={"phases": _lanes(config, found)},
        )
    )
    return Run(
        command="iomodels.classify",
        config=config,
        conventions={"phase_held": "counted", "phase_calls": "start"},
        asks={
            "phase-sleeps": {"end_ns": Time(unit="us")},
            "phase-copy-in-call": {"end_ns": Time(unit="us")},
            "phase-copy-behind": {"end_ns": Time(unit="us")},
            "phase-verdict": {
                "blocking": Bool(),
                "synchronous": Bool(),
                "name": Choice(*NAMES),
                "wait_ns": Time(unit="us"),
                "held_ns": Time(unit="us"),
            },
        },
        steps=tuple(steps),
        metrics=figures,
    )


_LETTERS = {"sleeps": "w", "goes-on": "o", "copy-in-call": "c", "copy-behind": "c"}


def _lanes(config: PhasesConfig, found: list[Event]) -> Lanes:
    """What the thread and the kernel do, over time: w waits, s calls, c copies, o does other work."""
    bars: dict[str, list[tuple[float, float, str]]] = {"thread": [], "kernel": []}
    for event in found:
        if event.end > event.start:
            letter = _LETTERS.get(event.action, "s")
            bars[event.lane].append((float(event.start), float(event.end), letter))
    return Lanes({lane: tuple(items) for lane, items in bars.items() if items})
