"""The layout of a sheet's text: which parts and answers stand on which lines.

This is not a TOML parser. It goes over the lines of any text, TOML or not, once, and says where each
``[part]`` and each ``name = value`` stands, so that what TOML refuses can be read piece by piece. It
takes time in proportion to the text whatever the text is.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from oslab.exercise.notes import Note
from oslab.quantities import shown

MOST_ENTRIES = 2000
MOST_NOTES = 20

QUOTES = "\"'“”„‘’‚«»「」＂＇`´"
EQUALS = "=＝﹦"
# mended: `raw` is the text itself, without quotes
Form: TypeAlias = Literal["line", "text", "mended", "brackets"]

_KEY = rf"[{QUOTES}]?[\w.-]+[{QUOTES}]?"
_STATEMENT = re.compile(rf"(\s*)({_KEY})\s*([{EQUALS}][{EQUALS}\s]*|[:：]\s*)(.*)", re.DOTALL)
_ASSIGNMENT = re.compile(rf"\s*{_KEY}\s*[{EQUALS}]")
# A quote and then one of the other kind begin a text on one line: '"' and '""'.
_THREE = rf"(?!'\"|\"')[{QUOTES}]{{3}}"
_TRIPLE = re.compile(_THREE)
_OPENING = re.compile(rf"\s*{_KEY}\s*[{EQUALS}]\s*{_THREE}")
_ONLY_QUOTES = re.compile(rf"\s*[{QUOTES}]+\s*(#.*)?")
_EXACT_HEADER = re.compile(r"\s*\[\s*([\w.-]+)\s*\]\s*(#.*)?")
_HEADER = re.compile(r"\W{0,9}(sheet|q[0-9]{1,3})\W{0,9}(#.*)?", re.IGNORECASE)
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"?|'[^']*'?|#.*")
_BRACKET = re.compile(r"[\[{［｛]")
_BAR = re.compile(r"[|｜│]")
_SIGNS = {"＝": "equals-wide", "﹦": "equals-wide", ":": "colon", "：": "colon"}
SIGN_SLIPS = frozenset({*_SIGNS.values(), "equals-twice"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``name = value``.

    part     the ``[part]`` it stands in, "" before the first
    line     of the name; `column` that of the value, `sign` that of the =, `source` that line; for notes
    raw      the value as it stands, without blanks around it; may be of many lines
    closed   whether the value's closing quotes or bracket were found
    slips    keys of ``[slips]`` that were found on the way and read as meant
    last     for an unclosed text, the last line that seems to belong to it
    """

    part: str
    name: str
    line: int
    column: int
    source: str
    raw: str
    form: Form = "line"
    closed: bool = True
    slips: tuple[str, ...] = ()
    last: str = ""
    sign: int = 1


