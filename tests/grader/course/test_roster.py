"""The roster: what it refuses, who is found, and imports from what an LMS exports."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab_grader.course.columns import find_columns
from oslab_grader.course.merging import Merged, merge, people_in, shape_of
from oslab_grader.course.roster import Person, Roster, read_roster, roster_text, write_roster
from oslab_grader.csvfile import parse_csv

ANY = "[A-Za-z0-9._@-]{1,64}"
HEADS = "id,name,email,section,canvas,team"


def roster(tmp_path: Path, *rows: str, heads: str = HEADS, student_id: str = ANY) -> Roster:
    file = tmp_path / "roster.csv"
    file.write_text("\n".join((heads, *rows)) + "\n", "utf-8")
    return read_roster(file, student_id)


def faults(tmp_path: Path, *rows: str, heads: str = HEADS, student_id: str = ANY) -> list[str]:
    with pytest.raises(InputError) as error:
        roster(tmp_path, *rows, heads=heads, student_id=student_id)
    return str(error.value).splitlines()


def test_columns_in_any_order_and_further_ones_are_kept(tmp_path: Path) -> None:
    found = roster(tmp_path, "ming,s1042,t07", heads="github,ID,team")
    assert found.people == (Person("s1042", team="t07", more={"github": "ming"}),)
    write_roster(tmp_path / "again.csv", found)
    assert read_roster(tmp_path / "again.csv", ANY) == found


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["S1042", "b", "s1042"], "roster.csv lines 2, 4: S1042 and s1042 differ only in case"),
        (["b", "b"], "roster.csv lines 2, 3: b stands in 2 rows"),
        ([",Chen"], 'line 2: the id "" is empty'),
        (["../x"], 'line 2: the id "../x" begins or ends with a dot'),
        (["a/b"], 'the id "a/b" has more than letters'),
        (["nul"], 'the id "nul" is the name of a device'),
        (["COM1.x"], "is the name of a device"),
        (["ｓ1042"], "has more than letters"),
        (["s1\u202e042"], '"s1\\u202e042" has more than letters'),
        (["1.23457E+11"], "is a number that a spreadsheet has shortened"),
        (["x" * 65], "is longer than 64 characters"),
        (["a,,x@y.example", "b,,X@y.example"], "lines 2, 3: email x@y.example and X@y.example differ only"),
        (["a,,,,7", "b,,,,7"], "lines 2, 3: canvas 7 stands in 2 rows"),
        (["a,,,,,t1", "b,,,,,T1"], "line 3: the teams t1 and T1 differ only in case"),
        (["a,,,,,b", "b"], "line 2: the team b has the id of a student, line 3"),
        (["a,,,,,x/y"], 'line 2: the team "x/y" has more than letters'),
    ],
)  # fmt: skip
def test_what_cannot_be_a_roster_is_told_with_its_lines(
    tmp_path: Path, rows: list[str], said: str
) -> None:
    found = faults(tmp_path, *rows)
    assert len(found) == 1
    assert said in found[0]


def test_ids_fit_the_pattern_of_the_course(tmp_path: Path) -> None:
    found = faults(tmp_path, "s1042", "s104", "1043", student_id="s[0-9]{4}")
    assert found == [
        'roster.csv line 3: s104 does not fit student_id = "s[0-9]{4}"; s1234 would',
        'roster.csv line 4: 1043 does not fit student_id = "s[0-9]{4}"; s1234 would',
    ]


def test_a_pattern_that_fits_nobody_is_told_once(tmp_path: Path) -> None:
    found = faults(tmp_path, *(f"u{i}" for i in range(100)), student_id="s[0-9]{4}")
    assert found == ['roster.csv line 2: u0 and 99 more of 100 do not fit student_id = "s[0-9]{4}"']


def test_many_faults_are_cut_short(tmp_path: Path) -> None:
    found = faults(tmp_path, *(f"x/{i}" for i in range(500)))
    assert len(found) == 21
    assert found[-1].endswith("and 480 more")


def test_heads_are_checked(tmp_path: Path) -> None:
    assert "no column id; there are nr, name" in faults(tmp_path, "1,x", heads="nr,name")[0]
    assert 'two columns are called "id"' in faults(tmp_path, "1,x", heads="id,ID")[0]


def test_names_keep_their_script_and_lose_what_turns_text(tmp_path: Path) -> None:
    found = roster(tmp_path, "a,Cafe\u0301 \u202eevil\x1b[2J", "b,علی\u200cرضا", "c,'=cmd")
    assert [p.name for p in found.people] == ["Café \\u202eevil\\u001b[2J", "علی\u200cرضا", "=cmd"]


def test_people_are_found_in_other_spellings(tmp_path: Path) -> None:
    found = roster(tmp_path, "s1042,Chen,M@x.example,,88123", "s1043,Ng,,,", "s1044,Ng,,,")
    assert "s1042" in found
    assert "S1042" not in found
    assert found.find("Ｓ１０４２") == found["s1042"] == found.by_column("canvas", "88123")
    assert found.by_column("email", "m@X.example") == found["s1042"]
    assert found.by_column("name", "ng") is None  # two of them
    assert found.by_column("email", "") is None
    assert found.find("s9") is None
    with pytest.raises(InputError, match=r"s1045 is not on the roster \(did you mean s104"):
        found["s1045"]


def test_teams_own_variants_and_who_has_none_owns_their_own(tmp_path: Path) -> None:
    found = roster(tmp_path, "a,,,,,t1", "b,,,,,t2", "c,,,,,t1", "d")
    assert found.owners(True) == ("t1", "t2", "d")
    assert found.owners(False) == ("a", "b", "c", "d")
    assert [p.id for p in found.members("t1", True)] == ["a", "c"]
    assert [p.id for p in found.members("d", True)] == ["d"]
    assert found.members("t1", False) == ()


CELLS = st.text(st.characters(exclude_categories=["C"]), max_size=8).map(
    lambda t: " ".join(t.split())
)


@given(st.dictionaries(st.from_regex(r"[a-z0-9_@-]{5}", fullmatch=True), st.tuples(CELLS, CELLS)))
def test_a_written_roster_is_read_back(people: dict[str, tuple[str, str]]) -> None:
    from tempfile import TemporaryDirectory
    from unicodedata import normalize

    made = Roster(
        tuple(
            Person(i, normalize("NFC", name), more={"seat": normalize("NFC", seat)})
            for i, (name, seat) in people.items()
        )
    )
    with TemporaryDirectory() as folder:
        file = Path(folder, "roster.csv")
        if made.people:
            write_roster(file, made)
            assert read_roster(file, ANY) == made


CANVAS = '''Student,ID,SIS User ID,SIS Login ID,Section,"Homework 1 (48213)",ID (3),Current Score
,,,,,Manual Posting,,
    Points Possible,,,,,20,10,(read only)
"Chen, Ming",88123,U1,s1042,A,,1,
"=""=cmd|x""",88124,U2,s1043,A and B,,1,
"Student, Test",88999,,0c7d5b0a2f6f6c5f0d9a6a7cbb6b6c3d9f0e1a2b,A,,,
'''
MOODLE = "First name,Last name,ID number,Institution,Department,Email address,Course total,Last downloaded from this course\nMing,Chen,s1042,,,m@x.example,3,1\n"  # noqa: E501
GERMAN = "Vorname;Nachname;ID-Nummer;Abteilung;E-Mail-Adresse;Kurs gesamt\nMing;Chen;s1042;;m@x.example;1,5\n"
CHINESE = "学号\t姓名\t邮箱\t班级\ns1042\t陈明\tm@x.example\t一班\n"


def incoming(
    text: str, student_id: str = "s[0-9]{4}", **told: list[str]
) -> tuple[Merged, dict[str, str]]:
    file = parse_csv(text, "grades.csv")
    columns = find_columns(file, student_id, told)
    merged = merge(Roster(()), people_in(file, columns, student_id), False, student_id)
    return merged, {field: " + ".join(heads) for field, heads in columns.heads.items()}


def test_a_canvas_gradebook_is_a_roster() -> None:
    merged, heads = incoming(CANVAS)
    assert heads == {"id": "SIS Login ID", "name": "Student", "canvas": "ID", "section": "Section"}
    assert merged.roster.people == (
        Person("s1042", "Chen, Ming", section="A", canvas="88123"),
        Person("s1043", "=cmd|x", section="A and B", canvas="88124"),
    )
    assert (
        people_in(
            parse_csv(CANVAS, "g"), find_columns(parse_csv(CANVAS, "g"), ANY, {}), ANY
        ).test_students
        == 1
    )


def test_a_canvas_gradebook_with_names_in_two_columns() -> None:
    text = "LastName,FirstName,ID,SIS Login ID,Section,HW (1)\n    Points Possible,,,,,5\n"
    text += "Chen,Ming,88123,s1042,A,\nStudent,Test,9,0c7d,A,\n"
    merged, heads = incoming(text)
    assert heads["name"] == "LastName + FirstName" or heads["name"] == "FirstName + LastName"
    assert [p.id for p in merged.roster.people] == ["s1042"]


def test_of_two_canvas_ids_the_one_that_fits_the_course_is_taken() -> None:
    assert incoming(CANVAS, "U[0-9]")[1]["id"] == "SIS User ID"


@pytest.mark.parametrize("text", [MOODLE, GERMAN, CHINESE])
def test_moodle_and_others_in_several_languages(text: str) -> None:
    merged, _ = incoming(text)
    person = merged.roster.people[0]
    assert (person.id, person.email) == ("s1042", "m@x.example")
    assert person.name in ("Ming Chen", "陈明")


@pytest.mark.parametrize("head", ["Identifier", "标识符", "ID"])
def test_numbers_that_moodle_gives_anew_are_no_ids(head: str) -> None:
    grade = "Bewertung" if head == "ID" else "Grade"
    text = f"{head},Full name,ID number,{grade}\nParticipant 12,Ming Chen,s1042,\n"
    assert incoming(text)[1]["id"] == "ID number"
    with pytest.raises(InputError, match="counts people anew in every assignment"):
        incoming(text.replace("ID number", "Phone").replace("s1042", "x"), ANY)


def test_two_columns_that_may_be_the_id_are_named() -> None:
    text = "ID,Student ID,name\n1,2,x\n3,4,y\n"
    with pytest.raises(
        InputError, match='"ID" and "Student ID" may each be the student id; name it: --id'
    ):
        incoming(text, ANY)
    assert incoming(text, ANY, id=["student id"])[0].added == ("2", "4")


def test_of_several_the_one_that_fits_is_the_id_and_any_head_will_do() -> None:
    assert incoming("ID,Username\n1,s1042\n2,s1043\n")[1]["id"] == "Username"
    assert incoming("Nr,Kennung\n1,s1042\n2,s1043\n")[1]["id"] == "Kennung"
    with pytest.raises(InputError, match="no column that is surely the student id"):
        incoming("Nr,Kennung\n1,s1042\n2,s1043\n", ANY)


def test_a_fault_in_the_column_of_ids_takes_no_other_for_it() -> None:
    twice = CANVAS.replace("U2,s1043", "U2,S1042")
    for pattern in (ANY, "[sS][0-9]{4}"):
        with pytest.raises(InputError, match="lines 4, 5: s1042 and S1042 differ only in case"):
            incoming(twice, pattern)
    rows = "".join(f"x{i},s10{i}\n" for i in range(40, 50))
    with pytest.raises(InputError, match='the id "" is empty'):
        incoming(f"Login,Student ID\n{rows}x51,\n")


def test_a_column_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match='no column "Nmae" for --name; There are: id, name'):
        incoming("id,name\ns1042,x\n", name=["Nmae"])


def test_nothing_is_taken_from_a_file_with_faults() -> None:
    with pytest.raises(InputError) as error:
        incoming("id,name\nS1042,x\ns1042,y\n,z\n", ANY)
    assert str(error.value).splitlines() == [
        "lines 2, 3: S1042 and s1042 differ only in case",
        'line 4: the id "" is empty',
        "Nothing written.",
    ]


def merged_with(old: Roster, text: str, drop: bool = False) -> Merged:
    file = parse_csv(text, "x")
    return merge(old, people_in(file, find_columns(file, ANY, {}), ANY), drop, ANY)


OLD = Roster(
    (
        Person("s1", "A", "a@x", "1", "11", "t1", {"github": "aa"}),
        Person("s2", "B", "b@x", "1", "12", "t1", {"github": ""}),
        Person("s3", "C", "c@x", "1", "13", "", {"github": ""}),
    )
)


def test_a_file_brings_the_roster_up_to_date_and_takes_nothing_away() -> None:
    found = merged_with(OLD, "id,name,section\nS1,A,2\ns2,B,\ns4,D,1\n")
    assert (found.added, dict(found.changed), found.unchanged, found.gone) == (
        ("s4",), {"s1": ("section",)}, ("s2",), ("s3",)
    )  # fmt: skip
    assert found.roster["s1"] == Person("s1", "A", "a@x", "2", "11", "t1", {"github": "aa"})
    assert [p.id for p in found.roster.people] == ["s1", "s2", "s3", "s4"]
    assert "s3" not in merged_with(OLD, "id\ns1\ns2\n", drop=True).roster


def test_reading_the_same_file_again_changes_nothing() -> None:
    once = merged_with(Roster(()), CANVAS).roster
    again = merged_with(once, CANVAS)
    assert again.roster == once
    assert roster_text(again.roster) == roster_text(once)
    assert again.unchanged == ("s1042", "s1043")


def test_another_id_column_than_last_time_is_noticed() -> None:
    with pytest.raises(InputError, match=r"canvas 11 stands in 2 rows(.|\n)*under another id"):
        merged_with(OLD, "id,canvas\nx1,11\nx2,12\nx3,13\n")


@pytest.mark.parametrize(
    ("ids", "pattern"),
    [
        (["s1042", "s1043"], "s[0-9]{4}"),
        (["21-100-1", "22-999-7"], "[0-9]{2}-[0-9]{3}-[0-9]"),
        (["ana", "bob"], ""),
        (["s1", "s22"], ""),
        (["s1"], ""),
    ],
)
def test_the_shape_of_ids(ids: list[str], pattern: str) -> None:
    assert shape_of(ids) == pattern
