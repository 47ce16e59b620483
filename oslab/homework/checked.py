"""What a check of a homework sheet found: marks as far as they may be said, and whether it is ready."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, NamedTuple

from oslab.exercise.feedback import fault_text, note_text
from oslab.exercise.marking import MarkedQuestion
from oslab.exercise.sheet import Sheet
from oslab.homework.classfile import ClassFile
from oslab.homework.filled import Filled


class Place(NamedTuple):
    """An answer, or some rows of its table; `rows` 0 is all of it."""

    question: str
    answer: str
    rows: int = 0


@dataclass(frozen=True)
class CheckedQuestion:
    """One question.

    answers   how far each answer is filled in; empty where the question is not known here
    marks     right and wrong, as far as may be said; without any under "format"
    hints     how many hints there are
    """

    name: str
    title: str
    answers: tuple[Filled, ...]
    marks: MarkedQuestion
    hints: int = 0

    @property
    def trouble(self) -> str:
        """Why the question could not be checked, in a sentence; empty where it could."""
        if self.marks.note:
            return note_text(self.marks.note)
        return fault_text(self.marks.fault) if self.marks.fault else ""

    @property
    def complete(self) -> bool:
        return not self.trouble and bool(self.answers) and all(a.complete for a in self.answers)

    @property
    def waits(self) -> bool:
        return any(a.waits and a.state == "filled" for a in self.answers)


@dataclass(frozen=True)
class Checked:
    """A homework sheet, checked. `content` is its class file; an exam has none. `receipt` is the beginning
    of the SHA-256 of the file, by which the instructor's copy can be told to be the same."""

    sheet: Sheet
    content: ClassFile | None
    feedback: Literal["full", "marks", "format"]
    questions: tuple[CheckedQuestion, ...]
    receipt: str

    @property
    def assignment(self) -> str:
        return self.sheet.header["assignment"]

    @property
    def ready(self) -> bool:
        """All is filled in and readable."""
        return bool(self.questions) and all(q.complete for q in self.questions)

    @property
    def right(self) -> bool:
        """As an exit code says it: an exam's must not tell right from wrong."""
        if self.feedback == "format":
            return self.ready
        return self.ready and all(q.marks.marked and q.marks.marked.right for q in self.questions)


def receipt_of(data: bytes) -> str:
    """The receipt of a file as it stands: ``9f3c-21ab``."""
    return receipt_from(sha256(data).hexdigest())


def receipt_from(digest: str) -> str:
    """The receipt of a file whose SHA-256 this is, in hex."""
    return f"{digest[:4]}-{digest[4:8]}"


def places(questions: Sequence[CheckedQuestion], state: str) -> list[Place]:
    """Where something is "blank" or "unreadable"."""
    found = []
    for question in questions:
        for answer in question.answers:
            rows = answer.unreadable
            if state == "blank":
                rows = answer.rows - answer.filled - answer.unreadable
            if 0 < rows < answer.rows:
                found.append(Place(question.name, answer.name, rows))
            elif answer.state == state:
                found.append(Place(question.name, answer.name))
    return found
