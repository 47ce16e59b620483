"""`oslab exercise check` of a homework sheet: it says what the assignment lets it say, and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from oslab.exercise import progress
from oslab.exercise.answers import listed
from oslab.exercise.catalogue import AskedAnswer, Entry, entry
from oslab.homework.classfile import ClassFile, ClassQuestion, class_file_text
from oslab.homework.personal import personal_variants
from oslab.plugins import problem
from oslab.text import Text

Run = Callable[..., Any]
Handed = Callable[..., Path]
FAULTS, STEPS = ("q1", "faults"), ("q1", "steps")

pytestmark = pytest.mark.usefixtures("folder")


def test_all_right_is_ready_and_has_a_receipt(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    sheet = handed(homework)
    found = oslab("exercise", "check")
    assert found.code == 0, found.out
    digest = sha256(sheet.read_bytes()).hexdigest()
    receipt = f"(receipt {digest[:4]}-{digest[4:8]})"
    assert f"ready to hand in: 2 of 2 answered, all readable {receipt}" in found.out
    assert "all questions: 8.67 of 8.67" in found.out
    assert "due Mon 2 Mar 23:59 (Zurich)" in found.out
    assert "explain" not in found.out
    assert progress.load().exercises == {}


def test_what_is_blank_or_unreadable_is_listed(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    variant = dict(personal_variants(homework, "s1042"))["q1"]
    rows = [["?", "?"] if i < 3 else ["xx", "?"] if i == 3 else ["f", "-"] for i in range(16)]
    handed(
        homework,
        {STEPS: rows[: len(variant.rows("steps"))], FAULTS: "eleven", ("q2", "vpo_bits"): ""},
    )
    found = oslab("exercise", "check")
    assert found.code == 1
    assert "not ready: 0 of 2 answered" in found.out
    assert "  blank: q1 steps (3 rows), q2 vpo_bits" in found.out
    assert "  unreadable, so no grade yet: q1 steps (1 row), q1 faults" in found.out
    assert "Costs nothing" not in found.out
    document = json.loads(oslab("exercise", "check", "--json").out)
    assert document["blank"] == [
        {"question": "q1", "answer": "steps", "rows": 3},
        {"question": "q2", "answer": "vpo_bits", "rows": 0},
    ]
    assert document["ready"] is False


@pytest.mark.parametrize("feedback", ["full", "marks", "format"])
@pytest.mark.parametrize("new", ["fualts = ", "# "])
def test_an_answer_whose_line_is_gone_has_no_grade_yet(
    oslab: Run, handed: Handed, homework: ClassFile, feedback: Any, new: str
) -> None:
    sheet = handed(replace(homework, feedback=feedback))
    text = re.sub("^faults = ", new, sheet.read_text("utf-8"), flags=re.MULTILINE)
    sheet.write_text(text, "utf-8")
    found = oslab("exercise", "check")
    assert found.code == 1
    assert re.search(r"faults +unreadable", found.out)
    assert "Not in the file, so no grade yet" in " ".join(found.out.split())
    assert "not ready: 1 of 2 answered" in found.out
    assert "  unreadable, so no grade yet: q1 faults" in found.out
    assert "blank" not in found.out
    assert "文件中没有这一行，因而暂无成绩" in oslab("--lang", "zh", "exercise", "check").out
    document = json.loads(oslab("exercise", "check", "--json").out)
    assert document["unreadable"] == [{"question": "q1", "answer": "faults", "rows": 0}]
    assert (document["blank"], document["ready"]) == ([], False)


def test_a_missing_plugin_is_named_by_its_command(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    sheet = handed(replace(homework, plugins=("oslab-buddy>=1.4,<2",)))
    for file in (sheet, Path("hw1.oslab.toml")):
        text = file.read_text("utf-8").replace("paging.split/1", "buddy.split/1")
        file.write_text(text.replace('"paging.split"', '"buddy.split"'), "utf-8")
    for language, said in (("en", "hw1 needs a plugin: "), ("zh", "hw1 需要一个插件：")):
        found = oslab("--lang", language, "exercise", "check")
        assert found.code == 1
        assert said in found.out
        assert '"oslab-buddy>=1.4,<2"' in found.out.replace("\n", "")
        assert "problem type" not in found.out
    assert re.search(r"faults +right", oslab("exercise", "check").out)


@pytest.mark.parametrize("broken", ["", "overwritten", "a = 1\n"])
@pytest.mark.parametrize("command", ["check", "hint", "watch", "edit"])
def test_where_a_sheet_was_lost_its_class_file_is_named(
    oslab: Run, handed: Handed, homework: ClassFile, broken: str, command: str
) -> None:
    handed(homework).write_text(broken, "utf-8")
    found = oslab("exercise", command)
    assert (found.code, found.out) == (2, "")
    assert "hw1.toml is no sheet" in found.err
    assert found.err.strip().endswith("oslab exercise start hw1.oslab.toml")
    assert "hw1.toml 不是答卷" in oslab("--lang", "zh", "exercise", command).err
    if command in ("check", "hint"):
        assert oslab("exercise", command, "hw1.toml").err == found.err
    Path("hw1.toml").unlink()
    assert "no sheet in this folder yet" in oslab("exercise", command).err


def test_a_file_in_another_folder_is_not_said_to_be_here(oslab: Run) -> None:
    found = oslab("exercise", "check", "../hw1.oslab.toml")
    assert found.err.strip() == "oslab: there is no file ../hw1.oslab.toml"


def test_an_exam_with_its_class_file_has_title_and_due_date(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    handed(replace(homework, feedback="format"), codes=False)
    out = oslab("exercise", "check").out
    assert out.startswith("Homework 1, Operating Systems   due Mon 2 Mar 23:59 (Zurich)")
    assert "os101-2026/hw1" not in out


def test_an_editor_that_ends_with_an_error_is_reported(
    oslab: Run, handed: Handed, homework: ClassFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed(homework)
    monkeypatch.setenv("EDITOR", "false")
    found = oslab("exercise", "edit")
    assert "The editor false ended with code 1" in found.out
    assert "ready to hand in: 2 of 2" in found.out
    assert "以代码 1 结束" in oslab("--lang", "zh", "exercise", "edit").out
    monkeypatch.setenv("EDITOR", "true")
    assert "ended with code" not in oslab("exercise", "edit").out


@pytest.mark.parametrize("dash", ["-", "–", "—", "——", "―"])
def test_every_dash_means_none(oslab: Run, handed: Handed, homework: ClassFile, dash: str) -> None:
    sheet = handed(homework)
    text = re.sub(r"\|( +)-( *)$", rf"|\1{dash}\2", sheet.read_text("utf-8"), flags=re.MULTILINE)
    assert dash in text
    sheet.write_text(text, "utf-8")
    assert "all 16 rows right" in oslab("exercise", "check").out
    assert listed(dash) == []


def test_full_feedback_names_the_misunderstanding_but_never_the_key(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    variant = dict(personal_variants(homework, "s1042"))["q1"]
    answers = variant.mistakes()["lru-for-fifo"]
    from oslab.conformance.suite import written

    handed(homework, {("q1", n): written(variant, n, v) for n, v in answers.items()})
    found = oslab("exercise", "check")
    assert found.code == 1
    assert "Your victims follow LRU" in " ".join(found.out.split())
    assert "hint --question q1 (2, free in homework)" in found.out
    assert "ready to hand in: 2 of 2 answered" in found.out
    assert "all-right" not in found.out


def test_marks_say_right_or_wrong_and_nothing_of_rows(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    marks = replace(homework, feedback="marks")
    variant = dict(personal_variants(marks, "s1042"))["q1"]
    rows = [["hit", "-"]] * (len(variant.rows("steps")) - 1) + [["xx", "-"]]
    handed(marks, {STEPS: rows, FAULTS: "999"})
    found = oslab("exercise", "check")
    assert found.code == 1
    assert re.search(r"faults +wrong +999", found.out)
    assert re.search(r"vpo_bits +right", found.out)
    assert '"xx" is none of' in found.out
    assert "rows right" not in found.out
    assert " of 8" not in found.out
    document = json.loads(oslab("exercise", "check", "--json").out)
    assert "earned" not in json.dumps(document)
    assert "rows" not in document["questions"][0]["answers"][0]
    assert document["questions"][0]["answers"][1]["outcome"] == "wrong"


def test_an_exam_tells_right_from_wrong_by_nothing(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    """Neither text, nor JSON, nor exit code differ between a right and a wrong sheet."""
    exam = replace(homework, feedback="format")
    seen = []
    for faults, bits in (("", ""), ("7", "3"), ("8", "4"), ("9", "12")):
        changes = {FAULTS: faults, ("q2", "vpo_bits"): bits} if faults else {}
        variants = dict(personal_variants(exam, "s1042"))
        if faults:
            changes[STEPS] = [["hit", "-"]] * len(variants["q1"].rows("steps"))  # type: ignore[assignment]
        handed(exam, changes)
        found, document = oslab("exercise", "check"), oslab("exercise", "check", "--json")
        assert found.code == document.code == 0
        seen.append(re.sub("[0-9a-f]{4}-[0-9a-f]{4}", "", found.out + document.out))
    assert len(set(seen)) == 1
    assert "16 of 16 rows filled, readable" in seen[0]
    assert "Right and wrong are not shown in an exam." in seen[0]
    assert not re.search("right\\b(?! from)", json.dumps(seen[0].partition("{")[2]))


def test_an_exams_sheet_needs_no_class_file(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    handed(homework, codes=False, name="")
    found = oslab("exercise", "check")
    assert found.code == 0, found.out
    assert "16 of 16 rows filled, readable" in found.out
    assert "5 of 5 rows filled, readable" in found.out
    assert "ready to hand in: 2 of 2 answered" in found.out
    for command in ("hint", "explain"):
        refused = oslab("exercise", command, "--question", "q1", "--yes")
        assert (refused.code, refused.out) == (2, "")
        assert "no hints and no worked runs in an exam" in refused.err


def test_an_exam_with_open_rows_is_not_ready(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    variant = dict(personal_variants(homework, "s1042"))["q1"]
    rows = [["f", "-"]] * (len(variant.rows("steps")) - 2) + [["f", "?"], ["zz", "1"]]
    handed(homework, {STEPS: rows, FAULTS: ""}, codes=False, name="")
    found = oslab("exercise", "check")
    assert found.code == 1
    assert "15 of 16 rows filled, 1 of them unreadable" in found.out
    assert "blank: q1 steps (1 row), q1 faults" in found.out
    assert "unreadable, so no grade yet: q1 steps (1 row)" in found.out


def test_the_class_file_is_found_by_its_assignment(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    handed(homework, name="another name.toml")
    other = replace(homework, assignment="os101-2026/hw2")
    Path("hw1.oslab.toml").write_text(class_file_text(other), "utf-8")
    assert oslab("exercise", "check", "hw1.toml").code == 0
    Path("another name.toml").unlink()
    missing = oslab("exercise", "check", "hw1.toml")
    assert missing.code == 2
    assert "is of os101-2026/hw2, and the sheet is of os101-2026/hw1." in missing.err
    Path("hw1.oslab.toml").unlink()
    missing = oslab("exercise", "check", "hw1.toml")
    assert "Put hw1.oslab.toml from your course page beside this sheet." in missing.err
    Path("hw1.oslab.toml").write_text("format = 9\nstudent_id = 1\n")
    assert "class file of format 9" in oslab("exercise", "check", "hw1.toml").err


@pytest.mark.parametrize("sheet_of", ["s1024", "changed"])
def test_somebody_elses_numbers_are_not_marked(
    oslab: Run, handed: Handed, homework: ClassFile, sheet_of: str
) -> None:
    sheet = handed(homework, student="s1024" if sheet_of == "s1024" else "s1042")
    text = sheet.read_text("utf-8").replace('student = "s1024"', 'student = "s1042"')
    if sheet_of == "changed":
        text = re.sub(r"(fifo) \S+ ", r"\1 7QK4-M2XD ", text)
    sheet.write_text(text, "utf-8")
    found = oslab("exercise", "check")
    assert found.code == 1
    out = " ".join(found.out.split())
    assert "These are not the numbers of s1042 in hw1" in out
    assert "not checked here: q1" in out


@pytest.mark.parametrize("line", ["", 'student = "1042"', 'student = "../x"', "student = 7"])
def test_a_sheet_that_says_not_whose_it_is_is_refused(
    oslab: Run, handed: Handed, homework: ClassFile, line: str
) -> None:
    sheet = handed(homework)
    sheet.write_text(sheet.read_text("utf-8").replace('student = "s1042"', line), "utf-8")
    found = oslab("exercise", "check")
    assert found.code == 2
    assert "hw1.toml does not say whose it is" in found.err
    assert 'Write it there again, student = "your number", which looks like s1234' in found.err
    assert "oslab exercise start" not in found.err
    assert '重新写上 student = "你的学号"' in oslab("--lang", "zh", "exercise", "check").err


def test_a_teams_sheet_says_which_team(oslab: Run, handed: Handed, homework: ClassFile) -> None:
    content = replace(homework, team=True)
    sheet = handed(content, team="t07")
    found = oslab("exercise", "check")
    assert found.code == 0
    assert "student s1042, team t07" in found.out
    sheet.write_text(sheet.read_text("utf-8").replace('team = "t07"\n', ""), "utf-8")
    assert "does not say which team" in oslab("exercise", "check").err
    assert '重新写上 team = "你的小组"' in oslab("--lang", "zh", "exercise", "check").err


def test_a_question_that_is_gone_or_new_is_said(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    sheet = handed(homework)
    text = sheet.read_text("utf-8").replace("q2 =", "q3 =").replace("[q2]", "[q3]")
    sheet.write_text(text, "utf-8")
    found = oslab("exercise", "check")
    assert found.code == 1
    assert "hw1 has no question q3." in found.out
    assert "q2 is not in this sheet" in found.out
    assert "not checked here: q3, q2" in found.out


def test_another_problem_version_costs_its_question_only(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    sheet = handed(homework)
    for file in (Path("hw1.oslab.toml"), sheet):
        text = file.read_text("utf-8").replace("paging.split/1", "paging.split/7")
        head, middle, tail = text.rpartition('problem = "paging.split"\nversion = 1')
        text = head + middle.replace("version = 1", "version = 7") + tail
        file.write_text(text, "utf-8")
    found = oslab("exercise", "check")
    assert found.code == 1
    assert "Made with paging.split 7; you have paging.split 1" in found.out
    assert "all 16 rows right" in found.out


def test_hints_are_free_and_the_worked_run_is_refused(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    handed(homework)
    hints = oslab("exercise", "hint", "--question", "q1")
    assert hints.code == 0
    assert "[y/N]" not in hints.out
    assert hints.out.count("hint ") == len(entry("paging/replace-fifo").hint)
    refused = oslab("exercise", "explain", "--question", "q1", "--yes")
    assert (refused.code, refused.out) == (2, "")
    assert "oslab exercise start paging/replace-fifo" in refused.err
    assert progress.load().exercises == {}


def own_exercise(homework: ClassFile) -> ClassFile:
    """Homework whose second question is the course's own, in no catalogue."""
    second = replace(homework.questions[1], exercise="os101/our-split")
    return replace(homework, questions=(homework.questions[0], second))


