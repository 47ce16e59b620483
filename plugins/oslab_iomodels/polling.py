"""One thread that asks every connection in turn, round after round, and never sleeps."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from oslab_iomodels.timeline import POLL, Timeline


class _InVain:
    """Calls that failed since the last one that did not, told as one event."""

    def __init__(self, line: Timeline) -> None:
        self.line = line
        self.since = self.calls = 0

    def until(self, now: int) -> None:
        self.line.bar("T0", self.since, now, POLL)
        if self.calls:
            given, result = {"start_ns": self.since}, {"calls": self.calls, "until_ns": now}
            self.line.note("polls", self.since, now, given, result)
        self.calls = 0


def polling(line: Timeline) -> None:
    """Rounds over the connections 0 … n-1, with a pause after each.

    Within a round the call on connection c starts at `base` + c·s, where `base` is the start of the round
    plus what copying and computing took in it. So a request ready at r is met as soon as
    r - c·s <= base, and `base` never falls: calls that fail need not be looked at one by one.
    """
    load, config = line.load, line.config
    n, s = config.connections, config.syscall_ns
    length = n * s + config.poll_ns
    pending = {connection: list(requests) for connection, requests in load.of.items()}
    future = [(load.ready[todo[-1]] - c * s, c) for c, todo in pending.items()]
    heapify(future)
    this_round: list[int] = []
    next_round: list[int] = []
    in_vain = _InVain(line)
    base = position = 0
    left = len(load)

    def fail(calls: int) -> None:
        line.calls["wasted"] += calls
        in_vain.calls += calls

    while left:
        while future and future[0][0] <= base:
            connection = heappop(future)[1]
            heappush(this_round if connection >= position else next_round, connection)
        if this_round:
            connection = heappop(this_round)
            fail(connection - position)
            start = base + connection * s
            in_vain.until(start)
            end = line.read(pending[connection].pop(), start, "T0")
            in_vain.since = end
            base = end - (connection + 1) * s
            position = connection + 1
            left -= 1
            if pending[connection]:
                head = pending[connection][-1]
                heappush(future, (load.ready[head] - connection * s, connection))
        else:
            fail(n - position)
            base, position = base + length, 0
            this_round, next_round = next_round, this_round
            if not this_round and future[0][0] > base:
                rounds = -((base - future[0][0]) // length)
                fail(rounds * n)
                base += rounds * length
