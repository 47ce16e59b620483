"""A program that takes a fixed amount at each edge: how its script comes about, and what each arrival leaves.

Things arrive in bursts: all of a burst is there before the program looks. Then it waits; whenever the wait
returns an event it takes its amount, once, and waits again; when a wait returns nothing it sleeps until the
next burst. The script has what was done that way, so it can be replayed; bursts and amount are read off it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from oslab import Answers, Run
from oslab_multiplex.epoll import Epoll
from oslab_multiplex.machine import Machine, Outcome
from oslab_multiplex.problems.scripts import config_of
from oslab_multiplex.script import Op, connect, wait, write
from oslab_multiplex.simulate import MultiplexConfig, machine_for

ARRIVALS = ("write", "connect", "close")
TAKING = ("read", "accept")
Burst: TypeAlias = tuple[Op, ...]
Row: TypeAlias = Mapping[str, Any]


def played(
    start: Sequence[Op],
    bursts: Sequence[Burst],
    taking: Sequence[Op],
    kind: type[Machine] = Machine,
) -> MultiplexConfig:
    """The script of a program that has `start` done, then meets the bursts, taking so at each event."""
    machine = machine_for(config_of(()), kind)
    ops = [*start]
    for op in start:
        machine.do(op)
    epoll = next(op.name for op in start if op.verb == "epoll")
    for burst in bursts:
        for op in burst:
            machine.do(op)
        ops += burst
        while machine.do(wait(epoll)).value > 0:
            for op in taking:
                machine.do(op)
            ops += (wait(epoll), *taking)
        ops.append(wait(epoll))
    return config_of(ops)


def start_of(p: MultiplexConfig) -> Burst:
    """What is done before the first arrival."""
    first = next(n for n, op in enumerate(p.ops) if op.verb in ARRIVALS)
    return p.ops[:first]


def bursts_of(p: MultiplexConfig) -> list[Burst]:
    """What arrives together."""
    found: list[list[Op]] = []
    joined = False
    for op in p.ops:
        if op.verb in ARRIVALS:
            if joined:
                found[-1].append(op)
            else:
                found.append([op])
        joined = op.verb in ARRIVALS
    return [tuple(burst) for burst in found]


def taking_of(p: MultiplexConfig) -> Burst:
    """What the program does at an event: all between its first wait and its second."""
    waits = [n for n, op in enumerate(p.ops) if op.verb == "wait"]
    return p.ops[waits[0] + 1 : waits[1]]


def rows_of_run(run: Run) -> tuple[Row, ...]:
    """For each burst what was taken after it, and what is left when the program sleeps."""
    rows: list[dict[str, Any]] = []
    before = ""
    for step in run.steps:
        if step.action in ARRIVALS and before not in ARRIVALS:
            rows.append({"got": 0, "left": 0})
        if step.action in TAKING and not step.result["errno"]:
            rows[-1]["got"] += step.result["returned"] if step.action == "read" else 1
        if step.action == "wait":
            rows[-1]["left"] = step.result["unread"]
        before = step.action
    return tuple(rows)


def rows_as(p: MultiplexConfig, kind: type[Machine]) -> tuple[Row, ...]:
    """The same program and bursts where epoll works otherwise."""
    return rows_after(p, bursts_of(p), kind)


def rows_after(
    p: MultiplexConfig, bursts: Sequence[Burst], kind: type[Machine] = Machine, left: int = 0
) -> tuple[Row, ...]:
    """The rows of these bursts, where the program slept with so much left before."""
    machine, start, taking = machine_for(p, kind), start_of(p), taking_of(p)
    for op in start:
        machine.do(op)
    name = next(op.name for op in start if op.verb == "epoll")
    epoll = machine.file_of(name)
    assert isinstance(epoll, Epoll)
    if left:
        machine.do(_arrival(p, left))
        epoll.wait(1)
    rows = []
    for burst in bursts:
        for op in burst:
            machine.do(op)
        got, more = 0, 1
        while more and machine.do(wait(name)).value > 0:
            more = sum(_taken(op, machine.do(op)) for op in taking)
            got += more
        rows.append({"got": got, "left": epoll.unread_below()})
    return tuple(rows)


def _taken(op: Op, outcome: Outcome) -> int:
    """Bytes read, or one connection accepted; at the end of what there is, 0."""
    if outcome.errno:
        return 0
    return outcome.value if op.verb == "read" else 1


def _arrival(p: MultiplexConfig, size: int) -> Op:
    """So much arriving at once."""
    first = bursts_of(p)[0][0]
    return connect(first.name, size) if first.verb == "connect" else write(first.name, size)


def alone(p: MultiplexConfig) -> tuple[Row, ...]:
    """Each burst as if nothing were left from those before."""
    return tuple(rows_after(p, [burst])[0] for burst in bursts_of(p))


def followed(p: MultiplexConfig, before: Sequence[Row], most: int) -> Row | None:
    """The row after these, from what the last of them has left; of more than `most`, what the key has."""
    bursts = bursts_of(p)
    left = before[-1]["left"] if before else 0
    if not 0 <= left <= most:
        left = rows_after(p, bursts[: len(before)])[-1]["left"]
    return rows_after(p, [bursts[len(before)]], left=left)[0]


def first_left(rows: Sequence[Row]) -> int:
    """The number of the first burst after which something is left; 0 if nothing ever is."""
    return next((n for n, row in enumerate(rows, start=1) if row["left"]), 0)


def stuck_answers(rows: tuple[Row, ...]) -> Answers:
    """What the rows come to: how much is stuck at the end, and since which burst."""
    return {"bursts": rows, "stuck": rows[-1]["left"], "line": first_left(rows)}
