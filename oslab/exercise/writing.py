"""Writing sheets: a blank one for a student, and answers into one.

Nothing that is written can break TOML, whatever the texts hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import tomli_w

from oslab.exercise.answers import AnswerType, Essay, Table
from oslab.exercise.filling import how_to_fill, joined
from oslab.exercise.grid import draw_grid, fill_grid
from oslab.exercise.problem import Code
from oslab.exercise.sheet import FORMAT, Reference
from oslab.quantities import printable
from oslab.text import Text, Words, wrap
from oslab.wordfiles import words_of

COLUMNS = 96


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
                essay = {start[1]: _whole(given) + "\n"}
                # Over several lines a carriage return would be lost in the line end after it.
                written = tomli_w.dumps(essay, multiline_strings="\r" not in given)
                out += written.rstrip("\n").split("\n")
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
        lines += wrap(text, COLUMNS - 2 - len(indent))
    return [f"# {indent}{line}".rstrip() for line in lines]


def _bare(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise ValueError(f"{name!r} cannot be a name in a sheet: letters, digits, - and _ only")
    return name


def _quoted(value: str) -> str:
    """A TOML string on one line."""
    return tomli_w.dumps({"v": _whole(value)}).removeprefix("v = ").rstrip("\n")


def _whole(text: str) -> str:
    """The text without halves of surrogate pairs, which no file can hold."""
    return re.sub(r"[\ud800-\udfff]", "\ufffd", text)
