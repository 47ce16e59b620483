"""Handing out: what is frozen stays, to the byte, whatever comes after."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oslab.errors import InputError
from oslab.exercise.catalogue import exercise
from oslab.exercise.fields import to_json
from oslab.homework.classfile import read_class_file
from oslab.homework.personal import personal_variants
from oslab_grader.course.model import QuestionSetting
from oslab_grader.course.roster import Person, Roster
from oslab_grader.handout.freeze import freeze_assignment, record_file, thawed
from oslab_grader.handout.record import (
    HandedQuestion,
    Head,
    Record,
    Share,
    share_line,
    write_record,
)
from oslab_grader.handout.resolve import bind_question, scaled
from oslab_grader.handout.sheets import write_class_file

Make = Callable[..., Any]


def with_one_more(room: Any) -> Roster:
    return Roster((*room.roster.people, Person("s2000")))


def test_adding_a_student_leaves_the_lines_of_the_others_as_they_are(course: Make) -> None:
    room = course(4)
    file = record_file(room.course, "hw1")
    before = file.read_bytes()
    done = freeze_assignment(room.course, room.hw1, with_one_more(room))
    assert (done.added, done.unchanged) == (1, 4)
    assert file.read_bytes().startswith(before)
    assert len(file.read_bytes().splitlines()) == 6


def test_handing_out_again_without_anybody_new_touches_nothing(course: Make) -> None:
    room = course(2)
    file = record_file(room.course, "hw1")
    before = file.stat().st_mtime_ns, file.read_bytes()
    done = freeze_assignment(room.course, room.hw1, room.roster)
    assert (done.added, done.unchanged) == (0, 2)
    assert (file.stat().st_mtime_ns, file.read_bytes()) == before


def test_one_who_left_keeps_the_share(course: Make) -> None:
    room = course(3)
    kept = room.record.line("s1000")
    freeze_assignment(room.course, room.hw1, Roster((*room.roster.people[1:], Person("s2000"))))
    assert room.record.line("s1000") == kept


def test_processes_draw_what_one_alone_draws(course: Make) -> None:
    room = course(4)
    alone = [room.record.line(owner) for owner in room.ids]
    file = record_file(room.course, "hw1")
    write_record(file, room.record.head, alone[:1])
    freeze_assignment(room.course, room.hw1, room.roster, processes=2)
    assert [room.record.line(owner) for owner in room.ids] == alone


def test_the_class_file_gives_each_student_the_numbers_that_were_recorded(course: Make) -> None:
    room = course(3)
    file, written = write_class_file(room.course, room.hw1, room.record)
    assert written
    content = read_class_file(file)
    for owner in room.ids:
        drawn, frozen = personal_variants(content, owner), thawed(room.record, owner)
        assert [name for name, _ in drawn] == [name for name, _ in frozen]
        for (_, one), (_, other) in zip(drawn, frozen, strict=True):
            assert (one.code, one.params) == (other.code, other.params)


def test_no_rubric_and_no_student_is_in_the_class_file(course: Make) -> None:
    room = course(3)
    text = write_class_file(room.course, room.hw1, room.record)[0].read_text("utf-8")
    assert "rubric" not in text
    assert "the last owner keeps it" not in text
    assert not any(person.id in text or person.name in text for person in room.roster.people)
    assert "the last owner keeps it" in json.dumps(room.record.head.questions[2].entry)


def test_a_team_has_one_share(course: Make) -> None:
    room = course(4, team=True)
    assert list(room.record.owners()) == ["t01", "t02"]


def test_points_of_the_answers_add_up_to_what_the_question_is_worth(course: Make) -> None:
    room = course(1)
    for question in room.record.head.questions:
        entry = bind_question(question).entry
        assert entry.points == question.points
        assert all(sum(c.points for c in a.rubric) in (0, a.points) for a in entry.answer)


@given(st.fractions(Fraction(1, 100), 100))
def test_scaling_keeps_the_proportions_exactly(points: Fraction) -> None:
    found = exercise("paging/replace-fifo")
    answers = scaled(found, points).entry.answer
    assert sum(a.points for a in answers) == points
    assert answers[0].points == 3 * answers[1].points


def test_what_was_handed_out_is_bound_without_the_catalogue(course: Make) -> None:
    room = course(1)
    (room.folder / "exercises" / "why-cow.toml").unlink()
    question = room.record.head.question("q1")
    entry = {**question.entry, "title": {"en": "As it was", "zh": "当时"}}
    entry["feedback"] = {"gone-mistake": {"en": "…", "zh": "…"}}
    entry["space"] = {"policy": "no such policy"}
    bound = bind_question(replace(question, exercise="paging/no-such-file", entry=entry))
    assert str(bound.entry.title) == "As it was"
    assert not bound.entry.feedback
    assert [v.exercise.id for _, v in thawed(room.record, "s1000")][2] == "os101/why-cow"


def test_a_problem_type_that_is_gone_is_said_with_what_made_it(course: Make) -> None:
    question = course(1).record.head.question("q1")
    entry = {**question.entry, "problem": "buddy.split"}
    gone = replace(question, entry=entry, made_by="oslab-buddy 1.4.1")
    with pytest.raises(InputError, match=r"q1 .*oslab-buddy 1.4.1.*buddy"):
        bind_question(gone)


def test_nobody_is_added_by_another_version_of_a_problem_type(course: Make) -> None:
    room = course(1)
    record = room.record
    q1, *rest = record.head.questions
    head = replace(record.head, questions=(replace(q1, version=9, made_by="oslab 7"), *rest))
    write_record(record.file, head, [record.line("s1000")])
    before = record.file.read_bytes()
    with pytest.raises(InputError, match=r"q1: handed out with paging.replace 9 \(oslab 7\)"):
        freeze_assignment(room.course, room.hw1, with_one_more(room))
    assert record.file.read_bytes() == before


NARROW = """
problem = "paging.replace"
difficulty = 1
title = { en = "t", zh = "t" }
objective = { en = "o", zh = "o" }
statement = { en = "$frames $references", zh = "$frames $references" }
required = ["lru-for-fifo", "clock-for-fifo"]
[space]
policy = "fifo"
frames = 3
references = { length = 3, pages = 6 }
[[answer]]
name = "faults"
points = 2
"""


def test_a_draw_that_fails_names_question_and_owner_and_nothing_is_written(course: Make) -> None:
    room = course(2, hand_out=False, questions=(QuestionSetting("os101/narrow"),))
    (room.folder / "exercises" / "narrow.toml").write_text(NARROW, "utf-8")
    with pytest.raises(InputError, match=r"q1, the variant of s1000: os101/narrow: no well-posed"):
        freeze_assignment(room.course, room.hw1, room.roster)
    assert os.listdir(room.course.handout("hw1")) == []


PLUGIN = {
    "__init__.py": """
