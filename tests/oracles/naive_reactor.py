"""Server models over again, from the rules of docs/reactor.md: every tick looks at everything.

No queues, no events, no clock but a counter. A request is (connection, arrival, read, compute, write).
"""

from __future__ import annotations

from dataclasses import dataclass, field

RANK = {"write": 0, "compute": 1, "read": 2, "serve": 2, "accept": 3}
HORIZON = 400


@dataclass
class Server:
    """The server, and what may go wrong with it: (thread, how, at, restart or None)."""

    model: str
    copies: int
    subs: int
    workers: int
    cores: int | None
    accept: int
    failure: tuple[str, str, int, int | None] | None = None

    def threads(self, connections: set[int]) -> list[str]:
        """The names of all threads, the lowest worker first."""
        first = {"single": "reactor", "pool": "reactor", "multi": "main"}.get(self.model, "main")
        names = []
        if self.model != "proactor":
            names += [first if self.copies == 1 else f"{first}{k}" for k in range(self.copies)]
        names += [f"sub{k}" for k in range(self.copies * self.subs)]
        if self.model == "thread-per-connection":
            names += [f"thread{c}" for c in sorted(connections)]
        return names + [f"worker{k}" for k in range(self.copies * self.workers)]

    def may_run(self, task: str, connection: int) -> list[str]:
        """The threads that may run it, in order of choice; the kernel is one without end."""
        copy, own = connection % self.copies, connection // self.copies
        numbered = "" if self.copies == 1 else str(copy)
        if task == "compute":
            return [f"worker{copy * self.workers + k}" for k in range(self.workers)]
        if self.model == "proactor":
            return ["kernel"]
        if self.model in ("single", "pool"):
            return [f"reactor{numbered}"]
        if task == "accept":
            return [f"main{numbered}"]
        if self.model == "multi":
            return [f"sub{copy * self.subs + own % self.subs}"]
        return [f"thread{connection}"]


@dataclass
class Told:
    """What happened: stages as (thread, stage, number, start, end), and the figures."""

    stages: list[tuple[str, str, int, int, int]] = field(default_factory=list)
    ends: dict[int, int] = field(default_factory=dict)
    busy: int = 0
    last_end: int = 0
    queue_peak: int = 0


def serve(server: Server, requests: list[tuple[int, int, int, int, int]]) -> Told:
    told = Told()
    times = {
        n: {"read": r, "compute": c, "write": w} for n, (_, _, r, c, w) in enumerate(requests, 1)
    }
    connection = {n: each[0] for n, each in enumerate(requests, 1)}
    arrival = {n: each[1] for n, each in enumerate(requests, 1)}
    whole = server.model in ("single", "thread-per-connection") or (
        server.model == "multi" and not server.workers
    )
    accepted: set[int] = set()
    asked: set[int] = set()  # connections whose accept has been ready
    begun: set[int] = set()
    lost: set[int] = set()
    ready: list[tuple[int, int, int, int, str]] = []
    running: list[tuple[str, int, int, tuple[int, int, int, int, str]]] = []
    broken: set[str] = set()
    held = False  # whether a thread that loops has a core

    def stages(task: str, n: int) -> list[tuple[str, int]]:
        if task == "accept":
            return [("accept", server.accept)]
        names = ("read", "compute", "write") if task == "serve" else (task,)
        return [(name, times[n][name]) for name in names]

    def offer(task: str, n: int, now: int) -> None:
        if sum(time for _, time in stages(task, n)):
            ready.append((now, RANK[task], connection[n], n, task))
        else:
            over(task, n, now)

    def over(task: str, n: int, now: int) -> None:
        if task == "accept":
            accepted.add(connection[n])
        elif task in ("read", "compute"):
            offer({"read": "compute", "compute": "write"}[task], n, now)
        else:
            told.ends[n] = now

    def begin_what_may(now: int) -> bool:
        """Connections that are accepted and free go on with their next request."""
        for c in sorted(set(connection.values())):
            mine = sorted(
                (n for n in connection if connection[n] == c), key=lambda n: (arrival[n], n)
            )
            arrived = [n for n in mine if arrival[n] <= now]
            if arrived and c not in asked:
                asked.add(c)
                offer("accept", arrived[0], now)
                return True
            if c in accepted and all(n in told.ends for n in mine if n in begun):
                fresh = [n for n in arrived if n not in begun]
                if fresh:
                    begun.add(fresh[0])
                    offer("serve" if whole else "read", fresh[0], now)
                    return True
        return False

    def note(thread: str, start: int, now: int, task: tuple[int, int, int, int, str]) -> None:
        if thread != "kernel":
            told.busy += now - start
        told.last_end = max(told.last_end, now)
        at = start
        for stage, time in stages(task[4], task[3]):
            if min(at + time, now) > at:
                told.stages.append((thread, stage, task[3], at, min(at + time, now)))
            at += time

    everyone = server.threads(set(connection.values()))
    for now in range(HORIZON):
        for each in [each for each in running if each[2] == now]:
            running.remove(each)
            note(each[0], each[1], now, each[3])
            over(each[3][4], each[3][3], now)
        while begin_what_may(now):
            pass
        if server.failure:
            thread, how, at, restart = server.failure
            if how == "dies" and restart is not None and now == at + restart:
                broken.discard(thread)
            if now == at:
                broken.add(thread)
                for each in [each for each in running if each[0] == thread]:
                    running.remove(each)
                    note(thread, each[1], now, each[3])
                    lost.add(each[3][3])
                held = how == "loops"
        while True:
            cores = len(everyone) + 10**6 if server.cores is None else server.cores
            if len(running) + held >= cores:
                break
            taken = {each[0] for each in running if each[0] != "kernel"} | broken
            able = [
                (task, name)
                for task in sorted(ready)
                for name in server.may_run(task[4], task[2])
                if name not in taken
            ]
            if not able:
                break
            task, name = able[0]
            ready.remove(task)
            length = sum(time for _, time in stages(task[4], task[3]))
            running.append((name, now, now + length, task))
        at_work = {each[3][3] for each in running}
        waiting = [
            n
            for n in arrival
            if arrival[n] <= now and n not in told.ends and n not in at_work and n not in lost
        ]
        told.queue_peak = max(told.queue_peak, len(waiting))
    if server.failure and server.failure[1] == "loops":
        told.busy += max(0, told.last_end - server.failure[2])
    return told
