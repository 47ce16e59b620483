"""A record of real exercises and uploads that answer it, made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from oslab.conformance.suite import written
from oslab.exercise.catalogue import exercise
from oslab.exercise.fields import to_json
from oslab.exercise.frozen import freeze
from oslab.exercise.practice import question
from oslab.exercise.variant import Variant, draw
from oslab.exercise.writing import fill_sheet, write_sheet
from oslab_grader.handout.record import (
    HandedQuestion,
    Head,
    Record,
    Share,
    share_line,
    write_record,
)
from oslab_grader.handout.resolve import scaled
from oslab_grader.intake.attempts import digest_of
from oslab_grader.marking.mark import mark_task
from oslab_grader.marking.result import Result, Task

CODES = ("7QK4-M2XD", "0000-0001", "AAAA-BBBB", "H66V-SCHR")


@dataclass
class Handout:
    """What `owners` were given, and how it is answered and marked."""

    folder: Path
    drawn: Mapping[str, Mapping[str, Variant]]
    shares: dict[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.folder / "record.jsonl"

    def variant(self, question: str = "q1", owner: str = "s1") -> Variant:
        return self.drawn[owner][question]

    def text(self, owner: str = "s1", **changes: Mapping[str, Any]) -> str:
        """A sheet with the keys' answers; ``q1={"faults": 3}`` puts others in their place, None leaves
        them blank."""
        variants = self.drawn[owner]
        header = {"assignment": "os101/hw1", "student": owner}
        text = write_sheet([question(v, name) for name, v in variants.items()], header, "en")
        answers = {
            (name, answer): written(variant, answer, value)
            for name, variant in variants.items()
            for answer, value in {**variant.asked(), **changes.get(name, {})}.items()
            if value is not None
        }
        return fill_sheet(text, answers)

    def task(
        self,
        text: str | bytes,
        owner: str = "s1",
        file: str = "hw1.toml",
        alternatives: Mapping[str, Sequence[str]] | None = None,
    ) -> Task:
        data = text.encode() if isinstance(text, str) else text
        sheet = self.folder / f"{digest_of(data)}.sheet"
        sheet.write_bytes(data)
        return Task(
            head=str(self.file),
            share=Record(self.file).line(owner).decode(),
            sheet=str(sheet),
            digest=digest_of(data),
            alternatives=alternatives or {},
            file=file,
        )

    def mark(self, text: str | bytes, **more: Any) -> Result:
        return mark_task(self.task(text, **more))


@pytest.fixture
def handout(tmp_path: Path) -> Callable[..., Handout]:
    """Hand out exercises: ``handout("paging/replace-fifo", points=7, owners=2)``."""

    def make(*names: str, points: Any = None, owners: int = 1) -> Handout:
        bound = [scaled(exercise(name), points) for name in names]
        labels = [f"q{i}" for i in range(1, len(names) + 1)]
        drawn = {
            f"s{n + 1}": {q: draw(e, CODES[n]) for q, e in zip(labels, bound, strict=True)}
            for n in range(owners)
        }
        handed = tuple(
            HandedQuestion(
                q,
                e.id,
                e.entry.problem,
                e.problem.version,
                e.entry.points,
                "oslab 0",
                to_json(e.entry),
            )
            for q, e in zip(labels, bound, strict=True)
        )
        lines = [
            share_line(Share(owner, {q: freeze(v) for q, v in variants.items()}))
            for owner, variants in drawn.items()
        ]
        made = Handout(tmp_path, drawn)
        write_record(made.file, Head("os101/hw1", "00" * 16, False, handed), lines)
        return made

    return make