from oslab import ProblemType, Exercises, hookimpl
from importlib.resources import files
@hookimpl
def oslab_problems():
    yield ProblemType("bad.one", "oslab_bad.one:One")
@hookimpl
def oslab_exercises():
    yield Exercises(files("oslab_bad") / "ex")
""",
    "one.py": """
from dataclasses import dataclass
from oslab import Int, Problem, Run
@dataclass(frozen=True)
class P:
    n: int
class One(Problem):
    params = P
    space = P
    answers = {"n": Int()}
    def draw(self, rng, space):
        BROKEN
        return space
    def present(self, p):
        return {"n": p.n}
    def run(self, p):
        return Run(command="bad.one", config=p)
    def solve(self, p, run):
        return {"n": object() if KEY else 1}
""",
    "ex/one.toml": """
problem = "bad.one"
difficulty = 1
title = { en = "t", zh = "t" }
objective = { en = "o", zh = "o" }
statement = { en = "$n", zh = "$n" }
[space]
n = 1
[[answer]]
name = "n"
points = 1
""",
}


@pytest.mark.parametrize("broken", ["raise KeyError('x')", "raise SystemExit", "KEY"])
def test_a_plugin_that_fails_is_named_and_nothing_is_written(
    course: Make, third_party: Make, broken: str
) -> None:
    code = PLUGIN["one.py"].replace("BROKEN", "pass" if broken == "KEY" else broken)
    code = code.replace("KEY else", f"{broken == 'KEY'} else")
    third_party("bad", {**PLUGIN, "one.py": code})
    room = course(2, hand_out=False, questions=(QuestionSetting("bad/one"),))
    with pytest.raises(InputError, match=r"q1.*s1000.*"):
        freeze_assignment(room.course, room.hw1, room.roster)
    assert os.listdir(room.course.handout("hw1")) == []


KILLED = """
import os, sys
calls = 0
real = os.{name}
def die(*given, **more):
    global calls
    calls += 1
    if calls == {at}:
        os._exit(9)
    return real(*given, **more)
