"""`oslab exercise start hw1.oslab.toml`: from the class file to one's own sheet."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from oslab.exercise.reading import read_sheet_file
from oslab.homework.classfile import ClassFile, class_file_text
from oslab.homework.due import due_text, left_text
from oslab.homework.personal import code_of, personal_variants, sheet_text
from oslab.text import set_language

Run = Callable[..., Any]
FILE = "hw1.oslab.toml"


@pytest.fixture(autouse=True)
def _class_file(folder: Path, homework: ClassFile) -> None:
    Path(FILE).write_text(class_file_text(homework), "utf-8")


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What is typed, line by line."""

    def make(*lines: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return make


def test_the_number_is_asked_twice_and_shown_by_an_example(
    oslab: Run, typing: Callable[..., None], homework: ClassFile
) -> None:
    typing("1042", "s1042", "s1024", "ｓ１０４２", "S1042")
    found = oslab("exercise", "start", FILE)
    assert found.code == 0, found.err
    assert "Homework 1, Operating Systems   due Mon 2 Mar 23:59 (Zurich)" in found.out
    assert "A number here looks like s1234." in found.out
    assert "These are not the same" in found.out
    assert "wrote hw1.toml     hand in this file on your course page" in found.out
    sheet = read_sheet_file(Path("hw1.toml"))
    assert sheet.header == {"assignment": "os101-2026/hw1", "student": "s1042"}
    codes = [code_of(homework, "s1042", q.exercise) for q in homework.questions]
    assert [q.reference.code for q in sheet.questions] == codes
    assert not sheet.notes


def test_scripts_name_the_number_and_nothing_is_overwritten(oslab: Run) -> None:
    assert oslab("exercise", "start", FILE, "--student", "s1042").code == 0
    first = Path("hw1.toml").read_bytes()
    Path("hw1.toml").write_text("mine")
    again = oslab("exercise", "start", FILE, "--student", "s1042")
    assert "wrote hw1-2.toml" in again.out
    assert "hw1.toml was there already" in again.out
    assert Path("hw1.toml").read_text() == "mine"
    assert Path("hw1-2.toml").read_bytes() == first


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "hw1.toml is your sheet of hw1 already"), ("zh", "hw1.toml 已是你的 hw1 答卷")],
)
def test_a_sheet_that_is_there_is_not_written_again(oslab: Run, language: str, said: str) -> None:
    oslab("exercise", "start", FILE, "--student", "s1042")
    sheet = Path("hw1.toml")
    text = sheet.read_text("utf-8").replace('faults = ""', 'faults = "7"')
    sheet.write_text(text, "utf-8")
    again = oslab("--lang", language, "exercise", "start", FILE, "--student", "S1042")
    assert again.code == 0
    assert said in again.out
    assert sorted(f.name for f in Path().iterdir()) == [FILE, "hw1.toml"]
    assert sheet.read_text("utf-8") == text
    Path("blank").mkdir()
    assert oslab("exercise", "start", FILE, "--student", "s1042", "--in", "blank").code == 0
    assert 'faults = ""' in Path("blank", "hw1.toml").read_text("utf-8")
    assert "wrote hw1-2.toml" in oslab("exercise", "start", FILE, "--student", "s1043").out


@pytest.mark.parametrize("old", ["[q2]", "7MVQ-FY00", "os101-2026/hw1"])
def test_a_sheet_that_lost_a_question_or_is_of_another_can_be_begun_anew(
    oslab: Run, homework: ClassFile, old: str
) -> None:
    oslab("exercise", "start", FILE, "--student", "s1042")
    sheet = Path("hw1.toml")
    old = code_of(homework, "s1042", "paging/split") if old.startswith("7") else old
    text = sheet.read_text("utf-8")
    assert old in text
    sheet.write_text(text.replace(old, "7QK4-M2XD" if "-" in old else "[q9]"), "utf-8")
    assert "wrote hw1-2.toml" in oslab("exercise", "start", FILE, "--student", "s1042").out


