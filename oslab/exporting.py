"""What an exporter is given and what it returns: the gradebook as plain records.

An exporter is a pure function ``export(request: ExportRequest) -> Exported``, named by the hook
`oslab_exporters`. It reads no file and writes none: the command line does, after it has shown what
would change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal, Protocol, TypeAlias

Status: TypeAlias = Literal["final", "waits", "withheld", "missing", "excused"]


@dataclass(frozen=True)
class ExportedQuestion:
    """One question of one student.

    outcome   right, partial, wrong, blank, unreadable, waits; "void" where it is out of the total
    earned    None where there is nothing yet
    mistakes  the names of the misunderstandings that were recognised
    comments  what people wrote to the student about it
    by_hand   whether the points were given by a person, in place of those of the marks
    """

    name: str
    exercise: str
    title: str
    points: Fraction
    earned: Fraction | None
    outcome: str
    mistakes: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    by_hand: bool = False


@dataclass(frozen=True)
class ExportedLateness:
    """What a gradebook takes off for lateness, where it does so itself and not the LMS.

    earned   the sum of the questions, before anything is taken off
    days     started days after the due time; `grace` of them cost nothing
    penalty  the share of `earned` that is taken off, 0 to 1; 1 where it came `too_late` to count
    """

    earned: Fraction
    days: int
    grace: int = 0
    penalty: Fraction = Fraction(0)
    too_late: bool = False


@dataclass(frozen=True)
class ExportedGrade:
    """One student in one assignment.

    status   "final"; "waits" for a reader; "withheld": something must be settled first; "missing":
             nothing was handed in; "excused"
    total    None unless final
    person   the columns of roster.csv: id, name, email, section, canvas, team, …
    file     the name the upload that counts came under, `source` the LMS whose download it was in, `by`
             who handed it in: the student, or another of the team
    received when, `late` whether too late by what the LMS or the gradebook says
    kind     of a grade that is withheld: unreadable, not a sheet, conflict, …; `reason` is a sentence
    own_name the name that the student gave the file; `receipt` is what checking it printed
    says     whose sheet the file says it is, where that is another's than it was graded as
    lateness what being late costs; None where it was in time, and where that is the LMS's matter
    """

    assignment: str
    student: str
    status: Status
    points: Fraction
    total: Fraction | None
    person: Mapping[str, str]
    late: bool = False
    received: datetime | None = None
    file: str = ""
    source: str = ""
    by: str = ""
    kind: str = ""
    reason: str = ""
    questions: tuple[ExportedQuestion, ...] = ()
    comments: tuple[str, ...] = ()
    own_name: str = ""
    receipt: str = ""
    says: str = ""
    lateness: ExportedLateness | None = None


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
    def course(self) -> str:
        """The course's name, ``os101-2026``."""

    @property
    def title(self) -> str:
        """What it is called, ``Operating Systems``."""

    @property
    def assignments(self) -> tuple[ExportedAssignment, ...]:
        """Those that were handed out, in the order of course.toml."""

    def grades(self, assignment: str) -> Iterator[ExportedGrade]:
        """Everybody's grade, in the order of the roster."""

    def feedback(
        self, assignment: str, grades: Iterable[ExportedGrade]
    ) -> Iterator[tuple[ExportedGrade, Mapping[str, Sequence[str]]]]:
        """Each of these grades with question → what the student is told about the answers, line by line;
        never the key. The uploads are marked again for it, so ask only where it is used."""


@dataclass(frozen=True)
class ExportRequest:
    """One call of an exporter.

    assignments   those to export; all that were handed out, where none was named
    given         the instructor's own file, for round trips, and its name; None where none was given
    only_final    who has no final grade is to be left out; otherwise nobody waits for a reader, and
                  nothing is in conflict
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
    """Files to be written into ``out/``.

    files  name → bytes: plain names, no folders
    said   lines to be shown before anything is written: which column, how many are new, changed, left
           out and why
    next   what to do with the files then: "Canvas, Grades, Import"
    """

    files: Mapping[str, bytes]
    said: tuple[str, ...] = ()
    next: str = ""
