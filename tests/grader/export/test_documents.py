"""CSV, JUnit, feedback and the report, read back by readers that know nothing of oslab; and whatever anybody
is called or writes, in every one of them."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import xml.etree.ElementTree as ET
import zipfile
from datetime import UTC, datetime
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import pandas
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oslab.exporting import ExportedAssignment, ExportedGrade, ExportedLateness, ExportRequest
from oslab.text import set_language
from oslab_grader.export import feedback, junit, moodle, report, table
from oslab_grader.export.report import distribution

from .conftest import DUE, HandMade, a_grade, a_question
from .test_moodle import oracle as moodle_oracle

HOSTILE = (
    '=cmd|"/c calc"!A0', "@SUM(1)", "-2+3", "＝1", "<script>alert(1)</script>", "]]><x/>&amp;", "\x1b[2J",
    "a\u202eb\u2066", "two\nlines\r\nmore", "\ufffe\uffff\ud800", "'\"", "\0", "</pre></td><b>", "{{7*7}}", "$name",
)  # fmt: skip


def quiet(text: str) -> bool:
    """Whether there is nothing in it that a terminal acts on, turns the text or hides in it."""
    return not {unicodedata.category(c) for c in text} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


class Reader(HTMLParser):
    """Tags and texts of a document; void elements need no end."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read_html(data: bytes) -> Reader:
    reader = Reader()
    reader.feed(data.decode())
    reader.close()
    assert reader.open == []
    assert not {"script", "img", "link", "iframe", "object", "form", "a"} & set(reader.tags)
    assert not [
        name for name, _ in reader.attributes if name.startswith("on") or name in ("src", "href")
    ]
    return reader


def a_class() -> list[ExportedGrade]:
    mistakes = ("lru-for-fifo",)
    return [
        a_grade("s1", "17.5", questions=(a_question("q1", "5.5", mistakes=mistakes), a_question("q2", 8, "right")),
                received=datetime(2026, 3, 1, 8, 30, tzinfo=UTC)),
        a_grade("s2", 20, questions=(a_question("q1", 8, "right"), a_question("q2", 0, "blank")), late=True),
        a_grade("s3", status="withheld", kind="unreadable", reason="line 31: no closing '''",
                questions=(a_question("q1", None, "unreadable"), a_question("q2", 0, "wrong"))),
        a_grade("s4"),
        a_grade("s5", status="excused"),
        a_grade("s6", status="waits", questions=(a_question("q1", 8, "right"), a_question("q2", None, "waits"))),
    ]  # fmt: skip


def test_the_table_is_read_back_by_pandas(request_of: Any) -> None:
    done = table.export(request_of(*a_class(), only_final=False))
    frame = pandas.read_csv(io.BytesIO(done.files["grades.csv"]))
    assert list(frame["id"]) == ["s1", "s2", "s3", "s4", "s5", "s6"]
    assert list(frame["total"].dropna()) == [17.5, 20.0]
    assert list(frame["status"]) == ["final", "final", "withheld", "missing", "excused", "waits"]
    assert frame["questions"][0] == "q1=5.5/8 q2=8/8"
    assert frame["why"][2] == "unreadable"
    only = table.export(request_of(*a_class(), only_final=True))
    assert len(pandas.read_csv(io.BytesIO(only.files["grades.csv"]))) == 2
    assert (
        "4 left out (1 excused, 1 handed in nothing, 1 unreadable, 1 waiting for a reader)"
        in only.said[0]
    )


