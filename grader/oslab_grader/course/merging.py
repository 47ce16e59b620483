"""A roster from a file of the LMS, put together with the one there is.

What the file says replaces what the roster had; what it does not say (teams, further columns, students who
left) stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from oslab.errors import InputError
from oslab_grader.course.columns import Columns, is_no_student, is_test_student
from oslab_grader.course.roster import (
    COLUMNS,
    Person,
    Roster,
    clean,
    faults_of,
    folded,
    shortened,
)
from oslab_grader.csvfile import CsvFile


@dataclass(frozen=True)
class Incoming:
    """The students of a file, each with its line; `test_students` that Canvas adds are left out."""

    people: tuple[tuple[int, Person], ...]
    test_students: int = 0


@dataclass(frozen=True)
class Merged:
    """What comes of a roster and a file; ids, in the order of the roster. `gone`: not in the file."""

    roster: Roster
    added: tuple[str, ...] = ()
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unchanged: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def people_in(file: CsvFile, columns: Columns, student_id: str) -> Incoming:
    """The students of a file. Raises InputError listing every fault with its line; nothing is written then."""
    people: list[tuple[int, Person]] = []
    tests = 0
    for line, cells in file.rows:
        if columns.kind == "canvas" and is_no_student(cells):
            tests += is_test_student(cells)
            continue
        row = dict(zip(file.heads, cells, strict=False))
        people.append((line, _person(columns, row)))
    if not people:
        raise InputError(f"{file.name} has no students")
    faults = faults_of(people, student_id)
    if faults:
        raise InputError("\n".join([*shortened(faults), "Nothing written."]))
    return Incoming(tuple(people), tests)


def _person(columns: Columns, row: Mapping[str, str]) -> Person:
    cells = {name: clean(_unquoted(columns.cell(name, row))) for name in columns.heads}
    known = {name: cells.pop(name, "") for name in COLUMNS}
    return Person(**known, more=cells)


def _unquoted(cell: str) -> str:
    """Canvas writes a name that begins with = as ="…", so that no spreadsheet runs it."""
    return cell[2:-1] if cell.startswith('="') and cell.endswith('"') and len(cell) > 3 else cell


def merge(old: Roster, incoming: Incoming, drop: bool, student_id: str) -> Merged:
    """Put both together. `drop`: leave out who is not in the file.

    Raises InputError for what does not go together: an LMS number or address of somebody else.
    """
    by_id = {folded(person.id): person for _, person in incoming.people}
    taken = [by_id.pop(folded(person.id), None) for person in old.people]
    changed: dict[str, tuple[str, ...]] = {}
    people, unchanged, gone = [], [], []
    for person, said in zip(old.people, taken, strict=True):
        if said is None:
            gone.append(person.id)
            people += [] if drop else [person]
            continue
        mended = _mended(person, said)
        people.append(mended)
        if mended == person:
            unchanged.append(person.id)
        else:
            changed[person.id] = _differing(person, mended)
    heads = list(dict.fromkeys(h for p in people for h in p.more))
    added = [replace(p, more={**dict.fromkeys(heads, ""), **p.more}) for p in by_id.values()]
    _check([*people, *added], {person.id for person in added}, student_id)
    return Merged(
        Roster((*people, *added)),
        tuple(person.id for person in added),
        changed,
        tuple(unchanged),
        tuple(gone),
    )


def _mended(person: Person, said: Person) -> Person:
    """A person with what a file says of them. The id keeps its spelling: records and uploads have it."""
    own = {name: said.column(name) or person.column(name) for name in COLUMNS if name != "id"}
    more = {**person.more, **{name: cell for name, cell in said.more.items() if cell}}
    return replace(person, **own, more=more)


def _differing(one: Person, other: Person) -> tuple[str, ...]:
    names = [*COLUMNS, *dict.fromkeys([*one.more, *other.more])]
    return tuple(name for name in names if one.column(name) != other.column(name))


def _check(people: Sequence[Person], added: set[str], student_id: str) -> None:
    """That the roster put together is one: each by itself was."""
    numbered = list(enumerate(people, start=2))
    faults = faults_of(numbered, student_id)
    if not faults:
        return
    hint = ""
    if added and len(added) > len(people) // 3 and len(people) > len(added):
        hint = " Are these the same students under another id? Then name the column of before: --id COLUMN."
    raise InputError(
        "\n".join(["with the students of this file, roster.csv would have faults (lines as they would be):",
                   *shortened(faults), "Nothing written." + hint])
    )  # fmt: skip


def shape_of(ids: Sequence[str]) -> str:
    """A pattern that all these ids fit, as letters and runs of digits: ``s[0-9]{4}``; empty where they
    have no such shape in common."""
    if len(ids) < 2:
        return ""
    columns = list(zip(*ids, strict=False))
    if len({len(name) for name in ids}) != 1:
        return ""
    parts = []
    for column in columns:
        letters = set(column)
        if all(c.isdigit() for c in letters):
            parts.append("[0-9]")
        elif len(letters) == 1 and (column[0].isalnum() or column[0] in "_@-"):
            parts.append(column[0])
        else:
            return ""
    pattern, at = "", 0
    while at < len(parts):
        run = 1
        while at + run < len(parts) and parts[at + run] == parts[at] == "[0-9]":
            run += 1
        pattern += parts[at] + (f"{{{run}}}" if run > 1 else "")
        at += run
    return pattern if "[0-9]" in pattern else ""
