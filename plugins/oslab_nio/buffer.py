"""A java.nio.ByteBuffer: position, limit, capacity and mark over some memory.

0 <= mark <= position <= limit <= capacity holds after every method. The memory may be an array on the
garbage-collected heap, memory outside of it (direct), or the pages of a file (mapped); position and limit
behave the same in all three. Views (`slice`, `duplicate`, `read_only_view`) share the memory and have
position, limit and mark of their own.

Source: the class comments of java.nio.Buffer and java.nio.ByteBuffer (JDK 17 and 25 agree).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["heap", "direct", "mapped"]

MOST_FOLLOWED: Final = 1024
"""Bytes of the largest memory whose contents are followed; of larger ones only the marks are."""

OVERFLOW: Final = "BufferOverflowException"
UNDERFLOW: Final = "BufferUnderflowException"
INVALID_MARK: Final = "InvalidMarkException"
ILLEGAL_ARGUMENT: Final = "IllegalArgumentException"
READ_ONLY: Final = "ReadOnlyBufferException"


class Thrown(Exception):
    """A Java exception; `name` is its class. What threw it has changed nothing."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(eq=False)
class Memory:
    """What a buffer and its views lie in; without `data` its contents are not followed."""

    kind: Kind
    size: int
    data: list[int] | None = field(init=False)

    def __post_init__(self) -> None:
        self.data = [0] * self.size if self.size <= MOST_FOLLOWED else None


@dataclass(eq=False)
class Buffer:
    """A buffer of `capacity` bytes that begins at byte `offset` of its memory; new ones are empty, and
    their limit is their capacity. Methods raise Thrown."""

    memory: Memory
    offset: int
    capacity: int
    position: int = 0
    limit: int = -1
    mark: int | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        if self.limit < 0:
            self.limit = self.capacity

    @property
    def remaining(self) -> int:
        return self.limit - self.position

    def contents(self) -> tuple[int, ...] | None:
        """The bytes from 0 to capacity, where they are followed."""
        data = self.memory.data
        return None if data is None else tuple(data[self.offset : self.offset + self.capacity])

    # Relative transfers, in bulk: all of the bytes or none.

    def put(self, count: int, values: Sequence[int]) -> None:
        """Put so many bytes; `values` are they, where they are followed."""
        if self.read_only:
            raise Thrown(READ_ONLY)
        if count > self.remaining:
            raise Thrown(OVERFLOW)
        self._store(self.position, values)
        self.position += count

    def get(self, count: int) -> tuple[int, ...]:
        """Get so many bytes; nothing is returned where contents are not followed."""
        if count > self.remaining:
            raise Thrown(UNDERFLOW)
        found = self._stored(self.position, count)
        self.position += count
        return found

    # Position, limit and mark.

    def flip(self) -> None:
        """From filling to draining: the limit comes to where filling stopped."""
        self.limit, self.position, self.mark = self.position, 0, None

    def clear(self) -> None:
        """Ready to be filled; what is in it stays in it."""
        self.limit, self.position, self.mark = self.capacity, 0, None

    def rewind(self) -> None:
        """Once more from the start; the limit stays."""
        self.position, self.mark = 0, None

    def compact(self) -> None:
        """What remains moves to the start, and filling goes on behind it."""
        if self.read_only:
            raise Thrown(READ_ONLY)
        rest = self.remaining
        self._store(0, self._stored(self.position, rest))
        self.position, self.limit, self.mark = rest, self.capacity, None

    def set_mark(self) -> None:
        self.mark = self.position

    def reset(self) -> None:
        if self.mark is None:
            raise Thrown(INVALID_MARK)
        self.position = self.mark

    def set_limit(self, limit: int) -> None:
        """A position behind the new limit is set to it, a mark behind it is dropped."""
        if not 0 <= limit <= self.capacity:
            raise Thrown(ILLEGAL_ARGUMENT)
        self.limit = limit
        self.position = min(self.position, limit)
        if self.mark is not None and self.mark > limit:
            self.mark = None

    def set_position(self, position: int) -> None:
        """A mark behind the new position is dropped."""
        if not 0 <= position <= self.limit:
            raise Thrown(ILLEGAL_ARGUMENT)
        self.position = position
        if self.mark is not None and self.mark > position:
            self.mark = None

    # Views.

    def slice(self) -> Buffer:
        """What remains, as a buffer of its own."""
        return type(self)(
            self.memory, self.offset + self.position, self.remaining, read_only=self.read_only
        )

    def duplicate(self) -> Buffer:
        return type(self)(
            self.memory,
            self.offset,
            self.capacity,
            self.position,
            self.limit,
            self.mark,
            self.read_only,
        )

    def read_only_view(self) -> Buffer:
        view = self.duplicate()
        view.read_only = True
        return view

    def _store(self, index: int, values: Sequence[int]) -> None:
        data = self.memory.data
        if data is not None:
            start = self.offset + index
            data[start : start + len(values)] = values

    def _stored(self, index: int, count: int) -> tuple[int, ...]:
        data = self.memory.data
        if data is None:
            return ()
        start = self.offset + index
        return tuple(data[start : start + count])
