"""Direct buffers, what the limit counts, and when their memory is given back.

`ByteBuffer.allocateDirect(n)` takes memory outside the heap, filled with zeros. A buffer's object is small
and lies on the heap; a cleaner, registered with it, frees the memory after the collector has found the object
unreachable. So nothing is freed when the last reference goes, but at the next collection. A slice or a
duplicate keeps the buffer it was made of reachable.

The sum of the *capacities* must not pass -XX:MaxDirectMemorySize, which is the same as -Xmx where nothing is
said. Memory taken beside them (a page more for each buffer where direct memory is page-aligned) does not
count. Where an allocation would pass the limit, the JVM collects garbage and tries again; only then it
throws OutOfMemoryError.

Other ways: Unsafe.invokeCleaner (JDK 9 on) frees at once what a buffer, no slice or duplicate, has. To call
its cleaner by reflection works in JDK 8 only: from 9 on the cleaner's class is in a package that is closed to
reflection (jdk.internal.ref), from 16 on all of the JDK is. An Arena (JDK 22 on; a confined or shared one) frees all
that was allocated from it when it is closed, and nothing before.

Source: JDK 17 and 25, java.nio.Bits, java.nio.DirectByteBuffer, jdk.internal.foreign.SegmentFactories.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from oslab import InputError
from oslab_nio.memoryscript import MemoryOp
from oslab_nio.script import named

OK: Final = "ok"
OUT_OF_MEMORY: Final = "OutOfMemoryError"
INACCESSIBLE: Final = "InaccessibleObjectException"
ILLEGAL_ARGUMENT: Final = "IllegalArgumentException"
ILLEGAL_STATE: Final = "IllegalStateException"
NULL: Final = "NullPointerException"
OUTCOMES: Final = (
    OK, OUT_OF_MEMORY, INACCESSIBLE, ILLEGAL_ARGUMENT, ILLEGAL_STATE, NULL,
)  # fmt: skip
# Since when there is what, and till when.
INVOKE_CLEANER, NO_REFLECTION, ARENA = 9, 9, 22
MALLOC_ALIGNED: Final = 16


@dataclass(frozen=True, slots=True)
class MemoryConfig:
    """A program, and the options its JVM was started with.

    max_direct   -XX:MaxDirectMemorySize in bytes; None: nothing was said, and -Xmx is the limit
    xmx          -Xmx in bytes
    aligned      -XX:+PageAlignDirectMemory: direct memory begins at a page
    page_size    bytes in a page
    jdk          the version
    ops          the script

    Raises InputError for what this version of Java does not have.
    """

    max_direct: int | None
    xmx: int
    aligned: bool
    page_size: int
    jdk: int
    ops: tuple[MemoryOp, ...]

    def __post_init__(self) -> None:
        if self.xmx < 1:
            raise InputError(f"a heap has at least 1 byte, not {self.xmx}")
        if self.page_size < 1 or self.page_size & (self.page_size - 1) or self.page_size > 2**30:
            raise InputError(f"the page size is a power of two up to 1 GiB, not {self.page_size}")
        for n, op in enumerate(self.ops, start=1):
            since = {"clean": INVOKE_CLEANER, "arena": ARENA}.get(op.verb, 0)
            if self.jdk < since:
                what = "Unsafe.invokeCleaner" if op.verb == "clean" else "Arena"
                raise InputError(
                    f"operation {n} ({op}): {what} came with JDK {since}; JDK {self.jdk} has none"
                )


@dataclass(eq=False)
class Allocation:
    """Memory that was allocated: on the heap, direct, or in an arena; `held` by so many variables."""

    number: int
    kind: Literal["heap", "direct", "arena"]
    capacity: int
    reserved: int
    held: int = 0


@dataclass(eq=False)
class Buffer:
    """A buffer's object; `view` of a slice or duplicate."""

    allocation: Allocation
    view: bool = False


@dataclass(eq=False)
class Arena:
    """An arena, and what was allocated from it."""

    allocations: list[Allocation] = field(default_factory=list)
    open: bool = True


class Failed(Exception):
    """A Java exception or error; `name` is its class."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation came to: the outcome, whether the collector ran, capacity of direct memory freed."""

    outcome: str
    collected: bool
    freed: int


