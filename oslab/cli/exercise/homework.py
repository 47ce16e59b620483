"""What a check of a homework sheet prints, its hints, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

from oslab.cli.exercise.app import put, put_json, put_wrapped, say, word
from oslab.errors import InputError
from oslab.exercise.catalogue import sources
from oslab.exercise.feedback import CHECK_SCHEMA, document, lines, note_text, rounded
from oslab.exercise.marking import MarkedSheet
from oslab.exercise.sheet import Reference, Sheet
from oslab.homework.beside import class_file_beside, class_file_of
from oslab.homework.checked import Checked, CheckedQuestion, Place, places
from oslab.homework.checking import check_homework, is_exam
from oslab.homework.classfile import ClassFile
from oslab.homework.due import due_text, left_text
from oslab.homework.filled import filled_lines
from oslab.quantities import printable
from oslab.text import language


def say_head(content: ClassFile) -> None:
    """What the homework is and when it is due."""
    due, left = due_text(content), left_text(content.due)
    put_wrapped(word("homework", "head", heading=content.heading, due=due, left=left))


def check_and_put(file: Path, data: bytes, sheet: Sheet, as_json: bool) -> bool:
    """Check a homework sheet that was read from `data`, and print; True when all is right, in an exam
    when all is filled in.

    Raises InputError when its class file is not beside it, or it does not say whose it is.
    """
    found = check_homework(data, sheet, class_of(file, sheet), file.name)
    if as_json:
        put_json(checked_document(found))
    else:
        put_checked(file, found)
    return found.right


def class_of(file: Path, sheet: Sheet) -> ClassFile | None:
    """The class file of a homework sheet; an exam may be without. Raises InputError."""
    assignment = sheet.header["assignment"]
    return (class_file_of if is_exam(sheet) else class_file_beside)(file, assignment)


def put_checked(file: Path, found: Checked) -> None:
    """Print what a check found, as far as the assignment lets it be said."""
    _put_whose(file, found)
    for note in found.sheet.notes:
        put(note_text(note))
        for line in note.caret() or ():
            put(f"    {line}")
    for question in found.questions:
        _put_question(found, question)
    if found.feedback == "full":
        marks = _marks(found)
        if len(found.questions) > 1:
            earned, points = rounded(marks.earned), rounded(marks.points)
            say("feedback", "total", earned=earned, points=points)
    else:
        say("homework", "not-shown" if found.feedback == "format" else "marks-only")
    _put_ready(found)


def _put_whose(file: Path, found: Checked) -> None:
    header = found.sheet.header
    if found.content:
        say_head(found.content)
    else:
        put(found.assignment)
    team = header.get("team", "")
    key = "whose-team" if team else "whose"
    put(word("homework", key, file=file, student=header.get("student", "?"), team=team))


def _put_question(found: Checked, question: CheckedQuestion) -> None:
    code = question.marks.reference.code
    variant = f"   {word('feedback', 'variant', code=code)}" if code else ""
    title = question.title or question.marks.reference.exercise
    put(f"{question.name}   {title}{variant}")
    if question.trouble:
        put_wrapped(f"  {question.trouble}")
        return
    marked = question.marks.marked
    if marked is None:
        for line in filled_lines(question.answers):
            put(line)
        return
    for line in lines(marked, graded=True):
        put(line)
    if found.feedback != "full":
        return
    score = word("feedback", "score", earned=rounded(marked.earned), points=rounded(marked.points))
    if marked.waiting:
        score += word("feedback", "waits", waits=rounded(marked.waiting))
    hint = ""
    if question.hints and not marked.right:
        values = {"question": question.name, "count": question.hints}
        hint = "          " + word("homework", "hints-free", **values)
    put(f"  {score}{hint}")


def _put_ready(found: Checked) -> None:
    answered = sum(question.complete for question in found.questions)
    values = {"answered": answered, "all": len(found.questions)}
    line = word("homework", "ready" if found.ready else "not-ready", **values)
    waits = [question.name for question in found.questions if question.waits]
    if waits:
        key = "read-by-person" if len(waits) == 1 else "read-by-persons"
        line += word("homework", key, questions=" ".join(waits))
    gap = "" if language() == "zh" else " "
    put_wrapped(f"{line}{gap}{word('homework', 'receipt', code=found.receipt)}")
    for state in ("blank", "unreadable"):
        _put_open(state, [_named(place) for place in places(found.questions, state)])
    _put_open("unchecked", _unchecked(found))


def _put_open(state: str, named: list[str]) -> None:
    if named:
        between = "、" if language() == "zh" else ", "
        put_wrapped("  " + word("homework", state, places=between.join(named)))


def _named(place: Place) -> str:
    name = f"{place.question} {place.answer}"
    if not place.rows:
        return name
    return word(
        "homework", "one-row" if place.rows == 1 else "some-rows", name=name, count=place.rows
    )


def _unchecked(found: Checked) -> list[str]:
    return [question.name for question in found.questions if question.trouble]


def _marks(found: Checked) -> MarkedSheet:
    return MarkedSheet(found.sheet, tuple(question.marks for question in found.questions))


def checked_document(found: Checked) -> dict[str, Any]:
    """A checked sheet as JSON can write it; like what is printed it says no more than it may."""
    marks = document(_marks(found))
    questions = [_document(found, *pair) for pair in zip(found.questions, marks["questions"], strict=True)]  # fmt: skip
    whole = found.feedback == "full"
    return {
        "schema": CHECK_SCHEMA,
        **{name: printable(value) for name, value in found.sheet.header.items()},
        "feedback": found.feedback,
        "questions": questions,
        **({"earned": marks["earned"], "points": marks["points"]} if whole else {}),
        "ready": found.ready,
        "blank": [place._asdict() for place in places(found.questions, "blank")],
        "unreadable": [place._asdict() for place in places(found.questions, "unreadable")],
        "unchecked": _unchecked(found),
        "read_by_a_person": [question.name for question in found.questions if question.waits],
        "receipt": found.receipt,
        "notes": marks["notes"],
    }


def _document(found: Checked, question: CheckedQuestion, marks: dict[str, Any]) -> dict[str, Any]:
    head = {key: marks[key] for key in ("name", "exercise", "variant", "problem")}
    if question.trouble:
        return {**head, "fault": question.trouble}
    if found.feedback == "full":
        return marks
    if found.feedback == "marks":
        kept = ("name", "outcome", "given", "unreadable", "notes")
        answers = [{k: a[k] for k in kept if k in a} for a in marks["answers"]]
        return {**head, "answers": answers}
    return {
        **head,
        "answers": [
            {
                "name": answer.name,
                "state": answer.state,
                **({"rows": answer.rows, "filled": answer.filled} if answer.rows else {}),
                **({"unreadable": list(answer.texts)} if answer.texts else {}),
            }
            for answer in question.answers
        ],
    }


def put_hints(file: Path, sheet: Sheet, name: str) -> None:
    """All hints of one question; in homework they cost nothing, so nothing is asked.

    Raises InputError in an exam, which has none.
    """
    content = _helped(file, sheet)
    hints = [hint for q in content.questions if q.name == name for hint in q.entry.hint]
    if not hints:
        say("practice", "no-hints")
    for number, hint in enumerate(hints, start=1):
        say("practice", "hint-shown", number=number, text=hint.text())


def refuse_worked_run(file: Path, sheet: Sheet, reference: Reference) -> NoReturn:
    """Homework has no worked run before it is graded. Raises InputError."""
    _helped(file, sheet)
    if reference.exercise in sources():
        raise InputError(word("homework", "no-explain", exercise=reference.exercise))
    raise InputError(word("homework", "no-explain-own"))


def _helped(file: Path, sheet: Sheet) -> ClassFile:
    """The class file of homework that is no exam. Raises InputError for an exam."""
    content = class_of(file, sheet)
    if content is None or content.feedback == "format":
        raise InputError(word("homework", "no-help-in-exam"))
    return content