def test_junit_says_which_way_each_question_went(request_of: Any) -> None:
    root = ET.fromstring(junit.export(request_of(*a_class())).files["junit-hw1.xml"])
    assert root.tag == "testsuites"
    outcomes = {
        (suite.get("name"), case.get("name")): next((child.tag for child in case), "passed")
        for suite in root
        for case in suite.iter("testcase")
    }
    assert outcomes == {
        ("s1", "q1"): "failure", ("s1", "q2"): "passed", ("s2", "q1"): "passed", ("s2", "q2"): "skipped",
        ("s3", "q1"): "error", ("s3", "q2"): "failure", ("s4", "sheet"): "skipped", ("s5", "sheet"): "skipped",
        ("s6", "q1"): "passed", ("s6", "q2"): "skipped",
    }  # fmt: skip
    for element, inside in ((root, "testcase"), *((suite, "testcase") for suite in root)):
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert element.get(name) == str(len(list(element.iter(tag))))
        assert element.get("tests") == str(len(list(element.iter(inside))))
    facts = {p.get("name"): p.get("value") for p in root[0].iter("property")}
    assert (facts["total"], facts["q1.earned"], facts["q1.points"]) == ("17.5", "5.5", "8")
    assert root[0].get("timestamp") == "2026-03-01T08:30:00"
    assert "Name" not in ET.tostring(root, encoding="unicode")


def test_a_report_counts_and_names_nobody(request_of: Any) -> None:
    done = report.export(request_of(*a_class()))
    reader = read_html(done.files["report-hw1.html"])
    text = " ".join(reader.texts)
    assert "lru-for-fifo <5" in text
    assert "median" not in text  # of two grades
    assert "17.5 – 20" not in text  # edges are tenths of 20
    assert "18 – 20" in text
    assert "s3" in text
    assert "no closing" in text
    assert "Name" not in text
    assert "uni.example" not in text
    assert reader.tags.count("caption") == reader.tags.count("table") == 4
    assert {value for name, value in reader.attributes if name == "scope"} == {"col", "row"}
    assert "2 of 6 grades are final" in done.said[0]
    assert b"prefers-color-scheme: dark" in done.files["report-hw1.html"]


def test_a_report_shows_counts_that_point_at_nobody(request_of: Any) -> None:
    questions = (a_question(mistakes=("lru-for-fifo",)),)
    grades = [a_grade(f"s{i}", total=18 if i < 3 else 9, questions=questions) for i in range(10)]
    done = report.export(request_of(*grades))
    text = " ".join(read_html(done.files["report-hw1.html"]).texts).split("Final grades")[1]
    assert text.count("<5") == 1  # of the tenths
    assert "lru-for-fifo 10" in text


@given(st.lists(st.fractions(0, 20), max_size=50))
def test_every_grade_falls_into_one_bar(totals: list[Fraction]) -> None:
    bars = distribution(totals, Fraction(20))
    assert sum(count for _, count in bars) == len(totals)
    assert len(bars) == 10
    assert bars[9][1] == sum(total >= 18 for total in totals)


def test_a_report_of_nobody_is_a_report(request_of: Any) -> None:
    read_html(report.export(request_of()).files["report-hw1.html"])


CANVAS_FILE = "all.zip/chenming_LATE_88001_553311_hw1-2.toml"


def test_pages_have_the_names_that_canvas_gave(request_of: Any) -> None:
    grade = a_grade("s1", 3, file=CANVAS_FILE, source="canvas", by="s1", person={"canvas": "88001"},
                    questions=(a_question(comments=("look at row 6",)),), comments=("well",))  # fmt: skip
    request = request_of(grade, told={("s1", "q1"): ["  steps   partial   11 of 14 rows right"]})
    done = feedback.export(request)
    with zipfile.ZipFile(io.BytesIO(done.files["feedback-hw1.zip"])) as archive:
        (name,) = archive.namelist()
        page = archive.read(name).decode()
        assert archive.testzip() is None
    assert name == "chenming_LATE_88001_553311_hw1-2.toml"
    # Canvas: the first two parts that are numbers are the student's and the file's.
    assert [part for part in name.split("_") if part.isdigit()][:2] == ["88001", "553311"]
    for said in ("3 of 20 points", "11 of 14 rows right", "comment: look at row 6", "well"):
        assert said in page
    assert done.next == "Canvas, the assignment, Upload submissions"