def test_an_exams_sheet_without_codes_is_not_written_again(oslab: Run, homework: ClassFile) -> None:
    exam = replace(homework, feedback="format")
    Path(FILE).write_text(class_file_text(exam), "utf-8")
    text = sheet_text(exam, personal_variants(exam, "s1042"), "s1042", codes=False)
    Path("mine.toml").write_text(text, "utf-8")
    again = oslab("exercise", "start", FILE, "--student", "s1042")
    assert "mine.toml is your sheet of hw1 already" in again.out
    assert not Path("hw1.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([FILE, "--student", "1042"], "a number here looks like s1234"),
        ([FILE, "--student", "../../x"], "a number here looks like s1234"),
        ([FILE, "--student", "s1042", "--team", "t07"], "hw1 is done alone, not in teams"),
        ([FILE, "--student", "s1042", "--variant", "7QK4-M2XD"], "leave out --variant"),
        (["paging/split", "--student", "s1042"], "go with a class file"),
        ([FILE], "no student number was typed"),
        (["hw2.oslab.toml"], "there is no file hw2.oslab.toml"),
        ([FILE, "--student", "s1042", "--in", "nowhere"], "cannot write"),
    ],
)
def test_bad_input_gets_one_line_and_writes_nothing(
    oslab: Run, typing: Callable[..., None], arguments: list[str], said: str
) -> None:
    typing()
    found = oslab("exercise", "start", *arguments)
    assert found.code == 2
    assert said in found.err
    assert [file.name for file in Path().glob("hw1*.toml")] == [FILE]


def test_a_team_is_asked_and_has_the_variant(
    oslab: Run, typing: Callable[..., None], homework: ClassFile
) -> None:
    content = replace(homework, team=True)
    Path(FILE).write_text(class_file_text(content), "utf-8")
    typing("s1042", "s1042", "t 07", "t07", "t07")
    found = oslab("exercise", "start", FILE)
    assert "Your team (if you have none: your student number):" in found.out
    sheet = read_sheet_file(Path("hw1.toml"))
    assert sheet.header == {"assignment": "os101-2026/hw1", "student": "s1042", "team": "t07"}
    assert sheet.questions[0].reference.code == code_of(content, "t07", "paging/replace-fifo")
    by_options = oslab("exercise", "start", FILE, "--student", "s1", "--team", "t07")
    assert by_options.code == 2
    oslab("exercise", "start", FILE, "--student", "s1043", "--team", "t07")
    other = read_sheet_file(Path("hw1-2.toml"))
    assert [q.reference for q in other.questions] == [q.reference for q in sheet.questions]


def test_who_is_in_no_team_works_alone(
    oslab: Run, typing: Callable[..., None], homework: ClassFile
) -> None:
    content = replace(homework, team=True)
    Path(FILE).write_text(class_file_text(content), "utf-8")
    typing("s1042", "s1042", "S1042", "s1042")
    assert oslab("exercise", "start", FILE).code == 0
    sheet = read_sheet_file(Path("hw1.toml"))
    assert "team" not in sheet.header
    assert sheet.questions[0].reference.code == code_of(content, "s1042", "paging/replace-fifo")
    assert "not checked here" not in oslab("exercise", "check").out


def test_a_class_file_may_be_called_as_its_assignment_is(oslab: Run) -> None:
    assert oslab("exercise", "start", "hw1", "--student", "s1042").code == 0
    assert Path("hw1.toml").exists()
    missing = oslab("exercise", "start", "hw2.oslab.toml", "--student", "s1042")
    assert "there is no file hw2.oslab.toml (" in missing.err


def test_a_class_file_of_another_year_is_told(oslab: Run, homework: ClassFile) -> None:
    old = replace(homework, due=homework.due.replace(year=2019))
    Path(FILE).write_text(class_file_text(old), "utf-8")
    said = " ".join(oslab("exercise", "start", FILE, "--student", "s1042").out.split())
    assert "which was in 2019: is this a class file of another year?" in said


def test_a_class_file_is_known_by_what_is_in_it(oslab: Run) -> None:
    Path(FILE).rename("hw1.oslab (1).toml.txt")
    assert oslab("exercise", "start", "hw1.oslab (1).toml", "--student", "s1042").code == 0
    assert oslab("exercise", "check").code == 1
    given = oslab("exercise", "check", "hw1.oslab (1).toml.txt")
    assert given.code == 2
    assert "is the class file, for everybody" in given.err


