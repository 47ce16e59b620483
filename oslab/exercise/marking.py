"""Marking a whole sheet: each question against the variant its reference names.

Whatever is wrong with one question (an unknown exercise, another version, a plugin that stops) is a
fault of that question; the others are marked all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from oslab.errors import InputError
from oslab.exercise.catalogue import exercise
from oslab.exercise.checking import Marked, check
from oslab.exercise.notes import Note
from oslab.exercise.sheet import Question, Reference, Sheet
from oslab.exercise.variant import Variant, draw
from oslab.plugins import PluginError, blamed

T = TypeVar("T")


@dataclass(frozen=True)
class Fault:
    """Why a question could not be marked: a key of ``[faults]`` in the host's words, and its values."""

    reason: str
    values: dict[str, object]


@dataclass(frozen=True)
class MarkedQuestion:
    """A question with its marks, or with the reason why there are none."""

    name: str
    reference: Reference
    marked: Marked | None = None
    fault: Fault | None = None
    note: Note | None = None


@dataclass(frozen=True)
class MarkedSheet:
    """All questions of a sheet."""

    sheet: Sheet
    questions: tuple[MarkedQuestion, ...]

    @property
    def earned(self) -> Fraction:
        return sum((q.marked.earned for q in self.questions if q.marked), Fraction(0))

    @property
    def points(self) -> Fraction:
        return sum((q.marked.points for q in self.questions if q.marked), Fraction(0))

    @property
    def right(self) -> bool:
        return bool(self.questions) and all(q.marked and q.marked.right for q in self.questions)


def mark(sheet: Sheet) -> MarkedSheet:
    """Mark every question of a sheet."""
    return MarkedSheet(sheet, tuple(mark_question(question) for question in sheet.questions))


def mark_question(question: Question) -> MarkedQuestion:
    """Mark one question; what cannot be marked says why."""
    name, reference = question.name, question.reference
    if question.unreadable:
        return MarkedQuestion(name, reference, note=question.unreadable)

    def marked() -> Marked | Fault:
        variant = variant_of(reference)
        if isinstance(variant, Fault):
            return variant
        return check(variant, question.values, question.lines)

    found = contained(marked)
    if isinstance(found, Fault):
        return MarkedQuestion(name, reference, fault=found)
    return MarkedQuestion(name, reference, found)


def contained(work: Callable[[], T | Fault]) -> T | Fault:
    """What the work comes to; what goes wrong in it is the fault of one question, and others go on."""
    try:
        return work()
    except InputError as error:
        return Fault("exercise", {"text": str(error)})
    except PluginError as error:
        return Fault("plugin", {"text": str(error)})
    except (Exception, SystemExit) as error:  # a stranger's code
        return Fault("plugin", {"text": blamed(error)})


def variant_of(reference: Reference) -> Variant | Fault:
    """The variant that a sheet's reference names, or why it cannot be drawn here.

    Raises InputError for an exercise there is not, PluginError for one that cannot be loaded.
    """
    if not reference.code:
        return Fault("no-code", {})
    found = exercise(reference.exercise)
    if (reference.problem, reference.version) != (found.entry.problem, found.problem.version):
        made = f"{reference.problem} {reference.version}"
        have = f"{found.entry.problem} {found.problem.version}"
        return Fault("version", {"made": made, "have": have})
    return draw(found, reference.code)
