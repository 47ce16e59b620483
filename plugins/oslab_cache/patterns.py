"""Loops over matrices: which element is touched when.

Matrices are stored by rows. Only their elements count: loop variables, sums and what the innermost loop
leaves alone are in registers. Each pattern says which matrices it has and yields its touches, one
innermost loop after the other, so that the first of these shows how it moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

Pattern: TypeAlias = Literal[
    "row-major",
    "column-major",
    "blocked",
    "transpose",
    "transpose-blocked",
    "multiply-ijk",
    "multiply-ikj",
    "multiply-jki",
    "multiply-blocked",
]
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)


class Touch(NamedTuple):
    """An element of a matrix is read or written; `matrix` counts from 0."""

    matrix: int
    row: int
    column: int
    write: bool = False


Sweep: TypeAlias = "Iterator[Touch]"
"""The touches of one innermost loop."""


@dataclass(frozen=True)
class Workload:
    """What a pattern does.

    matrices   their names; a second one has its sides swapped when it is the transposed first
    square     whether it asks for as many rows as columns
    tiled      whether the side of a tile matters
    code       the loops, in C, one line each
    sweeps     (rows, columns, side of a tile) → innermost loops
    """

    matrices: tuple[str, ...]
    square: bool
    tiled: bool
    code: str
    sweeps: Callable[[int, int, int], Iterator[Sweep]]


def _rows(rows: int, columns: int, tile: int) -> Iterator[Sweep]:
    for i in range(rows):
        yield (Touch(0, i, j) for j in range(columns))


def _columns(rows: int, columns: int, tile: int) -> Iterator[Sweep]:
    for j in range(columns):
        yield (Touch(0, i, j) for i in range(rows))


def _blocked(rows: int, columns: int, tile: int) -> Iterator[Sweep]:
    for top in range(0, rows, tile):
        for left in range(0, columns, tile):
            for j in range(left, min(left + tile, columns)):
                yield (Touch(0, i, j) for i in range(top, min(top + tile, rows)))


def _transpose(rows: int, columns: int, tile: int) -> Iterator[Sweep]:
    for i in range(rows):
        yield _copied(i, range(columns))


def _transpose_blocked(rows: int, columns: int, tile: int) -> Iterator[Sweep]:
    for top in range(0, rows, tile):
        for left in range(0, columns, tile):
            for i in range(top, min(top + tile, rows)):
                yield _copied(i, range(left, min(left + tile, columns)))


def _copied(i: int, columns: range) -> Sweep:
    for j in columns:
        yield Touch(0, i, j)
        yield Touch(1, j, i, True)


def _ijk(n: int, _: int, tile: int) -> Iterator[Sweep]:
    for i in range(n):
        for j in range(n):
            yield _dot(i, j, range(n))


def _dot(i: int, j: int, ks: range) -> Sweep:
    """The sum of a row times a column is in a register, and stored at the end."""
    for k in ks:
        yield Touch(0, i, k)
        yield Touch(1, k, j)
    yield Touch(2, i, j, True)


def _ikj(n: int, _: int, tile: int) -> Iterator[Sweep]:
    for i in range(n):
        for k in range(n):
            yield _row_added(i, k, range(n))


def _row_added(i: int, k: int, js: range) -> Sweep:
    """One element times a row of b, added to a row of c."""
    yield Touch(0, i, k)
    for j in js:
        yield Touch(1, k, j)
        yield Touch(2, i, j)
        yield Touch(2, i, j, True)


def _jki(n: int, _: int, tile: int) -> Iterator[Sweep]:
    for j in range(n):
        for k in range(n):
            yield _column_added(j, k, range(n))


def _column_added(j: int, k: int, rows: range) -> Sweep:
    """A column of a times one element, added to a column of c."""
    yield Touch(1, k, j)
    for i in rows:
        yield Touch(0, i, k)
        yield Touch(2, i, j)
        yield Touch(2, i, j, True)


def _multiply_blocked(n: int, _: int, tile: int) -> Iterator[Sweep]:
    starts = range(0, n, tile)
    for top in starts:
        for left in starts:
            for middle in starts:
                ks = range(middle, min(middle + tile, n))
                for i in range(top, min(top + tile, n)):
                    for j in range(left, min(left + tile, n)):
                        yield _dot_added(i, j, ks)


def _dot_added(i: int, j: int, ks: range) -> Sweep:
    """A part of a row times a part of a column; c is read, since other parts came before."""
    yield Touch(2, i, j)
    for k in ks:
        yield Touch(0, i, k)
        yield Touch(1, k, j)
    yield Touch(2, i, j, True)


WORKLOADS: dict[Pattern, Workload] = {
    "row-major": Workload(
        ("a",), False, False,
        """\
for (i = 0; i < rows; i++)
    for (j = 0; j < columns; j++)
        sum += a[i][j];""",
        _rows,
    ),
    "column-major": Workload(
        ("a",), False, False,
        """\
for (j = 0; j < columns; j++)
    for (i = 0; i < rows; i++)
        sum += a[i][j];""",
        _columns,
    ),
    "blocked": Workload(
        ("a",), False, True,
        """\
for (ii = 0; ii < rows; ii += B)
    for (jj = 0; jj < columns; jj += B)
        for (j = jj; j < jj + B; j++)
            for (i = ii; i < ii + B; i++)
                sum += a[i][j];""",
        _blocked,
    ),
    "transpose": Workload(
        ("a", "b"), False, False,
        """\
for (i = 0; i < rows; i++)
    for (j = 0; j < columns; j++)
        b[j][i] = a[i][j];""",
        _transpose,
    ),
    "transpose-blocked": Workload(
        ("a", "b"), False, True,
        """\
for (ii = 0; ii < rows; ii += B)
    for (jj = 0; jj < columns; jj += B)
        for (i = ii; i < ii + B; i++)
            for (j = jj; j < jj + B; j++)
                b[j][i] = a[i][j];""",
        _transpose_blocked,
    ),
    "multiply-ijk": Workload(
        ("a", "b", "c"), True, False,
        """\
for (i = 0; i < n; i++)
    for (j = 0; j < n; j++) {
        sum = 0;
        for (k = 0; k < n; k++)
            sum += a[i][k] * b[k][j];
        c[i][j] = sum;
    }""",
        _ijk,
    ),
    "multiply-ikj": Workload(
        ("a", "b", "c"), True, False,
        """\
for (i = 0; i < n; i++)
    for (k = 0; k < n; k++) {
        r = a[i][k];
        for (j = 0; j < n; j++)
            c[i][j] += r * b[k][j];
    }""",
        _ikj,
    ),
    "multiply-jki": Workload(
        ("a", "b", "c"), True, False,
        """\
for (j = 0; j < n; j++)
    for (k = 0; k < n; k++) {
        r = b[k][j];
        for (i = 0; i < n; i++)
            c[i][j] += a[i][k] * r;
    }""",
        _jki,
    ),
    "multiply-blocked": Workload(
        ("a", "b", "c"), True, True,
        """\
for (ii = 0; ii < n; ii += B)
    for (jj = 0; jj < n; jj += B)
        for (kk = 0; kk < n; kk += B)
            for (i = ii; i < ii + B; i++)
                for (j = jj; j < jj + B; j++) {
                    sum = c[i][j];
                    for (k = kk; k < kk + B; k++)
                        sum += a[i][k] * b[k][j];
                    c[i][j] = sum;
                }""",
        _multiply_blocked,
    ),
}  # fmt: skip
