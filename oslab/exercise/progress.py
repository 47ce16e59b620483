"""What a student has done, in the user's data folder: one JSON file, replaced atomically.

Hints, explanations and attempts count in practice only; anyone can edit the file, and nothing else
depends on it.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from oslab.errors import InputError
from oslab.exercise.fields import RecordError, read_record, to_json
from oslab.files import replace_file

FORMAT = 1
HINT_COST = Fraction(1, 10)


@dataclass(frozen=True)
class Attempted:
    """One variant of an exercise: how often it was checked, hints taken, whether it was explained
    before it was solved, and the best share of the points so far, hints taken off."""

    checks: int = 0
    hints: int = 0
    explained: bool = False
    solved: bool = False
    best: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if self.checks < 0 or self.hints < 0 or not 0 <= self.best <= 1:
            raise ValueError("counts are not negative, and best is a share of the points")

    @property
    def off(self) -> Fraction:
        """The share of the points that the hints taken cost."""
        return min(self.hints * HINT_COST, Fraction(1))


@dataclass(frozen=True)
class Progress:
    """All that is remembered: exercise → variant code → what was done."""

    exercises: dict[str, dict[str, Attempted]] = field(default_factory=dict)
    format: int = FORMAT

    def of(self, exercise: str, code: str) -> Attempted:
        return self.exercises.get(exercise, {}).get(code, Attempted())

    def solved(self, exercise: str) -> bool:
        return any(a.solved for a in self.exercises.get(exercise, {}).values())

    def tried(self, exercise: str) -> bool:
        return bool(self.exercises.get(exercise))

    def best(self, exercise: str) -> Fraction:
        scores = (a.best for a in self.exercises.get(exercise, {}).values())
        return max(scores, default=Fraction(0))

    def with_(self, exercise: str, code: str, attempted: Attempted) -> Progress:
        """With this attempt; its exercise is now the one tried last."""
        variants = {**self.exercises.get(exercise, {}), code: attempted}
        return Progress({**self.without(exercise).exercises, exercise: variants})

    def without(self, exercise: str) -> Progress:
        return Progress({name: v for name, v in self.exercises.items() if name != exercise})


def folder() -> Path:
    """OSLAB_DATA, else the user's data folder of this system."""
    chosen = os.environ.get("OSLAB_DATA")
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("oslab", appauthor=False)


def load() -> Progress:
    """What is remembered. A damaged file is put aside under another name, never thrown away."""
    file = folder() / "progress.json"
    try:
        return read_record(Progress, json.loads(file.read_text("utf-8")))
    except OSError:
        return Progress()  # not there, or not readable just now: `save` leaves it alone then
    except (RecordError, ValueError, RecursionError):
        aside = file.with_name("progress.damaged.json")
        number = 1
        while aside.exists():
            number += 1
            aside = file.with_name(f"progress.damaged-{number}.json")
        # A folder that cannot be written: work on without progress.
        with suppress(OSError):
            file.rename(aside)
        return Progress()


def save(progress: Progress) -> None:
    """Write it beside the old file, then replace that in one step: a crash loses nothing."""
    target = folder() / "progress.json"
    if target.exists() and not os.access(target, os.R_OK):
        return  # what could not be read must not be replaced by nearly nothing
    # A read-only home: practice goes on, nothing is remembered.
    with suppress(OSError, InputError):
        target.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(to_json(progress), ensure_ascii=False, indent=1)
        replace_file(target, text.encode())
