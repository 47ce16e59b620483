"""The I/O models over again, from docs/iomodels.md alone: one tick after the other, no event queue.

Slow and plain on purpose. A request is (connection, ready); times are small whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Load:
    """What is asked for: requests as (connection, ready), and the prices of things."""

    connections: int
    requests: list[tuple[int, int]]
    copy: int
    compute: int
    syscall: int
    switch: int
    scan: int = 0
    poll: int = 0
    cores: int = 1

    def __post_init__(self) -> None:
        # Stable: those of one connection at one time stay in the order given.
        self.requests = sorted(self.requests, key=lambda request: (request[1], request[0]))

    def of(self, connection: int) -> list[int]:
        """The numbers of the connection's requests, counted from 0, in the order in which they are read."""
        return [i for i, (c, _) in enumerate(self.requests) if c == connection]


@dataclass
class Found:
    """What came of it; `copied` and `finished` by number of request."""

    setup: int = 0
    waits: int = 0
    wasted: int = 0
    reads: int = 0
    others: int = 0
    switches: int = 0
    switched_in: int = 0
    blocked: int = 0
    started: dict[int, int] = field(default_factory=dict)
    copied: dict[int, int] = field(default_factory=dict)
    finished: dict[int, int] = field(default_factory=dict)

    @property
    def syscalls(self) -> int:
        return self.setup + self.waits + self.wasted + self.reads + self.others

    def copy(self, load: Load, i: int, at: int) -> int:
        """A copy that begins at `at`, and the computing after it; their end."""
        self.started[i], self.copied[i] = at, at + load.copy
        self.finished[i] = at + load.copy + load.compute
        return self.finished[i]


def nonblocking(load: Load) -> Found:
    found, t = Found(), 0
    left = {c: load.of(c) for c in range(load.connections)}
    while True:
        for c in range(load.connections):
            mine = left[c]
            success = bool(mine) and load.requests[mine[0]][1] <= t
            t += load.syscall
            if success:
                found.reads += 1
                t = found.copy(load, mine.pop(0), t)
                if not any(left.values()):
                    return found
            else:
                found.wasted += 1
        t += load.poll


def blocking(load: Load) -> Found:
    """Ticks: joins, then cores that become free, then cores that take; over again until nothing changes."""
    found = Found(reads=len(load.requests))
    left = {c: load.of(c) for c in range(load.connections) if load.of(c)}
    asleep = dict.fromkeys(left, 0)  # thread → since when
    queue: list[tuple[int, int]] = []
    on: list[int | None] = [None] * load.cores  # who has the core now
    last: list[int | None] = [None] * load.cores  # and who had it at last; None: idle
    until: list[tuple[int, str]] = [(0, "")] * load.cores
    t = 0

    def begin(core: int, c: int, at: int) -> None:
        until[core] = (found.copy(load, left[c].pop(0), at), "computed")

    while any(left.values()) or any(c is not None for c in on):
        changed = True
        while changed:
            changed = False
            for c in sorted(asleep):
                if load.requests[left[c][0]][1] <= t:
                    ready = load.requests[left[c][0]][1]
                    found.blocked += ready - asleep.pop(c)
                    queue.append((ready, c))
                    changed = True
            queue.sort()
            for core, c in enumerate(on):
                if c is None or until[core][0] != t:
                    continue
                changed = True
                if until[core][1] == "computed" and left[c]:
                    until[core] = (t + load.syscall, "called")
                    if load.syscall:
                        continue
                if until[core][1] == "computed":
                    on[core] = None
                elif load.requests[left[c][0]][1] <= t:
                    begin(core, c, t)
                else:
                    on[core] = None
                    asleep[c] = t
            for core in range(load.cores):
                if on[core] is None and queue:
                    changed = True
                    _, c = queue.pop(0)
                    at = t
                    if last[core] != c:
                        at += load.switch
                        found.switched_in += 1
                        found.switches += 1
                    on[core] = last[core] = c
                    begin(core, c, at)
        for core in range(load.cores):
            if on[core] is None and last[core] is not None:
                last[core] = None
                found.switches += 1
        t += 1
    return found


def _sleeps(found: Found) -> None:
    found.switches += 2  # away to idle, and back
    found.switched_in += 1


