"""Help that costs something and says so first, hint and explain; and forgetting that it was taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from oslab.cli.exercise.app import (
    AsJson,
    ExerciseMeant,
    SheetMeant,
    WhichQuestion,
    Yes,
    agreed,
    app,
    find_sheet,
    put,
    put_json,
    read_meant,
    say,
    word,
)
from oslab.errors import InputError
from oslab.exercise import progress as remembered
from oslab.exercise.answers import Table
from oslab.exercise.catalogue import entry
from oslab.exercise.feedback import fault_text, note_text
from oslab.exercise.fields import did_you_mean
from oslab.exercise.marking import Fault, variant_of
from oslab.exercise.practice import meant
from oslab.exercise.reading import read_bytes
from oslab.exercise.sheet import Question, Reference, Sheet
from oslab.exercise.variant import Variant


def _asked(name: str, which: str) -> tuple[Path, Sheet, Question]:
    """One question of a sheet, the sheet and its file."""
    file = find_sheet(name)
    sheet = read_meant(file, read_bytes(file))
    questions = {q.name: q for q in sheet.questions}
    names = ", ".join(questions)
    if not which and len(questions) > 1:
        raise InputError(word("practice", "which-question", file=file, questions=names))
    which = which or next(iter(questions))
    if which not in questions:
        near = did_you_mean(which, list(questions))
        text = word("practice", "no-question", file=file, question=which, questions=names)
        raise InputError(text + near)
    return file, sheet, questions[which]


def _reference(question: Question) -> Reference:
    """What a question was made from."""
    if question.unreadable and not question.reference.exercise:
        raise InputError(note_text(question.unreadable))
    if not question.reference.code:
        raise InputError(fault_text(Fault("no-code", {})))
    return question.reference


@app.command()
def hint(sheet: SheetMeant = "", question: WhichQuestion = "", yes: Yes = False) -> None:
    """The next hint; it says what it costs first. Hints already shown are shown again for nothing."""
    file, found, asked = _asked(sheet, question)
    if "assignment" in found.header:
        from oslab.cli.exercise.homework import put_hints

        put_hints(file, found, asked.name)
        return
    reference = _reference(asked)
    name, code = reference.exercise, reference.code
    hints = [str(hint.text()) for hint in entry(name).hint]
    progress = remembered.load()
    tried = progress.of(name, code)
    if not hints:
        say("practice", "no-hints")
        return
    for number, text in enumerate(hints[: tried.hints], start=1):
        say("practice", "hint-shown", number=number, text=text)
    number = tried.hints + 1
    if number > len(hints):
        say("practice", "no-more-hints", all=len(hints))
    elif tried.solved or agreed(word("practice", "hint-cost", number=number, all=len(hints)), yes):
        say("practice", "hint-shown", number=number, text=hints[number - 1])
        if not tried.solved:
            remembered.save(progress.with_(name, code, replace(tried, hints=number)))
    else:
        say("practice", "not-shown")


@app.command()
def explain(
    sheet: SheetMeant = "", question: WhichQuestion = "", yes: Yes = False, as_json: AsJson = False
) -> None:
    """The worked run: each step of the simulation behind the question, and the answers."""
    file, found, asked = _asked(sheet, question)
    if "assignment" in found.header:
        from oslab.cli.exercise.homework import refuse_worked_run

        refuse_worked_run(file, found, asked.reference)
    variant = variant_of(_reference(asked))
    if isinstance(variant, Fault):
        raise InputError(fault_text(variant))
    # Before anything is paid for: what cannot be shown costs nothing.
    key = {name: _written(variant, name) for name in variant.asked()}
    name = variant.exercise.id
    progress = remembered.load()
    tried = progress.of(name, variant.code)
    if not tried.solved and not tried.explained:
        if not agreed(word("practice", "explain-cost"), yes):
            say("practice", "not-shown")
            return
        remembered.save(progress.with_(name, variant.code, replace(tried, explained=True)))
    if as_json:
        from oslab.show.document import document

        put_json({"run": document(variant.run), "key": key})
        return
    from oslab.show.terminal import show

    say("practice", "worked-run", title=variant.exercise.entry.title, code=variant.code)
    show(variant.run, variant.exercise.words)
    # A table's rows are the steps just shown.
    scalars = {name: text for name, text in key.items() if isinstance(text, str)}
    if scalars:
        say("practice", "key")
    for name, text in scalars.items():
        put(f"  {name} = {text}")


def _written(variant: Variant, name: str) -> str | list[dict[str, str]]:
    """An answer of the key as a student would write it; a table row by row."""
    kind, value, words = variant.exercise.kind(name), variant.key[name], variant.exercise.words
    if isinstance(kind, Table):
        return [{c: k.write(row[c], words) for c, k in kind.columns.items()} for row in value]
    return kind.write(value, words)


@app.command()
def reset(name: ExerciseMeant, yes: Yes = False) -> None:
    """Forget tries, hints and "solved" of an exercise. Sheets are never touched."""
    progress = remembered.load()
    name, _ = meant(name)
    if not progress.tried(name):
        entry(name)
        say("practice", "reset-nothing", exercise=name)
    elif agreed(word("practice", "reset-ask", exercise=name), yes):
        remembered.save(progress.without(name))
        say("practice", "reset-done", exercise=name)
