"""nio map: FileChannel.map and what is done with the buffer, operation by operation.

`run` shows each as a step, `count` gives the same metrics without steps. The rules are in `mappedfile`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from oslab import AnswerType, Choice, Grid, Hex, Int, Run, Step, Value
from oslab_nio.mappedfile import CALLS, OK, OUTCOMES, Done, MapConfig, Program
from oslab_nio.mapscript import MapOp

CALLING: Final = ("map", "force", "load", "isLoaded")
MOST_ROWS: Final = 16
PROT: Final = {
    "read_only": "PROT_READ", "read_write": "PROT_READ|PROT_WRITE", "private": "PROT_READ|PROT_WRITE",
}  # fmt: skip
FLAGS: Final = {"read_only": "MAP_SHARED", "read_write": "MAP_SHARED", "private": "MAP_PRIVATE"}


@dataclass
class Totals:
    """What the operations so far came to."""

    exceptions: int = 0
    saved: int = 0
    touched: int = 0
    copied: int = 0
    syscalls: int = 0

    def add(self, op: MapOp, done: Done) -> None:
        self.exceptions += done.outcome != OK
        self.saved += done.pages if op.verb == "force" else 0
        self.touched += done.pages if op.verb == "load" else 0
        self.copied += done.copied
        again = int(done.failed > 0)
        self.syscalls += (done.call != "none") + again + done.grown


def carried_out(program: Program, ops: Sequence[MapOp], totals: Totals) -> Iterator[Done]:
    for op in ops:
        done = program.do(op)
        totals.add(op, done)
        yield done


def run(config: MapConfig, kind: type[Program] = Program) -> Run:
    """Simulate step by step. `kind` is another program, for what a misunderstanding would do.

    mapping   an operation, map among them: given n, verb, operation, index, number, mode, position, size,
          opened (of the channel); result outcome, failed, value, call, length, pages, loaded, copied,
          grown, file_size; address of a byte that was put or got
    mmap      after a map that maps: given n, mode, position, size, granularity; result page_position,
          map_position, map_size, prot, flags, address, first_byte (where byte 0 lies), retried, pages
    """
    program, totals = kind(config), Totals()
    steps: list[Step] = []
    for n, done in enumerate(carried_out(program, config.ops, totals), start=1):
        op = config.ops[n - 1]
        steps.append(_step(program, n, op, done))
        if done.call == "mmap" and done.outcome == OK:
            steps.append(_mmap_step(program, n, op, done))
    return Run(
        command="nio.map",
        config=config,
        conventions=conventions(config),
        asks=_asks(config),
        steps=tuple(steps),
        metrics=metrics(program, totals),
    )


def _step(program: Program, n: int, op: MapOp, done: Done) -> Step:
    given: dict[str, Value] = {"n": n, "verb": op.verb, "operation": str(op)}
    if op.verb == "map":
        given |= {
            "mode": op.mode,
            "position": op.position,
            "size": op.size,
            "end": op.position + op.size,
            "opened": program.opened,
        }
    else:
        given |= {"index": op.index, "number": op.number}
        if program.buffer:
            given["mapped_as"] = program.buffer.op.mode
    result: dict[str, Value] = {
        "outcome": done.outcome,
        "failed": done.outcome != OK,
        "pages": done.pages,
        "loaded": done.loaded,
        "copied": done.copied,
        "grown": done.grown,
        "file_size": program.file_size,
        "out_of_memory": done.failed == 2,
    }
    if done.value is not None:
        result["value"] = done.value
    if op.verb in CALLING:
        result |= {"call": done.call, "length": done.length}
    if op.verb in ("put", "get") and done.outcome == OK and program.buffer:
        where = program.buffer.address + program.buffer.page_position + (op.index or 0)
        result["address"] = Hex(where)
    return Step(action="mapping", given=given, result=result, state=drawings(program), group=n)


def _mmap_step(program: Program, n: int, op: MapOp, done: Done) -> Step:
    buffer = program.buffer
    assert buffer is not None
    return Step(
        action="mmap",
        actor="kernel",
        given={
            "n": n,
            "mode": op.mode,
            "position": op.position,
            "size": op.size,
            "granularity": program.config.granularity,
        },
        result={
            "page_position": buffer.page_position,
            "map_position": buffer.map_position,
            "map_size": buffer.map_size,
            "prot": PROT[op.mode],
            "flags": FLAGS[op.mode],
            "address": Hex(buffer.address),
            "first_byte": Hex(buffer.address + buffer.page_position),
            "retried": done.failed == 1,
            "pages": done.pages,
        },
        state=drawings(program),
        group=n,
    )


def count(config: MapConfig) -> Mapping[str, Value]:
    """The metrics of `run` without its steps."""
    program, totals = Program(config), Totals()
    for _ in carried_out(program, config.ops, totals):
        pass
    return metrics(program, totals)


def outcomes(config: MapConfig, kind: type[Program] = Program) -> Sequence[Done]:
    """What each operation comes to, without steps; `kind` as in `run`."""
    program = kind(config)
    return [program.do(op) for op in config.ops]


def metrics(program: Program, totals: Totals) -> Mapping[str, Value]:
    """The first three are those of the mapping there is at the end, none without one."""
    buffer = program.buffer if program.buffer and program.buffer.map_size else None
    return {
        "page_position": buffer.page_position if buffer else None,
        "map_position": buffer.map_position if buffer else None,
        "map_size": buffer.map_size if buffer else None,
        "file_size": program.file_size,
        "exceptions": totals.exceptions,
        "syscalls": totals.syscalls,
        "pages_saved": totals.saved,
        "pages_touched": totals.touched,
        "pages_copied": totals.copied,
    }


def _asks(config: MapConfig) -> Mapping[str, Mapping[str, AnswerType]]:
    return {
        "mapping": {
            "outcome": Choice(*OUTCOMES),
            "value": Int(),
            "call": Choice(*CALLS),
            "length": Int(),
        },
        "mmap": {"page_position": Int(), "map_position": Int(), "map_size": Int()},
    }


def conventions(config: MapConfig) -> Mapping[str, Value]:
    """The rules that can change an answer to these operations."""
    verbs = {op.verb for op in config.ops}
    found: dict[str, Value] = {"granularity": config.granularity}
    if config.page_size != config.granularity:
        found["page_size"] = config.page_size
    found["extends"] = "channel"
    found["int_size"] = "arena" if config.arena else "limited"
    if verbs & {"put", "get", "file"}:
        found["file_holds"] = "zeros"
    if "force" in verbs:
        found["force_saves"] = "own"
    if verbs & {"isLoaded", "load"}:
        found["resident"] = "cached" if config.cached else "touched"
    if len(verbs) > 1:
        found["no_buffer"] = "kept"
    return found | {"map_calls": "counted"}


def drawings(program: Program) -> Mapping[str, Grid]:
    """The file and what is mapped of it; the pages of the buffer, where they are few."""
    buffer, page_size = program.buffer, program.config.page_size
    opened = program.opened if program.open else "closed"
    mapped = (buffer.op.mode, buffer.op.position, buffer.op.size) if buffer else (None, None, None)
    drawn = {
        "file": Grid(
            ("file_size", "opened", "mode", "position", "size"),
            ((program.file_size, opened, *mapped),),
        )
    }
    if buffer is None or not buffer.op.size:
        return drawn
    first, last = program._span(buffer, 0, buffer.op.size)
    if last - first >= MOST_ROWS:
        return drawn
    rows = []
    start, end = buffer.op.position, buffer.op.position + buffer.op.size
    for page in range(first, last + 1):
        low, high = max(page * page_size, start), min((page + 1) * page_size, end)
        state = (
            "copied" if page in buffer.copies else "changed" if page in buffer.changed else "clean"
        )
        resident = bool(program.resident.within(page, page))
        rows.append((page, f"{low - start}..{high - start - 1}", resident, state))
    columns = ("file_page", "bytes", "resident", "page_state")
    return {**drawn, "pages": Grid(columns, tuple(rows))}
