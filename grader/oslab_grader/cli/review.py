"""``oslab gradebook review``: essays, one at a time, points by the rubric. Each decision is kept at once."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import typer

from oslab.errors import one_line
from oslab.exercise.catalogue import Entry
from oslab.exercise.feedback import rounded
from oslab.exercise.fields import read_record
from oslab.text import width, wrap
from oslab_grader.book.book import Book, open_book
from oslab_grader.book.decisions import decide, grader_name
from oslab_grader.book.reading import Essay, NotUnderstood, given_by, letters_of, part_of, waiting
from oslab_grader.cli.asked import AssignmentName, Names, put, word
from oslab_grader.course.home import course_here
from oslab_grader.handout.record import Head, Record

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)

_COLUMNS = 79


@dataclass
class _Session:
    """A reader at work. `done`: places of the essays decided, which decision it was and its id, for undo."""

    book: Book
    record: Record
    assignment: str
    grader: str
    names: bool
    essays: Sequence[Essay]
    done: list[tuple[int, str, str]] = field(default_factory=list)
    shown: str = ""

    @property
    def head(self) -> Head:
        return self.record.head


@app.command()
def review(
    assignment: AssignmentName,
    part: Annotated[
        str,
        typer.Option("--part", metavar="1/2", help="One part of the class; parts never overlap."),
    ] = "1/1",
    names: Names = False,
) -> None:
    """Read essays one at a time and give points: letters of the rubric, or points.

    Who wrote it is hidden. What was given is kept at once; going on later begins with what is left.
    """
    which = part_of(part)
    course = course_here()
    course.assignment(assignment)
    record = Record(course.handout(assignment) / "record.jsonl")
    book = open_book(course)
    essays = waiting(book, record.head, assignment, which)
    if not essays:
        key = "none" if which[1] == 1 else "none-part"
        put(word("review", key, assignment=assignment, part=part))
        return
    session = _Session(book, record, assignment, grader_name(), names, essays)
    number = 0
    while 0 <= number < len(essays):
        moved = _read(session, number)
        if moved is None:
            break
        number = moved
    read = len({place for place, kind, _ in session.done if kind == "essay"})
    put(word("review", "done", read=read, left=len(essays) - read))


def _read(session: _Session, number: int) -> int | None:
    """Show an essay and do what the reader says; returns which comes next, None at the end."""
    essay = session.essays[number]
    _show(session, number)
    question = session.head.question(essay.question)
    rubric = bool(letters_of(question))
    while True:
        prompt = word("review", "prompt" if rubric else "prompt-points", most=rounded(essay.most))
        put(prompt, end=" ")
        try:
            line = input().strip()
        except (EOFError, KeyboardInterrupt):
            put()
            return None
        if not sys.stdin.isatty():
            put(one_line(line))
        if line.casefold() == "q":
            return None
        if line.casefold() == "s":
            return number + 1
        if line.casefold() == "u":
            if session.done:
                return _undo(session)
            put(word("review", "nothing-undone"))
        elif line.startswith("/"):
            if line[1:].strip():
                _decide(session, number, "comment", line[1:].strip())
                put(word("review", "commented"))
        elif line:
            try:
                given = given_by(line, question, essay.most)
            except NotUnderstood as error:
                put(word("review", error.reason, **error.values))
                continue
            _decide(session, number, "essay", given.value)
            put(word("review", "given", points=rounded(given.points), most=rounded(essay.most)))
            return number + 1


def _undo(session: _Session) -> int:
    number, kind, made = session.done.pop()
    # Of the comments only this one: what others wrote stays.
    _decide(session, number, kind, "", {"replaces": made} if kind == "comment" else {})
    put(word("review", f"{kind}-back"))
    return number


def _decide(
    session: _Session, number: int, kind: str, value: str, more: Mapping[str, str] | None = None
) -> None:
    """Write it down. `more`: what is taken back by it."""
    essay = session.essays[number]
    made = {"kind": kind, "assignment": session.assignment, "student": essay.student,
            "question": essay.question, "value": value, "attempt": essay.sheet}  # fmt: skip
    (found,) = decide(session.book.course.decisions, session.grader, [{**made, **(more or {})}])
    if more is None:
        session.done.append((number, kind, found.id))


def _show(session: _Session, number: int) -> None:
    """The essay, its rubric, and where one is; the statement where it is another than before."""
    essay = session.essays[number]
    entry = read_record(Entry, session.head.question(essay.question).entry)
    statement = _statement(session, essay)
    put()
    if statement != session.shown:
        session.shown = statement
        for line in statement.split("\n"):
            for row in wrap(line, _COLUMNS):
                put(row)
        put()
    who = one_line(essay.student) if session.names else word("review", "hidden")
    if session.names and essay.student in session.book.roster:
        who += " " + one_line(session.book.roster[essay.student].name)
    put(word("review", "place", question=essay.question, number=number + 1,
             all=len(session.essays), who=who))  # fmt: skip
    for paragraph in essay.text.split("\n"):
        for row in wrap(paragraph, _COLUMNS - 2):
            put(f"> {row}".rstrip())
    lines = [line for answer in entry.answer for line in answer.rubric]
    if lines:
        for row in _packed(
            [f"{chr(97 + i)} {line.text} {rounded(line.points)}" for i, line in enumerate(lines)]
        ):
            put(row)


def _packed(items: Sequence[str]) -> Sequence[str]:
    """The items on as few lines as they fit on, none of them broken."""
    rows: list[str] = []
    for item in items:
        if rows and width(rows[-1] + " · " + item) <= _COLUMNS:
            rows[-1] += " · " + item
        else:
            rows.append(item)
    return rows


def _statement(session: _Session, essay: Essay) -> str:
    """What was asked of this student, or nothing where it can no longer be shown."""
    from oslab.exercise.frozen import thaw
    from oslab.exercise.problem import Code
    from oslab.exercise.statement import statement
    from oslab_grader.handout.resolve import bind_question

    question = session.head.question(essay.question)
    try:
        frozen = session.record.share(essay.owner).questions[essay.question]
        parts = statement(thaw(bind_question(question), frozen))
    except Exception:  # a stranger's code, or a share that is gone: the essay can be read without
        return ""
    return "\n".join(p.text if isinstance(p, Code) else p for p in parts)
