"""nio.copies: what channel I/O on heap, direct and mapped buffers copies, and how many calls it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oslab import (
    Answers,
    Choose,
    Code,
    Figure,
    Generator,
    Grid,
    Int,
    Problem,
    Run,
    Size,
    Table,
    mistake,
)
from oslab_nio.buffer import Buffer, Kind
from oslab_nio.buffers import (
    BuffersConfig,
    Done,
    Program,
    Totals,
    carried_out,
    metrics,
    program_for,
    run,
)
from oslab_nio.bufferscript import BufferOp, Declared, Verb
from oslab_nio.problems.bufferstate import op
from oslab_nio.problems.rules import with_rules
from oslab_nio.script import listing

NAMES = {"heap": "h", "direct": "d", "mapped": "m"}


@dataclass(frozen=True)
class CopiesSpace:
    """Which kinds of buffers there are, their capacity in units of 100 bytes, and how many operations."""

    kinds: tuple[Kind, ...]
    hundreds: Choose[int]
    length: Choose[int]


class HeapNoTemp(Program):
    """The kernel reads and writes arrays on the heap itself."""

    def copied_before_write(self, b: Buffer, rest: int) -> int:
        return 0

    def copied_after_read(self, b: Buffer, rest: int, moved: int) -> int:
        return 0


class TempOnlyMoved(Program):
    """Only what the channel takes is copied into the temporary buffer."""

    def write(self, b: Buffer, most: int | None) -> Done:
        rest = b.remaining
        done = super().write(b, most)
        unmoved = rest - done.moved if b.memory.kind == "heap" else 0
        return Done(done.thrown, done.moved, done.data, done.cpu_bytes - unmoved, done.syscalls)


class EmptyCalls(Program):
    """A system call is made where nothing remains, too."""

    def write(self, b: Buffer, most: int | None) -> Done:
        done = super().write(b, most)
        return Done(done.thrown, done.moved, done.data, done.cpu_bytes, 1)

    def read(self, b: Buffer, most: int | None) -> Done:
        done = super().read(b, most)
        return Done(done.thrown, done.moved, done.data, done.cpu_bytes, 1)


class Copies(Problem[BuffersConfig, CopiesSpace]):
    """For each operation bytes copied and system calls; the sum, and direct memory at the end."""

    version = 1
    params = BuffersConfig
    space = CopiesSpace
    answers = {
        "io": Table(
            label="n",
            given=("operation",),
            columns={"cpu_bytes": Int(), "syscalls": Int()},
            action="buffer",
        ),
        "cpu_bytes": Int(),
        "direct_bytes": Size(),
    }
    required = ("heap-no-temp", "direct-is-zero")

    def draw(self, rng: Generator, space: CopiesSpace) -> BuffersConfig:
        declared = tuple(
            Declared(NAMES[kind], kind, space.hundreds.pick(rng) * 100) for kind in space.kinds
        )
        program = program_for(BuffersConfig(declared, ()))
        ops: list[BufferOp] = []
        names = rng.shuffled([d.name for d in declared])
        while len(ops) < space.length.pick(rng):
            name = names[len(ops) // 3 % len(names)]
            for each in _turn(rng, program.buffers[name], name):
                program.do(each)
                ops.append(each)
        return BuffersConfig(declared, tuple(ops))

    def good(self, p: BuffersConfig) -> bool:
        """Every kind is used, nothing is thrown, and few rows are the same."""
        steps = run(p).steps
        rows = [(s.result["cpu_bytes"], s.result["syscalls"]) for s in steps]
        kinds = {s.given["kind"] for s in steps}
        return (
            len(kinds) == len(p.buffers)
            and not any(s.result["failed"] for s in steps)
            and 5 * max(map(rows.count, rows)) <= 2 * len(rows)
        )

    def present(self, p: BuffersConfig) -> Mapping[str, Figure]:
        rows = tuple((d.name, d.kind, d.capacity) for d in p.buffers)
        return {
            "buffers": Grid(("buffer", "kind", "capacity"), rows),
            "script": Code(listing(p.ops)),
        }

    def rows(self, p: BuffersConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, str(each)) for n, each in enumerate(p.ops, start=1)]

    def run(self, p: BuffersConfig) -> Run:
        return with_rules(run(p), ("heap_io", "copies_counted"))

    def solve(self, p: BuffersConfig, run: Run) -> Answers:
        return self._summed(
            p, [{c: s.result[c] for c in ("cpu_bytes", "syscalls")} for s in run.steps]
        ) | {"direct_bytes": run.metrics["direct_bytes"]}

    def _summed(self, p: BuffersConfig, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return {"io": rows, "cpu_bytes": sum(row["cpu_bytes"] for row in rows)}

    def _as_if(self, p: BuffersConfig, program: type[Program]) -> Answers:
        started, totals = program_for(p, program=program), Totals()
        rows = [_row(done) for _, _, done in carried_out(started, p, totals)]
        found = metrics(p, started, totals)
        return self._summed(p, rows) | {"direct_bytes": found["direct_bytes"]}

    @mistake("heap-no-temp")
    def heap_no_temp(self, p: BuffersConfig) -> Answers | None:
        """Heap buffers need no temporary buffer."""
        return self._as_if(p, HeapNoTemp)

    @mistake("direct-is-zero")
    def direct_is_zero(self, p: BuffersConfig) -> Answers | None:
        """I/O on direct buffers copies nothing."""
        rows = [
            _row(replace(done, cpu_bytes=0) if kind == "direct" else done)
            for kind, _, done in _told(p)
        ]
        return self._summed(p, rows)

    @mistake("mapped-calls-read")
    def mapped_calls_read(self, p: BuffersConfig) -> Answers | None:
        """get on a mapped buffer is a read, which copies."""
        rows = [
            _row(
                replace(done, cpu_bytes=done.moved, syscalls=1)
                if (kind, verb) == ("mapped", "get")
                else done
            )
            for kind, verb, done in _told(p)
        ]
        return self._summed(p, rows)

    @mistake("temp-only-moved")
    def temp_only_moved(self, p: BuffersConfig) -> Answers | None:
        """The temporary buffer gets what the channel will take."""
        return self._as_if(p, TempOnlyMoved)

    @mistake("empty-calls")
    def empty_calls(self, p: BuffersConfig) -> Answers | None:
        """Reads and writes of nothing call the kernel."""
        return self._as_if(p, EmptyCalls)


def _told(p: BuffersConfig) -> Iterator[tuple[Kind, Verb, Done]]:
    """Of each operation the kind of its buffer's memory, what it is, and what it did."""
    kinds = {declared.name: declared.kind for declared in p.buffers}
    for _, each, done in carried_out(program_for(p), p, Totals()):
        yield kinds[each.buffer], each.verb, done


def _row(done: Done) -> Mapping[str, int]:
    return {"cpu_bytes": done.cpu_bytes, "syscalls": done.syscalls}


def _turn(rng: Generator, b: Buffer, name: str) -> list[BufferOp]:
    """One to three operations on a buffer that go together."""
    rest = b.remaining
    if b.memory.kind == "mapped":
        if rest < 20:
            return [op("clear", None, name), op("get", _part(rng, b.capacity), name)]
        return [op(rng.choice(("get", "get", "write")), _part(rng, rest), name)]
    if b.limit == b.capacity and b.position == 0:
        return [op("read", _part(rng, rest), name), op("flip", None, name)]
    if rest >= 20:
        part = _part(rng, rest)
        return [op("write", part if rng.below(3) else None, name)]
    if rest == 0 and b.limit < b.capacity and rng.below(4) == 0:
        return [op("write", None, name), op("clear", None, name)]
    return [op("compact", None, name), op("read", _part(rng, b.capacity - rest), name)]


def _part(rng: Generator, most: int) -> int:
    """Some of so many bytes, in tens."""
    return rng.between(1, max(1, most // 10)) * 10
