"""Taking in uploads: what each is, whose, when; kept as it came.

Two walks. The first keeps the sheets of this assignment and remembers what else each student handed in;
the second keeps that only of students without a sheet, so that the book can say "not a sheet". One upload
is in memory at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from oslab.errors import one_line
from oslab.exercise.decoding import LIMIT
from oslab.exercise.reading import looks_like_sheet, read_sheet
from oslab.exercise.sheet import NotASheet
from oslab_grader.book.records import Trouble
from oslab_grader.course.model import Assignment, Course
from oslab_grader.course.roster import Person, Roster
from oslab_grader.intake import attempts, canvas, moodle, walk, zips
from oslab_grader.intake.heaps import heaps_of
from oslab_grader.intake.times import read_times
from oslab_grader.intake.troubles import left_out
from oslab_grader.intake.whose import Claim, Whose

# All that is unpacked of one path's zips; a class's sheets are a thousandth of it.
MOST_UNPACKED = 8 * 2**30
_MOST_NAME = 300
# From so many files on, the disk is waited for once.
_MANY = 200


@dataclass(frozen=True)
class Intake:
    """What came in.

    received  uploads of students on the roster
    added     of them, those that were not kept already
    students  whose they are
    troubles  what was left out, and why
    beside    files beside a sheet, left out: screenshots, PDFs
    """

    received: int
    added: int
    students: frozenset[str]
    troubles: tuple[Trouble, ...]
    beside: int = 0


def take_in(
    course: Course,
    assignment: Assignment,
    roster: Roster,
    paths: Sequence[Path],
    worksheet: Path | None = None,
    times: Path | None = None,
) -> Intake:
    """Take in all uploads below these paths: folders, and zips of Canvas, Moodle and Gradescope.

    worksheet  Moodle's grading worksheet: who the participants are, and when they handed in
    times      id,time: of uploads whose time the LMS does not say; what it names holds

    Raises InputError, before anything is kept, for paths, a worksheet or times that cannot be used.
    """
    told = read_times(times, roster, course.timezone) if times else {}
    rows = moodle.read_worksheet(worksheet, roster, course.timezone) if worksheet else None
    whose = Whose(course, roster, assignment.team, rows)
    heaps = heaps_of(walk.sources(paths), whose)
    many = sum(len(heap.files) for heap in heaps) > _MANY
    taken = _Taken(course, assignment, told, durable=not many)
    for place, heap in enumerate(heaps):
        for index, claim in enumerate(heap.claims):
            if claim:
                taken.look(heap.files[index], claim, (place, index))
        taken.troubles.update(heap.troubles)
    for (place, index), student in taken.without_a_sheet():
        heap = heaps[place]
        taken.keep_other(heap.files[index], heap.claims[index], student)
    if many:
        attempts.flush()
    return taken.intake()


class _Taken:
    """What has been taken in so far."""

    def __init__(
        self,
        course: Course,
        assignment: Assignment,
        told: Mapping[str, datetime],
        durable: bool,
    ) -> None:
        self.folder = course.attempts(assignment.name)
        self.expected = f"{course.name}/{assignment.name}"
        self.team = assignment.team
        self.told = told
        self.durable = durable
        self.kept: dict[tuple[str, str], bool] = {}
        self.sheets: set[str] = set()
        # By student: how likely a file is meant as the sheet, its number, its name, and where it is.
        self.others: dict[str, list[tuple[bool, int, str, tuple[int, int]]]] = defaultdict(list)
        self.troubles: set[Trouble] = set()
        self.beside = 0
        self.room = MOST_UNPACKED

    def look(self, found: walk.Found, claim: Claim, place: tuple[int, int]) -> None:
        """Keep the sheets of a student's file, be it a zip of them; remember it otherwise."""
        data = self.read(found, found.name, claim, LIMIT + 1)
        if data is None:
            return
        seen = False
        for name, inside in self.unpacked(found, data, claim):
            if looks_like_sheet(inside):
                seen = True
                self.sheet(name, inside, claim)
            elif name != found.name:
                self.beside += 1
        if not seen:
            meant = found.name.casefold().endswith((".toml", ".txt"))
            for person in self.persons(claim):
                self.others[person.id].append((meant, claim.order, found.name, place))

    def unpacked(self, found: walk.Found, data: bytes, claim: Claim) -> Iterator[tuple[str, bytes]]:
        """The files in a student's zip, then the file itself, with their names."""
        if walk.is_zip(data):
            whole = self.read(found, found.name, claim, walk.MOST_NESTED + 1) or b""
            for file in walk.nested(whole) or ():
                name = f"{found.name}/{file.name}"
                inside = self.read(file, name, claim, LIMIT + 1)
                if inside is not None:
                    yield name, inside
        yield found.name, data

    def read(self, found: walk.Found, name: str, claim: Claim, most: int) -> bytes | None:
        """The first bytes of a file; None when it cannot be read: then it is listed."""
        try:
            if found.fault:
                raise zips.BadEntry(found.fault)
            if self.room <= 0:
                raise zips.BadEntry("the zips unpack to too much")
            data = found.read(most)
        except zips.BadEntry as error:
            self.leave_out(claim, "bad-file", name=_title(name, claim), reason=error)
            return None
        self.room -= len(data)
        return data

    def sheet(self, name: str, data: bytes, claim: Claim) -> None:
        other = self.other_assignment(data)
        if other:
            self.leave_out(claim, "other-assignment", name=_title(name, claim), other=other)
            return
        for person in self.persons(claim):
            self.sheets.add(person.id)
            self.keep(name, data, claim, person)

    def other_assignment(self, data: bytes) -> str:
        """Which other assignment a sheet says it is of; "" for this one, and where it says nothing."""
        if f'assignment = "{self.expected}"'.encode() in data:
            return ""
        try:
            said = read_sheet(data).header.get("assignment", "").strip()
        except NotASheet:
            return ""
        course = self.expected.partition("/")[0]
        return "" if said == self.expected else one_line(said.removeprefix(f"{course}/"))[:80]

    def without_a_sheet(self) -> Sequence[tuple[tuple[int, int], str]]:
        """Where the best guess is of those who handed in, but no sheet."""
        found = []
        for student, others in self.others.items():
            self.beside += len(others)
            if student not in self.sheets:
                self.beside -= 1
                found.append((max(others)[-1], student))
        return sorted(found)

    def keep_other(self, found: walk.Found, claim: Claim | None, student: str) -> None:
        assert claim
        try:
            data = found.read(LIMIT + 1)
        except zips.BadEntry:
            return  # listed already
        (person,) = [person for person in claim.people if person.id == student]
        self.keep(found.name, data, claim, person)

    def keep(self, name: str, data: bytes, claim: Claim, person: Person) -> None:
        sheet = attempts.digest_of(data)
        attempt = attempts.Attempt(
            person.id,
            sheet,
            self.told.get(person.id, claim.time),
            claim.late,
            claim.order,
            one_line(name)[:_MOST_NAME],
            claim.source,
        )
        added = attempts.keep(self.folder, data, attempt, self.durable)
        self.kept[person.id, sheet] = added or self.kept.get((person.id, sheet), False)

    def persons(self, claim: Claim) -> Sequence[Person]:
        """Whose attempts it becomes: in a team assignment one member's, for it counts for all."""
        owners = {person.owner(self.team): person for person in reversed(claim.people)}
        return list(owners.values())

    def leave_out(self, claim: Claim, key: str, **values: object) -> None:
        self.troubles.update(left_out(person.id, key, **values) for person in self.persons(claim))

    def intake(self) -> Intake:
        order = sorted(self.troubles, key=lambda t: (t.who, t.kind, t.text))
        students = frozenset(student for student, _ in self.kept)
        return Intake(len(self.kept), sum(self.kept.values()), students, tuple(order), self.beside)


def _title(name: str, claim: Claim) -> str:
    """A file's name for a sentence, without the student's: names of persons are for --names."""
    if claim.source == "canvas":
        name = canvas.own_name(name, claim.order)
    elif claim.source == "moodle":
        name = moodle.own_name(name)
    return one_line(name)[-100:]
