"""Sheets: what is asked and answered in one TOML file, and how such a file is written.

A sheet is data only; it knows nothing of catalogues and problem types. `oslab.exercise.reading` reads
one from bytes, this module writes one. What is said about a file is a `Note`: a key of the host's
words with its values, and the place in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from oslab.errors import InputError
from oslab.exercise.answers import AnswerType, Essay, Table
from oslab.exercise.filling import how_to_fill, joined
from oslab.exercise.grid import draw_grid, fill_grid
from oslab.exercise.notes import Note
from oslab.exercise.problem import Code
from oslab.quantities import printable
from oslab.text import Text, Words, wrap
from oslab.wordfiles import words_of

FORMAT = 1
COLUMNS = 96


class NotASheet(InputError):
    """The bytes are no sheet at all: another kind of file, too large, cut off, of a newer format."""

    def __init__(self, note: Note) -> None:
        super().__init__(str(note))
        self.note = note

    def __str__(self) -> str:
        return str(self.note)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a question was made from: ``paging/replace-fifo 7QK4-M2XD paging.replace/1``.

    All empty where the reference in the file cannot be read; `code` is empty in an exam.
    """

    exercise: str = ""
    code: str = ""
    problem: str = ""
    version: int = 0

    def __str__(self) -> str:
        return " ".join(
            part for part in (self.exercise, self.code, f"{self.problem}/{self.version}") if part
        )


@dataclass(frozen=True, slots=True)
class Damaged:
    """Stands for an answer that the file holds in no readable form; unreadable, it costs nothing."""

    note: Note


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a sheet, as read.

    values      name → what TOML holds (str, int, float, bool, list, dict; finite and bounded) or Damaged
    unreadable  why the part as a whole cannot be used; `values` holds what could be read all the same
    lines       name → the line where that answer begins
    """

    name: str
    reference: Reference
    values: Mapping[str, object] = field(default_factory=dict)
    unreadable: Note | None = None
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as read. `header` holds the further texts of ``[sheet]``: assignment, student."""

    format: int
    questions: tuple[Question, ...]
    header: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetAnswer:
    """A blank to be written: its prompt, and for a table its printed cells row by row."""

    name: str
    type: AnswerType
    prompt: str = ""
    rows: Sequence[tuple[str | int, ...]] = ()


@dataclass(frozen=True, slots=True)
class SheetQuestion:
    """A question to be written. `intro` holds the comment above it, a Code where lines are not to be
    wrapped; `words` are its plugin's, for choices and column heads."""

    name: str
    reference: Reference
    intro: Sequence[str | Code]
    answers: Sequence[SheetAnswer]
    words: Words = field(default_factory=Words)


def write_sheet(
    questions: Sequence[SheetQuestion],
    header: Mapping[str, str],
    language: str,
    intro: Sequence[str | Code] = (),
) -> str:
    """The text of a blank sheet. `header` is added to ``[sheet]``; `intro` stands above it.

    With one question its own intro stands at the top, with several each before its part. Whatever
    the texts hold, the result is TOML, and read back every answer is blank.
    """
    words = words_of("oslab")

    def say(key: str) -> str:
        return _in(language, words["writing", key])

    alone = len(questions) == 1
    lines = _comment(intro)
    if alone:
        lines += _comment(questions[0].intro)
    lines += _comment([say("leave-tables" if _has_table(questions) else "leave")])
    lines += [f"[sheet]        # {printable(say('leave-sheet'))}", f"format = {FORMAT}"]
    lines += [f"{_bare(key)} = {_quoted(value)}" for key, value in header.items()]
    lines += [f"{_bare(q.name)} = {_quoted(str(q.reference))}" for q in questions]
    between = say("between-quotes")
    for question in questions:
        if not alone:
            lines += ["", *_comment(question.intro)]
        lines += [f"[{_bare(question.name)}]", *_answers(question, language, between)]
    return "\n".join(lines) + "\n"


