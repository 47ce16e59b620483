"""zerocopy.sendfile: what each call returns, and where position and offset are then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslab import (
    Answers,
    Choose,
    Code,
    Figure,
    Generator,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab_zerocopy.paths import MOST
from oslab_zerocopy.sendfile import (
    FAILED,
    Operation,
    SendfileConfig,
    Socket,
    Uses,
    run,
    sent,
)


@dataclass(frozen=True)
class SendfileSpace:
    """A file, a socket and what is done.

    file_size   bytes, in hundreds
    position    where the file position is at first
    offset      the offset variable at first
    room        what the socket buffer takes, in bytes
    count       bytes asked for by a call
    uses        what sends use: null, offset, or both by turns at random
    sends       how many calls
    drains      the chance of a drain between two calls, in percent
    """

    file_size: Choose[int]
    position: Choose[int]
    offset: Choose[int]
    room: Choose[int]
    count: Choose[int]
    uses: tuple[Uses, ...]
    sends: Choose[int]
    drains: Choose[int]


class Sendfile(Problem[SendfileConfig, SendfileSpace]):
    """Each call: what it returns, the file position and the offset variable after it."""

    version = 1
    params = SendfileConfig
    space = SendfileSpace
    required = ("always-full", "again-is-zero")
    answers = {
        "calls": Table(
            label="n",
            given=("operation",),
            columns={"returned": Int(), "position": Int(), "offset": OrNone(Int())},
            action="send",
        )
    }

    def draw(self, rng: Generator, space: SendfileSpace) -> SendfileConfig:
        has_offset = "offset" in space.uses
        ops: list[Operation] = []
        sends = space.sends.pick(rng)
        percent = space.drains.pick(rng)
        for n in range(sends):
            ops.append(Operation("send", space.count.pick(rng), rng.choice(space.uses)))
            if n < sends - 1 and rng.below(100) < percent:
                ops.append(Operation("drain", rng.between(10, 80) * 100, ""))
        return SendfileConfig(
            file_size=space.file_size.pick(rng) // 100 * 100 + rng.between(1, 99),
            position=space.position.pick(rng),
            offset=space.offset.pick(rng) if has_offset else None,
            room=space.room.pick(rng),
            limit=MOST,
            ops=tuple(ops),
        )

    def good(self, p: SendfileConfig) -> bool:
        """There is a full send, a short one and a refused one."""
        steps = [step for step in run(p).steps if step.action == "send"]
        return {"count", "again"} <= {str(step.result["why"]) for step in steps}

    def present(self, p: SendfileConfig) -> Mapping[str, Figure]:
        return {
            "file_size": p.file_size,
            "position": p.position,
            "offset": "-" if p.offset is None else p.offset,
            "room": "-" if p.room is None else p.room,
            "script": Code("\n".join(f"{n:>2}  {op}" for n, op in enumerate(p.ops, start=1))),
        }

    def rows(self, p: SendfileConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, str(op)) for n, op in enumerate(p.ops, start=1) if op.verb == "send"]

    def run(self, p: SendfileConfig) -> Run:
        return run(p)

    def solve(self, p: SendfileConfig, run: Run) -> Answers:
        table = self.answers["calls"]
        assert isinstance(table, Table)
        return {"calls": rows_of(run, table)}

    def follow(
        self, p: SendfileConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """What the next call does where the calls before returned what the student says."""
        socket = Socket(p)
        told = iter(before)
        for op in p.ops:
            if op.verb != "send":
                socket.apply(op)
                continue
            row = next(told, None)
            if row is None:
                returned = socket.send(op.number, op.uses)
                offset = socket.offset
                return {"returned": returned, "position": socket.position, "offset": offset}
            socket.queued += max(0, row["returned"])
            socket.position = max(0, row["position"])
            if row["offset"] is not None and p.offset is not None:
                socket.offset = max(0, row["offset"])
            if p.room is not None and socket.queued > p.room:
                # More than fits cannot be queued.
                socket.queued = p.room
        return None

    def _as_if(self, p: SendfileConfig, kind: type[Socket]) -> Answers:
        return self.solve(p, run(p, kind))

    @mistake("null-is-zero")
    def null_is_zero(self, p: SendfileConfig) -> Answers | None:
        """A NULL offset is believed to mean the start of the file, each time."""
        return self._as_if(p, NullIsZero)

    @mistake("always-full")
    def always_full(self, p: SendfileConfig) -> Answers | None:
        """Each call is believed to send all it is asked for."""
        return self._as_if(p, AlwaysFull)

    @mistake("position-moves")
    def position_moves(self, p: SendfileConfig) -> Answers | None:
        """The file position is believed to move along with the offset variable."""
        return self._as_if(p, PositionMoves) if p.offset is not None else None

    @mistake("position-added")
    def position_added(self, p: SendfileConfig) -> Answers | None:
        """What is sent by the variable is believed to be added to the file position, too."""
        return self._as_if(p, PositionAdded) if p.offset is not None else None

    @mistake("offset-stays")
    def offset_stays(self, p: SendfileConfig) -> Answers | None:
        """The variable is believed to be read only."""
        return self._as_if(p, OffsetStays) if p.offset is not None else None

    @mistake("again-is-zero")
    def again_is_zero(self, p: SendfileConfig) -> Answers | None:
        """A call that finds no room is believed to return 0."""
        rows = self.solve(p, run(p))["calls"]
        return {
            "calls": tuple(
                {**row, "returned": 0} if row["returned"] == FAILED else row for row in rows
            )
        }

    @mistake("all-or-nothing")
    def all_or_nothing(self, p: SendfileConfig) -> Answers | None:
        """A call that does not find room for all is believed to fail."""
        return self._as_if(p, AllOrNothing)

    @mistake("drain-forgotten")
    def drain_forgotten(self, p: SendfileConfig) -> Answers | None:
        """The socket buffer is believed never to empty."""
        return self._as_if(p, DrainForgotten)


class NullIsZero(Socket):
    """NULL: from the start of the file."""

    def start(self, uses: Uses) -> int:
        return 0 if uses == "null" else super().start(uses)


class AlwaysFull(Socket):
    """A call moves all it is asked for, whatever there is and whatever room."""

    def send(self, count: int, uses: Uses) -> int:
        self.advance(self.start(uses) + count, uses)
        return count


class PositionMoves(Socket):
    """The file position moves with the variable."""

    def advance(self, end: int, uses: Uses) -> None:
        super().advance(end, uses)
        self.position = end


class PositionAdded(Socket):
    """The file position moves on by as much as the variable."""

    def advance(self, end: int, uses: Uses) -> None:
        if uses == "offset":
            self.position += end - self.start(uses)
        super().advance(end, uses)


class OffsetStays(Socket):
    """The variable is not updated."""

    def advance(self, end: int, uses: Uses) -> None:
        if uses == "null":
            super().advance(end, uses)


class AllOrNothing(Socket):
    """No short send for want of room."""

    def moved(self, count: int, rest: int) -> int:
        wanted = sent(count, rest, None, self.config.limit)
        return wanted if self.room is None or wanted <= self.room else 0


class DrainForgotten(Socket):
    """What is queued stays."""

    def drain(self, number: int) -> int:
        return 0
