"""nio buffers: a script of puts, gets, flips and channel I/O on heap, direct and mapped buffers.

Beside position, limit and mark it follows what I/O costs. A channel reads into and writes from memory
outside the heap only, for the collector may move an array in the middle of a system call. So I/O on a
heap buffer goes through a temporary direct buffer, and everything is copied once more:

- write from a heap buffer: all that remains is copied into the temporary buffer, then the system call
  copies as much as the channel takes;
- read into a heap buffer: the system call copies into the temporary buffer, then what arrived is copied
  into the array.

The thread keeps the temporary buffer, and replaces it by a larger one when it is too small. Where nothing
remains there is no system call.

Source: JDK 17 and 25, sun.nio.ch.IOUtil and sun.nio.ch.Util (the cache of temporary buffers).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from oslab import AnswerType, Cells, Choice, Drawing, Grid, InputError, Int, Run, Step, Value
from oslab_nio.buffer import (
    ILLEGAL_ARGUMENT,
    INVALID_MARK,
    MOST_FOLLOWED,
    OVERFLOW,
    READ_ONLY,
    UNDERFLOW,
    Buffer,
    Memory,
    Thrown,
)
from oslab_nio.bufferscript import BufferOp, Declared
from oslab_nio.script import named

OK = "ok"
OUTCOMES = (OK, OVERFLOW, UNDERFLOW, INVALID_MARK, ILLEGAL_ARGUMENT, READ_ONLY)
# More boxes do not fit beside each other.
MOST_BOXES, MOST_BUFFERS_DRAWN = 16, 12
# Bytes put are 1, 2, 3 …; those that arrive from the channel 101, 102 ….
FIRST_PUT, FIRST_ARRIVED = 1, 101


@dataclass(frozen=True, slots=True)
class BuffersConfig:
    """What happens to which buffers.

    buffers   those at the start, each empty, with limit = capacity
    ops       the script

    Raises InputError for no buffer, or two of one name.
    """

    buffers: tuple[Declared, ...]
    ops: tuple[BufferOp, ...]

    def __post_init__(self) -> None:
        if not self.buffers:
            raise InputError("there must be a buffer")
        name, times = Counter(declared.name for declared in self.buffers).most_common(1)[0]
        if times > 1:
            raise InputError(f"two buffers are called {name}")


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation did: the exception it threw, or OK; bytes moved by put, get or I/O, and which,
    where they are followed; bytes the CPU copied for I/O, and system calls."""

    thrown: str
    moved: int
    data: tuple[int, ...]
    cpu_bytes: int
    syscalls: int


NOTHING = Done(OK, 0, (), 0, 0)


