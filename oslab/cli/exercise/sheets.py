"""The work on a sheet: start it, check it, edit and check, check at each save."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from oslab.cli.exercise.app import (
    AsJson,
    ExerciseOrNext,
    SheetMeant,
    VariantCode,
    agreed,
    app,
    find_sheet,
    put,
    put_json,
    read_meant,
    say,
    word,
)
from oslab.cli.exercise.marks import put_marks, remember
from oslab.errors import EXIT_NOT_ALL_RIGHT, InputError
from oslab.exercise import progress as remembered
from oslab.exercise.catalogue import sources
from oslab.exercise.feedback import document
from oslab.exercise.marking import mark
from oslab.exercise.practice import (
    as_argument,
    drawn,
    editor,
    find_class_file,
    how_to_open,
    next_exercise,
    practised,
    start,
)
from oslab.exercise.reading import read_bytes


@app.command("start")
def start_(
    name: ExerciseOrNext = "",
    variant: VariantCode = "",
    new: Annotated[
        bool, typer.Option("--new", help="Other numbers for the sheet saved last here.")
    ] = False,
    folder: Annotated[Path, typer.Option("--in", help="The folder to write into.")] = Path(),
    student: Annotated[
        str, typer.Option("--student", help="Homework: your student number; else it is asked.")
    ] = "",
    team: Annotated[str, typer.Option("--team", help="Homework in teams: your team.")] = "",
) -> None:
    """Write a sheet to answer in any editor. An existing file is never overwritten.

    NAME.oslab.toml, the class file of your homework, makes your own sheet of it.
    """
    class_file = find_class_file(name)
    if class_file:
        from oslab.cli.exercise.beginning import begin

        if variant or new:
            raise InputError(word("homework", "not-for-homework", name=class_file.name))
        begin(class_file, folder, student, team)
        return
    if student or team:
        if name.endswith(".toml"):
            find_sheet(name)  # says so where there is no such file
        raise InputError(word("homework", "only-class-files"))
    if new and not name:
        name = str(find_sheet())
    chosen = practised(name) if name else next_exercise(remembered.load())
    if chosen is None:
        say("practice", "nothing-left" if sources() else "no-exercises")
        return
    file = start(drawn(chosen, variant), folder)
    put(word("practice", "wrote", file=file))
    put("  " + word("practice", "open-it", command=how_to_open(file)))
    put("  " + word("practice", "then"))


@app.command()
def check(sheet: SheetMeant = "", as_json: AsJson = False) -> None:
    """Check a sheet: every answer right, partial, wrong, blank or unreadable."""
    if not _check(find_sheet(sheet), as_json):
        raise typer.Exit(EXIT_NOT_ALL_RIGHT)


def _check(file: Path, as_json: bool = False) -> bool:
    """Check and print; True when all is right. Homework is not remembered as practice.

    Raises InputError for a file that is no sheet.
    """
    data = read_bytes(file)
    sheet = read_meant(file, data)
    if "assignment" in sheet.header:
        from oslab.cli.exercise.homework import check_and_put

        return check_and_put(file, data, sheet, as_json)
    marked = mark(sheet)
    progress = remember(marked)
    if as_json:
        put_json(document(marked))
    else:
        put_marks(file, marked, progress)
    return marked.right


def _check_again(file: Path) -> bool:
    """The same; a file that is no sheet just now is only reported."""
    try:
        return _check(file)
    except InputError as error:
        say("practice", "not-yet", text=error)
        return False


@app.command()
def edit(sheet: SheetMeant = "") -> None:
    """Open the sheet in $VISUAL or $EDITOR, check it when that closes, and ask whether to go on."""
    import subprocess

    file = find_sheet(sheet)
    command = editor()
    while True:
        try:
            code = subprocess.run([*command, as_argument(file)], check=False).returncode
        except (OSError, ValueError):
            missing = word("practice", "editor-missing", editor=" ".join(command))
            raise InputError(missing) from None
        if code:
            say("practice", "editor-stopped", editor=" ".join(command), code=code, file=file)
        if _check_again(file) or not agreed(word("practice", "again"), False, default=True):
            return


@app.command()
def watch(
    sheet: SheetMeant = "",
    every: Annotated[float, typer.Option(min=0.05, help="Seconds between looks.")] = 0.3,
) -> None:
    """Check the sheet each time it is saved, until all is right.

    It looks at the file itself a few times a second, so it works on network folders, in virtual
    machines and in containers, where change notices do not arrive.
    """
    import time

    file = find_sheet(sheet)
    say("practice", "watching", file=file)
    seen: tuple[int, int] | None = None
    gone = False
    try:
        while True:
            try:
                status = os.stat(file)
                stamp, gone = (status.st_mtime_ns, status.st_size), False
            except OSError:
                if not gone:
                    say("practice", "gone", file=file)
                stamp, gone = seen or (0, 0), True
            if stamp != seen and not gone:
                seen = stamp
                put()
                if _check_again(file):
                    return
                say("practice", "still-watching")
            time.sleep(every)
    except KeyboardInterrupt:
        put()
