"""``oslab gradebook export FORMAT [FILE]``: grades for an LMS or a report, in any plugin's format."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oslab.errors import InputError, harmless, one_line
from oslab.exercise.fields import did_you_mean
from oslab.homework.ids import is_device
from oslab.hookspecs import Exporter
from oslab.plugins import PluginError, blamed, plugins, resolve, words_for
from oslab.quantities import shown
from oslab.text import language, pad, width, wrap

if TYPE_CHECKING:
    from oslab.exporting import Exported, ExportRequest
    from oslab_grader.course.model import Course

# The instructor's own file: larger than any gradebook.
MOST_BYTES = 64 * 2**20
MOST_FILES = 10_000
_COLUMNS = 79
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@-]{0,99}")

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Format:
    """An exporter and whose it is."""

    exporter: Exporter
    owner: str


def formats() -> Mapping[str, Format]:
    """All formats by name: those of this plugin first, then the others'."""
    loaded = sorted(plugins().loaded.values(), key=lambda plugin: plugin.name != "grader")
    return {e.name: Format(e, plugin.title) for plugin in loaded for e in plugin.exporters}


@app.command("export")
def export_(
    format: Annotated[str, typer.Argument(help="Which; without one, they are listed.")] = "",
    file: Annotated[
        Path | None, typer.Argument(help="The file of the LMS to fill in; see the list.")
    ] = None,
    assignment: Annotated[
        list[str] | None, typer.Option(help="Which one; else all that were handed out.")
    ] = None,
    only_final: Annotated[
        bool, typer.Option("--only-final", help="Leave out who has no final grade yet.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written, and stop.")
    ] = False,
) -> None:
    """Write grades for an LMS or a report into out/.

    What changes is said before anything is written. The file that is given is only read.
    """
    if not format:
        for line in listed():
            typer.echo(harmless(line))
        return
    chosen_format = _format(format, file is not None)
    # A plugin that is broken says so before the gradebook is brought up to date.
    resolve(chosen_format.exporter.target, chosen_format.owner)

    from oslab.exporting import ExportRequest
    from oslab_grader.book.book import open_book
    from oslab_grader.course.home import course_here
    from oslab_grader.export.gradebook import CourseBook, chosen

    course = course_here()
    given = None if file is None else _read(file)
    book = CourseBook(open_book(course))
    request = ExportRequest(
        book,
        chosen(book, assignment or ()),
        given,
        file.name if file else "",
        only_final,
        language(),
    )
    if not (only_final or chosen_format.exporter.open):
        refuse_open(request)
    exported = run(chosen_format, request)
    for line in exported.said:
        typer.echo(harmless(line))
    _write(course, exported, dry_run)


def listed() -> Sequence[str]:
    """Every format with what it is and what it fills in."""
    words = words_for("grader")
    found = formats()
    names = max(map(width, found), default=0)
    lines = [words["export", "usage"](), ""]
    for name, item in found.items():
        given = one_line(str(item.exporter.given))
        takes = " " + words["export", "takes"](what=given) if given else ""
        ours = item.owner.startswith("plugin grader ")
        owner = "" if ours else f"   {item.owner}"
        lines.append(f"  {pad(name, names)}   {one_line(str(item.exporter.summary))}{takes}{owner}")
    return lines


def _format(name: str, has_file: bool) -> Format:
    """The format of a name. Raises InputError naming the nearest, and for a file that it does not take."""
    found = formats()
    if name not in found:
        raise InputError(
            f"no export format {shown(name)}{did_you_mean(name, list(found))}; there are "
            f"{', '.join(found)}"
        )
    if has_file and not found[name].exporter.given:
        raise InputError(f"{name} fills in no file: oslab gradebook export {name}")
    return found[name]


def _read(file: Path) -> bytes:
    """The instructor's file. Raises InputError."""
    try:
        with file.expanduser().open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read {shown(str(file), 200)}: {reason}") from None
    if len(data) > MOST_BYTES:
        raise InputError(f"{shown(str(file), 200)} is larger than {MOST_BYTES // 2**20} MiB")
    return data


def refuse_open(request: ExportRequest) -> None:
    """Raises InputError while essays wait for a reader or decisions are in conflict."""
    faults = []
    for assignment in request.assignments:
        name = assignment.name
        waits = conflicts = 0
        for grade in request.book.grades(name):
            waits += grade.status == "waits"
            conflicts += grade.status == "withheld" and grade.kind == "conflict"
        if waits:
            count = "1 sheet waits" if waits == 1 else f"{waits} sheets wait"
            faults.append(f"{name}: {count} for a reader: oslab gradebook review {name}")
        if conflicts:
            count = "1 conflict" if conflicts == 1 else f"{conflicts} conflicts"
            faults.append(f"{name}: {count} of decisions: oslab grade {name} lists them")
    if faults:
        faults.append("or leave these students out: --only-final")
        raise InputError("\n".join(faults))


def run(chosen: Format, request: ExportRequest) -> Exported:
    """What an exporter gives. Raises PluginError where it breaks, or gives something else."""
    from oslab.exporting import Exported

    title, exporter = chosen.owner, chosen.exporter
    function = resolve(exporter.target, title)
    try:
        exported = function(request)
        faults = _faults(exported) if isinstance(exported, Exported) else "no Exported"
    except InputError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a stranger's code: one line, whatever it raises
        raise PluginError(
            f"{title}: export {exporter.name}: {blamed(error).partition(': ')[2]}"
        ) from error
    if faults:
        raise PluginError(f"{title}: export {exporter.name} gave {faults}; nothing was written")
    return exported  # type: ignore[no-any-return]


def _faults(exported: Exported) -> str:
    """What is wrong with what an exporter gave; it is a stranger's."""
    if not isinstance(exported.files, Mapping) or len(exported.files) > MOST_FILES:
        return "no files that can be written"
    folded = set()
    for name, data in exported.files.items():
        if not isinstance(name, str) or not _FILE_NAME.fullmatch(name) or is_device(name):
            return f"a file name that is none: {shown(str(name))}"
        if not isinstance(data, bytes):
            return f"{type(data).__name__} for {name}, not bytes"
        folded.add(name.casefold())
    if len(folded) < len(exported.files):
        return "two file names that differ only in case"
    said = exported.said
    if not isinstance(said, tuple | list) or not all(isinstance(line, str) for line in said):
        return "lines to show that are no texts"
    return "" if isinstance(exported.next, str) else "a next step that is no text"


def _write(course: Course, exported: Exported, dry_run: bool) -> None:
    """Write the files into out/, and say so."""
    from oslab.files import replace_file

    words = words_for("grader")
    if not exported.files:
        typer.echo(words["export", "nothing"]())
        return
    if not dry_run:
        try:
            course.out.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot make {course.out}: {error.strerror or error}") from None
    then = one_line(exported.next)
    for name, data in exported.files.items():
        target = course.out / name
        key = "would-write" if dry_run else "replaced" if target.exists() else "wrote"
        if not dry_run:
            replace_file(target, data)
        line = words["export", key](file=f"out/{name}")
        if then and len(exported.files) == 1 and width(line + then) < _COLUMNS:
            line, then = f"{line}      {then}", ""
        typer.echo(harmless(line))
    for line in wrap(then, _COLUMNS - 2) if then else ():
        typer.echo(harmless(f"  {line}"))
