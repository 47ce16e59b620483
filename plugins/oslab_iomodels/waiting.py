"""One thread that waits for many connections at once: select, poll, epoll."""

from __future__ import annotations

from collections import deque

from oslab_iomodels.load import SCANNING
from oslab_iomodels.timeline import CALL, Timeline


class _Ready:
    """What the kernel knows of each connection: requests that came in, and the ready list of epoll.

    A connection is put at the end of the list when a request comes in, unless it is on it. Each look
    takes the list away and returns those of it that have something to read; with level triggering they
    go back on the list (Linux fs/eventpoll.c, ep_send_events). select and poll look at all in order.
    """

    def __init__(self, line: Timeline) -> None:
        self.load = line.load
        self.config = line.config
        self.arrived = 0
        self.unread: dict[int, deque[int]] = {}
        self.listed: dict[int, None] = {}

    def arrive(self, now: int) -> None:
        """Take in what is ready by now."""
        ready, connection = self.load.ready, self.load.connection
        while self.arrived < len(ready) and ready[self.arrived] <= now:
            self.unread.setdefault(connection[self.arrived], deque()).append(self.arrived)
            self.listed.setdefault(connection[self.arrived])
            self.arrived += 1

    def look(self, now: int) -> list[int]:
        """The connections that a wait returns now."""
        self.arrive(now)
        if self.config.model in SCANNING:
            return sorted(self.unread)
        found = [connection for connection in self.listed if connection in self.unread]
        self.listed = {} if self.config.edge else dict.fromkeys(found)
        return found

    def next_ready(self) -> int:
        return self.load.ready[self.arrived]

    def take(self, connection: int) -> int:
        """The next request of a connection that has one unread."""
        unread = self.unread[connection]
        i = unread.popleft()
        if not unread:
            del self.unread[connection]
        return i


def waiting(line: Timeline) -> None:
    """Wait, read what the wait returned, wait again, until all requests are read."""
    config, ready = line.config, _Ready(line)
    scanning = config.scan_ns * config.connections if config.model in SCANNING else 0
    line.before += 1
    now, left = 0, len(line.load)
    while left:
        line.calls["wait"] += 1
        start, slept = now, False
        returned: list[int] = []
        if line.calls["wait"] > 1:  # in the first one it is asleep when the clock starts
            now = start + config.syscall_ns + scanning
            line.bar("T0", start, now, CALL)
            returned = ready.look(now)
        if not returned:
            slept = True
            now = line.sleep(now, ready.next_ready(), "T0")
            returned = ready.look(now)
        line.waited("wait", start, now, returned, slept)
        for connection in returned:
            now = line.read(ready.take(connection), now, "T0")
            left -= 1
            while config.edge:
                ready.arrive(now)
                if connection not in ready.unread:
                    now = _again(line, connection, now)
                    break
                now = line.read(ready.take(connection), now, "T0")
                left -= 1
    line.switches += 1


def _again(line: Timeline, connection: int, start: int) -> int:
    """A read that fails with EAGAIN; its end."""
    line.calls["wasted"] += 1
    end = line.call(start, "T0")
    line.note("again", start, end, {"connection": connection, "start_ns": start}, {"at_ns": end})
    return end
