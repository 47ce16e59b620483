"""Reading a sheet from bytes, whatever the bytes.

A file that is TOML is read as TOML. One that is not is read answer by answer, so that one slip leaves
all the rest readable; what was meant beyond doubt is read and noted, the rest is Damaged. Time and
memory are bounded for any input.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oslab.errors import InputError
from oslab.exercise.answers import is_blank
from oslab.exercise.bounds import fault_of, parsed
from oslab.exercise.decoding import LIMIT, decode
from oslab.exercise.layout import Entry, Layout, lay_out
from oslab.exercise.notes import Note
from oslab.exercise.sheet import Damaged, NotASheet, Sheet
from oslab.exercise.slips import has_dates, read_value
from oslab.quantities import printable, shown

MOST_NOTES = 24
MOST_QUESTIONS = 100

_QUESTION = re.compile(r"q[0-9]{1,3}")
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}"
_REFERENCE = re.compile(
    rf"(?P<exercise>{_NAME}(?:/{_NAME})+)(?:\s+(?P<code>[0-9A-Za-z]{{4}}-?[0-9A-Za-z]{{4}}))?"
    rf"\s+(?P<problem>{_NAME})\s*/\s*(?P<version>[0-9]{{1,6}})"
)
# The most combining marks in a row that Unicode's stream-safe text has; normalising takes quadratic
# time in their number.
_MOST_MARKS = 30

Parts = dict[str, dict[str, object]]


def read_sheet_file(path: Path) -> Sheet:
    """Read a sheet from a regular file. Raises NotASheet, and InputError when it cannot be opened."""
    return read_sheet(read_bytes(path), path.name)


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file, one more than the largest sheet at most; links are not followed.

    Raises NotASheet for a folder, device, pipe or link, InputError when it cannot be opened.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    # A pipe nobody writes to would block the opening.
    flags |= getattr(os, "O_NONBLOCK", 0)
    name = shown(path.name, 80)[1:-1]
    try:
        if path.is_symlink() or path.is_dir():
            raise NotASheet(Note("sheet", "not-a-file", {"name": name}))
        descriptor = os.open(path, flags)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(str(Note("sheet", "cannot-open", {"name": name, "reason": reason}))) from None
    except ValueError:  # a NUL in the name
        raise InputError(str(Note("sheet", "cannot-open", {"name": name, "reason": "NUL"}))) from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NotASheet(Note("sheet", "not-a-file", {"name": name}))
        return file.read(LIMIT + 1)


def looks_like_sheet(data: bytes) -> bool:
    """Whether the bytes are a sheet, readable or not: known by ``[sheet]``, not by the file's name."""
    try:
        layout = lay_out(decode(data)[0])
    except NotASheet:
        return False
    return "sheet" in layout.parts or any(map(_is_reference, layout.entries))


def read_sheet(data: bytes, name: str = "") -> Sheet:
    """Read a sheet. `name` is the file's, for messages. Raises NotASheet."""
    text, notes = decode(data, name)
    layout = lay_out(text)
    if "sheet" not in layout.parts and not any(map(_is_reference, layout.entries)):
        raise NotASheet(Note("sheet", "no-sheet", {"name": _title(name)}))
    said = list(notes)
    table = parsed(text)
    parts = None if table is None or has_dates(table) else _clean(table)
    if parts is None:
        parts = _salvaged(layout, said)
    lines = {(e.part, e.name): e.line for e in reversed(layout.entries)}
    sheet = _Builder(parts, layout, said, lines).sheet(name)
    return sheet


def _title(name: str) -> object:
    return shown(name, 80)[1:-1] if name else Note("sheet", "this-file").text()


def _is_reference(entry: Entry) -> bool:
    return bool(_QUESTION.fullmatch(entry.name.lower()) and _REFERENCE.search(entry.raw[:400]))


def _clean(table: Mapping[str, Any]) -> Parts:
    """The parts of a parsed sheet; what stands before the first is part ""."""
    parts: Parts = {}
    for name, value in table.items():
        if isinstance(value, dict):
            lower = name.lower()
            part = parts.setdefault(lower if _QUESTION.fullmatch(lower) else name, {})
            part.update((key, _calm(_checked(key, v))) for key, v in value.items())
        else:
            parts.setdefault("", {})[name] = _calm(_checked(name, value))
    return parts


