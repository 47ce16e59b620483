"""Swaps: answers that fit somebody else's variant.

A row tells two variants apart where their keys differ. Who answers with the other's key in nearly all rows
that are wrong for the own variant has most likely handed in answers made for the other: exchanged files, a
mistyped student number, or copying. How often rows match by chance in this class is measured over all
pairs, and what is reported is beyond it. It is evidence for a person to judge; no grade ever changes by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from oslab_grader.insight.cells import Answered, Place
from oslab_grader.insight.counters import Counters, chance, members

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
    counted = [(s, _units(s, right[s.owner], holders)) for s in known]
    everyone = (1 << len(owners)) - 1
    rows = sum(len(s.wrong) for s in known) * max(len(owners) - 1, 1)
    # By chance: over all pairs, a wrong row and another's key.
    rate = sum(units[""].total() for _, units in counted) / rows if rows else 0.0
    pairs = len(known) * (len(owners) - 1)
    found: list[Swap] = []
    usual = 0
    for student, units in counted:
        others = everyone & ~(1 << number[student.owner])
        mine: dict[str, Swap] = {}
        for question, counters in units.items():
            best, who = counters.highest(others)
            if best < LEAST:
                continue
            for other in members(who):
                swap = _swap(student, owners[other], question, right, best, rate, pairs)
                if swap and (swap.other not in mine or swap.chance < mine[swap.other].chance):
                    mine[swap.other] = swap
        found += mine.values()
        for swap in mine.values():
            others &= ~(1 << number[swap.other])
        usual = max(usual, units[""].highest(others)[0])
    return Swaps(_mutual(found), pairs, usual)


def _units(
    student: Answered,
    own: Mapping[Place, tuple[str, ...]],
    holders: Mapping[Place, Mapping[str, int]],
) -> dict[str, Counters]:
    """How many of the student's wrong rows are everybody's key: in the whole sheet (""), and in each
    question."""
    units: dict[str, Counters] = {"": Counters()}
    for place in sorted(student.wrong):
        fitting = holders.get(place, {}).get(student.given[place], 0)
        units.setdefault(place[0], Counters()).add(fitting)
        units[""].add(fitting)
    return units


def _swap(
    student: Answered, other: str, question: str, right: Keys, matches: int, rate: float, pairs: int
) -> Swap | None:
    own, theirs = right[student.owner], right[other]
    telling = [
        place
        for place in student.given
        if (not question or place[0] == question)
        and not set(own.get(place, ())) & set(theirs.get(place, ()))
    ]
    wrong = sum(place in student.wrong for place in telling)
    expected = pairs * chance(wrong, matches, rate)
    if matches < LEAST_SHARE * wrong or expected >= BY_CHANCE:
        return None
    return Swap(
        student.student, other, matches, wrong, len(telling) - wrong, question, expected,
        claims=student.claims.casefold() == other.casefold(),
    )  # fmt: skip


def _mutual(found: Sequence[Swap]) -> tuple[Swap, ...]:
    both = {(s.student, s.other) for s in found}
    return tuple(
        replace(s, mutual=(s.other, s.student) in both)
        for s in sorted(found, key=lambda s: (s.chance, s.student, s.other))
    )
