"""What must hold for any bytes that are read as a sheet; for the tests and the fuzzer."""

from __future__ import annotations

import math

from oslab.exercise.answers import (
    NO_WORDS,
    Choice,
    Int,
    OrNone,
    Set,
    ShortText,
    Size,
    Table,
    Time,
    Unreadable,
)
from oslab.exercise.grid import BLANK, read_table
from oslab.exercise.notes import Note
from oslab.exercise.reading import looks_like_sheet, read_sheet
from oslab.exercise.sheet import Damaged, NotASheet
from oslab.quantities import printable
from oslab.wordfiles import words_of

TABLE = Table("n", {"result": Choice("fault", "hit"), "victim": OrNone(Int())}, given=("page",))
ROWS = tuple(enumerate([7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1], start=1))
TYPES = (Int(), Time(), Size(), Set(Int()), Choice("fault", "hit"), ShortText())


def survive(data: bytes) -> None:
    """Read any bytes; whatever comes out must be safe to show and to mark."""
    try:
        sheet = read_sheet(data)
    except NotASheet as refused:
        check_note(refused.note)
        return
    assert looks_like_sheet(data)
    assert sheet.questions
    assert len(sheet.notes) <= 25
    for note in sheet.notes:
        check_note(note)
    for question in sheet.questions:
        if question.unreadable:
            check_note(question.unreadable)
        assert set(question.lines) <= set(question.values)
        for value in question.values.values():
            check_value(value)
            if not isinstance(value, Damaged):
                check_marking(value)


def check_note(note: Note) -> None:
    words = words_of("oslab")
    for language in ("en", "zh"):
        text = words[note.section, note.key]
        line = getattr(text, language)
        assert "$" not in type(text)(line, line)(note.values).replace("$$", "") or "$" in str(
            note.values
        )
    assert printable(str(note)) == str(note)
    assert "\n" not in str(note)
    for line in note.caret() or ():
        assert printable(line) == line
        assert "\n" not in line


def check_value(value: object, depth: int = 0) -> None:
    assert depth <= 17
    if isinstance(value, Damaged):
        check_note(value.note)
    elif isinstance(value, list):
        for item in value:
            check_value(item, depth + 1)
    elif isinstance(value, dict):
        for item in value.values():
            check_value(item, depth + 1)
    elif isinstance(value, bool):
        pass
    elif isinstance(value, int):
        assert abs(value) < 2**128
    elif isinstance(value, float):
        assert math.isfinite(value)
    else:
        assert isinstance(value, str)


def check_marking(value: object) -> None:
    """Every answer type reads the value or says why not, and the reason can be shown."""
    for kind in TYPES:
        try:
            kind.read(value)
        except Unreadable as unreadable:
            check_note(Note("unreadable", unreadable.reason, unreadable.values))
    try:
        reading = read_table(value, TABLE, ROWS, NO_WORDS, 1)
    except Unreadable as unreadable:
        check_note(Note("unreadable", unreadable.reason, unreadable.values))
        return
    for note in reading.notes:
        check_note(note)
    assert len(reading.rows) == len(ROWS)
    for row in reading.rows:
        for cell in row.values():
            assert cell is None or cell is BLANK or isinstance(cell, str | int | Unreadable)
