"""Bringing gradebook.db up to date: what changed is marked, everybody's grade folded anew.

Results of the old index are kept where what they depend on (`basis_of`) still holds. Everything goes into
a new index in sorted order, so the same files give the same bytes whatever was done in which order.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from oslab.errors import InputError
from oslab.plugins import plugins
from oslab_grader.book.decisions import Decisions
from oslab_grader.book.grades import Handed, Trouble, alternatives, grades_of, marked_as
from oslab_grader.book.index import dumped, put_grade, put_problem, sealed, settled
from oslab_grader.course.model import Course
from oslab_grader.course.roster import Person, Roster
from oslab_grader.handout.record import Record
from oslab_grader.intake.attempts import Attempt, attempts_of
from oslab_grader.marking.mark import MARKING, basis_of
from oslab_grader.marking.result import Result, Task

Engine = Callable[[Iterable[Task]], Iterable[Result]]
# (assignment, how many are marked, of how many)
Progress = Callable[[str, int, int], None]

# What is marked is safe from an interruption after so many.
_BATCH = 64


@dataclass(frozen=True)
class Inputs:
    """What a gradebook is made from. `old`: the index to take results from; `work`: results of a run
    that was interrupted, and where new ones go. `again`: what could not be marked is tried again."""

    course: Course
    roster: Roster
    decisions: Decisions
    old: sqlite3.Connection | None
    work: sqlite3.Connection
    again: bool
    engine: Engine
    progress: Progress


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
        folder = course.attempts(name)
        names = sorted(p.name for p in folder.glob("*.json")) if is_out and folder.is_dir() else ()
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
        loose += _put_results(db, given, name, records[name])
    new = _put_grades(db, given, records)
    for name in sorted(records):
        for trouble in _left_out(db, given.roster, name, records[name]):
            put_problem(db, name, trouble)
    facts = {
        "course": course.name,
        "inputs": inputs,
        "software": software(),
        "unsettled": str(loose),
    }
    db.executemany("INSERT INTO meta VALUES (?,?)", sorted(facts.items()))
    return new


def _put_results(db: sqlite3.Connection, given: Inputs, name: str, record: Record) -> int:
    """Mark what is new in an assignment; write attempts and results. Returns how many of these should be
    tried again another time."""
    attempts = attempts_of(given.course.attempts(name))
    db.executemany(
        "INSERT INTO attempts VALUES (?,?,?,?,?,?,?,?)",
        (
            (name, a.student, a.sheet, a.time.isoformat() if a.time else None, a.late, a.order,
             a.file, a.source)
            for student in sorted(attempts)
            for a in sorted(attempts[student], key=lambda a: a.sheet)
        ),
    )  # fmt: skip
    files: dict[tuple[str, str], str] = {}
    for student, theirs in attempts.items():
        if student not in given.roster:
            continue
        owner = given.roster[student].owner(record.head.team)
        for attempt in theirs:
            if attempt.source == "repair":  # marked where a decision puts it in another's place
                continue
            key = marked_as(attempt, owner, name, given.decisions)
            if key[0] in record:
                files[key] = min(files.get(key, own_name(attempt)), own_name(attempt))
    del attempts
    bases = _bases(given, name, record, files)
    missing = [key for key in sorted(files) if not _known(given, name, key, bases[key])]
    _mark(given, name, record, {key: files[key] for key in missing}, bases)
    loose = 0
    for key in sorted(files):
        body = _body(given, name, key, bases[key])
        result: Result = json.loads(body)
        whole = settled(result)
        loose += not whole
        row = (name, *key, bases[key], result["refused"], whole, sealed(bases[key], body), body)
        db.execute("INSERT INTO results VALUES (?,?,?,?,?,?,?,?)", row)
    return loose


def _bases(
    given: Inputs, name: str, record: Record, files: Mapping[tuple[str, str], str]
) -> Mapping[tuple[str, str], str]:
    """What each result depends on beside the upload's bytes; the upload's name stands in messages."""
    with record.file.open("rb") as stream:
        head = stream.readline()
    others = alternatives(name, given.decisions)
    found: dict[tuple[str, str], str] = {}
    known: dict[str, str] = {}
    for owner, sheet in sorted(files):
        if owner not in known:
            known = {owner: basis_of(head, record.line(owner), others)}
        whole = f"{known[owner]} {files[owner, sheet]}"
        found[owner, sheet] = sha256(whole.encode()).hexdigest()
    return found


def _known(given: Inputs, name: str, key: tuple[str, str], basis: str) -> bool:
    """Whether there is a result that still holds."""
    found = _from_work(given, name, key, basis)
    if found is not None:
        return True
    if given.old is None:
        return False
    asked = "SELECT settled FROM results WHERE assignment=? AND owner=? AND sheet=?"
    row = given.old.execute(asked, (name, *key)).fetchone()
    if row is None or (given.again and not row[0]):
        return False
    return _from_old(given, name, key, basis) is not None


def _body(given: Inputs, name: str, key: tuple[str, str], basis: str) -> str:
    found = _from_work(given, name, key, basis) or _from_old(given, name, key, basis)
    if found is None:
        raise InputError(f"{name}: marking gave no result for {key[0]}, sheet {key[1][:12]}…")
    return found


def _from_work(given: Inputs, name: str, key: tuple[str, str], basis: str) -> str | None:
    asked = "SELECT body FROM results WHERE assignment=? AND owner=? AND sheet=? AND basis=?"
    row = given.work.execute(asked, (name, *key, basis)).fetchone()
    return row[0] if row else None


def _from_old(given: Inputs, name: str, key: tuple[str, str], basis: str) -> str | None:
    if given.old is None:
        return None
    asked = "SELECT body, seal FROM results WHERE assignment=? AND owner=? AND sheet=? AND basis=?"
    row = given.old.execute(asked, (name, *key, basis)).fetchone()
    return row[0] if row and sealed(basis, row[0]) == row[1] else None


def _mark(
    given: Inputs,
    name: str,
    record: Record,
    files: Mapping[tuple[str, str], str],
    bases: Mapping[tuple[str, str], str],
) -> None:
    """Mark what has no result, and keep each as it comes."""
    if not files:
        return
    others = alternatives(name, given.decisions)
    folder = given.course.attempts(name)

    def tasks() -> Iterator[Task]:
        for (owner, sheet), file in files.items():
            yield Task(
                head=str(record.file),
                share=record.line(owner).decode(),
                sheet=str(folder / f"{sheet}.sheet"),
                digest=sheet,
                alternatives=others,
                file=file,
            )

    given.progress(name, 0, len(files))
    for done, result in enumerate(given.engine(tasks()), start=1):
        key = result["owner"], result["digest"]
        if not given.work.in_transaction:
            given.work.execute("BEGIN")
        row = (name, *key, bases[key], dumped(result))
        given.work.execute("INSERT OR REPLACE INTO results VALUES (?,?,?,?,?)", row)
        if done % _BATCH == 0:
            given.work.execute("COMMIT")
        given.progress(name, done, len(files))
    if given.work.in_transaction:
        given.work.execute("COMMIT")


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
    attempts.sort(key=earliest)
    owner = person.owner(record.head.team)
    results: dict[tuple[str, str], Result] = {}
    for attempt in attempts:
        key = marked_as(attempt, owner, name, given.decisions)
        found = result_of(db, name, *key)
        if found:
            results[key] = found
    return Handed(record.head, owner, attempts, results)


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


def own_name(attempt: Attempt) -> str:
    """The name that a student gave to a file, without what the LMS puts before it: the student's."""
    name = attempt.file.rpartition("/")[2]
    put = f"_{attempt.order}_"
    return name.partition(put)[2] if attempt.source == "canvas" and put in name else name


