"""The gradebook as a whole: what is marked when, and that gradebook.db is only an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oslab.errors import InputError
from oslab_grader.book import marks as marking_of_uploads
from oslab_grader.book import refresh, workplace
from oslab_grader.book.book import open_book
from oslab_grader.book.decisions import decide
from oslab_grader.book.document import as_json
from oslab_grader.course.home import read_course
from oslab_grader.marking import mark
from oslab_grader.marking.mark import mark_task
from oslab_grader.marking.result import Result, Task

Make = Callable[..., Any]


def statuses(book: Any) -> dict[str, str]:
    return {grade.student: grade.status for grade in book.grades("hw1")}


def override(room: Any, student: str, points: str, grader: str = "ana") -> None:
    line = {"kind": "points", "assignment": "hw1", "student": student, "question": "q1"}
    decide(room.course.decisions, grader, [{**line, "value": points}])


def test_everybody_on_the_roster_has_a_grade(room: Any, engine: Make) -> None:
    book = open_book(room.course, engine=engine())
    assert statuses(book) == {
        "s1000": "waits", "s1001": "waits", "s1002": "withheld", "s1003": "withheld", "s1004": "missing",
    }  # fmt: skip
    assert book.grade("hw1", "s1001").questions[0].mistakes == ("lru-for-fifo",)
    assert [(t.who, t.kind) for t in book.problems("hw1")] == [
        ("s1002", "unreadable"),
        ("s1003", "not a sheet"),
    ]


def test_results_go_with_the_grades_they_made(room: Any, engine: Make) -> None:
    book = open_book(room.course, engine=engine())
    found = list(book.results("hw1"))
    assert [grade.student for grade, _ in found] == ["s1000", "s1001", "s1002"]
    for grade, result in found:
        assert (result["owner"], result["digest"]) == (grade.owner, grade.read_as)
        assert book.result("hw1", grade.owner, grade.read_as) == result
    assert book.result("hw1", "s1004", "0" * 64) is None


def test_who_is_not_there_is_said(room: Any, engine: Make) -> None:
    book = open_book(room.course, engine=engine())
    with pytest.raises(InputError, match="s9999 is not on the roster"):
        book.grade("hw1", "s9999")
    with pytest.raises(InputError, match=r"hw9 is not in course\.toml: hw1"):
        list(book.grades("hw9"))


def test_what_was_not_handed_out_has_no_grades(course: Make, engine: Make) -> None:
    book = open_book(course(hand_out=False).course, engine=engine())
    assert dict(book.handed_out()) == {"hw1": False}
    with pytest.raises(InputError, match="oslab course handout hw1"):
        list(book.grades("hw1"))


def test_only_what_is_new_is_marked(room: Any, engine: Make, hand_in: Make, answered: Make) -> None:
    marks = engine()
    assert open_book(room.course, engine=marks).new == {"hw1": 2}
    assert marks.marked == 4
    assert open_book(room.course, engine=marks).new == {}
    assert marks.marked == 4
    hand_in(room, "s1004", answered(room, "s1004"))
    book = open_book(room.course, engine=marks)
    assert marks.marked == 5
    assert book.new == {"hw1": 1}
    assert statuses(book)["s1004"] == "waits"


def test_a_decision_marks_nothing_again(room: Any, engine: Make) -> None:
    marks = engine()
    open_book(room.course, engine=marks)
    override(room, "s1002", "7")
    book = open_book(room.course, engine=marks)
    assert marks.marked == 4
    assert book.grade("hw1", "s1002").questions[0].earned == 7


def test_another_way_of_marking_marks_everything_again(
    room: Any, engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = engine()
    open_book(room.course, engine=marks)
    monkeypatch.setattr(mark, "MARKING", 99)
    monkeypatch.setattr(refresh, "MARKING", 99)
    open_book(room.course, engine=marks)
    assert marks.marked == 8


def test_the_index_has_the_same_bytes_however_it_came_about(
    room: Any, engine: Make, hand_in: Make, answered: Make
) -> None:
    open_book(room.course, engine=engine())
    override(room, "s1000", "5")
    open_book(room.course, engine=engine())
    hand_in(room, "s1004", answered(room, "s1004"))
    hand_in(room, "s1002", answered(room, "s1002"), order=9)
    book = open_book(room.course, engine=engine())
    step_by_step, document = (
        room.course.database.read_bytes(),
        list(as_json(book, ["hw1"], False, ())),
    )
    open_book(room.course, anew=True, engine=engine())
    assert room.course.database.read_bytes() == step_by_step
    room.course.database.unlink()
    book = open_book(room.course, engine=engine())
    assert room.course.database.read_bytes() == step_by_step
    assert list(as_json(book, ["hw1"], False, ())) == document


def test_one_upload_under_two_names_is_one_whichever_came_first(
    room: Any, engine: Make, hand_in: Make
) -> None:
    for name in ("z.docx", "a.docx"):
        hand_in(room, "s1004", b"PK\x03\x04 the same", name)
        open_book(room.course, engine=engine())
    before = room.course.database.read_bytes()
    open_book(room.course, anew=True, engine=engine())
    assert room.course.database.read_bytes() == before


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5000])


def garbled(file: Path) -> None:
    file.write_bytes(b"not a database at all" * 500)


def strange(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE grades (nbgrader TEXT)")
    db.close()


def endless(file: Path) -> None:
    """A view where a table should be, which gives a row for ever."""
    with sqlite3.connect(file) as db:
        db.execute("DROP TABLE meta")
        db.execute(
            "CREATE VIEW meta AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
            "SELECT x AS name, x AS value FROM c"
        )
    db.close()


def newer(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version=99")
    db.close()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut, "is damaged"),
        (garbled, "is damaged"),
        (endless, "is damaged"),
        (strange, "is no gradebook of oslab"),
        (newer, "was made by another version"),
    ],
)
def test_an_index_that_is_not_to_be_used_is_made_anew_and_that_is_said(
    room: Any, engine: Make, spoil: Callable[[Path], None], said: str
) -> None:
    open_book(room.course, engine=engine())
    before = room.course.database.read_bytes()
    spoil(room.course.database)
    heard: list[str] = []
    open_book(room.course, engine=engine(), say=heard.append)
    assert len(heard) == 1
    assert said in heard[0]
    assert room.course.database.read_bytes() == before


def test_a_result_that_changed_on_the_disk_is_made_anew(
    room: Any, engine: Make, hand_in: Make, answered: Make
) -> None:
    open_book(room.course, engine=engine())
    with sqlite3.connect(room.course.database) as db:
        db.execute("UPDATE results SET body=replace(body, 'lru-for-fifo', 'xru-for-fifo')")
    db.close()
    hand_in(room, "s1004", answered(room, "s1004"))
    marks = engine()
    book = open_book(room.course, engine=marks)
    assert marks.marked == 2
    assert book.grade("hw1", "s1001").questions[0].mistakes == ("lru-for-fifo",)


def test_an_interrupted_run_is_taken_up_where_it_was(
    room: Any, engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking_of_uploads, "_BATCH", 1)
    with pytest.raises(KeyboardInterrupt):
        open_book(room.course, engine=engine(stops=3))
    assert not room.course.database.exists()
    marks = engine()
    open_book(room.course, engine=marks)
    assert marks.marked == 1
    taken_up = room.course.database.read_bytes()
    open_book(room.course, anew=True, engine=engine())
    assert room.course.database.read_bytes() == taken_up
    assert [f.name for f in room.folder.glob("gradebook.db-*")] == []


def test_what_could_not_be_marked_is_tried_again_when_grading_but_not_when_reading(
    room: Any, engine: Make
) -> None:
    def broken(tasks: Iterable[Task]) -> Iterator[Result]:
        for task in tasks:
            result = mark_task(task)
            for part in result["questions"]:
                part["fault"] = "the plugin broke"
            yield result

    book = open_book(room.course, engine=broken)
    assert statuses(book)["s1000"] == "withheld"
    marks = engine()
    open_book(room.course, engine=marks)
    assert marks.marked == 0
    book = open_book(room.course, again=True, engine=marks)
    assert marks.marked == 3
    assert statuses(book)["s1000"] == "waits"
    open_book(room.course, again=True, engine=marks)
    assert marks.marked == 3


@pytest.mark.parametrize("table", ["TABLE results (x)", "VIEW results AS SELECT 1 AS basis"])
def test_results_of_another_kind_are_not_taken_up(room: Any, engine: Make, table: str) -> None:
    with sqlite3.connect(room.folder / "gradebook.db-work") as db:
        db.execute(f"CREATE {table}")
    db.close()
    assert statuses(open_book(room.course, engine=engine()))["s1000"] == "waits"
    assert [f.name for f in room.folder.glob("gradebook.db-*")] == []


def test_a_folder_that_cannot_be_written_is_read_all_the_same(
    room: Any, engine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = workplace._locked

    def refused(file: Path, anew: bool) -> sqlite3.Connection:
        if file.parent == room.folder:
            raise PermissionError(13, "Permission denied")
        return locked(file, anew)

    monkeypatch.setattr(workplace, "_locked", refused)
    heard: list[str] = []
    book = open_book(room.course, engine=engine(), say=heard.append)
    assert statuses(book)["s1000"] == "waits"
    assert len(heard) == 1
    assert "cannot be written" in heard[0]
    assert not room.course.database.exists()


def test_what_an_ended_run_left_is_removed_unless_it_still_runs(room: Any, engine: Make) -> None:
    open_book(room.course, engine=engine())
    left = workplace.workplace(room.folder, True, print)
    left.made.write_bytes(b"half an index")
    open_book(room.course, engine=engine())
    assert left.made.exists()
    left.results.close()
    open_book(room.course, engine=engine())
    assert [f.name for f in room.folder.glob("gradebook.db-*")] == []


def test_while_another_process_grades_the_book_is_made_aside(room: Any, engine: Make) -> None:
    other = workplace.workplace(room.folder, False, print)
    heard: list[str] = []
    book = open_book(room.course, engine=engine(), say=heard.append)
    assert statuses(book)["s1000"] == "waits"
    assert "another oslab" in heard[0]
    assert not room.course.database.exists()
    other.results.close()
    open_book(room.course, engine=engine(), say=heard.append)
    assert room.course.database.exists()
    assert len(heard) == 1


def test_uploads_that_nobody_can_be_graded_for_are_in_the_problem_list(
    course: Make, engine: Make, hand_in: Make, answered: Make
) -> None:
    room = course(3)
    hand_in(room, "s1000", answered(room, "s1000"))
    hand_in(room, "s1002", answered(room, "s1002"))
    hand_in(room, "s1700", answered(room, "s1001"))
    lines = room.course.roster_file.read_text("utf-8").splitlines()
    # One left; one came after the handout.
    late = lines[1].replace("s1000", "s1500").replace("88000", "88500")
    room.course.roster_file.write_text("\n".join([*lines[:3], late]) + "\n", "utf-8")
    hand_in(room, "s1500", answered(room, "s1000"))
    book = open_book(room.course, engine=engine())
    assert [(t.who, t.kind, t.command) for t in book.problems("hw1")] == [
        ("s1500", "no variant", "oslab course handout hw1"),
        ("s1002", "unknown", ""),
        ("s1700", "unknown", ""),
    ]


def test_an_id_that_was_changed_in_the_roster_is_told(
    course: Make, engine: Make, hand_in: Make, answered: Make
) -> None:
    room = course(2)
    hand_in(room, "s1000", answered(room, "s1000"))
    for file, old, new in (
        (room.course.file, "s[0-9]{4}", "[A-Za-z0-9]{5}"), (room.course.roster_file, "s1000,", "S1000,"),
    ):  # fmt: skip
        file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    (row,) = open_book(read_course(room.course.file), engine=engine()).problems("hw1")
    assert (row.who, row.kind) == ("s1000", "unknown")
    assert row.text.startswith("is S1000 in roster.csv now")


def test_what_concerns_a_team_is_one_row(
    course: Make, engine: Make, hand_in: Make, answered: Make
) -> None:
    room = course(4, team=True)
    hand_in(room, "s1001", answered(room, "s1001", "broken"))
    hand_in(room, "s1002", answered(room, "s1002"))
    marks = engine()
    book = open_book(room.course, engine=marks)
    assert marks.marked == 2
    assert statuses(book) == {
        "s1000": "withheld", "s1001": "withheld", "s1002": "waits", "s1003": "waits",
    }  # fmt: skip
    assert [t.who for t in book.problems("hw1")] == ["s1001"]


def test_an_upload_that_is_gone_is_an_error_that_says_what_to_do(room: Any, engine: Make) -> None:
    sheet = next(iter(room.course.attempts("hw1").glob("*.sheet")))
    data = sheet.read_bytes()
    sheet.unlink()
    with pytest.raises(InputError):
        open_book(room.course, engine=engine())
    sheet.write_bytes(data)
    open_book(room.course, engine=engine())


def test_other_programs_can_ask_the_index(room: Any, engine: Make) -> None:
    open_book(room.course, engine=engine())
    with sqlite3.connect(room.course.database) as db:
        asked = "SELECT student, so_far, uploads FROM grades WHERE assignment='hw1' ORDER BY place"
        assert db.execute(asked).fetchone() == ("s1000", 14.0, 1)
        asked = "SELECT question, AVG(earned) FROM questions GROUP BY question HAVING question='q2'"
        assert db.execute(asked).fetchone() == ("q2", 6.0)
    db.close()
