"""A class of 300 with every kind of behaviour, from the roster to the file for Canvas, by commands alone.

What each student must get is computed a second way: the sheet's values against a variant drawn again from
the class file, never from the record.
"""

from __future__ import annotations

import csv
import io
import json
import runpy
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from oslab.exercise.checking import check
from oslab.exercise.reading import read_sheet
from oslab.exercise.sheet import NotASheet
from oslab.homework.classfile import ClassFile, read_class_file
from oslab.homework.personal import personal_variants

SIZE = 300
CLASS = runpy.run_path(str(Path(__file__).resolve().parents[2] / "examples" / "simulated_class.py"))
QUESTIONS = """{ exercise = "paging/replace-fifo", points = 8 },
  { exercise = "paging/split", points = 6 },
  { exercise = "tlb/eat", points = 2 },"""
# Nothing in these can be graded before somebody mends it.
NO_GRADE = {"broken", "cut-off", "word-file"}
ELSEWHERE = {"mistyped", "swapped"}


@dataclass
class Played:
    """The course after its homework has been graded once."""

    folder: Path
    students: Any
    uploads: dict[str, bytes]
    first: Any
    listed: str

    @property
    def content(self) -> ClassFile:
        return read_class_file(self.folder / "handout" / "hw1" / "hw1.oslab.toml")

    def who(self, *does: str) -> list[str]:
        return [s.id for s in self.students if s.does in does]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("course")


Run = Callable[..., Any]