@pytest.mark.parametrize(
    "file",
    ["hw1.toml", "chen_77_553311_hw1.toml", "chen_88001_553311_link.html", "._chen_88001_553311_hw1.toml",
     "chen_88001_5_\u202egpj.toml", "88001.toml", "x_88001_hw1.toml"],
)  # fmt: skip
def test_what_canvas_would_pass_over_or_give_to_another_is_left_out(
    request_of: Any, file: str
) -> None:
    grade = a_grade("s1", 3, file=file, source="canvas", by="s1", person={"canvas": "88001"})
    done = feedback.export(request_of(grade))
    assert done.files == {}
    assert "1 left out (1 without the LMS's file name)" in done.said[0]


@pytest.mark.parametrize(
    "file",
    ["hw1.zip/Chen Ming_12345_assignsubmission_file_/hw1.toml",
     "Chen Ming_12345_assignsubmission_file/hw1.toml", "Chen Ming_12345_assignsubmission_file_hw1.toml"],
)  # fmt: skip
def test_pages_for_moodle_name_the_participant_and_nobody(request_of: Any, file: str) -> None:
    done = feedback.export(request_of(a_grade("s1", 3, file=file, source="moodle", by="s1")))
    with zipfile.ZipFile(io.BytesIO(done.files["feedback-hw1.zip"])) as archive:
        (name,) = archive.namelist()
        read_html(archive.read(name))
    found = moodle_oracle.feedback_file_of(name)
    assert found == (12345, "assignfeedback", "file", "feedback.html")


def test_a_team_s_page_goes_to_who_handed_in(request_of: Any) -> None:
    mate = a_grade("s2", 3, by="s1", file="x_88001_5_hw1.toml", source="canvas")
    done = feedback.export(request_of(a_grade("s1", 3, by="s1"), mate))
    assert "1 left out (1 handed in by a team-mate" in done.said[0]


def page_of(request: ExportRequest, name: str = "s1.html") -> str:
    with zipfile.ZipFile(io.BytesIO(feedback.export(request).files["feedback-hw1.zip"])) as archive:
        return "\n".join(read_html(archive.read(name)).texts)


@pytest.mark.parametrize(
    ("total", "late", "en", "zh"),
    [
        ("19.8", (22, 1, 0, "0.1"), "22 of 24 points, less 10 % for 1 day late: 19.8",
         "24 分中得 22 分，迟交 1 天，扣 10%：19.8 分"),
        ("19.8", (22, 2, 1, "0.1"), "22 of 24 points, less 10 % for 2 days late, 1 of them free: 19.8",
         "24 分中得 22 分，迟交 2 天（其中宽限 1 天），扣 10%：19.8 分"),
        ("0", (22, 9, 0, "1", True), "22 of 24 points, but 9 days late, after the last day, so nothing counts: 0",
         "24 分中得 22 分，但迟交 9 天，已过最后期限，不计分：0 分"),
        ("22", (22, 1, 1, "0"), "22 of 24 points   1 day late: grace days, nothing is taken off",
         "24 分中得 22 分   迟交 1 天：使用宽限，不扣分"),
        ("22", (22, 3, 0, "0"), "22 of 24 points   3 days late: nothing is taken off",
         "24 分中得 22 分   迟交 3 天：不扣分"),
        ("22", None, "22 of 24 points   handed in late", "24 分中得 22 分   迟交"),
    ],
)  # fmt: skip
def test_a_late_page_says_what_was_earned_and_what_was_taken_off(
    request_of: Any, total: str, late: Any, en: str, zh: str
) -> None:
    lateness = late and ExportedLateness(
        Fraction(22), *late[1:3], Fraction(late[3]), late[4:] == (True,)
    )
    grade = a_grade("s1", total, late=True, points=Fraction(24), lateness=lateness)
    assert en in page_of(request_of(grade))
    set_language("zh")
    assert zh in page_of(request_of(grade))


def test_a_page_names_the_file_it_is_about_and_whose_sheet_that_says_it_is(request_of: Any) -> None:
    about = {
        "own_name": "hw1.toml",
        "receipt": "9f3c-21ab",
        "received": datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
    }
    page = page_of(request_of(a_grade("s1", 3, **about)))
    assert "hw1.toml   received 2026-03-01 08:30 UTC   receipt 9f3c-21ab" in page
    assert "sheet of" not in page
    page = page_of(request_of(a_grade("s1", 3, **{**about, "received": None}, says="s2")))
    assert "hw1.toml   receipt 9f3c-21ab" in page
    assert "The file says that it is the sheet of s2. Your points are for your own numbers." in page


