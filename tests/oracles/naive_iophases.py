"""Classifying an input operation, and kinds of asynchronous I/O, over again from docs/iomodels.md alone.

Times are whole nanoseconds and small: what a thread does is a set of the nanoseconds in which it does it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


def during(start: int, end: int) -> set[int]:
    return set(range(start, end))


# By its phases.


@dataclass
class Seen:
    """Nanoseconds asleep in a call, nanoseconds copying in a call, and when the thread has the data."""

    asleep: set[int]
    copying: set[int]
    done: int


def by_phases(phase1: str, phase2: str, r: int, c: int, s: int, p: int) -> Seen:
    """The data are ready at r, copying takes c, a call s, a pause p."""

    def first_asked(start: int, at: int) -> int:
        while start < at:
            start += s + p
        return start

    if phase2 == "kernel":
        copied = max(s, r) + c
        if phase1 == "goes-on":
            return Seen(set(), set(), copied)
        if phase1 == "polls":
            return Seen(set(), set(), first_asked(s, copied) + s)
        return Seen(during(2 * s, copied), set(), max(copied, 2 * s))
    asleep: set[int] = set()
    if phase1 == "waits":
        asleep, copy = during(s, r), max(s, r)
    elif phase1 == "polls":
        copy = first_asked(0, r) + s
    else:
        copy = max(s, r) + s
        if phase1 == "watches":
            asleep = during(s, r)
    return Seen(asleep, during(copy, copy + c), copy + c)


# By a trace.


class Unclear(Exception):
    """The trace shows no model."""


def by_trace(
    calls: list[tuple[int, int]], ready: int, copied: tuple[int, int], notified: int | None
) -> tuple[str, bool, bool, int]:
    """The model, whether it is blocking, whether synchronous, and how long it is blocked in all."""
    copying = during(*copied)
    waits = [call for call in calls if call[0] < ready <= call[1]]
    inside = [call for call in calls if call[0] <= copied[0] and copied[1] <= call[1]]
    if not inside:
        if any(copying & during(*call) for call in calls):
            raise Unclear
        if notified is None or notified < copied[1]:
            raise Unclear
    elif not waits and notified is None and ready <= calls[0][0]:
        raise Unclear
    if not inside:
        name = "asynchronous"
    elif inside[0] in waits:
        name = "blocking"
    elif waits:
        name = "multiplexed"
    else:
        name = "nonblocking" if notified is None else "signal-driven"
    blocked = sum(len(during(call[0], ready)) for call in waits)
    return name, bool(waits), bool(inside), blocked + (len(copying) if inside else 0)


# Kinds of asynchronous I/O.

WAYS = {
    "io_uring": {"cached": "at once", "else": "kernel"},
    "iocp": {"cached": "at once", "else": "kernel"},
    "posix-aio": {"cached": "a thread", "else": "a thread"},
    "libaio": {"file-direct": "kernel", "cached": "in the call", "else": "in the call"},
}


@dataclass
class Costs:
    reads: int
    cached: bool
    call: int
    submit: int
    device: int
    copy: int
    wake: int
    pool: int


@dataclass
class Caller:
    """Nanoseconds of the caller waiting for data and copying them; when reads are copied; who read."""

    waiting: set[int] = field(default_factory=set)
    copying: set[int] = field(default_factory=set)
    copied: list[int] = field(default_factory=list)
    back: int = 0
    readers: set[int] = field(default_factory=set)
    calls: int = 0


def by_kind(kind: str, target: str, costs: Costs) -> Caller:
    found = Caller()
    free = [0] * costs.pool
    hot = target == "file-buffered" and costs.cached
    way = WAYS[kind].get(target) or WAYS[kind]["cached" if hot else "else"]
    copy = 0 if target == "file-direct" else costs.copy

    def ready(issued: int) -> int:
        if target in ("socket", "pipe"):
            return max(costs.device, issued)
        return issued if hot else issued + costs.device

    now = 0
    for n in range(costs.reads):
        one_call_for_all = kind in ("io_uring", "libaio")
        if not (one_call_for_all and n):
            found.calls += 1
            now += costs.call
        now += costs.submit
        if way == "a thread":
            thread = free.index(min(free))
            found.readers.add(thread)
            issued = max(now + costs.wake, free[thread]) + costs.call
            free[thread] = ready(issued) + copy
            found.copied.append(free[thread])
        else:
            there = ready(now)
            found.copied.append(there + copy)
            if way != "kernel":
                found.waiting |= during(now, there)
                found.copying |= during(there, there + copy)
                now = there + copy
    found.calls += 1  # waiting for all completions
    found.back = now
    return found
