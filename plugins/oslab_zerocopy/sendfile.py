"""sendfile(2) from a file to a non-blocking socket: what each call returns, and what it moves along.

A call moves ``min(count, rest of the file, room in the socket buffer, most of one call)`` bytes and
returns that number. At or after the end of the file it returns 0. Where there are bytes to send but no
room, it fails with EAGAIN and moves nothing. Without an offset (NULL) it begins at the position of the
file, which then moves on; with one it begins there, the variable moves on, and the position stays.

Source: man 2 sendfile; Linux fs/read_write.c, do_sendfile (MAX_RW_COUNT).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from oslab import InputError, Int, Run, Step, Value
from oslab.quantities import parse_size, shown
from oslab_zerocopy.paths import MOST
from oslab_zerocopy.scripts import parse_script

FAILED = -1
FARTHEST = 2**63 - 1
USAGE = "send COUNT [null|offset], drain BYTES, seek POSITION, offset VALUE"
Verb: TypeAlias = Literal["send", "drain", "seek", "offset"]
Uses: TypeAlias = Literal["null", "offset", ""]


def sent(count: int, rest: int, room: int | None, most: int = MOST) -> int:
    """The bytes that one sendfile moves: `count` of them are asked for, `rest` are left in the file from
    where it begins, `room` are free in the socket buffer (None: enough), `most` go in one call.

    0 means the end of the file where rest or count is 0, else EAGAIN on a non-blocking socket.
    """
    moved = min(count, max(rest, 0), most)
    return moved if room is None else min(moved, room)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a script.

    verb    "send": sendfile of so many bytes; "drain": the receiver takes so many bytes out of the
            socket buffer; "seek": lseek to a position; "offset": the variable gets a value
    number  bytes, position or value
    uses    of "send": "null" for a NULL offset, "offset" for the variable; else ""
    """

    verb: Verb
    number: int
    uses: Uses

    def __str__(self) -> str:
        return f"{self.verb} {self.number} {self.uses}".rstrip()


def parse_operations(text: str, uses: Uses) -> tuple[Operation, ...]:
    """The operations of a script; `uses` is what a send without a word uses. Raises InputError."""
    return parse_script(text, lambda words: _operation(words, uses))


def _operation(words: list[str], uses: Uses) -> Operation:
    verb, *rest = words
    numbers = rest[:1]
    if verb == "send" and len(rest) == 2 and rest[1] in ("null", "offset"):
        uses = "null" if rest[1] == "null" else "offset"
    elif len(rest) != 1 or verb not in ("send", "drain", "seek", "offset"):
        raise InputError(f"{shown(' '.join(words))} is no operation; there are {USAGE}")
    number = parse_size(numbers[0])
    match verb:
        case "send":
            return Operation("send", number, uses)
        case "drain":
            return Operation("drain", number, "")
        case "seek":
            return Operation("seek", number, "")
        case _:
            return Operation("offset", number, "")


@dataclass(frozen=True, slots=True)
class SendfileConfig:
    """A file, a non-blocking socket, and what is done with them.

    file_size  bytes in the file
    position   where the file position is at first
    offset     the value of the offset variable at first; None: the program has none
    room       bytes that the socket buffer takes, empty at first; None: it never fills
    limit      the most bytes that one call moves
    ops        the operations, in order

    Raises InputError for sizes out of range and for a send by a variable there is not.
    """

    file_size: int
    position: int
    offset: int | None
    room: int | None
    limit: int
    ops: tuple[Operation, ...]

    def __post_init__(self) -> None:
        numbers = {
            "the file size": self.file_size,
            "the position": self.position,
            "the offset": self.offset or 0,
            "the room": self.room or 0,
            **{f"operation {n} ({op})": op.number for n, op in enumerate(self.ops, start=1)},
        }
        for what, number in numbers.items():
            if not 0 <= number <= FARTHEST:
                raise InputError(f"{what}: 0 to 2^63 - 1 bytes are possible, not {number}")
        if not 1 <= self.limit <= FARTHEST:
            raise InputError(f"the limit of one call is 1 byte or more, not {self.limit}")
        has = self.offset is not None
        for n, op in enumerate(self.ops, start=1):
            if op.uses == "offset" and not has:
                raise InputError(
                    f"operation {n} ({op}): the offset variable has no value yet; "
                    "--offset 0, or the operation offset 0 before it, would give it one"
                )
            has = has or op.verb == "offset"


