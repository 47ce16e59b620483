"""``oslab gradebook amend`` and ``regrade``: a question that was handed out is mended, what that changes is
looked at, and then it is put into force."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

import typer

from oslab.errors import InputError
from oslab.exercise.feedback import rounded
from oslab.exercise.fields import did_you_mean
from oslab_grader.book.amend import amendments, pending
from oslab_grader.book.book import Book, open_book
from oslab_grader.book.decisions import Decision, Decisions, decide, grader_name, read_decisions
from oslab_grader.book.newkeys import keep_keys, new_keys
from oslab_grader.book.regrading import (
    Change,
    Pair,
    as_if_applied,
    changes,
    marked_by,
    pairs,
    trial_key,
)
from oslab_grader.cli.asked import AssignmentName, QuestionName, Undo, Why, put, question_of, word
from oslab_grader.course.home import course_here
from oslab_grader.handout.record import HandedQuestion, Record
from oslab_grader.table import aligned

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def amend(
    assignment: AssignmentName,
    question: QuestionName,
    accept: Annotated[
        str, typer.Option("--accept", metavar="MISTAKE", help="It counts as right, too.")
    ] = "",
    void: Annotated[bool, typer.Option("--void", help="Out of the total for all.")] = False,
    full: Annotated[bool, typer.Option("--full", help="All points to who handed in.")] = False,
    key: Annotated[
        Literal["new"] | None, typer.Option("--key", help="Keys as the plugin computes them now.")
    ] = None,
    why: Why = "",
    undo: Undo = False,
) -> None:
    """Correct a question that was handed out. It is pending until `regrade --apply`; --why is needed."""
    course = course_here()
    course.assignment(assignment)
    record = Record(course.handout(assignment) / "record.jsonl")
    asked = question_of(record.head, question)
    if sum((bool(accept), void, full, key is not None, undo)) != 1:
        raise InputError(
            "one of --accept MISTAKE, --void, --full, --key new and --undo is expected"
        )
    made = {"kind": "amend", "assignment": assignment, "question": asked.name, "why": why}
    if undo:
        known = amendments(assignment, read_decisions(course.decisions))
        back = [d.id for d in known if d.question == asked.name]
        if not back:
            raise InputError(f"{assignment} {asked.name} was not amended")
        decide(course.decisions, grader_name(), [made | {"replaces": " ".join(back)}])
        put(word("amend", "undone", question=asked.name, count=len(back)))
        return
    if not why.strip():
        raise InputError('--why "…" is needed: others will ask why the question was amended')
    values: dict[str, object] = {"question": asked.name}
    kind = "void" if void else "full"
    value = kind
    if accept:
        kind, value = "accept", f"accept:{_mistake(record, asked, accept)}"
        values["name"] = accept
    elif key:
        keys = new_keys(record, asked)
        values |= {"differ": keys.differ, "all": keys.owners, "made": keys.made_by}
        kind = "key" if keys.differ else "key-same"
        value = f"key:{keep_keys(record, keys)}" if keys.differ else ""
    if value:
        known = amendments(assignment, read_decisions(course.decisions))
        latest = [d.value for d in known if d.question == asked.name][-1:]
        if latest == [value]:
            raise InputError(
                f"{assignment} {asked.name} is amended so already: oslab gradebook regrade "
                f"{assignment} --diff; to take it back: oslab gradebook amend {assignment} "
                f"{asked.name} --undo"
            )
        decide(course.decisions, grader_name(), [made | {"value": value}])
    put(word("amend", kind, **values))
    if value:
        put(word("amend", "next", assignment=assignment))


def _mistake(record: Record, asked: HandedQuestion, name: str) -> str:
    """A mistake that the problem type models. Raises InputError naming the nearest, and those that happen in
    what was handed out."""
    from oslab_grader.book.happening import happening
    from oslab_grader.handout.resolve import bind_question

    exercise = bind_question(asked)
    if name not in exercise.problem.mistakes():
        known = happening(record, asked, exercise)
        listed = f"what happens in {asked.exercise}: {', '.join(known) or 'none'}"
        near = did_you_mean(name, known)
        raise InputError(f'{asked.name} ({asked.problem}) has no mistake "{name}"{near}; {listed}')
    return name


@app.command()
def regrade(
    assignment: AssignmentName,
    diff: Annotated[
        bool, typer.Option("--diff", help="What would change; changes nothing.")
    ] = False,
    apply: Annotated[
        Literal["keep-higher", "replace"] | None,
        typer.Option("--apply", help="Put the amendments into force."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Each student, into a new file.")
    ] = None,
    key: Annotated[
        Literal["new"] | None,
        typer.Option("--key", help="With --diff: as if --key new were amended."),
    ] = None,
) -> None:
    """Show what the pending amendments change, or put them into force.

    keep-higher: nobody goes down by a new key. replace: it counts alone. A mistake that is accepted never
    takes points; a void question is out of the total for everybody.
    """
    if diff == (apply is not None):
        raise InputError("--diff or --apply keep-higher (or replace) is expected; one of them")
    if key and not diff:
        raise InputError(
            f"--key new goes with --diff; to use new keys: "
            f"oslab gradebook amend {assignment} QUESTION --key new"
        )
    if csv and csv.exists():
        raise InputError(f"{csv} is there already; nothing is overwritten")
    course = course_here()
    course.assignment(assignment)
    record = Record(course.handout(assignment) / "record.jsonl")
    book = open_book(course)
    new = _by_new_keys(record, assignment) if key else []
    if key and not new:
        put(word("regrade", "by-key-none"))
        return
    wanted = [*pending(assignment, book.decisions), *new]
    if not wanted:
        put(word("regrade", "none", assignment=assignment))
        return
    trial = as_if_applied(book.decisions, assignment, wanted, apply or "replace")
    found = _pairs(book, record, assignment, trial, again=bool(key))
    if apply:
        made = {"kind": "apply", "assignment": assignment, "value": apply,
                "attempt": " ".join(d.id for d in wanted)}  # fmt: skip
        decide(course.decisions, grader_name(), [made])
        put(word("regrade", "applied", mode=apply))
    down = _put_changes(found, wanted)
    if csv:
        _write_csv(csv, found)
        put(word("regrade", "csv", file=csv))
    elif not apply:
        put(word("regrade", "csv-hint"))
    if apply:
        open_book(course)
        return
    if down:
        put(word("regrade", "keep-higher"))
    if new:
        put(word("regrade", "unchanged-key", assignment=assignment, question=new[0].question))
    else:
        put(word("regrade", "unchanged", assignment=assignment))


def _by_new_keys(record: Record, assignment: str) -> Sequence[Decision]:
    """New keys of all questions where they differ, as if amended."""
    found = []
    for question in record.head.questions:
        keys = new_keys(record, question)
        if keys.differ:
            put(word("regrade", "by-key", question=question.name, differ=keys.differ,
                     all=keys.owners, made=keys.made_by))  # fmt: skip
            found.append(trial_key(assignment, question.name, keep_keys(record, keys)))
    return found


def _pairs(
    book: Book, record: Record, assignment: str, trial: Decisions, again: bool
) -> Sequence[Pair]:
    marked = marked_by(book, record, assignment, trial) if again else {}
    return list(pairs(book, assignment, trial, marked))


def _put_changes(found: Sequence[Pair], wanted: Sequence[Decision]) -> bool:
    """A line for each question amended, and the total. Returns whether somebody's question goes down."""
    names = sorted({d.question for d in wanted}, key=lambda name: (len(name), name))
    rows, down = [], False
    for change in changes(found, names):
        title = change.question or word("regrade", "total")
        text = word("regrade", "void") if change.void else _changed(change)
        if text:
            rows.append([title, text])
        down = down or bool(change.question and change.down and not change.void)
    for line in aligned(rows):
        put(line)
    return down


