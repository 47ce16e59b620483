"""``oslab grade PATHS…``: practice sheets, files and folders."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from oslab.errors import EXIT_NOT_ALL_RIGHT, InputError, harmless
from oslab.plugins import words_for
from oslab_grader.practice.folder import Graded, collect, grade
from oslab_grader.practice.report import as_csv, as_json, as_table

# From so many files on, how far it is is worth showing.
MANY = 20

# One command without a group around it: `oslab grade PATHS…`.
app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)


@app.command("grade", no_args_is_help=True)
def grade_(
    paths: Annotated[list[Path], typer.Argument(help="Sheets, or folders of sheets.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="CSV, one row a question.")] = False,
) -> None:
    """Grade practice sheets: files and folders.

    Each sheet is marked against the key of the variant it names; whatever score a sheet claims is
    ignored. A file that cannot be graded is a row in the problem list, and the exit code is 1.
    """
    if json and csv:
        raise InputError("--json and --csv: one of them, each is a whole document")
    graded = list(_graded(collect(paths)))
    if not graded:
        raise InputError(f"no files in {', '.join(map(str, paths))}")
    if json:
        typer.echo(as_json(graded), nl=False)
    elif csv:
        typer.echo(as_csv(graded), nl=False)
    else:
        for line in as_table(graded, words_for("grader")):
            typer.echo(harmless(line))
    if any(row.all_problems() for row in graded):
        raise typer.Exit(EXIT_NOT_ALL_RIGHT)


def _graded(files: Sequence[Path]) -> Iterator[Graded]:
    """Grade one by one; of many, a person at the terminal sees how many are done and how long it takes."""
    if len(files) < MANY or not sys.stderr.isatty():
        yield from map(grade, files)
        return
    from rich.console import Console
    from rich.progress import track

    title = words_for("grader")["grade", "grading"]()
    console = Console(stderr=True)
    yield from map(grade, track(files, title, console=console, transient=True))
