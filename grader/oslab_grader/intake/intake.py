"""Taking in uploads: what each is, whose, when; kept as it came.

Two walks. The first keeps the sheets of this assignment and remembers what else each student handed in;
the second keeps that only of students without a sheet, so that the book can say "not a sheet". One upload
is in memory at a time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from oslab.errors import one_line
from oslab.exercise.decoding import LIMIT
from oslab.exercise.reading import looks_like_sheet, read_sheet
from oslab.exercise.sheet import NotASheet
from oslab_grader.book.records import Trouble
from oslab_grader.course.model import Assignment, Course
from oslab_grader.course.roster import Person, Roster
from oslab_grader.intake import attempts, moodle, walk, zips
from oslab_grader.intake.heaps import heaps_of
from oslab_grader.intake.times import read_times
from oslab_grader.intake.troubles import left_out, unknown
from oslab_grader.intake.whose import Claim, Whose

# All that is read of what a student handed in at a time; a sheet is a thousandth of it.
MOST_UNPACKED = 128 * 2**20
# More different sheets are not an answer but a search for one: of several uploads the best may count.
MOST_SHEETS = 3
# Of one student in the problem list.
MOST_ROWS = 5
_MOST_NAME = 300
# Nobody takes so many seconds to write a file.
_AT_WORK = 600.0
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
    kept: Callable[[attempts.Attempt], None] | None = None,
) -> Intake:
    """Take in all uploads below these paths: folders, and zips of Canvas, Moodle and Gradescope.

    worksheet  Moodle's grading worksheet: who the participants are, and when they handed in
    times      id,time: of uploads whose time the LMS does not say; what it names holds
    kept       told of each upload whose bytes were not there before, when they are

    Raises InputError, before anything is kept, for paths, a worksheet or times that cannot be used.
    """
    told, strangers = read_times(times, roster, course.timezone) if times else ({}, ())
    known = attempts.attempts_of(course.attempts(assignment.name)) if told else {}
    rows = moodle.read_worksheet(worksheet, roster, course.timezone) if worksheet else None
    whose = Whose(course, roster, assignment.team, rows)
    heaps = heaps_of(walk.sources(paths), whose)
    many = sum(len(heap.files) for heap in heaps) > _MANY
    taken = _Taken(course, assignment, told, known, durable=not many, told_of=kept)
    attempts.remove_abandoned(taken.folder, _AT_WORK)
    taken.troubles.update(unknown(stranger, "time-of-nobody") for stranger in strangers)
    for place, heap in enumerate(heaps):
        claimed = [(claim, index) for index, claim in enumerate(heap.claims) if claim]
        # The newest first, where the LMS numbers them: of too many, those are taken in.
        for claim, index in sorted(claimed, key=lambda pair: (-pair[0].order, pair[1])):
            taken.look(heap.files[index], claim, (place, index))
        taken.troubles.update(heap.troubles)
    for (place, index), student in taken.without_a_sheet():
        heap = heaps[place]
        taken.keep_other(heap.files[index], heap.claims[index], student)
    if many:
        attempts.flush()
    return taken.intake()


# The path of the command line, and who or what of it.
_Submission: TypeAlias = tuple[int, str]


class _Taken:
    """What has been taken in so far."""

    def __init__(
        self,
        course: Course,
        assignment: Assignment,
        told: Mapping[str, datetime],
        known: Mapping[str, Sequence[attempts.Attempt]],
        durable: bool,
        told_of: Callable[[attempts.Attempt], None] | None,
    ) -> None:
        self.folder = course.attempts(assignment.name)
        self.expected = f"{course.name}/{assignment.name}"
        self.team = assignment.team
        self.told = told
        self.known = {(a.student, a.sheet): a for theirs in known.values() for a in theirs}
        self.durable = durable
        self.told_of = told_of
        self.kept: dict[tuple[str, str], bool] = {}
        self.sheets: set[str] = set()
        # By student: how likely a file is meant as the sheet, its number, its name, and where it is.
        self.others: dict[str, list[tuple[bool, int, str, tuple[int, int]]]] = defaultdict(list)
        self.troubles: set[Trouble] = set()
        self.left: dict[str, set[Trouble]] = defaultdict(set)
        self.beside = 0
        # By what was handed in at a time: how much was read of it, and its different sheets.
        self.unpacked_of: Counter[_Submission] = Counter()
        self.sheets_of: dict[_Submission, set[str]] = defaultdict(set)

    def look(self, found: walk.Found, claim: Claim, place: tuple[int, int]) -> None:
        """Keep the sheets of a student's file, be it a zip of them; remember it otherwise."""
        whole = _submission(found, claim, place)
        data = self.read(found, found.name, claim, LIMIT + 1, whole)
        if data is None:
            return
        seen = False
        for name, inside in self.unpacked(found, data, claim, whole):
            if looks_like_sheet(inside):
                seen = True
                self.sheet(name, inside, claim, whole)
            elif name != found.name:
                self.beside += 1
        if not seen:
            meant = found.name.casefold().endswith((".toml", ".txt"))
            for person in self.persons(claim):
                self.others[person.id].append((meant, claim.order, found.name, place))

    def unpacked(
        self, found: walk.Found, data: bytes, claim: Claim, whole: _Submission
    ) -> Iterator[tuple[str, bytes]]:
        """The files in a student's zip, then the file itself, with their names."""
        if walk.is_zip(data):
            packed = self.read(found, found.name, claim, walk.MOST_NESTED + 1, whole) or b""
            for file in walk.nested(packed) or ():
                name = f"{found.name}/{file.name}"
                inside = self.read(file, name, claim, LIMIT + 1, whole)
                if inside is not None:
                    yield name, inside
        yield found.name, data

    def read(
        self, found: walk.Found, name: str, claim: Claim, most: int, whole: _Submission
    ) -> bytes | None:
        """The first bytes of a file; None when it cannot be read: then it is listed."""
        if self.unpacked_of[whole] > MOST_UNPACKED:
            self.leave_out(claim, "too-large", most=f"{MOST_UNPACKED // 2**20} MiB")
            return None
        try:
            if found.fault:
                raise zips.BadEntry(found.fault)
            data = found.read(most)
        except zips.BadEntry as error:
            self.leave_out(claim, "bad-file", name=_title(name, claim), reason=error)
            return None
        self.unpacked_of[whole] += len(data)
        return data

    def sheet(self, name: str, data: bytes, claim: Claim, whole: _Submission) -> None:
        other = self.other_assignment(data)
        if other:
            self.leave_out(claim, "other-assignment", name=_title(name, claim), other=other)
            return
        sheets = self.sheets_of[whole]
        sheets.add(attempts.digest_of(data))
        if len(sheets) > MOST_SHEETS:
            self.leave_out(claim, "too-many", most=MOST_SHEETS)
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
        time, told = self.time(person.id, sheet, claim)
        file = one_line(name)[:_MOST_NAME]
        attempt = attempts.Attempt(
            person.id, sheet, time, claim.late, claim.order, file, claim.source, told
        )
        new = attempts.keep(self.folder, data, attempt, self.durable)
        self.kept[person.id, sheet] = new.note or self.kept.get((person.id, sheet), False)
        if self.told_of and new.sheet:
            self.told_of(attempt)

    def time(self, student: str, sheet: str, claim: Claim) -> tuple[datetime | None, int]:
        """When an upload came, and how often a person has said so: the last who did is right."""
        if student not in self.told:
            return claim.time, 0
        time, known = self.told[student], self.known.get((student, sheet))
        if known is None or known.told == 0:
            return time, 1
        return time, known.told + (time != known.time)

    def persons(self, claim: Claim) -> Sequence[Person]:
        """Whose attempts it becomes: in a team assignment one member's, for it counts for all."""
        owners = {person.owner(self.team): person for person in reversed(claim.people)}
        return list(owners.values())

    def leave_out(self, claim: Claim, key: str, **values: object) -> None:
        for person in self.persons(claim):
            self.left[person.id].add(left_out(person.id, key, **values))

    def intake(self) -> Intake:
        for student, rows in self.left.items():
            # Nobody fills the list alone.
            first = sorted(rows, key=lambda row: row.text)[:MOST_ROWS]
            self.troubles.update(first)
            if len(rows) > len(first):
                self.troubles.add(left_out(student, "further", count=len(rows) - len(first)))
        order = sorted(self.troubles, key=lambda t: (t.who, t.kind, t.text))
        students = frozenset(student for student, _ in self.kept)
        return Intake(len(self.kept), sum(self.kept.values()), students, tuple(order), self.beside)


def _title(name: str, claim: Claim) -> str:
    """A file's name for a sentence, without the student's: names of persons are for --names."""
    return one_line(attempts.own_name(name, claim.source, claim.order))[-100:]


def _submission(found: walk.Found, claim: Claim, place: tuple[int, int]) -> _Submission:
    """What a file was handed in with: by Canvas several files of a student, else a folder or a file."""
    if claim.source == "path":
        return place[0], found.parts[0]
    return place[0], " ".join(person.id for person in claim.people)
