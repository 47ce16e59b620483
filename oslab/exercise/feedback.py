"""Feedback: marks as lines to read and as a document for other programs.

Says which field or row is wrong and, where it is recognised, which misunderstanding leads there; it
never shows the key.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from oslab.exercise.answers import Unreadable
from oslab.exercise.checking import Marked, Part
from oslab.exercise.marking import Fault, MarkedQuestion, MarkedSheet
from oslab.exercise.notes import Note
from oslab.exercise.rowmarks import Outcome, RowMark
from oslab.quantities import printable, shown
from oslab.text import Words, language, pad, width, wrap
from oslab.wordfiles import words_of

CHECK_SCHEMA = "oslab.check/1"
_COLUMNS = 79
# Of many things of one kind the first few are said.
_MOST = 5


def rounded(points: Fraction) -> str:
    """Points for a reader: two decimals, half up, no needless zeros: ``4.71``, ``8``."""
    cents = math.floor(points * 100 + Fraction(1, 2))
    return f"{cents // 100}.{cents % 100:02}".rstrip("0").rstrip(".")


def note_text(note: Note) -> str:
    """What is said about a place in a file, with the line where it is."""
    return printable(str(note))


def unreadable_text(error: Unreadable) -> str:
    """What is said of a value that is not of its type."""
    return printable(words_of("oslab")["unreadable", error.reason](error.values))


def missing_text(marked: Marked) -> str:
    """What is said of answers that the file has no line for, not even an empty one."""
    return words_of("oslab")["feedback", "missing-keys"](keys=", ".join(marked.missing))


def unreadable_places(marked: Marked) -> list[str]:
    """What in a question could not be read, a text for each answer or row."""
    found = []
    if marked.missing:
        found.append(missing_text(marked))
    for part in marked.parts:
        if part.unreadable:
            found.append(f"{part.name}: {unreadable_text(part.unreadable)}")
        if part.outcome is Outcome.UNREADABLE:
            found += [f"{part.name}: {note_text(note)}" for note in part.notes]
        for row in part.rows:
            texts = (_cell_text(row, column, error) for column, error in row.problems)
            found += [f"{part.name}: {text}" for text in dict.fromkeys(texts)]
    return found


def _cell_text(row: RowMark, column: str, error: Unreadable) -> str:
    """What is said of a cell that cannot be read; of a row that cannot be, once for all its cells."""
    text = unreadable_text(error)
    if error.reason == "row-twice":
        return text
    return words_of("oslab")["feedback", "cell"](row=row.label, column=column, text=text)


def fault_text(fault: Fault) -> str:
    """Why a question could not be marked."""
    return printable(words_of("oslab")["faults", fault.reason](fault.values))


def lines(marked: Marked, graded: bool = False) -> list[str]:
    """A line or more for each answer: name, outcome, what is wrong.

    `graded`: points hang on it, so that what cannot be read is not said to cost nothing.
    """
    words = words_of("oslab")
    names = max(width(p.name) for p in marked.parts)
    outcomes = max(8, *(width(words.label("outcomes", p.outcome)) for p in marked.parts))
    indent = 2 + names + 3 + outcomes + 3
    found = []
    for part in marked.parts:
        head = (
            f"  {pad(part.name, names)}   {pad(words.label('outcomes', part.outcome), outcomes)}   "
        )
        details = [
            line
            for text in _details(marked, part, words, graded)
            for line in wrap(text, _COLUMNS - indent)
        ]
        found.append((head + (details[0] if details else "")).rstrip())
        found += [" " * indent + line for line in details[1:]]
    if marked.missing:
        found += [f"  {line}" for line in wrap(missing_text(marked), _COLUMNS - 2)]
    if marked.unknown:
        keys = ", ".join(shown(key) for key in marked.unknown[:_MOST])
        found.append("  " + words["feedback", "unknown-keys"](keys=keys))
    return found


def _details(marked: Marked, part: Part, words: Words, graded: bool) -> list[str]:
    details = []
    if part.unreadable:
        gap = "" if language() == "zh" else " "
        free = "" if graded else gap + words["feedback", "costs-nothing"]()
        details.append(unreadable_text(part.unreadable) + free)
    details += [note_text(note) for note in part.notes]
    if part.rows:
        details += _row_details(part, words)
    elif isinstance(part.written, str) and part.outcome is not Outcome.WAITS and part.written:
        details.append(printable(part.written))
    if marked.recognised and part.name == marked.home:
        details += _recognised(marked, words)
    return details


def _row_details(part: Part, words: Words) -> list[str]:
    right = sum(r.outcome is Outcome.RIGHT for r in part.rows)
    wrong = [r for r in part.rows if r.outcome is Outcome.WRONG]
    every = len(part.rows)
    details = []
    if wrong:
        first = next((r for r in wrong if not r.follows), wrong[0])
        details.append(words["feedback", "rows-right"](right=right, all=every, row=first.label))
        if len(first.wrong_columns) == 1:
            details[-1] += words["feedback", "wrong-column"](column=first.wrong_columns[0])
        follows = sum(r.follows for r in wrong)
        if follows:
            details.append(words["feedback", "rows-follow"](count=follows))
    elif right == every:
        details.append(words["feedback", "rows-all"](all=every))
    elif any(r.outcome in (Outcome.RIGHT, Outcome.PARTIAL) for r in part.rows):
        details.append(words["feedback", "rows-filled"](filled=right, all=every))
    unread = [(row, *row.problems[0]) for row in part.rows if row.problems]
    # A note says it already, with the line in the file.
    unread = [cell for cell in unread if cell[2].reason != "row-twice"]
    details += [_cell_text(*cell) for cell in unread[:_MOST]]
    if len(unread) > _MOST:
        details.append(words["feedback", "more-cells"](count=len(unread) - _MOST))
    return details


def _recognised(marked: Marked, words: Words) -> list[str]:
    assert marked.recognised is not None
    first, *others = marked.said
    if others:
        return [words["feedback", "either"](text=first),
                *(words["feedback", "or"](text=text) for text in others)]  # fmt: skip
    return [first if marked.recognised.exact else words["feedback", "looks-like"](text=first)]


def document(marked: MarkedSheet) -> dict[str, Any]:
    """A marked sheet as JSON can write it; the same sheet gives the same document."""
    return {
        "schema": CHECK_SCHEMA,
        **{name: printable(value) for name, value in marked.sheet.header.items()},
        "questions": [_question(q) for q in marked.questions],
        "earned": float(round(marked.earned, 6)),
        "points": float(marked.points),
        "notes": [note_text(note) for note in marked.sheet.notes],
    }


def _question(question: MarkedQuestion) -> dict[str, Any]:
    head: dict[str, Any] = {
        "name": question.name,
        "exercise": question.reference.exercise,
        "variant": question.reference.code,
        "problem": f"{question.reference.problem}/{question.reference.version}",
    }
    if question.marked is None:
        text = fault_text(question.fault) if question.fault else ""
        return {**head, "fault": note_text(question.note) if question.note else text}
    marked = question.marked
    return {
        **head,
        "earned": float(round(marked.earned, 6)),
        "points": float(marked.points),
        **({"waits": float(marked.waiting)} if marked.waiting else {}),
        "mistakes": list(marked.recognised.names) if marked.recognised else [],
        "mistakes_exact": bool(marked.recognised and marked.recognised.exact),
        "answers": [_answer(part) for part in marked.parts],
        **({"missing": list(marked.missing)} if marked.missing else {}),
    }


def _answer(part: Part) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": part.name,
        "outcome": part.outcome.value,
        "earned": float(round(part.earned, 6)),
        "points": float(part.points),
    }
    if isinstance(part.written, tuple):
        found["rows"] = [
            {"label": r.label, "outcome": r.outcome.value, "wrong": list(r.wrong_columns),
             **({"follows": True} if r.follows else {})}
            for r in part.rows
        ]  # fmt: skip
        found["given"] = [{c: printable(v) for c, v in row.items()} for row in part.written]
    elif part.written:
        found["given"] = printable(part.written)
    if part.unreadable:
        found["unreadable"] = unreadable_text(part.unreadable)
    if part.notes:
        found["notes"] = [note_text(note) for note in part.notes]
    return found
