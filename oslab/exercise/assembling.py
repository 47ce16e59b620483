"""From parts to a sheet: which questions there are, what they were made from, whose each answer is."""

from __future__ import annotations

import re
from dataclasses import replace

from oslab.exercise.notes import Note
from oslab.exercise.parts import QUESTION, Parts
from oslab.exercise.places import Places
from oslab.exercise.sheet import FORMAT, Damaged, NotASheet, Question, Reference, Sheet
from oslab.quantities import printable, shown, tidy
from oslab.randomness import read_code

MOST_NOTES = 24
MOST_QUESTIONS = 100

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}"
_REFERENCE = re.compile(
    rf"(?P<exercise>{_NAME}(?:/{_NAME})+)(?:\s+(?P<code>[0-9A-Za-z]{{4}}-?[0-9A-Za-z]{{4}}))?"
    rf"\s+(?P<problem>{_NAME})\s*/\s*(?P<version>[0-9]{{1,6}})"
)


def read_reference(value: object) -> Reference | None:
    """What a question was made from; None when the text does not say."""
    found = _REFERENCE.fullmatch(tidy(value[:400])) if isinstance(value, str) else None
    if not found:
        return None
    try:
        code = read_code(found["code"]) if found["code"] else ""
    except ValueError:
        return None
    return Reference(found["exercise"], code, found["problem"], int(found["version"]))


class Assembly:
    """Makes a sheet of its parts; `title` is the file's name for messages."""

    def __init__(self, parts: Parts, places: Places, notes: list[Note], title: str) -> None:
        self.parts = parts
        self.places = places
        self.notes = notes
        self.title = title
        self.lines = dict(places.lines)

    def sheet(self) -> Sheet:
        """The sheet. Raises NotASheet for a newer format, or when there is no question at all."""
        origin = "sheet" if "sheet" in self.parts else ""
        if not origin:
            self.notes.append(Note("slips", "sheet-line"))
        head = self.parts.get(origin, {})
        version = self._format(head.get("format"))
        header: dict[str, str] = {}
        references: dict[str, object] = {}
        loose = [("", key) for key in self.parts.get("", {})] if origin else []
        for key, value in head.items():
            if QUESTION.fullmatch(key.lower()):
                references[key.lower()] = value
            elif key in ("assignment", "student", "team"):
                if isinstance(value, str | int) and str(value).strip():
                    header[key] = printable(" ".join(str(value).split()))[:200]
            elif key != "format":
                loose.append((origin, key))
        names = sorted({*references, *filter(QUESTION.fullmatch, self.parts)}, key=_order)
        names = names[:MOST_QUESTIONS]
        if not names:
            raise NotASheet(Note("sheet", "no-questions", {"name": self.title}))
        self._place(loose, names)
        for part in self.parts:
            if part not in ("", "sheet", *names):
                self._say("unknown-part", self._part_line(part), given=shown(part))
        for part, lines in self.places.parts.items():
            if part in ("sheet", *names) and len(lines) > 1:
                self._say("part-twice", lines[1], name=part, first=lines[0], second=lines[1])
        questions = tuple(self._question(name, references.get(name)) for name in names)
        notes = self.notes
        if len(notes) > MOST_NOTES:
            more = Note("slips", "more", {"count": len(notes) - MOST_NOTES})
            notes = [*notes[:MOST_NOTES], more]
        return Sheet(version, questions, header, tuple(notes))

    def _say(self, key: str, line: int, **values: object) -> None:
        self.notes.append(Note("slips", key, values, line))

    def _part_line(self, part: str) -> int:
        return self.places.parts.get(part, [0])[0]

    def _format(self, value: object) -> int:
        if isinstance(value, str) and value.strip().isdecimal() and len(value) < 9:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self._say("format", self._part_line("sheet"), expected=FORMAT)
            return FORMAT
        if value > FORMAT:
            values = {"name": self.title, "format": value, "known": FORMAT}
            raise NotASheet(Note("sheet", "newer-format", values))
        return value

    def _place(self, loose: list[tuple[str, str]], names: list[str]) -> None:
        """Answers outside their part: they belong to the one question that lacks its part, or to the
        only one there is; else nobody knows whose they are."""
        without = [name for name in names if name not in self.parts]
        whole = names if len(names) == 1 else without
        owner = whole[0] if len(whole) == 1 else None
        for origin, key in loose:
            line = self.lines.get((origin, key), 0)
            if owner and key not in self.parts.get(owner, {}):
                self.parts.setdefault(owner, {})[key] = self.parts[origin][key]
                self.lines[owner, key] = line
                self._say("outside-part", line, name=shown(key)[1:-1], part=owner)
            else:
                self._say("stray-key", line, name=shown(key)[1:-1])

    def _question(self, name: str, value: object) -> Question:
        reference = read_reference(value)
        line = self.lines.get(("sheet", name), 0)
        unreadable = None
        if value is None:
            unreadable = Note("slips", "reference-missing", {"name": name}, self._part_line(name))
        elif reference is None:
            given = shown(value) if isinstance(value, str) else name
            unreadable = Note("slips", "reference-damaged", {"name": name, "given": given}, line)
        elif name not in self.parts:
            unreadable = Note("slips", "part-missing", {"name": name}, line)
        values = self.parts.get(name, {})
        lines = {key: self.lines[name, key] for key in values if (name, key) in self.lines}
        return Question(
            name,
            reference or Reference(),
            {key: _placed(v, lines.get(key, 0)) for key, v in values.items()},
            unreadable,
            lines,
        )


def _placed(value: object, line: int) -> object:
    """A damaged answer with its line, where parsing as a whole did not know it."""
    if isinstance(value, Damaged) and not value.note.line:
        return Damaged(replace(value.note, line=line))
    return value


def _order(name: str) -> tuple[int, str]:
    return int(name[1:]), name
