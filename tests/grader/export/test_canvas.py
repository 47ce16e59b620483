"""Canvas's own file, filled in: what its importer would then do is asked of a copy of its rules."""

from __future__ import annotations

import csv
import importlib.util
import io
import sys
from pathlib import Path
from typing import Any

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab_grader.export.canvas import export

from .conftest import HandMade, a_grade

_SPEC = importlib.util.spec_from_file_location(
    "canvas_importer", Path(__file__).parents[2] / "oracles" / "canvas_importer.py"
)
assert _SPEC
assert _SPEC.loader
oracle: Any = importlib.util.module_from_spec(_SPEC)
sys.modules["canvas_importer"] = oracle
_SPEC.loader.exec_module(oracle)

HEAD = "Student,ID,SIS Login ID,Section,Homework 1 (48213),Exam (50001),Final Score\n"
POINTS = "    Points Possible,,,,20,100,(read only)\n"
GIVEN = (
    HEAD
    + POINTS
    + '"Chen, Ming",881042,s1042,A,,77,12.5\n'
    + '"Ümit, ""Ö""",881043,S1043,A and B,12.00,,50\n'
    + "Lee,881044,s1044,A,15,3,\n"
    + '"Student, Test",99999,0a1b2c,A,,,\n'
)


def in_canvas(text: str = GIVEN) -> Any:
    """The course that this file was exported from."""
    separator = oracle._separator(text)
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=separator))
    course = oracle.Course({48213: ("Homework 1", 20.0), 50001: ("Exam", 100.0)}, {})
    for row in rows[1:]:
        if row[1].isdigit():
            user = int(row[1])
            course.users[user] = row[0]
            course.logins[row[2]] = user
            course.scores[user] = {48213: oracle._period(row[4]), 50001: oracle._period(row[5])}
    return course


def test_what_changes_is_said_and_is_what_canvas_would_change(request_of: Any) -> None:
    done = export(
        request_of(
            a_grade("s1042", "17.5"), a_grade("s1043", 13), a_grade("s1044", 15), a_grade("s1045"),
            a_grade("s1046", status="withheld", kind="unreadable"), given=GIVEN,
        )
    )  # fmt: skip
    assert done.said == (
        'hw1 → column "Homework 1 (48213)"   1 new   1 changed   1 as they are   '
        "1 left out (1 unreadable)   1 handed in nothing",
    )
    assert done.next == "Canvas, Grades, Import"
    imported = oracle.run_import(done.files["canvas-hw1.csv"], in_canvas())
    assert imported.changes == {(881042, 48213): ("", "17.5"), (881043, 48213): ("12.00", "13")}
    assert imported.new_assignments + imported.missing_students + imported.points_changed == []


def test_every_byte_but_the_cells_stays(request_of: Any) -> None:
    done = export(request_of(a_grade("s1042", "17.5"), a_grade("s1043", 13), given=GIVEN))
    assert done.files["canvas-hw1.csv"].decode() == (
        "Student,ID,SIS Login ID,Section,Homework 1 (48213)\n"
        "    Points Possible,,,,20\n"
        '"Chen, Ming",881042,s1042,A,17.5\n'
        '"Ümit, ""Ö""",881043,S1043,A and B,13\n'
    )


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_the_file_is_written_as_it_came(
    request_of: Any, bom: str, newline: str, separator: str
) -> None:
    text = bom + GIVEN.replace("\n", newline)
    if separator == ";":
        text = text.replace(",", ";").replace('"Chen; Ming"', '"Chen, Ming"')
        text = text.replace("12.00", "12,00")
    done = export(
        request_of(a_grade("s1042", "17.5"), a_grade("s1043", "13.25"), given=text)
    ).files["canvas-hw1.csv"]
    assert done.startswith(b"\xef\xbb\xbf") == bool(bom)
    assert (b"\r\n" in done) == (newline == "\r\n")
    assert done.decode("utf-8-sig").startswith(f"Student{separator}ID{separator}")
    imported = oracle.run_import(done, in_canvas(text))
    assert {k: v[1] for k, v in imported.changes.items()} == {
        (881042, 48213): "17.5",
        (881043, 48213): "13.25",
    }
    frame = pandas.read_csv(
        io.BytesIO(done), sep=separator, decimal="," if separator == ";" else ".", encoding="utf-8-sig"
    )  # fmt: skip
    assert list(frame["ID"][1:]) == [881042, 881043]


