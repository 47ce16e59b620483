"""A course with uploads in it, marked in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from oslab_grader.intake.attempts import Attempt, digest_of, keep
from oslab_grader.marking.mark import mark_task
from oslab_grader.marking.result import Result, Task


class Engine:
    """Marks in this process, and counts; after `stops` uploads it is interrupted."""

    def __init__(self, stops: int | None = None) -> None:
        self.marked = 0
        self.stops = stops

    def __call__(self, tasks: Iterable[Task]) -> Iterator[Result]:
        for task in tasks:
            if self.marked == self.stops:
                raise KeyboardInterrupt
            self.marked += 1
            yield mark_task(task)


@pytest.fixture
def engine() -> Callable[..., Engine]:
    return Engine


@pytest.fixture
def hand_in() -> Callable[..., Attempt]:
    """`hand_in(room, student, text or bytes, file="", **facts of the attempt)`."""

    def give(room: Any, student: str, text: str | bytes, file: str = "", **facts: Any) -> Attempt:
        data = text.encode() if isinstance(text, str) else text
        attempt = Attempt(student, digest_of(data), file=file or f"{student}_hw1.toml", **facts)
        keep(room.course.attempts("hw1"), data, attempt)
        return attempt

    return give


@pytest.fixture
def room(
    course: Callable[..., Any], answered: Callable[..., str], hand_in: Callable[..., Attempt]
) -> Any:
    """Five students: all right, one mistake, an unreadable table, a Word file, nothing handed in."""
    room = course(5)
    hand_in(room, "s1000", answered(room, "s1000"))
    hand_in(room, "s1001", answered(room, "s1001", "lru-for-fifo"))
    hand_in(room, "s1002", answered(room, "s1002", "broken"))
    hand_in(room, "s1003", b"PK\x03\x04 a Word file", "report.docx")
    return room
