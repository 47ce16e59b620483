"""multiplex limits: how far select, poll and epoll reach, by number and by count.

- select: a bit map of the C library (fd_set) has FD_SETSIZE = 1024 bits, fixed when a program is compiled;
  no setting of the system changes it. What counts is the *number* of a descriptor, not how many there are: 1023
  is the last that fits, and FD_SET with a greater one writes beyond the map. The kernel itself takes maps
  of any length.
- poll: descriptors of any number; but an array with more entries than RLIMIT_NOFILE is EINVAL.
- epoll: descriptors of any number; a user has at most max_user_watches registrations (ENOSPC), epoll
  instances watch each other to a depth of 5 at most (ELOOP), and the size given to epoll_create, once a
  hint, is ignored but must be positive (EINVAL).
- RLIMIT_NOFILE bounds the numbers themselves: open, accept and epoll_create never return one that is not
  below it (EMFILE).

A server is followed besides: `taken` descriptors are open (0 to taken - 1, the listening socket among
them), each connection opens `each` descriptors, always the lowest free ones, its socket first. It watches
the listening socket and those of all connections. With epoll, the instance takes one descriptor more,
before the first connection.

Source: man 2 select, poll, epoll_create, epoll_ctl; Linux fs/select.c, fs/eventpoll.c.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from oslab import AnswerType, Choice, InputError, Int, OrNone, Run, Step, Value
from oslab_multiplex.cost import MECHANISMS, Mechanism

VERDICTS: Final = ("works", "beyond-fd-set", "EMFILE", "EINVAL", "ENOSPC")
"""`EMFILE`: there is no such descriptor; nothing can be asked about it."""

DEEPEST: Final = 5
MOST: Final = 1 << 30
MOST_FDS: Final = 1000


@dataclass(frozen=True, slots=True)
class LimitsConfig:
    """What is asked; None: not asked.

    fds          numbers of descriptors
    rlimit       RLIMIT_NOFILE, the soft limit, when they are opened
    lowered      RLIMIT_NOFILE when poll is called; what is open stays open
    entries      in poll's array
    watches      registrations that the user has already
    max_user_watches   that the user may have
    fd_setsize   bits of an fd_set, as compiled into the program
    depth        epoll instances in a chain, each watching the next
    size         for epoll_create
    taken        descriptors that a server has open before its first connection
    each         descriptors that a connection opens

    Raises InputError for numbers out of range, too many descriptors, and if nothing is asked.
    """

    fds: tuple[int, ...]
    rlimit: int
    lowered: int
    entries: int | None
    watches: int
    max_user_watches: int
    fd_setsize: int
    depth: int | None
    size: int | None
    taken: int | None
    each: int

    def __post_init__(self) -> None:
        if not self.fds and (self.entries, self.depth, self.size, self.taken) == (None,) * 4:
            raise InputError("the number of a descriptor is expected, as 1024")
        for fd in self.fds:
            if not 0 <= fd < MOST:
                raise InputError(f"{fd} is no descriptor; 0 to {MOST - 1} are")
        if len(self.fds) > MOST_FDS:
            raise InputError(f"{len(self.fds)} descriptors are too many; up to {MOST_FDS} are told")
        for name, value, least in (
            ("rlimit", self.rlimit, 0),
            ("lowered", self.lowered, 0),
            ("entries", self.entries, 0),
            ("watches", self.watches, 0),
            ("max-user-watches", self.max_user_watches, 0),
            ("fd-setsize", self.fd_setsize, 1),
            ("depth", self.depth, 1),
            ("taken", self.taken, 1),
            ("each", self.each, 1),
        ):
            if value is not None and not least <= value <= MOST:
                raise InputError(f"--{name} {value}: from {least} to {MOST} is expected")
        if self.size is not None and not -MOST <= self.size <= MOST:
            raise InputError(f"--size {self.size}: from {-MOST} to {MOST} is expected")


def verdict(config: LimitsConfig, fd: int, mechanism: Mechanism) -> str:
    """What the mechanism says to a descriptor of this number, watched alone (by poll, in its array)."""
    if fd >= config.rlimit:
        return "EMFILE"
    if mechanism == "select" and fd >= config.fd_setsize:
        return "beyond-fd-set"
    if mechanism == "epoll" and config.watches >= config.max_user_watches:
        return "ENOSPC"
    if mechanism == "poll" and (config.entries or 1) > config.lowered:
        return "EINVAL"
    return "works"


@dataclass(frozen=True, slots=True)
class Failure:
    """The first connection that a server cannot serve.

    connection   counted from 1
    fd           the number of its socket; None: it gets none
    why          one of `VERDICTS` but `works`
    nfds         what the server tells select or poll while it serves those before: the highest socket and
                 one, or the entries
    """

    connection: int
    fd: int | None
    why: str
    nfds: int


def first_failure(config: LimitsConfig, mechanism: Mechanism) -> Failure:
    """Which connection fails first, and how. A connection opens all its descriptors, then its socket is
    watched; the listening socket is watched from the start, and is one of those taken."""
    assert config.taken is not None
    first = config.taken + (mechanism == "epoll")
    # Connection i has the numbers from first + (i - 1) * each on.
    reasons = [(max(0, config.rlimit - first) // config.each + 1, "EMFILE")]
    if mechanism == "select":
        fit = max(0, -(-(config.fd_setsize - first) // config.each))
        reasons.append((fit + 1, "beyond-fd-set"))
    elif mechanism == "poll":
        reasons.append((max(1, config.lowered), "EINVAL"))
    else:
        reasons.append((max(1, config.max_user_watches - config.watches), "ENOSPC"))
    # Of several at once, what comes first is that descriptors cannot be opened.
    connection, why = min(reasons, key=lambda reason: reason[0])
    fd = first + (connection - 1) * config.each
    highest = first + (connection - 2) * config.each if connection > 1 else config.taken - 1
    nfds = connection if mechanism == "poll" else highest + 1
    return Failure(connection, fd if fd < config.rlimit else None, why, nfds)


def run(config: LimitsConfig) -> Run:
    """One step for each question.

    limit-fd       given fd, rlimit, fd_setsize; result select, poll, epoll: each a verdict
    limit-entries  given entries, lowered; result verdict (works or EINVAL)
    limit-depth    given depth; result verdict (works or ELOOP)
    limit-size     given size; result verdict (works or EINVAL)
    limit-server   given mechanism, taken, each; result connection (the first that fails), fd of
                   its socket (none: it gets none), why, served (connections before it), nfds
    """
    return Run(
        command="multiplex.limits",
        config=config,
        conventions=conventions(config),
        asks=_ASKS,
        steps=(steps := tuple(_steps(config))),
        metrics=_metrics(steps),
    )


def conventions(config: LimitsConfig) -> Mapping[str, Value]:
    """The rules in force."""
    rules: dict[str, Value] = {
        "rlimit": config.rlimit,
        "fd_setsize": config.fd_setsize,
        "max_user_watches": config.max_user_watches,
    }
    if config.lowered != config.rlimit:
        rules["lowered"] = config.lowered
    if config.watches:
        rules["watches"] = config.watches
    if config.taken is not None:
        rules["taken"] = config.taken
        rules["each"] = config.each
        rules["server"] = "lowest-free"
    return rules


_ASKS: Mapping[str, Mapping[str, AnswerType]] = {
    "limit-fd": {m: Choice(*VERDICTS) for m in MECHANISMS},
    "limit-entries": {"verdict": Choice("works", "EINVAL")},
    "limit-depth": {"verdict": Choice("works", "ELOOP")},
    "limit-size": {"verdict": Choice("works", "EINVAL")},
    "limit-server": {"connection": Int(), "fd": OrNone(Int())},
}


def _steps(config: LimitsConfig) -> Iterator[Step]:
    for fd in config.fds:
        yield Step(
            action="limit-fd",
            given={"fd": fd, "rlimit": config.rlimit, "fd_setsize": config.fd_setsize},
            result={m: verdict(config, fd, m) for m in MECHANISMS},
        )
    if config.entries is not None:
        yield Step(
            action="limit-entries",
            given={"entries": config.entries, "lowered": config.lowered},
            result={"verdict": "EINVAL" if config.entries > config.lowered else "works"},
        )
    if config.depth is not None:
        yield Step(
            action="limit-depth",
            given={"depth": config.depth, "deepest": DEEPEST},
            result={"verdict": "ELOOP" if config.depth > DEEPEST else "works"},
        )
    if config.size is not None:
        yield Step(
            action="limit-size",
            given={"size": config.size},
            result={"verdict": "works" if config.size > 0 else "EINVAL"},
        )
    if config.taken is not None:
        for mechanism in MECHANISMS:
            failure = first_failure(config, mechanism)
            yield Step(
                action="limit-server",
                given={"mechanism": mechanism, "taken": config.taken, "each": config.each},
                result={
                    "connection": failure.connection,
                    "fd": failure.fd,
                    "why": failure.why,
                    "served": failure.connection - 1,
                    "nfds": failure.nfds,
                },
            )


def _metrics(steps: tuple[Step, ...]) -> Mapping[str, Value]:
    said = [step for step in steps if step.action == "limit-fd"]
    served = {s.given["mechanism"]: s.result["served"] for s in steps if s.action == "limit-server"}
    verdicts = tuple({"fd": step.given["fd"], **step.result} for step in said)
    return {
        **({"verdicts": verdicts} if verdicts else {}),
        **({"served": served} if served else {}),
    }
