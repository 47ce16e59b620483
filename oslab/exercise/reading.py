"""Reading a sheet from bytes, whatever the bytes.

A file that is TOML is read as TOML. One that is not is read answer by answer, so that one slip leaves
all the rest readable; what was meant beyond doubt is read and noted, the rest is Damaged. Time and
memory are bounded for any input.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from oslab.errors import InputError
from oslab.exercise.assembling import Assembly
from oslab.exercise.bounds import has_dates, parsed
from oslab.exercise.decoding import LIMIT, decode, title_of
from oslab.exercise.notes import Note
from oslab.exercise.parts import parts_of_toml
from oslab.exercise.places import places_of_toml
from oslab.exercise.sheet import NotASheet, Sheet


def read_sheet_file(path: Path) -> Sheet:
    """Read a sheet from a regular file. Raises NotASheet, and InputError when it cannot be opened."""
    return read_sheet(read_bytes(path), path.name)


def read_bytes(path: Path, most: int = LIMIT + 1) -> bytes:
    """The first bytes of a regular file, one more than of the largest sheet; links are not followed.

    Raises NotASheet for a folder, device, pipe or link, InputError when it cannot be opened.
    """
    name = title_of(path.name)
    not_a_file = NotASheet(Note("sheet", "not-a-file", {"name": name}))
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    # A pipe nobody writes to would block the opening.
    flags |= getattr(os, "O_NONBLOCK", 0)
    try:
        ordinary = not path.is_symlink() and not path.is_dir()
        descriptor = os.open(path, flags) if ordinary else -1
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        note = Note("sheet", "cannot-open", {"name": name, "reason": reason})
        raise InputError(str(note)) from None
    if not ordinary:
        raise not_a_file
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise not_a_file
        return file.read(most)


def looks_like_sheet(data: bytes) -> bool:
    """Whether the bytes are a sheet, readable or not: known by ``[sheet]``, not by the file's name."""
    try:
        text = decode(data)[0]
    except NotASheet:
        return False
    if "\n[sheet]" in text:
        return True
    from oslab.exercise.layout import lay_out
    from oslab.exercise.salvage import refers_to_questions

    return refers_to_questions(lay_out(text))


def read_sheet(data: bytes, name: str = "") -> Sheet:
    """Read a sheet. `name` is the file's, for messages. Raises NotASheet."""
    text, notes = decode(data, name)
    table = parsed(text)
    # An array at the top is none of a sheet's: [[q1]] for [q1], say.
    if (
        table is None
        or not isinstance(table.get("sheet"), dict)
        or has_dates(table)
        or any(isinstance(value, list) for value in table.values())
    ):
        from oslab.exercise.salvage import salvage

        found = salvage(text)
        if found is None:
            raise NotASheet(Note("sheet", "no-sheet", {"name": title_of(name)}))
        parts, places, slips = found
    else:
        parts, places, slips = parts_of_toml(table), places_of_toml(text), []
    return Assembly(parts, places, [*notes, *slips], title_of(name)).sheet()
