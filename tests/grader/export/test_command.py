"""`oslab gradebook export`, on a real course that was handed out, handed in and graded."""

from __future__ import annotations

import csv
import io
import os
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from oslab import InputError
from oslab.homework.checked import receipt_of
from oslab.hookspecs import Exporter
from oslab.plugins import PluginError
from oslab_grader.cli.export import Format, refuse_open, run
from oslab_grader.course.model import LatePolicy, QuestionSetting
from oslab_grader.intake.attempts import Attempt, digest_of, keep

from .conftest import a_grade

CANVAS = """Student,ID,SIS Login ID,Section,Homework 1 (48213),Exam (50001)
    Points Possible,,,,18,100
"Student, Number 0",88000,s1000,A,,3
"Student, Number 1",88001,s1001,B,2,4
"Student, Number 2",88002,s1002,A,,5
"Student, Test",99999,abc,A,,
"""


@pytest.fixture
def room(course: Any, answered: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """hw1 without its essay: s1000 is right, s1001 made a mistake, s1002 cannot be read, s1003 has handed
    in nothing."""
    questions = (QuestionSetting("paging/replace-fifo", 8), QuestionSetting("paging/split", 6))
    room = course(students=4, questions=questions)
    _hand_in(room, answered, {"s1000": "right", "s1001": "lru-for-fifo", "s1002": "broken"})
    monkeypatch.chdir(room.folder)
    monkeypatch.setenv("OSLAB_GRADER", "ana")
    return room


def _hand_in(room: Any, answered: Any, how: dict[str, Any]) -> None:
    for student, said in how.items():
        each = {"how": said} if isinstance(said, str) else {"q1": said}
        data = answered(room, student, **each).encode()
        number = room.roster[student].canvas
        file = f"submissions.zip/student{number}_{number}_5{number}_hw1.toml"
        attempt = Attempt(student, digest_of(data), file=file, source="canvas", order=int(number))
        keep(room.course.attempts("hw1"), data, attempt)


def test_without_a_format_they_are_listed(oslab: Callable[..., Any]) -> None:
    done = oslab("gradebook", "export")
    assert done.code == 0
    listed = [line.split()[0] for line in done.out.splitlines()[2:]]
    assert listed == ["csv", "canvas", "moodle", "junit", "feedback", "report"]


def test_an_unknown_format_is_told_the_nearest(oslab: Callable[..., Any]) -> None:
    done = oslab("gradebook", "export", "canvsa", "x.csv")
    assert done.code == 2
    assert 'no export format "canvsa" (did you mean "canvas"?); there are csv, canvas' in done.err


def test_canvas_from_the_command_line(room: Any, oslab: Callable[..., Any], tmp_path: Path) -> None:
    given = tmp_path / "Grades.csv"
    given.write_text(CANVAS, "utf-8")
    done = oslab("gradebook", "export", "canvas", str(given))
    assert done.code == 0, done.err
    first, *notes, last = done.out.splitlines()
    assert first == (
        'hw1 → column "Homework 1 (48213)"   1 new   1 changed   1 left out (1 unreadable)'
        "   1 handed in nothing"
    )
    assert notes == ["  note: 18 points there, hw1 has 14"]
    assert last == "wrote out/canvas-hw1.csv      Canvas, Grades, Import"
    written = room.folder / "out" / "canvas-hw1.csv"
    rows = list(csv.reader(io.StringIO(written.read_text("utf-8"))))
    assert [row[2] for row in rows[2:]] == ["s1000", "s1001"]
    assert rows[2][4] == "14"
    assert given.read_text("utf-8") == CANVAS
    if os.name == "posix":
        assert written.stat().st_mode & 0o077 == 0
        assert written.parent.stat().st_mode & 0o077 == 0


def test_what_is_replaced_is_said_and_a_dry_run_writes_nothing(
    room: Any, oslab: Callable[..., Any]
) -> None:
    dry = oslab("gradebook", "export", "csv", "--dry-run")
    assert "would write out/grades.csv" in dry.out
    assert not (room.folder / "out" / "grades.csv").exists()
    assert "wrote out/grades.csv\n" in oslab("gradebook", "export", "csv").out
    again = oslab("gradebook", "export", "csv").out
    assert "wrote out/grades.csv, in place of the one before" in again


def test_while_essays_wait_only_final_grades_go_to_an_lms(
    course: Any, answered: Any, oslab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = course(students=2)
    _hand_in(room, answered, {"s1000": "right"})
    monkeypatch.chdir(room.folder)
    done = oslab("gradebook", "export", "moodle")
    assert done.code == 2
    assert "hw1: 1 sheet waits for a reader: oslab gradebook review hw1" in done.err
    assert "--only-final" in done.err
    assert not (room.folder / "out").exists()
    done = oslab("gradebook", "export", "moodle", "--only-final")
    assert done.code == 0
    assert "left out" in done.out


def test_what_says_that_a_grade_waits_is_written_while_it_does(
    course: Any, answered: Any, oslab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = course(students=2)
    _hand_in(room, answered, {"s1000": "right"})
    monkeypatch.chdir(room.folder)
    for name in ("csv", "junit", "report"):
        assert oslab("gradebook", "export", name).code == 0
    rows = list(csv.DictReader((room.folder / "out" / "grades.csv").open(encoding="utf-8")))
    assert [(row["status"], row["total"]) for row in rows] == [("waits", ""), ("missing", "")]


def test_every_format_of_a_real_course_gives_the_same_bytes_twice(
    room: Any, oslab: Callable[..., Any]
) -> None:
    first = {}
    for _ in range(2):
        for name in ("csv", "moodle", "junit", "feedback", "report"):
            done = oslab("gradebook", "export", name)
            assert done.code == 0, done.err
        files = {f.name: f.read_bytes() for f in (room.folder / "out").iterdir()}
        first = first or files
    assert set(files) == {
        "grades.csv", "moodle-hw1.csv", "junit-hw1.xml", "feedback-hw1.zip", "report-hw1.html"
    }  # fmt: skip
    assert files == first


def test_feedback_says_what_is_wrong_and_never_the_key(
    room: Any, oslab: Callable[..., Any]
) -> None:
    done = oslab("gradebook", "export", "feedback")
    assert "hw1   pages: 2   1 left out (1 unreadable)   1 handed in nothing" in done.out
    with zipfile.ZipFile(room.folder / "out" / "feedback-hw1.zip") as archive:
        names = archive.namelist()
        pages = {name: archive.read(name).decode() for name in names}
    assert names == ["student88000_88000_588000_hw1.toml", "student88001_88001_588001_hw1.toml"]
    page = pages["student88001_88001_588001_hw1.toml"]
    assert "LRU" in page
    assert "partial" in page
    assert "s1000" not in page
    assert "Student, Number" not in page


def pages_of(room: Any, oslab: Callable[..., Any]) -> dict[str, str]:
    """Student → page."""
    done = oslab("gradebook", "export", "feedback")
    assert done.code == 0, done.err
    with zipfile.ZipFile(room.folder / "out" / "feedback-hw1.zip") as archive:
        numbers = {f"s1{name.split('_')[1][2:]}": name for name in archive.namelist()}
        return {student: archive.read(name).decode() for student, name in numbers.items()}


def test_a_page_whose_answer_was_accepted_later_says_so(
    room: Any, oslab: Callable[..., Any]
) -> None:
    said = "mended after it was handed out"
    assert said not in " ".join(pages_of(room, oslab)["s1001"].split())
    amend = ("gradebook", "amend", "hw1", "q1", "--accept", "lru-for-fifo", "--why", "unclear")
    assert oslab(*amend).code == 0
    assert oslab("gradebook", "regrade", "hw1", "--apply", "keep-higher").code == 0
    pages = {who: " ".join(page.split()) for who, page in pages_of(room, oslab).items()}
    assert said in pages["s1001"]
    assert said not in pages["s1000"]


def test_a_settled_page_says_so_and_of_no_lost_points_that_they_cost_nothing(
    room: Any, answered: Any, oslab: Callable[..., Any]
) -> None:
    _hand_in(room, answered, {"s1003": {"faults": "eleven"}})
    for student in ("s1002", "s1003"):
        assert oslab("gradebook", "settle", "hw1", student).code == 0
    pages = pages_of(room, oslab)
    assert '"eleven" is not a whole number; 11 or 0xb would be.' in " ".join(pages["s1003"].split())
    said = "What could not be read was counted as not answered."
    assert [page.count(said) for _, page in sorted(pages.items())] == [0, 0, 1, 1]
    assert "nothing" not in "".join(pages.values())
    assert oslab("gradebook", "override", "hw1", "s1003", "q1", "8", "--why", "asked").code == 0
    page = pages_of(room, oslab)["s1003"]
    assert "These points were given by a person." in page
    assert "ana" not in page.split()
    assert said not in page


def test_a_page_of_another_s_sheet_says_so_once(
    room: Any, answered: Any, oslab: Callable[..., Any]
) -> None:
    data = answered(room, "s1003", "right", of="s1000", variant_of="s1000").encode()
    file = "submissions.zip/student88003_88003_588003_hw1.toml"
    attempt = Attempt("s1003", digest_of(data), file=file, source="canvas", order=588003)
    keep(room.course.attempts("hw1"), data, attempt)
    assert oslab("gradebook", "settle", "hw1", "s1003").code == 0
    page = pages_of(room, oslab)["s1003"]
    assert page.count("The file says that it is the sheet of s1000.") == 1
    assert f"hw1.toml   receipt {receipt_of(data)}" in page
    assert "your change is ignored" not in page
    assert "more such lines" not in page


@pytest.mark.parametrize(
    ("policy", "hours", "said"),
    [
        ({"per_day": Fraction(1, 10)}, 5, "14 of 14 points, less 10 % for 1 day late: 12.6"),
        ({"per_day": Fraction(1, 10), "grace_days": 1}, 30,
         "14 of 14 points, less 10 % for 2 days late, 1 of them free: 12.6"),
        ({"per_day": Fraction(1, 10), "cutoff_days": 1}, 30,
         "14 of 14 points, but 2 days late, after the last day, so nothing counts: 0"),
        ({"per_day": Fraction(1, 10), "grace_days": 3}, 5, "14 of 14 points   1 day late: grace days"),
    ],
)  # fmt: skip
def test_a_late_page_adds_up(
    course: Any, answered: Any, oslab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch,
    policy: Any, hours: int, said: str,
) -> None:  # fmt: skip
    questions = (QuestionSetting("paging/replace-fifo", 8), QuestionSetting("paging/split", 6))
    late = LatePolicy(by="oslab", slack=timedelta(0), **policy)
    room = course(students=1, questions=questions, late=late)
    data = answered(room, "s1000", "right").encode()
    time = room.hw1.due + timedelta(hours=hours)
    file = "submissions.zip/student88000_88000_588000_hw1.toml"
    attempt = Attempt("s1000", digest_of(data), time, True, 588000, file, "canvas")
    keep(room.course.attempts("hw1"), data, attempt)
    monkeypatch.chdir(room.folder)
    page = pages_of(room, oslab)["s1000"]
    assert said in page
    assert f"received {time:%Y-%m-%d %H:%M %Z}" in page
    days = "1 day" if hours < 24 else "2 days"
    shown = oslab("gradebook", "show", "s1000", "hw1").out
    assert f"late {days}" in shown
    assert "1 days" not in shown


def test_an_assignment_that_is_not_out_is_named(room: Any, oslab: Callable[..., Any]) -> None:
    done = oslab("gradebook", "export", "csv", "--assignment", "hw9")
    assert done.code == 2
    assert "hw9 has not been handed out; there is hw1" in done.err


def test_a_file_that_is_not_there_is_one_line(room: Any, oslab: Callable[..., Any]) -> None:
    done = oslab("gradebook", "export", "canvas", "nowhere.csv")
    assert done.code == 2
    assert 'cannot read "nowhere.csv": No such file' in done.err


def allow(room: Any, requirement: str) -> None:
    """In a course only the plugins that course.toml names are loaded."""
    file = room.folder / "course.toml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("format = 1", f'format = 1\nplugins = ["{requirement}"]'), "utf-8")


def exporter(body: str) -> dict[str, str]:
    hook = (
        "from oslab import Exporter, hookimpl\n@hookimpl\ndef oslab_exporters():\n"
        "    yield Exporter('ilias', 'Points for ILIAS.', 'oslab_ilias.out:export', 'a list')\n"
    )
    code = "from oslab import Exported, InputError\ndef export(request):\n" + body
    return {"__init__.py": hook, "out.py": code}


def test_a_third_party_s_format_is_listed_and_run(
    room: Any, oslab: Callable[..., Any], third_party: Callable[..., Path]
) -> None:
    body = (
        "    lines = [f'{g.student} {g.total}' for a in request.assignments\n"
        "             for g in request.book.grades(a.name) if g.total is not None]\n"
        "    return Exported({'ilias.txt': '\\n'.join(lines).encode()}, ('two \\x1b[31m rows',), 'ILIAS')\n"
    )
    allow(room, "oslab-ilias")
    third_party("ilias", exporter(body))
    assert (
        "ilias      Points for ILIAS. (fills in a list)   plugin ilias"
        in oslab("gradebook", "export").out
    )
    done = oslab("gradebook", "export", "ilias")
    assert done.code == 0, done.err
    assert done.out == "two \\u001b[31m rows\nwrote out/ilias.txt      ILIAS\n"
    assert (room.folder / "out" / "ilias.txt").read_text().startswith("s1000 14\n")


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ("    raise RuntimeError('half\\nway')", PluginError, "export ilias: RuntimeError: half way"),
        ("    raise SystemExit(0)", PluginError, "it called sys.exit()"),
        ("    raise InputError('no such course')", InputError, "no such course"),
        ("    return None", PluginError, "gave no Exported; nothing was written"),
        ("    return Exported({'../x': b''})", PluginError, 'a file name that is none: "../x"'),
        ("    return Exported({'/etc/x': b''})", PluginError, "a file name that is none"),
        ("    return Exported({'a\\\\b': b''})", PluginError, "a file name that is none"),
        ("    return Exported({'.hidden': b''})", PluginError, "a file name that is none"),
        ("    return Exported({'C:x': b''})", PluginError, "a file name that is none"),
        ("    return Exported({'nul.csv': b''})", PluginError, "a file name that is none"),
        ("    return Exported({7: b''})", PluginError, "a file name that is none"),
        ("    return Exported({'x.csv': 'text'})", PluginError, "str for x.csv, not bytes"),
        ("    return Exported({'x': b'', 'X': b''})", PluginError, "differ only in case"),
        ("    return Exported({'x': b''}, 'abc')", PluginError, "lines to show that are no texts"),
        ("    return Exported({'x': b''}, (), None)", PluginError, "a next step that is no text"),
        ("    return Exported(7)", PluginError, "no files that can be written"),
    ],
)  # fmt: skip
def test_a_broken_exporter_is_one_line_naming_the_plugin(
    request_of: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    kind: type[Exception],
    said: str,
) -> None:
    module = ModuleType("oslab_ilias_out")
    exec(exporter(body)["out.py"], vars(module))
    monkeypatch.setitem(sys.modules, "oslab_ilias_out", module)
    described = Exporter("ilias", "Points for ILIAS.", "oslab_ilias_out:export")
    with pytest.raises(kind) as caught:
        run(Format(described, "plugin ilias (oslab-ilias 1.0)"), request_of())
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    if kind is PluginError:
        assert str(caught.value).startswith("plugin ilias (oslab-ilias 1.0): ")


def test_nothing_is_written_for_a_broken_exporter_and_the_exit_code_says_whose_fault_it_is(
    room: Any, oslab: Callable[..., Any], third_party: Callable[..., Path]
) -> None:
    allow(room, "oslab-ilias")
    files = exporter("    return Exported({'good.csv': b'', '../bad.csv': b''})\n")
    place = third_party("ilias", files)
    done = oslab("gradebook", "export", "ilias")
    assert (done.code, len(done.err.splitlines())) == (70, 1)
    assert (
        'export ilias gave a file name that is none: "../bad.csv"; nothing was written' in done.err
    )
    (place / "out.py").unlink()
    del sys.modules["oslab_ilias.out"]
    done = oslab("gradebook", "export", "ilias")
    assert (done.code, len(done.err.splitlines())) == (70, 1)
    assert "plugin ilias" in done.err
    assert "oslab_ilias.out:export cannot be loaded" in done.err
    assert not (room.folder / "out").exists()


def test_conflicts_are_as_open_as_essays(request_of: Callable[..., Any]) -> None:
    request = request_of(a_grade("s1", status="withheld", kind="conflict"), a_grade("s2", 3))
    with pytest.raises(InputError, match="hw1: 1 conflict of decisions"):
        refuse_open(request)
    refuse_open(request_of(a_grade("s1", status="withheld", kind="unreadable"), a_grade("s2")))
