"""Counting for all students at once: a set of students is an integer with a bit for each, and a counter for
everybody is a few such integers, one for each binary digit.

Adding a set to all counters takes a handful of operations on long integers, so comparing each of n
students with all others takes n times the number of rows, not n² times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import comb, exp, lgamma


class Counters:
    """For every student a count, all zero at first."""

    def __init__(self) -> None:
        self._digits: list[int] = []

    def add(self, students: int) -> None:
        """One more for each of these students."""
        for i, digit in enumerate(self._digits):
            if not students:
                return
            self._digits[i], students = digit ^ students, digit & students
        if students:
            self._digits.append(students)

    def of(self, student: int) -> int:
        """The count of one student."""
        return sum((digit >> student & 1) << i for i, digit in enumerate(self._digits))

    def total(self) -> int:
        """All counts together."""
        return sum(digit.bit_count() << i for i, digit in enumerate(self._digits))

    def squares(self) -> int:
        """The squares of all counts together."""
        return sum(
            (one & other).bit_count() << (i + j)
            for i, one in enumerate(self._digits)
            for j, other in enumerate(self._digits)
        )

    def highest(self, among: int) -> tuple[int, int]:
        """The highest count among these students, and who has it."""
        found = 0
        for i in range(len(self._digits) - 1, -1, -1):
            with_digit = among & self._digits[i]
            if with_digit:
                among, found = with_digit, found | 1 << i
        return found, among


def members(students: int) -> Iterator[int]:
    """The numbers of the students in a set, the lowest first."""
    while students:
        lowest = students & -students
        yield lowest.bit_length() - 1
        students ^= lowest


def set_of(numbers: Iterable[int]) -> int:
    """The set of these students."""
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


@dataclass(frozen=True)
class Usual:
    """How matches fall over the pairs of a class.

    rate      of a row that could match
    clumping  how much the rows of a pair match together or not at all, 0 (each for itself) to 1: who
              has a row by the same misunderstanding as somebody else has the next one too
    """

    rate: float
    clumping: float


@dataclass
class Tally:
    """Rows that could match and those that do, summed over pairs; what `Usual` is measured from."""

    rows: int = 0
    row_pairs: int = 0
    matches: int = 0
    match_pairs: int = 0

    def add(self, rows: int, matches: int) -> None:
        """One pair more."""
        self.rows += rows
        self.row_pairs += rows * (rows - 1)
        self.matches += matches
        self.match_pairs += matches * (matches - 1)

    def without(self, other: Tally) -> Tally:
        """The pairs of this one that are not in the other."""
        return Tally(
            self.rows - other.rows,
            self.row_pairs - other.row_pairs,
            self.matches - other.matches,
            self.match_pairs - other.match_pairs,
        )

    def usual(self) -> Usual:
        """Rate and clumping by the method of moments. One match and one miss are added: what has never
        been seen in a small class is not impossible."""
        rate = (self.matches + 1) / (self.rows + 2)
        if self.row_pairs <= 0 or self.matches <= 0:
            return Usual(rate, 0.0)
        both = self.match_pairs / self.row_pairs
        return Usual(rate, min(1.0, max(0.0, (both - rate * rate) / (rate * (1 - rate)))))


def chance(rows: int, matches: int, usual: Usual) -> float:
    """The probability of at least `matches` of `rows`: beta-binomial, without clumping binomial."""
    rate, clumping = usual.rate, usual.clumping
    if matches <= 0 or rate >= 1:
        return 1.0
    if rate <= 0 or matches > rows:
        return 0.0
    if clumping >= 1:
        return rate
    if clumping < 1e-6:
        return sum(
            comb(rows, k) * rate**k * (1 - rate) ** (rows - k) for k in range(matches, rows + 1)
        )
    one, other = rate * (1 - clumping) / clumping, (1 - rate) * (1 - clumping) / clumping
    return min(
        1.0,
        sum(
            comb(rows, k) * exp(_beta(k + one, rows - k + other) - _beta(one, other))
            for k in range(matches, rows + 1)
        ),
    )


def _beta(one: float, other: float) -> float:
    """The logarithm of the beta function."""
    return lgamma(one) + lgamma(other) - lgamma(one + other)
