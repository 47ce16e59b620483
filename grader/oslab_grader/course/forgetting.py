"""Removing a person from a course's files.

Each file is replaced in one step, and what leads to another goes after it, the roster last: interrupted,
the same command finishes it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oslab.errors import InputError, one_line
from oslab.files import remove_abandoned, replace_file
from oslab.homework.ids import id_fault
from oslab_grader.book.decisions import Decision, read_decisions
from oslab_grader.course.home import roster_of
from oslab_grader.course.model import Course
from oslab_grader.course.roster import Person, Roster, folded, write_roster
from oslab_grader.csvfile import csv_text, read_csv
from oslab_grader.handout.record import Record
from oslab_grader.intake.attempts import attempts_of
from oslab_grader.intake.attempts import remove_abandoned as remove_half_written

_MOST_BYTES = 2**24


@dataclass
class Found:
    """What a course has of a student.

    shares       assignments with a share that is theirs alone; `team_shares`: with one that others have too
    sheets       assignment → what lies in handout/ of theirs, and prints of everybody's
    uploads      assignment → bytes that only they handed in; `notes`: that they did
    shared       assignments with an upload of theirs that somebody else handed in too
    decisions    file → how many of its lines are about them; `sheet_of`: whose sheets are graded as theirs
    """

    student: str
    team: str = ""
    in_git: bool = False
    on_roster: bool = False
    shares: dict[str, str] = field(default_factory=dict)
    team_shares: dict[str, str] = field(default_factory=dict)
    sheets: dict[str, list[Path]] = field(default_factory=dict)
    uploads: dict[str, list[Path]] = field(default_factory=dict)
    notes: dict[str, list[Path]] = field(default_factory=dict)
    shared: list[str] = field(default_factory=list)
    decisions: dict[str, int] = field(default_factory=dict)
    sheet_of: list[str] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        own = (self.shares, self.sheets, self.uploads, self.notes, self.decisions)
        return self.on_roster or any(own)

    def lines(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        """What to say of it: a key of the words, and their values."""
        if self.on_roster:
            yield "roster", {}
        for name in self.shares:
            yield "shares", {"name": name}
        for name, team in self.team_shares.items():
            yield "team-share", {"name": name, "team": team}
        for name, files in self.sheets.items():
            yield "sheets", {"name": name, "count": len(files)}
        for name, files in self.notes.items():
            yield "attempts", {"name": name, "count": len(files)}
        for name in self.shared:
            yield "shared-upload", {"name": name}
        for name, count in self.decisions.items():
            yield "decisions", {"name": name, "count": count}
        if self.sheet_of:
            yield "sheet-of", {"ids": " ".join(self.sheet_of)}
        yield "derived", {}

    def mentions(self, course: Course) -> list[str]:
        """Files of the course that still have the id in some text: what a person wrote must be mended by one."""
        files = [course.file, *course.exercises.glob("*.toml"), *course.decisions.glob("*.csv")]
        found = []
        for file in sorted(files):
            if file.is_file() and file.stat().st_size <= _MOST_BYTES:
                text = file.read_text("utf-8", "replace").casefold()
                if self.student.casefold() in text:
                    found.append(file.relative_to(course.folder).as_posix())
        return found


def find(course: Course, text: str) -> Found:
    """What there is of a student, who need not be on the roster any more. Raises InputError for what can
    be nobody's id."""
    roster = roster_of(course) if course.roster_file.exists() else Roster(())
    person = roster.find(text)
    if person is None and id_fault(text):
        raise InputError(f"{one_line(text)} is nobody's id; ids are in roster.csv")
    found = Found(person.id if person else text, person.team if person else "")
    found.on_roster = person is not None
    found.in_git = any((f / ".git").exists() for f in (course.folder, *course.folder.parents))
    about = _find_decisions(course, found)
    names = {a.name for a in course.assignments}
    for folder in (course.folder / "handout", course.folder / "attempts"):
        names |= {f.name for f in folder.iterdir() if f.is_dir()} if folder.is_dir() else set()
    for name in sorted(names):
        _find_handed_out(course, name, roster, person, found)
        _find_uploads(course, name, about, found)
    return found


def _is(student: str, text: str) -> bool:
    return folded(student) == folded(text)


def _find_decisions(course: Course, found: Found) -> Sequence[Decision]:
    """Count the lines about a student; returns all the others' decisions."""
    for file in _decision_files(course):
        lines = sum(_about(found.student, row) for _, row in read_csv(file, guarded=True).dicts())
        if lines:
            found.decisions[file.name] = lines
    others = []
    for decision in read_decisions(course.decisions).all:
        if _is(found.student, decision.student):
            continue
        others.append(decision)
        if decision.kind == "sheet" and _is(found.student, decision.value):
            found.sheet_of.append(decision.student)
    found.sheet_of = sorted(set(found.sheet_of))
    return others