os.{name} = die
from oslab.cli import main
main(["course", "handout", "hw1"])
"""


@pytest.mark.parametrize(("name", "at"), [("fsync", 1), ("replace", 1), ("replace", 2)])
def test_killed_at_any_moment_there_is_the_old_record_or_the_new_one(
    course: Make, name: str, at: int
) -> None:
    room = course(2)
    file = record_file(room.course, "hw1")
    old = file.read_bytes()
    roster = room.course.roster_file
    roster.write_text(roster.read_text("utf-8") + "s2000,,,,,\n", "utf-8")

    def hand_out(code: str) -> int:
        environment = {**os.environ, "OSLAB_LANG": "en"}
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=room.folder, env=environment, capture_output=True)
        return done.returncode

    assert hand_out(KILLED.format(name=name, at=at)) == 9
    # The record is the first file that is put in its place.
    assert (file.read_bytes() == old) == (at == 1)
    assert hand_out(KILLED.format(name=name, at=-1)) == 0
    assert file.read_bytes().startswith(old)
    assert not list(file.parent.glob(".record.jsonl-*")), "keys were left behind"
    assert list(room.record.owners()) == ["s1000", "s1001", "s2000"]
    assert (
        read_class_file(room.course.handout("hw1") / "hw1.oslab.toml").key == room.record.head.key
    )


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_processes_end_with_the_one_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "draw.py"
    script.write_text(
        "import os, time\n"
        "from oslab_grader.handout.spread import spread\n"
        "def pid(_): return os.getpid()\n"
        "if __name__ == '__main__':\n"
        "    drawn = spread(pid, range(100), 2)\n"
        "    print(next(drawn), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        os.kill(worker, 0)
        parent.kill()
    for _ in range(100):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("a worker waits for ever")


@pytest.mark.skipif(os.name == "nt", reason="needs limits of file size")
def test_a_full_disk_leaves_the_old_record(course: Make) -> None:
    room = course(2)
    file = record_file(room.course, "hw1")
    old = file.read_bytes()
    roster = room.course.roster_file
    roster.write_text(roster.read_text("utf-8") + "s2000,,,,,\n", "utf-8")
    code = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({len(old) // 2}, {len(old) // 2}))
from oslab.cli import main
main(["course", "handout", "hw1"])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=room.folder, capture_output=True)
    assert done.returncode == 2
    assert b"cannot write" in done.stderr
    assert os.listdir(file.parent) == ["record.jsonl"]
    assert file.read_bytes() == old


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.text(min_size=1).filter(lambda t: t.isprintable()), unique=True, max_size=5))
def test_a_record_gives_back_what_was_written(tmp_path: Path, owners: list[str]) -> None:
    entry = to_json(exercise("paging/split").entry)
    question = HandedQuestion(
        "q1", "paging/split", "paging.split", 1, Fraction(7, 3), "oslab 1", entry
    )
    head = Head("os101-2026/hw1", "00" * 32, False, (question,))
    shares = [Share(owner, {"q1": {"code": "AAAA-AAAA", "n": i}}) for i, owner in enumerate(owners)]
    write_record(tmp_path / "record.jsonl", head, map(share_line, shares))
    record = Record(tmp_path / "record.jsonl")
    assert record.head == head
    assert list(record.shares()) == shares


def test_the_same_exercise_twice_in_an_assignment_is_refused(course: Make) -> None:
    twice = (QuestionSetting("paging/split"), QuestionSetting("paging/split"))
    room = course(1, hand_out=False)
    with pytest.raises(InputError, match="hw1 q2: paging/split is q1 already"):
        freeze_assignment(room.course, replace(room.hw1, questions=twice), room.roster)
