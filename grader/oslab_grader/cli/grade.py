"""``oslab grade``: an assignment's uploads in a course, practice sheets anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from oslab.errors import EXIT_NOT_ALL_RIGHT, EXIT_USAGE, InputError, harmless, one_line
from oslab.plugins import words_for

if TYPE_CHECKING:
    from rich.progress import TaskID

    from oslab_grader.book.book import Book
    from oslab_grader.book.marks import Engine, Progress
    from oslab_grader.book.records import Trouble
    from oslab_grader.course.model import Assignment, Course
    from oslab_grader.course.roster import Roster
    from oslab_grader.intake.intake import Intake
    from oslab_grader.marking.local import Crew

# From so many files on, how far it is is worth showing.
MANY = 20


@dataclass(frozen=True)
class Marking:
    """How and where uploads are marked, as the command line has it."""

    workers: int | None
    time_limit: float | None
    memory_limit: str | None
    where: Literal["local", "dask"]
    scheduler: str

    @contextmanager
    def engine(self) -> Iterator[tuple[Engine, Crew | None]]:
        """The function that marks; and who does, where it is done here. Raises InputError for a limit that
        is none."""
        given = {
            "workers": self.workers,
            "seconds": self.time_limit,
            "megabytes": self._megabytes(),
        }
        limits: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
        if self.where == "dask":
            if not self.scheduler or self.workers:
                raise InputError(
                    "--engine dask needs --scheduler ADDRESS, and has no --workers: the cluster has its own"
                )
            from oslab_grader.marking.cluster import mark_all_on_dask

            yield partial(mark_all_on_dask, scheduler=self.scheduler, **limits), None
            return
        if self.scheduler:
            raise InputError("--scheduler belongs to --engine dask")
        from oslab_grader.marking.local import Crew

        with closing(Crew(**limits)) as crew:
            yield crew.mark_all, crew

    def _megabytes(self) -> int | None:
        from oslab.quantities import QuantityError, parse_size

        if self.memory_limit is None:
            return None
        try:
            if size := parse_size(self.memory_limit) // 2**20:
                return size
        except QuantityError:
            pass
        raise InputError(
            f"--memory-limit {one_line(self.memory_limit)}: a size such as 512MiB is expected"
        )


# One command without a group around it: `oslab grade PATHS…`.
app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)


@app.command("grade")
def grade_(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ASSIGNMENT] [PATHS]…",
            help="In a course: an assignment, then zips and folders of the LMS. Elsewhere: sheets and folders.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    csv: Annotated[
        bool, typer.Option("--csv", help="CSV, one row a student (of practice: a question).")
    ] = False,
    all_: Annotated[
        bool, typer.Option("--all", help="Mark everything anew, as if nothing had been marked.")
    ] = False,
    names: Annotated[bool, typer.Option("--names", help="Names beside the ids.")] = False,
    worksheet: Annotated[
        Path | None, typer.Option(help="Moodle's grading worksheet: who is who, and when.")
    ] = None,
    times: Annotated[
        Path | None, typer.Option(help="CSV: id, time of the upload, where the LMS does not say.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes that mark; one a core.")
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds for one upload, then it is stopped.")
    ] = None,
    memory_limit: Annotated[
        str | None, typer.Option(help="Memory of a process that marks: 512MiB.")
    ] = None,
    engine: Annotated[
        Literal["local", "dask"], typer.Option(help="Where to mark: here, or on a Dask cluster.")
    ] = "local",
    scheduler: Annotated[str, typer.Option(help="The Dask scheduler: tcp://host:8786.")] = "",
) -> None:
    """Grade what was handed in, or practice sheets.

    In a course (a folder with course.toml, or one below it) the first argument is an assignment: what the
    zips and folders hold is taken in, marked against the keys that were handed out, and the gradebook
    brought up to date. Elsewhere all arguments are sheets, or folders of sheets.

    Whatever score a file claims is ignored. What cannot be graded is a row in the problem list, and the
    exit code is 1.
    """
    from oslab.allowed import course_file

    if json and csv:
        raise InputError("--json and --csv: one of them, each is a whole document")
    if not course_file():
        in_course = {
            "--all": all_, "--names": names, "--worksheet": worksheet, "--times": times,
            "--workers": workers, "--time-limit": time_limit, "--memory-limit": memory_limit,
            "--engine": engine != "local", "--scheduler": scheduler,
        }  # fmt: skip
        if given := [option for option, value in in_course.items() if value]:
            raise InputError(
                f"{', '.join(given)}: only in a course, and there is no course.toml in this folder or "
                "above it"
            )
        if not paths:
            typer.echo(context.get_help())
            raise typer.Exit(EXIT_USAGE)
        _practice([Path(path) for path in paths], json, csv)
        return
    marking = Marking(workers, time_limit, memory_limit, engine, scheduler)
    _course(paths or [], json, csv, all_, names, worksheet, times, marking)


def _course(
    words_given: Sequence[str],
    json: bool,
    csv: bool,
    anew: bool,
    names: bool,
    worksheet: Path | None,
    times: Path | None,
    marking: Marking,
) -> None:
    """Take in what is given for an assignment, bring the gradebook up to date, say what there is."""
    from oslab_grader.book.book import open_book
    from oslab_grader.book.document import as_csv, as_json
    from oslab_grader.course.home import course_here, roster_of

    course = course_here()
    paths = [Path(word) for word in words_given[1:]]
    chosen = [_assignment(course, word, words_given) for word in words_given[:1]]
    for option, value in (("--worksheet", worksheet), ("--times", times)):
        if value is not None and not paths:
            raise InputError(
                f"{option} belongs to uploads: oslab grade ASSIGNMENT PATHS {option} FILE"
            )
    taken: Sequence[Trouble] = ()
    beside = 0
    with marking.engine() as (engine, crew):
        for assignment in chosen if paths else ():
            if not (course.handout(assignment.name) / "record.jsonl").is_file():
                raise InputError(
                    f"{assignment.name} has not been handed out: oslab course handout {assignment.name}"
                )
            roster, early = roster_of(course), None if anew else crew
            found = _take_in(course, assignment, roster, paths, worksheet, times, early)
            taken, beside = found.troubles, found.beside
        with _watched() as progress:
            book = open_book(course, anew, again=True, engine=engine, progress=progress)
    out = [name for name, is_out in book.handed_out().items() if is_out]
    shown = [a.name for a in chosen] or out
    if not shown:
        raise InputError("nothing has been handed out yet: oslab course handout ASSIGNMENT")
    if json or csv:
        make = as_json(book, shown, names, taken) if json else as_csv(book, shown, names)
        for piece in make:
            typer.echo(piece, nl=False)
    else:
        _screen(book, shown, taken, beside, names)
    if taken or any(book.has_problems(name) for name in shown):
        raise typer.Exit(EXIT_NOT_ALL_RIGHT)


def _take_in(
    course: Course,
    assignment: Assignment,
    roster: Roster,
    paths: Sequence[Path],
    worksheet: Path | None,
    times: Path | None,
    crew: Crew | None,
) -> Intake:
    """Take in all uploads; `crew` begins to mark them meanwhile."""
    from oslab_grader.intake.intake import take_in

    if crew is None:
        return take_in(course, assignment, roster, paths, worksheet, times)
    from oslab_grader.book.ahead import Ahead

    with Ahead(course, roster, assignment.name, crew) as ahead:
        return take_in(course, assignment, roster, paths, worksheet, times, ahead.mark)


def _assignment(course: Course, word: str, words_given: Sequence[str]) -> Assignment:
    """The assignment that is named first. Raises InputError."""
    if any(a.name == word for a in course.assignments) or not Path(word).exists():
        return course.assignment(word)
    names = [a.name for a in course.assignments]
    given = one_line(" ".join(words_given))
    raise InputError(
        f"which assignment is it? In a course that comes first: oslab grade {names[0]} {given}"
        + (f"; there are {', '.join(names)}" if len(names) > 1 else "")
    )


def _screen(
    book: Book, shown: Sequence[str], taken: Sequence[Trouble], beside: int, names: bool
) -> None:
    from oslab_grader.book.otherkeys import other_keys
    from oslab_grader.book.screen import lines, note
    from oslab_grader.handout.record import Record

    words = words_for("grader")
    for name in shown:
        for line in lines(book, name, taken, beside, names, words):
            typer.echo(harmless(line))
        record = Record(book.course.handout(name) / "record.jsonl")
        for found in other_keys(record):
            typer.echo(harmless(note(found, name, words)))


@contextmanager
def _watched() -> Iterator[Progress | None]:
    """A bar with the time it still takes, for a person at the terminal, where there is much to mark."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    title = words_for("grader")["grade", "grading"]()
    with Bar(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(assignment: str, done: int, of: int) -> None:
            if of < MANY:
                return
            if assignment not in tasks:
                tasks[assignment] = bar.add_task(f"{title} {assignment}", total=of)
            bar.update(tasks[assignment], completed=done)

        yield progress


def _practice(paths: Sequence[Path], json: bool, csv: bool) -> None:
    """Practice sheets: files and folders."""
    from oslab_grader.practice.folder import Graded, collect, grade
    from oslab_grader.practice.report import as_csv, as_json, as_table

    def graded_of(files: Sequence[Path]) -> Iterator[Graded]:
        """One by one; of many, a person at the terminal sees how many are done and how long it takes."""
        if len(files) < MANY or not sys.stderr.isatty():
            yield from map(grade, files)
            return
        from rich.console import Console
        from rich.progress import track

        title = words_for("grader")["grade", "grading"]()
        console = Console(stderr=True)
        yield from map(grade, track(files, title, console=console, transient=True))

    if not (paths[0].exists() or paths[0].suffix):
        raise InputError(
            f"there is no file or folder {one_line(str(paths[0]))}. If it is an assignment: there is no "
            "course.toml in this folder or above it; grade in the folder of the course"
        )
    graded = list(graded_of(collect(paths)))
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
