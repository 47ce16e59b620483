"""The commands of decisions, as an instructor types them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oslab.conformance.suite import written
from oslab.exercise.writing import fill_sheet
from oslab.homework.classfile import read_class_file
from oslab.homework.personal import personal_variants, sheet_text
from oslab_grader.book.decisions import read_decisions
from oslab_grader.handout.sheets import write_class_file
from oslab_grader.intake.attempts import Attempt, digest_of, keep

Run = Callable[..., Any]
BROKEN = {"s1000": "right", "s1001": "broken"}


def test_points_by_hand_in_either_order_of_arguments(handed_in: Run, grader: Run) -> None:
    room = handed_in({"s1000": "right"}, students=2)
    first = grader(room, "override", "hw1", "s1000", "q1", "7", "--why", "asked")
    assert first.out.splitlines() == [
        "s1000 hw1 q1   7 of 8, by ana",
        "s1000 hw1   13 of 18 so far, 4 wait for a reader",
    ]
    assert "6.5 of 8, by ben" in grader(room, "override", "S1000", "hw1", "1", "6.5", by="ben").out
    (head,) = read_decisions(room.course.decisions).heads(("points", "hw1", "s1000", "q1", ""))
    assert (head.by, head.value) == ("ben", "6.5")
    grader(room, "override", "hw1", "s1000", "q1", "--undo")
    assert "14 of 18" in grader(room, "show", "hw1", "s1000").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("override", "hw1", "s1009", "q1", "7"), "s1009 is not on the roster (did you mean"),
        (("override", "hw1", "s1000", "q9", "7"), "has no question q9; it has q1, q2, q3"),
        (("override", "hw1", "s1000", "q1", "70"), "hw1 q1 is worth 8 points"),
        (("override", "hw1", "s1000", "q1", "--", "-1"), "hw1 q1 is worth 8 points"),
        (("override", "hw1", "s1000", "q1", "seven"), '"seven" is not a number'),
        (("override", "hw1", "s1000", "q1"), "give the points"),
        (("extend", "s1000", "hw2", "+2d"), 'is an assignment of course.toml (did you mean "hw1"?)'),
        (("extend", "s1000", "hw1", "soon"), '"soon" is no extension; 2026-03-09T23:59'),
        (("sheet", "hw1", "s1000", "--of", "s9999"), "s9999 is not on the roster"),
        (("comment", "hw1", "s1000", "q1", ""), "the comment is empty"),
        (("settle", "hw1"), "name students, or --all"),
        (("repair", "hw1", "s1000"), "everything s1000 handed in for hw1 is readable"),
        (("repair", "hw1", "s1001"), "s1001 has handed in nothing for hw1"),
        (("amend", "hw1", "q1", "--accept", "lru-for-fif", "--why", "x"), 'did you mean "lru-for-fifo"'),
        (("amend", "hw1", "q1", "--void"), '--why "…" is needed'),
        (("amend", "hw1", "q1", "--void", "--full", "--why", "x"), "one of --accept"),
        (("regrade", "hw1"), "--diff or --apply"),
        (("review", "hw1", "--part", "3/2"), "is no part"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said_and_nothing_decided(
    handed_in: Run, grader: Run, arguments: tuple[str, ...], said: str
) -> None:
    room = handed_in({"s1000": "right"}, students=2)
    result = grader(room, *arguments, code=2)
    assert said in " ".join(result.err.split())
    assert read_decisions(room.course.decisions).all == ()


def test_extensions_and_excuses_come_before_any_handout(course: Run, grader: Run) -> None:
    room = course(students=2, hand_out=False)
    out = grader(room, "extend", "s1000", "hw1", "+2d").out
    assert "s1000 hw1   due 2026-03-04 23:59 (Europe/Zurich)" in out
    assert "not handed out yet" in grader(room, "excuse", "hw1", "s1001").out


def test_a_decision_without_a_name_is_refused(
    handed_in: Run, oslab: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = handed_in({"s1000": "right"}, students=2)
    monkeypatch.chdir(room.folder)
    monkeypatch.delenv("OSLAB_GRADER", raising=False)
    result = oslab("gradebook", "excuse", "s1000", "hw1")
    assert result.code == 2
    assert "set OSLAB_GRADER" in " ".join(result.err.split())


def test_settled_uploads_give_a_grade_and_it_can_be_taken_back(handed_in: Run, grader: Run) -> None:
    room = handed_in(BROKEN, students=3)
    assert "no grade yet: q1: steps" in grader(room, "show", "hw1", "s1001").out
    assert "6 of 18 so far" in grader(room, "settle", "hw1", "--all").out.replace("8 of", "6 of")
    assert "s1001 has nothing unreadable" in grader(room, "settle", "hw1", "s1001").out
    assert "no grade yet" in grader(room, "settle", "hw1", "s1001", "--undo").out


def test_a_mended_copy_is_read_in_place_of_the_original_and_both_are_kept(
    handed_in: Run, grader: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    room = handed_in(BROKEN, students=3)
    sheets = room.course.attempts("hw1")
    before = {f.name for f in sheets.glob("*.sheet")}
    same = grader(
        room, "repair", "hw1", "s1001", "--file", _mended(room, "s1001", tmp_path, ""), code=1
    )
    assert "Nothing was changed" in same.out
    bad = grader(
        room, "repair", "hw1", "s1001", "--file", _mended(room, "s1001", tmp_path, "x"), code=1
    )
    assert "It still cannot be read" in bad.out
    assert read_decisions(room.course.decisions).all == ()
    good = grader(room, "repair", "hw1", "s1001", "--file", _mended(room, "s1001", tmp_path, "'''"))
    assert "  + '''" in good.out
    assert "14 of 18 so far" in good.out
    assert before < {f.name for f in sheets.glob("*.sheet")}
    assert "no grade yet" in grader(room, "repair", "hw1", "s1001", "--undo").out


def _mended(room: Any, student: str, folder: Path, line: str) -> str:
    """The student's upload with a line before the second answer."""
    (note,) = room.course.attempts("hw1").glob(f"{student}.*.json")
    sheet = json.loads(note.read_text("utf-8"))["sheet"]
    text = (room.course.attempts("hw1") / f"{sheet}.sheet").read_text("utf-8")
    file = folder / "mended.toml"
    file.write_text(text.replace("\nfaults", f"\n{line}\nfaults", 1) if line else text, "utf-8")
    return str(file)