def test_nobody_without_a_final_grade_is_in_the_file_and_no_cell_is_empty(request_of: Any) -> None:
    grades = [
        a_grade("s1042", status="waits"),
        a_grade("s1043", status="withheld", kind="not a sheet"),
        a_grade("s1044", 3),
    ]
    done = export(request_of(*grades, given=GIVEN, only_final=True)).files["canvas-hw1.csv"]
    rows = list(csv.reader(io.StringIO(done.decode())))
    assert [row[2] for row in rows[2:]] == ["s1044"]
    assert all(row[4] for row in rows)


def test_the_test_student_and_strangers_are_left_alone(request_of: Any) -> None:
    done = export(request_of(a_grade("s1042", 1), given=GIVEN)).files["canvas-hw1.csv"]
    assert b"Test" not in done
    assert b"s1044" not in done


def test_excused_is_ex_and_what_canvas_excused_or_never_assigned_stays(request_of: Any) -> None:
    text = GIVEN.replace("A and B,12.00", "A and B,EX").replace("s1044,A,15", "s1044,A,N/A")
    done = export(
        request_of(
            a_grade("s1042", status="excused"), a_grade("s1043", 5), a_grade("s1044", 5), given=text
        )
    )  # fmt: skip
    assert "1 excused (EX)" in done.said[0]
    assert "2 left out (1 excused in Canvas, 1 not assigned in Canvas)" in done.said[0]
    imported = oracle.run_import(done.files["canvas-hw1.csv"], in_canvas(text))
    assert imported.changes == {(881042, 48213): ("", "EX")}


def test_a_manual_posting_row_stays_and_is_no_student(request_of: Any) -> None:
    text = HEAD + ",,,,Manual Posting,,\n" + GIVEN.removeprefix(HEAD)
    done = export(request_of(a_grade("s1042", 4), given=text)).files["canvas-hw1.csv"]
    assert done.decode().split("\n")[1] == ",,,,Manual Posting"
    imported = oracle.run_import(done, in_canvas())
    assert not imported.missing_students
    assert imported.changes == {(881042, 48213): ("", "4")}


