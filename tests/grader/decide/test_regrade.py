"""Amendments: pending, compared, in force."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oslab_grader.book.newkeys import new_keys

Run = Callable[..., Any]
UPLOADS = {"s1000": {"q1": "lru-for-fifo"}, "s1001": "right", "s1002": {"q1": "lru-for-fifo"}}


def test_a_mistake_that_is_accepted_counts_once_it_is_applied(
    handed_in: Run, grader: Run, tmp_path: Path
) -> None:
    room = handed_in(UPLOADS, students=4)
    pending = grader(room, "amend", "hw1", "q1", "--accept", "lru-for-fifo", "--why", "unclear").out
    assert "q1   lru-for-fifo will count as a second right answer; pending" in pending
    file = tmp_path / "changes.csv"
    out = grader(room, "regrade", "hw1", "--diff", "--csv", str(file)).out
    assert "q1  up 2   down 0   same 1   mean" in out
    assert "nothing changed yet: oslab gradebook regrade hw1 --apply keep-higher" in out
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    assert {r["after"] for r in rows if r["question"] == "q1"} == {"8.00"}
    assert "14 of 18" not in grader(room, "show", "hw1", "s1000").out
    assert "in force, keep-higher:" in grader(room, "regrade", "hw1", "--apply", "keep-higher").out
    assert "14 of 18 so far" in grader(room, "show", "hw1", "s1000").out
    assert "No amendment of hw1 is pending." in grader(room, "regrade", "hw1", "--diff").out


def test_of_mistakes_those_are_named_that_happen_in_what_was_handed_out(
    course: Run, grader: Run
) -> None:
    room = course(students=2)

    def said(question: str) -> str:
        arguments = ("amend", "hw1", question, "--accept", "zzz", "--why", "x")
        return " ".join(grader(room, *arguments, code=2).err.split())

    # The problem type models twenty; the others are of other policies than FIFO.
    assert said("q1").endswith(
        "what happens in paging/replace-fifo: lru-for-fifo, clock-for-fifo, no-cold"
    )
    assert said("q3").endswith("what happens in os101/why-cow: none")


def test_a_void_question_is_out_of_the_total_and_can_come_back(handed_in: Run, grader: Run) -> None:
    room = handed_in(UPLOADS, students=4)
    grader(room, "amend", "hw1", "q3", "--void", "--why", "not taught")
    out = grader(room, "regrade", "hw1", "--diff").out
    assert "q3     out of the total for all" in out
    assert "total  18 → 14 points in all" in out
    grader(room, "regrade", "hw1", "--apply", "replace")
    assert "14 of 14" in grader(room, "show", "hw1", "s1001").out
    assert "amendments taken back: 1" in grader(room, "amend", "hw1", "q3", "--undo").out
    assert "14 of 18 so far" in grader(room, "show", "hw1", "s1001").out


def test_full_points_for_all_who_handed_in(handed_in: Run, grader: Run) -> None:
    room = handed_in(UPLOADS, students=4)
    grader(room, "amend", "hw1", "q3", "--full", "--why", "power cut")
    grader(room, "regrade", "hw1", "--apply", "keep-higher")
    assert "18 of 18" in grader(room, "show", "hw1", "s1001").out
    assert "nothing handed in" in grader(room, "show", "hw1", "s1003").out


def test_an_essay_that_nobody_has_read_is_new_and_not_a_zero(
    handed_in: Run, grader: Run, tmp_path: Path
) -> None:
    room = handed_in({"s1000": "right", "s1001": "right"}, students=3)
    grader(room, "override", "hw1", "s1000", "q3", "1")
    grader(room, "amend", "hw1", "q3", "--full", "--why", "power cut")
    file = tmp_path / "changes.csv"
    out = grader(room, "regrade", "hw1", "--diff", "--csv", str(file)).out
    # Points by hand take the place of amendments.
    assert "q3     up 0   down 0   same 1   mean 1.00 → 1.00   new 1" in out
    assert "total  up 0   down 0   same 1   mean 15.00 → 15.00   new 1" in out
    rows = {(r["id"], r["question"]): r for r in csv.DictReader(file.open(encoding="utf-8"))}
    assert rows["s1001", "q3"]["before"] == ""
    assert rows["s1001", "q3"]["after"] == "4.00"
    assert rows["s1002", "total"]["after"] == ""


def test_totals_out_of_other_points_are_compared_as_shares(handed_in: Run, grader: Run) -> None:
    room = handed_in({"s1000": "right", "s1001": "right"}, students=2)
    grader(room, "override", "hw1", "s1000", "q3", "1")
    grader(room, "override", "hw1", "s1001", "q3", "4")
    grader(room, "amend", "hw1", "q3", "--void", "--why", "not taught")
    out = grader(room, "regrade", "hw1", "--diff").out
    assert "total  up 1   down 0   same 1   mean 16.50 of 18 → 14.00 of 14" in out


def test_the_same_amendment_is_not_made_twice(handed_in: Run, grader: Run) -> None:
    room = handed_in(UPLOADS, students=4)
    grader(room, "amend", "hw1", "q1", "--full", "--why", "x")
    again = grader(room, "amend", "hw1", "q1", "--full", "--why", "y", code=2)
    assert "is amended so already" in " ".join(again.err.split())
    grader(room, "amend", "hw1", "q1", "--void", "--why", "x")
    grader(room, "regrade", "hw1", "--apply", "replace")
    shown = grader(room, "show", "hw1", "s1001").out
    assert "full points · void" in shown
    assert re.search(r"amend +q1 +full +x", shown)


def test_a_csv_file_is_never_overwritten(handed_in: Run, grader: Run) -> None:
    room = handed_in(UPLOADS, students=4)
    grader(room, "amend", "hw1", "q1", "--full", "--why", "x")
    result = grader(room, "regrade", "hw1", "--diff", "--csv", "roster.csv", code=2)
    assert "nothing is overwritten" in " ".join(result.err.split())


def test_the_keys_of_today_are_those_that_were_handed_out(handed_in: Run, grader: Run) -> None:
    room = handed_in(UPLOADS, students=4)
    out = grader(room, "amend", "hw1", "q1", "--key", "new", "--why", "x").out
    assert "computes the keys that were handed out (4 variants)" in out
    assert "computes the keys" not in grader(
        room, "regrade", "hw1", "--diff", "--key", "new"
    ).out.replace("compute the keys", "")


@pytest.fixture
def other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if an upgraded plugin computed one fault more."""
    import oslab_grader.book.newkeys as module

    before = module.recomputed

    def recomputed(exercise: Any, frozen: Any) -> Any:
        key = dict(before(exercise, frozen))
        return key | {"faults": key["faults"] + 100} if "faults" in key else key

    monkeypatch.setattr(module, "recomputed", recomputed)