def _answers(question: SheetQuestion, language: str, between: str) -> list[str]:
    lines: list[str] = []
    scalars = [_bare(a.name) for a in question.answers if not isinstance(a.type, Table | Essay)]
    column = max((len(name) for name in scalars), default=0) + 9
    said = False
    for answer in question.answers:
        name, fill = _bare(answer.name), how_to_fill(answer.type, question.words, language)
        if isinstance(answer.type, Table):
            lines += _comment([answer.prompt] if answer.prompt else [])
            lines += [line for text in fill for line in _comment([text], "  ")]
            lines += [f"{name} = '''", draw_grid(answer.type, answer.rows), "'''"]
        elif isinstance(answer.type, Essay):
            lines += [
                *_comment([t for t in (answer.prompt, *fill) if t]),
                f"{name} = '''",
                "",
                "'''",
            ]
        else:
            phrases = (answer.prompt, *fill, "" if said else between)
            comment, said = joined(phrases, language), True
            start = f'{name} = ""'.ljust(column)
            whole = f"{start}# {printable(comment)}"
            if "\n" in comment or len(wrap(whole, COLUMNS)) > 1:
                lines += [*_comment([comment]), f'{name} = ""']
            else:
                lines.append(whole)
    return lines


def fill_sheet(text: str, answers: Mapping[tuple[str, str], str | Sequence[Sequence[str]]]) -> str:
    """A freshly written sheet with answers put in, all else kept.

    A text goes between the quotes (or is an essay); for a table, each row gives the cells of its
    answer columns, in order. Raises KeyError for a question or answer that the sheet has not.
    """
    left, part, lines = dict(answers), "", text.split("\n")
    out: list[str] = []
    i = 0
    while i < len(lines):
        line, end = lines[i], i + 1
        header = re.match(r"\[([\w-]+)\]", line)
        start = re.match(r"([\w-]+) = ('''|\"\")", line)
        part = header[1] if header else part
        if start and start[2] == "'''":
            end = lines.index("'''", i) + 1
        if start and (part, start[1]) in left:
            given = left.pop((part, start[1]))
            if start[2] == '""':
                assert isinstance(given, str)
                out.append(f"{start[1]} = {_quoted(given)}{line[start.end() :]}")
            elif isinstance(given, str):
                body = given.replace("\\", "\\\\").replace('"', '\\"')
                out += [f'{start[1]} = """', *_escaped(body, keep="\n\t").split("\n"), '"""']
            else:
                out += [line, *fill_grid(lines[i + 1 : end - 1], given), "'''"]
        else:
            out += lines[i:end]
        i = end
    for question, name in left:
        raise KeyError(f"{question}.{name}")
    return "\n".join(out)


def _in(language: str, text: Text) -> str:
    return text.zh if language == "zh" else text.en


def _has_table(questions: Sequence[SheetQuestion]) -> bool:
    return any(
        isinstance(answer.type, Table) for question in questions for answer in question.answers
    )


def _comment(blocks: Sequence[str | Code], indent: str = "") -> list[str]:
    """Comment lines; control characters are escaped, so that no text can leave its comment."""
    lines: list[str] = []
    for block in blocks:
        text = block.text if isinstance(block, Code) else block
        text = printable(text.replace("\r\n", "\n").replace("\r", "\n"))
        if isinstance(block, Code):
            lines += text.split("\n")
            continue
        # The further lines of an item in a list stand under its first word.
        hanging = "  " if text.startswith("- ") else ""
        first, *rest = wrap(text, COLUMNS - 2 - len(indent) - len(hanging))
        lines += [first, *(hanging + line for line in rest)]
    return [f"# {indent}{line}".rstrip() for line in lines]


def _bare(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise ValueError(f"{name!r} cannot be a name in a sheet: letters, digits, - and _ only")
    return name


def _quoted(value: str) -> str:
    return '"' + _escaped(value.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _escaped(text: str, keep: str = "") -> str:
    text = re.sub(r"[\ud800-\udfff]", "\ufffd", text)
    return re.sub(
        r"[\x00-\x1f\x7f]", lambda c: c[0] if c[0] in keep else f"\\u{ord(c[0]):04x}", text
    )
