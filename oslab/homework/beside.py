"""The class file of a sheet: found in the same folder by its assignment, whatever its name."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from oslab.errors import InputError
from oslab.exercise.decoding import LIMIT
from oslab.exercise.reading import read_bytes, read_sheet
from oslab.exercise.sheet import Sheet
from oslab.homework.classfile import ClassFile, read_class_file
from oslab.homework.kind import SUFFIX, is_class_file
from oslab.wordfiles import words_of

# A course has some ten assignments; a folder of downloads may hold anything.
_MOST_FILES = 200


def class_name(assignment: str) -> str:
    """What the class file of an assignment is called: ``hw1.oslab.toml``."""
    return assignment.rpartition("/")[2] + SUFFIX


def class_file_of(sheet: Path, assignment: str) -> ClassFile | None:
    """The class file of this assignment beside the sheet, the newest where there are several.

    Raises InputError for one of the right name that cannot be read, where there is no other.
    """
    found = _beside(sheet, assignment)
    return found if isinstance(found, ClassFile) else None


def class_file_beside(sheet: Path, assignment: str) -> ClassFile:
    """The same; raises InputError where there is none, saying where to get it."""
    found = _beside(sheet, assignment)
    if isinstance(found, ClassFile):
        return found
    words = words_of("oslab")["homework", "put-beside-own" if found else "put-beside"]
    raise InputError(words(file=class_name(assignment), other=found, assignment=assignment))


def _beside(sheet: Path, assignment: str) -> ClassFile | str:
    """The class file of this assignment; else which other one has its name, an earlier year's."""
    refused: InputError | None = None
    other = ""
    for file in _candidates(sheet.parent):
        usual = file.name.startswith(class_name(assignment))
        try:
            found = read_class_file(file)
        except InputError as error:
            refused = error if usual else refused
            continue
        if found.assignment == assignment:
            return found
        other = found.assignment if usual else other
    if refused:
        raise refused
    return other


def instead_of_a_sheet(folder: Path, file: Path | None = None) -> str:
    """What to do where there is no sheet but a class file: a line for each, naming the file that may have
    been its sheet. `file` is the one that was meant. Empty where there is no class file."""
    words, lines = words_of("oslab"), []
    for known in _candidates(folder):
        name = known.name.partition(SUFFIX)[0]
        if file and not file.name.startswith(name):
            continue
        lost = file or next((f for f in _toml_files(folder) if _called(f, name)), None)
        key = "no-sheet-now" if lost else "no-sheet-yet"
        values = {"file": lost.name if lost else "", "class_file": as_typed(known)}
        lines.append(words["homework", key](values))
    return "\n".join(lines)


def _called(file: Path, name: str) -> bool:
    """Whether a file has the name of a sheet of this assignment: ``hw1.toml``, ``hw1-2.toml``."""
    return bool(re.fullmatch(rf"{re.escape(name)}(-[0-9]+)?\.toml(\.txt)?", file.name))


def as_typed(file: Path) -> str:
    """A file as a shell takes it."""
    return f'"{file}"' if " " in str(file) else str(file)


def same_sheet(folder: Path, made: str) -> Path | None:
    """The sheet in a folder that was made as the text `made` is, for the same student, however far it is
    answered; None where there is none, or where a question of it was lost or changed."""
    if not folder.is_dir():
        return None
    wanted = read_sheet(made.encode())
    for file in _toml_files(folder)[:_MOST_FILES]:
        with suppress(InputError):
            found = read_sheet(read_bytes(file), file.name)
            if found.header == wanted.header and _same_questions(found, wanted):
                return file
    return None


def _same_questions(found: Sheet, wanted: Sheet) -> bool:
    """Whether all are there; an exam's may name no variants."""
    there = {q.name: q.reference for q in found.questions if not q.unreadable}
    asked = {q.name: q.reference for q in wanted.questions}
    return there.keys() == asked.keys() and all(
        there[name] in (reference, replace(reference, code="")) for name, reference in asked.items()
    )


def _candidates(folder: Path) -> list[Path]:
    """Files that may be class files: those of the usual name first, of each the newest first."""
    files = sorted(_toml_files(folder), key=lambda file: SUFFIX not in file.name)
    return [file for file in files[:_MOST_FILES] if is_class_file(file)]


def _toml_files(folder: Path) -> list[Path]:
    """Files that may be class files or sheets, the newest first. Raises InputError."""
    found = []
    try:
        for entry in os.scandir(folder):
            if entry.name.endswith((".toml", ".toml.txt")) and entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                if status.st_size <= LIMIT:
                    found.append((-status.st_mtime_ns, entry.name))
    except OSError as error:
        raise InputError(f"cannot list the folder {folder}: {error.strerror}") from None
    return [folder / name for _, name in sorted(found)]
