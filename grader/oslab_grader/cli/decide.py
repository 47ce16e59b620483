"""``oslab gradebook override, comment, extend, excuse``: decisions on students. Each says what holds now,
and what the grade became."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from oslab.errors import InputError, one_line
from oslab.exercise.feedback import rounded
from oslab.quantities import QuantityError, parse_decimal, shown
from oslab_grader.cli.asked import (
    AssignmentName,
    QuestionName,
    StudentName,
    Undo,
    Why,
    about,
    decided,
    head_of,
    made_of,
    put,
    put_grade,
    question_of,
    values_of,
    word,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def override(
    assignment: AssignmentName,
    student: StudentName,
    question: QuestionName,
    points: Annotated[str, typer.Argument(metavar="[POINTS]", help="Such as 7 or 6.5.")] = "",
    why: Why = "",
    undo: Undo = False,
) -> None:
    """Give a student points for a question by hand; it survives every regrade."""
    found = about(assignment, student)
    asked = question_of(head_of(found.course, found.assignment.name), question)
    if undo == bool(points):
        raise InputError("give the points, 7 say, or --undo to go back to the marks; one of them")
    value = ""
    if points:
        from oslab_grader.book.decided import as_points

        try:
            given = parse_decimal(points)
        except QuantityError as error:
            raise InputError(f"points: {error}") from None
        if not 0 <= given <= asked.points:
            raise InputError(
                f"{found.assignment.name} {asked.name} is worth {rounded(asked.points)} points; "
                f"{shown(points)} is not between 0 and that"
            )
        value = as_points(given)
    by = decided(found.course, [made_of(found, "points", value, why, asked.name)])
    values = {**values_of(found, asked.name), "points": rounded(asked.points)}
    put(word("decide", "points" if value else "points-back", value=value, by=by, **values))
    put_grade(found)


@app.command()
def comment(
    assignment: AssignmentName,
    student: StudentName,
    rest: Annotated[
        list[str] | None,
        typer.Argument(metavar="[QUESTION] [TEXT]", help="q1 (else all), and the text."),
    ] = None,
    undo: Undo = False,
) -> None:
    """Write something to a student; they read it with their feedback. Yours takes the place of your last."""
    found = about(assignment, student)
    texts, name = list(rest or ()), ""
    names = found.assignment.question_names()
    if texts and (undo or texts[0].casefold() in names or _is_question(texts)):
        name = question_of(head_of(found.course, found.assignment.name), texts.pop(0)).name
    if len(texts) + undo != 1:
        raise InputError(
            f'one text in quotes is expected: {found.assignment.name} {found.person.id} q1 "…", '
            "without a question for the whole, or --undo"
        )
    text = "" if undo else texts[0].strip()
    if not text and not undo:
        raise InputError("the comment is empty; --undo takes comments back")
    decided(found.course, [made_of(found, "comment", text, "", name)])
    values = {**values_of(found, name), "value": one_line(text)}
    put(word("decide", "comment" if text else "comment-back", **values))


def _is_question(texts: Sequence[str]) -> bool:
    return len(texts) == 2 and texts[0].casefold().removeprefix("q").isdecimal()


@app.command()
def extend(
    student: StudentName,
    assignment: AssignmentName,
    time: Annotated[
        str, typer.Argument(metavar="[TIME]", help="2026-03-09T23:59, or +30min, +36h, +2d.")
    ] = "",
    undo: Undo = False,
) -> None:
    """Give a student more time, also before there is an upload. No reason is kept."""
    from oslab_grader.book.lateness import due_with, extension

    found = about(student, assignment)
    if undo == bool(time):
        raise InputError("give a time, 2026-03-09T23:59 or +2d, or --undo; one of them")
    value = "" if undo else extension(time)
    due = found.assignment.due
    until = due_with(due, value)
    decided(found.course, [made_of(found, "extend", value)])
    values = {**values_of(found), "value": f"{until:%Y-%m-%d %H:%M} ({found.course.timezone.key})"}
    put(word("decide", "extend" if value else "extend-back", **values))
    if value and until == due:
        put(word("decide", "extend-same", value=f"{due:%Y-%m-%d %H:%M}"))
    put_grade(found)


@app.command()
def excuse(student: StudentName, assignment: AssignmentName, undo: Undo = False) -> None:
    """Excuse a student from an assignment, also before there is an upload. No reason is kept."""
    found = about(student, assignment)
    by = decided(found.course, [made_of(found, "excuse", "" if undo else "yes")])
    put(word("decide", "excuse-back" if undo else "excuse", by=by, **values_of(found)))
    put_grade(found)
