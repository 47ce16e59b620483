"""What an instructor types and sees: preview, handout."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oslab.exercise.reading import read_sheet_file

Make = Callable[..., Any]


@pytest.fixture
def room(course: Make, monkeypatch: pytest.MonkeyPatch) -> Any:
    made = course(3, hand_out=False)
    monkeypatch.chdir(made.folder)
    return made


@pytest.fixture
def exam(course: Make, monkeypatch: pytest.MonkeyPatch) -> Any:
    made = course(2, hand_out=False, feedback="format")
    monkeypatch.chdir(made.folder)
    return made


def add(room: Any, line: str = "s2000,,,,,") -> None:
    file = room.course.roster_file
    file.write_text(file.read_text("utf-8") + line + "\n", "utf-8")


def edit(room: Any, old: str, new: str) -> None:
    text = room.course.file.read_text("utf-8")
    assert old in text
    room.course.file.write_text(text.replace(old, new, 1), "utf-8")


def test_the_first_handout_writes_class_file_and_record(oslab: Make, room: Any) -> None:
    done = oslab("course", "handout", "hw1")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "wrote handout/hw1/hw1.oslab.toml (put it on the course page), "
        "record.jsonl (3 students, keep it)\n"
    )
    folder = room.course.handout("hw1")
    assert sorted(os.listdir(folder)) == ["hw1.oslab.toml", "record.jsonl"]
    if os.name != "nt":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "record.jsonl").stat().st_mode) == 0o600


def test_late_enrolment_is_one_line_and_says_what_happened_to_the_class_file(
    oslab: Make, room: Any
) -> None:
    oslab("course", "handout", "hw1")
    add(room)
    assert oslab("course", "handout", "hw1").out == (
        "1 added, 3 unchanged\nhandout/hw1/hw1.oslab.toml is as it was\n"
    )
    room.course.roster_file.write_text("id,name\ns1000,\n", "utf-8")
    assert "3 kept of those no longer on the roster" in oslab("course", "handout", "hw1").out


def test_another_due_date_writes_the_class_file_anew_and_says_so(oslab: Make, room: Any) -> None:
    oslab("course", "handout", "hw1")
    edit(room, "due = 2026-03-02", "due = 2026-03-09")
    said = oslab("course", "handout", "hw1")
    assert said.code == 0
    assert "wrote handout/hw1/hw1.oslab.toml again: put the new one on the course page" in said.out


def test_teams_are_counted_beside_those_in_none(
    oslab: Make, course: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = course(3, hand_out=False, team=True)
    monkeypatch.chdir(room.folder)
    rows = ["id,name,email,section,canvas,team", "s1000,,,,,t1", "s1001,,,,,t1", "s1002,,,,,"]
    room.course.roster_file.write_text("\n".join(rows), "utf-8")
    checked = oslab("course", "check").out
    assert "hw1: in teams, and 1 on the roster are in none (s1002); each works alone" in checked
    assert "(1 team and 1 student in none, keep it)" in oslab("course", "handout", "hw1").out


def test_an_edit_after_the_handout_is_refused_and_nothing_is_written(
    oslab: Make, room: Any
) -> None:
    oslab("course", "handout", "hw1")
    before = (room.record.file.read_bytes(), sorted(os.listdir(room.course.handout("hw1"))))
    add(room)
    edit(room, 'points = "6"', 'points = "7"')
    refused = oslab("course", "handout", "hw1")
    assert refused.code == 2
    assert "hw1 has been handed out" in refused.err
    assert "oslab gradebook amend hw1 q2" in refused.err
    assert before == (room.record.file.read_bytes(), sorted(os.listdir(room.course.handout("hw1"))))


def test_an_exam_has_no_class_file_and_its_sheets_no_codes(oslab: Make, exam: Any) -> None:
    refused = oslab("course", "handout", "hw1")
    assert refused.code == 2
    assert "oslab course handout hw1 --sheets" in refused.err
    assert not exam.course.handout("hw1").exists()
    assert oslab("course", "handout", "hw1", "--sheets").code == 0
    folder = exam.course.handout("hw1")
    assert sorted(os.listdir(folder)) == ["record.jsonl", "sheets"]
    sheet = read_sheet_file(folder / "sheets" / "s1001" / "hw1.toml")
    assert sheet.header["student"] == "s1001"
    assert [q.reference.code for q in sheet.questions] == ["", "", ""]


def test_a_class_file_given_out_before_it_became_an_exam_is_mentioned(
    oslab: Make, room: Any
) -> None:
    oslab("course", "handout", "hw1")
    edit(room, 'feedback = "full"', 'feedback = "format"')
    assert "remove it from the course page" in oslab("course", "handout", "hw1", "--sheets").out


def test_sheets_are_what_the_record_holds_in_the_language_asked_for(oslab: Make, room: Any) -> None:
    assert "3 of 3 written" in oslab("course", "handout", "hw1", "--sheets", "--lang", "en").out
    file = room.course.handout("hw1") / "sheets" / "s1002" / "hw1.toml"
    assert "FIFO by hand" in file.read_text("utf-8")
    codes = [q.reference.code for q in read_sheet_file(file).questions]
    assert codes == [q["code"] for q in room.record.share("s1002").questions.values()]
    assert "0 of 3 written" in oslab("course", "handout", "hw1", "--sheets").out
    assert "已写入" in oslab("course", "handout", "hw1", "--sheets", "--lang", "zh").out
    assert "手工模拟 FIFO" in file.read_text("utf-8")


@pytest.mark.parametrize("form", ["html", "md"])
def test_print_has_a_sheet_for_each_and_names_only_when_asked(
    oslab: Make, room: Any, form: str
) -> None:
    assert oslab("course", "handout", "hw1", "--print", form).code == 0
    file = room.course.handout("hw1") / f"hw1.{form}"
    text = file.read_text("utf-8")
    assert all(id in text for id in room.ids)
    assert "Student, Number 1" not in text
    oslab("course", "handout", "hw1", "--print", form, "--names")
    assert "Student, Number 1" in file.read_text("utf-8")


def test_options_that_make_no_sense_are_refused(oslab: Make, room: Any) -> None:
    assert "html or md" in oslab("course", "handout", "hw1", "--print", "pdf").err
    assert "--names is for --print" in oslab("course", "handout", "hw1", "--names").err
    assert oslab("course", "handout", "hw9").code == 2
    assert not room.course.handout("hw1").exists()


def test_all_faults_are_said_at_once(oslab: Make, room: Any) -> None:
    edit(room, "paging/replace-fifo", "paging/replace-fif")
    edit(room, "paging/split", "pagin/split")
    for command in ("handout", "preview"):
        refused = oslab("course", command, "hw1")
        assert refused.code == 2
        assert "hw1 q1" in refused.err
        assert "hw1 q2" in refused.err
    assert not room.course.handout("hw1").exists()


def test_preview_shows_a_line_for_each_question(oslab: Make, room: Any) -> None:
    shown = oslab("course", "preview", "hw1", "--variants", "8")
    assert shown.code == 0
    head, *rows = shown.out.splitlines()
    assert head.split("  ")[0] == "q"
    assert [row.split()[:3] for row in rows] == [
        ["q1", "paging/replace-fifo", "8/8"],
        ["q2", "paging/split", "8/8"],
        ["q3", "os101/why-cow", "1/8"],
    ]
    assert "3 of 3" in rows[0]
    assert "4 by a person" in rows[2]


def test_preview_warns_of_a_question_that_a_constant_answer_passes(oslab: Make, room: Any) -> None:
    text = (Path(__file__).parents[3] / "exercises/oslab_exercises/paging/belady.toml").read_text(
        "utf-8"
    )
    head = text.partition("[[answer]]")[0]
    own = head + '[[answer]]\nname = "change"\npoints = 1\n'
    (room.folder / "exercises" / "lazy.toml").write_text(own, "utf-8")
    edit(room, "paging/split", "os101/lazy")
    shown = oslab("course", "preview", "hw1", "--variants", "10", "--json")
    assert shown.code == 1
    q1, q2, _ = json.loads(shown.out)["questions"]
    assert q1["warnings"] == []
    assert q1["key"] == q1["points"] == 8
    assert "lazy-high" in q2["warnings"]
    assert q2["lazy"] > 0.4


def test_preview_in_processes_says_the_same(course: Make) -> None:
    from oslab_grader.handout.freeze import handed_questions
    from oslab_grader.handout.preview import preview, preview_question

    made = course(1, hand_out=False)
    questions, _ = handed_questions(made.course, made.hw1)
    assert preview(questions, 5, processes=2) == [preview_question(5, q) for q in questions]
