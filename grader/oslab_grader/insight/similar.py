"""Similar: pairs of students who are wrong in the same way.

Variants differ, so the same wrong value in the same row is rare, unless it is a value that many write. How
often is measured: for each wrong row, the share of the others' wrong answers there that are the same. A
pair is reported when it shares many more than that. Evidence for a person to judge, as with swaps.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oslab_grader.insight.cells import Answered, Place
from oslab_grader.insight.counters import Counters, Tally, Usual, chance, members
from oslab_grader.insight.swaps import BY_CHANCE, LEAST


@dataclass(frozen=True)
class Pair:
    """Two students with the same wrong answers: `same` of the `both` rows that both have wrong."""

    one: str
    other: str
    same: int
    both: int
    chance: float


@dataclass(frozen=True)
class Similar:
    """Pairs found, of all `pairs`; no other shares more than `usual` wrong rows."""

    found: tuple[Pair, ...]
    pairs: int
    usual: int


def similar_of(students: Sequence[Answered]) -> Similar:
    """Compare everybody's wrong answers. Members of one team have one upload, so they are not compared."""
    holders: dict[Place, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for i, student in enumerate(students):
        for place in student.wrong:
            holders[place][student.given[place]] |= 1 << i
    together: dict[str, int] = defaultdict(int)
    for i, student in enumerate(students):
        together[student.owner] |= 1 << i
    count = len(students)
    pairs = count * (count - 1) // 2
    found: dict[tuple[int, int], Pair] = {}
    usual = 0
    everyone = (1 << count) - 1
    counted = [_counters(student, holders) for student in students]
    tally = _tally(students, counted)
    for i, student in enumerate(students):
        counters = counted[i][0]
        others = everyone & ~together[student.owner]
        while others:
            same, who = counters.highest(others)
            reported = 0
            for j in members(who) if same >= LEAST else ():
                pair = _pair(students, i, j, same, holders, pairs, tally)
                if pair.chance < BY_CHANCE:
                    found[min(i, j), max(i, j)] = pair
                    reported |= 1 << j
            others &= ~who
            if who & ~reported:
                usual = max(usual, same)
                break
    ranked = sorted(found.values(), key=lambda p: (p.chance, p.one, p.other))
    return Similar(tuple(ranked), pairs, usual)


def _counters(
    student: Answered, holders: Mapping[Place, Mapping[str, int]]
) -> tuple[Counters, Counters]:
    """In how many of the student's wrong rows everybody gives the same answer, and in how many everybody
    is wrong."""
    same, both = Counters(), Counters()
    for place in student.wrong:
        same.add(holders[place][student.given[place]])
        wrong = 0
        for who in holders[place].values():
            wrong |= who
        both.add(wrong)
    return same, both


def _tally(students: Sequence[Answered], counted: Sequence[tuple[Counters, Counters]]) -> Tally:
    """All pairs of the class, each once."""
    tally = Tally()
    for student, (same, both) in zip(students, counted, strict=True):
        tally.rows += both.total()
        tally.row_pairs += both.squares() - both.total()
        tally.matches += same.total()
        tally.match_pairs += same.squares() - same.total()
        # Everybody agrees with themselves.
        own = Tally()
        own.add(len(student.wrong), len(student.wrong))
        tally = tally.without(own)
    return Tally(*(number // 2 for number in vars(tally).values()))


def _pair(
    students: Sequence[Answered],
    i: int,
    j: int,
    same: int,
    holders: Mapping[Place, Mapping[str, int]],
    pairs: int,
    tally: Tally,
) -> Pair:
    one, other = sorted((students[i], students[j]), key=lambda s: s.student)
    both = one.wrong & other.wrong
    rates = [_rate(one.given[place], holders[place]) for place in both]
    this = Tally()
    this.add(len(both), same)
    clumping = tally.without(this).usual().clumping
    by_chance = chance(len(both), same, Usual(sum(rates) / len(rates), clumping))
    return Pair(one.student, other.student, same, len(both), pairs * by_chance)


def _rate(value: str, holders: Mapping[str, int]) -> float:
    """How likely another wrong answer in this row is the same; one more of each kind is counted, so that
    what only these two wrote is not impossible."""
    counts = Counter({v: students.bit_count() for v, students in holders.items()})
    others = counts[value] - 2
    return (max(others, 0) + 1) / (max(sum(counts.values()) - 2, 0) + len(counts) + 1)
