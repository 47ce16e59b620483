"""Writing what students get: the class file, a sheet for each, a version to print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from oslab.errors import InputError
from oslab.exercise.variant import Variant
from oslab.files import remove_abandoned, replace_file
from oslab.homework.classfile import SUFFIX, class_file_text
from oslab.homework.due import due_text
from oslab.homework.personal import sheet_text
from oslab_grader.course.model import Assignment, Course
from oslab_grader.course.roster import Person, Roster
from oslab_grader.handout.classfile import class_file
from oslab_grader.handout.freeze import thawed
from oslab_grader.handout.printing import Block, PrintedSheet, blocks, html, markdown
from oslab_grader.handout.record import Record

# Goes over students, of whom there are so many, and shows somebody how far it is.
Watched = Callable[[Iterable[Person], int], Iterable[Person]]
Print = Literal["md", "html"]


def write_class_file(course: Course, assignment: Assignment, record: Record) -> tuple[Path, bool]:
    """Write the class file; it is not touched where it says the same already. Returns it, and whether
    it was written."""
    file = course.handout(assignment.name) / f"{assignment.name}{SUFFIX}"
    return file, _write(file, class_file_text(class_file(course, assignment, record.head)))


def write_sheets(
    course: Course, assignment: Assignment, roster: Roster, record: Record, watched: Watched
) -> tuple[Path, int]:
    """Write ``sheets/ID/NAME.toml`` for everybody on the roster, in the language in force. Returns the
    folder, and how many were written or changed."""
    content = class_file(course, assignment, record.head)
    # A class file that nobody has gives nobody a key; in an exam not even the codes are told.
    codes = assignment.feedback != "format"
    folder = course.handout(assignment.name) / "sheets"
    written = 0
    for person in watched(roster.people, len(roster.people)):
        team = person.team if record.head.team else ""
        variants = _variants(record, person)
        text = sheet_text(content, variants, person.id, team, codes)
        written += _write(folder / person.id / f"{assignment.name}.toml", text)
    return folder, written


def write_print(
    course: Course,
    assignment: Assignment,
    roster: Roster,
    record: Record,
    form: Print,
    names: bool,
    watched: Watched,
) -> Path:
    """Write ``NAME.html`` or ``NAME.md``, everybody's sheet one after another, in the language in
    force; `names`: with the names of the roster. Returns the file."""
    content = class_file(course, assignment, record.head)
    below = f"{course.title}   {due_text(content)}"

    def sheets() -> Iterator[Iterable[Block]]:
        for person in watched(roster.people, len(roster.people)):
            team = person.team if record.head.team else ""
            sheet = PrintedSheet(
                person.id, person.name if names else "", team, _variants(record, person)
            )
            yield blocks(assignment.title, below, sheet)

    remove_abandoned(file := course.handout(assignment.name) / f"{assignment.name}.{form}")
    pieces = html(assignment.title, sheets()) if form == "html" else markdown(sheets())
    replace_file(file, (piece.encode("utf-8", "replace") for piece in pieces))
    return file


def _variants(record: Record, person: Person) -> Sequence[tuple[str, Variant]]:
    """What this person was given. Raises InputError for somebody who came after the handout."""
    owner = person.owner(record.head.team)
    if owner not in record:
        raise InputError(f"{person.id} has not been handed anything; hand out again")
    return thawed(record, owner)


def _write(file: Path, text: str) -> bool:
    """Write a file whole, unless it says the same already."""
    data = text.encode()
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if file.is_file() and file.read_bytes() == data:
            return False
    except OSError as error:
        raise InputError(f"cannot write {file}: {error.strerror or error}") from None
    replace_file(file, data, private=False)
    return True
