"""What happens on the time line of a model: when each request is copied and finished, what was called.

Every model writes on the same time line. It sums up at once; what happened, and the bars of threads and
cores, are kept only where someone wants to see them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from oslab import Value
from oslab_iomodels.load import SCANNING, IoConfig, Load

# The letters of bars: what a thread is doing.
WAIT: Final = "w"
READY: Final = "r"
SWITCH: Final = "x"
CALL: Final = "s"
COPY: Final = "c"
COMPUTE: Final = "k"
POLL: Final = "p"
OTHER: Final = "o"

KERNEL: Final = "kernel"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, a step of the run to be."""

    action: str
    start: int
    end: int
    given: Mapping[str, Any]
    result: Mapping[str, Any]


class Timeline:
    """The record of one simulation.

    keep    keep events and bars
    forced  when the computing for some requests ends, by index, whatever it should take: what follows
            from a student's earlier answers

    `copied` and `finished` are by index of the request; `lanes` has bars for each thread (``T0``) and core
    (``core 0``).
    """

    def __init__(
        self, config: IoConfig, *, keep: bool = False, forced: Mapping[int, int] | None = None
    ) -> None:
        self.config = config
        self.load = Load(config)
        self.forced = forced or {}
        self.copied = [0] * len(self.load)
        self.finished = [0] * len(self.load)
        self.calls = dict.fromkeys(("setup", "wait", "read", "wasted", "submit", "sigreturn"), 0)
        self.calls["setup"] = config.setup
        self.before = config.setup  # calls before time 0
        self.switches = 0
        self.switched_in = 0
        self.blocked = 0
        self.keep = keep
        self.events: list[Event] = []
        self.lanes: dict[str, list[tuple[int, int, str]]] = {}

    def copy(self, i: int, start: int, lane: str) -> int:
        """Copy a request from `start` on; when that is done."""
        end = self.copied[i] = start + self.config.copy_ns
        self.bar(lane, start, end, COPY)
        return end

    def compute(self, i: int, start: int, lane: str) -> int:
        """Compute what a request asks for, from `start` on; when that is done."""
        end = self.finished[i] = max(start, self.forced.get(i, start + self.config.compute_ns))
        self.bar(lane, start, end, COMPUTE)
        return end

    def read(self, i: int, start: int, lane: str) -> int:
        """A call that succeeds, copy and computing of a request; when that is done."""
        self.calls["read"] += 1
        called = self.call(start, lane)
        end = self.compute(i, self.copy(i, called, lane), lane)
        if self.keep:
            self.note("read", start, end, self.about(i) | {"start_ns": start}, self.outcome(i))
        return end

    def call(self, start: int, lane: str) -> int:
        """What any call costs at its start; when that is over."""
        self.bar(lane, start, start + self.config.syscall_ns, CALL)
        return start + self.config.syscall_ns

    def sleep(self, call_end: int, until: int, lane: str) -> int:
        """The only thread of a core sleeps in a call and is switched in again; when it goes on."""
        # It is asleep already when the clock starts.
        self.switches += 2 if call_end else 1
        return self.wake(call_end, until, until, lane)

    def wake(self, asleep: int, ready: int, at: int, lane: str) -> int:
        """A thread asleep since `asleep` is ready at `ready` and given a core at `at`."""
        self.blocked += ready - asleep
        self.switched_in += 1
        on = at + self.config.switch_ns
        self.bar(lane, asleep, ready, WAIT)
        self.bar(lane, ready, at, READY)
        self.bar(lane, at, on, SWITCH)
        return on

    def bar(self, lane: str, start: int, end: int, label: str) -> None:
        if self.keep and end > start:
            self.lanes.setdefault(lane, []).append((start, end, label))

    def note(
        self, action: str, start: int, end: int, given: Mapping[str, Any], result: Mapping[str, Any]
    ) -> None:
        if self.keep:
            self.events.append(Event(action, start, end, given, result))

    def waited(self, action: str, start: int, end: int, returned: list[int], slept: bool) -> None:
        """A wait or reap that returned at `end`."""
        if not self.keep:
            return
        model = self.config.model
        given: dict[str, Any] = {
            "number": self.calls["wait"],
            "call": "epoll_wait" if model == "epoll" else model,
            "first": not start,
        }
        if start:
            given["start_ns"] = start
        result = {"at_ns": end, "returned": tuple(returned), "slept": slept}
        self.note(action, start, end, given, result)

    def about(self, i: int) -> dict[str, Any]:
        """What is known of a request beforehand."""
        return {
            "request": i + 1,
            "connection": self.load.connection[i],
            "ready_ns": self.load.ready[i],
        }

    def outcome(self, i: int) -> dict[str, Any]:
        return {"copied_ns": self.copied[i], "finish_ns": self.finished[i]}

    def metrics(self) -> Mapping[str, Value]:
        """The figures of the run; docs/iomodels.md says what each is."""
        config = self.config
        requests, syscalls = len(self.load), sum(self.calls.values())
        copying = requests * config.copy_ns
        scanned = (self.calls["wait"] - 1) * config.connections if config.model in SCANNING else 0
        asynchronous = config.model == "async"
        return {
            "syscalls": syscalls,
            "setup_syscalls": self.calls["setup"],
            "wait_syscalls": self.calls["wait"],
            "wasted_syscalls": self.calls["wasted"],
            "mode_switches": 2 * syscalls,
            "context_switches": self.switches,
            "threads": config.threads,
            "blocked_ns": self.blocked,
            "copying_ns": 0 if asynchronous else copying,
            "kernel_copying_ns": copying if asynchronous else 0,
            "delay_ns": sum(self.copied) - copying - sum(self.load.ready),
            "cpu_ns": config.syscall_ns * (syscalls - self.before)
            + config.scan_ns * scanned
            + config.switch_ns * self.switched_in
            + copying
            + requests * config.compute_ns,
            "finish_ns": max(self.finished),
            "memory_bytes": config.threads * config.thread_bytes,
        }
