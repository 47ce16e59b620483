"""What was answered and what was right, cell by cell of an assignment: what `swaps` and `similar` compare.

A place is a row of a table, or an answer that is none. Its value is a text, as a student would write it
in a sheet; of a row, all its cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from oslab.exercise.answers import Essay, Table, accepted
from oslab.exercise.catalogue import Exercise
from oslab.exercise.frozen import thaw
from oslab_grader.book.grades import Grade
from oslab_grader.handout.record import Record
from oslab_grader.handout.resolve import bind_question
from oslab_grader.marking.result import MarkedAnswer, Result

Place: TypeAlias = "tuple[str, str, int]"
"""Question, answer, row; row -1 where there is no table."""


@dataclass(frozen=True)
class Answered:
    """What one student answered.

    given    every place that was filled in whole
    wrong    those of them that are not right for the student's own variant
    claims   whose number the file bears
    """

    student: str
    owner: str
    given: Mapping[Place, str]
    wrong: frozenset[Place]
    claims: str = ""


def answered(grade: Grade, result: Result) -> Answered:
    """The places of one student's upload."""
    given: dict[Place, str] = {}
    wrong: set[Place] = set()
    for part in result["questions"]:
        for answer in part["answers"]:
            for row, value, is_wrong in _values(answer):
                place = (part["name"], answer["name"], row)
                given[place] = value
                if is_wrong:
                    wrong.add(place)
    claims = result["claims"].get("student", "")
    return Answered(grade.student, grade.owner, given, frozenset(wrong), claims)


def _values(answer: MarkedAnswer) -> Iterator[tuple[int, str, bool]]:
    value = answer.get("given")
    if isinstance(value, str):
        if answer["outcome"] in ("right", "partial", "wrong"):
            yield -1, value, answer["outcome"] != "right"
        return
    for i, (cells, row) in enumerate(zip(value or (), answer.get("rows", ()), strict=False)):
        if row["outcome"] in ("right", "wrong"):
            yield i, joined(cells), row["outcome"] == "wrong"


def joined(cells: Mapping[str, str]) -> str:
    """A row's cells as one value."""
    return "\x1f".join(f"{name}={cells[name]}" for name in sorted(cells))


def keys(
    record: Record, owners: Iterable[str]
) -> Iterator[tuple[str, Mapping[Place, tuple[str, ...]]]]:
    """For each owner, the right values of every place."""
    exercises = {q.name: bind_question(q) for q in record.head.questions}
    for owner in owners:
        found: dict[Place, tuple[str, ...]] = {}
        for name, frozen in record.share(owner).questions.items():
            exercise = exercises[name]
            for asked, right in thaw(exercise, frozen).key.items():
                for row, values in _right(exercise, asked, right):
                    found[name, asked, row] = values
        yield owner, found


def _right(exercise: Exercise, asked: str, right: Any) -> Iterator[tuple[int, tuple[str, ...]]]:
    kind, words = exercise.kind(asked), exercise.words
    if isinstance(kind, Essay):
        return
    if not isinstance(kind, Table):
        yield -1, tuple(kind.write(value, words) for value in accepted(right))
        return
    for i, row in enumerate(right):
        yield i, (joined({c: k.write(row[c], words) for c, k in kind.columns.items() if c in row}),)
