"""Which exercise a name means, and what is wrong with a rubric."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from oslab.errors import InputError
from oslab_grader.course.model import QuestionSetting
from oslab_grader.handout.resolve import own_exercises, resolve

Make = Callable[..., Any]


def test_near_names_come_from_the_catalogue_and_from_the_course(course: Make) -> None:
    room = course(1, hand_out=False)
    with pytest.raises(
        InputError, match=r'no exercise "paging/replace-fif"\. Near: paging/replace-fifo'
    ):
        resolve(room.course, QuestionSetting("paging/replace-fif"))
    with pytest.raises(InputError, match=r"Near: os101/why-cow\."):
        resolve(room.course, QuestionSetting("os101/why-cov"))
    with pytest.raises(InputError, match=r"there is no exercises/other\.toml"):
        resolve(room.course, QuestionSetting("os101/other"))
    with pytest.raises(InputError, match="no plugin buddy is installed"):
        resolve(room.course, QuestionSetting("buddy/x1"))
    with pytest.raises(InputError, match=r"no plugin buddy is installed\. Near: cache/split"):
        resolve(room.course, QuestionSetting("buddy/split"))


def test_own_exercises_never_take_the_names_of_a_plugin(course: Make) -> None:
    room = course(1, hand_out=False)
    with pytest.raises(InputError, match="plugin paging"):
        own_exercises(replace(room.course, name="paging-2026"))


def test_a_name_that_cannot_be_one_is_said(course: Make) -> None:
    room = course(1, hand_out=False)
    (room.folder / "exercises" / "Why Not.toml").write_text("")
    with pytest.raises(InputError, match=r"exercises/Why Not.toml: .* small letters"):
        own_exercises(room.course)


@pytest.mark.parametrize(
    "name", ["../secret", "os101/../why-cow", "os101/", "/", "", "os101/why-cow.toml"]
)
def test_no_name_leads_out_of_the_folder(course: Make, name: str) -> None:
    with pytest.raises(InputError, match="no exercise"):
        resolve(course(1, hand_out=False).course, QuestionSetting(name))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('zh = "共享页框" }, points = 1', 'zh = "共享页框" }, points = 2', "add up to 5, text is worth 4"),
        ('zh = "共享页框" }, points = 1', 'zh = "共享页框" }, points = 0', "rubric[0].points must be more"),
        ('zh = "共享页框" }, points = 1', 'zh = "共享页框" }, points = -1', "rubric[0].points must be more"),
        ("shared frames", "shared $frames", "different $placeholders"),
        ("points = 4", "points = 4\nrubrik = 1", 'did you mean "rubric"'),
        ("  { text = { en", "  " + "{ text = { en = 'x', zh = 'x' }, points = '1/30' },\n" * 30
         + "  { text = { en", "34 lines; at most 26"),
    ],
)  # fmt: skip
def test_a_faulty_rubric_is_refused_with_the_place(
    course: Make, old: str, new: str, said: str
) -> None:
    room = course(1, hand_out=False)
    file = room.folder / "exercises" / "why-cow.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as error:
        resolve(room.course, QuestionSetting("os101/why-cow"))
    assert said in str(error.value)
    assert str(error.value).startswith("exercises/why-cow.toml: ")


def test_a_rubric_is_for_essays_only(course: Make) -> None:
    room = course(1, hand_out=False)
    (room.folder / "exercises" / "own.toml").write_text(
        """
problem = "paging.split"
difficulty = 1
title = { en = "t", zh = "t" }
objective = { en = "o", zh = "o" }
statement = { en = "s", zh = "s" }
[space]
bits = 32
[[answer]]
name = "offset"
points = 1
rubric = [ { text = { en = "r", zh = "r" }, points = 1 } ]
""",
        "utf-8",
    )
    with pytest.raises(InputError, match="a rubric is for essays; offset is none"):
        resolve(room.course, QuestionSetting("os101/own"))
