"""Swaps: answers that fit somebody else's variant.

A row tells two variants apart where their keys differ. Who answers with the other's key in nearly all rows
that are wrong for the own variant has most likely handed in answers made for the other: exchanged files, a
mistyped student number, or copying. How often rows match by chance in this class is measured over all
pairs, and what is reported is beyond it. It is evidence for a person to judge; no grade ever changes by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from oslab_grader.insight.cells import Answered, Place
from oslab_grader.insight.counters import Counters, Tally, Usual, chance, members, set_of

LEAST = 4
"""Rows that must match."""
LEAST_SHARE = 0.8
"""Of the rows that are wrong for the own variant and tell the two apart."""
BY_CHANCE = 0.01
"""Fewer pairs than this in the whole class would match so well by chance."""


@dataclass(frozen=True)
class Swap:
    """A student's answers fit another's variant.

    matches  rows answered with the other's key, out of `rows` that are wrong for the own variant and tell
             the two apart; `own`: rows right for the own variant among all that tell the two apart
    question the one question it is about, or "" for the whole sheet
    chance   pairs that would match so well by chance, in the whole class
    claims   the number in the file is the other's
    mutual   the other's answers fit this one's variant as well
    """

    student: str
    other: str
    matches: int
    rows: int
    own: int
    question: str
    chance: float
    claims: bool = False
    mutual: bool = False


@dataclass(frozen=True)
class Swaps:
    """What was found, and what is usual: of all other `pairs`, none matches in more rows than `usual`."""

    swaps: tuple[Swap, ...]
    pairs: int
    usual: int


Keys = Mapping[str, Mapping[Place, tuple[str, ...]]]


def swaps_of(
    students: Sequence[Answered], keys: Iterable[tuple[str, Mapping[Place, tuple[str, ...]]]]
) -> Swaps:
    """Compare every student's answers with everybody else's key. `keys`: owner → place → right values."""
    right = dict(keys)
    owners = list(right)
    number = {owner: i for i, owner in enumerate(owners)}
    holders: dict[Place, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for owner, places in right.items():
        for place, values in places.items():
            for value in values:
                holders[place][value] |= 1 << number[owner]
    known = [s for s in students if s.owner in right]
    compared = [(s, number[s.owner], _units(s, right[s.owner], holders)) for s in known]
    pairs = len(known) * (len(owners) - 1)
    found: list[Swap] = []
    apart: set[tuple[str, int]] = set()
    while True:
        # What is found is no chance: without it, what is usual is measured again.
        base = _Base(compared, len(owners), apart)
        found = [
            swap
            for at, one in enumerate(compared)
            for swap in _of_student(at, *one, owners, right, base, pairs)
        ]
        again = {(swap.student, number[swap.other]) for swap in found}
        if again <= apart:
            break
        apart |= again
    everyone = (1 << len(owners)) - 1
    usual = 0
    for student, me, units in compared:
        reported = [j for who, j in apart if who == student.student]
        others = everyone & ~set_of([me, *reported])
        usual = max(usual, units[""].fits.highest(others)[0])
    return Swaps(_mutual(found), pairs, usual)


def _of_student(
    at: int,
    student: Answered,
    me: int,
    units: Mapping[str, _Unit],
    owners: Sequence[str],
    right: Keys,
    base: _Base,
    pairs: int,
) -> list[Swap]:
    """Whose variants one student's answers fit, beyond chance or by what the file says."""
    others = ((1 << len(owners)) - 1) & ~(1 << me)
    found: dict[str, dict[str, Swap]] = defaultdict(dict)
    for question, unit in units.items():
        best, who = unit.fits.highest(others)
        for j in members(who) if best >= LEAST else ():
            rows = unit.wrong - unit.alike.of(j)
            if best < LEAST_SHARE * rows:
                continue
            # A file that bears the other's number says itself what happened.
            claims = student.claims.casefold() == owners[j].casefold()
            # First what takes no time: rows that clump match by chance more often, never less.
            if (
                not claims
                and pairs * chance(rows, best, base.rate(question, at, (j,))) >= BY_CHANCE
            ):
                continue
            expected = pairs * chance(rows, best, base.usual(question, at, (j,)))
            if expected >= BY_CHANCE:
                both = (min(me, j), max(me, j))
                expected = pairs * chance(rows, best, base.usual(question, at, both))
            if expected < BY_CHANCE or claims:
                found[owners[j]][question] = _swap(
                    student, owners[j], question, right, best, rows, expected, claims
                )
    # Of a pair: the whole sheet, or the question in which all of it is.
    return [
        min(swaps.values(), key=lambda s: (-s.matches, not s.question)) for swaps in found.values()
    ]


