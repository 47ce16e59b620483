"""What a check remembers and prints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from oslab.cli.exercise.app import put, put_wrapped, say, word
from oslab.exercise import progress as remembered
from oslab.exercise.checking import Marked
from oslab.exercise.feedback import fault_text, lines, note_text, rounded
from oslab.exercise.marking import MarkedQuestion, MarkedSheet
from oslab.exercise.practice import next_exercise
from oslab.exercise.progress import Attempted, Progress


def remember(marked: MarkedSheet) -> Progress:
    """Note what was reached, and return all that is remembered. What was explained before it was solved
    counts no more."""
    progress = before = remembered.load()
    for q in marked.questions:
        if q.marked is None:
            continue
        name, code = q.reference.exercise, q.reference.code
        old = progress.of(name, code)
        if not old.explained or old.solved:
            best = max(old.best, q.marked.share * (1 - old.off))
            old = replace(old, solved=old.solved or q.marked.right, best=best)
        progress = progress.with_(name, code, replace(old, checks=old.checks + 1))
    if progress is not before:
        remembered.save(progress)
    return progress


def put_marks(file: Path, marked: MarkedSheet, progress: Progress) -> None:
    """Print the marks of a sheet."""
    for note in marked.sheet.notes:
        put(note_text(note))
        for line in note.caret() or ():
            put(f"    {line}")
    several = len(marked.questions) > 1
    for q in marked.questions:
        _put_question(file, q, progress, several)
    if several:
        earned, points = rounded(marked.earned), rounded(marked.points)
        say("feedback", "total", earned=earned, points=points)


def _put_question(file: Path, q: MarkedQuestion, progress: Progress, several: bool) -> None:
    label = f"{q.name}   " if several else ""
    code = f"   {word('feedback', 'variant', code=q.reference.code)}" if q.reference.code else ""
    if q.marked is None:
        put("   ".join(filter(None, (label.strip(), q.reference.exercise, str(file)))) + code)
        text = note_text(q.note) if q.note else fault_text(q.fault) if q.fault else ""
        put_wrapped(f"  {text}")
        return
    found = q.marked.variant.exercise
    put(f"{label}{found.entry.title}   {file}{code}")
    for line in lines(q.marked):
        put(line)
    tried = progress.of(found.id, q.reference.code)
    score = "  " + _score(q.marked, tried)
    if not q.marked.right:
        left = len(found.entry.hint) - tried.hints
        put(score + ("          " + word("feedback", "hint-line", left=left) if left > 0 else ""))
        return
    put(score)
    explained = tried.explained and not tried.solved
    put("  " + word("feedback", "explained-line" if explained else "right-line"))
    put("  " + word("feedback", "again-line", exercise=found.id))
    upcoming = next_exercise(progress)
    if upcoming:
        put("  " + word("feedback", "next-line", next=upcoming))
    else:
        put("  " + word("feedback", "all-done"))


def _score(marked: Marked, tried: Attempted) -> str:
    off = marked.earned * tried.off
    text = word(
        "feedback",
        "with-hints" if off else "score",
        earned=rounded(marked.earned - off),
        points=rounded(marked.points),
        hints=rounded(off),
    )
    waits = marked.waiting
    return text + (word("feedback", "waits", waits=rounded(waits)) if waits else "")