def test_the_class_file_comes_along_into_another_folder(oslab: Run) -> None:
    Path("sheets").mkdir()
    found = oslab("exercise", "start", FILE, "--student", "s1042", "--in", "sheets")
    assert f"copied {FILE}" in found.out
    assert Path("sheets", FILE).read_bytes() == Path(FILE).read_bytes()
    assert oslab("exercise", "check", "sheets/hw1.toml").code == 1


def test_another_problem_version_is_refused_with_what_to_install(
    oslab: Run, homework: ClassFile
) -> None:
    old = replace(homework.questions[1], version=7)
    content = replace(homework, questions=(homework.questions[0], old), oslab="0.0.9")
    Path(FILE).write_text(class_file_text(content), "utf-8")
    found = oslab("exercise", "start", FILE, "--student", "s1042")
    assert found.code == 2
    assert "hw1, q2: made with paging.split 7; you have 1" in found.err
    assert "oslab==0.0.9" in found.err
    assert "://" not in found.err
    assert not Path("hw1.toml").exists()


def test_a_missing_plugin_is_named_by_a_command_that_is_not_run(
    oslab: Run, homework: ClassFile
) -> None:
    text = class_file_text(replace(homework, plugins=("oslab-buddy>=1.4,<2", "oslab-other")))
    text = text.replace('"paging.split"', '"buddy.split"')
    Path(FILE).write_text(text, "utf-8")
    found = oslab("exercise", "start", FILE, "--student", "s1042")
    assert found.code == 2
    assert "hw1 needs a plugin: " in found.err
    assert '"oslab-buddy>=1.4,<2"' in found.err
    assert "oslab-other" not in found.err
    Path(FILE).write_text(text.replace("oslab-buddy>=1.4,<2", "somewhere-else"), "utf-8")
    assert '"somewhere-else"' in oslab("exercise", "start", FILE, "--student", "s1042").err
    Path(FILE).write_text(text.replace('"oslab-buddy>=1.4,<2",', "").replace('"oslab-other",', ""))
    assert "no plugin buddy is installed" in oslab("exercise", "start", FILE).err


def test_a_hostile_title_reaches_neither_terminal_nor_sheet(
    oslab: Run, homework: ClassFile
) -> None:
    content = replace(homework, title="\x1b[2J\u202eHomework\n[sheet]\nq1 = 1")
    Path(FILE).write_text(class_file_text(content), "utf-8")
    found = oslab("exercise", "start", FILE, "--student", "s1042")
    assert found.code == 0
    for text in (found.out, Path("hw1.toml").read_text("utf-8")):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert set(tomllib.loads(Path("hw1.toml").read_text("utf-8"))) == {"sheet", "q1", "q2"}


def test_a_homework_sheet_is_not_started_as_practice(oslab: Run) -> None:
    oslab("exercise", "start", FILE, "--student", "s1042")
    for arguments in (["hw1.toml"], ["--new"]):
        found = oslab("exercise", "start", *arguments)
        assert found.code == 2
        assert "its numbers do not change" in found.err


def test_an_exams_sheet_names_no_variant(homework: ClassFile) -> None:
    text = sheet_text(homework, personal_variants(homework, "s1042"), "s1042", codes=False)
    assert 'q1 = "paging/replace-fifo paging.replace/1"' in text
    assert not any(code_of(homework, "s1042", q.exercise) in text for q in homework.questions)


@pytest.mark.parametrize(
    ("hours", "left"),
    [(24 * 6.9, "in 6 days"), (48, "in 2 days"), (47, "in 47 hours"), (2, "in 2 hours"),
     (1.5, "in 90 minutes"), (0.01, "in a minute"), (-0.001, "which has passed")],
)  # fmt: skip
def test_what_is_left_is_never_less_than_said(hours: float, left: str) -> None:
    due = datetime(2026, 3, 2, 23, 59, tzinfo=ZoneInfo("Europe/Zurich"))
    assert left_text(due, due - timedelta(hours=hours)) == left


def test_the_due_time_is_told_in_both_languages(homework: ClassFile) -> None:
    zone = "America/Argentina/Buenos_Aires"
    content = replace(homework, due=homework.due.astimezone(ZoneInfo(zone)), timezone=zone)
    assert due_text(content) == "due Mon 2 Mar 19:59 (Buenos Aires)"
    set_language("zh")
    assert due_text(homework) == "截止 3月2日（周一）23:59（Zurich）"