def test_exchanged_sheets_are_graded_as_whose_they_are(handed_in: Run, grader: Run) -> None:
    room = handed_in({"s1000": {"variant_of": "s1001", "of": "s1001"}}, students=3)
    before = grader(room, "show", "hw1", "s1000").out
    assert "oslab gradebook sheet hw1 s1000 --of s1001" in before
    assert "14 of 18 so far" in grader(room, "sheet", "hw1", "s1000", "--of", "s1001").out
    after = grader(room, "show", "hw1", "s1000").out
    assert "graded as the variant of s1001" in after
    assert "problems" not in after
    assert "14 of 18" not in grader(room, "sheet", "hw1", "s1000", "--undo").out


def test_a_mistyped_number_that_nobody_has_is_graded_as_what_was_drawn_for_it(
    course: Any, hand_in: Any, grader: Run, tmp_path: Path
) -> None:
    room = course(2)
    file, _ = write_class_file(room.course, room.hw1, room.record)
    content = read_class_file(file)
    variants = personal_variants(content, "s1020")
    given = {
        (name, answer): written(variant, answer, value)
        for name, variant in variants
        for answer, value in variant.asked().items()
    }
    hand_in(room, "s1000", fill_sheet(sheet_text(content, variants, "s1020"), given))
    others = {owner: room.record.line(owner) for owner in room.record.owners()}
    assert (
        "s1020 is not on the roster"
        in grader(room, "sheet", "hw1", "s1001", "--of", "s1020", code=2).err
    )
    assert "14 of 18" in grader(room, "sheet", "hw1", "s1000", "--of", "s1020").out
    assert all(room.record.line(owner) == line for owner, line in others.items())


