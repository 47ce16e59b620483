"""The tasks of marking an assignment's uploads, and what their results depend on."""

from __future__ import annotations

from hashlib import sha256

from oslab_grader.book.amend import alternatives
from oslab_grader.book.decisions import Decisions
from oslab_grader.course.model import Course
from oslab_grader.handout.record import Record
from oslab_grader.intake.attempts import Attempt
from oslab_grader.marking.mark import basis_of
from oslab_grader.marking.result import Task


class Tasks:
    """How the uploads of one assignment are marked."""

    def __init__(self, course: Course, name: str, record: Record, decisions: Decisions) -> None:
        self.folder = course.attempts(name)
        self.record = record
        self.others = alternatives(name, decisions)
        with record.file.open("rb") as stream:
            self._head = stream.readline()
        self._basis = ("", "")

    def task(self, owner: str, sheet: str, file: str) -> Task:
        """Marking a sheet that came under this name against an owner's variant."""
        return Task(
            head=str(self.record.file),
            share=self.record.line(owner).decode(),
            sheet=str(self.folder / f"{sheet}.sheet"),
            digest=sheet,
            alternatives=self.others,
            file=file,
        )

    def basis(self, owner: str, file: str) -> str:
        """What the result depends on beside the upload's bytes; the upload's name stands in messages."""
        if self._basis[0] != owner:
            self._basis = owner, basis_of(self._head, self.record.line(owner), self.others)
        return sha256(f"{self._basis[1]} {file}".encode()).hexdigest()


def file_of(attempt: Attempt) -> str:
    """The name an upload came under, as messages have it: without folders."""
    return attempt.own_name.rpartition("/")[2]