def test_the_courses_own_exercises_are_in_the_class_file(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    handed(own_exercise(homework))
    found = oslab("exercise", "check")
    assert found.code == 0, found.out
    refused = oslab("exercise", "explain", "--question", "q2")
    assert "there is none for homework" in refused.err
    assert "oslab exercise start" not in refused.err


def test_without_its_class_file_an_exam_does_not_know_the_courses_own(
    oslab: Run, handed: Handed, homework: ClassFile
) -> None:
    handed(own_exercise(homework), codes=False, name="")
    found = oslab("exercise", "check")
    assert found.code == 1
    assert "This question is not known here" in found.out
    assert "not checked here: q2" in found.out


def test_an_essay_waits_for_a_person(oslab: Run, handed: Handed, homework: ClassFile) -> None:
    try:
        version = problem("grader.essay").version
    except ValueError:
        pytest.skip("no problem type grader.essay yet")
    asked = AskedAnswer("text", homework.questions[0].points)
    text = Text("Why copy on write?", "为什么写时复制？")
    essay = Entry("grader.essay", 2, text, text, text, {}, (asked,))
    question = ClassQuestion("q3", "os101/why-cow", "grader.essay", version, essay)
    content = replace(homework, questions=(*homework.questions, question))
    handed(content, {("q3", "text"): "Because."})
    found = oslab("exercise", "check")
    assert found.code == 0, found.out
    assert "ready to hand in: 3 of 3 answered, all readable; q3 is read by a person" in found.out
    handed(content)
    assert "blank: q3 text" in oslab("exercise", "check").out


def test_watch_and_edit_work_the_same(
    oslab: Run, handed: Handed, homework: ClassFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed(homework)
    watched = oslab("exercise", "watch", "--every", "0.05")
    assert watched.code == 0
    assert "ready to hand in: 2 of 2" in watched.out
    monkeypatch.setenv("EDITOR", "true")
    assert "ready to hand in: 2 of 2" in oslab("exercise", "edit").out


def test_it_reads_well_in_chinese(oslab: Run, handed: Handed, homework: ClassFile) -> None:
    handed(homework, {FAULTS: ""})
    found = oslab("--lang", "zh", "exercise", "check")
    assert "还不能提交：2 题中答了 1 题（回执" in found.out
    assert "未作答：q1 faults" in found.out
