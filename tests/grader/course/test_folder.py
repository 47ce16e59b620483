"""``oslab course new check roster``: a course from nothing, as an instructor types it."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def new(oslab: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course just begun; the working directory is its folder."""
    monkeypatch.chdir(tmp_path)
    made = oslab("course", "new", "os101-2026", "--lms", "canvas", "--timezone", "Europe/Zurich")
    assert made.code == 0
    monkeypatch.chdir(tmp_path / "os101-2026")
    return tmp_path / "os101-2026"


@pytest.mark.parametrize("lms", ["canvas", "moodle", "gradescope", "none"])
def test_a_new_course_is_without_faults(
    oslab: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lms: str
) -> None:
    monkeypatch.chdir(tmp_path)
    made = oslab("course", "new", "os101", "--lms", lms, "--title", 'A "good" \\ course')
    assert made.code == 0
    assert "oslab course roster FILE" in made.out
    monkeypatch.chdir(tmp_path / "os101")
    checked = oslab("course", "check")
    assert checked.code == 0
    assert 'A "good" \\ course' in checked.out
    assert "hw1      2 questions   12 points" in checked.out
    assert (tmp_path / "os101" / ".gitignore").read_text().count("gradebook.db") == 1


def test_a_name_without_a_year_gets_one(
    oslab: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, course in (("os101", f"os101-{date.today().year}"), ("os-ws7", "os-ws7")):
        monkeypatch.chdir(tmp_path)
        oslab("course", "new", name)
        monkeypatch.chdir(tmp_path / name)
        assert oslab("course", "check").out.startswith(f"{course}   ")


def test_check_says_when_any_number_will_do(oslab: Run, new: Path) -> None:
    note = "student_id lets any number pass, also a mistyped one; "
    assert note + "a pattern such as s[0-9]{4} is better" in oslab("course", "check").out
    (new / "roster.csv").write_text("id\nu100\nu200\n")
    assert note + "all on the roster fit u[0-9]{3}" in oslab("course", "check").out
    settings = new / "course.toml"
    better = settings.read_text("utf-8").replace("[A-Za-z0-9._@-]{1,64}", "u[0-9]{3}")
    settings.write_text(better, "utf-8")
    assert note not in oslab("course", "check").out
    (new / "roster.csv").write_text("id\nx\nu200\n")
    assert "roster   has faults" in oslab("course", "check").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["OS 101"], "named in small letters"),
        (["../x"], "named in small letters"),
        (["con"], "named in small letters"),
        (["paging-2026"], "paging is a plugin"),
        (["os101", "--lms", "Canvass"], '(did you mean "canvas"?)'),
        (["os101", "--timezone", "Zurich"], "did you mean Europe/Zurich?"),
        (["os101", "--title", "\x1b[2J"], "--title"),
        (["full"], "full is not empty"),
        (["file"], "file is a file"),
    ],
)
def test_what_cannot_be_begun_is_told_and_nothing_written(
    oslab: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    made = oslab("course", "new", *arguments)
    assert (made.code, made.out) == (2, "")
    assert said in made.err
    assert sorted(tmp_path.rglob("*")) == before


def test_check_finds_faults_in_all_files_at_once(oslab: Run, new: Path) -> None:
    text = (new / "course.toml").read_text("utf-8")
    (new / "course.toml").write_text(
        text.replace("paging/replace-fifo", "paging/replace-fif"), "utf-8"
    )
    line = next(i for i, t in enumerate(text.split("\n"), 1) if "paging/replace-fifo" in t)
    (new / "roster.csv").write_text("id\nS1\ns1\n")
    essay = new / "exercises" / "why-cow.toml"
    essay.write_text(essay.read_text("utf-8").replace("difficulty = 3", "difficulty = 9"), "utf-8")
    (new / "exercises" / "unused.toml").write_text("title = 3\n")
    found = oslab("course", "check")
    assert found.code == 1
    for said in (
        f'course.toml line {line}: no exercise "paging/replace-fif". Near: paging/replace-fifo',
        "roster.csv lines 2, 3: S1 and s1 differ only in case",
        "exercises/why-cow.toml: difficulty is 9",
        "exercises/unused.toml: problem is missing",
    ):
        assert said in found.out
    document = json.loads(oslab("course", "check", "--json").out)
    assert len(document["faults"]) >= 4
    assert document["assignments"][0]["points"] is None


def test_check_reads_the_roster_of_a_course_that_cannot_be_read(oslab: Run, new: Path) -> None:
    (new / "course.toml").write_text("format = 1\n")
    (new / "roster.csv").write_text("id\nS1\ns1\n")
    found = oslab("course", "check")
    assert found.code == 1
    assert "course.toml line 1: timezone is missing" in found.out
    assert "roster.csv lines 2, 3" in found.out


def test_check_says_what_was_handed_out_and_edited_since(
    oslab: Run, course: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = course(3)
    monkeypatch.chdir(room.folder)
    assert "handed out to 3" in oslab("course", "check").out
    (room.folder / "roster.csv").write_text("id\ns1000\ns1001\ns1002\ns2000\n")
    file = room.folder / "course.toml"
    file.write_text(
        file.read_text("utf-8").replace(
            '"paging/split", points = "6"', '"paging/split", points = "7"'
        )
    )
    found = oslab("course", "check")
    assert found.code == 1
    assert (
        "hw1: edited since it was handed out, without effect: q2: handed out with 6 points, now 7"
        in found.out
    )
    assert "oslab gradebook amend hw1" in found.out
    assert "hw1: 1 on the roster have no share yet (s2000): oslab course handout hw1" in found.out


def test_a_plugin_that_is_not_here_is_noted(oslab: Run, new: Path) -> None:
    file = new / "course.toml"
    text = file.read_text("utf-8").replace(
        "plugins = []", 'plugins = ["oslab-nobody-has>=1", "typer<0.1"]'
    )
    file.write_text(text, "utf-8")
    found = oslab("course", "check")
    assert "plugins: oslab-nobody-has>=1 is not installed here" in found.out
    assert "plugins: typer<0.1 is asked for, " in found.out


def test_outside_of_courses_the_commands_say_so(
    oslab: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (["check"], ["roster", "x.csv"], ["forget", "s1"], ["close"]):
        found = oslab("course", *arguments)
        assert found.code == 2
        assert "no course.toml in this folder or above it" in found.err


CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (48213)
    Points Possible,,,,,20
"Chen, Ming",88123,U1,s1042,A,
"Ng, Ben",88124,U2,s1043,B,3
"Student, Test",88999,,0c7d5b0a2f6f6c5f0d9a6a7cbb6b6c3d9f0e1a2b,A,
"""


def test_the_roster_comes_from_canvas_and_says_from_which_columns(oslab: Run, new: Path) -> None:
    (new / "g.csv").write_text(CANVAS)
    found = oslab("course", "roster", "g.csv")
    assert found.code == 0
    first, *rest = found.out.splitlines()
    assert (
        first == "2 students   id ← SIS Login ID   name ← Student   canvas ← ID   section ← Section"
    )
    assert "Canvas's test student was left out" in rest
    assert 'student_id = "s[0-9]{4}"' in found.out
    if os.name == "posix":
        assert (new / "roster.csv").stat().st_mode & 0o777 == 0o600


def test_reading_it_again_says_what_changed_and_writes_only_then(oslab: Run, new: Path) -> None:
    file = new / "g.csv"
    file.write_text(CANVAS)
    oslab("course", "roster", "g.csv")
    before = (new / "roster.csv").stat()
    assert "0 added   0 changed   2 unchanged" in oslab("course", "roster", "g.csv").out
    assert (new / "roster.csv").stat().st_mtime_ns == before.st_mtime_ns
    file.write_text(
        CANVAS.replace("s1043,B", "s1044,B").replace("88124", "88125").replace("s1042,A", "s1042,C")
    )
    tried = oslab("course", "roster", "g.csv", "--dry-run")
    assert "nothing written" in tried.out
    assert (new / "roster.csv").stat().st_mtime_ns == before.st_mtime_ns
    found = oslab("course", "roster", "g.csv")
    assert "1 added   1 changed   0 unchanged" in found.out
    assert "changed: s1042 (section)" in found.out
    assert "kept (--drop removes them): s1043" in found.out
    assert "removed from the roster: s1043" in oslab("course", "roster", "g.csv", "--drop").out
    assert "s1043" not in (new / "roster.csv").read_text()


def test_columns_can_be_named(oslab: Run, new: Path) -> None:
    (new / "g.csv").write_text("Nr;Who;Last;Seat\n7;Ming;Chen;4\n")
    found = oslab(
        "course",
        "roster",
        "g.csv",
        "--id",
        "Nr",
        "--name",
        "Who",
        "--name",
        "Last",
        "--also",
        "Seat",
    )
    assert found.out.startswith("1 student   id ← Nr   name ← Who + Last   Seat ← Seat")
    assert (
        new / "roster.csv"
    ).read_text() == "id,name,email,section,canvas,team,Seat\n7,Ming Chen,,,,,4\n"
    assert oslab("course", "roster", "g.csv", "--also", "id").code == 2


def test_a_file_that_cannot_be_a_roster_writes_nothing(oslab: Run, new: Path) -> None:
    (new / "g.csv").write_text("id\nS1042\ns1042\n")
    found = oslab("course", "roster", "g.csv")
    assert found.code == 2
    assert "lines 2, 3: S1042 and s1042 differ only in case" in found.err
    assert "Nothing written." in found.err
    assert not (new / "roster.csv").exists()
    assert oslab("course", "roster", "none.csv").code == 2


def test_new_students_after_the_handout_are_pointed_out(
    oslab: Run, course: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = course(2)
    monkeypatch.chdir(room.folder)
    (room.folder / "g.csv").write_text("id,name\ns1000,x\ns1001,y\ns1002,z\n")
    assert (
        "for the new students: oslab course handout hw1" in oslab("course", "roster", "g.csv").out
    )


@pytest.mark.parametrize("command", ["check", "close"])
def test_chinese_screens_have_all_their_words(
    oslab: Run, course: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(course(2).folder)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    found = oslab("--lang", "zh", "course", command)
    assert ("名单" if command == "check" else "结课") in found.out
