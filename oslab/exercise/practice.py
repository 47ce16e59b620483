"""Practice: which exercise is next, writing a sheet for it, finding the sheet that is meant."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from oslab.errors import InputError
from oslab.exercise.catalogue import Entry, difficulty, entry, exercise, source, sources
from oslab.exercise.fields import did_you_mean
from oslab.exercise.problem import Code
from oslab.exercise.progress import Progress
from oslab.exercise.reading import looks_like_sheet, read_bytes, read_sheet_file
from oslab.exercise.sheet import Reference
from oslab.exercise.statement import statement
from oslab.exercise.variant import Variant, draw
from oslab.exercise.writing import SheetAnswer, SheetQuestion, write_sheet
from oslab.plugins import topics
from oslab.randomness import new_code, read_code
from oslab.show.conventions import conventions
from oslab.text import language
from oslab.wordfiles import words_of

# A sheet is a few kilobytes; a larger file is none, and is not read to find that out.
LARGEST = 256 * 1024


def entries(topic: str = "") -> tuple[list[tuple[str, Entry]], list[str]]:
    """The exercises of a topic (or all), the easiest first; and a line for each file that cannot be
    used.

    Raises InputError for a topic there is not.
    """
    ids = [name for name in sources() if not topic or topic_of(name) == topic]
    if topic and not ids:
        known = sorted({topic_of(name) for name in sources()})
        near = did_you_mean(topic, known)
        raise InputError(f'no exercises under "{topic}"{near}; topics are {", ".join(known)}')
    found, faults = [], []
    for name in ids:
        try:
            found.append((name, entry(name)))
        except InputError as error:
            first, *more = str(error).splitlines()
            faults.append(first + (f" (and {len(more)} more)" if more else ""))
    found.sort(key=lambda pair: (_place(pair[0]), pair[1].difficulty, pair[0]))
    return found, faults


def topic_of(name: str) -> str:
    """The topic an exercise stands under: its plugin's name."""
    return name.partition("/")[0]


def _place(name: str) -> int:
    return topics()[topic_of(name)]


def next_exercise(progress: Progress) -> str | None:
    """What to do next: the exercise begun last and not solved, else the easiest that is not solved, in
    the topic last tried if that has one left."""
    ranks = {name: difficulty(name) for name in sources() if not progress.solved(name)}
    begun = [name for name in reversed(progress.exercises) if ranks.get(name)]
    last = topic_of(next(reversed(progress.exercises), ""))
    ranked = [(topic_of(n) != last, _place(n), rank, n) for n, rank in ranks.items() if rank]
    for name in [*begun, *(n for *_, n in sorted(ranked))]:
        with suppress(InputError):  # a file that cannot be used is passed over
            entry(name)
            return name
    return None


def drawn(name: str, code: str = "") -> Variant:
    """A variant of an exercise: the one of a code, or a fresh one. Raises InputError."""
    found = exercise(name)
    try:
        chosen = read_code(code) if code else new_code()
    except ValueError as error:
        raise InputError(f"--variant {code}: {error}") from None
    return draw(found, chosen)


def introduction(variant: Variant) -> list[str | Code]:
    """The comment lines of a question in a sheet: title, statement, conventions."""
    found = variant.exercise
    words = words_of("oslab")
    title = words["sheet-text", "title"](
        title=found.entry.title,
        exercise=found.id,
        difficulty=found.entry.difficulty,
        points=found.entry.points,
    )
    parts: list[str | Code] = [title, "", *statement(variant)]
    rules = conventions(variant.run.conventions, found.words)
    if rules:
        parts += ["", words["sheet-text", "conventions"](), *(f"- {rule}" for rule in rules)]
    return parts


