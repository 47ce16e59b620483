"""Item statistics: how each question of an assignment did, and how reliable they are together.

A question's share is what was earned of its points. Only uploads that could be read whole count; what is
blank counts as nothing earned.

mean                share of the points earned, on average
discrimination      mean share of the best 27 % of the students less that of the worst 27 %, by total
                    (Kelley 1939); students of equal total on the border belong to the group in part
r_pb                correlation of the question with the total of all the others (the corrected
                    point-biserial, for questions that are more than right or wrong)
reliability         Cronbach's alpha over the questions' points
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import StatisticsError, correlation, fmean, variance

from oslab_grader.book.grades import Grade
from oslab_grader.insight.masking import FEW, masked
from oslab_grader.marking.result import MarkedPart, Result

_GROUP = 0.27


@dataclass(frozen=True)
class Item:
    """One question. Figures are None where they cannot be computed (too few students, all alike).

    n           uploads in which it was read whole, none while a person still has to read some of them;
                `blank` and `unreadable`: shares of all uploads
    mistakes    recognised mistakes, the commonest first
    """

    name: str
    exercise: str
    n: int
    blank: float
    unreadable: float
    mean: float | None
    discrimination: float | None
    r_pb: float | None
    mistakes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Items:
    """All questions of an assignment, and the reliability of them together."""

    items: tuple[Item, ...]
    n: int
    reliability: float | None


def items_of(graded: Iterable[tuple[Grade, Result]]) -> Items:
    """The statistics over everybody's upload that counts."""
    exercises: dict[str, str] = {}
    shares: list[dict[str, float]] = []
    points: dict[str, float] = {}
    waiting: set[str] = set()
    seen, blank, unreadable = Counter[str](), Counter[str](), Counter[str]()
    mistakes = Counter[tuple[str, str]]()
    for grade, result in graded:
        marked = {part["name"]: part for part in result["questions"]}
        row: dict[str, float] = {}
        for question in grade.questions:
            part = marked.get(question.name)
            if part is None or question.outcome == "void":
                continue
            name = question.name
            exercises.setdefault(name, question.exercise)
            points.setdefault(name, float(question.points))
            seen[name] += 1
            blank[name] += _blank(part)
            unreadable[name] += bool(part["unreadable"] or part["fault"])
            mistakes.update((name, mistake) for mistake in set(part["mistakes"]))
            if question.waits:
                waiting.add(name)
            elif question.earned is not None and question.points:
                row[name] = float(question.earned / question.points)
        shares.append(row)
    # A question that some are still waiting for says nothing yet: who left it blank has a mark already.
    names = [name for name in exercises if name not in waiting]
    whole = [[row[n] * points[n] for n in names] for row in shares if set(names) <= row.keys()]
    totals = [sum(row) for row in whole]

    def item(name: str) -> Item:
        read = [row[name] for row in shares if name in row and name not in waiting]
        spread = pb = None
        if name not in waiting:
            i = names.index(name)
            column = [row[i] / points[name] for row in whole]
            rest = [total - row[i] for total, row in zip(totals, whole, strict=True)]
            spread = discrimination(column, totals)
            pb = _correlation(column, rest) if len(names) > 1 else None
        common = [(m, count) for (n, m), count in mistakes.items() if n == name]
        return Item(
            name,
            exercises[name],
            len(read),
            blank[name] / seen[name],
            unreadable[name] / seen[name],
            fmean(read) if read else None,
            spread,
            pb,
            tuple(sorted(common, key=lambda m: (-m[1], m[0]))),
        )

    return Items(tuple(map(item, exercises)), len(whole), reliability(whole))


def _blank(part: MarkedPart) -> bool:
    return bool(part["answers"]) and all(a["outcome"] == "blank" for a in part["answers"])


def discrimination(column: Sequence[float], totals: Sequence[float]) -> float | None:
    """Mean of the column among the best 27 % by total, less that among the worst; None for fewer than
    four students."""
    if len(totals) < 4:
        return None
    size = max(1.0, _GROUP * len(totals))
    pairs = sorted(zip(totals, column, strict=True))
    return _group_mean(pairs[::-1], size) - _group_mean(pairs, size)


def _group_mean(pairs: Sequence[tuple[float, float]], size: float) -> float:
    """The mean of the first `size` values; those of the total on the border count in part, alike."""
    by_total: dict[float, list[float]] = {}
    for total, value in pairs:
        by_total.setdefault(total, []).append(value)
    left, found = size, 0.0
    for values in by_total.values():
        taken = min(left, len(values))
        found += taken * fmean(values)
        left -= taken
    return found / size


def _correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    try:
        return correlation(one, other)
    except StatisticsError:  # fewer than two students, or all alike
        return None


def reliability(rows: Sequence[Sequence[float]]) -> float | None:
    """Cronbach's alpha of the questions' points, a row for each student; None where it has no meaning."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    whole: float = variance([sum(row) for row in rows])
    if not whole:
        return None
    count = len(rows[0])
    each: float = sum(variance(column) for column in zip(*rows, strict=True))
    return count / (count - 1) * (1 - each / whole)


def document(assignment: str, found: Items) -> Mapping[str, object]:
    """The statistics as JSON can write them; small counts are masked there too."""
    few = found.n < FEW
    return {
        "schema": "oslab.items/1",
        "assignment": assignment,
        "n": masked(found.n),
        "reliability": None if few else _rounded(found.reliability),
        "items": [
            {
                "name": item.name,
                "exercise": item.exercise,
                "n": masked(item.n),
                "blank": None if few else _rounded(item.blank),
                "unreadable": None if few else _rounded(item.unreadable),
                "mean": None if few else _rounded(item.mean),
                "discrimination": None if few else _rounded(item.discrimination),
                "r_pb": None if few else _rounded(item.r_pb),
                "mistakes": {name: masked(count) for name, count in item.mistakes},
            }
            for item in found.items
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
