"""A decision, and all decisions of a course: which are in force, and which are in conflict."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, TypeAlias, get_args

from oslab.errors import InputError
from oslab_grader.book.lateness import due_with

COLUMNS = (
    "id", "at", "by", "kind", "assignment", "student", "question", "value", "attempt", "replaces", "why",
)  # fmt: skip

Kind: TypeAlias = Literal[
    "points",  # override: value = points of the question for this student; "" takes it back
    "essay",  # review: value = rubric letters "abd", "-" or points "3"; attempt = the sheet that was read
    "comment",  # value = text for the student; question may be empty (the whole assignment)
    "extend",  # value = ISO time or "+30min", "+2d"; "" takes it back
    "excuse",  # value = "yes", or "" to take it back
    "repair",  # attempt = sheet as handed in, value = sheet it is read as (both kept in attempts/)
    "sheet",  # value = owner whose variant this student's uploads are graded against; "" takes it back
    "settle",  # attempt = sheet; value = "yes": what cannot be read in it counts as not answered
    "amend",  # question; value = "accept:NAME" | "void" | "full" | "key:DIGEST"; pending until applied
    "apply",  # value = "keep-higher" | "replace"; attempt = ids of the amendments put into force, by blanks
]
KINDS: tuple[str, ...] = get_args(Kind)
Subject: TypeAlias = tuple[str, str, str, str, str]

_NUMBER = re.compile(r"[0-9]{1,9}(/[0-9]{1,9}|\.[0-9]{1,9})?")
# What the value of a decision of each kind looks like.
_VALUES = {
    "points": re.compile(rf"|{_NUMBER.pattern}"),
    "essay": re.compile(rf"|-|[a-z]+|{_NUMBER.pattern}"),
    "extend": re.compile(r"|\+[0-9]+(min|h|d)|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+([+-][0-9:]+|Z)?"),
    "excuse": re.compile(r"|yes"),
    "repair": re.compile(r"|[0-9a-f]{64}"),
    "sheet": re.compile(r"|[A-Za-z0-9._@-]{1,64}"),
    "settle": re.compile(r"|yes"),
    "amend": re.compile(r"|void|full|accept:[A-Za-z0-9_-]+|key:[0-9a-f]{16}"),
    "apply": re.compile(r"keep-higher|replace"),
}  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """One line. `replaces`: ids of the decisions that were in force when this one was made.

    `at` is a time in UTC, later than that of every decision its maker had before them.
    """

    id: str
    at: str
    by: str
    kind: Kind
    assignment: str
    student: str = ""
    question: str = ""
    value: str = ""
    attempt: str = ""
    replaces: tuple[str, ...] = ()
    why: str = ""

    @property
    def subject(self) -> Subject:
        """What it is about: two of one subject cannot both hold. Repairs, settlements and readings of
        essays are about one upload, amendments about themselves (several can hold one after the other)."""
        of_upload = self.attempt if self.kind in ("repair", "settle", "essay") else ""
        of_itself = self.id if self.kind in ("amend", "apply") else of_upload
        return self.kind, self.assignment, self.student, self.question, of_itself


@dataclass(frozen=True)
class Decisions:
    """All decisions of all graders, in the order of time, then id."""

    all: tuple[Decision, ...]

    def heads(self, subject: Subject) -> Sequence[Decision]:
        """Those about a subject that no other replaces, in the order of time, then id; one is in force,
        several of different value are a conflict."""
        return self._heads.get(subject, ())

    def of(self, assignment: str, student: str = "") -> Iterable[Decision]:
        """Those in force or in conflict for a student, or (student "") for the assignment as a whole."""
        return self._of.get((assignment, student), ())

    @cached_property
    def _heads(self) -> Mapping[Subject, Sequence[Decision]]:
        replaced = {name for decision in self.all for name in decision.replaces}
        found: dict[Subject, list[Decision]] = defaultdict(list)
        for decision in self.all:
            if decision.id not in replaced:
                found[decision.subject].append(decision)
        return dict(found)

    @cached_property
    def _of(self) -> Mapping[tuple[str, str], Sequence[Decision]]:
        found: dict[tuple[str, str], list[Decision]] = defaultdict(list)
        for heads in self._heads.values():
            for decision in heads:
                found[decision.assignment, decision.student].append(decision)
        return {place: sorted(heads, key=_place) for place, heads in found.items()}


def _place(decision: Decision) -> tuple[str, str]:
    return decision.at, decision.id


def together(found: Iterable[Decision]) -> Decisions:
    """Decisions from anywhere: each once, in order. Raises InputError for two of the same id that differ."""
    known: dict[str, Decision] = {}
    for decision in found:
        if known.setdefault(decision.id, decision) != decision:
            raise InputError(
                f"decisions: two lines have the id {decision.id} and differ; one of them was edited"
            )
    return Decisions(tuple(sorted(known.values(), key=_place)))


def fault_of(cells: Mapping[str, str]) -> str:
    """What is wrong with a line, or ""."""
    cells = {name: cells.get(name, "") for name in COLUMNS}
    kind, value = cells["kind"], cells["value"]
    if kind not in KINDS:
        from oslab.exercise.fields import did_you_mean

        return f'kind "{kind}" is none{did_you_mean(kind, KINDS)}; there are {", ".join(KINDS)}'
    if not all(cells[name] for name in ("id", "at", "by", "assignment")):
        return "id, at, by and assignment must not be empty"
    pattern = _VALUES.get(kind)
    if pattern and not pattern.fullmatch(value):
        return f'"{value}" is no value for {kind}'
    try:
        if kind == "extend" and value:
            due_with(datetime.now(UTC), value)
        elif kind in ("points", "essay") and value[:1].isdigit():
            Fraction(value)
    except (InputError, ZeroDivisionError):
        return f'"{value}" is no value for {kind}'
    return ""


def decision_of(cells: Mapping[str, str]) -> Decision:
    """A decision from cells that `fault_of` finds nothing wrong with."""
    found: dict[str, Any] = {name: cells.get(name, "") for name in COLUMNS}
    return Decision(**{**found, "replaces": tuple(found["replaces"].split())})