def test_a_short_row_is_filled_up_or_canvas_would_guess_semicolons(request_of: Any) -> None:
    text = GIVEN.replace("    Points Possible,,,,20,100,(read only)", "    Points Possible")
    done = export(request_of(a_grade("s1042", 4), given=text)).files["canvas-hw1.csv"]
    assert oracle.run_import(done, in_canvas()).changes == {(881042, 48213): ("", "4")}


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Homework 2", 'no column is called "Homework 2" .*did you mean "Homework 1".*new assignment'),
        ("Final Score (read only)", "no column is called"),
        ("Section", "no column is called"),
    ],
)  # fmt: skip
def test_without_a_column_nothing_is_written(request_of: Any, title: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        export(request_of(a_grade("s1042", 1), given=GIVEN, title=title))


def test_a_column_is_found_by_its_number_when_its_title_has_changed(request_of: Any) -> None:
    done = export(request_of(a_grade("s1042", 1), given=GIVEN, title="Old name (48213)"))
    assert 'column "Homework 1 (48213)"' in done.said[0]


def test_two_columns_of_one_title_are_refused_until_the_number_says_which(request_of: Any) -> None:
    text = GIVEN.replace("Exam (50001)", "Homework 1 (50001)")
    with pytest.raises(InputError, match=r"several columns.*\(48213\).*\(50001\)"):
        export(request_of(a_grade("s1042", 1), given=text))
    done = export(request_of(a_grade("s1042", 1), given=text, title="Homework 1 (50001)"))
    assert "Homework 1 (50001)" in done.said[0]


def test_a_read_only_column_is_refused(request_of: Any) -> None:
    text = GIVEN.replace(",,,,20,", ",,,,(read only),")
    with pytest.raises(InputError, match=r"line 2: .*read only"):
        export(request_of(a_grade("s1042", 1), given=text))


def test_other_points_possible_are_a_note_and_stay(request_of: Any) -> None:
    done = export(request_of(a_grade("s1042", 1), given=GIVEN.replace(",,,,20,", ",,,,25,")))
    assert done.said[1] == "  note: 25 points there, hw1 has 20"
    assert b"Points Possible,,,,25\n" in done.files["canvas-hw1.csv"]


def test_late_and_less_in_canvas_is_explained(request_of: Any) -> None:
    done = export(request_of(a_grade("s1043", 18, late=True), given=GIVEN))
    assert "were late and have fewer points in Canvas" in done.said[1]


@pytest.mark.parametrize(
    "head",
    [
        "Name,Number,Login,Section,Homework 1 (48213)\n",
        "Student,ID,SIS Login ID,Homework 1 (48213)\n",
        "Student,ID,Section\n",
    ],
)
def test_a_file_that_canvas_would_refuse_is_refused(request_of: Any, head: str) -> None:
    text = head + "Chen,881042,s1042,A,1\n"
    with pytest.raises(oracle.InvalidHeaderRow):
        oracle.run_import(text.encode(), in_canvas())
    with pytest.raises(InputError, match="not a gradebook that Canvas wrote"):
        export(request_of(a_grade("s1042", 1), given=text))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (GIVEN.encode("utf-16"), "is UTF-16: a spreadsheet has saved it"),
        (GIVEN.encode("latin-1"), "line 4: not UTF-8"),
        (b"", "is empty"),
        (b'Student,ID,"Sec\n', "line 1: a quotation mark out of place"),
        (HEAD.encode() + POINTS.encode(), "has no students"),
        (GIVEN.replace("881043", "881042").encode(), "lines 3, 4: student \"881042\" is there twice"),
        (GIVEN.replace("881043", "x").replace("881042", "881043").encode(), "read the roster again"),
    ],
)  # fmt: skip
def test_a_file_that_is_something_else_is_refused_with_its_line(
    request_of: Any, data: bytes, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        export(request_of(a_grade("s1042", 1), a_grade("s1043", 2), given=data))


def test_more_student_columns_and_names_in_two_columns(request_of: Any) -> None:
    full = (
        "Student,ID,SIS User ID,SIS Login ID,Integration ID,Root Account,Section,Notes,Homework 1 (48213)\n"
        "    Points Possible,,,,,,,,20\n"
        "Chen,881042,S1042,cm@uni,,uni.example,A,private,\n"
    )
    done = export(request_of(a_grade("s1042", 4), given=full)).files["canvas-hw1.csv"].decode()
    assert done.endswith("Chen,881042,S1042,cm@uni,,uni.example,A,4\n")
    two = (
        "LastName,FirstName,ID,SIS Login ID,Section,Homework 1 (48213)\n"
        "    Points Possible,,,,,20\nChen,Ming,881042,s1042,A,\n"
    )
    done = export(request_of(a_grade("s1042", 4), given=two)).files["canvas-hw1.csv"].decode()
    assert done.endswith("Chen,Ming,881042,s1042,A,4\n")


def test_without_canvas_numbers_the_login_says_who_it_is(request_of: Any) -> None:
    done = export(request_of(a_grade("s1043", 4, person={"canvas": ""}), given=GIVEN))
    assert b"881043,S1043,A and B,4\n" in done.files["canvas-hw1.csv"]


def test_formulas_in_names_come_back_as_canvas_wrote_them(request_of: Any) -> None:
    text = GIVEN.replace("Lee,", '"=HYPERLINK(""x"")",')
    done = export(request_of(a_grade("s1044", 4), given=text)).files["canvas-hw1.csv"]
    assert b'"=HYPERLINK(""x"")",881044,s1044,A,4\n' in done


def test_each_assignment_is_a_file_of_its_own_so_that_no_cell_of_another_is_touched() -> None:
    from dataclasses import replace
    from fractions import Fraction

    from oslab.exporting import ExportedAssignment, ExportRequest

    from .conftest import DUE

    both = (
        ExportedAssignment("hw1", "Homework 1", Fraction(20), DUE),
        ExportedAssignment("exam1", "Exam", Fraction(100), DUE),
    )
    grades = [a_grade("s1042", 4), replace(a_grade("s1043", 80), assignment="exam1")]
    done = export(ExportRequest(HandMade(grades, both), both, GIVEN.encode(), "g.csv"))
    assert set(done.files) == {"canvas-hw1.csv", "canvas-exam1.csv"}
    for data in done.files.values():
        assert len(oracle.run_import(data, in_canvas()).changes) == 1


def test_nothing_to_change_is_no_file(request_of: Any) -> None:
    done = export(request_of(a_grade("s1044", 15), given=GIVEN))
    assert (done.files, done.next) == ({}, "")
    assert "0 new   0 changed   1 as they are" in done.said[0]


def test_without_a_file_it_says_what_is_needed(request_of: Any) -> None:
    with pytest.raises(InputError, match="oslab gradebook export canvas FILE"):
        export(request_of(a_grade("s1042", 1)))


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=12)


