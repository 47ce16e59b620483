"""Decisions: what people decided, one line each, ``decisions/GRADER.csv``, only ever added to.

A decision names those it has seen and takes the place of (`replaces`). Two about the same thing that are
blind to each other and differ are a conflict, and there is no grade until somebody decides again. So the
files of two assistants merge by being put side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

COLUMNS = (
    "id", "at", "by", "kind", "assignment", "student", "question", "value", "attempt", "replaces", "why",
)  # fmt: skip

Kind: TypeAlias = Literal[
    "points",  # override: value = points of the question for this student
    "essay",  # review: value = rubric letters "abd" or points "3"; attempt = the sheet that was read
    "comment",  # value = text for the student; question may be empty (the whole assignment)
    "extend",  # value = ISO time or "+30min", "+2d"
    "excuse",  # value = "yes", or "" to take it back
    "repair",  # attempt = sheet as handed in, value = sheet it is read as (both kept in attempts/)
    "sheet",  # value = student id whose variant this student's uploads are graded against; "" takes it back
    "settle",  # attempt = sheet; value = "yes": what cannot be read in it counts as not answered
    "amend",  # question; value = "accept:NAME" | "void" | "full" | "key:DIGEST"; pending until applied
    "apply",  # value = "keep-higher" | "replace"; attempt = ids of the amendments put into force, by blanks
]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Decision:
    """One line. `replaces`: ids of the decisions that were in force when this one was made."""

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
    def subject(self) -> tuple[str, str, str, str, str]:
        """What it is about: two of one subject cannot both hold. Repairs and settlements are about one
        upload, amendments about themselves (several can hold one after the other)."""
        of_upload = self.attempt if self.kind in ("repair", "settle") else ""
        of_itself = self.id if self.kind in ("amend", "apply") else of_upload
        return self.kind, self.assignment, self.student, self.question, of_itself


@dataclass(frozen=True)
class Decisions:
    """All decisions of all graders."""

    all: tuple[Decision, ...]

    def heads(self, subject: tuple[str, str, str, str, str]) -> Sequence[Decision]:
        """Those about a subject that no other replaces, in the order of time, then id; one is in force,
        several of different value are a conflict."""
        raise NotImplementedError  # H6

    def of(self, assignment: str, student: str = "") -> Iterable[Decision]:
        """Those in force or in conflict for a student, or (student "") for the assignment as a whole."""
        raise NotImplementedError  # H6


def read_decisions(folder: Path) -> Decisions:
    """All files of the folder. A last line without its end (power cut) is left out; anything else that
    is no decision is an InputError naming file and line."""
    raise NotImplementedError  # H6


def decide(folder: Path, grader: str, made: Sequence[Mapping[str, str]]) -> Sequence[Decision]:
    """Add lines to the grader's own file, all or none, in one write; a full disk leaves it as it was.

    `made` gives kind, assignment, student, question, value, attempt, why; id, time, `by` and what they
    replace are found here. Returns them.
    """
    raise NotImplementedError  # H6


def grader_name() -> str:
    """Who decides: OSLAB_GRADER, else asked once and kept in the user's settings. Raises InputError."""
    raise NotImplementedError  # H6
