"""``oslab gradebook sheet, settle, repair``: decisions on uploads that are not as they should be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oslab.errors import EXIT_NOT_ALL_RIGHT, InputError
from oslab_grader.cli.asked import (
    About,
    AssignmentName,
    StudentName,
    Undo,
    Why,
    about,
    decided,
    made_of,
    put,
    put_grade,
    put_wrapped,
    values_of,
    word,
)
from oslab_grader.course.home import course_here
from oslab_grader.course.roster import Person, Roster
from oslab_grader.handout.record import Record

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def sheet(
    assignment: AssignmentName,
    student: StudentName,
    of: Annotated[str, typer.Option("--of", metavar="STUDENT", help="Whose variant it is.")] = "",
    why: Why = "",
    undo: Undo = False,
) -> None:
    """Grade a student's uploads as another student's variant: sheets were exchanged, or numbers mistyped.

    `--of` with the student's own number says that their own variant is right, whatever the file claims.
    """
    found = about(assignment, student)
    name = found.assignment.name
    record = Record(found.course.handout(name) / "record.jsonl")
    team = record.head.team
    owner = found.person.owner(team)
    if undo == bool(of):
        raise InputError("give --of STUDENT, whose variant it is, or --undo; one of them")
    if of:
        other = found.roster.find(of)
        owner = other.owner(team) if other else of
        if owner not in record and other is None and _claims(found, record, of):
            # A number that nobody has, mistyped when the sheet was made: its numbers are drawn now.
            from oslab_grader.handout.freeze import freeze_assignment

            stranger = Roster((Person(of, team=of if team else ""),))
            freeze_assignment(found.course, found.assignment, stranger)
        elif owner not in record:
            found.roster[of]  # its message names the nearest
            raise InputError(
                f"{of} has no variant of {name}; oslab course handout {name} adds who has come since"
            )
    students = _uploaders(found) or [found.person.id]
    value = "" if undo else owner
    decided(
        found.course, [made_of(found, "sheet", value, why) | {"student": one} for one in students]
    )
    key = "sheet-back" if owner == found.person.owner(team) else "sheet"
    put(word("decide", key, other=owner, **values_of(found)))
    put_grade(found)


@app.command()
def settle(
    assignment: AssignmentName,
    students: Annotated[list[str] | None, typer.Argument(metavar="[STUDENT]...")] = None,
    everyone: Annotated[bool, typer.Option("--all", help="Everybody's.")] = False,
    why: Why = "",
    undo: Undo = False,
) -> None:
    """Count what cannot be read as not answered: nobody is going to repair it. What can be read counts."""
    from oslab_grader.book.book import open_book
    from oslab_grader.book.student import handed_of, record_of, settled, unreadable
    from oslab_grader.intake.attempts import attempts_of

    if everyone == bool(students):
        raise InputError("name students, or --all; one of them")
    if everyone:
        course = course_here()
        book = open_book(course)
        course.assignment(assignment)
        people = list(book.roster.people)
    else:
        each = [about(assignment, student) for student in students or ()]
        course, assignment = each[0].course, each[0].assignment.name
        book, people = open_book(course), [one.person for one in each]
    record, attempts = record_of(book, assignment), attempts_of(course.attempts(assignment))
    made, count = [], {}
    for person in people:
        handed = handed_of(book, record, assignment, person, attempts)
        found = settled(book, assignment, handed) if undo else unreadable(book, assignment, handed)
        count[person.id] = len(found)
        made += [
            {"kind": "settle", "assignment": assignment, "student": attempt.student,
             "attempt": attempt.sheet, "value": "" if undo else "yes", "why": why}
            for attempt in found
        ]  # fmt: skip
    made = list({(m["student"], m["attempt"]): m for m in made}.values())
    if not made:
        who = " ".join(students or [assignment])
        put(word("decide", "settle-back-none" if undo else "settled-none", who=who))
        return
    decided(course, made)
    key = "settle-back" if undo else "settle"
    for person in people:
        if count[person.id]:
            one = About(course, book.roster, course.assignment(assignment), person)
            put(word("decide", key, count=count[person.id], **values_of(one)))
            put_grade(one)


@app.command()
def repair(
    assignment: AssignmentName,
    student: StudentName,
    file: Annotated[
        Path | None, typer.Option("--file", help="The mended sheet, instead of an editor.")
    ] = None,
    why: Why = "",
    undo: Undo = False,
) -> None:
    """Repair a sheet that cannot be read: a copy opens in your editor. Original, copy and your name are kept."""
    from oslab_grader.book.book import open_book
    from oslab_grader.book.grades import marked_as
    from oslab_grader.book.repairing import broken, changes, draft, edit, keep_repair, still_broken
    from oslab_grader.book.student import handed_of, record_of

    found = about(assignment, student)
    name = found.assignment.name
    book = open_book(found.course)
    record = record_of(book, name)
    handed = handed_of(book, record, name, found.person)
    attempt = broken(book, name, handed, found.person.id, undo)
    made = {"kind": "repair", "assignment": name, "student": attempt.student,
            "attempt": attempt.sheet, "why": why}  # fmt: skip
    if undo:
        decided(found.course, [made])
        put(word("decide", "repair-back", **values_of(found)))
        put_grade(found)
        return
    copy = file or draft(found.course, name, attempt)
    if file is None:
        put(word("decide", "repair-open", file=copy))
        edit(copy)
    before, after = changes(found.course, name, attempt, copy)
    if before == after:
        put(word("decide", "repair-same"))
        if file is None:
            copy.unlink(missing_ok=True)
        raise typer.Exit(EXIT_NOT_ALL_RIGHT)
    owner = marked_as(attempt, handed.owner, name, book.decisions)[0]
    reason = still_broken(record, owner, copy)
    if reason:
        put_wrapped(word("decide", "repair-still", reason=reason))
        if file is None:
            put(word("decide", "repair-kept", file=copy))
            put(word("decide", "repair-go-on", **values_of(found)))
        raise typer.Exit(EXIT_NOT_ALL_RIGHT)
    _put_changes(before, after)
    decided(found.course, [made | {"value": keep_repair(found.course, name, copy)}])
    if file is None:
        copy.unlink(missing_ok=True)
    put(word("decide", "repair", **values_of(found)))
    put_grade(found)


def _put_changes(before: str, after: str) -> None:
    """The lines that were changed, - before and + after."""
    from difflib import unified_diff

    lines = list(unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0))[2:]
    lines = [line for line in lines if not line.startswith("@@")]
    put(word("decide", "repair-changed", count=len(lines)))
    for line in lines[:40]:
        put(f"  {line[0]} {line[1:]}")
    if len(lines) > 40:
        put("  …")


def _claims(found: About, record: Record, number: str) -> bool:
    """Whether an upload of theirs bears this number, or team."""
    from oslab_grader.book.book import open_book
    from oslab_grader.book.student import handed_of

    handed = handed_of(open_book(found.course), record, found.assignment.name, found.person)
    said = "team" if record.head.team else "student"
    claims = {r["claims"].get(said, "").casefold() for r in handed.results.values()}
    return number.casefold() in claims


def _uploaders(found: About) -> list[str]:
    """The members of the team who handed something in; in an assignment without teams, the student."""
    if not found.assignment.team:
        return [found.person.id]
    from oslab_grader.intake.attempts import attempts_of

    attempts = attempts_of(found.course.attempts(found.assignment.name))
    members = found.roster.members(found.person.owner(True), True)
    return [member.id for member in members if member.id in attempts]
