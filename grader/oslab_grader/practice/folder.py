"""Grading a folder of practice sheets: every file is one row, and none can cost another.

A pure function of the files' bytes and the installed plugins: the same input gives the same rows, in
the order of their paths, with no time of day in them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from oslab.errors import InputError, one_line
from oslab.exercise.feedback import document, fault_text, note_text, unreadable_places
from oslab.exercise.marking import MarkedQuestion, mark
from oslab.exercise.reading import read_sheet_file

# A folder larger than this is not a folder of sheets but a disk.
MOST_FILES = 100_000


@dataclass(frozen=True)
class GradedQuestion:
    """What a report says of one question; without marks where there is a fault.

    answers   name and outcome of each answer
    share     what is earned of the points that do not wait for a person; None where something could
              not be read, or nothing could be marked
    """

    name: str
    exercise: str
    variant: str
    earned: Fraction | None = None
    points: Fraction | None = None
    share: Fraction | None = None
    answers: tuple[tuple[str, str], ...] = ()
    mistakes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graded:
    """One file: its questions, or why there are none.

    problems   why the file as a whole has no marks
    document   what JSON says of it. The marks themselves, which hold whole runs, are not kept: ten
               thousand of them would fill the memory
    """

    name: str
    student: str = ""
    questions: tuple[GradedQuestion, ...] = ()
    problems: tuple[str, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)

    def all_problems(self) -> tuple[str, ...]:
        """The file's rows of the problem list."""
        of_questions = (f"{q.name}: {text}" for q in self.questions for text in q.problems)
        return (*self.problems, *of_questions)


def collect(paths: Sequence[Path]) -> list[Path]:
    """The files to grade, in the order of their names; hidden ones are left out.

    Raises InputError for a path that is not there.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise InputError(f"there is no file or folder {path}")
        for file in _files(path):
            found[file.as_posix()] = file
            if len(found) > MOST_FILES:
                raise InputError(
                    f"{path} holds more than {MOST_FILES} files; name the folder of sheets"
                )
    return [found[name] for name in sorted(found)]


def _files(path: Path) -> Iterator[Path]:
    """The files below a path. What cannot be looked into, and links to folders, are given as they
    are: they become rows of the problem list, so that nobody is left out silently."""
    if not path.is_dir():
        yield path
        return
    unread: list[Path] = []
    for folder, folders, names in os.walk(path, onerror=lambda e: unread.append(Path(e.filename))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        # Links are not followed: a submission must not reach files outside its folder.
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in [*names, *links]:
            if not name.startswith("."):
                yield Path(folder, name)
    yield from unread


def grade(file: Path) -> Graded:
    """Grade one file; whatever is in it, the result is a row."""
    name = one_line(file.as_posix())
    try:
        marked = mark(read_sheet_file(file))
        student = marked.sheet.header.get("student", "")
        questions = tuple(_question(q) for q in marked.questions)
        return Graded(name, student, questions, document=document(marked))
    except InputError as error:
        return Graded(name, problems=(one_line(str(error)),))
    except Exception as error:  # one file must never end the batch
        text = one_line(f"oslab stopped on this file: {type(error).__name__}: {error}")
        return Graded(name, problems=(text,))


def _question(q: MarkedQuestion) -> GradedQuestion:
    head = (q.name, q.reference.exercise, q.reference.code)
    if q.marked is None:
        text = note_text(q.note) if q.note else fault_text(q.fault) if q.fault else ""
        return GradedQuestion(*head, problems=(one_line(text),))
    return GradedQuestion(
        *head,
        earned=q.marked.earned,
        points=q.marked.points,
        share=q.marked.share if q.marked.readable else None,
        answers=tuple((part.name, part.outcome.value) for part in q.marked.parts),
        mistakes=q.marked.recognised.names if q.marked.recognised else (),
        problems=tuple(one_line(place) for place in unreadable_places(q.marked)),
    )
