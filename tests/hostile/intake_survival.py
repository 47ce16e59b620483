"""What must hold whatever is handed in; for the tests and the fuzzer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from oslab.errors import InputError
from oslab.quantities import printable
from oslab_grader.course.model import Assignment, Course
from oslab_grader.course.roster import Person, Roster
from oslab_grader.intake.attempts import attempts_of, bytes_of
from oslab_grader.intake.intake import Intake, take_in

ZURICH = ZoneInfo("Europe/Zurich")
HW1 = Assignment("hw1", "Homework 1", datetime(2026, 3, 2, 23, 59, tzinfo=ZURICH), ())
ROSTER = Roster(
    (
        Person("s1042", "Chen, Ming", "ming.chen@uni.example", "A", "88123", "t07"),
        Person("s1024", "Ana Oliveira", "ana@uni.example", "A", "88124", "t07"),
        Person("s1017", "李 娜", "na.li@uni.example", "B", "88125", "t08"),
        Person("s1203", "Sam de_Vries 2nd", "sam@uni.example", "B", "7", "t08"),
    )
)


def course_in(folder: Path, lms: str = "none") -> Course:
    return Course(folder, "os101-2026", "OS", ZURICH, lms, "s[0-9]{4}", (HW1,))  # type: ignore[arg-type]


def kept(course: Course, assignment: str = "hw1") -> Mapping[str, Sequence[bytes]]:
    """What has been kept, by student."""
    folder = course.attempts(assignment)
    return {
        student: [bytes_of(folder, attempt.sheet) for attempt in theirs]
        for student, theirs in attempts_of(folder).items()
    }


def survive(data: bytes, folder: Path, name: str = "up.zip", lms: str = "none") -> Intake | None:
    """Hand in any bytes; None where they are refused as a whole."""
    course = replace(course_in(folder / "course", lms), folder=folder / "course")
    course.folder.mkdir()
    uploads = folder / "uploads"
    uploads.mkdir()
    upload = uploads / name
    upload.write_bytes(data)
    before = everything(folder)
    try:
        first = take_in(course, HW1, ROSTER, [upload])
    except InputError as error:
        assert everything(folder) == before
        check_text(str(error))
        return None
    made = {path: data for path, data in everything(folder).items() if path not in before}
    assert all(course.attempts("hw1") in path.parents for path in made)
    assert before.items() <= everything(folder).items()
    again = take_in(course, HW1, ROSTER, [upload])
    assert everything(folder) == {**before, **made}
    assert again == replace(first, added=0)
    assert set(kept(course)) == first.students
    assert first.students <= {person.id for person in ROSTER.people}
    assert first.added == first.received == sum(map(len, kept(course).values()))
    for trouble in first.troubles:
        check_text(trouble.who)
        check_text(trouble.text)
        for _, value in trouble.values:
            check_text(value)
    return first


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def check_text(text: str) -> None:
    """Safe on a terminal, and no essay."""
    assert text.strip()
    assert len(text) < 1000
    assert all(printable(line) == line for line in text.split("\n"))
