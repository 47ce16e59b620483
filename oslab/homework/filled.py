"""How far an answer is filled in and whether it can be read, with no look at any key: what an exam may say,
and what decides whether a sheet is ready to hand in."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from oslab.exercise.answers import AnswerType, Essay, Ordering, Table, Unreadable, is_blank
from oslab.exercise.feedback import note_text, unreadable_text
from oslab.exercise.grid import BLANK, read_table
from oslab.exercise.rows import empty, split_row
from oslab.exercise.sheet import Damaged
from oslab.quantities import shown
from oslab.text import Words, pad, width, wrap
from oslab.wordfiles import words_of

Printed: TypeAlias = Sequence[tuple[str | int, ...]]


@dataclass(frozen=True)
class Filled:
    """One answer.

    rows, filled   of a table: how many there are, and how many are filled in whole and readable
    unreadable     how many rows cannot be read
    waits          a person reads it
    texts          what cannot be read, and why
    """

    name: str
    state: Literal["filled", "blank", "unreadable"]
    rows: int = 0
    filled: int = 0
    unreadable: int = 0
    waits: bool = False
    texts: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Nothing in it is blank or unreadable."""
        return self.state == "filled" and self.filled == self.rows


def filled_in(
    name: str, kind: AnswerType, value: object, printed: Printed | None, words: Words, line: int = 0
) -> Filled:
    """How far an answer is; `printed` are the printed cells of its table, where they are known."""
    if isinstance(value, Damaged):
        return Filled(name, "unreadable", texts=(note_text(value.note),))
    if isinstance(kind, Table):
        return _table(name, kind, value, printed, words, line)
    if is_blank(value):
        return Filled(name, "blank", waits=isinstance(kind, Essay))
    try:
        given = kind.read(value, words)
    except Unreadable as error:
        return Filled(name, "unreadable", texts=(unreadable_text(error),))
    letters = {str(row[0]).casefold(): str(row[0]) for row in printed or ()}
    stray = [g for g in given if g.casefold() not in letters] if isinstance(kind, Ordering) else []
    if letters and stray:
        unknown = Unreadable("sequence", given=shown(stray[0]), options=" ".join(letters.values()))
        return Filled(name, "unreadable", texts=(unreadable_text(unknown),))
    return Filled(name, "filled", waits=isinstance(kind, Essay))


def _table(
    name: str, table: Table, value: object, printed: Printed | None, words: Words, line: int
) -> Filled:
    rows = printed if printed is not None else _labels(value, table)
    try:
        reading = read_table(value, table, rows, words, line)
    except Unreadable as error:
        return Filled(name, "unreadable", len(rows), texts=(unreadable_text(error),))
    whole = broken = 0
    texts = [note_text(note) for note in reading.notes]
    for (label, *_), row in zip(rows, reading.rows, strict=True):
        errors = [(c, v) for c, v in row.items() if isinstance(v, Unreadable)]
        whole += not errors and all(v is not BLANK for v in row.values())
        broken += bool(errors)
        texts += [
            words_of("oslab")["feedback", "cell"](row=label, column=c, text=unreadable_text(error))
            for c, error in errors
            if error.reason != "row-twice"
        ]
    state: Literal["filled", "blank", "unreadable"] = "filled"
    if broken:
        state = "unreadable"
    elif reading.blank:
        state = "blank"
    return Filled(name, state, len(rows), whole, broken, texts=tuple(dict.fromkeys(texts)))


def _labels(value: object, table: Table) -> Printed:
    """The labels of the rows as they stand in a sheet whose variant is not known here."""
    found: list[object] = []
    if isinstance(value, str):
        for line in unicodedata.normalize("NFKC", value).split("\n"):
            if "|" in line:
                cells = [cell.strip() for cell in split_row(line.strip().removeprefix("|"))]
                found.append(cells[0])
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, Mapping):
                found.append(item.get(table.label))
            elif isinstance(item, list) and item:
                found.append(item[0])
    return [
        (label,)
        for label in found
        if isinstance(label, str | int)
        and not empty(label)
        and str(label).casefold() != table.label.casefold()
        and not set(str(label)) <= set("-=+: ")
    ]


def filled_lines(answers: Sequence[Filled]) -> list[str]:
    """A line for each answer, name and state, and what of it cannot be read."""
    names = max((width(answer.name) for answer in answers), default=0)
    found = []
    for answer in answers:
        found.append(f"  {pad(answer.name, names)}   {_state(answer)}")
        indent = " " * (names + 5)
        found += [indent + line for text in answer.texts for line in wrap(text, 79 - len(indent))]
    return found


def _state(answer: Filled) -> str:
    words = words_of("oslab")
    if not answer.rows:
        filled = answer.state == "filled"
        return words["homework", "filled"]() if filled else words.label("outcomes", answer.state)
    if answer.state == "blank" or (answer.state == "unreadable" and not answer.unreadable):
        return words.label("outcomes", answer.state)
    values = {"filled": answer.filled + answer.unreadable, "all": answer.rows}
    if answer.unreadable:
        return words["homework", "rows-unreadable"](values, unreadable=answer.unreadable)
    return words["homework", "rows-filled"](values)
