"""Bringing gradebook.db up to date: what changed is marked, everybody's grade folded anew.

Everything goes into a new index in sorted order, so the same files give the same bytes whatever was done
in which order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from oslab.errors import InputError
from oslab.plugins import plugins
from oslab_grader.book.decisions import Decisions
from oslab_grader.book.grades import Grade, Handed, Trouble, grades_of, marked_as
from oslab_grader.book.index import put_grade, put_problem
from oslab_grader.book.marks import Inputs, put_results, result_of
from oslab_grader.course.model import Course
from oslab_grader.course.roster import Person, Roster
from oslab_grader.handout.record import Head, Record
from oslab_grader.intake.attempts import Attempt, earliest, notes_in
from oslab_grader.intake.troubles import unknown
from oslab_grader.marking.mark import MARKING
from oslab_grader.marking.result import Result


def handed_out(course: Course) -> Mapping[str, bool]:
    """Every assignment of course.toml, and whether it has been handed out."""
    return {a.name: (course.handout(a.name) / "record.jsonl").is_file() for a in course.assignments}


def fingerprint(course: Course, roster: Roster, decisions: Decisions) -> str:
    """A digest of all that a gradebook is made from. Uploads are known by their names."""
    whole = sha256(f"{MARKING} {software()}\n{roster!r}\n".encode())
    whole.update(_bytes(course.file))
    for decision in sorted(decisions.all, key=lambda d: d.id):
        whole.update(f"{decision!r}\n".encode())
    for name, is_out in handed_out(course).items():
        names = [note.name for note in notes_in(course.attempts(name))] if is_out else []
        whole.update(f"{name} {is_out} {' '.join(names)}\n".encode())
        if is_out:
            for file in sorted(course.handout(name).glob("*.jsonl")):
                with file.open("rb") as stream:
                    while piece := stream.read(2**20):
                        whole.update(piece)
    return whole.hexdigest()


def software() -> str:
    """The distributions that mark, with their versions."""
    return " ".join(sorted({p.origin.replace(" ", "-") for p in plugins().loaded.values()}))


def fill(db: sqlite3.Connection, given: Inputs, inputs: str) -> Mapping[str, int]:
    """Write everything into an empty index. Returns for each assignment how many students' marks are new.

    Raises InputError for a record, an upload's note or a decision that cannot be used.
    """
    course = given.course
    out = handed_out(course)
    records = {name: Record(course.handout(name) / "record.jsonl") for name in out if out[name]}
    for a in sorted(course.assignments, key=lambda a: a.name):
        points = float(records[a.name].head.points) if a.name in records else None
        row = (a.name, a.title, a.due.isoformat(), a.name in records, points)
        db.execute("INSERT INTO assignments VALUES (?,?,?,?,?)", row)
    loose = 0
    for name in sorted(records):
        loose += put_results(db, given, name, records[name])
    new = _put_grades(db, given, records)
    for name in sorted(records):
        for trouble in _left_out(db, given.roster, name):
            put_problem(db, name, trouble)
    facts = {
        "course": course.name,
        "inputs": inputs,
        "software": software(),
        "unsettled": str(loose),
    }
    db.executemany("INSERT INTO meta VALUES (?,?)", sorted(facts.items()))
    return new


def _put_grades(
    db: sqlite3.Connection, given: Inputs, records: Mapping[str, Record]
) -> Mapping[str, int]:
    new = dict.fromkeys(records, 0)
    order = [a.name for a in given.course.assignments if a.name in records]
    for place, person in enumerate(given.roster.people):
        handed = {}
        for name in order:
            head = records[name].head
            members = given.roster.members(person.owner(head.team), head.team)
            handed[name] = _handed(db, given, records[name], name, person, members)
        grades = grades_of(given.course, person, handed, given.decisions)
        for name in order:
            grade = grades[name]
            if handed[name].owner not in records[name]:
                grade = _without_variant(grade)
            asked = "SELECT 1 FROM results WHERE assignment=? AND owner=? AND sheet=?"
            key = grade.owner, grade.read_as
            result = handed[name].results.get(key)
            marked = grade.status in ("final", "waits") or (result is not None and _whole(result))
            marked = marked and bool(handed[name].attempts)
            new[name] += marked and given.work.execute(asked, (name, *key)).fetchone() is not None
            put_grade(db, place, grade, len(handed[name].attempts), marked)
    return new


def _whole(result: Result) -> bool:
    """Whether all of an upload could be marked."""
    parts = result["questions"]
    return not result["refused"] and not any(q["fault"] or q["unreadable"] for q in parts)


def _handed(
    db: sqlite3.Connection,
    given: Inputs,
    record: Record,
    name: str,
    person: Person,
    members: Sequence[Person],
) -> Handed:
    """What there is of one student in one assignment."""
    asked = (
        "SELECT student, sheet, time, late, lms_order, file, source FROM attempts "
        "WHERE assignment=? AND student=? AND source<>'repair'"
    )
    attempts = [_attempt(row) for m in members for row in db.execute(asked, (name, m.id))]
    owner = person.owner(record.head.team)
    find = partial(result_of, db, name)
    return handed_by(record.head, name, owner, attempts, given.decisions, find)


def handed_by(
    head: Head,
    assignment: str,
    owner: str,
    attempts: Sequence[Attempt],
    decisions: Decisions,
    find: Callable[[str, str], Result | None],
) -> Handed:
    """These uploads with their marks. `find`: the marks of a sheet as this owner's."""
    ordered = sorted(attempts, key=earliest)
    keys = dict.fromkeys(marked_as(a, owner, assignment, decisions) for a in ordered)
    results = {key: found for key in keys if (found := find(*key))}
    return Handed(head, owner, ordered, results)


def _without_variant(grade: Grade) -> Grade:
    """The grade of one who came onto the roster after the handout: uploads cannot be marked yet."""
    name = grade.assignment
    values = (("assignment", name),)
    text = f"has no variant of {name} yet: came onto the roster after it was handed out"

    def said(trouble: Trouble) -> Trouble:
        if trouble.kind != "not graded":
            return trouble
        return Trouble(trouble.who, "no variant", text, f"oslab course handout {name}", values)

    return replace(grade, troubles=tuple(map(said, grade.troubles)))


def _attempt(row: tuple[str, str, str | None, int | None, int, str, str]) -> Attempt:
    student, sheet, time, late, order, file, source = row
    return Attempt(
        student,
        sheet,
        datetime.fromisoformat(time) if time else None,
        None if late is None else bool(late),
        order,
        file,
        source,
    )


def _left_out(db: sqlite3.Connection, roster: Roster, name: str) -> Iterator[Trouble]:
    """Uploads of those who are not on the roster any more."""
    asked = "SELECT student, COUNT(*) FROM attempts WHERE assignment=? GROUP BY 1 ORDER BY 1"
    for student, count in db.execute(asked, (name,)).fetchall():
        if student not in roster:
            now = roster.find(student)
            key, id_ = ("kept-renamed", now.id) if now else ("kept-unknown", "")
            yield unknown(student, key, count=count, now=id_)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
