"""nio memory: a script of allocations, references and collections, operation by operation.

`run` shows each as a step, `count` gives the same metrics without steps. The rules are in `directmemory`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from oslab import AnswerType, Choice, Grid, InputError, Int, Run, Size, Step, Value
from oslab.quantities import format_size
from oslab_nio.directmemory import OK, OUT_OF_MEMORY, OUTCOMES, Buffer, Done, Machine, MemoryConfig
from oslab_nio.memoryscript import MemoryOp

MOST_DRAWN: Final = 12


@dataclass
class Totals:
    """What the operations so far came to."""

    errors: int = 0
    peak: int = 0
    freed: int = 0

    def add(self, machine: Machine, done: Done) -> None:
        self.errors += done.outcome == OUT_OF_MEMORY
        self.peak = max(self.peak, machine.direct_capacity)
        self.freed += done.freed


def carried_out(
    machine: Machine, config: MemoryConfig, totals: Totals
) -> Iterator[tuple[int, MemoryOp, Done]]:
    """Each operation with its number, once it has happened. Raises InputError naming the operation."""
    for n, op in enumerate(config.ops, start=1):
        try:
            done = machine.do(op)
        except InputError as error:
            raise InputError(f"operation {n} ({op}): {error}") from None
        totals.add(machine, done)
        yield n, op, done


def run(config: MemoryConfig, kind: type[Machine] = Machine) -> Run:
    """Simulate step by step, each operation a step of the action `memory`.

    given   n, verb, operation, target, source, size (bytes asked for)
    result  outcome (ok, or the class thrown), failed, collected (the collector ran), freed (capacity of
            direct memory), direct_capacity, direct_bytes, heap_bytes, buffers (direct ones) now

    Raises InputError naming the operation.
    """
    machine, totals = kind(config), Totals()
    steps = []
    for n, op, done in carried_out(machine, config, totals):
        given: dict[str, Value] = {
            "n": n,
            "verb": op.verb,
            "operation": str(op),
            "target": op.target,
            "source": op.source,
            "size": op.size,
            "limit": machine.limit,
        }
        result: dict[str, Value] = {
            "outcome": done.outcome,
            "failed": done.outcome != OK,
            "size_text": format_size(op.size),
            "collected": done.collected,
            "freed": done.freed,
            "freed_text": format_size(done.freed) if done.freed else "",
            "direct_capacity": machine.direct_capacity,
            "direct_text": format_size(machine.direct_capacity),
            "direct_bytes": machine.direct_bytes,
            "heap_bytes": machine.heap_bytes,
            "heap_text": format_size(machine.heap_bytes),
            "buffers": sum(a.kind != "heap" for a in machine.allocations.values()),
        }
        steps.append(
            Step(action="memory", given=given, result=result, state=drawings(machine), group=n)
        )
    return Run(
        command="nio.memory",
        config=config,
        conventions=conventions(config),
        asks=_asks(),
        steps=tuple(steps),
        metrics=metrics(machine, totals),
    )


def count(config: MemoryConfig) -> Mapping[str, Value]:
    """The metrics of `run` without its steps. Raises InputError."""
    machine, totals = Machine(config), Totals()
    for _ in carried_out(machine, config, totals):
        pass
    return metrics(machine, totals)


def metrics(machine: Machine, totals: Totals) -> Mapping[str, Value]:
    """Bytes are those in use at the end; `peak` is the most direct capacity after any operation."""
    return {
        "direct_capacity": machine.direct_capacity,
        "direct_bytes": machine.direct_bytes,
        "heap_bytes": machine.heap_bytes,
        "peak": totals.peak,
        "freed": totals.freed,
        "collections": machine.collections,
        "errors": totals.errors,
    }


def _asks() -> Mapping[str, Mapping[str, AnswerType]]:
    return {
        "memory": {"outcome": Choice(*OUTCOMES), "direct_capacity": Size(), "buffers": Int()},
    }


def conventions(config: MemoryConfig) -> Mapping[str, Value]:
    """The rules that can change an answer to this script."""
    found: dict[str, Value] = {}
    if config.max_direct is None:
        found["limit_default"] = format_size(config.xmx)
    else:
        found["max_direct"] = format_size(config.max_direct)
    found["counted"] = "capacities"
    if config.aligned:
        found["aligned"] = format_size(config.page_size)
    found |= {"freed_when": "collected", "assignment": "after"}
    verbs = {op.verb for op in config.ops}
    if verbs & {"slice", "duplicate"}:
        found["views"] = "keep"
    if "arena" in verbs:
        found["arenas"] = "closed"
    if any(op.verb == "allocate" and not op.source for op in config.ops):
        found["xmx"] = format_size(config.xmx)
    if verbs & {"clean", "reflect", "arena"}:
        found["jdk"] = config.jdk
    return found


def drawings(machine: Machine) -> Mapping[str, Grid]:
    """What is in use; what is allocated, and which variables lead there."""
    in_use = (machine.direct_capacity, machine.limit, machine.direct_bytes, machine.heap_bytes)
    columns = ("direct_capacity", "max_direct", "direct_bytes", "heap_bytes")
    drawn = {"usage": Grid(columns, (tuple(map(format_size, in_use)),))}
    if len(machine.allocations) > MOST_DRAWN or len(machine.variables) > 4 * MOST_DRAWN:
        return drawn
    rows = []
    for allocation in machine.allocations.values():
        names = [
            name
            for name, value in machine.variables.items()
            if isinstance(value, Buffer) and value.allocation is allocation
        ]
        text = format_size(allocation.capacity)
        rows.append((allocation.number, allocation.kind, text, " ".join(names) or None))
    memory = Grid(("allocation", "kind", "capacity", "variables"), tuple(rows))
    return {**drawn, "memory": memory} if rows else drawn
