"""The class file of a sheet: found in the same folder by its assignment, whatever its name."""

from __future__ import annotations

import os
from pathlib import Path

from oslab.errors import InputError
from oslab.exercise.decoding import LIMIT, decode
from oslab.exercise.reading import read_bytes
from oslab.exercise.sheet import NotASheet
from oslab.homework.classfile import SUFFIX, ClassFile, looks_like_class_file, read_class_file
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


def is_class_file(file: Path) -> bool:
    """Whether a file is a class file, readable or not: by its keys, or else by its name."""
    try:
        data = read_bytes(file)
    except InputError:
        return file.name.endswith((SUFFIX, f"{SUFFIX}.txt"))
    return _of_a_class(file.name, data)


def _of_a_class(name: str, data: bytes) -> bool:
    if name.endswith((SUFFIX, f"{SUFFIX}.txt")):
        return b"\n[sheet]" not in data
    try:
        return looks_like_class_file(decode(data)[0])
    except NotASheet:
        return False


def _candidates(folder: Path) -> list[Path]:
    """Files that may be class files: those of the usual name first, of each the newest first."""
    found = []
    try:
        for entry in os.scandir(folder):
            if entry.name.endswith((".toml", ".toml.txt")) and entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                if status.st_size <= LIMIT:
                    usual = SUFFIX in entry.name
                    found.append((not usual, -status.st_mtime_ns, entry.name))
    except OSError as error:
        raise InputError(f"cannot list the folder {folder}: {error.strerror}") from None
    files = [folder / name for _, _, name in sorted(found)[:_MOST_FILES]]
    return [file for file in files if is_class_file(file)]