def _checked(name: str, value: object) -> object:
    fault = fault_of(value)
    return Damaged(Note("unreadable", fault, {"bits": 128, "given": shown(name)})) if fault else value


def _calm(value: Any) -> Any:
    """The value, its texts without runs of combining marks that take long to normalise."""
    if isinstance(value, list):
        return [_calm(v) for v in value]
    if isinstance(value, dict):
        return {_calm(k): _calm(v) for k, v in value.items()}
    if not isinstance(value, str) or value.isascii() or len(value) <= _MOST_MARKS:
        return value
    kept, run = [], 0
    for c in value:
        run = run + 1 if unicodedata.combining(c) else 0
        if run <= _MOST_MARKS:
            kept.append(c)
    return "".join(kept)


def _salvaged(layout: Layout, said: list[Note]) -> Parts:
    """The parts read entry by entry."""
    said.extend(layout.notes)
    parts: Parts = {name: {} for name in layout.parts}
    firsts: dict[tuple[str, str], int] = {}
    for entry in layout.entries:
        part, name = entry.part, entry.name
        above, dot, below = name.partition(".")
        if dot and not part and _QUESTION.fullmatch(above.lower()):
            part, name = above.lower(), below
        value, notes = read_value(entry)
        value = _calm(value)
        said.extend(notes)
        held = parts.setdefault(part, {})
        if name in held:
            value = _once(name, held[name], value, firsts[part, name], entry, said)
        else:
            firsts[part, name] = entry.line
        held[name] = value
    return parts


def _once(name: str, old: object, new: object, first: int, entry: Entry, said: list[Note]) -> object:
    """The value of a name that stands twice: what is filled in, if that is one thing only."""
    values = {"name": shown(name)[1:-1], "first": first, "second": entry.line}
    note = Note("slips", "twice", values, entry.line, 1, entry.source)
    if isinstance(old, Damaged) or isinstance(new, Damaged):
        return Damaged(note)
    filled = [v for v in (old, new) if not is_blank(v)]
    if len(filled) == 2 and (type(old) is not type(new) or old != new):
        return Damaged(note)
    said.append(Note("slips", "twice-same", values, entry.line, 1, entry.source))
    return filled[0] if filled else old


class _Builder:
    """Makes the sheet from its parts."""

    def __init__(
        self, parts: Parts, layout: Layout, notes: list[Note], lines: Mapping[tuple[str, str], int]
    ) -> None:
        self.parts = parts
        self.layout = layout
        self.notes = notes
        self.lines = lines
        self.head = dict(parts.get("sheet", {}))
        self.loose = [("", n, v) for n, v in parts.get("", {}).items()]
        if "sheet" not in parts:
            self.notes.append(Note("slips", "sheet-line", line=1))
            self.head, self.loose = dict(parts.get("", {})), []
        self.origin = "sheet" if "sheet" in parts else ""

    def sheet(self, name: str) -> Sheet:
        version = self._format(name)
        header: dict[str, str] = {}
        references: dict[str, object] = {}
        for key, value in self.head.items():
            if _QUESTION.fullmatch(key.lower()):
                references[key.lower()] = value
            elif key in ("assignment", "student") and isinstance(value, str | int):
                header[key] = printable(" ".join(str(value).split()))[:200]
            elif key not in ("format", "assignment", "student"):
                self.loose.append((self.origin, key, value))
        names = sorted(
            {*references, *(p for p in self.parts if _QUESTION.fullmatch(p))}, key=lambda q: (int(q[1:]), q)
        )[:MOST_QUESTIONS]
        if not names:
            raise NotASheet(Note("sheet", "no-questions", {"name": _title(name)}))
        owner = self._place_loose(names)
        for part in self.parts:
            if part not in ("", "sheet", *names):
                line = self.layout.parts.get(part, [0])[0]
                self.notes.append(Note("slips", "unknown-part", {"given": shown(part)}, line))
        questions = tuple(self._question(q, references.get(q), owner) for q in names)
        for q, lines in self.layout.parts.items():
            if q in names and len(lines) > 1:
                self.notes.append(
                    Note("slips", "part-twice", {"name": q, "first": lines[0], "second": lines[1]}, lines[1])
                )
        notes = self.notes
        if len(notes) > MOST_NOTES:
            more = Note("slips", "more", {"count": len(notes) - MOST_NOTES})
            notes = [*notes[:MOST_NOTES], more]
        return Sheet(version, questions, header, tuple(notes))
