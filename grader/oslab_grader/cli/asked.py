"""What the commands of `oslab gradebook` have in common: whom and what they are about, and how
they answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from oslab.errors import InputError, harmless
from oslab.exercise.fields import did_you_mean
from oslab.plugins import words_for
from oslab.text import wrap
from oslab_grader.book.decision import decision_of
from oslab_grader.book.decisions import Decisions, decide, grader_name, read_decisions
from oslab_grader.course.home import course_here, roster_of
from oslab_grader.course.model import Assignment, Course
from oslab_grader.course.roster import Person, Roster
from oslab_grader.handout.record import HandedQuestion, Head, Record

AssignmentName = Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="Such as hw1.")]
StudentName = Annotated[str, typer.Argument(metavar="STUDENT", help="Such as s1042.")]
QuestionName = Annotated[str, typer.Argument(metavar="QUESTION", help="Such as q1.")]
Why = Annotated[str, typer.Option("--why", help="For the record; never exported.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take it back.")]
Names = Annotated[bool, typer.Option("--names", help="Show names, not only numbers.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@dataclass(frozen=True)
class About:
    """Whom and what a decision is about."""

    course: Course
    roster: Roster
    assignment: Assignment
    person: Person


def about(one: str, other: str) -> About:
    """An assignment and a student, in either order. Raises InputError naming what is near."""
    course = course_here()
    names = [assignment.name for assignment in course.assignments]
    if one not in names and other in names:
        one, other = other, one
    elif one not in names:
        near = did_you_mean(one, names) or did_you_mean(other, names)
        raise InputError(
            f"neither {one} nor {other} is an assignment of course.toml{near}: {', '.join(names)}"
        )
    roster = roster_of(course)
    return About(course, roster, course.assignment(one), roster.find(other) or roster[other])


def assignment_of(course: Course, name: str) -> Assignment:
    """An assignment that was handed out. Raises InputError where it was not, or there is none."""
    found = course.assignment(name)
    head_of(course, name)
    return found


def head_of(course: Course, assignment: str) -> Head:
    """What was asked. Raises InputError where nothing was handed out."""
    return Record(course.handout(assignment) / "record.jsonl").head


def is_out(course: Course, assignment: str) -> bool:
    """Whether it has been handed out."""
    return (course.handout(assignment) / "record.jsonl").is_file()


def question_of(head: Head, name: str) -> HandedQuestion:
    """A question as it was handed out. Raises InputError naming those there are."""
    short = name.casefold()
    return head.question(f"q{short}" if short.isdecimal() else short)


def made_of(
    found: About, kind: str, value: str, why: str = "", question: str = ""
) -> dict[str, str]:
    """A decision about a student, to be written down."""
    return {"kind": kind, "assignment": found.assignment.name, "student": found.person.id,
            "question": question, "value": value, "why": why}  # fmt: skip


def values_of(found: About, question: str = "") -> dict[str, object]:
    """What most sentences name."""
    student, assignment = found.person.id, found.assignment.name
    where = " ".join(filter(None, (student, assignment, question)))
    return {"student": student, "assignment": assignment, "where": where}


def decided(course: Course, made: Sequence[dict[str, str]]) -> str:
    """Write decisions down, but for taking back what nobody decided. Returns who decides.

    Raises InputError when they cannot be written.
    """
    grader, known = grader_name(), read_decisions(course.decisions)
    new = [wanted for wanted in made if wanted.get("value") or _holds(known, wanted)]
    decide(course.decisions, grader, new)
    return grader


def _holds(known: Decisions, wanted: dict[str, str]) -> bool:
    """Whether there is anything of this subject to be taken back."""
    subject = decision_of({**wanted, "id": "", "at": "", "by": ""}).subject
    return any(head.value for head in known.heads(subject))


def word(section: str, key: str, **values: object) -> str:
    """A sentence in the language in force."""
    return words_for("grader")[section, key](values)


def put(line: str = "", end: str = "\n") -> None:
    """Print. Names, answers and comments are a stranger's: nothing in them reaches the terminal raw."""
    typer.echo(harmless(line).rstrip(" ") + end, nl=False)


def put_json(document: object) -> None:
    """Print one document, in ASCII."""
    typer.echo(json.dumps(document, allow_nan=False, indent=1))


def put_wrapped(line: str) -> None:
    """Print what may be longer than a screen is wide."""
    first, *more = wrap(line, 98)
    for row in (first, *(f"  {row}" for row in more)):
        put(row)


def put_grade(found: About) -> None:
    """What became of the grade."""
    from oslab_grader.book.book import open_book
    from oslab_grader.book.sentences import grade_text

    name = found.assignment.name
    if is_out(found.course, name):
        text = grade_text(open_book(found.course).grade(name, found.person.id))
    else:
        text = word("grade-line", "not-out")
    put_wrapped(word("decide", "now", grade=text, **values_of(found)))
