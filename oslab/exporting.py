"""What an exporter is given and what it returns: the gradebook as plain records.

An exporter is a pure function ``export(request: ExportRequest) -> Exported``, named by the hook
`oslab_exporters`. It reads no file and writes none: the command line does, after it has shown what
would change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Protocol


@dataclass(frozen=True)
class ExportedQuestion:
    """One question of one student. `feedback`: lines for the student, never the key."""

    name: str
    exercise: str
    title: str
    points: Fraction
    earned: Fraction | None
    outcome: str
    mistakes: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportedGrade:
    """One student in one assignment.

    status   final, waits, withheld, missing, excused; `total` is None unless final
    person   the columns of roster.csv: id, name, email, section, canvas, team, …
    file     the name the upload that counts came under; `received` the time, `late` whether it is late
    reason   why there is no total yet, in a sentence
    """

    assignment: str
    student: str
    status: str
    points: Fraction
    total: Fraction | None
    person: Mapping[str, str]
    late: bool = False
    received: datetime | None = None
    file: str = ""
    reason: str = ""
    questions: tuple[ExportedQuestion, ...] = ()
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportedAssignment:
    """An assignment that was handed out. `title` as the LMS calls it."""

    name: str
    title: str
    points: Fraction
    due: datetime


class Gradebook(Protocol):
    """A course's gradebook. Grades come one at a time: there may be very many."""

    @property
    def course(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def assignments(self) -> tuple[ExportedAssignment, ...]: ...
    def grades(self, assignment: str) -> Iterator[ExportedGrade]: ...


@dataclass(frozen=True)
class ExportRequest:
    """One call of an exporter.

    assignments   those to export; all that were handed out, where none was named
    given         the instructor's own file, for round trips, and its name; None where none was given
    only_final    leave out who has no final grade, instead of refusing
    language      en or zh, for what students read
    """

    book: Gradebook
    assignments: tuple[ExportedAssignment, ...]
    given: bytes | None = None
    given_name: str = ""
    only_final: bool = False
    language: str = "en"


@dataclass(frozen=True)
class Exported:
    """Files to be written into ``out/``, by name; and what to say first: which column, how many are new,
    changed, left out, and what to do with the files then."""

    files: Mapping[str, bytes]
    said: tuple[str, ...] = ()
    next: str = ""
    left_out: Mapping[str, int] = field(default_factory=dict)
