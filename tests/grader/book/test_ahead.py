"""Marking while uploads are taken in: the book comes out the same, with less to mark."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from oslab.errors import InputError
from oslab_grader.book.ahead import Ahead
from oslab_grader.book.book import open_book
from oslab_grader.book.workplace import workplace
from oslab_grader.course.home import roster_of
from oslab_grader.intake.attempts import Attempt, attempts_of
from oslab_grader.marking.mark import mark_task
from oslab_grader.marking.result import Result, Task

Make = Callable[..., Any]


class Crew:
    """Marks in this process, in the end what was asked for at first; `window` at a time."""

    def __init__(self, window: int = 2, after: int | None = None) -> None:
        self.window = window
        self.after = after
        self.asked: list[tuple[Future[Result], Task]] = []

    def mark(self, task: Task) -> Future[Result]:
        found: Future[Result] = Future()
        self.asked.append((found, task))
        if len(self.asked) == self.after:
            found.set_exception(InputError("no process for marking can be started"))
        elif len(self.asked) != 2:  # the second takes long
            found.set_result(mark_task(task))
        return found

    def finish(self) -> None:
        for found, task in self.asked:
            if not found.done():
                found.set_result(mark_task(task))


def uploads(room: Any) -> list[Attempt]:
    by_student = attempts_of(room.course.attempts("hw1"))
    return [attempt for theirs in by_student.values() for attempt in theirs]


def ahead(room: Any, crew: Any) -> Ahead:
    return Ahead(room.course, roster_of(room.course), "hw1", crew)


def plain(room: Any, engine: Make) -> bytes:
    """The bytes of the gradebook when all is marked at the end."""
    open_book(room.course, engine=engine())
    found: bytes = room.course.database.read_bytes()
    room.course.database.unlink()
    return found


def test_what_was_marked_ahead_is_not_marked_again(room: Any, engine: Make) -> None:
    expected = plain(room, engine)
    crew = Crew()
    with ahead(room, crew) as early:
        for attempt in uploads(room):
            early.mark(attempt)
        # One is done, one takes long, one waits behind it; the last has no room.
        assert len(crew.asked) == 3
        crew.finish()
    marks = engine()
    book = open_book(room.course, engine=marks)
    assert marks.marked == 1
    assert book.new == {"hw1": 2}  # the others cannot be read
    assert room.course.database.read_bytes() == expected
    assert [f.name for f in room.folder.glob("gradebook.db-*")] == []


def test_a_crew_that_cannot_start_costs_nothing(room: Any, engine: Make) -> None:
    expected = plain(room, engine)
    with ahead(room, Crew(after=1)) as early:
        for attempt in uploads(room):
            early.mark(attempt)
    marks = engine()
    open_book(room.course, engine=marks)
    assert marks.marked == 4
    assert room.course.database.read_bytes() == expected


def test_an_interrupted_intake_waits_for_nobody(room: Any, engine: Make) -> None:
    expected = plain(room, engine)

    def interrupted() -> None:
        with ahead(room, Crew()) as early:
            for attempt in uploads(room):
                early.mark(attempt)
            raise KeyboardInterrupt  # the second is still being marked

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    open_book(room.course, engine=engine())
    assert room.course.database.read_bytes() == expected


def test_while_another_process_grades_nothing_is_marked_ahead(room: Any) -> None:
    other, crew = workplace(room.folder, False, print), Crew()
    with ahead(room, crew) as early:
        for attempt in uploads(room):
            early.mark(attempt)
    assert crew.asked == []
    other.results.close()


def test_an_upload_that_came_under_two_names_is_marked_under_the_book_s(
    room: Any, engine: Make, answered: Callable[..., str], hand_in: Callable[..., Attempt]
) -> None:
    """Its name stands in messages, and a result is that of one name."""
    again = hand_in(room, "s1003", b"PK\x03\x04 a Word file", "a.docx")
    expected = plain(room, engine)
    assert [a.file for a in uploads(room) if a.student == "s1003"] == ["a.docx"]
    later = Attempt("s1003", again.sheet, file="report.docx")
    crew = Crew(window=9)
    with ahead(room, crew) as early:
        early.mark(later)
    marks = engine()
    open_book(room.course, engine=marks)
    assert marks.marked == 4
    assert room.course.database.read_bytes() == expected


def test_who_has_no_variant_is_not_marked(room: Any, hand_in: Callable[..., Attempt]) -> None:
    file = room.folder / "roster.csv"
    file.write_text(file.read_text("utf-8") + "s2000,Late Comer,late@example.org\n", "utf-8")
    attempt, crew = hand_in(room, "s2000", "a sheet"), Crew()
    with ahead(room, crew) as early:
        early.mark(attempt)
    assert crew.asked == []
