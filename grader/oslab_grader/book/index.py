"""``gradebook.db``: an index of what the course's files say, for quick reading and for other programs.

SQLite, written whole in sorted order into a file that then takes the place of the old one: the same
inputs give the same bytes, and nobody ever sees half of it. Losing it loses nothing. Its tables are
described in docs/grading.md; what `body` holds is JSON with exact fractions as texts.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

from oslab.errors import InputError
from oslab_grader.book.lateness import Lateness
from oslab_grader.book.records import Grade, QuestionGrade, Trouble
from oslab_grader.marking.result import Result

# "oslg" in the header of the file says whose it is; the format is its user_version.
APPLICATION = 0x6F736C67
FORMAT = 1

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE assignments (
  name TEXT PRIMARY KEY, title TEXT NOT NULL, due TEXT NOT NULL,
  handed_out INTEGER NOT NULL, points REAL) WITHOUT ROWID;
CREATE TABLE attempts (
  assignment TEXT NOT NULL, student TEXT NOT NULL, sheet TEXT NOT NULL, time TEXT, late INTEGER,
  lms_order INTEGER NOT NULL, file TEXT NOT NULL, source TEXT NOT NULL,
  PRIMARY KEY (assignment, student, sheet)) WITHOUT ROWID;
CREATE TABLE results (
  assignment TEXT NOT NULL, owner TEXT NOT NULL, sheet TEXT NOT NULL, basis TEXT NOT NULL,
  refused TEXT NOT NULL, settled INTEGER NOT NULL, seal TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (assignment, owner, sheet));
CREATE TABLE grades (
  assignment TEXT NOT NULL, place INTEGER NOT NULL, student TEXT NOT NULL, status TEXT NOT NULL,
  points REAL NOT NULL, so_far REAL NOT NULL, total REAL, uploads INTEGER NOT NULL,
  marked INTEGER NOT NULL, late_days INTEGER NOT NULL, penalty REAL NOT NULL, late_in_lms INTEGER NOT NULL,
  owner TEXT NOT NULL, sheet TEXT NOT NULL, read_as TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (assignment, place));
CREATE TABLE questions (
  assignment TEXT NOT NULL, student TEXT NOT NULL, question TEXT NOT NULL, exercise TEXT NOT NULL,
  points REAL NOT NULL, earned REAL, waits REAL NOT NULL, outcome TEXT NOT NULL,
  mistakes TEXT NOT NULL, decided_by TEXT NOT NULL,
  PRIMARY KEY (assignment, student, question)) WITHOUT ROWID;
CREATE TABLE problems (
  assignment TEXT NOT NULL, student TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
  command TEXT NOT NULL, said TEXT NOT NULL, UNIQUE (assignment, student, kind, text));
"""
_STUDENTS = "CREATE UNIQUE INDEX grades_by_student ON grades (student, assignment)"

_WHOLE = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"

# What goes wrong with a disk, not with a program.
_DISK = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
)


class Unusable(Exception):
    """A gradebook.db that is not to be used, and why."""

    def __init__(self, reason: Literal["damaged", "foreign", "newer"]) -> None:
        super().__init__(reason)
        self.reason = reason


def open_index(file: Path) -> sqlite3.Connection | None:
    """The index in a file, to be read; None where there is none. Raises Unusable."""
    if not file.is_file():
        return None
    try:
        # The file is only ever replaced whole: no other process's locks and journals matter.
        found = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error:
        raise Unusable("damaged") from None
    try:
        application = found.execute("PRAGMA application_id").fetchone()[0]
        version = found.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION:
            raise Unusable("foreign")
        if version != FORMAT:
            raise Unusable("newer")
        # Before anything is asked of it: what looks like a table may be a view that never ends.
        if found.execute(_WHOLE).fetchall() != _tables():
            raise Unusable("damaged")
        if found.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise Unusable("damaged")
    except sqlite3.Error:
        found.close()
        raise Unusable("damaged") from None
    except Unusable:
        found.close()
        raise
    return found


