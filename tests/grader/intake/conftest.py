"""A class to hand in for, and a way to hand in."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from oslab_grader.course.model import Assignment, Course
from oslab_grader.course.roster import Roster
from oslab_grader.intake.attempts import Attempt, attempts_of
from oslab_grader.intake.intake import Intake, take_in

HOSTILE = Path(__file__).parents[2] / "hostile"
CORPUS: dict[str, Any] = runpy.run_path(str(HOSTILE / "zips.py"))
SURVIVAL: dict[str, Any] = runpy.run_path(str(HOSTILE / "intake_survival.py"))
SHEET: bytes = CORPUS["SHEET"]


@dataclass
class Inbox:
    """A course, and a folder of uploads beside it."""

    folder: Path
    course: Course
    roster: Roster
    assignment: Assignment

    def zip(self, files: Mapping[str, bytes], name: str = "submissions.zip") -> Path:
        path = self.folder / name
        path.write_bytes(CORPUS["zip_of"](files))
        return path

    def tree(self, files: Mapping[str, bytes], name: str = "submissions") -> Path:
        for file, data in files.items():
            path = self.folder / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return self.folder / name

    def csv(self, text: str, name: str) -> Path:
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path

    def take(self, *paths: Path, **more: Path) -> Intake:
        return take_in(self.course, self.assignment, self.roster, paths, **more)

    def attempts(self) -> Mapping[str, Sequence[Attempt]]:
        return attempts_of(self.course.attempts(self.assignment.name))

    def kept(self) -> Mapping[str, Sequence[bytes]]:
        found: Mapping[str, Sequence[bytes]] = SURVIVAL["kept"](self.course)
        return found


@pytest.fixture
def inbox(tmp_path: Path) -> Callable[..., Inbox]:
    def make(lms: str = "canvas", roster: Roster = SURVIVAL["ROSTER"]) -> Inbox:
        folder = tmp_path / "uploads"
        folder.mkdir(exist_ok=True)
        course = SURVIVAL["course_in"](tmp_path / "course", lms)
        return Inbox(folder, course, roster, course.assignments[0])

    return make


def sheet(answer: int = 9, **header: str) -> bytes:
    """A sheet of this assignment that differs by its answer; `header` replaces what it claims."""
    text = SHEET.decode().replace('faults = "9"', f'faults = "{answer}"')
    for name, value in header.items():
        text = "".join(
            f'{name} = "{value}"\n' if line.startswith(f"{name} = ") else line
            for line in text.splitlines(keepends=True)
        )
    return text.encode()


@pytest.fixture(name="sheet")
def sheet_fixture() -> Callable[..., bytes]:
    return sheet