def test_points_by_hand_are_said_to_be_a_person_s(request_of: Any) -> None:
    said = "These points were given by a person."
    by_hand = (a_question("q1", by_hand=True), a_question("q2"))
    assert page_of(request_of(a_grade("s1", 3, questions=by_hand))).count(said) == 1
    grade = a_grade("s1", 3, questions=by_hand)
    request = request_of(grade)
    text = feedback.as_text(request, request.assignments[0], grade, {}).decode()
    assert text.count(said) == 1


def test_no_page_has_anything_of_another_student(request_of: Any) -> None:
    grades = [
        a_grade(f"s{i}", i, questions=(a_question(comments=(f"secret{i}",)),)) for i in range(1, 9)
    ]
    told = {(f"s{i}", "q1"): [f"told{i}"] for i in range(1, 9)}
    done = feedback.export(request_of(*grades, told=told))
    with zipfile.ZipFile(io.BytesIO(done.files["feedback-hw1.zip"])) as archive:
        for i in range(1, 9):
            page = archive.read(f"s{i}.html").decode()
            assert f"told{i}" in page
            for other in set(range(1, 9)) - {i}:
                assert f"told{other}" not in page
                assert f"secret{other}" not in page
                assert f"s{other}" not in page


def hostile_request(text: str) -> ExportRequest:
    person = {"name": text, "email": text, "section": text, "team": text}
    question = a_question("q1", 3, "partial", title=text, comments=(text,), mistakes=(text,))
    grades = [
        a_grade(
            "s1",
            3,
            person=person,
            questions=(question,),
            comments=(text,),
            own_name=text,
            receipt="0-0",
            says=text,
        ),
        a_grade("s2", status="withheld", kind=text, reason=text, person=person),
    ]
    hw1 = ExportedAssignment("hw1", text, Fraction(20), DUE)
    book = HandMade(grades, (hw1,), course=text, title=text, told={("s1", "q1"): [text]})
    return ExportRequest(book, (hw1,), only_final=False)


def check_everywhere(text: str) -> None:
    request = hostile_request(text)
    data = table.export(request).files["grades.csv"]
    rows = list(csv.reader(io.StringIO(data.decode())))
    assert len(rows) == 3
    for row in rows:
        assert len(row) == 16
        # A number begins no formula.
        signs = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
        assert not [
            c for c in row if c[:1] in signs and not re.fullmatch(r"[+-][0-9]+([.,][0-9]+)?", c)
        ]
        assert all(map(quiet, row))
    root = ET.fromstring(junit.export(request).files["junit-hw1.xml"])
    assert {e.tag for e in root.iter()} == {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "error"
    }  # fmt: skip
    read_html(report.export(request).files["report-hw1.html"])
    with zipfile.ZipFile(io.BytesIO(feedback.export(request).files["feedback-hw1.zip"])) as archive:
        reader = read_html(archive.read("s1.html"))
    shown = "".join(reader.texts)
    assert quiet(shown.translate(dict.fromkeys(b"\n\t\r")))
    moodle_rows = list(
        csv.reader(io.StringIO(moodle.export(request).files["moodle-hw1.csv"].decode()))
    )
    assert [len(row) for row in moodle_rows] == [len(moodle_rows[0])] * 2
    as_text = feedback.as_text(
        request, request.assignments[0], next(request.book.grades("hw1")), {}
    )
    assert quiet(as_text.decode().translate(dict.fromkeys(b"\n\t")))


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_written_stays_a_text(text: str) -> None:
    check_everywhere(text)


@given(st.text(st.characters(), min_size=1, max_size=30))
@example("-0")
@example("-0+1")
def test_any_text_at_all_stays_a_text(text: str) -> None:
    check_everywhere(text)
