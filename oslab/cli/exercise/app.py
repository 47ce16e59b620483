"""The group of commands, the arguments they share, and the one way out for what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oslab.cli.simulator import group
from oslab.errors import InputError, harmless
from oslab.exercise.catalogue import sources
from oslab.hookspecs import Command
from oslab.text import Text, wrap
from oslab.wordfiles import words_of

if TYPE_CHECKING:
    from oslab.exercise.sheet import Sheet

_SUMMARIES = {
    ("browse", "list"): Text("All exercises, and how far you are.", "全部练习，以及你的进度。"),
    ("browse", "show"): Text("Read an exercise, without a sheet.", "阅读一道练习，不生成答卷。"),
    ("sheets", "start"): Text(
        "Write a sheet to answer in any editor.", "生成答卷，用任何编辑器作答。"
    ),
    ("sheets", "edit"): Text(
        "Open the sheet in your editor, then check.", "用编辑器打开答卷，关闭后检查。"
    ),
    ("sheets", "check"): Text("Check a sheet, answer by answer.", "逐项检查答卷。"),
    ("tutor", "hint"): Text(
        "The next hint; says first what it costs.", "下一条提示；先说明要扣多少。"
    ),
    ("tutor", "explain"): Text("The worked run behind a question.", "题目背后的逐步讲解。"),
    ("sheets", "watch"): Text("Check the sheet each time it is saved.", "每次保存后自动检查。"),
    ("tutor", "reset"): Text("Forget what is remembered of one.", "忘掉一道练习的记录。"),
}
app = group(
    "Practise: what is next, start a sheet, check it, ask for a hint.",
    [Command(name, text, f"{__package__}.{home}:app") for (home, name), text in _SUMMARIES.items()],
)
WORDS = words_of("oslab")
COLUMNS = 96


def _ids(incomplete: str) -> list[str]:
    """Exercises for the shell to complete."""
    return [name for name in sources() if name.startswith(incomplete)]


SheetMeant = Annotated[
    str, typer.Argument(metavar="[SHEET|EXERCISE]", help="Else the sheet saved last here.")
]
ExerciseMeant = Annotated[
    str,
    typer.Argument(
        metavar="EXERCISE", help="Such as paging/replace-fifo, or a sheet.", autocompletion=_ids
    ),
]
ExerciseOrNext = Annotated[
    str,
    typer.Argument(metavar="[EXERCISE]", help="Else what is next.", autocompletion=_ids),
]
VariantCode = Annotated[str, typer.Option("--variant", help="A variant's code; else one is drawn.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
WhichQuestion = Annotated[
    str, typer.Option("--question", help="Which question, q2, of a sheet with several.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.callback(invoke_without_command=True, no_args_is_help=False)
def exercise(ctx: typer.Context) -> None:
    """Practise: what is next, start a sheet, check it, ask for a hint.

    Without a command: how far you are, and what is next.
    """
    if not ctx.invoked_subcommand:
        from oslab.cli.exercise.browse import overview

        overview()


def put(line: str = "", end: str = "\n") -> None:
    """Print. Titles, names and messages are a stranger's: nothing in them reaches the terminal raw."""
    typer.echo(harmless(line) + end, nl=False)


def put_wrapped(text: str) -> None:
    """Print a text that may be longer than a line."""
    for line in wrap(text, COLUMNS):
        put(line)


def put_json(document: Any) -> None:
    """Print one document, in ASCII, so that no console can spoil it."""
    typer.echo(json.dumps(document, allow_nan=False, indent=1))


def word(section: str, key: str, **values: object) -> str:
    """One of the host's sentences."""
    return WORDS[section, key](values)


def say(section: str, key: str, **values: object) -> None:
    """Print one of the host's sentences."""
    put_wrapped(word(section, key, **values))


def warn(faults: list[str]) -> None:
    """What could not be used, each on a line of standard error; the rest goes on."""
    for fault in faults:
        typer.echo(harmless("oslab: " + word("practice", "left-out", text=fault)), err=True)


def find_sheet(name: str = "") -> Path:
    """The sheet that is meant. Raises InputError; where a class file is here, it says that homework begins
    with that, not with `start` alone."""
    from oslab.exercise import practice

    if not name and next(practice.sheets_here(), None) is None:
        from oslab.homework.beside import instead_of_a_sheet

        instead = instead_of_a_sheet(Path())
        if instead:
            raise InputError(instead)
    return practice.find_sheet(name)


def read_meant(file: Path, data: bytes) -> Sheet:
    """The sheet in a file; where that is none, but its class file is there, what to do."""
    from oslab.exercise.reading import read_sheet
    from oslab.exercise.sheet import NotASheet

    try:
        return read_sheet(data, file.name)
    except NotASheet as refused:
        from oslab.homework.beside import instead_of_a_sheet

        known = refused.note.key in ("no-sheet", "empty-file")
        instead = instead_of_a_sheet(file.parent, file) if known else ""
        if not instead:
            raise
        raise InputError(instead) from None


def agreed(question: str, yes: bool, default: bool = False) -> bool:
    """Whether the answer on standard input is yes; no input at all is no."""
    if yes:
        return True
    choices = word("practice", "yes-no-default-yes" if default else "yes-no")
    put(f"{question} {choices} ", end="")
    try:
        answer = input().strip().casefold()
    except (EOFError, KeyboardInterrupt):
        put()
        return False
    except UnicodeDecodeError:
        raise InputError(word("practice", "not-text")) from None
    return default if not answer else answer in ("y", "yes", "是", "要", "好")
