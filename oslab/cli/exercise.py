"""``oslab exercise``: what is next, and list show start edit check hint explain watch reset."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from oslab.cli.simulator import group
from oslab.errors import EXIT_NOT_ALL_RIGHT, InputError
from oslab.exercise import progress as remembered
from oslab.exercise.catalogue import exercise, sources
from oslab.exercise.feedback import document, fault_text, lines, note_text, rounded
from oslab.exercise.marking import MarkedQuestion, MarkedSheet, mark
from oslab.exercise.practice import (
    editor,
    entries,
    find_sheet,
    how_to_open,
    introduction,
    next_exercise,
    start,
)
from oslab.exercise.progress import HINT_COST, Progress
from oslab.exercise.reading import read_sheet_file
from oslab.exercise.sheet import NotASheet, Question
from oslab.exercise.variant import Variant, draw
from oslab.quantities import printable
from oslab.randomness import new_code, read_code
from oslab.text import pad, width, wrap
from oslab.wordfiles import words_of

app = group("Practise: what is next, start a sheet, check it, ask for a hint.")
WORDS = words_of("oslab")


def _ids(incomplete: str) -> list[str]:
    """Exercises for the shell to complete."""
    return [name for name in sources() if name.startswith(incomplete)]


Named = Annotated[
    str, typer.Argument(metavar="[SHEET|EXERCISE]", help="Else the sheet saved last here.")
]
One = Annotated[
    str,
    typer.Argument(metavar="EXERCISE", help="Such as paging/replace-fifo.", autocompletion=_ids),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Which = Annotated[
    str, typer.Option("--question", help="Which question, q2, of a sheet with several.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def say(section: str, key: str, **values: object) -> None:
    typer.echo(WORDS[section, key](values))


@app.callback(invoke_without_command=True, no_args_is_help=False)
def overview(ctx: typer.Context) -> None:
    """Practise: what is next, start a sheet, check it, ask for a hint.

    Without a command: how far you are, and what is next.
    """
    if ctx.invoked_subcommand:
        return
    progress = remembered.load()
    topics: dict[str, list[str]] = {}
    for name in sources():
        topics.setdefault(name.partition("/")[0], []).append(name)
    if not topics:
        say("practice", "no-exercises")
        return
    columns = max(11, *(width(t) + 1 for t in topics))
    for topic, names in topics.items():
        solved = sum(progress.solved(name) for name in names)
        bar = ("#" * (16 * solved // len(names))).ljust(16, ".")
        typer.echo(f"{pad(topic, columns)} {bar}   ", nl=False)
        say("practice", "solved-of", solved=solved, all=len(names))
    upcoming = next_exercise(progress)
    if upcoming is None:
        say("practice", "nothing-left")
        return
    found = dict(entries(upcoming.partition("/")[0]))[upcoming]
    say("practice", "next", exercise=upcoming, title=found.title, difficulty=found.difficulty)
    say("practice", "start-it")


@app.command("list")
def list_(
    topic: Annotated[str, typer.Argument(help="Only this topic, such as paging.")] = "",
    as_json: AsJson = False,
) -> None:
    """All exercises, the easiest first, and how far you are with each."""
    progress = remembered.load()
    found = entries(topic)
    if as_json:
        rows = [
            {
                "id": name,
                "title": {"en": e.title.en, "zh": e.title.zh},
                "problem": e.problem,
                "difficulty": e.difficulty,
                "points": float(sum(a.points for a in e.answer)),
                "solved": progress.solved(name),
                "best": float(progress.best(name)),
            }
            for name, e in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    ids = max(width(name) for name, _ in found)
    titles = max(width(str(e.title)) for _, e in found)
    for name, e in found:
        stars = "*" * e.difficulty
        line = (
            f"{pad(name, ids)}  {stars:<5}  {pad(str(e.title), titles)}  {_state(progress, name)}"
        )
        typer.echo(line.rstrip())


def _state(progress: Progress, name: str) -> str:
    if progress.solved(name):
        return WORDS["practice", "state-solved"]()
    if progress.best(name):
        return WORDS["practice", "state-tried"](score=rounded(progress.best(name) * 100))
    if any(a.explained for a in progress.exercises.get(name, {}).values()):
        return WORDS["practice", "state-explained"]()
    return ""


@app.command()
def show(
    name: One,
    variant: Annotated[str, typer.Option(help="A variant's code; else one is drawn.")] = "",
    as_json: AsJson = False,
) -> None:
    """Read an exercise without writing a sheet."""
    found = _draw(name, variant)
    entry = found.exercise.entry
    if as_json:
        about = {"title": str(entry.title), "objective": str(entry.objective)}
        statement = [p if isinstance(p, str) else p.text for p in introduction(found)]
        document = {**found.record(), **about, "statement": "\n".join(statement)}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    for part in introduction(found):
        text = wrap(part, 96) if isinstance(part, str) else part.text.split("\n")
        for line in text:
            typer.echo(line if isinstance(part, str) else f"    {line}")
    typer.echo()
    say("practice", "asked")
    for asked in entry.answer:
        prompt = found.exercise.prompt(asked)
        line = WORDS["practice", "asked-line"](name=asked.name, prompt=prompt, points=asked.points)
        typer.echo("  " + line)
    typer.echo()
    say("practice", "objective", objective=entry.objective)
    say("feedback", "variant", code=found.code)


@app.command("start")
def start_(
    name: Annotated[
        str,
        typer.Argument(metavar="[EXERCISE]", help="Else what is next.", autocompletion=_ids),
    ] = "",
    variant: Annotated[str, typer.Option(help="A variant's code; else one is drawn.")] = "",
    new: Annotated[bool, typer.Option("--new", help="Other numbers (they always are).")] = False,
    folder: Annotated[Path, typer.Option("--in", help="The folder to write into.")] = Path(),
) -> None:
    """Write a sheet to answer in any editor. An existing file is never overwritten."""
    chosen = name or next_exercise(remembered.load())
    if chosen is None:
        say("practice", "nothing-left")
        return
    file = start(_draw(chosen, variant), folder)
    say("practice", "wrote", file=file)
    typer.echo("  " + WORDS["practice", "open-it"](command=how_to_open(file)))
    typer.echo("  " + WORDS["practice", "then"]())


def _draw(name: str, code: str) -> Variant:
    if "/" not in name:
        stems = [i for i in sources() if i.partition("/")[2] == name]
        name = stems[0] if len(stems) == 1 else name
    try:
        return draw(exercise(name), read_code(code) if code else new_code())
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"--variant {code}: {error}") from None


@app.command()
def check(sheet: Named = "", as_json: AsJson = False) -> None:
    """Check a sheet: every answer right, partial, wrong, blank or unreadable."""
    file = find_sheet(sheet)
    marked = mark(read_sheet_file(file))
    _remember(marked)
    if as_json:
        text = json.dumps(document(marked), ensure_ascii=False, allow_nan=False, indent=1)
        typer.echo(text)
    else:
        _print_marked(file, marked)
    if not marked.right:
        raise typer.Exit(EXIT_NOT_ALL_RIGHT)


def _remember(marked: MarkedSheet) -> None:
    progress = before = remembered.load()
    for q in marked.questions:
        if q.marked is None or not q.marked.points:
            continue
        name, code = q.reference.exercise, q.reference.code
        old = progress.of(name, code)
        share = q.marked.earned / q.marked.points * (1 - min(old.hints * HINT_COST, Fraction(1)))
        if not old.explained or old.solved:
            old = replace(
                old,
                solved=old.solved or q.marked.right,
                best=str(max(old.best_score, share)),
            )
        progress = progress.with_(name, code, replace(old, checks=old.checks + 1))
    if progress is not before:
        remembered.save(progress)


def _print_marked(file: Path, marked: MarkedSheet) -> None:
    progress = remembered.load()
    for note in marked.sheet.notes:
        typer.echo(note_text(note))
        for line in note.caret() or ():
            typer.echo(f"    {line}")
    for q in marked.questions:
        _print_question(file, q, progress, several=len(marked.questions) > 1)
    if len(marked.questions) > 1:
        earned, points = rounded(marked.earned), rounded(marked.points)
        say("feedback", "total", earned=earned, points=points)


def _print_question(file: Path, q: MarkedQuestion, progress: Progress, several: bool) -> None:
    label = f"{q.name}   " if several else ""
    code = WORDS["feedback", "variant"](code=printable(q.reference.code))
    if q.marked is None:
        typer.echo(f"{label}{printable(q.reference.exercise)}   {printable(str(file))}   {code}")
        text = note_text(q.note) if q.note else fault_text(q.fault) if q.fault else ""
        typer.echo(f"  {text}")
        return
    found = q.marked.variant.exercise
    typer.echo(f"{label}{found.entry.title}   {printable(str(file))}   {code}")
    for line in lines(q.marked):
        typer.echo(line)
    tried = progress.of(found.id, q.reference.code)
    off = q.marked.earned * min(tried.hints * HINT_COST, Fraction(1))
    score = "with-hints" if off else "score"
    typer.echo("  " + WORDS["feedback", score](
        earned=rounded(q.marked.earned - off), points=rounded(q.marked.points), hints=rounded(off)
    ), nl=False)  # fmt: skip
    left = len(found.entry.hint) - tried.hints
    if not q.marked.right:
        typer.echo("          " + WORDS["feedback", "hint-line"](left=left) if left > 0 else "")
        return
    typer.echo()
    if tried.explained and not tried.solved:
        typer.echo("  " + WORDS["feedback", "explained-line"](exercise=found.id))
    else:
        typer.echo("  " + WORDS["feedback", "right-line"](exercise=found.id))
    upcoming = next_exercise(progress)
    if upcoming:
        typer.echo("  " + WORDS["feedback", "next-line"](next=upcoming))
    else:
        typer.echo("  " + WORDS["feedback", "all-done"]())


def _question(file: Path, which: str) -> tuple[Question, Variant]:
    """One question of a sheet and its variant."""
    questions = {q.name: q for q in read_sheet_file(file).questions}
    names = ", ".join(questions)
    if not which and len(questions) > 1:
        raise InputError(WORDS["practice", "which-question"](file=file, questions=names))
    which = which or next(iter(questions), "")
    if which not in questions:
        text = WORDS["practice", "no-question"](file=file, question=which, questions=names)
        raise InputError(text)
    question = questions[which]
    return question, draw(exercise(question.reference.exercise), question.reference.code)


def _agreed(question: str, yes: bool, default: bool = False) -> bool:
    """Whether the answer on standard input is yes; no input at all is no."""
    if yes:
        return True
    choices = WORDS["practice", "yes-no-default-yes" if default else "yes-no"]()
    typer.echo(f"{question} {choices} ", nl=False)
    try:
        answer = input().strip().casefold()
    except (EOFError, KeyboardInterrupt):
        typer.echo()
        return False
    return default if not answer else answer in ("y", "yes", "是", "要", "好")


@app.command()
def hint(sheet: Named = "", question: Which = "", yes: Yes = False) -> None:
    """The next hint; it says what it costs first. Hints already shown are shown again for nothing."""
    _, variant = _question(find_sheet(sheet), question)
    name, hints = variant.exercise.id, variant.exercise.entry.hint
    progress = remembered.load()
    tried = progress.of(name, variant.code)
    if not hints:
        say("practice", "no-hints")
        return
    for number in range(1, tried.hints + 1):
        say("practice", "hint-shown", number=number, text=hints[number - 1].text)
    if tried.hints >= len(hints):
        say("practice", "no-more-hints", all=len(hints))
        return
    number = tried.hints + 1
    if tried.solved or _agreed(WORDS["practice", "hint-cost"](number=number, all=len(hints)), yes):
        say("practice", "hint-shown", number=number, text=hints[number - 1].text)
        if not tried.solved:
            changed = replace(tried, hints=number)
            remembered.save(progress.with_(name, variant.code, changed))
    else:
        say("practice", "not-shown")


@app.command()
def explain(
    sheet: Named = "", question: Which = "", yes: Yes = False, as_json: AsJson = False
) -> None:
    """The worked run: each step of the simulation behind the question, and the answers."""
    from oslab.show.document import document as run_document
    from oslab.show.terminal import show as show_run

    _, variant = _question(find_sheet(sheet), question)
    name = variant.exercise.id
    progress = remembered.load()
    tried = progress.of(name, variant.code)
    if not tried.solved and not tried.explained:
        if not _agreed(WORDS["practice", "explain-cost"](), yes):
            say("practice", "not-shown")
            return
        remembered.save(progress.with_(name, variant.code, replace(tried, explained=True)))
    if as_json:
        key = {n: _written(variant, n) for n in variant.asked()}
        both = {"run": run_document(variant.run), "key": key}
        typer.echo(json.dumps(both, ensure_ascii=False, allow_nan=False))
        return
    title = variant.exercise.entry.title
    say("practice", "worked-run", title=title, code=variant.code)
    show_run(variant.run, variant.exercise.words)
    say("practice", "key")
    for asked in variant.asked():
        text = _written(variant, asked)
        if isinstance(text, str):
            typer.echo(f"  {asked} = {text}")


def _written(variant: Variant, name: str) -> str | list[dict[str, str]]:
    """An answer of the key as a student would write it; a table row by row."""
    from oslab.exercise.answers import Table

    kind, value, words = variant.exercise.kind(name), variant.key[name], variant.exercise.words
    if isinstance(kind, Table):
        return [{c: k.write(row[c], words) for c, k in kind.columns.items()} for row in value]
    return kind.write(value, words)


@app.command()
def edit(sheet: Named = "") -> None:
    """Open the sheet in $VISUAL or $EDITOR, check it when that closes, and ask whether to go on."""
    import subprocess

    file = find_sheet(sheet)
    command = editor()
    while True:
        try:
            subprocess.run([*command, str(file)], check=False)
        except OSError:
            raise InputError(
                WORDS["practice", "editor-missing"](editor=" ".join(command))
            ) from None
        if _check_once(file) or not _agreed(WORDS["practice", "again"](), False, default=True):
            return


def _check_once(file: Path) -> bool:
    """Check and print; True when all is right. A file that is no sheet (yet) is only reported."""
    try:
        marked = mark(read_sheet_file(file))
    except NotASheet as error:
        say("practice", "still-watching", text=error)
        return False
    _remember(marked)
    _print_marked(file, marked)
    return marked.right


@app.command()
def watch(
    sheet: Named = "",
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
                typer.echo()
                if _check_once(file):
                    return
            time.sleep(every)
    except KeyboardInterrupt:
        typer.echo()


@app.command()
def reset(
    name: One,
    yes: Yes = False,
) -> None:
    """Forget tries, hints and "solved" of an exercise. Sheets are never touched."""
    progress = remembered.load()
    name = next((i for i in sources() if name in (i, i.partition("/")[2])), name)
    if not progress.tried(name):
        exercise(name)
        say("practice", "reset-nothing", exercise=name)
    elif _agreed(WORDS["practice", "reset-ask"](exercise=name), yes):
        remembered.save(progress.without(name))
        say("practice", "reset-done", exercise=name)