def select(load: Load) -> Found:
    found, t = Found(), 0
    left = {c: load.of(c) for c in range(load.connections)}

    def ready(c: int, at: int) -> bool:
        return bool(left[c]) and load.requests[left[c][0]][1] <= at

    while any(left.values()):
        end = t + (load.syscall + load.connections * load.scan if found.waits else 0)
        found.waits += 1
        if found.waits == 1 or not any(ready(c, end) for c in left):
            first = min(load.requests[mine[0]][1] for mine in left.values() if mine)
            found.blocked += first - end
            end = first + load.switch
            _sleeps(found)
        t = end
        for c in [c for c in left if ready(c, end)]:
            t = found.copy(load, left[c].pop(0), t + load.syscall)
            found.reads += 1
    return found


def epoll(load: Load, edge: bool) -> Found:
    found, t = Found(setup=1 + load.connections), 0
    left = {c: load.of(c) for c in range(load.connections)}
    coming = list(load.requests)
    listed: list[int] = []

    def arrive(at: int) -> None:
        while coming and coming[0][1] <= at:
            c = coming.pop(0)[0]
            if c not in listed:
                listed.append(c)

    def returned(at: int) -> list[int]:
        arrive(at)
        batch = [c for c in listed if left[c] and load.requests[left[c][0]][1] <= at]
        listed[:] = [] if edge else batch
        return batch

    while any(left.values()):
        end = t + (load.syscall if found.waits else 0)
        found.waits += 1
        # The first wait was begun before 0, when nothing was there.
        batch = returned(end) if found.waits > 1 else []
        if not batch:
            first = coming[0][1]
            found.blocked += first - end
            end = first + load.switch
            _sleeps(found)
            batch = returned(end)
        t = end
        for c in batch:
            while True:
                start = t
                t += load.syscall
                if not left[c] or load.requests[left[c][0]][1] > start:
                    found.wasted += 1
                    break
                t = found.copy(load, left[c].pop(0), t)
                found.reads += 1
                if not edge:
                    break
    return found


def signal(load: Load) -> Found:
    found, t = Found(setup=1 + 3 * load.connections), 0
    for i, (_, ready) in enumerate(load.requests):
        t = found.copy(load, i, max(t, ready) + load.syscall) + load.syscall
        found.reads += 1
        found.others += 1
    return found


def asynchronous(load: Load) -> Found:
    found, t = Found(setup=1), 0
    left = {c: load.of(c) for c in range(load.connections)}
    free = 0  # when the copying core is
    eligible: list[tuple[int, int, int]] = []
    done: list[tuple[int, int]] = []

    def submit(c: int, at: int) -> None:
        i = left[c].pop(0)
        eligible.append((max(at, load.requests[i][1]), c, i))
        found.others += 1

    def copies(upto: int) -> None:
        """Let the copying core go on: copies that begin before then (a submit may come just then)."""
        nonlocal free
        while eligible:
            at, _, i = min(eligible)
            at = max(at, free)
            waiting = min(each for each in eligible if each[0] <= at)
            if at >= upto:
                return
            eligible.remove(waiting)
            i = waiting[2]
            found.started[i], found.copied[i] = at, at + load.copy
            free = at + load.copy
            done.append((free, i))

    for c in range(load.connections):
        if left[c]:
            submit(c, 0)
    while len(found.finished) < len(load.requests):
        end = t + (load.syscall if found.waits else 0)
        found.waits += 1
        copies(end)
        if not done or done[0][0] > end:
            if not done:
                copies(max(free, min(eligible)[0]) + 1)
            first = done[0][0]
            found.blocked += first - end
            end = first + load.switch
            _sleeps(found)
            copies(end)
        t = end
        batch = [i for at, i in done if at <= end]
        del done[: len(batch)]
        for i in batch:
            t += load.compute
            found.finished[i] = t
            c = load.requests[i][0]
            if left[c]:
                t += load.syscall
                submit(c, t)
    return found


MODELS = {
    "blocking": blocking,
    "nonblocking": nonblocking,
    "select": select,
    "poll": select,
    "epoll": lambda load: epoll(load, edge=False),
    "epoll-edge": lambda load: epoll(load, edge=True),
    "signal": signal,
    "async": asynchronous,
}