class Machine:
    """A JVM: its variables and what they lead to."""

    def __init__(self, config: MemoryConfig) -> None:
        self.config = config
        self.variables: dict[str, Buffer | Arena | None] = {}
        self.allocations: dict[int, Allocation] = {}
        self.loose: list[Allocation] = []
        self.made = 0
        self.direct_capacity = self.direct_bytes = self.heap_bytes = 0
        self.collections = 0

    # What is in use.

    @property
    def limit(self) -> int:
        return self.config.xmx if self.config.max_direct is None else self.config.max_direct

    # What can happen.

    def do(self, op: MemoryOp) -> Done:
        """Carry out an operation. Raises InputError for a variable there is not, or of the other kind."""
        collections, before = self.collections, self.direct_capacity
        outcome, got = OK, 0
        try:
            got = self._done(op)
        except Failed as failed:
            outcome = failed.name
            if op.target:
                self.variables.setdefault(op.target, None)
        freed = before + got - self.direct_capacity
        return Done(outcome, self.collections > collections, freed)

    def _done(self, op: MemoryOp) -> int:
        """Carry it out, and return the capacity of direct memory allocated. Raises Failed."""
        match op.verb:
            case "allocateDirect":
                padding = self.config.page_size if self.config.aligned else 0
                allocation = self._direct("direct", op.size, max(1, op.size + padding))
                self.assign(op.target, Buffer(allocation))
                return op.size
            case "allocate" if op.source:
                return self._from_arena(op)
            case "allocate":
                self.assign(op.target, Buffer(self._on_heap(op.size)))
            case "arena":
                self.assign(op.target, Arena())
            case "alias":
                self.assign(op.target, self._value(op.source))
            case "null":
                self.assign(op.target, None)
            case "slice" | "duplicate":
                buffer = self._buffer(op.source)
                self.assign(op.target, self.view_of(buffer))
            case "gc":
                self.collect()
            case "clean":
                self._clean(self._buffer(op.source))
            case "reflect":
                self._reflect(op.source)
            case "close":
                arena = self._arena(op.source)
                if not arena.open:
                    raise Failed(ILLEGAL_STATE)
                arena.open = False
                for allocation in arena.allocations:
                    self._free(allocation)
        return 0

    def collect(self) -> None:
        """The collector runs, and the cleaners of what it found unreachable."""
        self.collections += 1
        self.release()

    def release(self) -> None:
        """Free what no variable leads to; what is in an arena is freed by closing it."""
        for allocation in self.loose:
            if allocation.kind != "arena":
                self._free(allocation)
        self.loose = []

    # The rules, each in a method, so that a misunderstanding is a subclass.

    def fits(self, capacity: int, reserved: int) -> bool:
        """Whether direct memory for another buffer is within the limit."""
        return capacity <= self.limit - self.direct_capacity

    def view_of(self, buffer: Buffer) -> Buffer:
        return Buffer(buffer.allocation, view=True)

    def _direct(self, kind: Literal["direct", "arena"], capacity: int, reserved: int) -> Allocation:
        if not self.fits(capacity, reserved):
            self.collect()
            if not self.fits(capacity, reserved):
                raise Failed(OUT_OF_MEMORY)
        return self._allocated(kind, capacity, reserved)

    def _on_heap(self, size: int) -> Allocation:
        if size > self.config.xmx - self.heap_bytes:
            self.collect()
            if size > self.config.xmx - self.heap_bytes:
                raise Failed(OUT_OF_MEMORY)
        return self._allocated("heap", size, size)

    def _from_arena(self, op: MemoryOp) -> int:
        arena = self._arena(op.source)
        if not arena.open:
            raise Failed(ILLEGAL_STATE)
        capacity = max(1, op.size)
        reserved = -(-capacity // 8) * 8
        if self.config.aligned:
            reserved += max(0, self.config.page_size - MALLOC_ALIGNED)
        allocation = self._direct("arena", capacity, reserved)
        arena.allocations.append(allocation)
        self.assign(op.target, Buffer(allocation))
        return capacity

    def _reflect(self, name: str) -> None:
        buffer = self._buffer(name)
        if buffer.allocation.kind == "heap":
            raise InputError(
                f"{name} is a heap buffer, which has no cleaner; a direct one is expected"
            )
        if self.config.jdk >= NO_REFLECTION:
            raise Failed(INACCESSIBLE)
        if buffer.view:
            # The cleaner of a view is null.
            raise Failed(NULL)
        self._clean(buffer)

    def _clean(self, buffer: Buffer) -> None:
        if buffer.view or buffer.allocation.kind != "direct":
            raise Failed(ILLEGAL_ARGUMENT)
        self._free(buffer.allocation)

    def _allocated(
        self, kind: Literal["heap", "direct", "arena"], capacity: int, reserved: int
    ) -> Allocation:
        self.made += 1
        allocation = Allocation(self.made, kind, capacity, reserved)
        self.allocations[allocation.number] = allocation
        self._account(allocation, 1)
        return allocation

    def _free(self, allocation: Allocation) -> None:
        if self.allocations.pop(allocation.number, None):
            self._account(allocation, -1)

    def _account(self, allocation: Allocation, sign: int) -> None:
        if allocation.kind == "heap":
            self.heap_bytes += sign * allocation.capacity
        else:
            self.direct_capacity += sign * allocation.capacity
            self.direct_bytes += sign * allocation.reserved

    # Variables.

    def assign(self, name: str, value: Buffer | Arena | None) -> None:
        """Let a variable lead to something; what it led to may be loose, led to by none, then."""
        old = self.variables.get(name)
        self.variables[name] = value
        if isinstance(value, Buffer):
            value.allocation.held += 1
        if isinstance(old, Buffer):
            old.allocation.held -= 1
            if not old.allocation.held:
                self.loose.append(old.allocation)

    def _value(self, name: str) -> Buffer | Arena | None:
        if name not in self.variables:
            raise InputError(f"there is no variable {name}; there are: {named(self.variables)}")
        return self.variables[name]

    def _buffer(self, name: str) -> Buffer:
        value = self._value(name)
        if value is None:
            raise Failed(NULL)
        if isinstance(value, Arena):
            raise InputError(f"{name} is an arena; a buffer is expected")
        return value

    def _arena(self, name: str) -> Arena:
        value = self._value(name)
        if value is None:
            raise Failed(NULL)
        if isinstance(value, Buffer):
            raise InputError(f"{name} is a buffer; an arena is expected")
        return value