@dataclass
class Program:
    """The buffers of a running program by name, and what its I/O came to."""

    buffers: dict[str, Buffer]
    temporary: int = 0
    arrived: int = FIRST_ARRIVED
    given: int = FIRST_PUT
    memories: list[Memory] = field(default_factory=list)

    def do(self, op: BufferOp) -> Done:
        """Carry out an operation. Raises InputError for a buffer there is not."""
        buffer = self.buffers.get(op.buffer)
        if buffer is None:
            raise InputError(f"there is no buffer {op.buffer}; there are: {named(self.buffers)}")
        try:
            return self._done(op, buffer)
        except Thrown as thrown:
            return Done(thrown.name, 0, (), 0, 0)

    def _done(self, op: BufferOp, b: Buffer) -> Done:
        count = op.count or 0
        match op.verb:
            case "put":
                before, values = b.position, self._numbers(self.given, count, b)
                b.put(count, values)
                moved = b.position - before
                self.given += moved
                return Done(OK, moved, values, 0, 0)
            case "get":
                before, data = b.position, b.get(count)
                return Done(OK, b.position - before, data, 0, 0)
            case "write":
                return self.write(b, op.count)
            case "read":
                return self.read(b, op.count)
            case "limit":
                b.set_limit(count)
            case "position":
                b.set_position(count)
            case "slice":
                self.buffers[op.target] = b.slice()
            case "duplicate":
                self.buffers[op.target] = b.duplicate()
            case "readonly":
                self.buffers[op.target] = b.read_only_view()
            case "flip":
                b.flip()
            case "clear":
                b.clear()
            case "rewind":
                b.rewind()
            case "compact":
                b.compact()
            case "mark":
                b.set_mark()
            case "reset":
                b.reset()
        return NOTHING

    def write(self, b: Buffer, most: int | None) -> Done:
        """The channel takes what remains in the buffer, or `most` bytes of it."""
        rest = b.remaining
        moved = rest if most is None else min(most, rest)
        copied = moved + self.copied_before_write(b, rest)
        return Done(OK, moved, b.get(moved), copied, int(rest > 0))

    def read(self, b: Buffer, most: int | None) -> Done:
        """The channel fills the buffer, or has `most` bytes for it."""
        if b.read_only:
            raise Thrown(ILLEGAL_ARGUMENT)
        rest = b.remaining
        moved = rest if most is None else min(most, rest)
        values = self._numbers(self.arrived, moved, b)
        b.put(moved, values)
        self.arrived += moved
        copied = moved + self.copied_after_read(b, rest, moved)
        return Done(OK, moved, values, copied, int(rest > 0))

    def copied_before_write(self, b: Buffer, rest: int) -> int:
        """Bytes copied into a temporary buffer before the system call."""
        if b.memory.kind != "heap":
            return 0
        self.temporary = max(self.temporary, rest)
        return rest

    def copied_after_read(self, b: Buffer, rest: int, moved: int) -> int:
        """Bytes copied out of a temporary buffer after the system call."""
        if b.memory.kind != "heap":
            return 0
        self.temporary = max(self.temporary, rest)
        return moved

    def bytes_of(self, kind: str) -> int:
        return sum(memory.size for memory in self.memories if memory.kind == kind)

    @staticmethod
    def _numbers(first: int, count: int, b: Buffer) -> tuple[int, ...]:
        if b.memory.data is None:
            return ()
        return tuple(n % 256 for n in range(first, first + min(count, b.remaining)))


def program_for(
    config: BuffersConfig, kind: type[Buffer] = Buffer, program: type[Program] = Program
) -> Program:
    """The program at the start; other kinds are what a misunderstanding would do."""
    memories = [Memory(declared.kind, declared.capacity) for declared in config.buffers]
    buffers = {
        declared.name: kind(memory, 0, declared.capacity)
        for declared, memory in zip(config.buffers, memories, strict=True)
    }
    return program(buffers, memories=memories)


@dataclass
class Totals:
    """What the operations so far came to."""

    cpu_bytes: int = 0
    syscalls: int = 0
    exceptions: int = 0
    got: tuple[int, ...] | None = ()

    def add(self, op: BufferOp, done: Done) -> None:
        self.cpu_bytes += done.cpu_bytes
        self.syscalls += done.syscalls
        self.exceptions += done.thrown != OK
        if op.verb in ("get", "write") and self.got is not None:
            known = len(done.data) == done.moved and len(self.got) + done.moved <= MOST_FOLLOWED
            self.got = self.got + done.data if known else None


def carried_out(
    program: Program, config: BuffersConfig, totals: Totals
) -> Iterator[tuple[int, BufferOp, Done]]:
    """Each operation with its number, once it has happened. Raises InputError naming the operation."""
    for n, op in enumerate(config.ops, start=1):
        try:
            done = program.do(op)
        except InputError as error:
            raise InputError(f"operation {n} ({op}): {error}") from None
        totals.add(op, done)
        yield n, op, done


