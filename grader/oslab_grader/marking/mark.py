"""Marking one upload: a pure function from a task to a result, both plain JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import replace
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any, Literal, TypeVar

from oslab import __version__
from oslab.errors import one_line
from oslab.exercise.checking import Marked, Part
from oslab.exercise.feedback import lines, note_text
from oslab.exercise.frozen import thaw
from oslab.exercise.reading import read_sheet
from oslab.exercise.sheet import NotASheet, Question, Reference
from oslab.homework.checking import answers_in, bare
from oslab.homework.filled import filled_lines
from oslab.plugins import blamed, plugins
from oslab.quantities import printable
from oslab.text import set_language
from oslab_grader.marking.handed import Handed, handed_of, upload_of
from oslab_grader.marking.question import MarkedHere, mark_questions
from oslab_grader.marking.result import SCHEMA, MarkedAnswer, MarkedPart, Result, Task

# Rises when the same task would give another result; then all is marked again.
MARKING = 2

T = TypeVar("T")
# What is said of these is said of a sheet; whatever else cannot be read is another kind of file.
_SHEETS = ("cut-off", "newer-format", "no-questions")


def mark_task(task: Task) -> Result:
    """Mark one upload. Whatever the language in force, the texts are English.

    Raises InputError when the record, or the upload's bytes, cannot be read or are damaged.
    """
    return _in("en", lambda: _result(task))


def _in(language: str, make: Callable[[], T]) -> T:
    context = copy_context()
    context.run(set_language, language)
    return context.run(make)


def _result(task: Task) -> Result:
    share = json.loads(task["share"])
    result = nothing_of(task, share["owner"])
    try:
        sheet = read_sheet(upload_of(task), task["file"])
    except NotASheet as refusal:
        result["refused"] = "unreadable" if refusal.note.key in _SHEETS else "not a sheet"
        result["reason"] = note_text(refusal.note)
        result["reason_zh"] = _in("zh", partial(note_text, refusal.note))
        return result
    handed = handed_of(task)
    questions = mark_questions(task, handed, share, sheet.questions)
    asked = {question.name for question in handed.head.questions}
    result["claims"] = dict(sheet.header)
    result["notes"] = [
        *map(note_text, sheet.notes),
        *(note for question in questions for note in question.notes),
        *(
            f"{q.name} was not asked; it is not read"
            for q in sheet.questions
            if q.name not in asked
        ),
    ]
    result["questions"] = [_part(question) for question in questions]
    if any(question.unreadable for question in questions):
        chinese = _in("zh", partial(_unreadable, task, handed, share, sheet.questions))
        for part, texts in zip(result["questions"], chinese, strict=True):
            if texts:
                part["unreadable_zh"] = texts
    return result


def _unreadable(
    task: Task, handed: Handed, share: Mapping[str, Any], answered: Sequence[Question]
) -> list[list[str]]:
    """What could not be read of each question, in the language in force."""
    return [question.unreadable for question in mark_questions(task, handed, share, answered)]


def nothing_of(task: Task, owner: str) -> Result:
    """A result that says nothing yet."""
    return Result(
        schema=SCHEMA,
        owner=owner,
        digest=task["digest"],
        claims={},
        refused="",
        reason="",
        notes=[],
        questions=[],
    )


def stopped(task: Task, reason: str) -> Result:
    """The result of a task that could not be carried to its end."""
    try:
        owner = str(json.loads(task["share"])["owner"])
    except (ValueError, LookupError, TypeError):
        owner = ""
    return {**nothing_of(task, owner), "refused": "stopped", "reason": one_line(reason)}


def _part(question: MarkedHere) -> MarkedPart:
    marked = question.marked
    recognised = marked.recognised if marked else None
    return MarkedPart(
        name=question.asked.name,
        earned=str(marked.earned) if marked else "0",
        points=str(question.asked.points),
        waits=str(marked.waiting) if marked else "0",
        fault=question.fault,
        unreadable=question.unreadable,
        mistakes=list(recognised.names) if recognised else [],
        exact=bool(recognised and recognised.exact),
        answers=[_answer(part) for part in marked.parts] if marked else [],
        alternatives={name: str(earned) for name, earned in question.alternatives.items()},
    )


def _answer(part: Part) -> MarkedAnswer:
    found = MarkedAnswer(
        name=part.name,
        outcome=part.outcome.value,
        earned=str(part.earned),
        points=str(part.points),
    )
    if isinstance(part.written, tuple):
        found["given"] = [
            dict(row) if "".join(row.values()).isprintable()
            else {c: printable(v) for c, v in row.items()}
            for row in part.written
        ]  # fmt: skip
        found["rows"] = [
            {
                "label": row.label,
                "outcome": row.outcome.value,
                "wrong": list(row.wrong_columns),
                **({"follows": True} if row.follows else {}),
            }
            for row in part.rows
        ]
    elif part.written:
        found["given"] = printable(part.written)
    return found


def basis_of(head: bytes, share: bytes, alternatives: Mapping[str, Sequence[str]]) -> str:
    """A digest of all that a result depends on besides the upload.

    head          the first line of the record
    share         the owner's line
    alternatives  question → further keys; those named by a digest are known by it

    The versions of the plugins belong to it: they name the mistakes.
    """
    further = {name: list(keys) for name, keys in alternatives.items()}
    body = json.dumps([MARKING, versions_of(head), further], sort_keys=True)
    parts = (head.strip(), share.strip(), body.encode())
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()


@lru_cache(maxsize=8)
def versions_of(head: bytes) -> tuple[str, ...]:
    """What uploads are marked with: the distributions of oslab and of the plugins asked, with versions."""
    try:
        problems = [str(question["problem"]) for question in json.loads(head)["questions"]]
    except (ValueError, LookupError, TypeError):
        problems = []
    loaded = plugins().loaded
    owners = {name.partition(".")[0] for name in problems}
    origins = {loaded[owner].origin for owner in owners if owner in loaded}
    return tuple(sorted({f"oslab {__version__}", *origins}))


def feedback_of(
    task: Task, language: str, mode: Literal["full", "marks", "format"]
) -> dict[str, list[str]]:
    """What may be said of each question to who handed it in: question → lines; never the key.

    mode  "full"; "marks": which answer is right or wrong; "format": which can be read (exams)

    Raises InputError as `mark_task` does.
    """
    return _in(language, lambda: _feedback(task, mode))


def _feedback(task: Task, mode: str) -> dict[str, list[str]]:
    try:
        sheet = read_sheet(upload_of(task), task["file"])
    except NotASheet as refusal:
        return {
            question.name: [note_text(refusal.note)] for question in handed_of(task).head.questions
        }
    share: Any = json.loads(task["share"])
    handed = handed_of(task)
    if mode == "format":
        return _form(handed, share, sheet.questions)
    questions = mark_questions(task, handed, share, sheet.questions)
    claim = sheet.header.get("team" if handed.head.team else "student", "")
    others = bool(claim) and claim.casefold() != share["owner"].casefold()
    return {question.asked.name: _said(question, mode, others) for question in questions}


def _said(here: MarkedHere, mode: str, others: bool) -> list[str]:
    """The lines of a question; `others`: the file says that it is another's sheet."""
    if here.marked is None:
        return [*here.lost, here.fault]
    marked = here.marked if mode == "full" else bare(here.marked)
    return [*here.lost, *lines(_unprinted(marked) if others else marked, graded=True)]


