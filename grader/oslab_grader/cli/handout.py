"""``oslab course preview`` and ``oslab course handout``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from json import dumps
from pathlib import Path
from typing import Annotated, Literal, TypeVar, cast

import typer

from oslab.errors import EXIT_NOT_ALL_RIGHT, InputError, harmless
from oslab.exercise.feedback import rounded
from oslab.homework.classfile import SUFFIX
from oslab.plugins import words_for
from oslab.text import pad
from oslab_grader.course.home import course_here, roster_of
from oslab_grader.course.model import Assignment, Course
from oslab_grader.course.roster import Roster
from oslab_grader.handout.changed import refuse_changes
from oslab_grader.handout.freeze import (
    HandedOut,
    freeze_assignment,
    handed_questions,
    record_file,
)
from oslab_grader.handout.preview import Previewed, document, preview
from oslab_grader.handout.sheets import write_class_file, write_print, write_sheets
from oslab_grader.table import aligned

T = TypeVar("T")
# From so many things on, how far it is is worth showing.
MANY = 50

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)

Name = Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="Such as hw1.")]


@app.command("preview")
def preview_(
    name: Name,
    variants: Annotated[int, typer.Option(min=2, max=10_000, help="Over how many variants.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Try an assignment on many variants, before anybody gets one.

    How many differ, what the key earns, what one answer written everywhere earns ("lazy"), and how many
    of the mistakes that happen are told apart. The exit code is 1 when there are warnings.
    """
    course = course_here()
    assignment = course.assignment(name)
    questions, faults = handed_questions(course, assignment)
    if faults:
        raise InputError("\n".join(faults))
    found = preview(questions, variants)
    if as_json:
        typer.echo(dumps(document(name, variants, found), allow_nan=False, indent=1))
    else:
        for line in _preview_lines(found):
            typer.echo(harmless(line))
    if any(row.warnings() for row in found):
        raise typer.Exit(EXIT_NOT_ALL_RIGHT)


def _preview_lines(found: Sequence[Previewed]) -> list[str]:
    heads = [
        "q",
        *(
            _say("preview", f"head-{h}")
            for h in ("exercise", "distinct", "key", "lazy", "mistakes")
        ),
    ]
    lines = aligned([heads, *map(_cells, found)])
    warned = [(row.name, key, values) for row in found for key, values in row.warnings()]
    if warned:
        lines += ["", _say("preview", "warnings")]
        wide = max(len(name) for name, _, _ in warned)
        for name, key, values in warned:
            text = _say("preview", key, **values)
            first, *more = text.splitlines() or [""]
            lines += [f"  {pad(name, wide)}  {first}", *(f"  {'':{wide}}  {line}" for line in more)]
    return lines


def _cells(row: Previewed) -> list[str]:
    if row.fault:
        return [row.name, row.exercise, "-", "-", "-", "-"]
    key = _say("preview", "of", part=rounded(row.key), all=rounded(row.points))
    if row.waits:
        by_person = _say("preview", "waits", points=rounded(row.waits))
        key = f"{key} + {by_person}" if row.points else by_person
    lazy = "-" if row.lazy is None else _say("preview", "share", percent=_percent(row.lazy))
    told = _say("preview", "of", part=row.told, all=len(row.mistakes)) if row.mistakes else "-"
    return [row.name, row.exercise, f"{row.distinct}/{row.drawn}", key, lazy, told]


def _percent(share: Fraction) -> int:
    return int(share * 100 + Fraction(1, 2))


