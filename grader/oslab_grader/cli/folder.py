"""``oslab course``: new, check, roster, forget, close. What is in a course's folder, and who."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from json import dumps
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from oslab.allowed import course_file
from oslab.errors import EXIT_NOT_ALL_RIGHT, InputError, harmless, one_line
from oslab.quantities import shown
from oslab.text import pad, width, wrap
from oslab_grader.cli.checked import checked_document, checked_lines, counted, word
from oslab_grader.course.home import course_here, roster_of
from oslab_grader.course.model import Course, Lms
from oslab_grader.course.roster import Roster, write_roster

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
# So many ids are named where more may be meant.
_SOME = 10


@app.command("new", no_args_is_help=True)
def new_(
    name: Annotated[str, typer.Argument(help="Such as os101-2026; the folder is called so too.")],
    lms: Annotated[str, typer.Option(help="canvas, moodle, gradescope or none.")] = "none",
    title: Annotated[str, typer.Option(help="What the course is called.")] = "Operating Systems",
    timezone: Annotated[str, typer.Option(help="Such as Europe/Zurich; else this machine's.")] = "",
    folder: Annotated[Path, typer.Option("--in", help="Where to make the folder.")] = Path(),
) -> None:
    """Begin a course in a new folder: settings with comments, and an essay question as an example."""
    from oslab.exercise.fields import did_you_mean
    from oslab_grader.course.beginning import begin
    from oslab_grader.course.home import read_course
    from oslab_grader.course.zones import near_zones, zone_here, zone_named

    options = get_args(Lms)
    if lms not in options:
        near = did_you_mean(lms.casefold(), options)
        raise InputError(f"--lms {shown(lms)}{near}: one of {', '.join(options)} is expected")
    if not title.strip() or any(not c.isprintable() for c in title):
        raise InputError(f"--title {shown(title)}: a text is expected")
    target = folder / name
    zone = timezone or zone_here()
    if zone_named(zone) is None:
        near = " or ".join(near_zones(zone))
        raise InputError(
            f"--timezone {shown(zone)}: there is none{near and f'; did you mean {near}?'}"
        )
    begin(target, name, cast(Lms, lms), title.strip(), zone, date.today())
    read_course(target / "course.toml")
    _say("course", "wrote-folder", folder=f"{target}/")
    _put_pairs({f: word("course", key) for f, key in (
        ("course.toml", "about-course"),
        ("exercises/why-cow.toml", "about-essay"),
        (".gitignore", "about-gitignore"),
        (".gitattributes", "about-gitattributes"))})  # fmt: skip
    _put("  " + word("course", "zone-is", zone=zone))
    _say("course", "next")
    _put_pairs({
        f"cd {shlex.quote(str(target))}": "",
        "oslab course roster FILE": word("course", f"get-{lms}"),
        "oslab course check": word("course", "then-check"),
        "oslab course handout hw1": word("course", "then-handout"),
    })  # fmt: skip


@app.command("check")
def check_(as_json: AsJson = False) -> None:
    """Look for faults in course.toml, roster.csv, exercises and what was handed out, all at once.

    The exit code is 1 when there are faults.
    """
    from oslab_grader.course.checking import check

    file = course_file()
    if not file:
        course_here()  # says so
    found = check(Path(file))
    if as_json:
        typer.echo(dumps(checked_document(found), allow_nan=False, indent=1))
    else:
        for line in checked_lines(found):
            _put(line)
    if found.faults:
        raise typer.Exit(EXIT_NOT_ALL_RIGHT)


@app.command("roster", no_args_is_help=True)
def roster_(
    file: Annotated[Path, typer.Argument(help="Exported from Canvas or Moodle, or any CSV file.")],
    id_: Annotated[list[str] | None, typer.Option("--id", metavar="COLUMN", help="Student numbers.")] = None,
    name: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Names; twice for first and last.")] = None,
    email: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="E-mail addresses.")] = None,
    section: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Sections, groups.")] = None,
    canvas: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Canvas's user numbers.")] = None,
    team: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Teams.")] = None,
    also: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="A further column to keep.")] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Remove who is no longer in the file.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:  # fmt: skip
    """Read the roster from a file, or bring it up to date.

    Says which column was taken for what. With a roster there already: who is new, changed, gone; teams
    and further columns stay.
    """
    from oslab_grader.course.columns import find_columns
    from oslab_grader.course.merging import merge, people_in
    from oslab_grader.csvfile import read_csv

    course = course_here()
    source = read_csv(
        file,
        "a CSV file with a row for each student is expected; from a spreadsheet: save as CSV UTF-8",
    )
    told = {
        "id": id_,
        "name": name,
        "email": email,
        "section": section,
        "canvas": canvas,
        "team": team,
    }
    told |= {_further(head, told): [head] for head in also or ()}
    columns = find_columns(source, course.student_id, {k: v for k, v in told.items() if v})
    incoming = people_in(source, columns, course.student_id)
    first = not course.roster_file.exists()
    old = Roster(()) if first else roster_of(course)
    merged = merge(old, incoming, drop, course.student_id)
    if merged.roster != old and not dry_run:
        write_roster(course.roster_file, merged.roster)
    cells = [counted("student", len(incoming.people))]
    cells += [
        f"{field} ← {' + '.join(map(one_line, heads))}" for field, heads in columns.heads.items()
    ]
    _put("   ".join(cells))
    if incoming.test_students:
        _put(word("course", "test-student" if incoming.test_students == 1 else "test-students",
                   count=incoming.test_students))  # fmt: skip
    if not first:
        _put_merged(merged, drop)
    _put_hints(course, merged, first)
    if dry_run:
        _say("course", "not-written")


def _further(head: str, told: Mapping[str, object]) -> str:
    """What a further column is called in roster.csv."""
    if head.casefold() in told:
        raise InputError(f"--also {shown(head)}: say --{head.casefold()} {shown(head)}")
    return one_line(head)


def _put_merged(merged: Any, drop: bool) -> None:
    counts = {"added": merged.added, "changed": merged.changed, "unchanged": merged.unchanged}
    _put("   ".join(word("course", key, count=len(ids)) for key, ids in counts.items()))
    if merged.added:
        _put("  " + word("course", "new-ones", ids=_some(merged.added)))
    if merged.changed:
        each = [f"{who} ({', '.join(what)})" for who, what in merged.changed.items()]
        _put("  " + word("course", "changed-ones", ids=_some(each)))
    if merged.gone:
        key = "gone-dropped" if drop else "gone-kept"
        _put("  " + word("course", key, ids=_some(merged.gone)))


def _some(ids: Sequence[str]) -> str:
    return "  ".join(ids[:_SOME]) + (f"  … ({len(ids)})" if len(ids) > _SOME else "")


def _put_hints(course: Course, merged: Any, first: bool) -> None:
    from oslab_grader.course.config import ANY_ID
    from oslab_grader.course.merging import shape_of
    from oslab_grader.handout.freeze import record_file

    if course.student_id == ANY_ID and (pattern := shape_of([p.id for p in merged.roster.people])):
        _say("course", "pattern-hint", pattern=pattern)
    if merged.added and not first:
        for a in course.assignments:
            if record_file(course, a.name).exists():
                _say("course", "hand-out-again", name=a.name)


@app.command("forget", no_args_is_help=True)
def forget_(
    student: Annotated[str, typer.Argument(metavar="ID", help="Whose data.")], yes: Yes = False
) -> None:
    """Remove a student's data: roster, share, uploads, decisions, all made from them.

    Says beforehand what there is, and what is out of reach.
    """
    from oslab_grader.book.book import open_book
    from oslab_grader.book.decisions import grader_name
    from oslab_grader.book.outlasting import dependents, put_down
    from oslab_grader.course.forgetting import find, remove

    course = course_here()
    found = find(course, student)
    if not found.anything:
        raise InputError(word("forget", "nothing", student=one_line(student)))
    _say("forget", "found", student=found.student)
    for key, values in found.lines():
        _put("  " + word("forget", key, **values))
    _say("forget", "beyond")
    for key in ("git", "lms", "backups", "class-file"):
        if key != "git" or found.in_git:
            _put("  - " + word("forget", key))
    if not _agreed(word("forget", "ask"), yes):
        _say("forget", "kept")
        raise typer.Exit(EXIT_NOT_ALL_RIGHT)
    if found.on_roster:
        book = open_book(course)
        others = dependents(book, found.student)
        if others:
            put_down(book, grader_name(), found.student, others)
            ids = " ".join(sorted({grade.student for grade in others}))
            _say("forget", "put-down", ids=ids)
    remove(course, found)
    _say("forget", "removed", student=found.student)
    for name in found.mentions(course):
        _put("  " + word("forget", "mentioned", file=name, student=found.student))


@app.command("close")
def close_(yes: Yes = False) -> None:
    """End a course: random ids for everybody, names and texts dropped, numbers kept. Cannot be undone."""
    from oslab_grader.course.anonymous import STUDENT_ID
    from oslab_grader.course.closing import close, interrupted, resume

    file = course_file()
    if file and interrupted(Path(file).parent):
        resume(Path(file).parent)
        _say("close", "resumed")
        _say("close", "still")
        return
    course = course_here()
    if course.student_id == STUDENT_ID:
        raise InputError("this course is closed already")
    roster = roster_of(course)
    _say("close", "explain", course=course.name, count=len(roster.people))
    for key in ("ids", "roster", "texts", "files"):
        _put("  - " + word("close", key))
    _say("close", "limits")
    if not _agreed(word("close", "ask"), yes):
        _say("close", "kept")
        raise typer.Exit(EXIT_NOT_ALL_RIGHT)
    done = close(course, roster)
    _say("close", "closed", course=course.name, students=done.students,
         assignments=done.assignments, uploads=done.uploads)  # fmt: skip
    if done.unreadable:
        _put("  " + word("close", "unreadable", count=done.unreadable))
    _say("close", "still")


def _agreed(question: str, yes: bool) -> bool:
    """Whether the answer on standard input is yes; no input at all is no."""
    if yes:
        return True
    typer.echo(f"{question} [y/N] ", nl=False)
    sys.stdout.flush()
    try:
        return input().strip().casefold() in ("y", "yes", "是", "要", "好")
    except (EOFError, KeyboardInterrupt, UnicodeDecodeError):
        _put("")
        return False


def _say(section: str, key: str, **values: object) -> None:
    for line in wrap(word(section, key, **values), 96):
        _put(line)


def _put(line: str) -> None:
    typer.echo(harmless(line))


def _put_pairs(pairs: Mapping[str, str]) -> None:
    """What to type or look at, and beside it why."""
    columns = max(width(key) for key in pairs)
    for key, text in pairs.items():
        _put(f"  {pad(key, columns)}   {text}".rstrip())
