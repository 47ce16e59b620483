"""iomodels.threads: threads, their memory and the switches at so many connections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from oslab import Answers, Choose, Figure, Generator, Int, Problem, Run, Size, mistake
from oslab_iomodels.load import IoConfig, Model, Trigger
from oslab_iomodels.problems.loads import Prices, explained, paid, presented
from oslab_iomodels.simulate import conventions, count

RESERVED = 8 << 20
"""What a thread's stack reserves of the address space, if nobody says otherwise."""


@dataclass(frozen=True)
class ThreadsSpace:
    """A steady load.

    model, trigger   the trigger for epoll alone
    connections      how many
    requests         how many in all, or
    each             how many on each connection
    interval         from one request to the next
    cores            for blocking threads
    prices           what things cost
    """

    model: Choose[Model]
    connections: Choose[int]
    interval: Choose[Fraction]
    cores: Choose[int]
    prices: Prices
    requests: Choose[int] | None = None
    each: Choose[int] | None = None
    trigger: Choose[Trigger] | None = None


class Threads(Problem[IoConfig, ThreadsSpace]):
    """How many threads, how much memory, how many switches of context and of mode."""

    version = 1
    params = IoConfig
    space = ThreadsSpace
    answers = {
        "threads": Int(),
        "memory": Size(),
        "context_switches": Int(),
        "mode_switches": Int(),
    }
    required = ("reserved-8MiB", "one-way-switch")

    def draw(self, rng: Generator, space: ThreadsSpace) -> IoConfig:
        connections = space.connections.pick(rng)
        requests = space.requests.pick(rng) if space.requests else connections
        return IoConfig(
            model=space.model.pick(rng),
            trigger=space.trigger.pick(rng) if space.trigger else None,
            connections=connections,
            requests=connections * space.each.pick(rng) if space.each else requests,
            interval_ns=int(space.interval.pick(rng)),
            arrivals=(),
            cores=space.cores.pick(rng),
            **paid(rng, space.prices),
        )

    def present(self, p: IoConfig) -> Mapping[str, Figure]:
        return presented(p)

    def run(self, p: IoConfig) -> Run:
        """Figures only: hundreds of requests, one like the other."""
        counted = Run(
            command="iomodels.run", config=p, conventions=conventions(p), metrics=count(p)
        )
        return explained(counted, "copy_ns", "compute_ns", "syscall_ns", "switch_ns")

    def solve(self, p: IoConfig, run: Run) -> Answers:
        m = run.metrics
        return {
            "threads": m["threads"],
            "memory": m["memory_bytes"],
            "context_switches": m["context_switches"],
            "mode_switches": m["mode_switches"],
        }

    @mistake("reserved-8MiB")
    def reserved(self, p: IoConfig) -> Answers | None:
        """A thread is thought to take up all the stack that is reserved for it."""
        return {"memory": p.threads * RESERVED}

    @mistake("one-way-switch")
    def one_way(self, p: IoConfig) -> Answers | None:
        """Going away is counted, coming back is not."""
        key = self.solve(p, self.run(p))
        return {
            "context_switches": (key["context_switches"] + 1) // 2,
            "mode_switches": key["mode_switches"] // 2,
        }

    @mistake("thread-per-request")
    def thread_per_request(self, p: IoConfig) -> Answers | None:
        """A new thread for each request, instead of each connection."""
        if p.requests == p.threads:
            return None
        return {"threads": p.requests, "memory": p.requests * p.thread_bytes}

    @mistake("always-through-idle")
    def always_through_idle(self, p: IoConfig) -> Answers | None:
        """Each read is thought to make two switches, also where the next thread is ready."""
        return {"context_switches": 2 * p.requests}

    @mistake("kilo-is-1000")
    def kilo_is_1000(self, p: IoConfig) -> Answers | None:
        """A KiB is taken for 1000 bytes."""
        return {"memory": p.threads * p.thread_bytes // 1024 * 1000}