@given(
    names=st.lists(NAMES, min_size=1, max_size=5), separator=st.sampled_from(",;"), data=st.data()
)
def test_whatever_students_are_called_canvas_changes_the_right_cells(
    names: list[str], separator: str, data: st.DataObject
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(["Student", "ID", "SIS Login ID", "Section", "Homework 1 (48213)"])
    writer.writerow(["    Points Possible", "", "", "", "20"])
    before = [data.draw(st.sampled_from(["", "3", "12.5", "EX"])) for _ in names]
    for i, name in enumerate(names):
        # A row that says "Points Possible", or nothing, is none of a student, in Canvas too.
        writer.writerow([f"n{name}".replace("\n", " "), 881000 + i, f"s{1000 + i}", "A", before[i]])
    totals = [data.draw(st.integers(0, 2000)) / 100 for _ in names]
    from fractions import Fraction

    from oslab.exporting import ExportedAssignment, ExportRequest

    from .conftest import DUE

    grades = [a_grade(f"s{1000 + i}", total) for i, total in enumerate(totals)]
    hw1 = ExportedAssignment("hw1", "Homework 1", Fraction(20), DUE)
    book = HandMade(grades, (hw1,))
    done = export(ExportRequest(book, (hw1,), out.getvalue().encode(), "g.csv"))
    wanted = {
        (881000 + i, 48213): totals[i]
        for i in range(len(names))
        if before[i] != "EX" and (not before[i] or float(before[i]) != totals[i])
    }
    course = oracle.Course(
        {48213: ("Homework 1", 20.0)}, {881000 + i: "" for i in range(len(names))}
    )
    course.scores = {881000 + i: {48213: before[i]} for i in range(len(names))}
    changes = {}
    for file in done.files.values():
        imported = oracle.run_import(file, course)
        assert imported.missing_students + imported.new_assignments == []
        changes = {key: float(after) for key, (_, after) in imported.changes.items()}
    assert changes == wanted


def test_the_sniffer_is_canvas_s() -> None:
    from oslab_grader.export.roundtrip import sniffed

    for text in (
        GIVEN,
        GIVEN.replace(",", ";"),
        "a;b\n1,2;3\n",
        "a,b\n1\n",
        "",
        "a\n\nb\n",
        'a,"b\nc",d\n',
    ):
        assert sniffed(text) == oracle._separator(text), text
