"""Matrices in memory, and how the loops of a pattern move over them.

The matrices lie one after the other from address 0 on, each beginning on a line, each by rows; rows may be
padded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from oslab import InputError
from oslab_cache.cache import CacheShape, Write, check
from oslab_cache.patterns import PATTERNS, WORKLOADS, Pattern, Touch
from oslab_cache.replacement import PolicyName

# A slow machine takes half a minute.
MOST_ACCESSES = 10_000_000


@dataclass(frozen=True)
class LoopConfig:
    """Loops, matrices and a cache.

    patterns       at least one; see `patterns.WORKLOADS`
    rows, columns  of the first matrix; equal where matrices are multiplied
    pad            elements after each row that no loop touches
    elem           bytes of an element, a divisor of the line
    tile           side of a tile, in elements; None where no pattern is blocked
    passes         how often the whole is done
    size … seed    the cache, as in `CacheShape`

    Raises InputError for anything else, and for more than MOST_ACCESSES accesses.
    """

    patterns: tuple[Pattern, ...]
    rows: int
    columns: int
    pad: int
    elem: int
    tile: int | None
    passes: int
    size: int
    line: int
    ways: int
    policy: PolicyName
    write: Write
    allocate: bool
    seed: int

    def __post_init__(self) -> None:
        check(self.shape)
        if not self.patterns:
            raise InputError(f"give a pattern: one of {', '.join(PATTERNS)}")
        if min(self.rows, self.columns, self.elem, self.passes) < 1 or self.pad < 0:
            raise InputError("rows, columns, element and passes are 1 or more, padding 0 or more")
        if any(WORKLOADS[pattern].tiled for pattern in self.patterns) != (self.tile is not None):
            raise InputError("a tile is given where a pattern is blocked, and only there")
        if self.tile is not None and self.tile < 1:
            raise InputError("the side of a tile is 1 element or more")
        if self.line % self.elem:
            raise InputError(
                f"an element of {self.elem} bytes does not go evenly into a line of {self.line}: "
                "elements of 1, 2, 4 or 8 bytes would"
            )
        total = sum(accesses(self, pattern) for pattern in self.patterns)
        if total > MOST_ACCESSES:
            raise InputError(
                f"{total} accesses, more than the {MOST_ACCESSES} that are simulated; "
                "take smaller matrices or fewer passes"
            )
        for pattern in self.patterns:
            if WORKLOADS[pattern].square and self.rows != self.columns:
                raise InputError(
                    f"{pattern} takes square matrices, not {self.rows} x {self.columns}"
                )

    @property
    def shape(self) -> CacheShape:
        return CacheShape(
            self.size, self.line, self.ways, self.policy, self.write, self.allocate, self.seed
        )


class Matrix(NamedTuple):
    """Where a matrix lies: its first byte, and how many bytes from a row to the next."""

    name: str
    base: int
    pitch: int


class Move(NamedTuple):
    """How the first innermost loop moves over a matrix: the bytes from an element to the next (0: it
    stays on one), and how many lines it comes to."""

    stride: int
    lines: int


class Sweep(NamedTuple):
    """The first innermost loop: how it moves over each matrix; how many lines it comes to altogether,
    and how many of these the cache can hold at once, given the sets they lie in."""

    moves: tuple[Move, ...]
    lines: int
    room: int


def placed(config: LoopConfig, pattern: Pattern) -> list[Matrix]:
    """The matrices of a pattern in memory."""
    names = WORKLOADS[pattern].matrices
    found: list[Matrix] = []
    base = 0
    for place, name in enumerate(names):
        rows, columns = config.rows, config.columns
        if place and not WORKLOADS[pattern].square:
            rows, columns = columns, rows
        pitch = (columns + config.pad) * config.elem
        found.append(Matrix(name, base, pitch))
        base += -(-rows * pitch // config.line) * config.line
    return found


def touches(config: LoopConfig, pattern: Pattern) -> Iterator[tuple[Touch, int]]:
    """Every element touched, with its address, all passes one after the other."""
    matrices, elem = placed(config, pattern), config.elem
    for _ in range(config.passes):
        for sweep in WORKLOADS[pattern].sweeps(config.rows, config.columns, config.tile or 1):
            for touch in sweep:
                _, base, pitch = matrices[touch.matrix]
                yield touch, base + touch.row * pitch + touch.column * elem


def iterations(config: LoopConfig, pattern: Pattern) -> int:
    """How often the statement in the innermost loop is executed."""
    once = config.rows * config.columns * (config.rows if WORKLOADS[pattern].square else 1)
    return once * config.passes


def swept(config: LoopConfig, pattern: Pattern) -> Sweep:
    """How the innermost loop moves."""
    matrices, shape = placed(config, pattern), config.shape
    first = next(WORKLOADS[pattern].sweeps(config.rows, config.columns, config.tile or 1))
    seen: list[dict[int, None]] = [{} for _ in matrices]
    for touch in first:
        _, base, pitch = matrices[touch.matrix]
        seen[touch.matrix][base + touch.row * pitch + touch.column * config.elem] = None
    moves = []
    for each in seen:
        addresses = list(each)
        stride = addresses[1] - addresses[0] if len(addresses) > 1 else 0
        moves.append(Move(stride, len({shape.line_of(address) for address in addresses})))
    lines = {shape.line_of(address) for each in seen for address in each}
    crowds = Counter(shape.index_of(line) for line in lines)
    room = sum(min(shape.ways, crowd) for crowd in crowds.values())
    return Sweep(tuple(moves), len(lines), room)


def accesses(config: LoopConfig, pattern: Pattern) -> int:
    """How many accesses a pattern makes at most, known before they are made."""
    return iterations(config, pattern) * (4 if WORKLOADS[pattern].square else 2)
