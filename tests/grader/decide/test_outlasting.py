"""What others have does not change when a student is forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


def test_a_grade_by_a_forgotten_students_variant_stays(
    handed_in: Run, grader: Run, oslab: Run
) -> None:
    room = handed_in(
        {
            "s1000": {"variant_of": "s1001", "of": "s1001"},
            "s1001": {"variant_of": "s1000", "of": "s1000"},
        },
        students=3,
    )
    for one, other in (("s1000", "s1001"), ("s1001", "s1000")):
        grader(room, "sheet", "hw1", one, "--of", other)
        grader(room, "override", "hw1", one, "q3", "2")
    before = json.loads(grader(room, "show", "hw1", "s1000", "--json").out)
    said = oslab("course", "forget", "s1001", "--yes")
    assert said.code == 0, said.err
    assert "recorded as given by hand (s1000)" in " ".join(said.out.split())
    after = json.loads(grader(room, "show", "hw1", "s1000", "--json").out)
    assert (after["total"], after["status"]) == (before["total"], "final")
    assert before["total"] == "16"


@pytest.mark.parametrize("gone", ["s1000", "s1001"])
def test_a_teams_grade_stays_without_the_one_who_handed_in(
    handed_in: Run, grader: Run, oslab: Run, gone: str
) -> None:
    room = handed_in({"s1000": "right"}, students=2, team=True)
    grader(room, "override", "hw1", "s1000", "q3", "3")
    grader(room, "override", "hw1", "s1001", "q3", "3")
    stays = "s1001" if gone == "s1000" else "s1000"
    before = json.loads(grader(room, "show", "hw1", stays, "--json").out)
    assert oslab("course", "forget", gone, "--yes").code == 0
    after = json.loads(grader(room, "show", "hw1", stays, "--json").out)
    assert after["total"] == before["total"] == "17"