@pytest.mark.usefixtures("other_keys")
@pytest.mark.parametrize(("mode", "earned"), [("keep-higher", "8 of 8"), ("replace", "6 of 8")])
def test_new_keys_are_compared_kept_and_put_into_force(
    handed_in: Run, grader: Run, mode: str, earned: str
) -> None:
    room = handed_in(UPLOADS, students=4)
    tried = grader(room, "regrade", "hw1", "--diff", "--key", "new").out
    assert "q1   4 of 4 variants have another key" in tried
    assert re.search(r"q1 +up 0   down [123] ", tried)
    assert "With keep-higher nobody's points go down." in tried
    assert "oslab gradebook amend hw1 q1 --key new" in tried
    assert not (room.course.decisions / "ana.csv").exists()
    grader(room, "amend", "hw1", "q1", "--key", "new", "--why", "upgrade")
    keys = new_keys(room.record, room.record.head.question("q1"))
    file = room.course.handout("hw1") / f"key-{keys.digest}.jsonl"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [line["owner"] for line in lines] == room.ids
    grader(room, "regrade", "hw1", "--apply", mode)
    shown = grader(room, "show", "hw1", "s1001").out
    line = next(line for line in shown.splitlines() if line.startswith("q1"))
    assert earned in line
    assert f"new key ({mode})" in line
    beside = grader(room, "show", "hw1", "s1001", "q1").out
    assert re.search(r"another key into force:\n(.*\n)+  faults   1\d\d$", beside, re.MULTILINE)


def test_a_problem_type_that_computes_no_key_is_named(
    handed_in: Run, grader: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import oslab_grader.book.newkeys as module

    def stopped(exercise: Any, frozen: Any) -> Any:
        raise SystemExit(3)

    monkeypatch.setattr(module, "recomputed", stopped)
    room = handed_in(UPLOADS, students=4)
    result = grader(room, "regrade", "hw1", "--diff", "--key", "new", code=2)
    assert "computes no key for s1000" in " ".join(result.err.split())
