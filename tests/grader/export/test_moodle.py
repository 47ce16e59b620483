"""Moodle's worksheet filled in, and a file for its gradebook: what Moodle makes of them is asked of a copy
of its rules."""

from __future__ import annotations

import csv
import importlib.util
import io
import sys
from pathlib import Path
from typing import Any

import pytest

from oslab.errors import InputError
from oslab_grader.export.moodle import export

from .conftest import a_grade, a_question

_SPEC = importlib.util.spec_from_file_location(
    "moodle_importer", Path(__file__).parents[2] / "oracles" / "moodle_importer.py"
)
assert _SPEC
assert _SPEC.loader
oracle: Any = importlib.util.module_from_spec(_SPEC)
sys.modules["moodle_importer"] = oracle
_SPEC.loader.exec_module(oracle)

HEADS = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
)
DATE = '"Monday, 2 March 2026, 11:05 PM"'
GIVEN = HEADS + (
    f'Participant 501,"Chen, Ming",s1042@UNI.example,Submitted,,20.00,Yes,{DATE},-,\n'
    f"Participant 502,Ümit Ö,s1043@uni.example,Submitted,12.00,20.00,Yes,{DATE},{DATE},well done\n"
    f"Participant 503,Lee,s1044@uni.example,Submitted,,20.00,No,{DATE},-,\n"
    "Participant 504,Stranger,who@else.example,No submission,,20.00,Yes,-,-,\n"
)


def in_moodle(**more: Any) -> Any:
    return oracle.Site({501: None, 502: 12.0, 503: None, 504: None}, {502: "well done"}, **more)


def test_only_grades_and_comments_change_and_locked_rows_do_not(request_of: Any) -> None:
    done = export(
        request_of(
            a_grade("s1042", "17.5", comments=("See me <b>soon</b>\nplease",)),
            a_grade("s1043", 13, comments=("other",)),
            a_grade("s1044", 5),
            a_grade("s1046", 6),
            a_grade("s1047", status="withheld", kind="unreadable"),
            given=GIVEN,
        )
    )
    assert done.said == (
        'hw1 → column "Grade"   1 new   1 changed   comments: 1   3 left out (1 locked in Moodle, '
        "1 not in the file, 1 unreadable)",
        "  comments in the file that differ from those of the gradebook: 1; they stay, and ours are not written",
    )
    data = done.files["moodle-hw1.csv"]
    assert oracle.upload_worksheet(data, in_moodle(locked=frozenset({503}))) == {
        501: ("grade", 17.5),
        -501: ("comment", "See me &lt;b&gt;soon&lt;/b&gt;<br>please"),
        502: ("grade", 13.0),
    }
    changed = data.decode().splitlines()
    was = GIVEN.splitlines()
    assert [i for i in range(len(was)) if changed[i] != was[i]] == [1, 2]
    assert changed[2] == was[2].replace("12.00", "13")
    assert DATE in changed[1]


GERMAN = (
    "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,"
    "Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar\n"
    'Teilnehmer/in501,Chen Ming,s1042@uni.example,Abgegeben,,"20,00",Ja,-,-,\n'
    'Teilnehmer/in502,Ümit,s1043@uni.example,Abgegeben,"12,50","20,00",Nein,-,-,\n'
)
CHINESE = (
    "编号,全名,Email地址,状态,成绩,最高分,允许更改成绩,最后修改（学生）,最后修改（教师）,反馈评论\n"
    "参与者501,Chen Ming,s1042@uni.example,已提交,,20.00,是,-,-,\n"
    "参与者502,Ümit,s1043@uni.example,已提交,12.50,20.00,否,-,-,\n"
)
# No language in the list: columns are told by what is in them.
UNKNOWN = (
    "Tunniste,Koko nimi,Sähköposti,Tila,Arvosana,Suurin,Muutettavissa,Muokattu,Arvioitu,Palaute\n"
    'Osallistuja 501,Chen Ming,s1042@uni.example,x,,"20,00",yes,-,-,\n'
    'Osallistuja 502,Ümit,s1043@uni.example,x,"12,50","20,00",no,-,"2. maaliskuuta 2026",\n'
)


@pytest.mark.parametrize(
    ("text", "user", "decimal"),
    [(GERMAN, "Teilnehmer/in", ","), (CHINESE, "参与者", "."), (UNKNOWN, "Osallistuja ", ",")],
)
def test_a_worksheet_in_the_site_s_language_keeps_its_decimal_mark(
    request_of: Any, text: str, user: str, decimal: str
) -> None:
    grades = a_grade("s1042", "17.25", comments=("good",)), a_grade("s1043", 3)
    data = export(request_of(*grades, given=text)).files["moodle-hw1.csv"]
    heads = next(csv.reader([text.splitlines()[0]]))
    site = oracle.Site(
        {501: None, 502: 12.5}, locked=frozenset({502}), hidden_user=user, decimal=decimal,
        heads=(heads[0], heads[4], heads[8], heads[9]),
    )  # fmt: skip
    assert oracle.upload_worksheet(data, site) == {501: ("grade", 17.25), -501: ("comment", "good")}
    cell = next(csv.reader([data.decode().splitlines()[1]]))[4]
    assert cell == "17.25".replace(".", decimal)


