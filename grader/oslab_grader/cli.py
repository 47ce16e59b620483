"""``oslab grade PATHS…``: practice sheets, files and folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oslab.errors import EXIT_NOT_ALL_RIGHT, InputError, harmless
from oslab.plugins import words_for
from oslab_grader.folder import collect, grade
from oslab_grader.report import as_csv, as_json, as_table

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
    graded = [grade(file) for file in collect(paths)]
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
