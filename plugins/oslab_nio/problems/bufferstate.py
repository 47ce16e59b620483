"""nio.buffer-state: position and limit after each operation on a buffer, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from oslab import (
    Answers,
    Choice,
    Choose,
    Code,
    Figure,
    Generator,
    Int,
    List,
    Problem,
    Run,
    Table,
    mistake,
)
from oslab_nio.buffer import Buffer, Kind, Thrown
from oslab_nio.buffers import OUTCOMES, BuffersConfig, Totals, carried_out, program_for, run
from oslab_nio.bufferscript import DEFAULT, BufferOp, Declared, Verb
from oslab_nio.problems.rules import with_rules
from oslab_nio.script import listing

MOST_TRIES = 30


@dataclass(frozen=True)
class BufferSpace:
    """What is drawn.

    shape      "first": put, flip, get, with a clear or compact behind it; "cycle": filling and draining over and
               over with flip, compact and clear; "stale": a cycle in which old bytes are got after a
               clear; "marks": mark, reset, rewind, limit and position among it
    kind       of the memory
    capacity   in bytes
    length     how many operations ("first" has a length of its own)
    """

    shape: Literal["first", "cycle", "stale", "marks"]
    kind: Choose[Kind]
    capacity: Choose[int]
    length: Choose[int]


class NoFlip(Buffer):
    """flip goes back to the start, and leaves the limit where it is."""

    def flip(self) -> None:
        self.position, self.mark = 0, None


class ClearErases(Buffer):
    """clear fills the buffer with zeros."""

    def clear(self) -> None:
        super().clear()
        self._store(0, (0,) * self.capacity)


class CompactDropsRest(Buffer):
    """compact is clear."""

    def compact(self) -> None:
        self.clear()


class LimitStays(Buffer):
    """clear and compact move the position only."""

    def clear(self) -> None:
        self.position, self.mark = 0, None

    def compact(self) -> None:
        rest, limit = self.remaining, self.limit
        super().compact()
        self.limit = max(limit, rest)


class Partial(Buffer):
    """put and get move as many bytes as they can."""

    def put(self, count: int, values: Sequence[int]) -> None:
        possible = min(count, self.remaining)
        super().put(possible, tuple(values)[:possible])

    def get(self, count: int) -> tuple[int, ...]:
        return super().get(min(count, self.remaining))


class MarkKept(Buffer):
    """Nothing but another mark changes the mark."""

    def _keeping(self, change: str, *numbers: int) -> None:
        mark = self.mark
        getattr(super(), change)(*numbers)
        self.mark = mark

    def flip(self) -> None:
        self._keeping("flip")

    def clear(self) -> None:
        self._keeping("clear")

    def rewind(self) -> None:
        self._keeping("rewind")

    def compact(self) -> None:
        self._keeping("compact")

    def set_limit(self, limit: int) -> None:
        self._keeping("set_limit", limit)

    def set_position(self, position: int) -> None:
        self._keeping("set_position", position)


class BufferState(Problem[BuffersConfig, BufferSpace]):
    """Position, limit and exception of each operation; the bytes got in all."""

    version = 1
    params = BuffersConfig
    space = BufferSpace
    answers = {
        "states": Table(
            label="n",
            given=("operation",),
            columns={"position": Int(), "limit": Int(), "thrown": Choice(*OUTCOMES)},
            action="buffer",
        ),
        "read": List(Int()),
    }
    required = ("no-flip", "compact-drops-rest")

    def draw(self, rng: Generator, space: BufferSpace) -> BuffersConfig:
        capacity = space.capacity.pick(rng)
        declared = Declared(DEFAULT, space.kind.pick(rng), capacity)
        if space.shape == "first":
            return BuffersConfig((declared,), tuple(_first(rng, capacity)))
        length = space.length.pick(rng)
        for _ in range(MOST_TRIES):
            config = BuffersConfig((declared,), _script(rng, declared, length, space.shape))
            if space.shape != "stale" or self._as_if(config, ClearErases) != self._as_if(
                config, Buffer
            ):
                break
        return config

    def good(self, p: BuffersConfig) -> bool:
        """Something is got; exceptions are few; no row stands too often."""
        steps = run(p).steps
        rows = [(s.result["position"], s.result["limit"], s.result["thrown"]) for s in steps]
        thrown = sum(s.result["failed"] for s in steps)
        return (
            3 * max(map(rows.count, rows)) <= max(3, len(rows))
            and thrown <= 2
            and any(s.given["verb"] == "get" and s.result["data"] for s in steps)
        )

    def present(self, p: BuffersConfig) -> Mapping[str, Figure]:
        [b] = p.buffers
        return {"kind": b.kind, "capacity": b.capacity, "script": Code(listing(p.ops))}

    def rows(self, p: BuffersConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, str(op)) for n, op in enumerate(p.ops, start=1)]

    def run(self, p: BuffersConfig) -> Run:
        return with_rules(run(p), ("bulk", "thrown_op", "numbers"))

    def solve(self, p: BuffersConfig, run: Run) -> Answers:
        return {
            "states": [
                {c: step.result[c] for c in ("position", "limit", "thrown")} for step in run.steps
            ],
            "read": run.metrics["got"],
        }

    def follow(
        self, p: BuffersConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """The row that follows from the position and limit of the row before; impossible ones are the
        key's."""
        program = program_for(p)
        b = program.buffers[DEFAULT]
        for op in p.ops[: len(before)]:
            program.do(op)
        if before:
            position, limit = before[-1]["position"], before[-1]["limit"]
            if 0 <= position <= limit <= b.capacity:
                b.position, b.limit = position, limit
                if b.mark is not None and b.mark > position:
                    b.mark = None
        done = program.do(p.ops[len(before)])
        return {"position": b.position, "limit": b.limit, "thrown": done.thrown}

    def _as_if(self, p: BuffersConfig, kind: type[Buffer]) -> Answers:
        program, totals = program_for(p, kind), Totals()
        b = program.buffers[DEFAULT]
        rows = [
            {"position": b.position, "limit": b.limit, "thrown": done.thrown}
            for _, _, done in carried_out(program, p, totals)
        ]
        # What lies beyond what was put in, nobody knows.
        return {"states": rows} if totals.got is None else {"states": rows, "read": totals.got}

    @mistake("no-flip")
    def no_flip(self, p: BuffersConfig) -> Answers | None:
        """flip does not bring the limit to the position."""
        return self._as_if(p, NoFlip)

    @mistake("clear-erases")
    def clear_erases(self, p: BuffersConfig) -> Answers | None:
        """What was in the buffer is gone after clear."""
        return self._as_if(p, ClearErases)

    @mistake("compact-drops-rest")
    def compact_drops_rest(self, p: BuffersConfig) -> Answers | None:
        """compact makes room for everything anew."""
        return self._as_if(p, CompactDropsRest)

    @mistake("limit-stays")
    def limit_stays(self, p: BuffersConfig) -> Answers | None:
        """clear and compact leave the limit at what was filled."""
        return self._as_if(p, LimitStays)

    @mistake("partial")
    def partial(self, p: BuffersConfig) -> Answers | None:
        """Too many bytes are cut to what fits, without an exception."""
        return self._as_if(p, Partial)

    @mistake("mark-kept")
    def mark_kept(self, p: BuffersConfig) -> Answers | None:
        """The mark survives flip, clear, rewind and compact."""
        try:
            return self._as_if(p, MarkKept)
        except Thrown:
            return None