@dataclass
class Layout:
    """`parts` maps each part to the lines of its headers; `stray` are the lines that are neither."""

    entries: list[Entry] = field(default_factory=list)
    parts: dict[str, list[int]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    stray: list[int] = field(default_factory=list)


def lay_out(text: str) -> Layout:
    """Find parts and entries. Notes are on lines that are neither."""
    return _Scanner(text.split("\n")).scan()


class _Scanner:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.layout = Layout()
        # Brackets that nothing closes make later lines be looked at again; this bounds how often.
        self.spare = 2 * len(lines) + 1000

    def scan(self) -> Layout:
        part, i = "", 0
        while i < len(self.lines):
            line = self.lines[i]
            start = line.lstrip()
            header = _header(line) if start else None
            if not start or start[0] in "#＃":
                i += 1
            elif header:
                part = header
                self.layout.parts.setdefault(part, []).append(i + 1)
                if not _EXACT_HEADER.fullmatch(line):
                    self._note("header", i, name=header)
                i += 1
            else:
                found = _STATEMENT.fullmatch(line)
                if found and len(self.layout.entries) < MOST_ENTRIES:
                    entry, i = self._entry(found, part, i)
                    self.layout.entries.append(entry)
                else:
                    self._note("stray-line", i, given=shown(start))
                    self.layout.stray.append(i + 1)
                    i += 1
        return self.layout

    def _note(self, key: str, i: int, **values: object) -> None:
        if len(self.layout.notes) < MOST_NOTES:
            source = self.lines[i]
            column = len(source) - len(source.lstrip()) + 1
            self.layout.notes.append(Note("slips", key, values, i + 1, column, source[:500]))

    def _entry(self, found: re.Match[str], part: str, i: int) -> tuple[Entry, int]:
        """The entry beginning on line index i, and the index after it."""
        sign, value = "".join(found[3].split()), found[4].strip()
        slips = () if sign == "=" else (_SIGNS.get(sign, "equals-twice"),)
        name = unicodedata.normalize("NFKC", found[2][:200]).strip(QUOTES)
        source, column = self.lines[i][:500], found.start(4) + 1
        entry = Entry(
            part, name, i + 1, column, source, value, slips=slips, sign=found.start(3) + 1
        )
        if _TRIPLE.match(value):
            return self._text(entry, i)
        if _BRACKET.match(value):
            return self._brackets(entry, i)
        if value.partition("#")[0].strip() in ("", "'", "''", '"', '""') and self._grid_line(i + 1):
            return self._unopened(entry, i)
        return entry, i + 1

    def _text(self, entry: Entry, i: int) -> tuple[Entry, int]:
        """A text in triple quotes, however typed; unclosed, it ends before the next answer."""
        quotes, rest = entry.raw[:3], entry.raw[3:]
        exact = quotes in ("'''", '"""')
        if exact and quotes in rest:
            return replace(entry, raw=quotes + _up_to(rest, quotes), form="text"), i + 1
        following = 0
        j = i + 1
        while j < len(self.lines):
            line = self.lines[j]
            if _begins(line):
                break
            if exact and quotes in line:
                body = [entry.raw, *self.lines[i + 1 : j], _up_to(line, quotes)]
                return replace(entry, raw="\n".join(body), form="text"), j + 1
            if _ONLY_QUOTES.fullmatch(line):
                body = [rest, *self.lines[i + 1 : j]]
                slips = (*entry.slips, "triple")
                return replace(
                    entry, raw="\n".join(body).lstrip("\n"), form="mended", slips=slips
                ), j + 1
            if not following and _ASSIGNMENT.match(line):
                following = j
            j += 1
        end = following or j
        body = [rest, *self.lines[i + 1 : end]]
        while len(body) > 1 and (not body[-1].strip() or body[-1].lstrip().startswith("#")):
            body.pop()
        text = "\n".join(body)
        return replace(entry, raw=text, form="text", closed=False, last=body[-1].strip()[:200]), end

    def _brackets(self, entry: Entry, i: int) -> tuple[Entry, int]:
        """An array or inline table, up to the bracket that closes it."""
        depth, j = 0, i
        line = entry.raw
        while self.spare > 0:
            bare = _QUOTED.sub("", line)
            depth += sum(map(bare.count, "[{［｛")) - sum(map(bare.count, "]}］｝"))
            j += 1
            if depth <= 0:
                raw = "\n".join([entry.raw, *self.lines[i + 1 : j]])
                return replace(entry, raw=raw, form="brackets"), j
            self.spare -= 1
            if j == len(self.lines) or _begins(self.lines[j]):
                break
            line = self.lines[j]
        return replace(entry, form="brackets", closed=False), i + 1

    def _grid_line(self, i: int) -> bool:
        return (
            i < len(self.lines)
            and bool(_BAR.search(self.lines[i]))
            and not _ASSIGNMENT.match(self.lines[i])
        )

    def _unopened(self, entry: Entry, i: int) -> tuple[Entry, int]:
        """A grid whose opening quotes are gone."""
        j = i + 1
        while self._grid_line(j) or (self._grid_line(j + 1) and not self.lines[j].strip()):
            j += 1
        raw = "\n".join(["", *self.lines[i + 1 : j]])
        if j < len(self.lines) and _ONLY_QUOTES.fullmatch(self.lines[j]):
            j += 1
        return replace(entry, raw=raw, form="mended", slips=(*entry.slips, "unopened")), j


def _header(line: str) -> str | None:
    """The part that a line begins: ``[q1]``, however it is damaged; of other names only exactly."""
    exact = _EXACT_HEADER.fullmatch(line[:200])
    return exact[1] if exact and not _part(line) else _part(line)


def _part(line: str) -> str | None:
    """``sheet``, ``q1`` … if the line is, or was once, such a header."""
    if len(line) > 200:
        return None
    found = _HEADER.fullmatch(unicodedata.normalize("NFKC", line))
    return found[1].lower() if found and "=" not in line.partition("#")[0] else None


def _begins(line: str) -> bool:
    """Whether an unclosed text or bracket cannot reach over this line: a part or a text begins."""
    return bool(_OPENING.match(line)) or (line.lstrip()[:1] in tuple("[【［") and bool(_part(line)))


def _up_to(line: str, quotes: str) -> str:
    """The line up to its closing quotes; TOML lets one or two more of them belong to the text."""
    end = line.index(quotes) + 3
    while line[end : end + 1] == quotes[0] and end < line.index(quotes) + 5:
        end += 1
    return line[:end]
