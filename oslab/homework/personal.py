"""The personal sheet: made on the student's machine from the class file, or by the instructor for all."""

from __future__ import annotations

from collections.abc import Sequence

from oslab.exercise.variant import Variant
from oslab.homework.classfile import ClassFile


def personal_variants(content: ClassFile, owner: str) -> Sequence[tuple[str, Variant]]:
    """Question name and variant, in order; `owner` is the student, or the team.

    The code is `oslab.randomness.course_code(key, owner, exercise)`. Raises InputError when a problem type
    is missing here (naming the requirement that has it) or of another version than in the class file.
    """
    raise NotImplementedError


def sheet_text(
    content: ClassFile,
    variants: Sequence[tuple[str, Variant]],
    student: str,
    team: str = "",
    codes: bool = True,
) -> str:
    """The sheet in the language in force. ``[sheet]`` gets assignment, student and, where there is one,
    team. `codes` False (exams): references without variant codes."""
    raise NotImplementedError
