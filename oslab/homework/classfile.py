"""Class files: ``hw1.oslab.toml``, one for all students of an assignment.

From it and a student number the student's oslab makes the personal sheet. It holds the assignment's key
(variants hinder copying, they are not secrets), a pattern of student numbers, the resolved exercises; no
roster data, no rubric, no answer. It is a stranger's file all the same: bounded, and escaped when shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Literal

from oslab.exercise.catalogue import Entry

FORMAT = 1
SUFFIX = ".oslab.toml"


@dataclass(frozen=True)
class ClassQuestion:
    """One question; `entry` is the exercise as handed out, points scaled, without rubrics."""

    name: str
    exercise: str
    problem: str
    version: int
    entry: Entry

    @property
    def points(self) -> Fraction:
        return self.entry.points


@dataclass(frozen=True)
class ClassFile:
    """A class file. `assignment` is ``COURSE/NAME``; `due` is aware, `timezone` its name as shown; `key`
    are hex digits; `student_id` is a pattern of the bounded kind that `matches` knows.

    plugins   requirements of the plugins the exercises need; printed, never installed
    """

    assignment: str
    title: str
    course: str
    due: datetime
    timezone: str
    student_id: str
    key: str
    questions: tuple[ClassQuestion, ...]
    feedback: Literal["full", "marks", "format"] = "full"
    team: bool = False
    plugins: tuple[str, ...] = ()
    format: int = FORMAT


def read_class_file(file: Path) -> ClassFile:
    """Read a class file. Raises InputError naming file, key and what would be right."""
    raise NotImplementedError


def class_file_text(content: ClassFile) -> str:
    """The text of a class file, with a comment that says what to do with it in both languages."""
    raise NotImplementedError


def matches(pattern: str, text: str) -> bool:
    """Whether a student number fits the pattern whole. A pattern is characters, ``[0-9a-z]`` classes and
    ``\\d``, each once or followed by ``?``, ``{n}`` or ``{m,n}``: nothing that takes long on any text.

    Raises InputError for any other pattern.
    """
    raise NotImplementedError


def example(pattern: str) -> str:
    """A number that fits, for "A number here looks like s1234"."""
    raise NotImplementedError