def _changed(change: Change) -> str:
    """How many go up and down, and the means, with what they are out of where that changes; of nobody,
    nothing."""
    most = [rounded(points) for points in change.most]
    means = [_cell(change.before), _cell(change.after)]
    texts = []
    if change.before is None and most[0] != most[1]:
        texts.append(word("regrade", "points", before=most[0], after=most[1]))
    elif change.before is not None:
        if most[0] != most[1]:
            means = [word("show", "score", earned=m, points=p)
                     for m, p in zip(means, most, strict=True)]  # fmt: skip
        counts = {"up": change.up, "down": change.down, "same": change.same}
        texts.append(word("regrade", "line", before=means[0], after=means[1], **counts))
    if change.new:
        texts.append(word("regrade", "new", count=change.new))
    return "   ".join(texts)


def _write_csv(file: Path, found: Sequence[Pair]) -> None:
    """Each student's questions and total, before and after; where there is none yet, nothing."""
    from oslab.files import replace_file
    from oslab_grader.book.student import certain
    from oslab_grader.csvfile import csv_text

    rows = []
    for before, after in found:
        now = {q.name: q for q in after.questions}
        for q in before.questions:
            then = now[q.name]
            said = "void" if then.outcome == "void" else _cell(certain(then))
            rows.append([before.student, q.name, _cell(certain(q)), said])
        rows.append([before.student, "total", _cell(before.total), _cell(after.total)])
    heads = ("id", "question", "before", "after")
    replace_file(file, csv_text(heads, rows).encode())


def _cell(points: Fraction | None) -> str:
    """Points with two decimals, or nothing."""
    if points is None:
        return ""
    whole, _, cents = rounded(points).partition(".")
    return f"{whole}.{cents:0<2}"
