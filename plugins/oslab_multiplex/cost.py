"""multiplex cost: what select, poll and epoll do and copy, when k of n descriptors are ready.

All three watch the same n descriptors for reading, over some waits with k of them ready in each. The
descriptors may lie anywhere below the highest; select cares about that, the others do not.

- select: the program passes bit maps that reach up to the highest number, and gets them back. The kernel
  looks at every number up to it (nfds = highest + 1), and the program tests each of its n descriptors.
  A map has 8 bytes for each 64 numbers begun; it is copied in and out, once for each of the sets that is
  given (reading, writing, exceptions).
- poll: the program passes an array of n entries of 8 bytes; only the 2 bytes of `revents` of each are
  copied back. The kernel looks at all n, and so does the program.
- epoll: each descriptor is registered once, with 12 bytes copied in. A wait looks at the ready ones only,
  and copies 12 bytes out for each; the program looks at no others. Nothing is mapped into the process.

One pass over the descriptors is counted for each wait, events being there already; maxevents is large
enough. Sizes are those of x86-64.

Source: Linux fs/select.c (core_sys_select, do_sys_poll), fs/eventpoll.c (ep_send_events, do_epoll_ctl).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from oslab import Grid, InputError, Int, OrNone, Run, Step, Value
from oslab.quantities import format_decimal

Mechanism: TypeAlias = Literal["select", "poll", "epoll"]
MECHANISMS: Final[tuple[Mechanism, ...]] = ("select", "poll", "epoll")

MAP_BITS: Final = 64
MAP_BYTES: Final = 8
POLLFD_BYTES: Final = 8
REVENTS_BYTES: Final = 2
EVENT_BYTES: Final = 12
FD_SETSIZE: Final = 1024

MOST: Final = 10**9
SERIES: Final = (1, 10, 100, 1000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class CostConfig:
    """What is watched and how often.

    mechanisms  those that are shown
    fds         descriptors watched, n
    ready       of them ready at each wait, k
    max_fd      the highest descriptor watched, at least n - 1
    sets        bit maps that select is given, 1 to 3
    waits       calls of select, poll or epoll_wait

    Raises InputError for anything else, and above a thousand million.
    """

    mechanisms: tuple[Mechanism, ...]
    fds: int
    ready: int
    max_fd: int
    sets: int
    waits: int

    def __post_init__(self) -> None:
        if not 1 <= self.fds <= MOST:
            raise InputError(f"{self.fds} descriptors: from 1 to {MOST} are expected")
        if not 0 <= self.ready <= self.fds:
            raise InputError(f"{self.ready} of {self.fds} descriptors cannot be ready")
        if not self.fds - 1 <= self.max_fd <= 2 * MOST:
            raise InputError(
                f"the highest of {self.fds} descriptors is {self.fds - 1} or more, not {self.max_fd}"
            )
        if self.sets not in (1, 2, 3):
            raise InputError(f"select takes 1 to 3 sets, not {self.sets}")
        if not 0 <= self.waits <= MOST:
            raise InputError(f"{self.waits} waits: from 0 to {MOST} are expected")

    @property
    def nfds(self) -> int:
        """What select is told: one more than the highest descriptor."""
        return self.max_fd + 1


@dataclass(frozen=True, slots=True)
class Cost:
    """What it comes to in all.

    scanned        descriptors (bits of the map, for select) that the kernel looks at
    user_scanned   those that the program tests afterwards
    bytes_in, bytes_out   copied at waits, from the program and to it
    ctl_bytes      copied in to register the descriptors
    """

    scanned: int
    user_scanned: int
    bytes_in: int
    bytes_out: int
    ctl_bytes: int

    @property
    def copied_bytes(self) -> int:
        return self.bytes_in + self.bytes_out + self.ctl_bytes


def cost(config: CostConfig, mechanism: Mechanism) -> Cost:
    """The cost of the waits with one mechanism."""
    n, k, waits = config.fds, config.ready, config.waits
    if mechanism == "select":
        maps = config.sets * -(-config.nfds // MAP_BITS) * MAP_BYTES
        return Cost(waits * config.nfds, waits * n, waits * maps, waits * maps, 0)
    if mechanism == "poll":
        return Cost(waits * n, waits * n, waits * n * POLLFD_BYTES, waits * n * REVENTS_BYTES, 0)
    return Cost(waits * k, waits * k, 0, waits * k * EVENT_BYTES, n * EVENT_BYTES)


def run(config: CostConfig) -> Run:
    """The mechanisms one by one, then against each other.

    cost-select   given nfds, fds, ready, sets, waits; result scanned, user_scanned, copied_bytes
    cost-poll     given fds, ready, waits; the same
    cost-epoll    the same, and ctl_bytes (in copied_bytes too)
    cost-ratio    given mechanism; result scanned_ratio, bytes_ratio: its figures over epoll's, as texts
    cost-even     given fds; result ready: the fewest ready descriptors with which a wait of epoll copies
                  more than one of poll (none: never)
    cost-growth   given all (whether all are ready); state: a table over n, the gap below the highest
                  number being the same
    """
    costs = {mechanism: cost(config, mechanism) for mechanism in config.mechanisms}
    steps = [_step(config, mechanism, each) for mechanism, each in costs.items()]
    if len(costs) > 1:
        if "epoll" in costs:
            steps += [_ratio(m, costs[m], costs["epoll"]) for m in costs if m != "epoll"]
        if {"poll", "epoll"} <= set(costs):
            steps.append(_even(config))
        steps.append(_growth(config))
    return Run(
        command="multiplex.cost",
        config=config,
        conventions={"one_pass": True, "cost_bytes": "x86-64"},
        asks={
            "cost-select": {"scanned": Int(), "copied_bytes": Int()},
            "cost-poll": {"scanned": Int(), "copied_bytes": Int()},
            "cost-epoll": {"scanned": Int(), "copied_bytes": Int()},
            "cost-even": {"ready": OrNone(Int())},
        },
        steps=tuple(steps),
        metrics={
            name: {mechanism: getattr(each, name) for mechanism, each in costs.items()}
            for name in ("scanned", "user_scanned", "copied_bytes", "ctl_bytes")
        },
    )


def growth(config: CostConfig) -> Grid:
    """Descriptors looked at by the kernel and bytes copied, for other n: with as many of them ready, or
    with all, where all are."""
    gap, all_ready = config.max_fd - config.fds, config.ready == config.fds
    least = 1 if all_ready else max(1, config.ready)
    sizes = sorted({n for n in SERIES if n >= least} | {config.fds})
    rows = []
    for n in sizes:
        each = replace(config, fds=n, ready=n if all_ready else config.ready, max_fd=n + gap)
        costs = [cost(each, m) for m in config.mechanisms]
        rows.append((n, *(c.scanned for c in costs), *(c.copied_bytes for c in costs)))
    heads = [f"{m}_{what}" for what in ("scans", "copies") for m in config.mechanisms]
    return Grid(("fds", *heads), tuple(rows))


def _growth(config: CostConfig) -> Step:
    every = config.ready == config.fds
    return Step(action="cost-growth", given={"all": every}, state={"growth": growth(config)})


def even(config: CostConfig) -> int | None:
    """The fewest ready descriptors with which a wait of epoll copies more bytes than one of poll."""
    poll = config.fds * (POLLFD_BYTES + REVENTS_BYTES)
    ready = poll // EVENT_BYTES + 1
    return ready if ready <= config.fds else None


def _step(config: CostConfig, mechanism: Mechanism, each: Cost) -> Step:
    given: dict[str, Value] = {"fds": config.fds, "ready": config.ready, "waits": config.waits}
    if mechanism == "select":
        given |= {"nfds": config.nfds, "sets": config.sets, "beyond": config.nfds > FD_SETSIZE}
    return Step(
        action=f"cost-{mechanism}",
        actor=mechanism,
        given=given,
        result={
            "scanned": each.scanned,
            "user_scanned": each.user_scanned,
            "bytes_in": each.bytes_in,
            "bytes_out": each.bytes_out,
            "ctl_bytes": each.ctl_bytes,
            "copied_bytes": each.copied_bytes,
        },
    )


def _ratio(mechanism: Mechanism, one: Cost, epoll: Cost) -> Step:
    return Step(
        action="cost-ratio",
        given={"mechanism": mechanism},
        result={
            "scanned_ratio": _over(one.scanned, epoll.scanned),
            "bytes_ratio": _over(one.copied_bytes, epoll.copied_bytes),
        },
    )


def _over(one: int, other: int) -> str | None:
    return format_decimal(Fraction(one, other), 2) if other else None


def _even(config: CostConfig) -> Step:
    ready = even(config)
    return Step(action="cost-even", given={"fds": config.fds}, result={"ready": ready})
