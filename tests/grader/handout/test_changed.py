"""Edits after the handout are found, and only those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from oslab.errors import InputError
from oslab_grader.course.model import QuestionSetting
from oslab_grader.handout.changed import changes, refuse_changes

Make = Callable[..., Any]


def edited(room: Any, **fields: Any) -> list[str]:
    return changes(room.course, replace(room.hw1, **fields))


def test_nothing_was_edited_and_nothing_is_said(course: Make) -> None:
    room = course(1)
    assert edited(room) == []
    assert changes(room.course, replace(room.hw1, name="hw2")) == []


def test_due_date_title_feedback_and_counts_may_change(course: Make) -> None:
    room = course(1)
    due = room.hw1.due + timedelta(days=1)
    assert edited(room, due=due, title="New", feedback="marks", counts="last") == []


def test_each_kind_of_edit_is_said_with_its_question(course: Make) -> None:
    room = course(1)
    q1, q2, q3 = room.hw1.questions
    more = QuestionSetting("paging/belady")
    assert edited(room, questions=(replace(q1, points=Fraction(9)), q2, q3)) == [
        "q1: handed out with 8 points, now 9"
    ]
    assert edited(room, questions=(replace(q1, points=Fraction("8.004")), q2, q3)) == [
        "q1: handed out with 8 points, now 2001/250"
    ]
    assert edited(room, questions=(q2, q1, q3)) == [
        "q1: handed out with paging/replace-fifo, now paging/split",
        "q2: handed out with paging/split, now paging/replace-fifo",
    ]
    assert edited(room, questions=(q1, q2)) == [
        "q3: os101/why-cow was handed out, and is gone from course.toml"
    ]
    assert edited(room, questions=(q1, q2, q3, more)) == [
        "q4: paging/belady was added; put it into a new assignment"
    ]
    assert edited(room, team=True) == ["team: handed out to each student"]
    other = replace(room.course, name="os102-2026")
    assert "course: handed out as os101-2026/hw1, now os102-2026/hw1" in changes(other, room.hw1)


def test_an_edit_of_an_own_exercise_is_said_with_its_keys(course: Make) -> None:
    room = course(1)
    file = room.folder / "exercises" / "why-cow.toml"
    text = file.read_text("utf-8")
    file.write_text(
        text.replace("Why is a page", "When is a page").replace("= 2\n", "= 3\n"), "utf-8"
    )
    assert edited(room) == ["q3: exercises/why-cow.toml: difficulty, statement"]
    file.write_text(text.replace('"text"', '"txt"'), "utf-8")
    assert "txt" in edited(room)[0]
    file.unlink()
    assert edited(room) == ["q3: exercises/why-cow.toml is gone"]
    file.write_text(text, "utf-8")
    assert edited(room) == []


def test_points_taken_out_of_the_file_are_an_edit_where_they_mattered(course: Make) -> None:
    room = course(1, questions=(QuestionSetting("paging/split", Fraction(6)),))
    assert edited(room, questions=(QuestionSetting("paging/split"),)) == []
    room = course(1, questions=(QuestionSetting("paging/split", Fraction(5)),), name="hw2")
    assert edited(room, questions=(QuestionSetting("paging/split"),)) == [
        "q1: handed out with 5 points, and course.toml no longer says so"
    ]


def test_the_refusal_names_the_way_to_mend_a_question(course: Make) -> None:
    room = course(1)
    q1, q2, q3 = room.hw1.questions
    wrong = replace(room.hw1, questions=(q1, replace(q2, points=Fraction(1)), q3))
    with pytest.raises(InputError, match="oslab gradebook amend hw1 q2"):
        refuse_changes(room.course, wrong)
    refuse_changes(room.course, room.hw1)