@lru_cache(maxsize=1)
def _tables() -> list[tuple[str, ...]]:
    """What `_WHOLE` finds in an index that oslab made."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(f"{_SCHEMA} {_STUDENTS}")
        return db.execute(_WHOLE).fetchall()


@contextmanager
def new_index(file: Path) -> Iterator[sqlite3.Connection]:
    """An empty index in a new file, to be filled in sorted order; whole on the disk at the end.

    Raises InputError where it cannot be written; the file is then gone.
    """
    db = _empty(file)
    try:
        yield db
        db.execute(_STUDENTS)
        db.execute("COMMIT")
        db.close()
        with file.open("rb+") as stream:
            os.fsync(stream.fileno())
    except BaseException as error:
        db.close()
        file.unlink(missing_ok=True)
        if (
            isinstance(error, sqlite3.Error)
            and getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISK
        ):
            raise InputError(f"cannot write {file}: {error}") from None
        raise


def _empty(file: Path) -> sqlite3.Connection:
    try:
        file.unlink(missing_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        db = sqlite3.connect(file, isolation_level=None)
        # No journal: until it is whole nobody reads it.
        db.executescript(
            f"PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
            f"PRAGMA application_id={APPLICATION}; PRAGMA user_version={FORMAT}; BEGIN; {_SCHEMA}"
        )
        return db
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot write {file}: {reason}") from None


def sealed(basis: str, body: str) -> str:
    """What a stored result must hash to, or it was damaged on the disk and is made anew."""
    return blake2b(f"{basis}\n{body}".encode(), digest_size=12).hexdigest()


def dumped(body: Any) -> str:
    """A body as it stands in a table."""
    return json.dumps(body, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def settled(result: Result) -> bool:
    """Whether marking again with the same plugins could give nothing else."""
    return result["refused"] != "stopped" and not any(q["fault"] for q in result["questions"])


def put_grade(db: sqlite3.Connection, place: int, grade: Grade, uploads: int, marked: bool) -> None:
    """Write a grade, its questions and its troubles.

    `place` is the student's in the roster; `marked`: all of the upload that counts could be marked.
    """
    late = grade.late
    db.execute(
        "INSERT INTO grades VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            grade.assignment, place, grade.student, grade.status, float(grade.points),
            float(grade.so_far), None if grade.total is None else float(grade.total), uploads, marked,
            late.days, float(late.penalty), late.by_lms, grade.owner, grade.sheet, grade.read_as,
            dumped(grade_to_json(grade)),
        ),
    )  # fmt: skip
    db.executemany(
        "INSERT INTO questions VALUES (?,?,?,?,?,?,?,?,?,?)",
        (
            (
                grade.assignment, grade.student, q.name, q.exercise, float(q.points),
                None if q.earned is None else float(q.earned), float(q.waits), q.outcome,
                " ".join(q.mistakes), q.by,
            )
            for q in grade.questions
        ),
    )  # fmt: skip
    for trouble in grade.troubles:
        put_problem(db, grade.assignment, trouble)


def put_problem(db: sqlite3.Connection, assignment: str, trouble: Trouble) -> None:
    """Write a row of the problem list; what concerns all of a team stands there once."""
    row = (assignment, trouble.who, trouble.kind, trouble.text, trouble.command)
    db.execute(
        "INSERT OR IGNORE INTO problems VALUES (?,?,?,?,?,?)", (*row, dumped(trouble.values))
    )


def trouble_from_row(row: Sequence[str]) -> Trouble:
    """The row of the problem list that `put_problem` wrote."""
    who, kind, text, command, said = row
    values = tuple((name, value) for name, value in json.loads(said))
    return Trouble(who, kind, text, command, values)


def grade_to_json(grade: Grade) -> dict[str, Any]:
    """A grade as `body` holds it; `grade_from_json` gives back an equal one."""
    late = grade.late
    return {
        "assignment": grade.assignment,
        "student": grade.student,
        "status": grade.status,
        "points": str(grade.points),
        "so_far": str(grade.so_far),
        "total": _text(grade.total),
        "owner": grade.owner,
        "sheet": grade.sheet,
        "read_as": grade.read_as,
        "handed_in_by": grade.handed_in_by,
        "late": {
            "time": late.time.isoformat() if late.time else None,
            "due": late.due.isoformat() if late.due else None,
            "days": late.days,
            "grace": late.grace,
            "penalty": str(late.penalty),
            "by_lms": late.by_lms,
            "too_late": late.too_late,
        },
        "questions": [
            {
                "name": q.name,
                "exercise": q.exercise,
                "points": str(q.points),
                "automatic": _text(q.automatic),
                "earned": _text(q.earned),
                "waits": str(q.waits),
                "outcome": q.outcome,
                "mistakes": list(q.mistakes),
                "by": q.by,
                "comments": list(q.comments),
            }
            for q in grade.questions
        ],
        "comments": list(grade.comments),
        "troubles": [[t.who, t.kind, t.text, t.command, dumped(t.values)] for t in grade.troubles],
    }


def grade_from_json(body: dict[str, Any]) -> Grade:
    """The grade that `grade_to_json` wrote."""
    late = body["late"]
    return Grade(
        assignment=body["assignment"],
        student=body["student"],
        status=body["status"],
        points=Fraction(body["points"]),
        so_far=Fraction(body["so_far"]),
        total=_fraction(body["total"]),
        owner=body["owner"],
        sheet=body["sheet"],
        late=Lateness(
            _time(late["time"]), _time(late["due"]), late["days"], late["grace"],
            Fraction(late["penalty"]), late["by_lms"], late["too_late"],
        ),
        questions=tuple(
            QuestionGrade(
                q["name"], q["exercise"], Fraction(q["points"]), _fraction(q["automatic"]),
                _fraction(q["earned"]), Fraction(q["waits"]), q["outcome"], tuple(q["mistakes"]),
                q["by"], tuple(q["comments"]),
            )
            for q in body["questions"]
        ),
        comments=tuple(body["comments"]),
        troubles=tuple(map(trouble_from_row, body["troubles"])),
        read_as=body["read_as"],
        handed_in_by=body["handed_in_by"],
    )  # fmt: skip


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def _fraction(value: str | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
