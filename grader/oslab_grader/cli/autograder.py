"""``oslab course autograder``: an assignment packed for a platform that grades by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oslab.cli.options import one_of
from oslab.errors import InputError, harmless
from oslab.exercise.feedback import rounded
from oslab.files import replace_file
from oslab.plugins import words_for
from oslab.text import language, width, wrap
from oslab_grader.autograder.pack import Language, Platform, pack
from oslab_grader.course.home import course_here, roster_of

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)

_COLUMNS = 96
# Of students who are not known so many are named.
_MOST = 8
PLATFORMS: tuple[Platform, ...] = ("gradescope", "autolab", "github")


@app.command()
def autograder(
    assignment: Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="Such as hw1.")],
    platform: Annotated[
        str, typer.Option("--for", metavar="|".join(PLATFORMS), help="Where it runs.")
    ],
    wheels: Annotated[
        Path | None,
        typer.Option(
            help="A folder of wheels to pack, for what is not installed from one.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Pack an autograder for a platform, tried on a blank, a right and a broken sheet.

    It takes along the oslab that is installed here, and the parameters and keys that were handed out.
    """
    chosen = one_of(platform, PLATFORMS, "--for")
    course = course_here()
    wanted = course.assignment(assignment)
    spoken: Language = "zh" if language() == "zh" else "en"
    packed = pack(course, wanted, roster_of(course), chosen, spoken, wheels)
    try:
        course.out.mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(f"cannot make {course.out.name}/: {error.strerror}") from None
    file = course.out / f"{assignment}-{chosen}.zip"
    replace_file(file, packed.data)
    words = words_for("grader")
    kind = "no-keys" if chosen == "github" else "keys"
    shown = words["autograder", "wrote"](
        file=f"out/{file.name}", contents=" ".join(packed.contents)
    )
    about = words["autograder", kind]()
    between = "    " if width(shown + about) + 4 <= _COLUMNS else "\n  "
    typer.echo(harmless(shown + between + about))
    blank, right, broken = packed.tried
    points = rounded(packed.points)
    typer.echo(
        words["autograder", "set-points"](points=points, blank=blank, right=right, broken=broken)
    )
    if packed.unlisted:
        first = " ".join(packed.unlisted[:_MOST])
        more = " …" if len(packed.unlisted) > _MOST else ""
        said = words["autograder", "unlisted"](count=len(packed.unlisted), who=first + more)
        typer.echo(harmless(said))
    if chosen == "autolab":
        typer.echo(words["autograder", "problems"](names=" ".join(packed.names)))
        for line in wrap(words["autograder", "believed"](assignment=assignment), _COLUMNS):
            typer.echo(line)
        if wanted.feedback == "format":
            for line in wrap(words["autograder", "shows-scores"](), _COLUMNS):
                typer.echo(line)
