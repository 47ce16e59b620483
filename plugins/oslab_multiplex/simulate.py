"""multiplex run: a script of descriptors and waits, operation by operation.

`run` shows each as a step, `count` gives the same metrics without steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from oslab import AnswerType, InputError, List, OrNone, Run, ShortText, Step, Value
from oslab_multiplex.drawings import Artist
from oslab_multiplex.epoll import Epoll
from oslab_multiplex.machine import Machine, Mechanism, Outcome
from oslab_multiplex.openfiles import IN
from oslab_multiplex.pipe import PipeWake
from oslab_multiplex.reported import Reported, all_written
from oslab_multiplex.script import Op
from oslab_multiplex.sockets import Listener

EVENTS = List(Reported())
MOST_FIRST = 1_000_000


@dataclass(frozen=True, slots=True)
class MultiplexConfig:
    """What a process does.

    mechanism   what `wait` asks: epoll, or select or poll with the program's own list of interests
    pipe_wake   when a read makes the writers of a pipe wake up: `slot`, when it empties a slot of a full
                pipe (Linux from 6.14 on); `was-full`, when the pipe was full before it (older)
    first_fd    the lowest free descriptor at the start; those below it are open and not used
    ops         the script
    """

    mechanism: Mechanism
    pipe_wake: PipeWake
    first_fd: int
    ops: tuple[Op, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.first_fd <= MOST_FIRST:
            raise InputError(
                f"the first free descriptor is a number from 0 to {MOST_FIRST}, not {self.first_fd}"
            )


@dataclass(slots=True)
class Totals:
    """What the operations so far came to."""

    waits: int = 0
    events: int = 0
    syscalls: int = 0
    copied_bytes: int = 0
    scanned: int = 0

    def add(self, op: Op, outcome: Outcome) -> None:
        self.waits += op.verb == "wait"
        self.events += len(outcome.events)
        self.syscalls += outcome.calls
        self.copied_bytes += outcome.copied
        self.scanned += outcome.scanned


class BadOperation(InputError):
    """An operation that makes no sense; `number` says which, from 1."""

    def __init__(self, number: int, op: Op, why: InputError) -> None:
        super().__init__(f"operation {number} ({op}): {why}")
        self.number = number


def machine_for(config: MultiplexConfig, kind: type[Machine] = Machine) -> Machine:
    """The process at the start; `kind` is another one, for what a misunderstanding would do."""
    return kind(config.mechanism, config.pipe_wake, config.first_fd)


def carried_out(machine: Machine, ops: Sequence[Op]) -> Iterator[tuple[int, Op, Outcome]]:
    """Each operation with its number, once it has happened. Raises BadOperation."""
    for n, op in enumerate(ops, start=1):
        try:
            yield n, op, machine.do(op)
        except InputError as error:
            raise BadOperation(n, op, error) from None


def run(config: MultiplexConfig, kind: type[Machine] = Machine) -> Run:
    """Simulate step by step: one step for each operation.

    Every step: given n, operation; result returned (-1 if it failed), errno (none if it did not).

    wait            result events (``a.r:IN+HUP`` each, in order), ready (the same as tag, fd, events),
                    scanned, copied; by epoll also unread (in what is watched), dropped (on the list, but not
                    ready any more), left (on the list, but beyond max), again (put back)
    ctl             action `add`, `mod` or `del`; given epoll, target, asked, tag; listed as below
    write, read …   result listed: the tags that this put on a ready list

    `state` is described in docs/multiplex.md. Raises InputError naming the operation.
    """
    machine, totals, artist = machine_for(config, kind), Totals(), Artist()
    steps: list[Step] = []
    before: dict[Epoll, list[str]] = {}
    for n, op, outcome in carried_out(machine, config.ops):
        totals.add(op, outcome)
        now = _lists(machine)
        steps.append(
            Step(
                action=op.action if op.verb == "ctl" else op.verb,
                given={"n": n, "operation": str(op), **_given(machine, op)},
                result={
                    "returned": outcome.value,
                    "errno": outcome.errno or None,
                    **_result(machine, op, outcome, before, now),
                },
                state=artist.draw(machine),
                group=n,
            )
        )
        before = now
    return Run(
        command="multiplex.run",
        config=config,
        conventions=conventions(config),
        asks=_asks(steps),
        steps=tuple(steps),
        metrics=metrics(machine, totals),
    )


def count(config: MultiplexConfig) -> Mapping[str, Value]:
    """The metrics of `run` without its steps. Raises InputError."""
    machine, totals = machine_for(config), Totals()
    for _, op, outcome in carried_out(machine, config.ops):
        totals.add(op, outcome)
    return metrics(machine, totals)


def _given(machine: Machine, op: Op) -> Mapping[str, Value]:
    """What the sentences and questions need of an operation."""
    match op.verb:
        case "ctl":
            asked = "+".join(e.upper() for e in op.events) or "0"
            return {"epoll": op.name, "target": op.target, "asked": asked, "tag": op.tag or None}
        case "wait":
            return {"epoll": op.name, "max": op.number, "mechanism": machine.mechanism}
        case "read" | "write":
            return {"name": op.name, "size": op.number}
        case "dup" | "accept":
            return {"name": op.name, "new": op.target or None}
        case "shutdown":
            return {"name": op.name, "side": op.action}
        case "connect":
            return {"name": op.name, "times": op.number}
        case "close":
            return {"name": op.name}
        case _:
            return {"name": op.name, "mechanism": machine.mechanism}


def _result(
    machine: Machine,
    op: Op,
    outcome: Outcome,
    before: Mapping[Epoll, Sequence[str]],
    now: Mapping[Epoll, Sequence[str]],
) -> Mapping[str, Value]:
    if op.verb == "wait":
        return _waited(machine, op, outcome)
    result: dict[str, Value] = {}
    if op.verb in ("pipe", "unix"):
        ends = "rw" if op.verb == "pipe" else "ab"
        first, second = (machine.names[f"{op.name}.{end}"] for end in ends)
        result |= {"fds": (first, second), "first": first, "second": second}
    listed = tuple(
        tag
        for epoll, tags in now.items()
        for known in [set(before.get(epoll, ()))]
        for tag in tags
        if tag not in known
    )
    result["listed"] = listed
    if listed:
        result["listed_text"] = ", ".join(listed)
    return result


def _waited(machine: Machine, op: Op, outcome: Outcome) -> Mapping[str, Value]:
    texts = all_written(outcome.events)
    result: dict[str, Value] = {
        "events": texts,
        "events_text": ", ".join(texts),
        "ready": tuple(
            {"tag": e.tag, "fd": e.fd, "events": tuple(text.partition(":")[2].split("+"))}
            for e, text in zip(outcome.events, texts, strict=True)
        ),
        "scanned": outcome.scanned,
        "copied": outcome.copied,
    }
    if machine.mechanism == "epoll" and not outcome.errno:
        epoll = machine.file_of(op.name)
        assert isinstance(epoll, Epoll)
        result["unread"] = epoll.unread_below()
        reported = {event.tag for event in outcome.events}
        left = [item.tag for item in epoll.list if item.tag not in reported]
        if epoll.dropped:
            result["dropped"] = ", ".join(item.tag for item in epoll.dropped)
        if left:
            result["left"] = ", ".join(left)
        if epoll.list and not left:
            result["again"] = ", ".join(item.tag for item in epoll.list)
    return result


def _lists(machine: Machine) -> dict[Epoll, list[str]]:
    """The tags on the ready list of every open instance."""
    return {epoll: [item.tag for item in epoll.list] for epoll in machine.epolls}


def _asks(steps: Sequence[Step]) -> Mapping[str, Mapping[str, AnswerType]]:
    """Every wait is worth a question; other calls are where some call of their kind fails."""
    asks: dict[str, dict[str, AnswerType]] = {}
    for step in steps:
        if step.action == "wait":
            asks["wait"] = {"events": EVENTS}
        elif step.result["errno"]:
            asks[step.action] = {"errno": OrNone(ShortText())}
    return asks


def metrics(machine: Machine, totals: Totals) -> Mapping[str, Value]:
    """syscalls are those of the whole script; copied_bytes those of interests and events alone."""
    data, connections = stuck(machine)
    return {
        "waits": totals.waits,
        "events": totals.events,
        "syscalls": totals.syscalls,
        "copied_bytes": totals.copied_bytes,
        "scanned": totals.scanned,
        "stuck_bytes": data,
        "stuck_connections": connections,
    }


def stuck(machine: Machine) -> tuple[int, int]:
    """Bytes unread and connections not accepted that no wait will speak of: watched for IN, but on no ready
    list. What is watched in level mode never is among them."""
    data = connections = 0
    for file in dict.fromkeys(machine.fds.values()):
        items = [item for item in file.watchers if item.mask & IN or item.oneshot]
        if not items or any(item in item.epoll.list for item in file.watchers):
            continue
        if isinstance(file, Listener):
            connections += file.waiting
        else:
            data += file.unread
    return data, connections


def conventions(config: MultiplexConfig) -> Mapping[str, Value]:
    """The rules that can change an answer to this script."""
    verbs = {op.verb for op in config.ops}
    found: dict[str, Value] = {"numbers": config.first_fd, "nonblocking": "all"}
    if "pipe" in verbs:
        found["pipe_wake"] = config.pipe_wake
    if "wait" in verbs:
        found["waits"] = config.mechanism
    if config.mechanism != "epoll" and any(
        flag in op.events for op in config.ops for flag in ("et", "oneshot", "exclusive")
    ):
        found["flags"] = "ignored"
    found["counted"] = config.mechanism
    return found
