"""course.toml: what it says, and everything that is wrong with one at once."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab_grader.course.config import notes_of
from oslab_grader.course.durations import duration
from oslab_grader.course.home import course_here, read_course
from oslab_grader.course.model import Course
from oslab_grader.course.places import lines_of

GOOD = """format = 1
course = "os101-2026"
title = "Operating Systems"
timezone = "Europe/Zurich"
lms = "canvas"
student_id = "s[0-9]{4}"
plugins = ["oslab-buddy>=1.4,<2"]
[late]
by = "oslab"
per_day = 0.10
slack = "10min"
cutoff_days = 5
grace_days = 3
[[assignment]]
name = "hw1"
title = "Homework 1"
due = 2026-03-02T23:59:00
feedback = "marks"
counts = "last"
questions = [
  { exercise = "paging/replace-fifo", points = 8 },
  # q2 follows
  { exercise = "os101/why-cow", points = "1/2" } ]
[[assignment]]
name = "exam1"
title = "Exam"
due = 2026-06-20T10:00:00
team = true
questions = [ { exercise = "paging/split" } ]
"""


def read(tmp_path: Path, text: str) -> Course:
    file = tmp_path / "course.toml"
    file.write_text(text, "utf-8")
    return read_course(file)


def faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    return str(error.value).splitlines()


def test_a_course_is_what_its_file_says(tmp_path: Path) -> None:
    course = read(tmp_path, GOOD)
    assert (course.name, course.prefix, course.timezone.key) == (
        "os101-2026",
        "os101",
        "Europe/Zurich",
    )
    assert course.late.per_day == Fraction(1, 10)
    assert course.late.slack == timedelta(minutes=10)
    hw1, exam1 = course.assignments
    assert hw1.due.isoformat() == "2026-03-02T23:59:00+01:00"
    assert [q.points for q in hw1.questions] == [8, Fraction(1, 2)]
    assert (hw1.feedback, hw1.counts, hw1.team, exam1.team) == ("marks", "last", False, True)
    assert exam1.questions[0].points is None
    assert exam1.due.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"os101-2026"', '"OS 101"', 'line 2: course is "OS 101"'),
        ('"Europe/Zurich"', '"Zurich"', 'line 4: no time zone "Zurich" (did you mean "Europe/Zurich"?)'),
        ('"Europe/Zurich"', '"Europe"', 'line 4: no time zone "Europe"'),
        ('"Europe/Zurich"', '"../../etc/passwd"', "line 4: no time zone"),
        ('"canvas"', '"canvass"', 'line 5: lms is "canvass" (did you mean "canvas"?)'),
        ('"s[0-9]{4}"', '"s(a+)+"', "line 6: student_id"),
        ('"oslab-buddy>=1.4,<2"', '"b @ https://x.example/b.zip"', "line 7: plugins"),
        ('"oslab-buddy>=1.4,<2"', "3", "line 7: plugins"),
        ('by = "oslab"', 'by = "lms"', "line 10: by = \"lms\" leaves lateness to the LMS"),
        ("per_day = 0.10", "per_day = 10", "line 10: per_day is a share"),
        ("per_day = 0.10", "per_day = nan", "line 10: per_day is nan"),
        ("per_day = 0.10", "per_day = true", "line 10: per_day is true"),
        ('"10min"', '"10 minutes"', "line 11: slack"),
        ("cutoff_days = 5", "cutoff_days = -1", "line 12: cutoff_days is -1"),
        ("grace_days", "grace_day", 'line 13: no such key "grace_day" (did you mean "grace_days"?)'),
        ('name = "exam1"', 'name = "hw1"', "line 25: there is an assignment hw1 already, line 14"),
        ('name = "exam1"', 'name = "con"', "line 25: name: con is the name of a device"),
        ('name = "exam1"', 'name = "../x"', 'line 25: name is "../x"'),
        ('"Exam"', '"homework 1"', "line 26: hw1, line 14, has this title too"),
        ('"Exam"', '"a\\u001b[2J"', "line 26: title has control characters"),
        ("2026-03-02T23:59:00", "2026-03-02", "line 17: due is the day 2026-03-02"),
        ("2026-03-02T23:59:00", '"2026-03-02"', 'line 17: due is "2026-03-02"'),
        ("2026-03-02T23:59:00", "2026-03-29T02:30:00", "there is no 02:30; 03:30 comes next"),
        ("2026-03-02T23:59:00", "0001-01-01T00:00:00", "line 17: due is in the year 1"),
        ('"marks"', '"mark"', 'line 18: feedback is "mark" (did you mean "marks"?)'),
        ('"last"', "1", "line 19: counts is 1"),
        ("team = true", 'team = "yes"', 'line 28: team is "yes"; true or false is expected'),
        ("points = 8", "points = 0", "line 21: points is 0"),
        ("points = 8", "points = 1e400", "line 21: points is inf"),
        ("points = 8", "pts = 8", 'line 21: no such key "pts" (did you mean "points"?)'),
        ("os101/why-cow", "paging/replace-fifo", "line 23: paging/replace-fifo is q1 already"),
        ('{ exercise = "paging/split" }', '"paging/split"', 'line 29: q1 is "paging/split"'),
        ('[ { exercise = "paging/split" } ]', "[]", "line 29: questions has 0"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    found = faults(tmp_path, GOOD.replace(old, new, 1))
    assert len(found) == 1
    assert found[0].startswith("course.toml line ")
    assert said in found[0]


def test_all_faults_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        GOOD.replace('"canvas"', '"x"').replace("points = 8", "points = -1").replace('"marks"', "3")
    )
    found = faults(tmp_path, text + "extra = 1\n")
    lines = [int(line.split()[2].rstrip(":")) for line in found]
    assert lines == sorted(lines) == [5, 18, 21, 30]


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    found = "\n".join(faults(tmp_path, "[[assignment]]\n"))
    for key in ("format", "course", "title", "timezone", "name", "due", "questions"):
        assert f"{key} is missing" in found


def test_a_slip_in_the_toml_is_told_with_its_line(tmp_path: Path) -> None:
    found = faults(tmp_path, GOOD.replace("points = 8 }", "points = 8"))
    assert len(found) == 1
    assert found[0].startswith("course.toml line 21: ")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"Homework 1"', "“Homework 1”", '“ was meant as "'),
        ("points = 8", "points＝8", "＝ was meant as ="),
    ],
)
def test_signs_that_an_editor_made_are_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in faults(tmp_path, GOOD.replace(old, new, 1))[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("team = true", "team = False", "line 28: team is False; true or false is expected"),
        ("2026-03-02T23:59:00", "2.3.2026", "line 17: due is 2.3.2026; 2026-03-02T23:59:00, without"),
        ("2026-03-02T23:59:00", '"2 March 2026"', 'line 17: due is "2 March 2026"; 2026-03-02T23:59:00, w'),
        ("2026-03-02T23:59:00", "20260302", "line 17: due is 20260302; 2026-03-02T23:59:00, without"),
        ("points = 8", "points = 1/2", "line 21: points is 1/2; a number such as 8"),
        ("cutoff_days = 5", "cutoff_days = five", "line 12: cutoff_days is five; a whole number"),
        ('"hw1"', "hw1", 'line 15: a text stands in quotes: name = "hw1"'),
        ('"exam1"', '"hw2"\nname = "exam1"', "line 26: name is set in line 25 already"),
        ("]\n[[assignment]]", "\n[[assignment]]", "the list that begins in line 20 is not closed"),
    ],
)  # fmt: skip
def test_what_would_be_right_is_told_where_it_is_not_toml(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in GOOD
    found = faults(tmp_path, GOOD.replace(old, new, 1))
    assert len(found) == 1
    assert said in found[0]


def test_a_newer_format_needs_a_newer_oslab(tmp_path: Path) -> None:
    assert "needs a newer oslab" in faults(tmp_path, GOOD.replace("format = 1", "format = 2"))[0]


def test_reduced_by_nobody_is_a_fault(tmp_path: Path) -> None:
    text = GOOD[: GOOD.index("[late]")].replace('"canvas"', '"none"') + '[late]\nby = "lms"\n'
    assert "nobody would reduce" in faults(tmp_path, text)[0]


def test_a_due_time_that_comes_twice_is_the_first_and_noted(tmp_path: Path) -> None:
    course = read(tmp_path, GOOD.replace("2026-03-02T23:59:00", "2026-10-25T02:30:00"))
    assert course.assignments[0].due.utcoffset() == timedelta(hours=2)
    assert notes_of(course) == [
        "hw1: clocks in Europe/Zurich are put back that night, and 02:30 comes twice; the first is meant"
    ]
    assert notes_of(read(tmp_path, GOOD)) == []


def test_a_due_time_with_an_offset_is_moved_into_the_zone(tmp_path: Path) -> None:
    course = read(tmp_path, GOOD.replace("2026-03-02T23:59:00", "2026-03-02T22:59:00Z"))
    assert course.assignments[0].due.isoformat() == "2026-03-02T23:59:00+01:00"


def test_the_course_is_found_from_below_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(tmp_path, GOOD)
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert course_here().folder == tmp_path
    with pytest.raises(InputError, match=r"hw9 is not in course\.toml: hw1, exam1"):
        course_here().assignment("hw9")


@pytest.mark.parametrize(
    ("text", "seconds"), [("10min", 600), ("2h", 7200), ("1d 12h", 129600), ("９０s", 90)]
)
def test_lengths_of_time_are_read(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "10", "min", "-1h", "1.5h", "1h or so", "9999999d"])
def test_other_lengths_of_time_are_bad_input(text: str) -> None:
    with pytest.raises(InputError):
        duration(text)


LEAVES = st.one_of(
    st.integers(-9, 9), st.booleans(), st.text("ab #[]{}=,\"'\n", max_size=6), st.floats(0, 1)
)
KEYS = st.text("abc-_", min_size=1, max_size=3)
VALUES = st.recursive(
    LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=3)
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> set[tuple[Any, ...]]:
    """Every key and item."""
    found = set()
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inside:
        found.add((*path, key))
        if isinstance(item, dict | list):
            found |= paths(item, (*path, key))
    return found


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_every_key_and_item_of_a_file_has_a_line(tables: dict[str, Any]) -> None:
    import tomli_w

    text = "# comment [x]\n" + tomli_w.dumps(tables)
    assert tomllib.loads(text) == tables
    assert paths(tables) <= set(lines_of(text))


def test_lines_are_those_of_the_file() -> None:
    text = (
        'a = 1\nb.c = """\n[x]\n"""\n[[t]]\nx = [\n  1,\n  { y = 2 } ]\n[[t]]\n[t.u]\n"v w" = 3\n'
    )
    assert lines_of(text)["b", "c"] == 2
    assert lines_of(text)["t", 0, "x", 1, "y"] == 8
    assert lines_of(text)["t", 1, "u", "v w"] == 11
