"""One thread that is told: by a signal when data are ready, or by a completion when they are copied."""

from __future__ import annotations

from collections import deque
from heapq import heapify, heappop, heappush

from oslab_iomodels.timeline import CALL, COPY, KERNEL, OTHER, Timeline


def signals(line: Timeline) -> None:
    """A handler for each request, one after the other: read, compute, sigreturn. In between the thread
    does other work."""
    now = 0
    for i, ready in enumerate(line.load.ready):
        line.bar("T0", now, ready, OTHER)
        start = max(now, ready)
        end = line.read(i, start, "T0")
        line.calls["sigreturn"] += 1
        now = line.call(end, "T0")


class _Copier:
    """The kernel's core that copies submitted requests, in order of the time from which it could."""

    def __init__(self, line: Timeline) -> None:
        self.line = line
        ready = line.load.ready
        self.waiting = [
            (ready[todo[-1]], connection, todo[-1]) for connection, todo in line.load.of.items()
        ]
        heapify(self.waiting)
        self.free = 0
        self.done: deque[int] = deque()

    def submit(self, i: int, now: int) -> None:
        self.start_before(now)
        load = self.line.load
        heappush(self.waiting, (max(now, load.ready[i]), load.connection[i], i))

    def start_before(self, now: int) -> None:
        """Start every copy that begins before now."""
        while self.waiting and max(self.free, self.waiting[0][0]) < now:
            self._start()

    def _start(self) -> None:
        line, (since, _, i) = self.line, heappop(self.waiting)
        start = max(self.free, since)
        self.free = line.copied[i] = start + line.config.copy_ns
        line.bar(KERNEL, start, self.free, COPY)
        if line.keep:
            result = {"start_ns": start, "copied_ns": self.free}
            line.note("copy", start, self.free, line.about(i) | {"since_ns": since}, result)
        self.done.append(i)

    def next_done(self) -> int:
        """When the next request is copied that was not reaped yet."""
        if not self.done:
            self._start()
        return self.line.copied[self.done[0]]

    def reap(self, now: int) -> list[int]:
        """The requests copied by now."""
        self.start_before(now)
        found = []
        while self.done and self.line.copied[self.done[0]] <= now:
            found.append(self.done.popleft())
        return found


def completions(line: Timeline) -> None:
    """Submit, reap, compute: the kernel copies beside."""
    config, copier = line.config, _Copier(line)
    pending = {connection: todo[:-1] for connection, todo in line.load.of.items()}
    line.calls["submit"] = len(pending)
    line.before += len(pending) + 1
    now, left = 0, len(line.load)
    while left:
        line.calls["wait"] += 1
        start, slept = now, False
        found: list[int] = []
        if line.calls["wait"] > 1:  # in the first one it is asleep when the clock starts
            now = start + config.syscall_ns
            line.bar("T0", start, now, CALL)
            found = copier.reap(now)
        if not found:
            slept = True
            now = line.sleep(now, copier.next_done(), "T0")
            found = copier.reap(now)
        line.waited("reap", start, now, [i + 1 for i in found], slept)
        left -= len(found)
        for i in found:
            began, now = now, line.compute(i, now, "T0")
            if line.keep:
                given = line.about(i) | {"start_ns": began, "copied_ns": line.copied[i]}
                line.note("compute", began, now, given, {"finish_ns": now})
            todo = pending[line.load.connection[i]]
            if todo:
                line.calls["submit"] += 1
                began, now = now, line.call(now, "T0")
                copier.submit(todo[-1], now)
                line.note("submit", began, now, line.about(todo.pop()), {"at_ns": now})
    line.switches += 1
