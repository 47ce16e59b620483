"""Essays, read one at a time, by several readers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from oslab_grader.book.decisions import read_decisions

Run = Callable[..., Any]


def class_of(handed_in: Run, count: int) -> Any:
    return handed_in(
        {f"s{1000 + i}": {"how": "blank", "q3": {"text": f"essay {i}"}} for i in range(count)},
        students=count,
    )


def read_in(out: str) -> list[str]:
    return re.findall(r"^> (essay \d+)$", out, re.MULTILINE)


def test_letters_and_points_are_kept_at_once(handed_in: Run, grader: Run, stdin: Run) -> None:
    room = class_of(handed_in, 3)
    stdin("abd\n1.5\nq\n")
    out = grader(room, "review", "hw1").out
    assert "q3  1 of 3   student hidden (--names)" in out
    assert "a shared frames 1 · b the first write faults 1" in out
    assert "s1000" not in out
    assert "2 read, 1 left" in out
    values = [d.value for d in read_decisions(room.course.decisions).all]
    assert values == ["abd", "1.5"]
    stdin("-\n")
    assert "q3  1 of 1" in grader(room, "review", "hw1").out
    assert "No essays wait in hw1." in grader(room, "review", "hw1").out


def test_the_order_is_the_same_each_time(handed_in: Run, grader: Run, stdin: Run) -> None:
    room = class_of(handed_in, 6)
    orders = []
    for _ in range(2):
        stdin("s\n" * 6)
        orders.append(read_in(grader(room, "review", "hw1").out))
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == [f"essay {i}" for i in range(6)]


def test_parts_never_overlap_and_need_no_coordination(
    handed_in: Run, grader: Run, stdin: Run
) -> None:
    room = class_of(handed_in, 9)
    stdin("s\n" * 9)
    first = read_in(grader(room, "review", "hw1", "--part", "1/2").out)
    stdin("4\n" * 9)
    second = read_in(grader(room, "review", "hw1", "--part", "2/2", by="ben").out)
    assert sorted([*first, *second]) == [f"essay {i}" for i in range(9)]
    stdin("s\n" * 9)
    assert read_in(grader(room, "review", "hw1", "--part", "1/2").out) == first


def test_undo_skip_and_comment(handed_in: Run, grader: Run, stdin: Run) -> None:
    room = class_of(handed_in, 2)
    stdin("u\n/ well said\nabcd\nu\n2\ns\n")
    out = grader(room, "review", "hw1").out
    assert "Nothing to undo." in out
    assert "1 read, 1 left" in out
    kinds = [(d.kind, d.value) for d in read_decisions(room.course.decisions).all]
    assert kinds == [("comment", "well said"), ("essay", "abcd"), ("essay", ""), ("essay", "2")]
    assert "2 of 18" in grader(room, "show", "hw1", "s1000").out + grader(room, "show", "hw1", "s1001").out  # fmt: skip


def test_undo_of_a_comment_leaves_those_of_others(handed_in: Run, grader: Run, stdin: Run) -> None:
    room = class_of(handed_in, 1)
    grader(room, "comment", "hw1", "s1000", "q3", "from ben", by="ben")
    stdin("/ from ana\nu\nq\n")
    assert "The comment is taken back." in grader(room, "review", "hw1").out
    shown = grader(room, "show", "hw1", "s1000", "q3").out
    assert "comments\n  from ben\ndecisions\n" in shown


def test_what_is_piped_in_stands_after_the_prompt(handed_in: Run, grader: Run, stdin: Run) -> None:
    room = class_of(handed_in, 1)
    stdin("abd\n")
    assert "q quit: abd\n3 of 4\n" in grader(room, "review", "hw1").out


def test_what_is_not_understood_is_asked_again(handed_in: Run, grader: Run, stdin: Run) -> None:
    room = class_of(handed_in, 1)
    stdin("xyz\n5\n-1\n\nABD\n")
    out = grader(room, "review", "hw1").out
    assert "The rubric has no x; it goes from a to d." in out
    assert "At most 4 points." in out
    assert "Not understood: -1" in out
    assert "3 of 4" in out
    assert read_decisions(room.course.decisions).all[0].value == "abd"


def test_names_are_shown_when_asked_for(handed_in: Run, grader: Run, stdin: Run) -> None:
    room = class_of(handed_in, 1)
    stdin("q\n")
    assert "s1000 Student, Number 0" in grader(room, "review", "hw1", "--names").out


def test_a_blank_essay_is_not_read_by_anybody(handed_in: Run, grader: Run) -> None:
    room = handed_in({"s1000": "blank"}, students=1)
    assert "No essays wait in hw1." in grader(room, "review", "hw1").out
    assert "0 of 18" in grader(room, "show", "hw1", "s1000").out