def test_two_assistants_who_differ_are_told_apart(handed_in: Run, grader: Run) -> None:
    room = handed_in({"s1000": "right"}, students=2)
    grader(room, "override", "hw1", "s1000", "q3", "3")
    mine = (room.course.decisions / "ana.csv").read_bytes()
    (room.course.decisions / "ana.csv").unlink()
    grader(room, "override", "hw1", "s1000", "q3", "4", by="ben")
    (room.course.decisions / "ana.csv").write_bytes(mine)
    out = grader(room, "show", "hw1", "s1000").out
    assert "hw1 q3: ana 3, ben 4; no grade until one of you decides again" in " ".join(out.split())
    assert "17.5 of 18" in grader(room, "override", "hw1", "s1000", "q3", "3.5", by="ben").out


def test_show_puts_the_answer_beside_the_key(handed_in: Run, grader: Run) -> None:
    room = handed_in({"s1000": {"q1": "lru-for-fifo"}}, students=2)
    out = grader(room, "show", "hw1", "s1000", "q1").out
    assert "key: result" in out
    assert "recognised: lru-for-fifo" in out
    body = json.loads(grader(room, "show", "hw1", "s1000", "q1", "--json").out)
    rows = body["answers"][0]["rows"]
    assert {r["outcome"] for r in rows if r["given"] != r["key"]} == {"wrong"}
    assert {r["outcome"] for r in rows if r["given"] == r["key"]} == {"right"}


def test_of_an_upload_that_cannot_be_read_no_answer_is_shown_as_blank(
    course: Run, hand_in: Run, grader: Run
) -> None:
    room = course(students=2)
    hand_in(room, "s1000", "[sheet]\n".encode("utf-16")[:-1])
    out = grader(room, "show", "hw1", "s1000", "q1").out
    assert "steps   unreadable   ? of " in out
    assert "blank" not in out
    assert "not answered" not in out
    body = json.loads(grader(room, "show", "hw1", "s1000", "q1", "--json").out)
    assert {answer["outcome"] for answer in body["answers"]} == {"unreadable"}
    assert "steps   blank   0 of " in grader(room, "show", "hw1", "s1001", "q1").out


def test_names_are_shown_only_when_asked_for(handed_in: Run, grader: Run) -> None:
    room = handed_in({"s1000": "right"}, students=2)
    assert "Student" not in grader(room, "show", "hw1", "s1000").out
    assert "Student, Number 0" in grader(room, "show", "hw1", "s1000", "--names").out


def test_control_characters_of_a_stranger_do_not_reach_the_terminal(
    course: Run, answered: Run, hand_in: Run, grader: Run
) -> None:
    room = course(students=2)
    text = answered(room, "s1000", "right", q3={"text": "EVIL"})
    hand_in(room, "s1000", text.replace("EVIL", r"\u001b[2J\u202e"))
    grader(room, "comment", "hw1", "s1000", "q3", "a\x1b[2Jb")
    for arguments in (("show", "hw1", "s1000"), ("show", "hw1", "s1000", "q3")):
        out = grader(room, *arguments).out
        assert "\x1b" not in out
        assert "\u202e" not in out


