"""``oslab grade`` in a course: what is typed, what appears."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from oslab.text import width
from oslab_grader.course.model import LatePolicy

Make = Callable[..., Any]
Run = Callable[..., Any]


@pytest.fixture
def class_(course: Make, answered: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Seven students and a folder of their uploads, with one of everything that goes wrong."""
    room = course(7)
    uploads = tmp_path / "uploads"
    uploads.mkdir()

    def give(student: str, data: str | bytes, name: str = "hw1.toml") -> None:
        (uploads / student).mkdir(exist_ok=True)
        bytes_ = data.encode() if isinstance(data, str) else data
        (uploads / student / name).write_bytes(bytes_)

    give("s1000", answered(room, "s1000"))
    give("s1001", answered(room, "s1001", "lru-for-fifo"))
    give("s1002", answered(room, "s1002", "broken"))
    give("s1003", b"PK\x03\x04 a Word file", "report.docx")
    give("s1004", answered(room, "s1004", of="s1005"))
    give("s1005", answered(room, "s1005").encode("utf-16")[:-1])
    give("s1999", answered(room, "s1000"))
    monkeypatch.chdir(room.folder)
    return room


def test_the_screen_names_what_is_wrong_and_the_command_that_settles_it(
    oslab: Run, class_: Any
) -> None:
    found = oslab("grade", "hw1", "../uploads")
    assert found.code == 1
    lines = found.out.splitlines()
    assert lines[0] == "hw1   7 on the roster   6 handed in   3 graded, 0 unchanged"
    assert lines[1] == "problems"
    rows = "\n".join(lines)
    assert "s1002" in rows
    assert "has no closing '''" in rows
    assert "oslab gradebook repair hw1 s1002" in rows
    assert "report.docx is" in rows
    assert "says s1005; graded with s1004's own variant" in rows
    assert "oslab gradebook sheet hw1 s1004 --of s1005" in rows
    assert "s1999" in rows
    assert "essays    3 wait   oslab gradebook review hw1" in lines
    again = oslab("grade", "hw1")
    assert (
        again.out.splitlines()[0] == "hw1   7 on the roster   6 handed in   0 graded, 3 unchanged"
    )


@pytest.mark.parametrize("options", [("--names",), ("--lang", "zh")])
def test_the_screen_is_at_most_100_columns_wide(
    oslab: Run, class_: Any, options: tuple[str, ...]
) -> None:
    language = options if "--lang" in options else ()
    names = options if "--names" in options else ()
    found = oslab(*language, "grade", "hw1", "../uploads", *names)
    assert max(map(width, found.out.splitlines())) <= 100


def test_reasons_are_in_the_language_in_force(oslab: Run, class_: Any) -> None:
    english = oslab("grade", "hw1", "../uploads").out
    chinese = oslab("--lang", "zh", "grade", "hw1").out
    for said, other in (("has no closing", "缺少结尾的"), ("report.docx is", "report.docx 是")):
        assert said in english
        assert other in chinese
        assert said not in chinese
    assert "缺少结尾的" in oslab("--lang", "zh", "gradebook", "show", "hw1", "s1002").out


def test_files_beside_the_sheets_are_counted(oslab: Run, class_: Any, tmp_path: Path) -> None:
    (tmp_path / "uploads" / "s1000" / "screen.png").write_bytes(b"\x89PNG")
    assert (
        "beside    other files, left out: 1" in oslab("grade", "hw1", "../uploads").out.splitlines()
    )
    assert "beside" not in oslab("grade", "hw1").out


@pytest.mark.parametrize("folder", ["/", ""])
def test_a_message_about_a_file_does_not_name_its_student(
    oslab: Run, class_: Any, tmp_path: Path, folder: str
) -> None:
    name = f"Number 6 Student_701_assignsubmission_file_{folder}report.docx"
    with zipfile.ZipFile(tmp_path / "moodle.zip", "w") as archive:
        archive.writestr(name, b"PK\3\4")
    found = oslab("grade", "hw1", "../moodle.zip").out
    assert "s1006  not a sheet  report.docx is" in found
    assert "Number 6" not in found


def test_no_name_appears_unless_it_is_asked_for(oslab: Run, class_: Any) -> None:
    for output in ((), ("--json",), ("--csv",)):
        assert "Student, Number" not in oslab("grade", "hw1", "../uploads", *output).out
        assert "Student, Number 2" in oslab("grade", "hw1", "--names", *output).out


def test_json_is_the_same_from_scratch_and_has_everybody(oslab: Run, class_: Any) -> None:
    first = oslab("grade", "hw1", "../uploads", "--json").out
    assert oslab("grade", "hw1", "../uploads", "--json").out == first
    assert oslab("grade", "hw1", "../uploads", "--all", "--json").out == first
    body = json.loads(first)
    assert first.isascii()
    assert body["schema"] == "oslab.gradebook/1"
    (hw1,) = body["assignments"]
    assert [row["student"] for row in hw1["students"]] == class_.ids
    assert {row["who"] for row in hw1["problems"]} >= {"s1002", "s1003", "s1004", "s1005"}
    assert str(class_.folder) not in first


def test_csv_has_a_row_a_student(oslab: Run, class_: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(oslab("grade", "hw1", "../uploads", "--csv").out)))
    assert [row["student"] for row in rows] == class_.ids
    by_id = {row["student"]: row for row in rows}
    assert by_id["s1000"]["q1"] == "8"
    assert by_id["s1001"]["mistakes"] == "q1:lru-for-fifo"
    assert by_id["s1002"]["total"] == ""
    assert by_id["s1006"]["status"] == "missing"
    for row in rows:
        assert not any(cell.startswith(("=", "@")) for cell in row.values())


