"""Ending a course: random ids in the place of students, names and texts dropped, numbers kept.

The new files are all made in a folder beside the old ones, which take their place only when they are
complete. Interrupted before, nothing has changed; after, the same command finishes it.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from oslab.errors import InputError
from oslab.files import replace_file
from oslab_grader.course.anonymous import (
    Names,
    close_decisions,
    close_record,
    close_uploads,
    course_text,
    essays_of,
)
from oslab_grader.course.forgetting import remove_derived
from oslab_grader.course.home import STAGED, read_course
from oslab_grader.course.model import Course
from oslab_grader.course.roster import Person, Roster, write_roster

# The order in which the new take the place of the old.
_PARTS = ("attempts", "decisions", "handout", "roster.csv", "course.toml")


@dataclass(frozen=True)
class Closed:
    """How much was closed. `unreadable`: uploads of which nothing could be kept."""

    students: int
    assignments: int
    uploads: int
    unreadable: int


def interrupted(folder: Path) -> bool:
    """Whether the new files are complete and have not all taken their places."""
    return (folder / STAGED).is_dir()


def close(course: Course, roster: Roster) -> Closed:
    """Close the course. Raises InputError, with nothing changed, when the new files cannot be made."""
    making = course.folder / f"{STAGED}-new"
    try:
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        done = _make(course, roster, making)
        os.rename(making, course.folder / STAGED)
    except OSError as error:
        raise InputError(
            f"cannot write {making}: {error.strerror or error}; nothing changed"
        ) from None
    finally:
        shutil.rmtree(making, ignore_errors=True)
    resume(course.folder)
    return done


def resume(folder: Path) -> None:
    """Put the new files in the places of the old ones. Raises InputError; asked again, it goes on."""
    try:
        for part in _PARTS:
            new, old = folder / STAGED / part, folder / part
            if new.exists():
                if old.is_dir():
                    shutil.rmtree(old)
                os.replace(new, old)
        remove_derived(read_course(folder / "course.toml"))
        (folder / STAGED).rmdir()
    except OSError as error:
        raise InputError(
            f"cannot replace {error.filename}: {error.strerror}; then go on: oslab course close"
        ) from None


def _make(course: Course, roster: Roster, into: Path) -> Closed:
    names = Names()
    for person in roster.people:
        names.person(person.id)
        if person.team:
            names.team(person.team)
    handed = _sub(course.folder / "handout")
    uploads = unreadable = 0
    for name in handed:
        heads = close_record(course.handout(name) / "record.jsonl", into / "handout" / name, names)
        essays = essays_of(heads) if heads else {}
        counts = close_uploads(course.attempts(name), into / "attempts" / name, essays, names)
        uploads, unreadable = uploads + counts[0], unreadable + counts[1]
    for name in _sub(course.folder / "attempts"):
        if name not in handed:
            counts = close_uploads(course.attempts(name), into / "attempts" / name, {}, names)
            uploads, unreadable = uploads + counts[0], unreadable + counts[1]
    close_decisions(course, into / "decisions", names)
    people = [
        Person(names.person(p.id), team=names.team(p.team) if p.team else "") for p in roster.people
    ]
    write_roster(into / "roster.csv", Roster(tuple(sorted(people, key=lambda p: p.id))))
    replace_file(into / "course.toml", course_text(course).encode(), private=False)
    read_course(into / "course.toml")
    return Closed(len(people), len(handed), uploads, unreadable)


def _sub(folder: Path) -> list[str]:
    return sorted(f.name for f in folder.iterdir() if f.is_dir()) if folder.is_dir() else []
