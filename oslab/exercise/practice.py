"""Practice: which exercise is next, writing a sheet for it, finding the sheet that is meant."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from oslab.errors import InputError
from oslab.exercise.catalogue import Entry, entry, source, sources
from oslab.exercise.problem import Code
from oslab.exercise.progress import Progress
from oslab.exercise.reading import looks_like_sheet
from oslab.exercise.sheet import Reference, SheetAnswer, SheetQuestion, write_sheet
from oslab.exercise.statement import statement
from oslab.exercise.variant import Variant
from oslab.show.conventions import conventions
from oslab.text import language
from oslab.wordfiles import words_of

# A sheet is a few kilobytes; a larger file is none, and is not read to find that out.
LARGEST = 256 * 1024


def entries(topic: str = "") -> list[tuple[str, Entry]]:
    """The exercises of a topic (or all), the easiest first.

    Raises InputError for a topic there is not.
    """
    ids = [name for name in sources() if not topic or name.partition("/")[0] == topic]
    if topic and not ids:
        topics = sorted({name.partition("/")[0] for name in sources()})
        raise InputError(f'no exercises under "{topic}"; topics are {", ".join(topics)}')
    return sorted(((i, entry(i)) for i in ids), key=lambda pair: (_rank(pair[0], pair[1]), pair[0]))


def _rank(name: str, found: Entry) -> tuple[str, int]:
    return name.partition("/")[0], found.difficulty


def next_exercise(progress: Progress, topic: str = "") -> str | None:
    """The first exercise not solved yet, in the topic last tried if that has one left."""
    unsolved = [name for name, _ in entries(topic) if not progress.solved(name)]
    begun = [name for name in unsolved if progress.tried(name)]
    return next(iter(begun or unsolved), None)


def introduction(variant: Variant) -> list[str | Code]:
    """The comment lines of a question in a sheet: title, statement, conventions."""
    exercise = variant.exercise
    words = words_of("oslab")
    title = words["sheet-text", "title"](
        title=exercise.entry.title,
        exercise=exercise.id,
        difficulty=exercise.entry.difficulty,
        points=exercise.points,
    )
    parts: list[str | Code] = [title, "", *statement(variant)]
    rules = conventions(variant.run.conventions, exercise.words)
    if rules:
        parts += ["", words["sheet-text", "conventions"](), *(f"- {rule}" for rule in rules)]
    return parts


def question(variant: Variant, name: str = "q1") -> SheetQuestion:
    """A variant as a question of a sheet."""
    exercise = variant.exercise
    return SheetQuestion(
        name,
        reference(variant),
        tuple(introduction(variant)),
        tuple(
            SheetAnswer(a.name, exercise.kind(a.name), exercise.prompt(a), variant.rows(a.name))
            for a in exercise.entry.answer
        ),
        exercise.words,
    )


def reference(variant: Variant) -> Reference:
    """What a sheet says about where a question is from."""
    problem = variant.exercise.problem
    return Reference(
        variant.exercise.id, variant.code, variant.exercise.entry.problem, problem.version
    )


def start(variant: Variant, folder: Path) -> Path:
    """Write a practice sheet into a folder; an existing file is never overwritten. Returns the file."""
    text = write_sheet([question(variant)], {}, language())
    return write_new(folder, variant.exercise.id.partition("/")[2], text)


def write_new(folder: Path, stem: str, text: str) -> Path:
    """Write ``stem.toml``, or ``stem-2.toml`` and so on where that exists.

    Raises InputError when the folder cannot be written.
    """
    number = 1
    while True:
        file = folder / (f"{stem}.toml" if number == 1 else f"{stem}-{number}.toml")
        try:
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            return file
        except FileExistsError:
            number += 1
        except OSError as error:
            raise InputError(f"cannot write {file}: {error.strerror}") from None


def find_sheet(name: str = "") -> Path:
    """The sheet that is meant: a file, or the sheet of an exercise, or without either the one saved
    last in this folder. Raises InputError saying what there is."""
    words = words_of("oslab")
    if name and (Path(name).exists() or re.search(r"\.toml(\.txt)?$|[\\]", name)):
        path = Path(name)
        if not path.exists():
            raise InputError(words["practice", "no-file"](file=name))
        if path.is_dir():
            raise InputError(words["practice", "a-folder"](file=name))
        return path
    sheets = sheets_here(Path())
    if name:
        wanted = name if "/" in name else None
        for sheet in sheets:
            ids = _exercises_in(sheet)
            if name in ids or (wanted is None and name in {i.partition("/")[2] for i in ids}):
                return sheet
        full = next((i for i in sources() if i.partition("/")[2] == name), name)
        source(full)
        raise InputError(words["practice", "not-started"](exercise=full))
    if not sheets:
        raise InputError(words["practice", "no-sheet"]())
    return sheets[0]


def sheets_here(folder: Path) -> list[Path]:
    """The sheets in a folder, the one saved last first. They are known by ``[sheet]``, not by name."""
    found = []
    for file in folder.iterdir():
        try:
            status = file.stat()
            named = file.name.endswith((".toml", ".toml.txt")) and file.is_file()
            if named and status.st_size <= LARGEST and looks_like_sheet(file.read_bytes()):
                found.append((-status.st_mtime_ns, file.name, file))
        except OSError:
            continue  # a file that went away, or that we may not read, is not the one meant
    return [file for _, _, file in sorted(found)]


def _exercises_in(file: Path) -> set[str]:
    text = file.read_bytes().decode("latin-1")
    return set(re.findall(r'^\s*q[0-9]+\s*=\s*"([a-z0-9-]+/[a-z0-9-]+) ', text, re.MULTILINE))


def editor(environment: dict[str, str] | None = None) -> Sequence[str]:
    """The editor as a command: $VISUAL, $EDITOR, VS Code inside its terminal, else notepad or nano."""
    import shlex
    import shutil

    env = dict(os.environ) if environment is None else environment
    for name in ("VISUAL", "EDITOR"):
        if env.get(name, "").strip():
            return shlex.split(env[name], posix=os.name != "nt")
    if env.get("TERM_PROGRAM") == "vscode" and shutil.which("code"):
        return ["code", "--wait"]
    if os.name == "nt":
        return ["notepad"]
    return [next((e for e in ("nano", "vim", "vi", "ed") if shutil.which(e)), "nano")]


def how_to_open(file: Path) -> str:
    """A command line that opens the file in what this system has."""
    import shlex
    import sys

    if os.environ.get("TERM_PROGRAM") == "vscode":
        return f"code {shlex.quote(str(file))}"
    if os.name == "nt":
        return f'notepad "{file}"' if " " in str(file) else f"notepad {file}"
    if sys.platform == "darwin":
        return f"open -t {shlex.quote(str(file))}"
    return f"{shlex.join(editor())} {shlex.quote(str(file))}"
