"""Grading a folder of practice sheets: every file is one row, and none can cost another.

A pure function of the files' bytes and the installed plugins: the same input gives the same rows, in
the order of their paths, with no time of day in them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from oslab.errors import InputError
from oslab.exercise.feedback import fault_text, note_text, unreadable_places
from oslab.exercise.marking import MarkedSheet, mark
from oslab.exercise.reading import read_sheet_file
from oslab.quantities import printable

# A folder larger than this is not a folder of sheets but a disk.
MOST_FILES = 100_000


@dataclass(frozen=True)
class Graded:
    """One file: its marks, or why there are none. `problems` are rows of the problem list."""

    name: str
    marked: MarkedSheet | None
    problems: tuple[str, ...] = ()


def collect(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    """The files to grade, with the names they go by, in order; hidden files are left out.

    Raises InputError for a path that is not there.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise InputError(f"there is no file or folder {path}")
        for file in _files(path):
            found[file.as_posix()] = file
            if len(found) > MOST_FILES:
                raise InputError(
                    f"{path} holds more than {MOST_FILES} files; name the folder of sheets"
                )
    return [(printable(name).replace("\n", "\\n"), found[name]) for name in sorted(found)]


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    # Links are not followed: a submission must not reach files outside its folder.
    for folder, _, names in os.walk(path):
        for name in names:
            if not name.startswith("."):
                yield Path(folder, name)


def grade(name: str, file: Path) -> Graded:
    """Grade one file; whatever is in it, the result is a row."""
    try:
        marked = mark(read_sheet_file(file))
    except InputError as error:
        return Graded(name, None, (str(error),))
    except Exception as error:  # one file must never end the batch
        return Graded(name, None, (f"oslab stopped on this file: {type(error).__name__}: {error}",))
    problems = []
    for q in marked.questions:
        if q.note:
            problems.append(f"{q.name}: {note_text(q.note)}")
        elif q.fault:
            problems.append(f"{q.name}: {fault_text(q.fault)}")
        elif q.marked and not q.marked.readable:
            problems += [f"{q.name} {place}" for place in unreadable_places(q.marked)]
    if not marked.questions:
        problems.append("no question in this sheet")
    return Graded(name, marked, tuple(problems))
