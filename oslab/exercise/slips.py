"""Slips: values that are not TOML, read as meant where the meaning is beyond doubt, else explained.

`read_value` takes one entry of the layout. A word or number without quotes, curly quotes, brackets
typed loosely are read, and the note says how to write them; a text that nothing closes is Damaged.
"""

from __future__ import annotations

import re
from typing import Any

from oslab.exercise.bounds import DATES, LONGEST_WORD, MOST_DEPTH, fault_of, has_dates, parsed
from oslab.exercise.layout import QUOTES, SIGN_SLIPS, Entry
from oslab.exercise.notes import Note
from oslab.exercise.sheet import Damaged
from oslab.quantities import INT_BITS, shown

_PAIR = re.compile(rf"([{QUOTES}])([^{QUOTES}]*)([{QUOTES}])\s*([;,；，。]?)\s*(#.*)?")
_OUTER = re.compile(rf"[{QUOTES}](.*)[{QUOTES}]\s*(#[^{QUOTES}]*)?")
_HALF_OPEN = re.compile(rf"[{QUOTES}]([^{QUOTES}#]*)(#.*)?")
_HALF_SHUT = re.compile(rf"([^{QUOTES}#]+)[{QUOTES}]\s*(#.*)?")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_CLASSIC = ("'", '"')


def read_value(entry: Entry) -> tuple[object, list[Note]]:
    """The value of an entry, or Damaged, and notes on what was not written as TOML wants it."""
    notes = [_note(entry, slip) for slip in entry.slips]
    value, slip = _read(entry)
    if slip:
        notes.append(_note(entry, slip, value))
    fault = None if isinstance(value, Damaged) else fault_of(value)
    if fault:
        value = Damaged(
            Note("unreadable", fault, {"bits": INT_BITS, "given": entry.name}, entry.line)
        )
    return value, notes


def _note(entry: Entry, key: str, value: object = None) -> Note:
    given = shown(" ".join(value.split())) if isinstance(value, str) else ""
    values = {"name": shown(entry.name)[1:-1], "given": given}
    column = entry.sign if key in SIGN_SLIPS else entry.column
    return Note("slips", key, values, entry.line, column, entry.source)


def _read(entry: Entry) -> tuple[object, str | None]:
    """A value and the slip in it, if any."""
    if entry.form == "mended":
        return entry.raw, None
    if entry.form == "text":
        return _text(entry)
    table = parsed(f"v = {entry.raw}\n")
    if table is not None and list(table) == ["v"]:
        value = table["v"]
        if isinstance(value, DATES):
            return _COMMENT.sub("", entry.raw).strip(), None
        return typed(value), None
    return _brackets(entry) if entry.form == "brackets" else _line(entry)


def typed(value: Any) -> Any:
    """The value with dates and times in arrays as text: 2024-01-01 may be an answer in three parts."""
    if isinstance(value, list):
        return [typed(v) for v in value]
    if isinstance(value, dict):
        return {k: typed(v) for k, v in value.items()}
    return value.isoformat() if isinstance(value, DATES) else value


def _text(entry: Entry) -> tuple[object, str | None]:
    if entry.closed:
        if entry.raw[0] == "'":
            return entry.raw[3:-3].removeprefix("\n"), None
        table = parsed(f"v = {entry.raw}\n")
        if table is not None and list(table) == ["v"]:
            return table["v"], None
        return entry.raw[3:-3].removeprefix("\n"), "backslash"
    label = (
        re.split(r"[|｜│\t]", entry.last.strip("|｜│ "))[0].strip()
        if re.search(r"[|｜│]", entry.last)
        else ""
    )
    key = "unclosed-table" if label else "unclosed-text"
    values = {"name": shown(entry.name)[1:-1], "line": entry.line, "row": shown(label)[1:-1]}
    return Damaged(Note("slips", key, values, entry.line, entry.column, entry.source)), None