@pytest.fixture
def run(oslab: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command, in the course's folder, by a grader called ana."""
    monkeypatch.setenv("OSLAB_GRADER", "ana")

    def command(cwd: Path, *arguments: str, code: int = 0) -> str:
        monkeypatch.chdir(cwd)
        result = oslab(*arguments)
        assert result.code == code, f"{arguments}: {result.code}\n{result.out}{result.err}"
        assert "Traceback" not in result.err
        return str(result.out)

    return command


@pytest.fixture
def played(folder: Path, run: Run) -> Played:
    """The class, graded; made by the first test that asks."""
    course = folder / "os101"
    students = CLASS["class_of"](SIZE)
    if not course.exists():
        grades = folder / "Grades.csv"
        grades.write_text(CLASS["gradebook"](students, [("Homework 1", "20")]), "utf-8")
        run(folder, "course", "new", "os101", "--lms", "canvas", "--timezone", "Europe/Zurich")
        settings = course / "course.toml"
        plain = settings.read_text("utf-8")
        first = '{ exercise = "paging/replace-fifo", points = 8 },'
        assert first in plain
        settings.write_text(plain.replace(first, QUESTIONS), "utf-8")
        said = run(course, "course", "roster", str(grades))
        assert "300 students   id ← SIS Login ID   name ← Student   canvas ← ID" in said
        assert "no fault found" in run(course, "course", "check")
        assert "(300 students, keep it)" in run(course, "course", "handout", "hw1")
        content = read_class_file(course / "handout" / "hw1" / "hw1.oslab.toml")
        (folder / "submissions.zip").write_bytes(CLASS["submissions"](content, students))
        (folder / "listed.txt").write_text(
            run(course, "grade", "hw1", "../submissions.zip", code=1), "utf-8"
        )
        (folder / "first.json").write_text(run(course, "grade", "hw1", "--json", code=1), "utf-8")
    with zipfile.ZipFile(folder / "submissions.zip") as archive:
        of = {s.canvas: s.id for s in students}
        uploads = {
            of[name.split("_")[-3]]: archive.read(name)
            for name in archive.namelist()
            if name.split("_")[-3] in of
        }
    first = json.loads((folder / "first.json").read_text("utf-8"))
    return Played(course, students, uploads, first, (folder / "listed.txt").read_text("utf-8"))


def made_for(played: Played) -> dict[str, str]:
    """Who answered a sheet that is somebody else's."""
    of = {s.id: CLASS["_made_for"](played.students, i) for i, s in enumerate(played.students)}
    return {student: other for student, other in of.items() if other != student}


def by_student(document: Any) -> dict[str, Any]:
    (assignment,) = document["assignments"]
    return {row["student"]: row for row in assignment["students"]}


def expected(content: ClassFile, owner: str, data: bytes) -> Fraction | None:
    """What the sheet earns without the essay; None where something cannot be read."""
    try:
        sheet = read_sheet(data)
    except NotASheet:
        return None
    values = {question.name: question.values for question in sheet.questions}
    marked = [check(v, values.get(name, {})) for name, v in personal_variants(content, owner)]
    if not all(m.readable for m in marked):
        return None
    return sum((m.earned for m in marked), Fraction(0))


def test_everybody_gets_what_checking_against_a_fresh_draw_gives(played: Played) -> None:
    rows = by_student(played.first)
    assert list(rows) == [s.id for s in played.students]
    content = played.content
    for student in played.students:
        row = rows[student.id]
        data = played.uploads.get(student.id)
        if data is None:
            assert row["status"] == "missing"
            continue
        due = expected(content, student.id, data)
        if due is None:
            assert row["status"] == "withheld", student
        else:
            marks = [
                Fraction(str(q["automatic"]))
                for q in row["questions"]
                if q["automatic"] is not None
            ]
            assert float(sum(marks, Fraction(0))) == pytest.approx(float(due), abs=0.005), student


def test_who_cannot_be_graded_is_listed_and_nobody_else(played: Played) -> None:
    (assignment,) = played.first["assignments"]
    kinds: dict[str, set[str]] = {}
    for problem in assignment["problems"]:
        kinds.setdefault(problem["who"], set()).add(problem["kind"])
    assert set(kinds) == set(played.who(*NO_GRADE, *ELSEWHERE))
    for student in played.who(*ELSEWHERE):
        assert "other sheet" in kinds[student]
    assert all(kinds[s] == {"not a sheet"} for s in played.who("word-file"))
    assert all(kinds[s] == {"unreadable"} for s in played.who("broken", "cut-off"))
    assert "12345  " in played.listed
    assert "is not on the roster; left out" in played.listed
    rows = by_student(played.first)
    withheld = {s for s, row in rows.items() if row["status"] == "withheld"}
    # Another's numbers stand in the rows of an exchanged sheet, so some cannot be found.
    assert set(played.who(*NO_GRADE)) <= withheld <= set(played.who(*NO_GRADE, *ELSEWHERE))


def test_grading_again_changes_nothing_and_all_anew_gives_the_same_bytes(
    played: Played, run: Run, folder: Path
) -> None:
    database = played.folder / "gradebook.db"
    before = database.read_bytes()
    said = run(played.folder, "grade", "hw1", "../submissions.zip", code=1)
    assert "0 graded" in said.split("\n")[0]
    assert database.read_bytes() == before
    run(played.folder, "grade", "--all", code=1)
    assert database.read_bytes() == before
    assert json.loads(run(played.folder, "grade", "hw1", "--json", code=1)) == played.first


def test_swaps_finds_those_who_answered_for_somebody_else_and_accuses_nobody(
    played: Played, run: Run
) -> None:
    found = json.loads(run(played.folder, "gradebook", "swaps", "hw1", "--json"))["swaps"]
    pairs = {(swap["student"], swap["other"]) for swap in found}
    assert pairs == set(made_for(played).items())


def test_from_repairs_to_the_file_for_canvas(
    played: Played, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = played.folder
    broken, *_ = played.who("broken")
    mended = folder / "mended.toml"
    text = played.uploads[broken].decode()
    end = text.index("\nfaults = ")
    mended.write_text(text[:end] + "\n'''" + text[end:], "utf-8")
    run(course, "gradebook", "repair", "hw1", broken, "--file", str(mended))
    swapped = played.who("swapped")[0]
    other = made_for(played)[swapped]
    run(course, "gradebook", "sheet", "hw1", swapped, "--of", other)
    run(course, "gradebook", "sheet", "hw1", other, "--of", swapped)
    excused = played.who("nothing")[0]
    run(course, "gradebook", "excuse", excused, "hw1")
    run(course, "gradebook", "override", "hw1", "s1045", "q1", "7.5", "--why", "spoken to")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"ad\n" * SIZE)))
    run(course, "gradebook", "review", "hw1")

    run(
        course,
        "gradebook",
        "amend",
        "hw1",
        "q1",
        "--accept",
        "lru-for-fifo",
        "--why",
        "as the book",
    )
    before = by_student(json.loads(run(course, "grade", "hw1", "--json", code=1)))
    difference = run(course, "gradebook", "regrade", "hw1", "--diff")
    assert difference.startswith("q1 ")
    assert "nothing changed yet" in difference
    pending = by_student(json.loads(run(course, "grade", "hw1", "--json", code=1)))
    assert {s: r["total"] for s, r in pending.items()} == {s: r["total"] for s, r in before.items()}
    run(course, "gradebook", "regrade", "hw1", "--apply", "keep-higher")

    rows = by_student(json.loads(run(course, "grade", "hw1", "--json", code=1)))
    taught = {
        student
        for student, row in before.items()
        for question in row["questions"]
        if question["name"] == "q1" and "lru-for-fifo" in question["mistakes"]
    }
    assert taught
    for student, row in rows.items():
        if row["total"] is None:
            continue
        old, new = before[student]["total"], row["total"]
        assert new >= old
        if before[student]["questions"][0]["outcome"] == "right":
            assert new == old
    assert rows[broken]["status"] == rows[swapped]["status"] == "final"
    assert rows[excused]["status"] == "excused"
    first = next(q for q in rows["s1045"]["questions"] if q["name"] == "q1")
    assert float(Fraction(str(first["earned"]))) == 7.5

    run(course, "gradebook", "export", "canvas", "../Grades.csv", "--only-final")
    (file,) = (course / "out").glob("canvas*.csv")
    with file.open(encoding="utf-8-sig", newline="") as stream:
        exported = list(csv.DictReader(stream))
    column = next(head for head in exported[0] if head.startswith("Homework 1"))
    given = {r["SIS Login ID"]: r[column] for r in exported if r["SIS Login ID"]}
    final = {s: r["total"] for s, r in rows.items() if r["status"] == "final"}
    assert {
        s: float(v) for s, v in given.items() if v not in ("EX", "(read only)")
    } == pytest.approx({s: float(t) for s, t in final.items()})
    assert given[excused] == "EX"
    assert "" not in given.values()

    # All that was decided is in the files: an index made anew says the same.
    (course / "gradebook.db").unlink()
    assert by_student(json.loads(run(course, "grade", "hw1", "--json", code=1))) == rows
