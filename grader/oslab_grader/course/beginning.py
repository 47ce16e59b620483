"""A new course: the files an instructor begins with, commented, to be edited."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

from oslab.errors import InputError, one_line
from oslab.files import replace_file
from oslab.homework.ids import is_device
from oslab.plugins import plugins
from oslab_grader.course.model import Lms
from oslab_grader.course.names import COURSE

# Who makes up for lateness where the LMS can.
_LATE = {
    "lms": """by = "lms"             # the LMS takes points off late work, and oslab exports full points; or:
# by = "oslab"         # oslab takes them off (never both), with these:
# per_day = 0.10       # of the points earned, for each started day after slack
# slack = "10min"      # late by no more than this is in time
# cutoff_days = 5      # later than this earns nothing
# grace_days = 3       # late days that cost nothing, per student and term""",
    "oslab": """by = "oslab"           # or "lms", if it takes points off late work itself; never both
per_day = 0.10         # of the points earned, for each started day after slack
slack = "10min"        # late by no more than this is in time
cutoff_days = 5        # later than this earns nothing
# grace_days = 3       # late days that cost nothing, per student and term""",
    "free": """by = "oslab"           # late work costs nothing, unless these say so; then grade with --times
# per_day = 0.10       # of the points earned, for each started day after slack
# slack = "10min"      # late by no more than this is in time
# cutoff_days = 5      # later than this earns nothing
# grace_days = 3       # late days that cost nothing, per student and term""",
}

_COURSE = """# The settings of the course. After a change: oslab course check
format = 1
{course:<22} # stands in every sheet and record; next year, choose another
title = "{title}"
timezone = "{timezone}"
{lms:<22} # canvas, moodle, gradescope, none
# What a student number looks like, to notice a mistyped one. Letters, digits, [0-9], {{4}}, {{1,4}}, ?
student_id = "[A-Za-z0-9._@-]{{1,64}}"    # better: "s[0-9]{{4}}"
plugins = []           # such as ["oslab-buddy>=1.4,<2"]; only these and the built-in ones are loaded here

[late]
{late}

[[assignment]]
name = "hw1"
title = "Homework 1"   # as the LMS calls it
due = {due}
feedback = "full"      # "marks": right or wrong only; "format": readable or not, for an exam
counts = "best"        # of several uploads, after lateness; or "last"
team = false           # true: a team shares one variant, and any member's upload counts for all
questions = [
  {{ exercise = "paging/replace-fifo", points = 8 }},   # to see all: oslab exercise list
  {{ exercise = "{prefix}/why-cow", points = 4 }},   # your own: exercises/why-cow.toml
]
"""

_GITATTRIBUTES = """# Uploads are known by the hash of their bytes; no line end may change:
* -text
# Decisions of both sides are kept:
decisions/*.csv merge=union
"""
_GITIGNORE = """# Made anew from the other files:
gradebook.db*
out/
"""


def begin(folder: Path, name: str, lms: Lms, title: str, timezone: str, today: date) -> list[Path]:
    """Write the files of a new course into a folder that is new or empty; returns them. A name without a
    year or term gets the year.

    Raises InputError for a name that cannot be one, and for a folder that holds anything.
    """
    if not COURSE.fullmatch(name) or is_device(name) or len(name) > 40:
        raise InputError(
            f"a course is named in small letters, digits and hyphens, a letter first: os101-2026; "
            f"not {one_line(name)}"
        )
    prefix = name.partition("-")[0]
    if prefix in plugins().loaded:
        raise InputError(
            f"{prefix} is a plugin: your own exercises would be called {prefix}/…, as its are; name the "
            "course otherwise, as os101-2026"
        )
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty; nothing written")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; nothing written")
    # Moodle takes nothing off late work, but its worksheet has the times; without an LMS nobody has them.
    by = {"moodle": "oslab", "none": "free"}.get(lms, "lms")
    written = {
        "course.toml": _COURSE.format(
            course=f'course = "{_with_year(name, today)}"',
            title=title.replace("\\", "\\\\").replace('"', '\\"'),
            timezone=timezone,
            lms=f'lms = "{lms}"',
            late=_LATE[by],
            due=f"{_monday_after(today)}T23:59:00",
            prefix=prefix,
        ),
        "exercises/why-cow.toml": (files("oslab_grader.course") / "new" / "why-cow.toml").read_text(
            "utf-8"
        ),
        ".gitignore": _GITIGNORE,
        ".gitattributes": _GITATTRIBUTES,
    }
    try:
        (folder / "exercises").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make {folder}: {error.strerror}") from None
    for path, text in written.items():
        replace_file(folder / path, text.encode(), private=False)
    return [folder / path for path in written]


def _with_year(name: str, today: date) -> str:
    """The name for one year: the same in two, last year's sheets would pass for this year's."""
    return name if "-" in name else f"{name}-{today.year}"


def _monday_after(today: date) -> date:
    """A due date to be changed: the second Monday from now."""
    return today + timedelta(days=14 - today.weekday())
