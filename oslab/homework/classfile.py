"""Class files: ``hw1.oslab.toml``, one for all students of an assignment.

From it and a student number the student's oslab makes the personal sheet. It holds the assignment's key
(variants hinder copying, they are not secrets), a pattern of student numbers, the resolved exercises; no
roster data, no rubric, no answer. It is a stranger's file all the same: bounded, and escaped when shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from oslab import __version__
from oslab.errors import InputError, one_line
from oslab.exercise.assembling import MOST_QUESTIONS
from oslab.exercise.catalogue import Entry
from oslab.exercise.decoding import LIMIT, decode, title_of
from oslab.exercise.fields import RecordError, read_record, to_json
from oslab.exercise.reading import read_bytes
from oslab.exercise.sheet import NotASheet
from oslab.homework.kind import SUFFIX as SUFFIX
from oslab.homework.pattern import example as example
from oslab.homework.pattern import matches as matches
from oslab.homework.validity import faults_of
from oslab.quantities import printable
from oslab.tomlfile import parse_toml
from oslab.wordfiles import words_of

FORMAT = 1
_MOST_FAULTS = 20
_LONGEST_FAULT = 400
# How many questions there are stands at the head and at the end: between whole lines, a file that was cut
# off is TOML all the same, and would draw other numbers. Files of before have neither.
_COUNT, _END = "question_count", "end"


@dataclass(frozen=True)
class ClassQuestion:
    """One question; `entry` is the exercise as handed out, points scaled, without rubrics."""

    name: str
    exercise: str
    problem: str
    version: int
    entry: Entry

    @property
    def points(self) -> Fraction:
        return self.entry.points


@dataclass(frozen=True)
class ClassFile:
    """A class file. `assignment` is ``COURSE/NAME``; `due` is aware, `timezone` its name as shown; `key`
    are hex digits; `student_id` is a pattern of the bounded kind that `matches` knows.

    plugins   requirements of the plugins the exercises need; printed, never installed
    oslab     the version that the problem versions are from
    """

    assignment: str
    title: str
    course: str
    due: datetime
    timezone: str
    student_id: str
    key: str
    questions: tuple[ClassQuestion, ...]
    feedback: Literal["full", "marks", "format"] = "full"
    team: bool = False
    plugins: tuple[str, ...] = ()
    format: int = FORMAT
    oslab: str = __version__

    @property
    def name(self) -> str:
        """The assignment's own name, ``hw1``."""
        return self.assignment.partition("/")[2]

    @property
    def heading(self) -> str:
        """Title and course as one line that is safe to print anywhere."""
        return printable(" ".join(f"{self.title}, {self.course}".split()))


class _Damage(InputError):
    """A class file is not as oslab writes one."""


def read_class_file(file: Path) -> ClassFile:
    """Read a class file. Raises InputError naming file, key and what would be right."""
    words = words_of("oslab")
    title = title_of(file.name)
    try:
        text, notes = decode(read_bytes(file), file.name)
    except NotASheet as refused:
        if refused.note.key == "other-kind":
            raise InputError(words["homework", "other-kind"](refused.note.values)) from None
        if refused.note.key == "empty-file":
            raise InputError(words["homework", "empty-class-file"](file=title)) from None
        raise
    if any(note.key in ("gbk", "not-utf8") for note in notes):
        raise InputError(words["homework", "not-utf8"](file=title))
    try:
        return _read(text, title)
    except _Damage as damage:
        raise InputError(f"{damage}\n{words['homework', 'damaged']()}") from None


def _read(text: str, title: str) -> ClassFile:
    try:
        table = parse_toml(text, title)
    except InputError as error:
        raise _Damage(str(error)) from None
    _check_kind(table, title)
    _check_whole(table, title)
    try:
        read = read_record(ClassFile, table)
    except RecordError as error:
        raise _refused(title, list(error.faults)) from None
    faults = faults_of(read)
    if faults:
        raise _refused(title, faults)
    return replace(read, due=read.due.replace(tzinfo=ZoneInfo(read.timezone)))


def class_file_text(content: ClassFile) -> str:
    """The text of a class file, with a comment that says what to do with it in both languages.

    `due` is written as the local time of its zone; of an hour that comes twice in autumn, the first.
    Raises InputError for a content that could not be read back: too much, or not allowed.
    """
    import tomli_w

    due = content.due.astimezone(ZoneInfo(content.timezone)).replace(tzinfo=None, fold=0)
    count = {_COUNT: len(content.questions)}
    table = {"format": content.format, **count, **to_json(replace(content, questions=()))}
    table |= {"due": due, "questions": [_question(q) for q in content.questions], _END: count}
    file = f"{content.name}{SUFFIX}"
    about = words_of("oslab")["homework", "class-file"]
    lines = [content.heading]
    for sentence in (about.en, about.zh):
        lines += [*sentence.replace("$file", file).split(" / ")]
    comment = "".join(f"# {printable(line)}\n" for line in lines)
    text = comment + tomli_w.dumps(table)
    if len(text.encode()) > LIMIT:
        raise InputError(f"{file} would be larger than {LIMIT // 1024} KiB: too many questions")
    _read(text, file)
    return text


def _question(question: ClassQuestion) -> dict[str, Any]:
    """A question as TOML can write it: no rubric, and nothing where there is nothing."""
    entry = to_json(question.entry)
    entry["answer"] = [
        {key: value for key, value in answer.items() if value is not None and key != "rubric"}
        for answer in entry["answer"]
    ]
    kept = {key: value for key, value in entry.items() if value or key in ("space", "answer")}
    return {**to_json(replace(question, entry=_NO_ENTRY)), "entry": kept}


_NO_ENTRY: Any = None


def _check_kind(table: Mapping[str, Any], title: str) -> None:
    """Raises InputError for TOML of another kind, saying what it is, and for a newer format."""
    words = words_of("oslab")
    kind = ""
    if isinstance(table.get("sheet"), dict):
        kind = "a-sheet"
    elif isinstance(table.get("assignment"), list) or "lms" in table:
        kind = "a-course"
    elif "problem" in table and "answer" in table:
        kind = "an-exercise"
    elif "questions" not in table and "student_id" not in table:
        kind = "no-class-file"
    if kind:
        raise InputError(words["homework", kind](file=title))
    version = table.get("format")
    if type(version) is int and version > FORMAT:
        raise InputError(
            words["homework", "newer-format"](file=title, format=min(version, 10**9), known=FORMAT)
        )


def _check_whole(table: dict[str, Any], title: str) -> None:
    """Take out of the table how many questions there are, and hold it to that. Raises _Damage."""
    head, end = table.pop(_COUNT, None), table.pop(_END, None)
    questions = table.get("questions")
    there = len(questions) if isinstance(questions, list) else 0
    if head is None and end is None:
        return
    if type(head) is int and (head, end) == (there, {_COUNT: head}):
        return
    wanted = head if type(head) is int and 0 < head <= MOST_QUESTIONS else "?"
    words = words_of("oslab")["homework", "cut-off"]
    raise _Damage(words(file=title, there=there, wanted=wanted))


def _refused(title: str, faults: list[str]) -> _Damage:
    lines = [f"{title}: {one_line(fault)[:_LONGEST_FAULT]}" for fault in faults[:_MOST_FAULTS]]
    if len(faults) > _MOST_FAULTS:
        lines.append(f"{title}: and {len(faults) - _MOST_FAULTS} more")
    return _Damage("\n".join(lines))
