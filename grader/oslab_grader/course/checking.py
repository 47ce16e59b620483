"""Everything that can be said of a course's files before anybody is given anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from oslab.allowed import requirement
from oslab.errors import InputError
from oslab.plugins import PluginError, plugins
from oslab_grader.course.config import ANY_ID, notes_of, question_lines
from oslab_grader.course.home import read_course, roster_of
from oslab_grader.course.merging import shape_of
from oslab_grader.course.model import Assignment, Course
from oslab_grader.course.roster import Roster, read_roster
from oslab_grader.handout.changed import changes
from oslab_grader.handout.freeze import record_file
from oslab_grader.handout.record import Record
from oslab_grader.handout.resolve import own_entry, own_exercises, resolve


@dataclass(frozen=True)
class CheckedAssignment:
    """An assignment as far as it is known. `points` None: an exercise of it cannot be read; `shares`: to
    how many it was handed out, None: to nobody yet."""

    assignment: Assignment
    points: Fraction | None
    shares: int | None = None


@dataclass
class Checked:
    """A course, checked. `faults` are wrong, `notes` may be meant; each a text that says where. `roster`
    None: there is none yet, or (`has_roster`) one that is wrong."""

    course: Course | None = None
    has_roster: bool = False
    roster: Roster | None = None
    assignments: list[CheckedAssignment] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def noting(self, where: str = "") -> Iterator[None]:
        """What raises an InputError inside is a fault, and checking goes on."""
        try:
            yield
        except (InputError, PluginError) as error:
            for line in str(error).splitlines():
                # What is wrong in a file of its own names that file.
                text = line if not where or line.startswith("exercises/") else f"{where}: {line}"
                if text not in self.faults:
                    self.faults.append(text)


def check(file: Path) -> Checked:
    """Check a course.toml and all that belongs to it; one part that is wrong hides no other's faults."""
    found = Checked()
    with found.noting():
        found.course = read_course(file)
    if found.course is None:
        roster = file.parent / "roster.csv"
        with found.noting():
            found.roster = read_roster(roster, ANY_ID) if roster.exists() else None
        return found
    course = found.course
    found.notes += [*notes_of(course), *_missing_plugins(course)]
    if course.roster_file.exists():
        found.has_roster = True
        with found.noting():
            found.roster = roster_of(course)
    else:
        found.notes.append("no roster yet: oslab course roster FILE")
    found.notes += _any_number(course, found.roster)
    if not course.assignments:
        found.notes.append("no assignment yet: a table [[assignment]] in course.toml makes one")
    lines = question_lines(file)
    for i, assignment in enumerate(course.assignments):
        places = {j: lines[i, j] for j in range(len(assignment.questions))}
        found.assignments.append(_assignment(course, assignment, places, found))
    with found.noting():
        for name in own_exercises(course):
            with found.noting():
                own_entry(course, name)
    return found


def _any_number(course: Course, roster: Roster | None) -> list[str]:
    """That a mistyped number would not be noticed."""
    if course.student_id != ANY_ID:
        return []
    shape = shape_of([p.id for p in roster.people]) if roster else ""
    better = f"all on the roster fit {shape}" if shape else "a pattern such as s[0-9]{4} is better"
    return [f"student_id lets any number pass, also a mistyped one; {better}"]


def _assignment(
    course: Course, assignment: Assignment, lines: Mapping[int, int], found: Checked
) -> CheckedAssignment:
    """Its exercises as they are now; what was handed out, and whether it still is what the files say."""
    points: list[Fraction] = []
    for j, setting in enumerate(assignment.questions):
        with found.noting(f"course.toml line {lines[j]}"):
            points.append(resolve(course, setting).entry.points)
    total = sum(points, Fraction(0)) if len(points) == len(assignment.questions) else None
    if (
        assignment.team
        and found.roster
        and (alone := [p.id for p in found.roster.people if not p.team])
    ):
        found.notes.append(f"{assignment.name}: in teams, and {len(alone)} on the roster are in none "
                           f"({_some(alone)}); each works alone")  # fmt: skip
    shares = None
    if record_file(course, assignment.name).exists():
        with found.noting():
            shares = _handed_out(course, assignment, found)
    return CheckedAssignment(assignment, total, shares)


def _handed_out(course: Course, assignment: Assignment, found: Checked) -> int:
    record = Record(record_file(course, assignment.name))
    owners = set(record.owners())
    name = assignment.name
    edited = changes(course, assignment)
    found.faults += [f"{name}: edited since it was handed out, without effect: {e}" for e in edited]
    if edited:
        found.notes.append(
            f"{name}: undo the edits, or amend it for all: oslab gradebook amend {name} q1 …"
        )
    if found.roster is not None:
        missing = [o for o in found.roster.owners(record.head.team) if o not in owners]
        if missing:
            found.notes.append(f"{name}: {len(missing)} on the roster have no share yet ({_some(missing)}): "
                               f"oslab course handout {name}")  # fmt: skip
    return len(owners)


def _some(ids: Sequence[str]) -> str:
    return " ".join(ids[:3]) + (" …" if len(ids) > 3 else "")


def _meant(name: str) -> str:
    """The package that has the plugin of this name, where that is what was written."""
    found = [str(f.origin).partition(" ")[0] for f in plugins().strange if f.name == name]
    return f'; packages are named, and the plugin {name} is in "{found[0]}"' if found else ""


def _missing_plugins(course: Course) -> list[str]:
    """Plugins that the course asks for and this machine has not, or not in that version."""
    found = []
    for text in course.plugins:
        wanted = requirement(text)
        try:
            here = version(wanted.name)
        except PackageNotFoundError:
            found.append(f"plugins: {text} is not installed here{_meant(text)}")
            continue
        if not wanted.specifier.contains(here, prereleases=True):
            found.append(f"plugins: {text} is asked for, {here} is installed here")
    return found