def test_without_an_assignment_everything_is_brought_up_to_date(oslab: Run, class_: Any) -> None:
    oslab("grade", "hw1", "../uploads")
    whole = oslab("grade")
    assert whole.code == 1
    assert whole.out.startswith("hw1   7 on the roster")
    before = class_.course.database.read_bytes()
    assert "3 graded, 0 unchanged" in oslab("grade", "--all").out
    assert class_.course.database.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("hw9", "../uploads"), "hw9 is not in course.toml: hw1"),
        (("../uploads",), "In a course that comes first: oslab grade hw1 ../uploads"),
        (("hw2", "../uploads"), "hw2 is not in course.toml: hw1"),
        (("hw1", "../nowhere"), "nowhere"),
        (("hw1", "--times", "t.csv"), "--times belongs to uploads"),
        (("hw1", "--json", "--csv"), "one of them"),
        (("hw1", "--memory-limit", "much"), "a size such as 512MiB"),
        (("hw1", "--scheduler", "tcp://x"), "--scheduler belongs to --engine dask"),
        (("hw1", "--engine", "dask"), "--engine dask needs --scheduler"),
    ],
)
def test_bad_usage_is_exit_code_2(
    oslab: Run, class_: Any, arguments: tuple[str, ...], said: str
) -> None:
    found = oslab("grade", *arguments)
    assert found.code == 2
    assert said in found.err
    assert "Traceback" not in found.err


def test_what_was_not_handed_out_cannot_be_graded(
    oslab: Run, course: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(course(hand_out=False).folder)
    (tmp_path / "uploads").mkdir()
    found = oslab("grade", "hw1", "../uploads")
    assert found.code == 2
    assert "oslab course handout hw1" in found.err
    assert "nothing has been handed out" in oslab("grade").err


def test_below_the_course_folder_it_is_the_same_course(
    oslab: Run, class_: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(class_.folder / "exercises")
    assert oslab("grade", "hw1", "../../uploads").out.startswith("hw1   7 on the roster")


def test_elsewhere_an_assignment_is_told_where_it_belongs(
    oslab: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = oslab("grade", "hw1", "up.zip")
    assert found.code == 2
    assert "If it is an assignment: there is no course.toml in this folder" in found.err


def test_elsewhere_options_of_a_course_are_refused(
    oslab: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = oslab("grade", "x.toml", "--all", "--workers", "2")
    assert found.code == 2
    assert "--all, --workers: only in a course" in found.err


def test_keys_that_would_be_others_today_are_said_and_change_nothing(
    oslab: Run, class_: Any
) -> None:
    assert "note:" not in oslab("grade", "hw1", "../uploads").out
    record = class_.record
    lines = record.file.read_bytes().splitlines(keepends=True)
    made_by = json.loads(lines[0])["questions"][1]["made_by"]
    old = lines[0].replace(made_by.encode(), b"oslab 0.0.1")
    shares = [json.loads(line) for line in lines[1:]]
    shares[0]["questions"]["q2"]["key"]["vpo_bits"] = 13
    body = [json.dumps(share, separators=(",", ":")).encode() + b"\n" for share in shares]
    record.file.write_bytes(old + b"".join(body))
    said = oslab("grade", "hw1").out
    assert "computes other keys for q2 in 1 of 7 variants" in said
    assert "oslab gradebook regrade hw1 --diff --key new" in said
    assert "q1" not in next(line for line in said.splitlines() if line.startswith("note"))


def test_a_problem_that_many_have_is_one_row(
    oslab: Run, course: Make, answered: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = course(9)
    for student in room.ids:
        (tmp_path / "uploads" / student).mkdir(parents=True)
        sheet = tmp_path / "uploads" / student / "hw1.docx"
        sheet.write_bytes(b"PK\x03\x04" + student.encode())
    monkeypatch.chdir(room.folder)
    lines = oslab("grade", "hw1", "../uploads").out.splitlines()
    assert lines[2].startswith("  s1000 +8  not a sheet  hw1.docx is")
    assert [line.strip() for line in lines[3:]] == ["saved as plain text."]
    assert len(json.loads(oslab("grade", "hw1", "--json").out)["assignments"][0]["problems"]) == 9


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (LatePolicy(), 'late      1 marked LATE; Canvas reduces them (late.by = "lms")'),
        (
            LatePolicy("oslab", Fraction(1, 10), grace_days=1),
            'late      2 late, 1 of them reduced (late.by = "oslab")',
        ),
    ],
)
def test_who_was_late_and_who_reduces_it_is_said(
    oslab: Run, course: Make, answered: Make, hand_in: Make, monkeypatch: pytest.MonkeyPatch,
    late: LatePolicy, said: str,
) -> None:  # fmt: skip
    room = course(3, late=late)
    for student, days in zip(room.ids, (0, 1, 3), strict=True):
        time = room.hw1.due + timedelta(days=days, minutes=-5)
        marked = {"late": student == "s1001"} if late.by == "lms" else {"time": time}
        hand_in(room, student, answered(room, student), **marked)
    monkeypatch.chdir(room.folder)
    assert said in oslab("grade", "hw1").out.splitlines()
