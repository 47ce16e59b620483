"""Two assistants with a copy of the course each: putting their files side by side is all that merging is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oslab_grader.book.book import Book, open_book
from oslab_grader.book.decisions import decide
from oslab_grader.book.document import as_json
from oslab_grader.course.home import read_course
from oslab_grader.intake.intake import take_in

Make = Callable[..., Any]


@pytest.fixture
def uploads(course: Make, answered: Make, tmp_path: Path) -> Any:
    """A course of six, and two folders of uploads; s1002 is in both, with two different sheets."""
    room = course(6)
    for folder, ids in (("one", room.ids[:3]), ("two", room.ids[2:])):
        (tmp_path / folder).mkdir()
        for student in ids:
            how = "right" if folder == "one" else "lru-for-fifo"
            sheet = tmp_path / folder / f"{student}_hw1.toml"
            sheet.write_text(answered(room, student, how), "utf-8")
    return room


def graded(folder: Path, engine: Make, *uploads: Path) -> Book:
    course = read_course(folder / "course.toml")
    book = open_book(course, engine=engine())
    for path in uploads:
        take_in(course, course.assignment("hw1"), book.roster, [path])
    return open_book(course, engine=engine())


def points(folder: Path, grader: str, student: str, value: str) -> None:
    line = {"kind": "points", "assignment": "hw1", "student": student, "question": "q1"}
    decide(folder / "decisions", grader, [{**line, "value": value}])


def merged(folder: Path, *copies: Path) -> None:
    """What a private git repository or a shared folder does."""
    for copy in copies:
        for name in ("attempts", "decisions"):
            for file in (copy / name).rglob("*"):
                target = folder / file.relative_to(copy)
                if file.is_file() and not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(file, target)


def document(book: Book) -> str:
    return "".join(as_json(book, ["hw1"], False, ()))


def test_merged_copies_are_what_one_place_would_have(
    uploads: Any, engine: Make, tmp_path: Path
) -> None:
    ana, ben, both, alone = (tmp_path / name / "os101" for name in ("ana", "ben", "both", "alone"))
    for copy in (ana, ben, both, alone):
        shutil.copytree(uploads.folder, copy)
    graded(ana, engine, tmp_path / "one")
    points(ana, "ana", "s1000", "3")
    graded(ben, engine, tmp_path / "two")
    points(ben, "ben", "s1003", "4")
    merged(both, ana, ben)

    graded(alone, engine, tmp_path / "two", tmp_path / "one")
    points(alone, "ben", "s1003", "4")
    points(alone, "ana", "s1000", "3")

    found = graded(both, engine)
    assert document(found) == document(graded(alone, engine))
    assert found.grade("hw1", "s1000").questions[0].earned == 3
    assert found.grade("hw1", "s1003").questions[0].by == "ben"
    # The other way round, and a second time: the same bytes.
    before = (both / "gradebook.db").read_bytes()
    again = tmp_path / "again" / "os101"
    shutil.copytree(uploads.folder, again)
    merged(again, ben, ana, both)
    graded(again, engine)
    assert (again / "gradebook.db").read_bytes() == before


def test_who_decides_otherwise_blindly_is_seen_and_the_grade_withheld(
    uploads: Any, engine: Make, tmp_path: Path
) -> None:
    ana, ben = (tmp_path / name / "os101" for name in ("ana", "ben"))
    graded(uploads.folder, engine, tmp_path / "one")
    for copy in (ana, ben):
        shutil.copytree(uploads.folder, copy)
    points(ana, "ana", "s1001", "3")
    points(ben, "ben", "s1001", "4")
    merged(ana, ben)
    book = graded(ana, engine)
    assert book.grade("hw1", "s1001").status == "withheld"
    (conflict,) = [t for t in book.problems("hw1") if t.kind == "conflict"]
    assert conflict.who == "s1001"
    assert "ana 3" in conflict.text
    assert "ben 4" in conflict.text
    points(ana, "ben", "s1001", "3.5")
    settled = graded(ana, engine).grade("hw1", "s1001")
    assert settled.status == "waits"
    assert settled.questions[0].earned == 3.5


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_what_is_personal_is_for_the_owner_only(uploads: Any, engine: Make, tmp_path: Path) -> None:
    graded(uploads.folder, engine, tmp_path / "one")
    points(uploads.folder, "ana", "s1001", "3")
    graded(uploads.folder, engine)
    assert uploads.course.database.stat().st_mode & 0o077 == 0
    assert uploads.course.attempts("hw1").stat().st_mode & 0o077 == 0
