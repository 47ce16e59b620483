"""Which course is meant: the one whose folder holds the working directory."""

from __future__ import annotations

from pathlib import Path

from oslab.allowed import course_file
from oslab.errors import InputError
from oslab_grader.course.config import course_from
from oslab_grader.course.model import Course
from oslab_grader.course.roster import Roster, read_roster

# What `oslab course close` has made and not yet put in the places of the old files.
STAGED = ".closing"


def course_here() -> Course:
    """The course one is in: of the course.toml in this folder or the nearest above.

    Raises InputError where there is none, and as `read_course` does.
    """
    file = course_file()
    if not file:
        raise InputError(
            "no course.toml in this folder or above it; go to the course's folder, or begin one: "
            "oslab course new NAME"
        )
    if (Path(file).parent / STAGED).is_dir():
        raise InputError(
            "this course is being closed, and that was interrupted; go on: oslab course close"
        )
    return read_course(Path(file))


def read_course(file: Path) -> Course:
    """Read course.toml. Raises InputError listing every fault with its line."""
    return course_from(file)


def roster_of(course: Course) -> Roster:
    """The course's students. Raises InputError, also where there is no roster yet."""
    if not course.roster_file.exists():
        raise InputError(
            "this course has no roster.csv yet: oslab course roster FILE, with a file exported from "
            "the LMS or any CSV"
        )
    return read_roster(course.roster_file, course.student_id)
