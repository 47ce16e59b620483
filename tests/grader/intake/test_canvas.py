"""Canvas names files by its own numbers; nobody hands in under another's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from oslab import InputError
from oslab_grader.course.roster import Person, Roster
from oslab_grader.intake.canvas import fits, readings

Make = Callable[..., Any]


def test_a_class_is_known_by_the_canvas_column(inbox: Make, sheet: Make) -> None:
    box = inbox()
    upload = box.zip(
        {
            "chenming_88123_5551_hw1-1.toml": sheet(1),
            "oliveiraana_LATE_88124_5552_hw1.toml": sheet(2),
            "x_99999_1_hw1.toml": sheet(3),
        }
    )
    found = box.take(upload)
    (ming,), (ana,) = box.attempts()["s1042"], box.attempts()["s1024"]
    assert (ming.late, ming.order, ming.time, ming.source) == (False, 5551, None, "canvas")
    assert (ana.late, ana.order) == (True, 5552)
    assert ming.file == "chenming_88123_5551_hw1-1.toml"
    assert (found.received, found.added, found.students) == (2, 2, {"s1042", "s1024"})
    (row,) = found.troubles
    assert (row.who, row.kind) == ("99999", "unknown")
    assert row.text == "a Canvas user who is not on the roster; left out"


def test_an_unpacked_zip_is_the_same(inbox: Make, sheet: Make) -> None:
    box = inbox()
    files = {"chenming_88123_5551_hw1.toml": sheet(1), "lina_LATE_88125_5_hw1.toml": sheet(2)}
    assert box.take(box.zip(files)).added == 2
    assert box.take(box.tree(files)).added == 0


@pytest.mark.parametrize(
    ("name", "user", "late", "order"),
    [
        ("chenming_88123_5551_hw1.toml", "88123", False, 5551),
        ("chenming_LATE_88123_5551_hw1-2.toml", "88123", True, 5551),
        ("_88123_5551_hw1.toml", "88123", False, 5551),
        ("x_88123_5551_LATE_1_2_hw1.toml", "88123", False, 5551),
        ("latecomer_late_88123_5551_hw1.toml", "88123", False, 5551),
        ("陈明_88123_5551_作业.toml", "88123", False, 5551),
        ("chenming_88123_text.html", "88123", False, 0),
    ],
)
def test_the_first_numbers_are_canvas_s(name: str, user: str, late: bool, order: int) -> None:
    reading = readings(name)[0]
    assert (reading.user, reading.late, reading.order) == (user, late, order)


@pytest.mark.parametrize(
    "name", ["hw1.toml", "s1042_hw1.toml", "a_1_2_", "a_1__2_b", "a_" + "9" * 30 + "_1_b"]
)
def test_other_names_are_not_canvas_s(name: str) -> None:
    assert not readings(name)


def test_a_name_that_ends_in_digits_is_still_a_name(inbox: Make, sheet: Make) -> None:
    # "de_Vries 2nd, Sam_12" gives sam_12 before the numbers of Canvas.
    people = (Person("s1042", "Sam_12", canvas="88123"), Person("s1024", "Ana", canvas="12"))
    box = inbox(roster=Roster(people))
    box.take(box.zip({"sam_12_88123_5551_hw1.toml": sheet()}))
    assert set(box.kept()) == {"s1042"}


@pytest.mark.parametrize(
    "name",
    [
        "eve_99999_5551_88123_1_hw1.toml",  # the file was called 88123_1_hw1.toml
        "eve_99999_5551_x_88123_1_.toml",
        "eve_99999_5551_chenming_88123_1_hw1.toml",
        "chenming_99999_5551_LATE_88123_1_hw1.toml",
    ],
)
def test_a_stranger_s_file_name_hands_in_for_nobody(inbox: Make, sheet: Make, name: str) -> None:
    box = inbox()
    found = box.take(box.zip({name: sheet(), "oliveiraana_88124_1_hw1.toml": sheet()}))
    assert set(box.kept()) == {"s1024"}
    assert {row.kind for row in found.troubles} == {"unknown"}


@pytest.mark.parametrize(
    "name",
    ["oliveiraana_88124_5551_88123_1_hw1.toml", "oliveiraana_88124_5551_chen_88123_1_hw1.toml"],
)
def test_a_student_s_file_name_hands_in_for_the_student_alone(
    inbox: Make, sheet: Make, name: str
) -> None:
    box = inbox()
    box.take(box.zip({name: sheet()}))
    assert set(box.kept()) == {"s1024"}


def test_a_name_that_is_two_persons_is_nobody_s(inbox: Make, sheet: Make) -> None:
    people = (Person("s1042", canvas="88123"), Person("s1024", canvas="88124"))
    box = inbox(roster=Roster(people))
    found = box.take(box.zip({"x_88124_5551_88123_1_hw1.toml": sheet()}))
    assert not box.kept()
    assert "s1024's or s1042's" in found.troubles[0].text


def test_an_anonymous_zip_is_refused(inbox: Make, sheet: Make) -> None:
    box = inbox()
    upload = box.zip({"anon_aB3dE_5551_hw1.toml": sheet(), "LATE_anon_xyz12_5_hw1.toml": sheet()})
    with pytest.raises(InputError, match="anonymous grading"):
        box.take(upload)
    assert not box.course.folder.exists()


def test_a_student_called_anon_is_not_anonymous(inbox: Make, sheet: Make) -> None:
    box = inbox(roster=Roster((Person("s1042", "anon", canvas="88123"),)))
    assert box.take(box.zip({"anon_88123_5551_hw1.toml": sheet()})).students == {"s1042"}


def test_without_the_canvas_column_it_says_so(inbox: Make, sheet: Make) -> None:
    box = inbox(roster=Roster((Person("s1042", "Chen, Ming"),)))
    with pytest.raises(InputError, match="no column canvas"):
        box.take(box.zip({"chenming_88123_5551_hw1.toml": sheet()}))


def test_a_class_s_folder_may_hold_a_date(inbox: Make, sheet: Make) -> None:
    box = inbox()
    files = {"chenming_88123_5_hw1.toml": sheet(), "oliveiraana_88124_6_hw1.toml": sheet()}
    assert len(box.take(box.tree(files, "hw1_2026_03_02")).students) == 2


def test_text_typed_into_canvas_is_kept_to_be_seen(inbox: Make) -> None:
    box = inbox()
    assert box.take(box.zip({"chenming_88123_text.html": b"<html>"})).students == {"s1042"}


def test_elsewhere_a_name_with_numbers_begins_with_the_id(inbox: Make, sheet: Make) -> None:
    box = inbox("none")
    box.take(box.zip({"s1024_88123_5_hw1.toml": sheet()}))
    assert set(box.kept()) == {"s1024"}


@pytest.mark.parametrize("name", ["Chen, Ming", "Ming Chen", "CHEN, ming", "chen,ming"])
def test_canvas_s_way_to_write_a_name_is_known(name: str) -> None:
    assert fits("chenming", name)
    assert not fits("chenmin", name)


def test_in_a_team_any_member_s_upload_is_one(inbox: Make, sheet: Make) -> None:
    box = inbox()
    box.assignment = replace(box.assignment, team=True)
    box.take(box.zip({"chenming_88123_5551_hw1.toml": sheet()}))
    assert set(box.kept()) == {"s1042"}


def test_a_name_with_numbers_in_it_does_not_hide_that_it_was_late(inbox: Make, sheet: Make) -> None:
    box = inbox()
    box.take(box.zip({"chenming_88123_5_x_LATE_88123_5551_hw1.toml": sheet()}))
    assert box.attempts()["s1042"][0].late is True


def test_a_wrong_class_s_zip_is_said_in_the_same_words_of_everybody(
    inbox: Make, sheet: Make
) -> None:
    box = inbox()
    found = box.take(box.zip({f"x{i}_{77000 + i}_{i}_hw1.toml": sheet() for i in range(9)}))
    assert len(found.troubles) == 9
    assert len({row.text for row in found.troubles}) == 1


def test_behind_an_id_the_numbers_of_a_file_s_own_name_hand_in_for_nobody(
    inbox: Make, sheet: Make
) -> None:
    box = inbox()
    found = box.take(box.tree({"s1017_x_88123_5_hw1.toml": sheet(), "s1042_hw1.toml": sheet()}))
    assert found.students == {"s1042"}
    assert len(box.kept()["s1042"]) == 1
    assert [(row.who, row.text.startswith("may be")) for row in found.troubles] == [("s1017", True)]
