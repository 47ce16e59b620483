"""A small real course, handed out by the real functions, and answers to its sheets.

The fixtures are functions, for tests to call with what they need: `course`, `answered`, `roster_people`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from oslab.conformance.suite import written
from oslab.exercise.answers import Essay
from oslab.exercise.practice import question
from oslab.exercise.variant import Variant
from oslab.exercise.writing import fill_sheet, write_sheet
from oslab_grader.course.home import read_course
from oslab_grader.course.model import Assignment, Course, LatePolicy, QuestionSetting
from oslab_grader.course.roster import Person, Roster, read_roster, write_roster
from oslab_grader.handout.freeze import freeze_assignment, record_file, thawed
from oslab_grader.handout.record import Record

ESSAY = """
problem = "grader.essay"
difficulty = 2
title = { en = "Why copy on write", zh = "为什么要写时复制" }
objective = { en = "Explain copy-on-write.", zh = "解释写时复制。" }
statement = { en = "Why is a page only copied when it is written?", zh = "为什么页面在被写时才复制？" }
[space]
[[answer]]
name = "text"
points = 4
rubric = [
  { text = { en = "shared frames", zh = "共享页框" }, points = 1 },
  { text = { en = "the first write faults", zh = "第一次写时缺页" }, points = 1 },
  { text = { en = "copies to a new frame", zh = "复制到新页框" }, points = 1 },
  { text = { en = "the last owner keeps it", zh = "最后的所有者留用原页" }, points = 1 } ]
"""
ZURICH = ZoneInfo("Europe/Zurich")
HW1 = Assignment(
    "hw1",
    "Homework 1",
    datetime(2026, 3, 2, 23, 59, tzinfo=ZURICH),
    (
        QuestionSetting("paging/replace-fifo", Fraction(8)),
        QuestionSetting("paging/split", Fraction(6)),
        QuestionSetting("os101/why-cow", Fraction(4)),
    ),
)


@dataclass(frozen=True)
class Classroom:
    """A course folder with a roster; `hw1` has been handed out where `record` is asked for."""

    course: Course
    roster: Roster

    @property
    def folder(self) -> Path:
        return self.course.folder

    @property
    def hw1(self) -> Assignment:
        return self.course.assignments[0]

    @property
    def ids(self) -> Sequence[str]:
        return [person.id for person in self.roster.people]

    @property
    def record(self) -> Record:
        return Record(record_file(self.course, "hw1"))


def people(count: int, team_of: int = 0) -> Sequence[Person]:
    """Students s1000, s1001 …; in teams of `team_of`."""
    return [
        Person(
            f"s{1000 + i}",
            f"Student, Number {i}",
            f"s{1000 + i}@uni.example",
            "AB"[i % 2],
            str(88000 + i),
            f"t{1 + i // team_of:02}" if team_of else "",
        )
        for i in range(count)
    ]


@pytest.fixture
def roster_people() -> Callable[..., Sequence[Person]]:
    """`roster_people(count, team_of=0)`: students to put on a roster."""
    return people


@pytest.fixture
def course(tmp_path: Path) -> Callable[..., Classroom]:
    """`course(students=3, hand_out=True, team=False, **settings)`: a course folder ``os101`` in tmp_path.

    Settings of hw1 (feedback, counts, due, questions) and `late` take the place of those here. What is
    in the files and what is in the returned objects is the same.
    """

    def make(
        students: int = 3,
        hand_out: bool = True,
        team: bool = False,
        late: LatePolicy | None = None,
        **settings: Any,
    ) -> Classroom:
        folder = tmp_path / "os101"
        (folder / "exercises").mkdir(parents=True, exist_ok=True)
        (folder / "exercises" / "why-cow.toml").write_text(ESSAY, "utf-8")
        hw1 = replace(HW1, team=team, **settings)
        made = Course(
            folder, "os101-2026", "Operating Systems", ZURICH, "canvas", "s[0-9]{4}", (hw1,),
            late or LatePolicy(),
        )  # fmt: skip
        (folder / "course.toml").write_text(course_toml(made), "utf-8")
        write_roster(made.roster_file, Roster(tuple(people(students, 2 if team else 0))))
        room = Classroom(read_course(made.file), read_roster(made.roster_file, made.student_id))
        assert room.course == made
        if hand_out:
            freeze_assignment(room.course, room.hw1, room.roster)
        return room

    return make


def course_toml(course: Course) -> str:
    """The file that says what a Course made by hand does."""
    late, lines = course.late, []
    lines += ["format = 1", f'course = "{course.name}"', f'title = "{course.title}"']
    lines += [f'timezone = "{course.timezone.key}"', f'lms = "{course.lms}"']
    lines += [f'student_id = "{course.student_id}"']
    lines += ["[late]", f'by = "{late.by}"']
    if late.by == "oslab":
        minutes = int(late.slack.total_seconds() // 60)
        lines += [f"per_day = {float(late.per_day)}", f'slack = "{minutes}min"']
        lines += [f"grace_days = {late.grace_days}"]
        lines += [] if late.cutoff_days is None else [f"cutoff_days = {late.cutoff_days}"]
    for given in course.assignments:
        due = given.due.replace(tzinfo=None).isoformat()
        lines += ["[[assignment]]", f'name = "{given.name}"', f'title = "{given.title}"']
        lines += [f"due = {due}", f'feedback = "{given.feedback}"', f'counts = "{given.counts}"']
        lines += [f"team = {str(given.team).lower()}", "questions = ["]
        for setting in given.questions:
            points = "" if setting.points is None else f', points = "{setting.points}"'
            lines.append(f'  {{ exercise = "{setting.exercise}"{points} }},')
        lines.append("]")
    return "\n".join(lines) + "\n"


Given = Mapping[str, Any] | str


@pytest.fixture
def answered() -> Callable[..., str]:
    """`answered(classroom, student, "right" | "blank" | "broken" | a mistake's name, of=, **each)`: the
    text of this student's hw1 sheet.

    `right` has the key in all questions (and an essay), a mistake's name makes that mistake where the
    exercise has it and all else right; ``q1="blank"``, ``q2="lru-for-fifo"``, ``q3={"text": "…"}`` say it
    for one question. `of` makes the sheet claim to be another student's; `variant_of` takes their numbers.
    """

    def answer(
        room: Classroom,
        student: str,
        how: str = "right",
        of: str = "",
        variant_of: str = "",
        **each: Given,
    ) -> str:
        person = next(p for p in room.roster.people if p.id == (variant_of or student))
        variants = thawed(room.record, person.owner(room.hw1.team))
        header = {"assignment": f"{room.course.name}/hw1", "student": of or student}
        if room.hw1.team:
            header["team"] = person.team
        text = write_sheet([question(v, name) for name, v in variants], header, "en")
        given: dict[tuple[str, str], Any] = {}
        for name, variant in variants:
            for answer, value in _values(variant, each.get(name, how)).items():
                given[name, answer] = value
        text = fill_sheet(text, given)
        # The first table loses its closing quotes.
        return text.replace("\n'''\n", "\n", 1) if how == "broken" else text

    return answer


def _values(variant: Variant, how: Given) -> Mapping[str, Any]:
    """The answers to one question, as a student would write them."""
    if not isinstance(how, str):
        return how
    if how == "blank":
        return {}
    answers = dict(variant.asked())
    if how not in ("right", "broken"):
        answers.update(variant.mistakes().get(how, {}))
    found = {name: written(variant, name, value) for name, value in answers.items()}
    for asked in variant.exercise.entry.answer:
        if isinstance(variant.exercise.kind(asked.name), Essay):
            found[asked.name] = "Because most pages are never written."
    return found