def _unprinted(marked: Marked) -> Marked:
    """Marks without a note for each printed cell that is not as it was, and how many more there are: in
    another's sheet they all differ."""

    def without(part: Part) -> Part:
        kept = tuple(note for note in part.notes if note.key != "given-changed")
        if len(kept) < len(part.notes):
            kept = tuple(note for note in kept if note.key != "more")
        return replace(part, notes=kept)

    return replace(marked, parts=tuple(map(without, marked.parts)))


def _form(
    handed: Handed, share: Mapping[str, Any], questions: Sequence[Question]
) -> dict[str, list[str]]:
    """Whether each question is filled in and readable; no key is looked at."""
    given = {question.name: question for question in questions}
    found = {}
    for asked in handed.head.questions:
        exercise = handed.exercises[asked.name]
        if isinstance(exercise, str):
            found[asked.name] = [printable(exercise)]
            continue
        question = given.get(asked.name, Question(asked.name, Reference(asked.exercise)))
        try:
            variant = thaw(exercise, share["questions"][asked.name])
            found[asked.name] = filled_lines(answers_in(question, exercise, variant))
        except MemoryError:
            raise
        except (Exception, SystemExit) as error:  # a stranger's code: it costs this question only
            found[asked.name] = [printable(f"{asked.name}: {blamed(error)}")]
    return found