def run(
    config: BuffersConfig, kind: type[Buffer] = Buffer, program: type[Program] = Program
) -> Run:
    """Simulate step by step, each operation a step of the action `buffer`.

    given   n, verb, buffer (its name), kind (of its memory), count; view: the name of the view made
    result  position, limit, mark of that buffer (of a view, the view's) after the operation; thrown
            (ok, or the exception's class), failed; moved (bytes); data (which, where they are
            followed); cpu_bytes, syscalls; temporary (bytes of the thread's temporary buffer now)

    Raises InputError naming the operation.
    """
    started, totals = program_for(config, kind, program), Totals()
    steps = []
    for n, op, done in carried_out(started, config, totals):
        shown = op.target if op.target and done.thrown == OK else op.buffer
        b = started.buffers[shown]
        given: dict[str, Value] = {
            "n": n,
            "verb": op.verb,
            "operation": str(op),
            "buffer": op.buffer,
            "kind": b.memory.kind,
        }
        if op.count is not None:
            given["count"] = op.count
        if op.target:
            given["view"] = op.target
        result: dict[str, Value] = {
            "thrown": done.thrown,
            "failed": done.thrown != OK,
            "position": b.position,
            "limit": b.limit,
            "capacity": b.capacity,
            "mark": b.mark,
            "moved": done.moved,
            "data": done.data,
            "cpu_bytes": done.cpu_bytes,
            "syscalls": done.syscalls,
            "temporary": started.temporary,
        }
        steps.append(
            Step(
                action="buffer", given=given, result=result, state=drawings(started, shown), group=n
            )
        )
    return Run(
        command="nio.buffers",
        config=config,
        conventions=conventions(config),
        asks=_asks(config),
        steps=tuple(steps),
        metrics=metrics(config, started, totals),
    )


def count(config: BuffersConfig) -> Mapping[str, Value]:
    """The metrics of `run` without its steps. Raises InputError."""
    started, totals = program_for(config), Totals()
    for _ in carried_out(started, config, totals):
        pass
    return metrics(config, started, totals)


def metrics(config: BuffersConfig, program: Program, totals: Totals) -> Mapping[str, Value]:
    """Position, limit and mark are those of the first buffer's name, at the end."""
    b = program.buffers[config.buffers[0].name]
    return {
        "position": b.position,
        "limit": b.limit,
        "capacity": b.capacity,
        "mark": b.mark,
        "remaining": b.remaining,
        "got": totals.got,
        "exceptions": totals.exceptions,
        "syscalls": totals.syscalls,
        "cpu_bytes": totals.cpu_bytes,
        "heap_bytes": program.bytes_of("heap"),
        "direct_bytes": program.bytes_of("direct") + program.temporary,
        "mapped_bytes": program.bytes_of("mapped"),
    }


def _asks(config: BuffersConfig) -> Mapping[str, Mapping[str, AnswerType]]:
    marks: dict[str, AnswerType] = {"thrown": Choice(*OUTCOMES), "position": Int(), "limit": Int()}
    moving = any(op.verb in ("read", "write") for op in config.ops)
    return {"buffer": {**marks, "cpu_bytes": Int()} if moving else marks}


def conventions(config: BuffersConfig) -> Mapping[str, Value]:
    """The rules that can change an answer to this script."""
    verbs = {op.verb for op in config.ops}
    found: dict[str, Value] = {"declared": named(map(str, config.buffers))}
    found |= {"bulk": "all-or-nothing", "thrown_op": "skipped"}
    if verbs & {"put", "read"}:
        found["numbers"] = "counted"
    if verbs & {"read", "write"}:
        found |= {"heap_io": "temporary", "copies_counted": "io"}
    return found


def drawings(program: Program, shown: str) -> Mapping[str, Drawing]:
    """The buffer that the operation is about, box by box, and position and limit of all."""
    b = program.buffers[shown]
    drawn: dict[str, Drawing] = {}
    contents = b.contents()
    if contents is not None and b.capacity < MOST_BOXES:
        marks = {"position": b.position, "limit": b.limit}
        if b.mark is not None:
            marks["mark"] = b.mark
        labels = tuple(range(b.capacity + 1))
        # One box more, where position and limit stand when everything is full.
        drawn["contents"] = Cells((*contents, None), labels, marks)
    if len(program.buffers) <= MOST_BUFFERS_DRAWN:
        drawn["buffers"] = Grid(
            ("buffer", "kind", "position", "limit", "capacity", "mark"),
            tuple(
                (name, each.memory.kind, each.position, each.limit, each.capacity, each.mark)
                for name, each in program.buffers.items()
            ),
        )
    return drawn
