"""Salvage: the parts of a sheet that is no TOML, read entry by entry, so that one slip costs one answer.

Imported only for such a sheet: reading a good one must stay quick.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from oslab.exercise.answers import is_blank
from oslab.exercise.assembling import read_reference
from oslab.exercise.layout import Entry, Layout, lay_out
from oslab.exercise.notes import Note
from oslab.exercise.parts import QUESTION, Parts, calm
from oslab.exercise.places import Places
from oslab.exercise.sheet import Damaged
from oslab.exercise.slips import read_value
from oslab.quantities import shown


def salvage(text: str) -> tuple[Parts, Places, list[Note]] | None:
    """Parts, places and notes on every slip; None when nothing in the text says that it is a sheet."""
    layout = lay_out(text)
    if not refers_to_questions(layout):
        return None
    parts, notes = parts_of_layout(layout)
    return parts, places_of_layout(layout), notes


def refers_to_questions(layout: Layout) -> bool:
    """Whether it has a ``[sheet]``, or at least a line that says what a question was made from."""
    return "sheet" in layout.parts or any(map(_refers, layout.entries))


def _refers(entry: Entry) -> bool:
    if not QUESTION.fullmatch(entry.name.lower()) or len(entry.raw) > 400:
        return False
    return read_reference(read_value(entry)[0]) is not None


def places_of_layout(layout: Layout) -> Places:
    """Where parts and answers begin; the first place of what stands twice."""
    lines = {place_of(entry): entry.line for entry in reversed(layout.entries)}
    return Places(layout.parts, lines)


def parts_of_layout(layout: Layout) -> tuple[Parts, list[Note]]:
    """The parts read entry by entry, with notes on every slip."""
    said = list(layout.notes)
    parts: Parts = {name: {} for name in layout.parts}
    firsts: dict[tuple[str, str], int] = {}
    for entry, goes_on in zip(layout.entries, _going_on(layout), strict=True):
        part, name = place_of(entry)
        value, notes = read_value(entry)
        value = calm(value)
        if goes_on and isinstance(value, str) and "|" not in value:
            values = {"name": shown(entry.name)[1:-1], "line": goes_on}
            value = Damaged(Note("slips", "goes-on", values, goes_on))
        said.extend(notes)
        held = parts.setdefault(part, {})
        if name in held:
            value = _once(name, held[name], value, firsts[part, name], entry, said)
        else:
            firsts[part, name] = entry.line
        held[name] = value
    return parts, said


def _going_on(layout: Layout) -> Iterator[int]:
    """For each entry the line on which a text seems to go on outside its quotes; 0: it does not.

    What is written below an empty text, or after quotes in the middle of one, must not be lost silently.
    """
    heads = [line for lines in layout.parts.values() for line in lines]
    begins = sorted([*heads, *(entry.line for entry in layout.entries)])
    for entry in layout.entries:
        stray = bisect_right(layout.stray, entry.line)
        if stray == len(layout.stray) or not _is_text(entry):
            yield 0
            continue
        below = bisect_right(begins, entry.line)
        line = layout.stray[stray]
        yield line if below == len(begins) or line < begins[below] else 0


def _is_text(entry: Entry) -> bool:
    """Whether more may belong to it: a text of several lines, one whose quote is not closed, words
    without quotes. What is whole on its line is not: below it stands somebody's remark."""
    raw = entry.raw.strip()
    quoted = raw[:1] in ("'", '"')
    whole = len(raw) > 1 and raw[-1] == raw[0] if quoted else " " not in raw
    return entry.form in ("text", "mended") or not whole


def place_of(entry: Entry) -> tuple[str, str]:
    """Part and name of an entry; ``q1.faults`` before the first part is in part q1."""
    above, dot, below = entry.name.partition(".")
    if dot and not entry.part and QUESTION.fullmatch(above.lower()):
        return above.lower(), below
    return entry.part, entry.name


def _once(
    name: str, old: object, new: object, first: int, entry: Entry, said: list[Note]
) -> object:
    """The value of a name that stands twice: what is filled in, if that is one thing only."""
    values = {"name": shown(name)[1:-1], "first": first, "second": entry.line}
    if not isinstance(old, Damaged) and not isinstance(new, Damaged):
        filled = [v for v in (old, new) if not is_blank(v)]
        if len(filled) < 2 or (type(old) is type(new) and old == new):
            said.append(Note("slips", "twice-same", values, entry.line, 1, entry.source))
            return filled[0] if filled else old
    return Damaged(Note("slips", "twice", values, entry.line, 1, entry.source))
