"""The personal sheet: made on the student's machine from the class file, or by the instructor for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from oslab.exercise.practice import question
from oslab.exercise.variant import Variant, draw
from oslab.exercise.writing import write_sheet
from oslab.homework.classfile import ClassFile
from oslab.homework.due import due_text
from oslab.homework.needs import exercises
from oslab.randomness import course_code
from oslab.text import language
from oslab.wordfiles import words_of


def code_of(content: ClassFile, owner: str, exercise: str) -> str:
    """The variant of an exercise that an owner, a student or a team, has in this assignment."""
    return course_code(bytes.fromhex(content.key), owner, exercise)


def personal_variants(content: ClassFile, owner: str) -> Sequence[tuple[str, Variant]]:
    """Question name and variant, in order; `owner` is the student, or the team.

    The code is `oslab.randomness.course_code(key, owner, exercise)`. Raises InputError when a problem type
    is missing here (naming the requirement that has it) or of another version than in the class file.
    """
    return [
        (asked.name, draw(exercise, code_of(content, owner, exercise.id)))
        for asked, exercise in zip(content.questions, exercises(content), strict=True)
    ]


def sheet_text(
    content: ClassFile,
    variants: Sequence[tuple[str, Variant]],
    student: str,
    team: str = "",
    codes: bool = True,
) -> str:
    """The sheet in the language in force. ``[sheet]`` gets assignment, student and, where there is one,
    team. `codes` False (exams): references without variant codes."""
    words = words_of("oslab")
    questions = [question(variant, name) for name, variant in variants]
    if not codes:
        questions = [replace(q, reference=replace(q.reference, code="")) for q in questions]
    header = {"assignment": content.assignment, "student": student}
    if team:
        header["team"] = team
    intro = [f"{content.heading}   {due_text(content)}", words["homework", "for"](student=student)]
    if team:
        intro[1] = words["homework", "for-team"](student=student, team=team)
    return write_sheet(questions, header, language(), [*intro, ""])
