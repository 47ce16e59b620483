"""nio transfer: the transfers of a process, call by call.

`run` shows each call and its tries as steps, `count` gives the same metrics without steps. The rules are in
`channel`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from oslab import AnswerType, Choice, InputError, Int, Run, Step, Value
from oslab_nio.channel import PATHS, Moved, PathTaken, Process, Request, TransferConfig
from oslab_zerocopy.paths import MOST

MOST_CALLS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Made:
    """A call that was made: for which request (from 1), for what was left of it, and what it did."""

    request: int
    asked: Request
    moved: Moved


def calls(config: TransferConfig, kind: type[Process] = Process) -> Iterator[Made]:
    """Each call in turn. Raises InputError when they are more than 100,000."""
    process, made = kind(config), 0
    for n, request in enumerate(config.requests, start=1):
        left = request
        while True:
            moved = process.call(left)
            made += 1
            yield Made(n, left, moved)
            left = _rest(left, moved.transferred)
            if not config.until_done or not moved.transferred or not left.count or _ends(left):
                break
            if made >= MOST_CALLS:
                raise InputError(
                    f"this takes more than {MOST_CALLS} calls; a smaller count would be shown"
                )


def _rest(request: Request, moved: int) -> Request:
    size = request.size if request.direction == "to" else request.size - moved
    return Request(
        request.direction, request.other, request.position + moved, request.count - moved, size
    )


def _ends(left: Request) -> bool:
    """Nothing is left to transfer, so a program that knows the size makes no further call."""
    return left.position >= left.size if left.direction == "to" else left.size == 0


@dataclass
class Totals:
    """What the calls so far came to."""

    calls: int = 0
    attempts: int = 0
    transferred: int = 0
    cpu_bytes: int = 0
    syscalls: int = 0
    path: PathTaken = "none"
    copies: int = 0
    last: int = 0

    def add(self, moved: Moved) -> None:
        self.calls += 1
        self.attempts += sum(attempt.syscalls > 0 for attempt in moved.attempts)
        self.transferred += moved.transferred
        self.cpu_bytes += moved.copies * moved.transferred
        self.syscalls += moved.syscalls
        self.path, self.copies, self.last = moved.path, moved.copies, moved.transferred


def run(config: TransferConfig, kind: type[Process] = Process) -> Run:
    """Simulate step by step. `kind` is another process, for what a misunderstanding would do.

    attempt   given n (of the call), other, path; result outcome (ok, EINVAL, ENOSYS, remembered,
              too-short, not-for-this), syscalls
    call      given n, request, direction, other, position, count; result path, transferred, syscalls,
              copies, left
    """
    steps: list[Step] = []
    totals = Totals()
    for n, made in enumerate(calls(config, kind), start=1):
        totals.add(made.moved)
        asked = made.asked
        given: dict[str, Value] = {"n": n, "direction": asked.direction, "other": asked.other}
        for attempt in made.moved.attempts:
            steps.append(
                Step(
                    action="attempt",
                    given={**given, "path": attempt.path},
                    result={"outcome": attempt.outcome, "syscalls": attempt.syscalls},
                    group=n,
                )
            )
        left = asked.count - made.moved.transferred
        steps.append(
            Step(
                action="call",
                given={
                    **given,
                    "request": made.request,
                    "operation": str(asked),
                    "position": asked.position,
                    "count": asked.count,
                    "size": asked.size,
                },
                result={
                    "path": made.moved.path,
                    "transferred": made.moved.transferred,
                    "syscalls": made.moved.syscalls,
                    "copies": made.moved.copies,
                    "left": left,
                },
                group=n,
            )
        )
    return Run(
        command="nio.transfer",
        config=config,
        conventions=conventions(config),
        asks=_asks(),
        steps=tuple(steps),
        metrics=metrics(totals),
    )


def count(config: TransferConfig) -> Mapping[str, Value]:
    """The metrics of `run` without its steps. Raises InputError."""
    totals = Totals()
    for made in calls(config):
        totals.add(made.moved)
    return metrics(totals)


def metrics(totals: Totals) -> Mapping[str, Value]:
    """`path` and `cpu_copies` (of each byte) are those of the last call; the rest are sums."""
    return {
        "path": totals.path,
        "attempts": totals.attempts,
        "transferred": totals.transferred,
        "last": totals.last,
        "calls": totals.calls,
        "cpu_copies": totals.copies,
        "cpu_bytes": totals.cpu_bytes,
        "syscalls": totals.syscalls,
    }


def _asks() -> Mapping[str, Mapping[str, AnswerType]]:
    return {"call": {"path": Choice(*PATHS), "transferred": Int(), "syscalls": Int()}}


def loops(request: Request) -> bool:
    """Whether a transfer is read and written in a loop in every version."""
    return request.other == "other" or (request.direction == "from" and request.other != "file")


def conventions(config: TransferConfig) -> Mapping[str, Value]:
    """The rules that can change an answer."""
    found: dict[str, Value] = {"jdk": config.jdk}
    found["support"] = ", ".join(config.support) or "nothing"
    directions = {request.direction for request in config.requests}
    if "to" in directions:
        found["to_direct"] = "25" if config.jdk == 25 else "17"
        found["clamp"] = MOST
    if "from" in directions:
        found["from_file"] = "25" if config.jdk == 25 else "17"
        if config.jdk < 25:
            found["target_size"] = config.target_size
    found["windows"] = "25" if config.jdk == 25 else "17"
    others = {request.other for request in config.requests}
    if config.jdk == 25 or any(loops(request) for request in config.requests):
        found["loop_buffer"] = "direct" if config.jdk == 8 else "heap"
    if others & {"socket", "pipe"}:
        found |= {"takes": "all"} if config.room is None else {"room": config.room}
    if "other" in others:
        found["own_channel"] = "uncounted"
    if any(r.direction == "to" and r.other == "socket" for r in config.requests):
        found["gathers"] = config.gather
    if config.until_done:
        found["repeat"] = "until-done"
    return found | {"transfer_calls": "counted"}
