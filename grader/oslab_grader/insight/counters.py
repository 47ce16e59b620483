"""Counting for all students at once: a set of students is an integer with a bit for each, and a counter for
everybody is a few such integers, one for each binary digit.

Adding a set to all counters takes a handful of operations on long integers, so comparing each of n
students with all others takes n times the number of rows, not n² times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import comb


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


def chance(rows: int, matches: int, rate: float) -> float:
    """The probability of at least `matches` of `rows` when each matches with this rate."""
    if rate <= 0:
        return 0.0 if matches else 1.0
    if rate >= 1:
        return 1.0
    return sum(comb(rows, k) * rate**k * (1 - rate) ** (rows - k) for k in range(matches, rows + 1))
