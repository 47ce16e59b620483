"""Which of the files of an upload is the sheet: students upload folders, copies, whole repositories."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from oslab.errors import InputError
from oslab.exercise.reading import read_bytes, read_sheet
from oslab.exercise.sheet import Sheet
from oslab.homework.kind import is_class_file
from oslab.plugins import words_for
from oslab.wordfiles import words_of

MOST_FILES = 1000


@dataclass(frozen=True)
class Upload:
    """The sheet of an upload."""

    file: Path
    data: bytes
    sheet: Sheet

    @property
    def assignment(self) -> str:
        """Which it says it is of; "" where it does not say."""
        return self.sheet.header.get("assignment", "")


def upload_in(folder: Path, assignment: str) -> Upload | str:
    """The one sheet of an assignment (``COURSE/NAME``) below a folder, or why there is none, in a sentence
    for the student."""
    words = words_for("grader")
    found: list[Upload] = []
    others: list[tuple[Path, str]] = []
    for file in _files(folder):
        try:
            data = read_bytes(file)
            found.append(Upload(file, data, read_sheet(data, file.name)))
        except InputError as error:
            others.append((file, str(error)))
    if not found:
        return _no_sheet(others)
    of_this = [u for u in found if u.assignment == assignment]
    ours = of_this or [u for u in found if not u.assignment]
    if not ours:
        return words["autograder", "other-assignment"](given=found[0].assignment)
    if len({u.data for u in ours}) > 1:
        names = ", ".join(sorted(u.file.relative_to(folder).as_posix() for u in ours))
        return words["autograder", "several"](files=names)
    return ours[0]


def _no_sheet(others: list[tuple[Path, str]]) -> str:
    """Why nothing among these files is a sheet: of one that was meant as one, what is wrong with it."""
    words = words_for("grader")
    meant = [other for other in others if ".toml" in other[0].name] or others
    if len(meant) != 1:
        return words["autograder", "no-sheet"]()
    ((file, reason),) = meant
    if is_class_file(file):
        return words_of("oslab")["homework", "class-file-given"](file=file.name)
    return words["autograder", "unreadable"](reason=reason)


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder, the uppermost first; links and hidden folders are passed over."""
    waiting, seen = deque([folder]), 0
    while waiting:
        try:
            entries = sorted(os.scandir(waiting.popleft()), key=lambda entry: entry.name)
        except OSError:  # not to be read, or its path is too long
            continue
        for entry in entries:
            seen += 1
            if seen > MOST_FILES:
                return
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith((".", "__MACOSX")):
                    waiting.append(Path(entry.path))
            elif entry.is_file(follow_symlinks=False) and not entry.name.startswith("._"):
                yield Path(entry.path)