def earliest(attempt: Attempt) -> tuple[float, int, str, str]:
    """The place of an upload among those of a student or a team."""
    time = attempt.time.timestamp() if attempt.time else 0.0
    return time, attempt.order, attempt.sheet, attempt.student


def result_of(db: sqlite3.Connection, assignment: str, owner: str, sheet: str) -> Result | None:
    """The marks of an upload, graded as this owner's; None where there are none."""
    asked = "SELECT body FROM results WHERE assignment=? AND owner=? AND sheet=?"
    row = db.execute(asked, (assignment, owner, sheet)).fetchone()
    found: Result | None = json.loads(row[0]) if row else None
    return found


def _left_out(
    db: sqlite3.Connection, roster: Roster, name: str, record: Record
) -> Iterator[Trouble]:
    """Uploads of those who are not on the roster any more, and of those who came onto it after the
    handout."""
    asked = "SELECT student, COUNT(*) FROM attempts WHERE assignment=? GROUP BY 1 ORDER BY 1"
    for student, count in db.execute(asked, (name,)).fetchall():
        if student not in roster:
            text = f"{count} kept upload{'s' if count > 1 else ''}, but not on the roster; left out"
            yield Trouble(student, "unknown", text)
        elif roster[student].owner(record.head.team) not in record:
            text = f"was handed out no {name}: on the roster since"
            values = (("assignment", name),)
            yield Trouble(student, "no variant", text, f"oslab course handout {name}", values)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
