"""The personal sheet out of a class file: whose it is, asked twice, and where it is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

from oslab.cli.exercise.app import put, say, word
from oslab.cli.exercise.homework import say_head
from oslab.errors import InputError
from oslab.exercise.practice import how_to_open, write_new
from oslab.exercise.reading import read_bytes
from oslab.homework.beside import class_file_of, class_name, same_sheet
from oslab.homework.classfile import ClassFile, example, matches, read_class_file
from oslab.homework.ids import is_id
from oslab.homework.needs import exercises
from oslab.homework.personal import personal_variants, sheet_text


def begin(file: Path, folder: Path, student: str, team: str) -> None:
    """Write the personal sheet of a class file. Who is not given is asked, twice."""
    content = read_class_file(file)
    if team and not content.team:
        raise InputError(word("homework", "no-teams", name=content.name))
    say_head(content)
    exercises(content)  # before anything is asked: what is missing may take a while to install
    student = _student(content, student)
    team = _team(team) if content.team else ""
    if team.casefold() == student.casefold():  # in no team
        team = ""
    text = sheet_text(content, personal_variants(content, team or student), student, team)
    there = same_sheet(folder, text)
    if there:
        say("homework", "is-there", file=there, name=content.name)
        _put_next(file, content, there)
        return
    sheet = write_new(folder, content.name, text)
    end = "exam-hand-in" if content.feedback == "format" else "hand-in"
    put(f"{word('practice', 'wrote', file=sheet)}     {word('homework', end)}")
    if sheet.name != f"{content.name}.toml":
        say("homework", "was-there", file=sheet.with_name(f"{content.name}.toml"))
    _put_next(file, content, sheet)


def _put_next(file: Path, content: ClassFile, sheet: Path) -> None:
    """How to go on with a sheet, and beside it the class file."""
    _keep_beside(file, content, sheet)
    put("  " + word("practice", "open-it", command=how_to_open(sheet)))
    put("  " + word("practice", "then"))


def _student(content: ClassFile, given: str) -> str:
    def right(text: str) -> str:
        forms = (text, text.lower(), text.upper())
        return next((form for form in forms if matches(content.student_id, form)), "")

    like = example(content.student_id)
    if given:
        known = right(_tidy(given))
        if not known:
            raise InputError(word("homework", "not-a-number", given=given, example=like))
        return known
    return _asked("student", right, word("homework", "looks-like", example=like))


def _team(given: str) -> str:
    def right(text: str) -> str:
        return text if is_id(text) else ""

    if given:
        known = right(_tidy(given))
        if not known:
            raise InputError(word("homework", "not-a-team", given=given))
        return known
    return _asked("team", right, word("homework", "no-team-name"))


def _asked(who: str, right: Callable[[str], str], otherwise: str) -> str:
    """What is typed twice, the same and as it should be. Raises InputError at the end of the input."""
    while True:
        known = right(_typed(word("homework", f"ask-{who}"), who))
        if not known:
            put(f"  {otherwise}")
        elif (
            right(_typed("  " + word("homework", "ask-again"), who)).casefold() == known.casefold()
        ):
            return known
        else:
            say("homework", "not-the-same")


def _typed(question: str, who: str) -> str:
    put(f"{question} ", end="")
    try:
        return _tidy(input())
    except (EOFError, KeyboardInterrupt):
        put()
        raise InputError(word("homework", f"say-{who}")) from None
    except UnicodeDecodeError:
        raise InputError(word("practice", "not-text")) from None


def _tidy(text: str) -> str:
    """Full-width letters and digits read as meant."""
    return unicodedata.normalize("NFKC", text[:400]).strip()


def _keep_beside(file: Path, content: ClassFile, sheet: Path) -> None:
    """Copy the class file to where the sheet is, if none is there: `check` looks for it there."""
    if class_file_of(sheet, content.assignment) is None:
        name = class_name(content.assignment)
        try:
            with sheet.with_name(name).open("xb") as stream:
                stream.write(read_bytes(file))
        except OSError:  # check will ask for it
            return
        say("homework", "copied", file=name)
