"""Who runs which task when: the one engine behind every model and every command.

A task is what a thread does without interruption (see `oslab_reactor.shape`). The engine keeps for each
thread, or crew of workers, a queue of the tasks that are ready, and applies these rules:

- A request is ready to be read when it has arrived, its connection is accepted and the answer to the
  request before it on that connection is written. A later task is ready when the one before it ends.
- At every instant, first all that ends there ends and all that arrives there arrives; then a thread that
  fails there fails; then tasks are started, as long as one can: the first of those ready for which there is
  an idle thread and a free core.
- First is the one that has been ready longest; of those ready since the same instant a write before a
  compute before a read (or a whole request) before an accept; then the lower connection.
- A thread keeps its core to the end of the task. Nothing is preempted; handing over costs nothing.
- A stage that takes no time is skipped: nobody runs it.

Times are exact: of int and Fraction comes out what goes in. SimPy is the clock (its environment and
timeouts); a bare heap in its place was measured to save less than a tenth of the time of a load.

Source: Schmidt et al., Pattern-Oriented Software Architecture 2, chapter 3; what real event loops leave open
is fixed here, and written down in docs/reactor.md.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from math import inf
from typing import Any, Final, TypeAlias

from oslab import InputError
from oslab_reactor.requests import Failure, Instant, Request, Schedule, Span, Stage
from oslab_reactor.shape import Shape, Task

# Of tasks ready since the same instant the one that is further along comes first.
RANKS: Final = {"write": 0, "compute": 1, "read": 2, "serve": 2, "accept": 3}


def schedule(
    shape: Shape,
    accept_ns: Instant,
    requests: Sequence[Request],
    failure: Failure | None = None,
    kind: type[Engine] | None = None,
) -> Schedule:
    """The schedule of these requests, numbered from 1 in the order given.

    `kind` is the engine, or one with a misunderstanding. Raises InputError for a failing thread that there
    is not, for one that is replaced at once, and for one that loops where there are fewer cores than threads
    (it would hold a core for ever, as nothing is preempted).
    """
    connections = sorted({request.connection for request in requests})
    if failure:
        _check(failure, shape, connections)
    spans: list[Span] = []
    ends: list[Instant | None] = [None] * len(requests)

    def answered(number: int, request: Request, end: Instant) -> None:
        ends[number - 1] = end

    numbered = sorted(enumerate(requests, start=1), key=lambda each: each[1].arrival_ns)
    engine = (kind or Engine)(shape, accept_ns, iter(numbered), answered, spans, failure)
    engine.go()
    busy = engine.busy_ns
    if failure and failure.how == "loops" and engine.last_end > failure.at_ns:
        at, end = failure.at_ns, engine.last_end
        busy += end - at
        spans.append(Span(failure.thread, "loop", 0, 0, at, at, end, True))
    # What starts at one instant starts in the order of the rules.
    spans.sort(key=lambda s: (s.start, s.ready, RANKS.get(s.stage, 4), s.connection, s.request))
    return Schedule(tuple(spans), tuple(ends), busy, engine.last_end, engine.queue_peak)


def _check(failure: Failure, shape: Shape, connections: Sequence[int]) -> None:
    names = shape.names(connections)
    if failure.thread not in names:
        there = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
        raise InputError(f"there is no thread {failure.thread}; there are: {there}")
    if failure.restart_ns is not None and failure.restart_ns <= 0:
        raise InputError("a thread is replaced some time after it died; 1ns would do")
    cores = shape.cores
    if failure.how == "loops" and cores is not None and cores < shape.threads(len(connections)):
        raise InputError(
            "a thread that loops would keep its core for ever, as nothing is preempted here; "
            "leave the number of cores out"
        )


Entry: TypeAlias = "tuple[Instant, int, int, int, Task, Request]"
"""A task that is ready: since when, its rank, connection, number of the request, what it is, the request."""


class Crew:
    """Threads of one kind that take tasks from one queue, the lowest idle one first."""

    __slots__ = ("endless", "idle", "kind", "queue")

    def __init__(self, kind: str, numbers: Sequence[int]) -> None:
        self.kind = kind
        self.idle = list(numbers) or [0]
        heapify(self.idle)
        self.endless = len(numbers) == 0  # the kernel never has too few hands
        self.queue: list[Entry] = []

    def take(self) -> int:
        number = heappop(self.idle)
        if self.endless and not self.idle:
            self.idle.append(number + 1)
        return number


class Engine:
    """One simulation.

    arrivals   requests with their numbers, by arrival
    answered   is called with number, request and end of each request that is answered
    spans      where to note the stages that are run; None: nowhere
    """

    def __init__(
        self,
        shape: Shape,
        accept_ns: Instant,
        arrivals: Iterator[tuple[int, Request]],
        answered: Callable[[int, Request, Instant], None],
        spans: list[Span] | None = None,
        failure: Failure | None = None,
    ) -> None:
        from simpy import Environment

        self.clock: Any = Environment()
        self.shape, self.accept_ns = shape, accept_ns
        self.arrivals, self.answered = arrivals, answered
        self.spans, self.failure = spans, failure
        self.crews: dict[tuple[str, int], Crew] = {}
        self.crew_of: dict[tuple[Task, int], Crew] = {}
        self.offers: list[tuple[Entry, Crew]] = []  # first tasks of crews with an idle thread
        self.waiting: dict[int, deque[tuple[int, Request]]] = {}  # by connection, those not begun
        self.resting: set[int] = set()  # connections accepted, with no request begun
        self.free_cores: float = inf if shape.cores is None else shape.cores
        self.running: dict[tuple[str, int], Any] = {}
        self.busy_ns: Instant = 0
        self.last_end: Instant = 0
        self.present = self.queue_peak = 0

    def go(self) -> None:
        """From the first arrival until nothing happens any more."""
        clock, failure = self.clock, self.failure
        self._expect()
        if failure:
            clock.timeout(failure.at_ns)
        while (now := clock.peek()) < inf:
            while clock.peek() == now:
                clock.step()
            if failure and now == failure.at_ns:
                self._fail(failure)
                failure = None
            self._start_what_can()
            self.queue_peak = max(self.queue_peak, self.present - len(self.running))

    # Requests and connections.

    def _expect(self) -> None:
        """The next request arrives at its time."""
        following = next(self.arrivals, None)
        if following:
            delay = following[1].arrival_ns - self.clock.now
            self.clock.timeout(delay, following).callbacks.append(self._arrived)

    def _arrived(self, event: Any) -> None:
        number, request = event.value
        self.present += 1
        connection = request.connection
        if connection not in self.waiting:
            self.waiting[connection] = deque([(number, request)])
            self._ready("accept", number, request)
        else:
            self.waiting[connection].append((number, request))
            if connection in self.resting:
                self._next_of(connection)
        self._expect()

    def _next_of(self, connection: int) -> None:
        """The connection goes on with its next request, if one is there."""
        waiting = self.waiting[connection]
        self.resting.discard(connection)
        if waiting:
            self._ready("serve" if self.shape.whole else "read", *waiting.popleft())
        else:
            self.resting.add(connection)

    def _ready(self, task: Task, number: int, request: Request) -> None:
        """The task can be run from now on; one that takes no time is over."""
        if not any(time for _, time in self._stages(task, request)):
            self._after(task, number, request)
            return
        connection = request.connection
        crew = self._crew(task, connection)
        entry = (self.clock.now, RANKS[task], connection, number, task, request)
        heappush(crew.queue, entry)
        self._offer(crew)

    def _after(self, task: Task, number: int, request: Request) -> None:
        """What becomes possible when a task has ended."""
        if task == "accept":
            self._next_of(request.connection)
        elif task == "read":
            self._ready("compute", number, request)
        elif task == "compute":
            self._ready("write", number, request)
        else:
            self.present -= 1
            self.answered(number, request, self.clock.now)
            self._next_of(request.connection)

    def _stages(self, task: Task, request: Request) -> tuple[tuple[Stage, Instant], ...]:
        if task == "serve":
            return (
                ("read", request.read_ns), ("compute", request.compute_ns), ("write", request.write_ns)
            )  # fmt: skip
        if task == "accept":
            return (("accept", self.accept_ns),)
        if task == "compute":
            return (("compute", request.compute_ns),)
        return (("read", request.read_ns),) if task == "read" else (("write", request.write_ns),)

    # Threads and cores.

    def _crew(self, task: Task, connection: int) -> Crew:
        crew = self.crew_of.get((task, connection))
        if crew is None:
            kind, numbers = self.shape.runner(task, connection)
            crew = self._crew_named(kind, numbers)
            self.crew_of[task, connection] = crew
        return crew

    def _crew_named(self, kind: str, numbers: Sequence[int]) -> Crew:
        key = (kind, numbers[0] if numbers else 0)
        if key not in self.crews:
            self.crews[key] = Crew(kind, numbers)
        return self.crews[key]

    def _offer(self, crew: Crew) -> None:
        """Its first task may be started, as far as the crew is concerned."""
        if crew.idle and crew.queue:
            heappush(self.offers, (crew.queue[0], crew))

    def _start_what_can(self) -> None:
        while self.offers and self.free_cores:
            entry, crew = heappop(self.offers)
            # Meanwhile another task may have come first, or the last idle thread have been taken.
            if crew.idle and crew.queue and crew.queue[0] is entry:
                heappop(crew.queue)
                self._start(crew, crew.take(), entry)
                self._offer(crew)

    def _start(self, crew: Crew, number: int, entry: Entry) -> None:
        self.free_cores -= 1
        time = sum(time for _, time in self._stages(entry[4], entry[5]))
        event = self.clock.timeout(time, (crew, number, entry, self.clock.now))
        event.callbacks.append(self._ended)
        self.running[crew.kind, number] = event

    def _ended(self, event: Any) -> None:
        crew, number, entry, start = event.value
        if self.running.get((crew.kind, number)) is not event:
            return  # its thread failed
        del self.running[crew.kind, number]
        self.free_cores += 1
        heappush(crew.idle, number)
        self._note(crew, number, entry, start)
        self._offer(crew)
        self._after(entry[4], entry[3], entry[5])

    def _note(self, crew: Crew, number: int, entry: Entry, start: Instant) -> None:
        """What a thread has done since `start` is done now, or cut off."""
        now = self.clock.now
        self.last_end = max(self.last_end, now)
        if not crew.endless:
            self.busy_ns += now - start
        if self.spans is None:
            return
        ready, _, connection, request_number, task, request = entry
        name = self.shape.name(crew.kind, number)
        for stage, time in self._stages(task, request):
            end = start + time
            last = end > now
            if min(end, now) > start:
                self.spans.append(
                    Span(name, stage, request_number, connection, ready, start, min(end, now), last)
                )
                ready = end
            start = end
            if last:
                break

    def _fail(self, failure: Failure) -> None:
        """The thread does nothing of use any more."""
        crew, number = self._thread(failure.thread)
        event = self.running.pop((crew.kind, number), None)
        if event:
            _, _, entry, start = event.value
            self._note(crew, number, entry, start)
            self._drop(crew, entry)
            if failure.how == "dies":
                self.free_cores += 1
        else:
            crew.idle.remove(number)
            heapify(crew.idle)
        if failure.how == "dies" and failure.restart_ns is not None:
            again = self.clock.timeout(failure.restart_ns, (crew, number))
            again.callbacks.append(self._replaced)

    def _thread(self, name: str) -> tuple[Crew, int]:
        kind = name.rstrip("0123456789")
        number = int(name[len(kind) :] or 0)
        return self._crew_named(kind, self.shape.crew(kind, number)), number

    def _drop(self, crew: Crew, entry: Entry) -> None:
        """What the failed thread had in hand is lost."""
        self.present -= 1

    def _replaced(self, event: Any) -> None:
        crew, number = event.value
        heappush(crew.idle, number)
        self._offer(crew)