class Socket:
    """File position, offset variable and socket buffer, as the operations leave them."""

    def __init__(self, config: SendfileConfig) -> None:
        self.config = config
        self.position, self.offset, self.queued = config.position, config.offset, 0
        self.sends = self.again = self.ends = self.total = 0

    @property
    def room(self) -> int | None:
        """Bytes free in the socket buffer; None: it never fills."""
        return None if self.config.room is None else self.config.room - self.queued

    def start(self, uses: Uses) -> int:
        """Where in the file a call begins."""
        return self.position if uses == "null" else self.offset or 0

    def send(self, count: int, uses: Uses) -> int:
        """Carry out a sendfile: what it returns, `FAILED` for EAGAIN."""
        start = self.start(uses)
        wanted = sent(count, self.config.file_size - start, None, self.config.limit)
        moved = self.moved(count, self.config.file_size - start)
        self.sends += 1
        if wanted and not moved:
            self.again += 1
            return FAILED
        self.ends += not wanted
        self.total += moved
        self.queued += moved
        self.advance(start + moved, uses)
        return moved

    def moved(self, count: int, rest: int) -> int:
        """How many bytes a call moves."""
        return sent(count, rest, self.room, self.config.limit)

    def advance(self, end: int, uses: Uses) -> None:
        """A call got as far as `end`."""
        if uses == "null":
            self.position = end
        else:
            self.offset = end

    def drain(self, number: int) -> int:
        """The receiver takes bytes out, as far as there are any."""
        taken = min(number, self.queued)
        self.queued -= taken
        return taken

    def apply(self, op: Operation) -> int:
        """Carry out one operation: what a send returns, or the bytes drained."""
        match op.verb:
            case "send":
                return self.send(op.number, op.uses)
            case "drain":
                return self.drain(op.number)
            case "seek":
                self.position = op.number
            case "offset":
                self.offset = op.number
        return 0

    def metrics(self) -> Mapping[str, Value]:
        return {
            "sends": self.sends,
            "sent_bytes": self.total,
            "again": self.again,
            "ends": self.ends,
            "position": self.position,
            "offset": self.offset,
            "queued_bytes": self.queued,
        }


def run(config: SendfileConfig, kind: type[Socket] = Socket) -> Run:
    """Simulate step by step: one step for each operation. `kind` is another one for what a
    misunderstanding would do.

    send     given n, count, uses, start, rest (bytes left in the file from there), room (None: enough);
             result returned (-1: failed with EAGAIN), why, position, offset, queued
    drain    given n, bytes; result taken, queued
    seek     given n, value; result position
    offset   given n, value; result offset

    `why` is what bounded a send: "count", "limit", "rest", "room", or "end" or "again". Metrics: sends
    sent_bytes again (calls that failed with EAGAIN) ends (calls that returned 0) position offset
    queued_bytes.
    """
    socket = kind(config)
    steps = []
    for n, op in enumerate(config.ops, start=1):
        given: dict[str, Value] = {"n": n}
        if op.verb == "send":
            start = socket.start(op.uses)
            rest, room = max(config.file_size - start, 0), socket.room
            given |= {
                "count": op.number,
                "uses": op.uses,
                "start": start,
                "rest": rest,
                "room": room,
            }
            given["bounded"] = room is not None
            returned = socket.apply(op)
            why = _why(op.number, rest, room, config.limit)
            result: dict[str, Value] = {"returned": returned, "why": why}
            result |= {"position": socket.position, "offset": socket.offset}
            result["queued"] = socket.queued
        elif op.verb == "drain":
            given["bytes"] = op.number
            result = {"taken": socket.apply(op), "queued": socket.queued}
        else:
            given["value"] = op.number
            socket.apply(op)
            result = (
                {"position": socket.position} if op.verb == "seek" else {"offset": socket.offset}
            )
        actor = "receiver" if op.verb == "drain" else "application"
        steps.append(Step(action=op.verb, actor=actor, given=given, result=result, group=n))
    return Run(
        command="zerocopy.sendfile",
        config=config,
        conventions=conventions(config),
        asks={
            "send": {"returned": Int(), "position": Int()},
            "drain": {"queued": Int()},
        },
        steps=tuple(steps),
        metrics=socket.metrics(),
    )


def count(config: SendfileConfig) -> Mapping[str, Value]:
    """The metrics of `run` without its steps."""
    socket = Socket(config)
    for op in config.ops:
        socket.apply(op)
    return socket.metrics()


def conventions(config: SendfileConfig) -> Mapping[str, Value]:
    """The rules that can change an answer to this script."""
    found: dict[str, Value] = {"returns": "least", "limit": config.limit}
    uses = {op.uses for op in config.ops}
    if "null" in uses:
        found["null_offset"] = "position"
    if "offset" in uses:
        found["with_offset"] = "variable"
    if config.room is not None:
        found["full"] = "again"
    return found


def _why(asked: int, rest: int, room: int | None, limit: int) -> str:
    """What a call is bounded by; of several equal ones the first of count, limit, rest, room."""
    if not asked or not rest:
        return "end"
    if room == 0:
        return "again"
    bounds = {"count": asked, "limit": limit, "rest": rest}
    if room is not None:
        bounds["room"] = room
    return min(bounds, key=lambda name: bounds[name])