def test_the_overview_counts_and_says_what_is_due(
    handed_in: Run, grader: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = handed_in(BROKEN, students=4)
    out = grader(room).out
    assert "hw1         2026-03-02 23:59      0      1         1        2        0     -" in out
    assert "essays to read in hw1: 2   oslab gradebook review hw1" in out
    monkeypatch.setenv("OSLAB_LANG", "zh")
    assert "有 2 份论述题待阅" in grader(room).out


def test_file_names_of_an_lms_do_not_show_who_it_was(
    course: Run, answered: Run, grader: Run
) -> None:
    room = course(students=2)
    data = answered(room, "s1000", "right").encode()
    file = "chenming_88000_700_hw1.toml"
    attempt = Attempt("s1000", digest_of(data), None, None, 700, file, "canvas")
    keep(room.course.attempts("hw1"), data, attempt)
    for more in ((), ("--json",)):
        out = grader(room, "show", "hw1", "s1000", *more).out
        assert "hw1.toml" in out
        assert "chenming" not in out


def test_taking_back_what_nobody_decided_writes_nothing(handed_in: Run, grader: Run) -> None:
    room = handed_in({"s1000": "right", "s1001": "broken"}, students=2)
    grader(room, "override", "hw1", "s1000", "q1", "--undo")
    grader(room, "excuse", "hw1", "s1000", "--undo")
    assert "no comment any more" in grader(room, "comment", "hw1", "s1000", "--undo").out
    assert "was settled" in grader(room, "settle", "hw1", "--all", "--undo").out
    assert read_decisions(room.course.decisions).all == ()


def test_comments_are_on_a_question_or_on_the_whole(handed_in: Run, grader: Run) -> None:
    room = handed_in({"s1000": "right"}, students=2)
    assert "s1000 hw1   the" in grader(room, "comment", "hw1", "s1000", "Fine.").out
    assert "s1000 hw1 q1   the" in grader(room, "comment", "s1000", "hw1", "1", "Good.").out
    wrong = grader(room, "comment", "hw1", "s1000", "q9", "x", code=2)
    assert "has no question q9" in " ".join(wrong.err.split())
    for texts in (("q1",), ("two", "words"), ("q1", "two", "words")):
        wrong = grader(room, "comment", "hw1", "s1000", *texts, code=2)
        assert "one text in quotes" in " ".join(wrong.err.split())


@pytest.mark.parametrize(
    ("editor", "code", "said"),
    [
        ("raise SystemExit(1)", 2, "ended with an error (1); nothing was decided"),
        ("pass", 1, "Nothing was changed"),
        ("file.write_text('')", 1, "is empty"),
        ("file.unlink()", 2, "cannot open"),
        ("file.write_text(file.read_text().replace('\\nfaults', \"\\n'''\\nfaults\", 1))", 0, "  + '''"),
    ],
)  # fmt: skip
def test_what_an_editor_does_to_the_copy(
    handed_in: Run,
    grader: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    editor: str,
    code: int,
    said: str,
) -> None:
    room = handed_in(BROKEN, students=3)
    script = tmp_path / "edit.py"
    script.write_text(f"import pathlib, sys\nfile = pathlib.Path(sys.argv[1])\n{editor}\n")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f'"{sys.executable}" "{script}"')
    result = grader(room, "repair", "hw1", "s1001", code=code)
    assert said in " ".join((result.out + result.err).split()) or said in result.out
    assert bool(read_decisions(room.course.decisions).all) == (code == 0)
    assert "s1001_hw1" not in result.out  # the upload's name can be a student's


def test_essays_of_a_team_are_counted_once(
    course: Run, answered: Run, hand_in: Run, grader: Run
) -> None:
    room = course(students=4, team=True)
    for student in ("s1000", "s1002"):
        hand_in(room, student, answered(room, student, "right"))
    assert "essays to read in hw1: 2" in grader(room).out


def test_without_a_student_everybody_has_a_line(handed_in: Run, grader: Run) -> None:
    room = handed_in({"s1000": "right"}, students=2)
    lines = grader(room, "show", "hw1").out.splitlines()
    assert lines == ["s1000  14 of 18 so far, 4 wait for a reader", "s1001  nothing handed in"]
    assert "Student, Number 1" in grader(room, "show", "hw1", "--names").out
    assert "oslab grade hw1 --json" in grader(room, "show", "hw1", "--json", code=2).err
    assert "hw9 is not in course.toml" in grader(room, "show", "hw9", code=2).err
