"""A thread for each connection, which blocks in read until its data are there and copied."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from oslab_iomodels.timeline import Timeline


def blocking(line: Timeline) -> None:
    """At 0 each thread that has a request sleeps in its first read. Ready threads wait in one queue for
    all cores, by ready time, then connection; the free core with the lowest number takes the first.
    """
    load, cores = line.load, line.config.cores
    pending = {connection: list(requests) for connection, requests in load.of.items()}
    line.before += len(pending)
    asleep_since = dict.fromkeys(pending, 0)
    # Threads asleep or in the queue: the order of the queue is the order of waking.
    queue = [(load.ready[requests[-1]], connection) for connection, requests in pending.items()]
    heapify(queue)
    free = list(range(min(cores, len(queue))))
    busy: list[tuple[int, int]] = []
    last: dict[int, int] = {}
    now = 0
    while queue:
        ready, connection = heappop(queue)
        now = max(now, ready)
        while busy and (busy[0][0] <= now or not free):
            now = max(now, busy[0][0])
            heappush(free, heappop(busy)[1])
        core = heappop(free)
        # A core that was idle in between changed its task to idle, too.
        line.switches += 1 + (core in last and last[core] < now)
        end = _burst(line, connection, pending[connection], asleep_since, now, core)
        last[core] = end
        heappush(busy, (end, core))
        if pending[connection]:
            asleep_since[connection] = end
            heappush(queue, (load.ready[pending[connection][-1]], connection))
    line.switches += len(last)


def _burst(
    line: Timeline,
    connection: int,
    pending: list[int],
    asleep_since: dict[int, int],
    given: int,
    core: int,
) -> int:
    """What a thread does from when it is given a core until it blocks or ends; when that is."""
    load, lane = line.load, f"T{connection}"
    i = pending.pop()
    on = line.wake(asleep_since[connection], load.ready[i], given, lane)
    slept = True
    while True:
        line.calls["read"] += 1
        end = line.compute(i, line.copy(i, on, lane), lane)
        if line.keep:
            given_values = line.about(i) | {"thread": lane, "slept": slept}
            result = {"core": core, "start_ns": on, **line.outcome(i)}
            line.note("serve", on, end, given_values, result)
        if not pending:
            break
        on = end = line.call(end, lane)
        if load.ready[pending[-1]] > end:
            break
        i, slept = pending.pop(), False
    line.bar(f"core {core}", given, end, lane)
    return end