def _line(entry: Entry) -> tuple[object, str | None]:
    """A value of one line that is not TOML."""
    raw = entry.raw
    if not _COMMENT.sub("", raw).strip():
        return "", "empty"
    if pair := _PAIR.fullmatch(raw):
        odd = pair[1] not in _CLASSIC or pair[3] not in _CLASSIC
        slip = (
            "curly"
            if odd
            else "punctuation"
            if pair[4]
            else "backslash"
            if "\\" in pair[2]
            else "quotes"
        )
        return pair[2], slip
    if raw[0] in QUOTES and (outer := _OUTER.fullmatch(raw)):
        return outer[1], "quotes-inside"
    if half := _HALF_OPEN.fullmatch(raw) or _HALF_SHUT.fullmatch(raw):
        return half[1].strip(), "half-quoted"
    body = _COMMENT.sub("", raw).strip().rstrip(";；,，。").rstrip()
    if body and body[0] in QUOTES:
        return Damaged(_note(entry, "after-value", body)), None
    if len(body) > LONGEST_WORD and not re.search(r"\s", body):
        return Damaged(_note(entry, "too-long", body)), None
    return body, "unquoted"


_TOKEN = re.compile(
    rf"\s+|#[^\n]*|(\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*')|([{QUOTES}])([^{QUOTES}\n]*)[{QUOTES}]"
    rf"|([\[\]{{}}［］｛｝,，、;；=＝:：])|([^\s\[\]{{}}［］｛｝,，、;；=＝:：#{QUOTES}]+)|."
)
_LONGEST_BRACKETS = 40_000
_PLAIN_SIGNS = str.maketrans("［］｛｝，、;；＝:：", "[]{},,,,===")


def _brackets(entry: Entry) -> tuple[object, str | None]:
    """An array or inline table typed loosely: commas and line ends anywhere, words without quotes."""
    key = "unclosed-brackets" if not entry.closed else "brackets"
    note = Note(
        "slips", key, {"name": shown(entry.name)[1:-1]}, entry.line, entry.column, entry.source
    )
    if not entry.closed or len(entry.raw) > _LONGEST_BRACKETS:
        return Damaged(note), None
    tokens: list[tuple[str, object]] = []
    for token in _TOKEN.finditer(entry.raw):
        if token[1]:
            table = parsed(f"v = {token[1]}")
            tokens.append(("value", table["v"] if table else token[1][1:-1]))
        elif token[2]:
            tokens.append(("value", token[3]))
        elif token[4]:
            tokens.append((token[4].translate(_PLAIN_SIGNS), None))
        elif token[5]:
            table = parsed(f"v = {token[5]}") if len(token[5]) < 40 else None
            plain = table is not None and list(table) == ["v"] and not has_dates(table)
            tokens.append(("value", table["v"] if table and plain else token[5]))
        elif token[0][0] not in "# \t\n" and not token[0].isspace():
            return Damaged(note), None
    tokens.reverse()
    try:
        value = _structure(tokens, 0)
    except (IndexError, ValueError):
        return Damaged(note), None
    return (value, "loose-brackets") if not tokens else (Damaged(note), None)


def _structure(tokens: list[tuple[str, object]], depth: int) -> object:
    """Take one value off the end of the reversed tokens. Raises ValueError or IndexError."""
    sign, value = tokens.pop()
    if depth > MOST_DEPTH:
        raise ValueError
    if sign == "value":
        return value
    if sign == "[":
        items = []
        while tokens[-1][0] != "]":
            if tokens[-1][0] == ",":
                tokens.pop()
            else:
                items.append(_structure(tokens, depth + 1))
        tokens.pop()
        return items
    if sign == "{":
        table: dict[str, object] = {}
        while tokens[-1][0] != "}":
            if tokens[-1][0] == ",":
                tokens.pop()
                continue
            key, name = tokens.pop()
            equals, _ = tokens.pop()
            if key != "value" or equals != "=" or str(name) in table:
                raise ValueError
            table[str(name)] = _structure(tokens, depth + 1)
        tokens.pop()
        return table
    raise ValueError