def question(variant: Variant, name: str = "q1") -> SheetQuestion:
    """A variant as a question of a sheet."""
    found = variant.exercise
    return SheetQuestion(
        name,
        reference(variant),
        tuple(introduction(variant)),
        tuple(
            SheetAnswer(a.name, found.kind(a.name), found.prompt(a), variant.rows(a.name))
            for a in found.entry.answer
        ),
        found.words,
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
            stream = file.open("x", encoding="utf-8", newline="\n")
        except FileExistsError:
            number += 1
            continue
        except OSError as error:
            raise InputError(f"cannot write {file}: {error.strerror}") from None
        try:
            with stream:
                stream.write(text)
        except OSError as error:  # a full disk; half a sheet is no use to anyone
            file.unlink(missing_ok=True)
            raise InputError(f"cannot write {file}: {error.strerror}") from None
        return file


def meant(name: str) -> tuple[str, str]:
    """The exercise that is meant by its id, by the last part of it where only one has that, or by a
    sheet of it; with the sheet's variant, empty where no sheet is named.

    Raises InputError when there is no such sheet, or when it does not say.
    """
    if _names_file(name):
        for question in read_sheet_file(find_sheet(name)).questions:
            if question.reference.exercise:
                return question.reference.exercise, question.reference.code
        raise InputError(words_of("oslab")["practice", "no-reference"](file=name))
    same_stem = [found for found in sources() if found.partition("/")[2] == name]
    return (same_stem[0] if len(same_stem) == 1 else name), ""


def practised(name: str) -> str:
    """The exercise that is meant, to practise it. Raises InputError for a homework sheet: whoever names
    one does not want other numbers."""
    if _names_file(name):
        sheet = read_sheet_file(find_sheet(name))
        if "assignment" in sheet.header:
            words = words_of("oslab")
            known = [q.reference.exercise for q in sheet.questions]
            own = next((found for found in known if found in sources()), "")
            key = "a-homework-sheet" if own else "a-homework-sheet-own"
            raise InputError(words["homework", key](file=name, exercise=own))
    return meant(name)[0]


def _names_file(name: str) -> bool:
    return bool(re.search(r"\.toml(\.txt)?$|[\\]", name)) or os.path.isfile(name)


def find_sheet(name: str = "") -> Path:
    """The sheet that is meant: a file, or the sheet of an exercise, or without either the one saved
    last in this folder. Raises InputError saying what there is."""
    words = words_of("oslab")
    if name and (_names_file(name) or os.path.isdir(name)):
        # Windows hides the .txt that its editor adds.
        file = next((f for f in (name, f"{name}.txt") if os.path.lexists(f)), "")
        if not file:
            near = did_you_mean(name, [sheet.name for sheet in sheets_here()])
            raise InputError(words["practice", "no-file"](file=name) + near)
        if os.path.isdir(file):
            raise InputError(words["practice", "a-folder"](file=file))
        if find_class_file(file):
            raise InputError(words["homework", "class-file-given"](file=file))
        return Path(file)
    if not name:
        newest = next(sheets_here(), None)
        if newest is None:
            raise InputError(words["practice", "no-sheet"]())
        return newest
    wanted, _ = meant(name)
    for sheet in sheets_here():
        if wanted in _exercises_in(sheet):
            return sheet
    source(wanted)
    raise InputError(words["practice", "not-started"](exercise=wanted))


def find_class_file(name: str) -> Path | None:
    """The class file that is named, also by a copy's name such as ``hw1.oslab (1).toml`` and by the
    assignment's, ``hw1``; None for anything else."""
    known = (name, f"{name}.txt") if _names_file(name) else (f"{name}.oslab.toml",)
    file = next((f for f in known if os.path.isfile(f)), "")
    if not name or not file:
        return None
    from oslab.homework.kind import is_class_file

    return Path(file) if is_class_file(Path(file)) else None


def sheets_here() -> Iterator[Path]:
    """The sheets in this folder, the one saved last first. They are known by ``[sheet]``, not by name.

    Raises InputError for a folder that cannot be listed.
    """
    found = []
    try:
        for file in Path().iterdir():
            if file.name.endswith((".toml", ".toml.txt")) and file.is_file():
                status = file.stat()
                if status.st_size <= LARGEST:
                    found.append((-status.st_mtime_ns, file.name, file))
    except OSError as error:
        raise InputError(f"cannot list this folder: {error.strerror}") from None
    for _, _, file in sorted(found):
        # A file that went away, or that we may not read, is not the one meant.
        with suppress(OSError, InputError):
            if looks_like_sheet(read_bytes(file)):
                yield file


def _exercises_in(sheet: Path) -> set[str]:
    try:
        return {question.reference.exercise for question in read_sheet_file(sheet).questions}
    except InputError:
        return set()


def editor(environment: Mapping[str, str] = os.environ) -> Sequence[str]:
    """The editor as a command: $VISUAL, $EDITOR, VS Code inside its terminal, else notepad or nano.

    Raises InputError for a variable whose quotes do not close.
    """
    import shlex
    import shutil

    for name in ("VISUAL", "EDITOR"):
        chosen = environment.get(name, "").strip()
        if chosen:
            try:
                words = shlex.split(chosen, posix=os.name != "nt")
            except ValueError:
                raise InputError(f"{name} has a quote that does not close: {chosen}") from None
            # Outside POSIX the quotes around a path with blanks are left on.
            return [word.strip('"') for word in words] if os.name == "nt" else words
    if environment.get("TERM_PROGRAM") == "vscode" and shutil.which("code"):
        return ["code", "--wait"]
    if os.name == "nt":
        return ["notepad"]
    return [next((e for e in ("nano", "vim", "vi", "ed") if shutil.which(e)), "nano")]


def as_argument(file: Path) -> str:
    """The file as an argument that no program takes for an option (-x) or a command (vim's +x)."""
    return str(file) if str(file)[:1] not in "-+" else os.path.join(os.curdir, str(file))


def how_to_open(file: Path) -> str:
    """A command line that opens the file in what this system has."""
    import shlex
    import sys

    if os.environ.get("TERM_PROGRAM") == "vscode":
        return f"code {shlex.quote(as_argument(file))}"
    if os.name == "nt":
        name = as_argument(file)
        return f'notepad "{name}"' if " " in name else f"notepad {name}"
    if sys.platform == "darwin":
        return f"open -t {shlex.quote(as_argument(file))}"
    return f"{shlex.join(editor())} {shlex.quote(as_argument(file))}"
