"""Class files: what is written is read, and what a stranger writes is refused in whole sentences."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab.exercise.catalogue import Criterion, entry, sources
from oslab.exercise.sheet import NotASheet
from oslab.homework.classfile import ClassFile, ClassQuestion, class_file_text, read_class_file
from oslab.plugins import problem
from oslab.quantities import printable
from oslab.text import Text, set_language
from oslab.wordfiles import words_of

ZONES = ("Europe/Zurich", "UTC", "America/Argentina/Buenos_Aires", "Asia/Shanghai", "Asia/Kolkata")
TITLES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(str.strip)
SCALARS = st.one_of(
    st.integers(-(2**100), 2**100), st.booleans(), st.text(st.characters(codec="utf-8")),
    st.floats(allow_nan=False), st.dates(), st.times(), st.datetimes(),
)  # fmt: skip
SPACES = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.recursive(
        SCALARS,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text("ab.\n'\" ", max_size=4), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=4,
)
IDS = sorted(sources())


@st.composite
def class_files(draw: Callable[..., Any]) -> ClassFile:
    chosen = draw(st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True))
    questions = []
    for i, name in enumerate(chosen, start=1):
        found = entry(name)
        if draw(st.booleans()):
            found = replace(found, space=draw(SPACES))
        by = draw(st.fractions(Fraction(1, 99), 9, max_denominator=99))
        answers = tuple(replace(a, points=a.points * by) for a in found.answer)
        found = replace(found, answer=answers)
        version = problem(found.problem).version
        questions.append(ClassQuestion(f"q{i}", name, found.problem, version, found))
    zone = draw(st.sampled_from(ZONES))
    naive = draw(st.datetimes(datetime(1971, 1, 2), datetime(2100, 1, 1)))
    # A local time that there was, as course.toml gives it: none that summer time left out.
    due = datetime.fromtimestamp(naive.replace(tzinfo=ZoneInfo("UTC")).timestamp(), ZoneInfo(zone))
    return ClassFile(
        assignment=f"os101-2026/{draw(st.sampled_from(('hw1', 'exam-2', 'a')))}",
        title=draw(TITLES),
        course=draw(TITLES),
        due=due.replace(fold=0),
        timezone=zone,
        student_id=draw(st.sampled_from(("s[0-9]{4}", r"\d{2}-?\d{3,9}", "[a-z._]{1,20}"))),
        key=draw(st.binary(min_size=16, max_size=32)).hex(),
        questions=tuple(questions),
        feedback=draw(st.sampled_from(("full", "marks", "format"))),
        team=draw(st.booleans()),
        plugins=draw(st.sampled_from(((), ("oslab-buddy>=1.4,<2", "x")))),
    )


@settings(max_examples=60)
@given(class_files())
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, made: ClassFile) -> None:
    text = class_file_text(made)
    file = tmp_path_factory.getbasetemp() / "round.oslab.toml"
    file.write_bytes(text.encode())
    assert read_class_file(file) == made
    comment = [line for line in text.split("\n") if line.startswith("#")]
    assert all(printable(line) == line for line in comment)
    assert "hw1.oslab.toml" in text or made.name != "hw1"


def test_a_file_cut_off_at_any_line_is_refused(homework: ClassFile, tmp_path: Path) -> None:
    file = tmp_path / "hw1.oslab.toml"
    lines = class_file_text(homework).splitlines(keepends=True)
    for count in range(len(lines)):
        file.write_text("".join(lines[:count]), "utf-8")
        with pytest.raises(InputError):
            read_class_file(file)
    before_second = max(i for i, line in enumerate(lines) if line == "[[questions]]\n")
    file.write_text("".join(lines[:before_second]), "utf-8")
    with pytest.raises(InputError, match=r"1 of 2 questions.*cut off\?\n.*Download it again"):
        read_class_file(file)
    set_language("zh")
    with pytest.raises(InputError, match="是否被截断"):
        read_class_file(file)


@pytest.mark.parametrize("count", ["3", "true", '"2"', "-1", "1e999", "[]", "9" * 400])
def test_another_number_of_questions_is_refused(
    homework: ClassFile, tmp_path: Path, count: str
) -> None:
    file = tmp_path / "hw1.oslab.toml"
    text = class_file_text(homework)
    assert text.count("question_count = 2\n") == 2
    for places in (1, 2):
        changed = text.replace("question_count = 2", f"question_count = {count}", places)
        file.write_text(changed, "utf-8")
        with pytest.raises(InputError, match="Download it again"):
            read_class_file(file)


def test_a_file_of_before_they_were_counted_is_read(homework: ClassFile, tmp_path: Path) -> None:
    file = tmp_path / "hw1.oslab.toml"
    text = class_file_text(homework).replace("question_count = 2\n", "").replace("[end]\n", "")
    file.write_text(text, "utf-8")
    assert read_class_file(file) == homework


def test_rubrics_do_not_leave_the_house(homework: ClassFile) -> None:
    first = homework.questions[0]
    line = Criterion(Text("secret criterion", "秘密"), Fraction(1))
    answers = tuple(replace(a, rubric=(line,)) for a in first.entry.answer)
    told = replace(first, entry=replace(first.entry, answer=answers))
    text = class_file_text(replace(homework, questions=(told,)))
    assert "rubric" not in text
    assert "secret criterion" not in text


def test_the_time_is_local_with_the_name_of_its_zone(homework: ClassFile) -> None:
    text = class_file_text(homework)
    table = tomllib.loads(text)
    assert (table["due"], table["timezone"]) == (datetime(2026, 3, 2, 23, 59), "Europe/Zurich")
    utc = replace(homework, due=homework.due.astimezone(ZoneInfo("UTC")))
    assert class_file_text(utc) == text


def test_too_much_for_one_file_is_not_written(homework: ClassFile) -> None:
    many = [
        ClassQuestion(f"q{i}", name, entry(name).problem, 1, entry(name))
        for i, name in enumerate(IDS[:100])
    ]
    with pytest.raises(InputError, match="too much"):
        class_file_text(replace(homework, questions=tuple(many)))


def changed(homework: ClassFile, old: str, new: str) -> str:
    text = class_file_text(homework)
    assert re.search(old, text, re.MULTILINE)
    return re.sub(old, lambda _: new, text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"^format = 1", "format = 7", "class file of format 7, and this oslab reads up to 1"),
        (r"^format = 1", f"format = {'9' * 400}", "Update oslab"),
        (r"^format = 1", 'format = "1"x', "is not TOML"),
        (r"^format = 1", "format = 0", "format is 0"),
        (r"^title = .*", "title = 3", "title is 3; a text expected"),
        (r"^title = .*", 'title = "  "', "title must be a text"),
        (r"^title", "titel", 'titel: no such key (did you mean "title"?)'),
        (r"^assignment = .*", 'assignment = "hw1"', "COURSE/NAME expected"),
        (r"^assignment = .*", 'assignment = "a/../../x"', "COURSE/NAME expected"),
        (r"^assignment = .*", 'assignment = "os101/con"', "COURSE/NAME expected"),
        (r"^due = .*", 'due = "tomorrow"', "due must be a local date and time"),
        (r"^due = .*", "due = 2026-03-02T23:59:00Z", "due must be a local date and time"),
        (r"^due = .*", "due = 2026-03-02", "due must be a local date and time"),
        (r"^timezone = .*", 'timezone = "../../etc/passwd"', "a name such as Europe/Zurich"),
        (r"^timezone = .*", 'timezone = "Europe"', "a name such as Europe/Zurich"),
        (r"^timezone = .*", 'timezone = "Mars/Base"', "a name such as Europe/Zurich"),
        (r"^student_id = .*", 'student_id = "(a+)+"', "student_id: "),
        (r"^key = .*", 'key = "xyz"', "key must be"),
        (r"^feedback = .*", 'feedback = "ful"', 'did you mean "full"?'),
        (r"^plugins = .*", 'plugins = ["x @ https://evil.example/x.whl"]', "never a URL"),
        (r"^plugins = .*", "plugins = [\"x>=1; rm -rf ~\"]", "never a URL"),
        (r"^oslab = .*", 'oslab = "1.0 --index-url=x"', "a version such as"),
        (r'^name = "q2"', 'name = "q1"', 'name "q1" stands twice'),
        (r'^name = "q2"', 'name = "sheet"', "q1, q2 … expected"),
        (r'^exercise = "paging/split"', 'exercise = "a b"', "cannot stand in a sheet"),
        (r'^exercise = "paging/split"', 'exercise = "paging/replace-fifo"', "stands twice"),
        (r'^problem = "paging.split"\nversion = 1', 'problem = "paging.tree"\nversion = 1',
         'entry.problem is "paging.split"'),
        (r"points = 5", 'points = "0/3"', "points must be more than 0"),
        (r"points = 5", "points = 2000", "at most 1000"),
        (r'name = "splits"', 'name = "a b"', 'the name "a b" must be letters'),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_what_would_be_right(
    homework: ClassFile, tmp_path: Path, old: str, new: str, said: str
) -> None:
    file = tmp_path / "hw1.oslab.toml"
    file.write_text(changed(homework, old, new), "utf-8")
    with pytest.raises(InputError) as refused:
        read_class_file(file)
    assert said in str(refused.value)
    *faults, last = str(refused.value).split("\n")
    assert all("hw1.oslab.toml" in line for line in faults)
    assert (
        "Update oslab" if "this oslab reads" in str(refused.value) else "Download it again"
    ) in last


def test_all_faults_are_said_at_once(homework: ClassFile, tmp_path: Path) -> None:
    file = tmp_path / "hw1.oslab.toml"
    text = changed(homework, r"^key = .*", 'key = "\\u001b[2J"').replace("s[0-9]{4}", "s*")
    file.write_text(text, "utf-8")
    with pytest.raises(InputError) as refused:
        read_class_file(file)
    assert len(str(refused.value).split("\n")) == 3
    file.write_text(text.replace("title = ", "titel = ").replace("version = 1", "version = []"))
    with pytest.raises(InputError) as refused:
        read_class_file(file)
    assert len(str(refused.value).split("\n")) == 5


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'[sheet]\nformat = 1\nq1 = "x/y z/1"\n[q1]\n', "is a sheet, not a class file"),
        (b'lms = "canvas"\n[[assignment]]\nname = "hw1"\n', "an instructor's course file"),
        (b'problem = "paging.split"\n[[answer]]\nname = "x"\n', "an exercise as its author"),
        (b"[project]\nname = 1\n", "is TOML, but no class file"),
        (b"PK\x03\x04word/", "is a Word file, not a class file"),
        (b"%PDF-1.4", "is a PDF, not a class file"),
        (b"", "is empty"),
        (b"\xff\xfe\x00", "UTF-16"),
        ("title = “Prüfung”\n".encode("latin-1", "replace") + b"\xe9", "not UTF-8 any more"),
        (b"a" * 300_000, "larger than 256 KiB"),
        (b"[" * 1000, "too much for such a file"),
        (b"x" + b".x" * 5000 + b" = 1", "too much for such a file"),
    ],
)
def test_another_file_is_said_to_be_what_it_is(tmp_path: Path, data: bytes, said: str) -> None:
    file = tmp_path / "hw1.oslab.toml"
    file.write_bytes(data)
    with pytest.raises(InputError) as refused:
        read_class_file(file)
    assert said in str(refused.value)


def test_a_folder_or_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotASheet):
        read_class_file(tmp_path)
    with pytest.raises(InputError, match="cannot open"):
        read_class_file(tmp_path / "hw1.oslab.toml")


def test_every_sentence_of_homework_is_in_both_languages() -> None:
    words = words_of("oslab")
    for section in ("homework", "weekdays", "months", "faults"):
        for text in words.sections[section].values():
            assert text.en.strip()
            assert text.zh.strip()