@app.command("handout")
def handout_(
    name: Name,
    sheets: Annotated[
        bool, typer.Option("--sheets", help="Also a sheet for each student (exams).")
    ] = False,
    print_: Annotated[
        str, typer.Option("--print", metavar="html|md", help="Also a version to print.")
    ] = "",
    names: Annotated[
        bool, typer.Option("--names", help="Names on what is printed, not only numbers.")
    ] = False,
) -> None:
    """Freeze an assignment and write the class file.

    Everybody's numbers and keys are written down once. Run again, it adds students who have come since
    and changes nobody else's; what was handed out cannot be edited, only amended.
    """
    if print_ not in ("", "html", "md"):
        raise InputError(f"--print {print_}: html or md")
    if names and not print_:
        raise InputError("--names is for --print; a sheet's file never holds a name")
    course = course_here()
    assignment = course.assignment(name)
    roster = roster_of(course)
    exam = assignment.feedback == "format"
    if exam and not (sheets or print_):
        raise InputError(
            f'{name} is an exam (feedback = "format"): there is no class file, for with it anybody could '
            f"draw anybody's numbers. A sheet for each student: oslab course handout {name} --sheets"
        )
    refuse_changes(course, assignment)
    again = record_file(course, name).exists()
    done = freeze_assignment(course, assignment, roster, watched=_watched("drawing"))
    _put_record(course, assignment, roster, done, again)
    if sheets:
        folder, count = write_sheets(course, assignment, roster, done.record, _watched("writing"))
        _put("sheets", folder=_here(course, folder), name=name, count=count, all=len(roster.people))
    if print_:
        form = cast(Literal["html", "md"], print_)
        file = write_print(
            course, assignment, roster, done.record, form, names, _watched("writing")
        )
        _put("print", file=_here(course, file), students=_count("student", len(roster.people)))


def _put_record(
    course: Course, assignment: Assignment, roster: Roster, done: HandedOut, again: bool
) -> None:
    """Write the class file where there is to be one, and say what was written."""
    everyone = _everyone(roster, assignment)
    stale = course.handout(assignment.name) / f"{assignment.name}{SUFFIX}"
    if assignment.feedback == "format":
        file, written = done.record.file, False
        if not again:
            _put("wrote-record", file=_here(course, file), students=everyone)
    else:
        file, written = write_class_file(course, assignment, done.record)
        if not again:
            _put("wrote-first", file=_here(course, file), students=everyone)
    if again:
        left = len(list(done.record.owners())) - done.added - done.unchanged
        line = _say("handout", "added", added=done.added, unchanged=done.unchanged)
        typer.echo(line + (_say("handout", "left", left=left) if left else ""))
        if assignment.feedback != "format":
            _put("class-anew" if written else "class-same", file=_here(course, file))
    if assignment.feedback == "format" and stale.exists():
        _put("class-stays", file=_here(course, stale))


def _everyone(roster: Roster, assignment: Assignment) -> str:
    """How many have a variant of their own: students, or teams and who is in none."""
    alone = sum(not (assignment.team and person.team) for person in roster.people)
    teams = len(roster.owners(assignment.team)) - alone
    counts = {"teams": _count("team", teams), "students": _count("student", alone)}
    if teams and alone:
        return _say("handout", "teams-and-alone", **counts)
    return counts["teams" if teams else "students"]


def _count(kind: str, count: int) -> str:
    return _say("handout", kind) if count == 1 else _say("handout", f"n-{kind}s", count=count)


def _here(course: Course, path: Path) -> str:
    """A path as it is said: from the course's folder."""
    return path.relative_to(course.folder).as_posix()


def _say(section: str, key: str, **values: object) -> str:
    return words_for("grader")[section, key](values)


def _put(key: str, **values: object) -> None:
    typer.echo(harmless(_say("handout", key, **values)))


def _watched(key: str) -> Callable[[Iterable[T], int], Iterable[T]]:
    """Goes over things; of many, a person at the terminal sees how many are done and how long it takes."""

    def over(things: Iterable[T], count: int) -> Iterable[T]:
        if count < MANY or not sys.stderr.isatty():
            return things
        from rich.console import Console
        from rich.progress import track

        console = Console(stderr=True)
        return track(things, _say("handout", key), count, console=console, transient=True)

    return over
