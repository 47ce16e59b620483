"""The files of a course without persons: record, uploads, decisions and settings under random names."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import tomli_w

from oslab.errors import InputError
from oslab.exercise.answers import Essay, is_blank
from oslab.exercise.reading import read_sheet
from oslab.exercise.sheet import Damaged, NotASheet, Question
from oslab.files import replace_file
from oslab_grader.book.decisions import COLUMNS, read_decisions
from oslab_grader.course.model import Course
from oslab_grader.course.places import lines_of
from oslab_grader.course.roster import folded
from oslab_grader.csvfile import csv_text, read_csv
from oslab_grader.handout.record import Head, Record, head_line
from oslab_grader.handout.resolve import bind_question
from oslab_grader.intake.attempts import attempts_of, digest_of, keep

STUDENT_ID = "x[0-9a-z]{10}"
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_NO_CODE = "0000-0000"
_REMOVED = "(removed)"
# In the place of an answer that could not be read; no type of answer reads it.
_UNREADABLE = {"unreadable": True}


@dataclass
class Names:
    """Random names for everybody and everything that a name leads back from; the same for the same."""

    people: dict[str, str] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, str] = field(default_factory=dict)
    sheets: dict[tuple[str, str], str] = field(default_factory=dict)  # assignment, old digest → new

    def person(self, name: str) -> str:
        return self.people.setdefault(folded(name), _random("x"))

    def team(self, name: str) -> str:
        return self.teams.setdefault(folded(name), _random("t"))

    def owner(self, name: str) -> str:
        """Of a student, or of a team."""
        return self.team(name) if folded(name) in self.teams else self.person(name)

    def decision(self, name: str) -> str:
        return self.decisions.setdefault(name, secrets.token_hex(6))

    def sheet(self, assignment: str, digest: str) -> str:
        return self.sheets.get((assignment, digest), "")


def _random(first: str) -> str:
    return first + "".join(secrets.choice(_LETTERS) for _ in range(10))


def course_text(course: Course) -> str:
    """course.toml with the pattern of the new ids."""
    text = course.file.read_text("utf-8-sig")
    lines = text.split("\n")
    places = lines_of(text)
    pattern = f'student_id = "{STUDENT_ID}"     # the course is closed: ids are random'
    if ("student_id",) in places:
        lines[places["student_id",] - 1] = pattern
    else:
        lines.insert(places["course",], pattern)
    return "\n".join(lines)


def close_record(file: Path, into: Path, names: Names) -> Head | None:
    """A record without the key and the codes, from which whoever has a list of student numbers would find
    out who is who; in the order of the new names. The class file and sheets are left behind."""
    if not file.exists():
        return None
    into.mkdir(parents=True, mode=0o700)
    record = Record(file)
    for owner in record.owners() if record.head.team else ():
        # Of one who has left, too, and whose team nobody has any more.
        if folded(owner) not in names.people:
            names.team(owner)
    owners = sorted((names.owner(owner), owner) for owner in record.owners())
    head = replace(record.head, key="00" * (len(record.head.key) // 2))
    shares = (_share(new, json.loads(record.line(old))) for new, old in owners)
    replace_file(
        into / "record.jsonl", (line for part in ([head_line(head)], shares) for line in part)
    )
    return record.head


def _share(owner: str, share: Mapping[str, Any]) -> bytes:
    questions = {name: {**q, "code": _NO_CODE} for name, q in share["questions"].items()}
    text = json.dumps(
        {"owner": owner, "questions": questions}, separators=(",", ":"), allow_nan=False
    )
    return text.encode() + b"\n"


def essays_of(head: Head) -> Mapping[str, set[str] | None]:
    """Question → its answers that are free text; None where it cannot be told any more."""
    found: dict[str, set[str] | None] = {}
    for question in head.questions:
        try:
            bound = bind_question(question)
            found[question.name] = {
                a.name for a in bound.entry.answer if isinstance(bound.kind(a.name), Essay)
            }
        except InputError:
            found[question.name] = None
    return found


def close_uploads(
    folder: Path, into: Path, essays: Mapping[str, set[str] | None], names: Names
) -> tuple[int, int]:
    """Uploads without comments, essays and claims of identity; who handed in which, under the new names.
    Returns how many there are, and of how many nothing could be kept."""
    if not folder.is_dir():
        return 0, 0
    into.mkdir(parents=True, mode=0o700)
    contents: dict[str, bytes] = {}
    unreadable = 0
    for file in sorted(folder.glob("*.sheet")):
        data = close_sheet(file.read_bytes(), essays, names)
        unreadable += not data
        contents[file.stem] = data
        new = names.sheets[folder.name, file.stem] = digest_of(data)
        replace_file(into / f"{new}.sheet", data)
    count = 0
    everybody = attempts_of(folder)
    # The LMS's numbers of files lead back to people; their order is all that counts, of a team's too.
    orders = {attempt.order for attempts in everybody.values() for attempt in attempts} - {0}
    ranks = {order: i for i, order in enumerate(sorted(orders), 1)}
    for student, attempts in everybody.items():
        for attempt in attempts:
            data = contents.get(attempt.sheet, b"")
            anonymous = replace(
                attempt,
                student=names.person(student),
                sheet=digest_of(data),
                order=ranks.get(attempt.order, 0),
                file=f"{folder.name}.toml",
            )
            keep(into, data, anonymous)
            count += 1
    return count, unreadable


def close_sheet(data: bytes, essays: Mapping[str, set[str] | None], names: Names) -> bytes:
    """A sheet written anew with the answers alone; empty for what is no sheet."""
    try:
        sheet = read_sheet(data)
    except NotASheet:
        return b""
    about: dict[str, Any] = {"format": sheet.format}
    parts: dict[str, Any] = {}
    for question in sheet.questions:
        reference = replace(question.reference, code="")
        about[question.name] = str(reference) if reference.exercise else _REMOVED
        parts[question.name] = dict(_answers(question, essays.get(question.name)))
    for key, known, new in (
        ("student", names.people, names.person),
        ("team", names.teams, names.team),
    ):
        if folded(sheet.header.get(key, "")) in known:
            about[key] = new(sheet.header[key])
    if "assignment" in sheet.header:
        about["assignment"] = sheet.header["assignment"]
    return tomli_w.dumps({"sheet": about, **parts}).encode("utf-8", "replace")


def _answers(question: Question, essays: set[str] | None) -> Iterable[tuple[str, Any]]:
    for name, value in question.values.items():
        if isinstance(value, Damaged):
            yield name, _UNREADABLE
        elif is_blank(value):
            yield name, ""
        elif essays is None or name in essays:
            yield name, _REMOVED if isinstance(value, str) else _UNREADABLE
        else:
            yield name, value


def close_decisions(course: Course, into: Path, names: Names) -> None:
    """Decisions without comments and reasons; those about uploads name the new ones."""
    read_decisions(course.decisions)  # faults are said before anything is written
    for file in sorted(course.decisions.glob("[!.]*.csv")) if course.decisions.is_dir() else ():
        into.mkdir(exist_ok=True, mode=0o700)
        content = list(read_csv(file, guarded=True).dicts()) if file.stat().st_size else []
        rows = [_decision(row, names) for _, row in content if row["kind"] != "comment"]
        text = csv_text(COLUMNS, [[row[column] for column in COLUMNS] for row in rows])
        replace_file(into / file.name, text.encode())


def _decision(row: Mapping[str, str], names: Names) -> dict[str, str]:
    row = {column: row.get(column, "") for column in COLUMNS}
    kind, value, attempt, name = row["kind"], row["value"], row["attempt"], row["assignment"]
    if kind == "sheet" and value:
        value = names.owner(value)
    if kind == "repair" and value:
        value = names.sheet(name, value)
    if kind == "apply":
        attempt = " ".join(map(names.decision, attempt.split()))
    elif attempt:
        attempt = names.sheet(name, attempt)
    return {
        **row,
        "id": names.decision(row["id"]),
        "student": names.person(row["student"]) if row["student"] else "",
        "value": value,
        "attempt": attempt,
        "replaces": " ".join(map(names.decision, row["replaces"].split())),
        "why": "",
    }