def _decision_files(course: Course) -> list[Path]:
    files = course.decisions.glob("[!.]*.csv") if course.decisions.is_dir() else ()
    return [file for file in sorted(files) if file.stat().st_size]


def _about(student: str, row: Mapping[str, str]) -> bool:
    of_sheet = row.get("kind") == "sheet" and _is(student, row.get("value", ""))
    return of_sheet or _is(student, row.get("student", ""))


def _find_handed_out(
    course: Course, name: str, roster: Roster, person: Person | None, found: Found
) -> None:
    folder = course.handout(name)
    file = folder / "record.jsonl"
    if file.exists():
        record = Record(file)
        team = person.team if person and record.head.team else ""
        for owner in record.owners():
            if team and owner == team and len(roster.members(team, True)) > 1:
                found.team_shares[name] = team
            elif _is(found.student, owner) or (team and owner == team):
                found.shares[name] = owner
    sheets = folder / "sheets"
    own = [f for f in sheets.iterdir() if _is(found.student, f.name)] if sheets.is_dir() else []
    prints = [folder / f"{name}.{form}" for form in ("html", "md")]
    if own or found.on_roster:
        own += [file for file in prints if file.exists()]
    if own:
        found.sheets[name] = own


def _find_uploads(course: Course, name: str, others: Sequence[Decision], found: Found) -> None:
    folder = course.attempts(name)
    if not folder.is_dir():
        return
    notes = [
        f for f in sorted(folder.glob("*.json")) if _is(found.student, f.name.rsplit(".", 2)[0])
    ]
    mine: set[str] = set()
    kept = {text for d in others if d.assignment == name for text in (d.attempt, d.value)}
    for student, attempts in attempts_of(folder).items():
        sheets = {attempt.sheet for attempt in attempts}
        if _is(found.student, student):
            mine |= sheets
        else:
            kept |= sheets
    for decision in read_decisions(course.decisions).all:
        if decision.assignment == name and _is(found.student, decision.student):
            mine |= {decision.attempt, decision.value}
    if notes:
        found.notes[name] = notes
    uploads = [
        file for sheet in sorted(mine - kept) if (file := folder / f"{sheet}.sheet").exists()
    ]
    if uploads:
        found.uploads[name] = uploads
    if any((folder / f"{sheet}.sheet").exists() for sheet in mine & kept if sheet):
        found.shared.append(name)


def remove(course: Course, found: Found) -> None:
    """Remove all of it. Raises InputError naming a file that cannot be."""
    try:
        for files in (*found.uploads.values(), *found.notes.values(), *found.sheets.values()):
            for file in files:
                _delete(file)
        # What a killed run left half written may be this student's.
        for folder in course.attempts("").glob("*/"):
            remove_half_written(folder)
        for name in found.decisions:
            _remove_lines(course.decisions / name, found.student)
        for name, owner in found.shares.items():
            _remove_share(course.handout(name) / "record.jsonl", owner)
        remove_derived(course)
        for file in (
            course.roster_file,
            *course.folder.glob("handout/*/record.jsonl"),
            *_decision_files(course),
        ):
            remove_abandoned(file)
    except OSError as error:
        raise InputError(f"cannot remove {error.filename}: {error.strerror}; "
                         "the rest is done when you ask again") from None  # fmt: skip
    if found.on_roster:
        people = roster_of(course).people
        write_roster(course.roster_file, Roster(tuple(p for p in people if p.id != found.student)))


def _delete(file: Path) -> None:
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file)
    else:
        file.unlink(missing_ok=True)


def _remove_lines(file: Path, student: str) -> None:
    content = read_csv(file, guarded=True)
    rows = [row for _, row in content.rows
            if not _about(student, dict(zip(content.heads, row, strict=False)))]  # fmt: skip
    replace_file(file, csv_text(content.heads, rows).encode())


def _remove_share(file: Path, owner: str) -> None:
    record = Record(file)
    with file.open("rb") as stream:
        head = stream.readline()
    lines = [record.line(other) for other in record.owners() if other != owner]
    replace_file(file, [head, *lines])


def remove_derived(course: Course) -> None:
    """Remove what is made from the other files: gradebook.db, and all that is in out/."""
    for file in course.folder.glob("gradebook.db*"):
        file.unlink()
    if course.out.is_dir() and not course.out.is_symlink():
        for file in course.out.iterdir():
            _delete(file)
