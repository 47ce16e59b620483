"""On which line of a TOML file each value stands, so that a fault can be found.

Only for text that is TOML: what it means is the parser's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_TOKEN = re.compile(
    r"#[^\n]*"
    r"|'''.*?'{3,5}"
    r'|"""(?:\\.|[^\\])*?"{3,5}'
    r"|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'"
    r"|[\n=,{}\[\]]"
    r"|[^\s=,{}\[\]#\"']+",
    re.DOTALL,
)


def lines_of(text: str) -> Mapping[Path, int]:
    """The line of every table, key and item: ``("assignment", 0, "questions", 2, "points")`` → 21."""
    scan = _Scan(list(_tokens(text)))
    scan.document()
    return scan.lines


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a value, or of what holds it; 1 for the file as a whole."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line, seen = 1, 0
    for found in _TOKEN.finditer(text):
        line += text.count("\n", seen, found.start())
        seen = found.start()
        if not found[0].startswith("#"):
            yield found[0], line


@dataclass
class _Scan:
    tokens: list[tuple[str, int]]
    at: int = 0
    lines: dict[Path, int] = field(default_factory=dict)
    counts: dict[Path, int] = field(default_factory=dict)  # of [[tables]]

    def word(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def document(self) -> None:
        table: Path = ()
        while self.at < len(self.tokens):
            if self.word() == "\n":
                self.at += 1
            elif self.word() == "[":
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Path:
        line = self.tokens[self.at][1]
        self.at += 1
        several = self.word() == "["
        self.at += several
        keys = self.key("]")
        self.at += 1 + several
        path: Path = ()
        for key in keys[:-1]:
            self.lines.setdefault((*path, key), line)
            path = self.inside((*path, key))
        path = (*path, *keys[-1:])
        self.lines.setdefault(path, line)
        if several:
            self.counts[path] = self.counts.get(path, 0) + 1
        path = self.inside(path)
        self.lines.setdefault(path, line)
        return path

    def inside(self, path: Path) -> Path:
        """Of an array of tables, the last one is meant."""
        return (*path, self.counts[path] - 1) if path in self.counts else path

    def key(self, end: str) -> list[str]:
        """A dotted key. Quoted parts are taken without their quotes."""
        parts: list[str] = []
        while self.word() not in (end, ""):
            word = self.word()
            parts += [word[1:-1]] if word[0] in "\"'" else [p for p in word.split(".") if p]
            self.at += 1
        return parts

    def pair(self, table: Path) -> None:
        line = self.tokens[self.at][1]
        path = table
        for part in self.key("="):
            path = (*path, part)
            self.lines.setdefault(path, line)
        self.at += 1
        self.value(path)

    def value(self, path: Path) -> None:
        if self.word() == "[":
            self.items(path)
        elif self.word() == "{":
            self.at += 1
            while self.word() not in ("}", ""):
                if self.word() in (",", "\n"):
                    self.at += 1
                else:
                    self.pair(path)
            self.at += 1
        else:  # a date may be two words
            while self.word() not in (",", "}", "]", "\n", ""):
                self.at += 1

    def items(self, path: Path) -> None:
        self.at += 1
        item = 0
        while self.word() not in ("]", ""):
            if self.word() in (",", "\n"):
                self.at += 1
                continue
            self.lines[(*path, item)] = self.tokens[self.at][1]
            self.value((*path, item))
            item += 1
        self.at += 1
