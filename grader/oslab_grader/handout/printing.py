"""Sheets to print: Markdown, or one HTML page that holds all it needs, a sheet of paper a student.

All texts are escaped; a table is a real one, its cells empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

from oslab.exercise.answers import Essay, Table
from oslab.exercise.catalogue import AskedAnswer
from oslab.exercise.feedback import rounded
from oslab.exercise.filling import how_to_fill, joined
from oslab.exercise.problem import Code
from oslab.exercise.statement import statement
from oslab.exercise.variant import Variant
from oslab.plugins import words_for
from oslab.quantities import printable
from oslab.show.conventions import conventions
from oslab.text import language

ESSAY_LINES = 14


@dataclass(frozen=True)
class Heading:
    """A heading; `level` 1: a student's sheet, 2: a question."""

    level: int
    text: str


@dataclass(frozen=True)
class Rules:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table to fill in: its heads, and row by row what is printed; the other cells are empty."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Blank:
    """Where to write: behind a name on the same line, or (`lines`) below."""

    name: str
    text: str
    lines: int = 0


Block: TypeAlias = "Heading | Rules | Grid | Blank | Code | str"


@dataclass(frozen=True)
class PrintedSheet:
    """One student's sheet. `name` is empty where it is to be written by hand."""

    student: str
    name: str
    team: str
    variants: Sequence[tuple[str, Variant]]


def blocks(title: str, below: str, sheet: PrintedSheet) -> Iterator[Block]:
    """A student's sheet in the language in force; `below` stands under the title."""
    words = words_for("grader")
    yield Heading(1, title)
    yield below
    who = [words["print", "student"](student=sheet.student)]
    who += [words["print", "team"](team=sheet.team)] if sheet.team else []
    yield "   ".join(who)
    name = words["print", "name"]()
    yield words["print", "named"](head=name, name=sheet.name) if sheet.name else Blank(name, "")
    for question, variant in sheet.variants:
        entry = variant.exercise.entry
        title, points = str(entry.title), rounded(entry.points)
        yield Heading(2, words["print", "question"](question=question, title=title, points=points))
        yield from (part for part in statement(variant) if part)
        rules = conventions(variant.run.conventions, variant.exercise.words)
        if rules:
            yield words["print", "rules"]()
            yield Rules(tuple(rules))
        for asked in entry.answer:
            yield from _answer(variant, asked)


def _answer(variant: Variant, asked: AskedAnswer) -> Iterator[Block]:
    exercise = variant.exercise
    kind, prompt = exercise.kind(asked.name), exercise.prompt(asked)
    fill = how_to_fill(kind, exercise.words, language())
    if isinstance(kind, Table):
        yield prompt
        if fill:
            yield Rules(tuple(fill))
        heads = (kind.label, *kind.given, *kind.columns)
        yield Grid(heads, tuple(tuple(map(str, row)) for row in variant.rows(asked.name)))
    elif isinstance(kind, Essay):
        yield Blank(asked.name, joined((prompt, *fill), language()), ESSAY_LINES)
    else:
        yield Blank(asked.name, joined((prompt, *fill), language()))


def markdown(sheets: Iterable[Iterable[Block]]) -> Iterator[str]:
    """All sheets as CommonMark with tables, pieces of a document."""
    for i, sheet in enumerate(sheets):
        if i:
            yield '<div style="page-break-after: always"></div>\n\n'
        for block in sheet:
            yield _markdown(block) + "\n\n"


def _markdown(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {_md(text)}"
        case Rules(items):
            return "\n".join(f"- {_md(item)}" for item in items)
        case Grid(heads, rows):
            filled = [[*row, *("" for _ in heads[len(row) :])] for row in rows]
            lines = [list(map(_md, heads)), ["---"] * len(heads), *(map(_md, r) for r in filled)]
            return "\n".join("| " + " | ".join(line) + " |" for line in lines)
        case Blank(name, text, lines):
            line = f"**{_md(name)}**" + (f" {_md(text)}" if text else "")
            return line + (": ____________________" if not lines else "\n\n" + "<br>\n" * lines)
        case Code(text):
            text = printable(text)
            fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
            return f"{fence}\n{text}\n{fence}"
        case str():
            return _md(block)


def _md(text: str) -> str:
    """A text on one line of Markdown, in which nothing is more than text."""
    line = " ".join(printable(text).split())
    line = re.sub(r"([\\`*_\[\]<>|~#&$])", r"\\\1", line)
    # At the start of a line these would begin a list or underline a heading.
    return re.sub(r"^([-+=])", r"\\\1", re.sub(r"^([0-9]+)([.)])", r"\1\\\2", line))


STYLE = """
@page { size: A4; margin: 18mm }
body {
  font: 11pt/1.4 system-ui, "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  margin: 0 auto; max-width: 180mm
}
section + section { break-before: page }
h1 { font-size: 15pt; margin: 0 }
h2 { font-size: 12pt; margin: 1.4em 0 .4em; break-after: avoid }
p { margin: .4em 0; white-space: pre-wrap }
pre {
  font: 9.5pt/1.25 ui-monospace, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace;
  white-space: pre-wrap; break-inside: avoid
}
ul { margin: .2em 0; padding-left: 1.3em; font-size: 10pt }
table { border-collapse: collapse; margin: .5em 0 }
th, td {
  border: 1px solid #555; padding: .15em .6em; min-width: 4em; height: 1.5em; text-align: right
}
th { font-weight: 600; text-align: center }
tr { break-inside: avoid }
.blank { border-bottom: 1px solid #555; display: inline-block; min-width: 45mm }
.lines { border: 1px solid #555; break-inside: avoid }
"""


def html(title: str, sheets: Iterable[Iterable[Block]]) -> Iterator[str]:
    """All sheets as one page, pieces of a document; each student begins a new sheet of paper."""
    tongue = "zh-Hans" if language() == "zh" else "en"
    yield f'<!doctype html>\n<html lang="{tongue}">\n<head>\n<meta charset="utf-8">\n'
    # The page fetches nothing and runs nothing, whatever the texts are.
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield f"<title>{_html(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    for sheet in sheets:
        yield "<section>\n"
        for block in sheet:
            yield _element(block) + "\n"
        yield "</section>\n"
    yield "</body>\n</html>\n"


def _element(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{_html(text)}</h{level}>"
        case Rules(items):
            return "<ul>" + "".join(f"<li>{_html(item)}</li>" for item in items) + "</ul>"
        case Grid(heads, rows):
            body = ([*row, *("" for _ in heads[len(row) :])] for row in rows)
            lines = "".join(f"<tr>{_cells('td', row)}</tr>\n" for row in body)
            return f"<table>\n<thead><tr>{_cells('th', heads)}</tr></thead>\n<tbody>\n{lines}</tbody></table>"
        case Blank(name, text, lines):
            line = f"<p><b>{_html(name)}</b> {_html(text)}"
            if not lines:
                return line + ' <span class="blank"></span></p>'
            return f'{line}</p>\n<div class="lines" style="height: {lines * 1.6:g}em"></div>'
        case Code(text):
            return f"<pre>{_html(text)}</pre>"
        case str():
            return f"<p>{_html(block)}</p>"


def _cells(tag: str, cells: Iterable[str]) -> str:
    return "".join(f"<{tag}>{_html(cell)}</{tag}>" for cell in cells)


def _html(text: str) -> str:
    return escape(printable(text))