def test_a_word_for_yes_that_nobody_knows_is_asked_about_not_guessed(request_of: Any) -> None:
    with pytest.raises(InputError, match="Moodle set to English"):
        export(request_of(a_grade("s1042", 1), given=UNKNOWN.replace(",yes,", ",kyllä,")))
    with pytest.raises(InputError, match='whether "jawohl" under'):
        export(request_of(a_grade("s1042", 1), given=GIVEN.replace(",Yes,", ",jawohl,")))


def test_without_comments_the_last_column_is_a_date_and_stays(request_of: Any) -> None:
    text = "\n".join(line.rpartition(",")[0] for line in UNKNOWN.splitlines()) + "\n"
    grade = a_grade("s1042", 3, comments=("good",))
    data = export(request_of(grade, given=text)).files["moodle-hw1.csv"]
    assert b"good" not in data


def test_a_maximum_below_a_grade_is_refused_for_moodle_would_pass_over_it(request_of: Any) -> None:
    text = GIVEN.replace("20.00", "10.00")
    assert oracle.upload_worksheet(
        GIVEN.replace("Submitted,,20.00", "Submitted,17,20.00").encode(), in_moodle(maximum=10)
    ) == {}  # fmt: skip
    with pytest.raises(InputError, match=r"line 2: s1042 has 17 points .*maximum grade is 10"):
        export(request_of(a_grade("s1042", 17), given=text))
    done = export(request_of(a_grade("s1042", 7), given=text))
    assert done.said[-1] == "  note: 10 points there, hw1 has 20"


def test_somebody_is_known_by_id_or_name_where_there_are_no_addresses(request_of: Any) -> None:
    text = GIVEN.replace("Email address", "ID number").replace("s1042@UNI.example", "S1042")
    text = text.replace("s1043@uni.example", "").replace("s1044@uni.example", "")
    grades = (
        a_grade("s1042", 1), a_grade("s1043", 2, person={"name": "Ö, Ümit"}),
        a_grade("s1044", 3, person={"name": "Lee"}), a_grade("s1048", 4, person={"name": "Lee"}),
    )  # fmt: skip
    done = export(request_of(*grades, given=text))
    rows = list(csv.reader(io.StringIO(done.files["moodle-hw1.csv"].decode())))
    assert [row[4] for row in rows[1:]] == ["1", "2", "", ""]
    assert "2 left out (2 not in the file)" in done.said[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADS, "not a grading worksheet"),
        ("a,b\n1,2\n", "which column is the maximum grade"),
        (GIVEN.replace("502", "501"), 'Participant 501" is there twice'),
        (GIVEN.replace("s1043@uni.example", "s1042@uni.example"), "line 3 fits s1042 .*like line 2"),
        (GIVEN.replace("s1042@UNI.example", "x@y").replace("s1043@u", "y@u").replace("s1044@u", "z@u"),
         "nobody in it is on the roster"),
        (GIVEN.replace("20.00", "A B C"), "graded with points"),
    ],
)  # fmt: skip
def test_what_is_no_worksheet_is_refused(request_of: Any, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        export(
            request_of(a_grade("s1042", 1), a_grade("s1043", 1), a_grade("s1044", 1), given=text)
        )


def test_a_worksheet_is_of_one_assignment(request_of: Any) -> None:
    from dataclasses import replace

    request = request_of(a_grade("s1042", 1), given=GIVEN)
    both = (*request.assignments, replace(request.assignments[0], name="hw2"))
    with pytest.raises(InputError, match="--assignment, one of hw1 hw2"):
        export(replace(request, assignments=both))


def test_a_comment_that_looks_like_a_formula_is_harmless_and_reads_the_same(
    request_of: Any,
) -> None:
    import html

    grade = a_grade("s1042", 1, comments=('=HYPERLINK("http://evil","x")',))
    data = export(request_of(grade, given=GIVEN)).files["moodle-hw1.csv"]
    cell = next(csv.reader([data.decode().splitlines()[1]]))[9]
    assert cell.startswith("&#61;HYPERLINK")
    assert html.unescape(cell) == grade.comments[0]


def test_the_gradebook_file_has_no_empty_cell_and_nobody_without_a_grade(request_of: Any) -> None:
    grades = (
        a_grade("s1042", "17.5", questions=(a_question(),)), a_grade("s1043"),
        a_grade("s1044", status="withheld", kind="conflict"), a_grade("s1045", 20),
    )  # fmt: skip
    done = export(request_of(*grades, only_final=True))
    data = done.files["moodle-hw1.csv"]
    assert data.decode().splitlines()[0] == "ID number,Email address,Homework 1"
    users = {"s1042": 1, "s1043": 2, "s1044": 3, "s1045": 4}
    assert oracle.import_grades(data, users, 0, 2) == {1: 17.5, 4: 20.0}
    emails = {f"{student}@uni.example": number for student, number in users.items()}
    assert oracle.import_grades(data, emails, 1, 2) == {1: 17.5, 4: 20.0}
    assert "1 left out (1 conflict)   1 handed in nothing" in done.said[0]


def test_one_address_missing_or_guarded_and_there_is_no_column_of_them(request_of: Any) -> None:
    for email in ("", "+s1@uni.example", "S1043@uni.example"):
        grades = a_grade("s1042", 1, person={"email": email}), a_grade("s1043", 2)
        data = export(request_of(*grades)).files["moodle-hw1.csv"]
        assert data.decode().splitlines()[0] == "ID number,Homework 1"


def test_more_than_a_hundred_points_are_a_note(request_of: Any) -> None:
    done = export(request_of(a_grade("s1042", 1), points=120))
    assert "above 100 Moodle imports nothing" in done.said[1]
