"""The marks of uploads: those of the old index where what they depend on (`basis_of`) still holds, else
made now, and kept as they come so that a run that is ended is taken up by the next."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from oslab.errors import InputError
from oslab_grader.book.decisions import Decisions
from oslab_grader.book.grades import marked_as
from oslab_grader.book.index import dumped, sealed, settled
from oslab_grader.book.tasks import Tasks, file_of
from oslab_grader.course.model import Course
from oslab_grader.course.roster import Roster
from oslab_grader.handout.record import Record
from oslab_grader.intake.attempts import attempts_of
from oslab_grader.marking.result import Result, Task

Engine = Callable[[Iterable[Task]], Iterable[Result]]
# (assignment, how many are marked, of how many)
Progress = Callable[[str, int, int], None]

# What an index says of a result: why it has no marks, whether it is settled, all of it.
_ROW = "refused, settled, body"
_Row = tuple[str, bool, str]
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


def put_results(db: sqlite3.Connection, given: Inputs, name: str, record: Record) -> int:
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
                file = file_of(attempt)
                files[key] = min(files.get(key, file), file)
    del attempts
    tasks = Tasks(given.course, name, record, given.decisions)
    bases = {key: tasks.basis(key[0], files[key]) for key in sorted(files)}
    missing = [key for key in bases if not _known(given, name, key, bases[key])]
    _mark(given, name, tasks, {key: files[key] for key in missing}, bases)
    loose = 0
    for key in bases:
        refused, whole, body = _found(given, name, key, bases[key])
        loose += not whole
        row = (name, *key, bases[key], refused, whole, sealed(bases[key], body), body)
        db.execute("INSERT INTO results VALUES (?,?,?,?,?,?,?,?)", row)
    return loose


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


def _found(given: Inputs, name: str, key: tuple[str, str], basis: str) -> _Row:
    found = _from_work(given, name, key, basis) or _from_old(given, name, key, basis)
    if found is None:
        raise InputError(f"{name}: marking gave no result for {key[0]}, sheet {key[1][:12]}…")
    return found


def _from_work(given: Inputs, name: str, key: tuple[str, str], basis: str) -> _Row | None:
    asked = f"SELECT {_ROW} FROM results WHERE assignment=? AND owner=? AND sheet=? AND basis=?"
    row: _Row | None = given.work.execute(asked, (name, *key, basis)).fetchone()
    return row


def _from_old(given: Inputs, name: str, key: tuple[str, str], basis: str) -> _Row | None:
    if given.old is None:
        return None
    asked = (
        f"SELECT seal, {_ROW} FROM results WHERE assignment=? AND owner=? AND sheet=? AND basis=?"
    )
    seal, *row = given.old.execute(asked, (name, *key, basis)).fetchone() or ("",)
    return (row[0], row[1], row[2]) if row and sealed(basis, row[2]) == seal else None


def _mark(
    given: Inputs,
    name: str,
    tasks: Tasks,
    files: Mapping[tuple[str, str], str],
    bases: Mapping[tuple[str, str], str],
) -> None:
    """Mark what has no result, and keep each as it comes."""
    if not files:
        return
    given.progress(name, 0, len(files))
    asked = (tasks.task(owner, sheet, file) for (owner, sheet), file in files.items())
    keeping = Keeping(given.work, name)
    for done, result in enumerate(given.engine(asked), start=1):
        keeping.keep(result, bases[result["owner"], result["digest"]])
        given.progress(name, done, len(files))
    keeping.commit()


class Keeping:
    """Results of an assignment on their way to the workplace, safe there after every few."""

    def __init__(self, work: sqlite3.Connection, name: str) -> None:
        self._work = work
        self._name = name
        self._loose = 0

    def keep(self, result: Result, basis: str) -> None:
        if not self._loose:
            self._work.execute("BEGIN")
        key = self._name, result["owner"], result["digest"], basis
        row = (*key, result["refused"], settled(result), dumped(result))
        self._work.execute("INSERT OR REPLACE INTO results VALUES (?,?,?,?,?,?,?)", row)
        self._loose += 1
        if self._loose == _BATCH:
            self.commit()

    def commit(self) -> None:
        if self._loose:
            self._work.execute("COMMIT")
            self._loose = 0


def result_of(db: sqlite3.Connection, assignment: str, owner: str, sheet: str) -> Result | None:
    """The marks of an upload, graded as this owner's; None where there are none."""
    asked = "SELECT body FROM results WHERE assignment=? AND owner=? AND sheet=?"
    row = db.execute(asked, (assignment, owner, sheet)).fetchone()
    found: Result | None = json.loads(row[0]) if row else None
    return found