def op(verb: Verb, count: int | None = None, buffer: str = DEFAULT) -> BufferOp:
    """An operation without a view."""
    return BufferOp(verb, buffer, count, "")


def _first(rng: Generator, capacity: int) -> list[BufferOp]:
    """put, flip, get; then compact and another put, flip and get."""
    put = rng.between(3, capacity - 3)
    got = rng.between(1, put - 2)
    more = rng.between(1, capacity - (put - got) - 1)
    return [
        op("put", put),
        op("flip"),
        op("get", got),
        op("compact"),
        op("put", more),
        op("flip"),
        op("get", rng.between(1, put - got + more)),
    ]


def _script(rng: Generator, declared: Declared, length: int, shape: str) -> tuple[BufferOp, ...]:
    """So many operations, each drawn for the state it finds."""
    program, ops = program_for(BuffersConfig((declared,), ())), list[BufferOp]()
    while len(ops) < length:
        each = _next(rng, program.buffers[DEFAULT], ops, shape == "marks")
        program.do(each)
        ops.append(each)
    return tuple(ops)


def _next(rng: Generator, b: Buffer, ops: Sequence[BufferOp], marks: bool) -> BufferOp:
    """An operation that says something in this state, mostly one a program would do."""
    last = ops[-1].verb if ops else ""
    r, c = b.remaining, b.capacity
    filling = b.limit == c
    chosen: list[BufferOp] = []
    if r and last != "put" and filling:
        chosen += [op("put", rng.between(1, r))] * 4
    if r and last != "get" and not filling:
        chosen += [op("get", rng.between(1, r))] * 4
    if filling and b.position and last not in ("flip", "compact"):
        chosen += [op("flip")] * 4
    if not filling and b.position:
        chosen += [op("compact")] * 3 + [op("clear")]
    if last == "clear":
        chosen += [op("get", rng.between(1, min(3, c)))] * 2
    if ops and last not in ("put", "get"):
        over = rng.between(1, 2)
        chosen.append(op("put" if filling else "get", r + over))
    if marks and ops:
        chosen += [] if last == "mark" else [op("mark")] * 2
        chosen += [] if b.mark == b.position else [op("reset")] * (4 if b.mark is not None else 1)
        if b.position:
            chosen.append(op("rewind"))
        chosen.append(op("limit", rng.between(0, c)))
        chosen.append(op("position", rng.between(0, b.limit)))
    return rng.choice(chosen or [op("clear"), op("rewind")])
