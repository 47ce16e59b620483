"""A small homework of real exercises: its class file, and sheets of it answered as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from oslab.conformance.suite import written
from oslab.exercise.catalogue import Entry, entry
from oslab.exercise.writing import fill_sheet
from oslab.homework.classfile import ClassFile, ClassQuestion, class_file_text
from oslab.homework.personal import personal_variants, sheet_text
from oslab.plugins import problem

KEY = "00112233445566778899aabbccddeeff"
ZURICH = ZoneInfo("Europe/Zurich")
FIFO, SPLIT = "paging/replace-fifo", "paging/split"
ESSAY = Entry(
    "grader.essay",
    2,
    *(entry(SPLIT).title,) * 2,
    entry(SPLIT).title,
    {},
    (replace(entry(SPLIT).answer[0], name="text", points=Fraction(4)),),
)


def scaled(found: Entry, points: Fraction) -> Entry:
    """The entry with its points scaled to so many."""
    answers = tuple(replace(a, points=a.points * points / found.points) for a in found.answer)
    return replace(found, answer=answers)


def asked(number: int, exercise: str, found: Entry) -> ClassQuestion:
    version = problem(found.problem).version
    return ClassQuestion(f"q{number}", exercise, found.problem, version, found)


@pytest.fixture
def homework() -> ClassFile:
    """hw1: FIFO for 8/3 points, and a split."""
    return ClassFile(
        "os101-2026/hw1",
        "Homework 1",
        "Operating Systems",
        datetime(2026, 3, 2, 23, 59, tzinfo=ZURICH),
        "Europe/Zurich",
        "s[0-9]{4}",
        KEY,
        (
            asked(1, FIFO, scaled(entry(FIFO), Fraction(8, 3))),
            asked(2, SPLIT, entry(SPLIT)),
        ),
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the student's, where commands run."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def handed() -> Callable[..., Path]:
    """Write the class file and a sheet of it, answered with the key but for `changes`: (question,
    answer) → what a student writes, or None for nothing."""

    def make(
        content: ClassFile,
        changes: Mapping[tuple[str, str], Any] | None = None,
        student: str = "s1042",
        team: str = "",
        codes: bool = True,
        name: str = "hw1.oslab.toml",
    ) -> Path:
        if name:
            Path(name).write_text(class_file_text(content), "utf-8")
        variants = personal_variants(content, team or student)
        text = sheet_text(content, variants, student, team, codes)
        cells: dict[tuple[str, str], Any] = {
            (q, n): written(v, n, value) for q, v in variants for n, value in v.asked().items()
        }
        cells.update(changes or {})
        text = fill_sheet(text, {place: v for place, v in cells.items() if v is not None})
        sheet = Path(f"{content.name}.toml")
        sheet.write_text(text, "utf-8")
        return sheet

    return make
