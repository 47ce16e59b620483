"""The classroom that other tests use is a real one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from oslab.exercise.checking import check
from oslab.exercise.reading import read_sheet
from oslab_grader.handout.freeze import thawed


@pytest.mark.parametrize(
    ("how", "earned"), [("right", 14), ("blank", 0), ("lru-for-fifo", None), ("broken", None)]
)
def test_sheets_are_answered_as_asked(
    course: Callable[..., Any], answered: Callable[..., str], how: str, earned: int | None
) -> None:
    room = course(2)
    sheet = read_sheet(answered(room, "s1001", how).encode())
    assert sheet.header == {"assignment": "os101-2026/hw1", "student": "s1001"}
    variants = dict(thawed(room.record, "s1001"))
    marks = [check(variants[q.name], q.values) for q in sheet.questions]
    total = sum((m.earned for m in marks), Fraction(0))
    if earned is not None:
        assert total == earned
    if how == "lru-for-fifo":
        assert marks[0].recognised
        assert marks[0].recognised.names == ("lru-for-fifo",)
        assert total < 14
    if how == "broken":
        assert not all(m.readable for m in marks)
