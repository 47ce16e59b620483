"""nio.direct-memory: what counts against the limit of direct memory, and when it is freed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from oslab import (
    Answers,
    Choice,
    Choose,
    Code,
    Figure,
    Generator,
    Problem,
    Run,
    Size,
    Table,
    mistake,
)
from oslab.quantities import format_size
from oslab_nio.directmemory import ARENA, OUTCOMES, Buffer, Done, Failed, Machine, MemoryConfig
from oslab_nio.memory import Totals, carried_out, run
from oslab_nio.memoryscript import MemoryOp, Verb
from oslab_nio.script import listing

MIB = 2**20
PAGE = 4096
NAMES = ("a", "b", "c", "d")


@dataclass(frozen=True)
class MemorySpace:
    """What a program does.

    limit     MaxDirectMemorySize in MiB
    xmx       -Xmx in MiB
    length    how many operations
    verbs     what it does beside allocateDirect and null, as often as it is likely
    aligned   whether direct memory is page-aligned; its buffers are some pages large then, and the limit too
    jdk       the version
    """

    limit: Choose[int]
    xmx: Choose[int]
    length: Choose[int]
    verbs: tuple[Verb, ...]
    aligned: Choose[bool]
    jdk: Choose[int]


class FreedAtNull(Machine):
    """Memory is freed as soon as no variable leads to it."""

    def do(self, op: MemoryOp) -> Done:
        done = super().do(op)
        self.release()
        return done


class XmxLimits(Machine):
    """Direct memory is bounded by -Xmx."""

    @property
    def limit(self) -> int:
        return self.config.xmx


class PaddingLimits(Machine):
    """What is taken for alignment counts, too."""

    def fits(self, capacity: int, reserved: int) -> bool:
        return reserved <= self.limit - self.direct_bytes


class ViewFrees(Machine):
    """Slices and duplicates keep nothing."""

    def release(self) -> None:
        held = {
            id(v.allocation)
            for v in self.variables.values()
            if isinstance(v, Buffer) and not v.view
        }
        for allocation in list(self.allocations.values()):
            if allocation.kind != "arena" and id(allocation) not in held:
                self._free(allocation)


class NoRetry(Machine):
    """An allocation that does not fit fails at once."""

    def _direct(self, kind: Any, capacity: int, reserved: int) -> Any:
        if not self.fits(capacity, reserved):
            raise Failed("OutOfMemoryError")
        return super()._direct(kind, capacity, reserved)


class OldValueFirst(Machine):
    """A variable gives up its value before the right side is done."""

    def _done(self, op: MemoryOp) -> int:
        if op.verb == "allocateDirect":
            self.assign(op.target, None)
        return super()._done(op)


class ArenaCollected(Machine):
    """The collector frees memory of arenas that no variable leads to."""

    def release(self) -> None:
        super().release()
        held = {id(v.allocation) for v in self.variables.values() if isinstance(v, Buffer)}
        for allocation in list(self.allocations.values()):
            if id(allocation) not in held:
                self._free(allocation)


class DirectMemory(Problem[MemoryConfig, MemorySpace]):
    """For each operation the outcome and what counts against the limit; what is taken at the end."""

    version = 1
    params = MemoryConfig
    space = MemorySpace
    answers = {
        "ops": Table(
            label="n",
            given=("operation",),
            columns={"outcome": Choice(*OUTCOMES), "direct_capacity": Size()},
            action="memory",
        ),
        "direct_bytes": Size(),
        "peak": Size(),
    }
    required = ("freed-at-null", "no-retry")

    def draw(self, rng: Generator, space: MemorySpace) -> MemoryConfig:
        aligned = space.aligned.pick(rng)
        unit = PAGE if aligned else MIB
        config = MemoryConfig(
            max_direct=space.limit.pick(rng) * unit,
            xmx=space.xmx.pick(rng) * unit,
            aligned=aligned,
            page_size=PAGE,
            jdk=space.jdk.pick(rng),
            ops=(),
        )
        machine, ops = Machine(config), list[MemoryOp]()
        length = space.length.pick(rng)
        if "arena" in space.verbs:
            ops.append(MemoryOp("arena", "x", "", 0))
            machine.do(ops[0])
        while len(ops) < length:
            op = _next(rng, machine, space, ops, unit)
            machine.do(op)
            ops.append(op)
        return replace(config, ops=tuple(ops))

    def good(self, p: MemoryConfig) -> bool:
        """An OutOfMemoryError at most twice, few rows alike, and an allocation that a collection saves."""
        rows = [tuple(row.values()) for row in played(p, Machine)["ops"]]
        failed = [outcome for outcome, _ in rows].count("OutOfMemoryError")
        return failed <= 2 and 3 * max(map(rows.count, rows)) <= len(rows)

    def present(self, p: MemoryConfig) -> Mapping[str, Figure]:
        return {
            "limit": format_size(p.max_direct or p.xmx),
            "xmx": format_size(p.xmx),
            "jdk": p.jdk,
            "page": p.page_size,
            "script": Code(listing(p.ops)),
        }

    def rows(self, p: MemoryConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(n, str(op)) for n, op in enumerate(p.ops, start=1)]

    def run(self, p: MemoryConfig) -> Run:
        return run(p)

    def solve(self, p: MemoryConfig, run: Run) -> Answers:
        return {
            "ops": [{c: s.result[c] for c in ("outcome", "direct_capacity")} for s in run.steps],
            "direct_bytes": run.metrics["direct_bytes"],
            "peak": run.metrics["peak"],
        }

    def follow(
        self, p: MemoryConfig, answer: str, before: Sequence[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        """What the operation adds or frees, from where the row before stood."""
        n = len(before)
        outcome, capacity = right(p)[n]
        if n:
            _, earlier = right(p)[n - 1]
            capacity = max(0, before[-1]["direct_capacity"] + capacity - earlier)
        return {"outcome": outcome, "direct_capacity": capacity}

    @mistake("freed-at-null")
    def freed_at_null(self, p: MemoryConfig) -> Answers | None:
        """The last reference frees."""
        return played(p, FreedAtNull)

    @mistake("xmx-limits")
    def xmx_limits(self, p: MemoryConfig) -> Answers | None:
        """-Xmx bounds direct memory."""
        return played(p, XmxLimits)

    @mistake("padding-limits")
    def padding_limits(self, p: MemoryConfig) -> Answers | None:
        """The limit bounds what is taken."""
        return played(p, PaddingLimits)

    @mistake("view-frees")
    def view_frees(self, p: MemoryConfig) -> Answers | None:
        """A slice does not keep its buffer."""
        return played(p, ViewFrees)

    @mistake("no-retry")
    def no_retry(self, p: MemoryConfig) -> Answers | None:
        """OutOfMemoryError without a collection."""
        return played(p, NoRetry)

    @mistake("old-value-first")
    def old_value_first(self, p: MemoryConfig) -> Answers | None:
        """The old buffer is unreachable while the new one is allocated."""
        return played(p, OldValueFirst)

    @mistake("arena-collected")
    def arena_collected(self, p: MemoryConfig) -> Answers | None:
        """The collector frees what is in an arena."""
        return played(p, ArenaCollected) if p.jdk >= ARENA else None


def played(p: MemoryConfig, kind: type[Machine]) -> Answers:
    """The answers of a machine; `run` tells more."""
    machine, totals = kind(p), Totals()
    rows = [
        {"outcome": done.outcome, "direct_capacity": machine.direct_capacity}
        for _, _, done in carried_out(machine, p, totals)
    ]
    return {"ops": rows, "direct_bytes": machine.direct_bytes, "peak": totals.peak}


@lru_cache(maxsize=1)
def right(p: MemoryConfig) -> tuple[tuple[str, int], ...]:
    """Outcome and capacity after each operation, for `follow`: it is asked once for each wrong row."""
    return tuple((row["outcome"], row["direct_capacity"]) for row in played(p, Machine)["ops"])


def _next(
    rng: Generator, machine: Machine, space: MemorySpace, ops: Sequence[MemoryOp], unit: int
) -> MemoryOp:
    """An operation that changes something, or shows that nothing changes."""
    held = [name for name, v in machine.variables.items() if isinstance(v, Buffer)]
    free = [name for name in NAMES if name not in held]
    limit = machine.limit // unit
    chosen: list[MemoryOp] = []
    target = rng.choice(free) if free and rng.below(3) else rng.choice(NAMES)
    # Mostly what fits after a collection; now and then a little too much.
    size = rng.between(max(1, limit // 8), max(2, limit // 2)) * unit
    chosen += [MemoryOp("allocateDirect", target, "", size)] * 4
    if held:
        chosen += [MemoryOp("null", rng.choice(held), "", 0)] * 3
    for verb in space.verbs:
        if verb == "gc" and ops and ops[-1].verb != "gc":
            chosen.append(MemoryOp("gc", "", "", 0))
        elif verb in ("slice", "duplicate", "alias") and held and free:
            chosen.append(MemoryOp(verb, free[0], rng.choice(held), 0))
        elif verb in ("clean", "reflect") and held:
            chosen.append(MemoryOp(verb, "", rng.choice(held), 0))
        elif verb == "arena":
            chosen += [MemoryOp("allocate", target, "x", size // 2 // unit * unit or unit)] * 2
        elif verb == "close" and len(ops) > space.length.options[0] * 2 // 3:
            chosen.append(MemoryOp("close", "", "x", 0))
        elif verb == "allocate":
            heap = rng.between(1, max(1, machine.config.xmx // unit // 4)) * unit
            chosen.append(MemoryOp("allocate", target, "", heap))
    return rng.choice(chosen)