@dataclass
class _Unit:
    """A student's wrong rows, of the whole sheet or a question, beside everybody's key: in how many of the
    `wrong` ones each owner's key is the answer (`fits`), and in how many it is the student's own key too,
    so that they tell nothing (`alike`)."""

    wrong: int = 0
    fits: Counters = field(default_factory=Counters)
    alike: Counters = field(default_factory=Counters)

    def beside(self, owner: int) -> Tally:
        """The pair with one owner."""
        tally = Tally()
        tally.add(self.wrong - self.alike.of(owner), self.fits.of(owner))
        return tally

    def tally(self, owners: int) -> Tally:
        """This student's pairs with all owners."""
        alike, rows = self.alike.total(), self.wrong * owners - self.alike.total()
        squares = self.wrong**2 * owners - 2 * self.wrong * alike + self.alike.squares()
        matches = self.fits.total()
        return Tally(rows, squares - rows, matches, self.fits.squares() - matches)


_Compared: TypeAlias = "tuple[Answered, int, Mapping[str, _Unit]]"


class _Base:
    """How often rows match by chance, over the pairs of a class that are not set `apart`: at a rate of each
    student's own, for who makes many mistakes fits others' keys more often."""

    def __init__(
        self, compared: Sequence[_Compared], owners: int, apart: AbstractSet[tuple[str, int]]
    ) -> None:
        self._compared = compared
        self._apart = apart
        self._clumpings: dict[tuple[str, tuple[int, ...]], float] = {}
        reported: dict[str, list[int]] = defaultdict(list)
        for who, owner in apart:
            reported[who].append(owner)
        self._tallies: list[dict[str, Tally]] = []
        for student, _, units in compared:
            tallies = {question: unit.tally(owners) for question, unit in units.items()}
            for owner in reported[student.student]:
                for question, unit in units.items():
                    tallies[question] = tallies[question].without(unit.beside(owner))
            self._tallies.append(tallies)

    def usual(self, question: str, at: int, without: tuple[int, ...]) -> Usual:
        """What is usual for the student at this place, as if there had not been the keys of these owners:
        they may have exchanged their files, or everybody may have copied from one of them."""
        if (question, without) not in self._clumpings:
            self._clumpings[question, without] = self._clumping(question, without)
        clumping = self._clumpings[question, without]
        return replace(self.rate(question, at, without), clumping=clumping)

    def rate(self, question: str, at: int, without: tuple[int, ...]) -> Usual:
        """The same as if no rows clumped."""
        own = self._left(question, at, without)
        # What has never been seen in a small class is not impossible.
        return Usual((own.matches + 1) / (own.rows + 2), 0.0)

    def _left(self, question: str, at: int, without: tuple[int, ...]) -> Tally:
        student, _, units = self._compared[at]
        left = self._tallies[at][question]
        for owner in without:
            if (student.student, owner) not in self._apart:
                left = left.without(units[question].beside(owner))
        return left

    def _clumping(self, question: str, without: tuple[int, ...]) -> float:
        """By the method of moments, over everybody."""
        more = room = 0.0
        for at, tallies in enumerate(self._tallies):
            left = self._left(question, at, without) if question in tallies else Tally()
            if left.rows:
                rate = left.matches / left.rows
                more += left.match_pairs - rate * rate * left.row_pairs
                room += rate * (1 - rate) * left.row_pairs
        return min(1.0, max(0.0, more / room)) if room else 0.0


def _units(
    student: Answered,
    own: Mapping[Place, tuple[str, ...]],
    holders: Mapping[Place, Mapping[str, int]],
) -> dict[str, _Unit]:
    """The units of a student: the whole sheet (""), and each question."""
    units: dict[str, _Unit] = {"": _Unit()}
    for place in sorted(student.wrong):
        there = holders.get(place, {})
        alike = 0
        for value in own.get(place, ()):
            alike |= there.get(value, 0)
        # Where both are right for the other, the row tells the two variants apart no more.
        fitting = there.get(student.given[place], 0) & ~alike
        for unit in (units[""], units.setdefault(place[0], _Unit())):
            unit.wrong += 1
            unit.fits.add(fitting)
            unit.alike.add(alike)
    return units


def _swap(
    student: Answered,
    other: str,
    question: str,
    right: Keys,
    matches: int,
    rows: int,
    expected: float,
    claims: bool,
) -> Swap:
    own, theirs = right[student.owner], right[other]
    telling = sum(
        (not question or place[0] == question)
        and not set(own.get(place, ())) & set(theirs.get(place, ()))
        for place in student.given
    )
    return Swap(student.student, other, matches, rows, telling - rows, question, expected, claims)


def _mutual(found: Sequence[Swap]) -> tuple[Swap, ...]:
    both = {(s.student, s.other) for s in found}
    return tuple(
        replace(s, mutual=(s.other, s.student) in both)
        for s in sorted(found, key=lambda s: (s.chance, s.student, s.other))
    )
