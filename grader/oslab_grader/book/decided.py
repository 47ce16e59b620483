"""What was decided about one student in one assignment, or about an upload: what is in force, and where
two decisions blind to each other differ.

Decisions on a student hold for that student, in a team too; those on uploads (repairs, settlements,
essays that were read, comments made while reading) for everybody whose upload it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

from oslab.exercise.feedback import rounded
from oslab_grader.book.decisions import Decision, Decisions
from oslab_grader.book.records import Trouble
from oslab_grader.handout.record import HandedQuestion

T = TypeVar("T")


@dataclass(frozen=True)
class Decided:
    """What holds for one student. `overrides`: question → points, and whose decision it is; `comments`:
    question ("" for the assignment) → texts."""

    excused: bool
    extension: str
    overrides: Mapping[str, tuple[Fraction, str]]
    comments: Mapping[str, tuple[str, ...]]
    conflicts: tuple[Trouble, ...]


class Conflict(Exception):
    """Decisions about one thing that are blind to each other and differ."""

    def __init__(self, heads: Sequence[Decision]) -> None:
        super().__init__()
        self.heads = heads


def agreed(heads: Sequence[Decision], meaning: Callable[[str], T]) -> tuple[T, str] | None:
    """What the decisions of one subject mean, and who said so; None where there are none.

    Raises Conflict where they differ.
    """
    meant = {meaning(head.value) for head in heads}
    if len(meant) > 1:
        raise Conflict(heads)
    return (meant.pop(), heads[0].by) if heads else None


def decided_about(
    student: str, assignment: str, uploaders: Collection[str], decisions: Decisions
) -> Decided:
    """What holds for a student. `uploaders`: the students whose uploads count for this one."""
    conflicts: list[Trouble] = []

    def one(kind: str, question: str, meaning: Callable[[str], T]) -> tuple[T, str] | None:
        heads = decisions.heads((kind, assignment, student, question, ""))
        try:
            return agreed(heads, meaning)
        except Conflict as error:
            conflicts.append(conflict(error.heads))
            return None

    own = list(decisions.of(assignment, student))
    overrides = {}
    for name in dict.fromkeys(d.question for d in own if d.kind == "points"):
        found = one("points", name, lambda value: Fraction(value) if value else None)
        if found and found[0] is not None:
            overrides[name] = (found[0], found[1])
    excused, extended = one("excuse", "", str), one("extend", "", str)
    said = [d for d in own if d.kind == "comment" and d.value]
    for other in uploaders:
        if other != student:
            said += [d for d in decisions.of(assignment, other)
                     if d.kind == "comment" and d.value and d.attempt]  # fmt: skip
    comments: dict[str, tuple[str, ...]] = {}
    for d in sorted(said, key=lambda d: (d.at, d.id)):
        comments[d.question] = (*comments.get(d.question, ()), d.value)
    return Decided(
        excused=bool(excused and excused[0]),
        extension=extended[0] if extended else "",
        overrides=overrides,
        comments=comments,
        conflicts=tuple(conflicts),
    )


def conflict(heads: Sequence[Decision]) -> Trouble:
    """The row of the problem list for decisions that differ."""
    head = heads[0]
    where = " ".join(filter(None, (head.assignment, head.question)))
    said = ", ".join(f"{d.by} {d.value or '-'}" for d in heads)
    if head.kind in ("repair", "sheet", "extend", "excuse", "settle"):
        said = f"{head.kind}: {said[:200]}"
    commands = {
        "points": f"override {head.assignment} {head.student} {head.question} POINTS",
        "essay": f"override {head.assignment} {head.student} {head.question} POINTS",
        "sheet": f"sheet {head.assignment} {head.student} --of STUDENT",
        "repair": f"repair {head.assignment} {head.student}",
        "settle": f"settle {head.assignment} {head.student}",
        "extend": f"extend {head.student} {head.assignment} TIME",
        "excuse": f"excuse {head.student} {head.assignment}",
    }
    return Trouble(
        head.student,
        "conflict",
        f"{where}: {said}; no grade until one of you decides again",
        f"oslab gradebook {commands[head.kind]}",
        (("where", where), ("said", said)),
    )


def sheet_owner(student: str, assignment: str, decisions: Decisions) -> str:
    """Whose variant a student's uploads were said to be of, or "". Raises Conflict."""
    found = agreed(decisions.heads(("sheet", assignment, student, "", "")), str)
    return found[0] if found else ""


def read_as(student: str, assignment: str, sheet: str, decisions: Decisions) -> str:
    """What an upload is read as: itself, or what it was repaired to. Raises Conflict."""
    found = agreed(decisions.heads(("repair", assignment, student, "", sheet)), str)
    return (found[0] if found else "") or sheet


def is_settled(student: str, assignment: str, sheet: str, decisions: Decisions) -> bool:
    """Whether what cannot be read in an upload counts as not answered. Raises Conflict."""
    found = agreed(decisions.heads(("settle", assignment, student, "", sheet)), str)
    return bool(found and found[0])


def essay_points(value: str, question: HandedQuestion) -> Fraction | None:
    """What a reader gave: rubric letters, ``-`` for none of them, or points; None: taken back."""
    if not value:
        return None
    if value == "-":
        return Fraction(0)
    if value.isalpha():
        worth = rubric_points(question)
        letters = {ord(letter) - ord("a") for letter in value}
        return sum((worth[i] for i in letters if i < len(worth)), Fraction(0))
    return Fraction(value)


def rubric_points(question: HandedQuestion) -> Sequence[Fraction]:
    """What each line of a question's rubric is worth: a, b, c …"""
    lines: list[Any] = [
        line for answer in question.entry["answer"] for line in answer.get("rubric", ())
    ]
    return [Fraction(line["points"]) for line in lines]


def as_points(points: Fraction) -> str:
    """Points as a decision keeps them: ``7``, ``7.5``, ``7/3``."""
    text = rounded(points)
    return text if Fraction(text) == points else str(points)
