"""Checking homework before it is handed in: as much as the assignment says may be said.

"full": as in practice, but never a key. "marks": right or wrong of each answer. "format", as in exams:
only whether all is filled in and readable; no key is looked at. The grade is the instructor's; nothing
here is enforced, and nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from oslab.errors import InputError
from oslab.exercise import catalogue
from oslab.exercise.catalogue import Exercise, bind
from oslab.exercise.checking import Marked, check
from oslab.exercise.marking import Fault, MarkedQuestion, contained
from oslab.exercise.notes import Note
from oslab.exercise.sheet import Damaged, Question, Reference, Sheet
from oslab.exercise.variant import Variant, draw
from oslab.homework.beside import class_name
from oslab.homework.checked import Checked, CheckedQuestion, receipt_of
from oslab.homework.classfile import ClassFile, ClassQuestion
from oslab.homework.filled import Filled, Printed, filled_in
from oslab.homework.ids import is_id
from oslab.homework.needs import need_plugins
from oslab.homework.pattern import example, matches
from oslab.homework.personal import code_of
from oslab.text import Words
from oslab.wordfiles import words_of


def is_exam(sheet: Sheet) -> bool:
    """Whether a sheet names no variants."""
    return not any(q.reference.code for q in sheet.questions)


def check_homework(data: bytes, sheet: Sheet, content: ClassFile | None, file: str) -> Checked:
    """Check a sheet that was read from `data`; `file` is its name. Without a class file only its form is
    looked at.

    Raises InputError when the sheet does not say whose it is.
    """
    if content is None:
        found = [_by_form(question) for question in sheet.questions]
        return Checked(sheet, None, "format", tuple(found), receipt_of(data))
    owner = _owner(sheet, content, file)
    asked = {q.name: q for q in content.questions}
    found = [_against(q, asked.get(q.name), content, owner) for q in sheet.questions]
    there = {q.name for q in sheet.questions}
    for name, question in asked.items():
        if name not in there:
            absent = Question(name, Reference(question.exercise))
            fault = _fault("not-here", content, name)
            found.append(_unchecked(absent, fault, str(question.entry.title)))
    return Checked(sheet, content, content.feedback, tuple(found), receipt_of(data))


def _owner(sheet: Sheet, content: ClassFile, file: str) -> str:
    """Whose variants the sheet claims to have."""
    words = words_of("oslab")
    student, team = sheet.header.get("student", ""), sheet.header.get("team", "")
    values = {"file": file, "example": example(content.student_id)}
    if not matches(content.student_id, student):
        raise InputError(words["homework", "no-student"](values))
    if not content.team or (not team and _alone(sheet, content, student)):
        return student
    if not is_id(team):
        raise InputError(words["homework", "no-team"](values))
    return team


def _alone(sheet: Sheet, content: ClassFile, student: str) -> bool:
    """Whether a sheet of team work that names no team is of somebody who is in none."""
    references = [q.reference for q in sheet.questions if q.reference.exercise]
    return all(r.code in ("", code_of(content, student, r.exercise)) for r in references)


def _fault(reason: str, content: ClassFile, name: str, owner: str = "") -> Fault:
    file = class_name(content.assignment)
    values = {"name": name, "owner": owner, "assignment": content.name, "class_file": file}
    return Fault(f"homework-{reason}", dict[str, object](values))


def _unchecked(question: Question, why: Fault | Note, title: str = "") -> CheckedQuestion:
    """A question that cannot be checked, and why."""
    fault, note = (why, None) if isinstance(why, Fault) else (None, why)
    marks = MarkedQuestion(question.name, question.reference, fault=fault, note=note)
    return CheckedQuestion(question.name, title, (), marks)


def _against(
    question: Question, asked: ClassQuestion | None, content: ClassFile, owner: str
) -> CheckedQuestion:
    """A question of the sheet against the one in the class file."""
    name, reference = question.name, question.reference
    title = str(asked.entry.title) if asked else ""
    if question.unreadable:
        return _unchecked(question, question.unreadable, title)
    if asked is None:
        return _unchecked(question, _fault("not-asked", content, name))
    code = code_of(content, owner, asked.exercise)
    yours = Reference(asked.exercise, reference.code and code, asked.problem, asked.version)
    if reference != yours:
        return _unchecked(question, _fault("other-variant", content, name, owner), title)

    def checked() -> CheckedQuestion | Fault:
        need_plugins(replace(content, questions=(asked,)))
        exercise = bind(asked.exercise, asked.entry)
        fault = _version_fault(reference, exercise)
        if fault:
            return fault
        variant = draw(exercise, code)
        values = _values(question, exercise)
        answers = answers_in(question, exercise, variant)
        marks = MarkedQuestion(name, reference)
        if content.feedback != "format":
            marked = check(variant, values, question.lines)
            marked = marked if content.feedback == "full" else bare(marked)
            marks = replace(marks, marked=marked)
        return CheckedQuestion(name, title, answers, marks, len(exercise.entry.hint))

    found = contained(checked)
    return _unchecked(question, found, title) if isinstance(found, Fault) else found


def _by_form(question: Question) -> CheckedQuestion:
    """A question whose variant is not known here: whether it is filled in and readable."""
    name, reference = question.name, question.reference
    if question.unreadable:
        return _unchecked(question, question.unreadable)

    def checked() -> CheckedQuestion | Fault:
        try:
            exercise = catalogue.exercise(reference.exercise)
        except InputError:  # the course's own
            return Fault("homework-unknown", {})
        fault = _version_fault(reference, exercise)
        if fault:
            return fault
        answers = answers_in(question, exercise, None)
        title = str(exercise.entry.title)
        return CheckedQuestion(name, title, answers, MarkedQuestion(name, reference))

    found = contained(checked)
    return _unchecked(question, found) if isinstance(found, Fault) else found


def _version_fault(reference: Reference, exercise: Exercise) -> Fault | None:
    made, have = (reference.problem, reference.version), exercise.problem.version
    if made == (exercise.entry.problem, have):
        return None
    return Fault("version", {"made": f"{made[0]} {made[1]}", "have": f"{made[0]} {have}"})


def answers_in(
    question: Question, exercise: Exercise, variant: Variant | None
) -> tuple[Filled, ...]:
    """How far each answer of a question is filled in; without a variant, as far as that can be told."""

    def printed(name: str) -> Printed | None:
        return variant.rows(name) if variant else None

    values = _values(question, exercise)
    words: Words = exercise.words
    return tuple(
        filled_in(
            asked.name,
            exercise.kind(asked.name),
            values[asked.name],
            printed(asked.name),
            words,
            question.lines.get(asked.name, 0),
        )
        for asked in exercise.entry.answer
    )


def _values(question: Question, exercise: Exercise) -> Mapping[str, object]:
    """What the sheet holds. An answer without a line is not blank: it may have been answered under another
    name, so the grader gives no grade before a person has looked."""
    gone = (asked.name for asked in exercise.entry.answer if asked.name not in question.values)
    notes = {name: Note("homework", "not-in-file", {"key": name}) for name in gone}
    return {**question.values, **{name: Damaged(note) for name, note in notes.items()}}


def bare(marked: Marked) -> Marked:
    """Marks that say right or wrong of each answer, and nothing of rows and misunderstandings; what
    cannot be read is still said where it stands."""
    parts = tuple(
        replace(
            part,
            rows=tuple(
                replace(row, right=0, wrong_columns=(), follows=False)
                for row in part.rows
                if row.problems
            ),
        )
        for part in marked.parts
    )
    return replace(marked, parts=parts, recognised=None, said=(), home="")
