"""What there is: how far you are and what is next, all exercises, one exercise to read."""

from __future__ import annotations

from typing import Annotated

import typer

from oslab.cli.exercise.app import (
    COLUMNS,
    WORDS,
    AsJson,
    ExerciseMeant,
    VariantCode,
    app,
    put,
    put_json,
    put_wrapped,
    say,
    warn,
    word,
)
from oslab.exercise import progress as remembered
from oslab.exercise.catalogue import entry
from oslab.exercise.feedback import rounded
from oslab.exercise.practice import drawn, entries, introduction, meant, next_exercise, topic_of
from oslab.exercise.progress import Progress
from oslab.text import pad, width, wrap

_BAR = 16


def overview() -> None:
    """How far you are, and what is next."""
    progress = remembered.load()
    found, faults = entries()
    topics: dict[str, list[str]] = {}
    for name, _ in found:
        topics.setdefault(topic_of(name), []).append(name)
    warn(faults)
    if not topics:
        say("practice", "no-exercises")
        return
    columns = max(11, *(width(topic) + 1 for topic in topics))
    for topic, names in topics.items():
        solved = sum(progress.solved(name) for name in names)
        bar = ("#" * (_BAR * solved // len(names))).ljust(_BAR, ".")
        put(f"{pad(topic, columns)} {bar}   ", end="")
        say("practice", "solved-of", solved=solved, all=len(names))
    upcoming = next_exercise(progress)
    if upcoming is None:
        say("practice", "nothing-left")
        return
    chosen = entry(upcoming)
    say("practice", "next", exercise=upcoming, title=chosen.title, difficulty=chosen.difficulty)
    say("practice", "start-it")


@app.command("list")
def list_(
    topic: Annotated[str, typer.Argument(help="Only this topic, such as paging.")] = "",
    as_json: AsJson = False,
) -> None:
    """All exercises, the easiest first, and how far you are with each."""
    progress = remembered.load()
    found, faults = entries(topic)
    warn(faults)
    if as_json:
        rows = [
            {
                "id": name,
                "title": {"en": e.title.en, "zh": e.title.zh},
                "problem": e.problem,
                "difficulty": e.difficulty,
                "points": float(e.points),
                "solved": progress.solved(name),
                "best": float(progress.best(name)),
            }
            for name, e in found
        ]
        put_json(rows)
        return
    if not found:
        say("practice", "no-exercises")
        return
    ids = max(width(name) for name, _ in found)
    titles = max(width(str(e.title)) for _, e in found)
    for name, e in found:
        title, stars = pad(str(e.title), titles), "*" * e.difficulty
        put(f"{pad(name, ids)}  {stars:<5}  {title}  {_state(progress, name)}".rstrip())


def _state(progress: Progress, name: str) -> str:
    if progress.solved(name):
        return word("practice", "state-solved")
    if progress.best(name):
        return word("practice", "state-tried", score=rounded(progress.best(name) * 100))
    if any(tried.explained for tried in progress.exercises.get(name, {}).values()):
        return word("practice", "state-explained")
    return ""


@app.command()
def show(name: ExerciseMeant, variant: VariantCode = "", as_json: AsJson = False) -> None:
    """Read an exercise without writing a sheet."""
    exercise, code = meant(name)
    found = drawn(exercise, variant or code)
    chosen = found.exercise.entry
    if as_json:
        about = {"title": str(chosen.title), "objective": str(chosen.objective)}
        statement = [p if isinstance(p, str) else p.text for p in introduction(found)]
        put_json({**found.record(), **about, "statement": "\n".join(statement)})
        return
    for part in introduction(found):
        if isinstance(part, str):
            put_wrapped(part)
        else:
            put("\n".join(f"    {line}" for line in part.text.split("\n")))
    put()
    say("practice", "asked")
    for asked in chosen.answer:
        prompt = found.exercise.prompt(asked)
        line = WORDS["practice", "asked-line"](name=asked.name, prompt=prompt, points=asked.points)
        for place, text in enumerate(wrap(line, COLUMNS - 4)):
            put(f"{'    ' if place else '  '}{text}")
    put()
    say("practice", "objective", objective=chosen.objective)
    say("feedback", "variant", code=found.code)
