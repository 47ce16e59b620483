"""``oslab course forget`` and ``close``: what goes, what stays, and being interrupted."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oslab.errors import InputError
from oslab.exercise.reading import read_sheet
from oslab_grader.book.decisions import decide, read_decisions
from oslab_grader.course import anonymous, closing, forgetting
from oslab_grader.course.home import course_here, read_course, roster_of
from oslab_grader.handout.record import Record
from oslab_grader.intake.attempts import Attempt, attempts_of, bytes_of, digest_of, keep
from oslab_grader.marking.mark import mark_task
from oslab_grader.marking.result import Task

Run = Callable[..., Any]
HOW = {"s1000": "right", "s1001": "lru-for-fifo", "s1002": "broken", "s1003": "blank"}


@pytest.fixture
def term(course: Callable[..., Any], answered: Run, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A course in which four students handed in, and people decided."""
    room = course(4)
    attempts = room.course.attempts("hw1")
    sheets = {}
    for student, how in HOW.items():
        data = f"# I am {student}, Number\n{answered(room, student, how)}".encode()
        sheets[student] = digest_of(data)
        keep(
            attempts,
            data,
            Attempt(student, sheets[student], file=f"number_{student}.toml", order=77),
        )
    report = b"PK\x03\x04 Chen Ming"
    keep(attempts, report, Attempt("s1003", digest_of(report), file="report.docx", order=78))
    made = [
        ("essay", "s1000", "q3", "ab", sheets["s1000"], ""),
        ("comment", "s1000", "", "Well done, Ming", "", ""),
        ("points", "s1001", "q1", "7", "", "Ming told me"),
        ("sheet", "s1002", "", "s1001", "", ""),
        ("settle", "s1002", "", "yes", sheets["s1002"], ""),
        ("amend", "", "q1", "void", "", "unclear"),
    ]
    keys = ("kind", "student", "question", "value", "attempt", "why")
    decide(
        room.course.decisions,
        "ana",
        [{"assignment": "hw1", **dict(zip(keys, row, strict=True))} for row in made],
    )
    amendment = read_decisions(room.course.decisions).all[-1].id
    decide(
        room.course.decisions,
        "ben",
        [{"assignment": "hw1", "kind": "apply", "value": "replace", "attempt": amendment},
         {"assignment": "hw1", "kind": "points", "student": "s1000", "question": "q1", "value": "1"}],
    )  # fmt: skip
    (room.folder / "out").mkdir()
    (room.folder / "out" / "canvas-hw1.csv").write_text("s1000\n")
    (room.folder / "gradebook.db").write_text("s1000\n")
    for student in room.ids:
        sheet = room.course.handout("hw1") / "sheets" / student
        sheet.mkdir(parents=True)
        (sheet / "hw1.toml").write_text(student)
    (room.course.handout("hw1") / "hw1.html").write_text("all of them")
    monkeypatch.chdir(room.folder)
    return room


def contents(folder: Path) -> dict[str, bytes]:
    files = (f for f in sorted(folder.rglob("*")) if f.is_file())
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in files}


def test_forgetting_leaves_no_byte_of_a_person(oslab: Run, term: Any) -> None:
    others = {
        k: v for k, v in contents(term.folder).items() if "s1001" in k or k.endswith(".sheet")
    }
    found = oslab("course", "forget", "S1000", "--yes")
    assert found.code == 0
    for said in (
        "roster.csv   1 row",
        "handout/hw1   the share: numbers drawn, and key",
        "attempts/hw1   uploads: 1",
        "decisions/ana.csv   lines: 2",
        "decisions/ben.csv   lines: 1",
        "removed s1000",
        "backups",
    ):
        assert said in found.out
    left = contents(term.folder)
    for name, data in left.items():
        assert "s1000" not in name
        assert b"s1000" not in data, name
    assert not [name for name in left if name.startswith(("out/", "gradebook.db"))]
    assert len(others) - len(left.keys() & others.keys()) == 1  # their sheet
    record = Record(term.record.file)
    assert list(record.owners()) == ["s1001", "s1002", "s1003"]
    assert [d.student for d in read_decisions(term.course.decisions).all] == [
        "s1001",
        "s1002",
        "s1002",
        "",
        "",
    ]


def test_what_a_killed_command_left_goes_too(oslab: Run, term: Any) -> None:
    left = [
        term.folder / ".roster.csv-abcd1234",
        term.folder / "handout/hw1/.record.jsonl-12345678",
        term.folder / "attempts/hw1/.s1000.0123456789abcdef.json-a_345678",
        term.folder / f"attempts/hw1/.{'0' * 64}.sheet-12345678",
    ]
    for file in left:
        file.write_text("s1000,Number")
    assert oslab("course", "forget", "s1000", "--yes").code == 0
    assert not any(file.exists() for file in left)


def test_others_lose_nothing(oslab: Run, term: Any) -> None:
    before = term.record.line("s1001")
    oslab("course", "forget", "s1000", "--yes")
    assert Record(term.record.file).line("s1001") == before
    attempts = attempts_of(term.course.attempts("hw1"))
    assert list(attempts) == ["s1001", "s1002", "s1003"]
    for each in attempts.values():
        for attempt in each:
            bytes_of(term.course.attempts("hw1"), attempt.sheet)


def test_an_upload_that_two_handed_in_stays_for_the_other(oslab: Run, term: Any) -> None:
    folder = term.course.attempts("hw1")
    sheet = attempts_of(folder)["s1000"][0].sheet
    keep(folder, bytes_of(folder, sheet), Attempt("s1001", sheet, file="copied.toml"))
    found = oslab("course", "forget", "s1000", "--yes")
    assert "an upload that another student handed in too stays" in found.out
    assert bytes_of(folder, sheet)


def test_grading_with_a_forgotten_variant_is_open_again_and_said(oslab: Run, term: Any) -> None:
    found = oslab("course", "forget", "s1001", "--yes")
    assert "now open again: s1002" in found.out
    assert not [d for d in read_decisions(term.course.decisions).all if d.kind == "sheet"]


def test_a_team_keeps_what_others_need(
    oslab: Run, course: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = course(4, team=True)
    monkeypatch.chdir(room.folder)
    found = oslab("course", "forget", "s1000", "--yes")
    assert "team t01's share stays" in found.out
    assert list(room.record.owners()) == ["t01", "t02"]
    oslab("course", "forget", "s1001", "--yes")
    assert list(room.record.owners()) == ["t02"]


@pytest.mark.parametrize("answer", ["", "n\n", "\n", "maybe\n"])
def test_forgetting_asks_and_anything_but_yes_is_no(
    oslab: Run, term: Any, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    before = contents(term.folder)
    found = oslab("course", "forget", "s1000")
    assert (found.code, contents(term.folder)) == (1, before)
    assert "nothing removed" in found.out
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert "removed s1000" in oslab("course", "forget", "s1000").out
    assert oslab("course", "forget", "s9999", "--yes").code == 2
    assert oslab("course", "forget", "../../x", "--yes").code == 2


def test_what_people_wrote_elsewhere_is_pointed_out(oslab: Run, term: Any) -> None:
    decide(
        term.course.decisions,
        "ana",
        [{"assignment": "hw1", "kind": "points", "student": "s1003", "question": "q1", "value": "1",
          "why": "copied from s1000"}],
    )  # fmt: skip
    found = oslab("course", "forget", "s1000", "--yes")
    assert "decisions/ana.csv still has s1000" in found.out


def test_interrupted_forgetting_is_finished_by_asking_again(
    oslab: Run, term: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = forgetting._delete
    for stop in range(6):
        left = [stop]

        def fail(file: Path, left: list[int] = left) -> None:
            if not left[0]:
                raise OSError(28, "No space left on device", str(file))
            left[0] -= 1
            real(file)

        monkeypatch.setattr(forgetting, "_delete", fail)
        if oslab("course", "forget", "s1000", "--yes").code == 0:
            break
    monkeypatch.setattr(forgetting, "_delete", real)
    oslab("course", "forget", "s1000", "--yes")
    assert all(b"s1000" not in data for data in contents(term.folder).values())
    assert oslab("course", "forget", "s1000", "--yes").code == 2


def marks(folder: Path) -> list[Any]:
    """What every upload earns, in no order of people."""
    record = Record(folder / "handout" / "hw1" / "record.jsonl")
    uploads = folder / "attempts" / "hw1"
    found = []
    for student, attempts in attempts_of(uploads).items():
        for attempt in attempts:
            task = Task(
                head=str(record.file),
                share=record.line(student).decode(),
                sheet=str(uploads / f"{attempt.sheet}.sheet"),
                digest=attempt.sheet,
                alternatives={},
                file=attempt.file,
            )
            result = mark_task(task)
            found.append(
                [
                    (q["name"], q["earned"], q["waits"], q["fault"], len(q["unreadable"]), q["mistakes"],
                     [(a["name"], a["outcome"]) for a in q["answers"]])
                    for q in result["questions"]
                ]
            )  # fmt: skip
    return sorted(found, key=str)


def test_closing_keeps_every_mark_and_no_person(oslab: Run, term: Any) -> None:
    before = marks(term.folder)
    assert len(before) == 5
    found = oslab("course", "close", "--yes")
    assert found.code == 0
    assert "closed os101-2026   students 4   assignments 1   uploads 5" in found.out
    assert marks(term.folder) == before
    for name, data in contents(term.folder).items():
        for trace in ("s100", "Ming", "Number", "number_", "uni.example", "8800", "because most"):
            assert trace not in name
            assert trace.encode() not in data, name
    assert sorted(f.name for f in term.folder.iterdir()) == [
        "attempts", "course.toml", "decisions", "exercises", "handout", "out", "roster.csv"
    ]  # fmt: skip
    assert [f.name for f in (term.folder / "handout" / "hw1").iterdir()] == ["record.jsonl"]


def test_a_closed_course_is_still_one(oslab: Run, term: Any) -> None:
    old = {(d.kind, d.value) for d in read_decisions(term.course.decisions).all}
    oslab("course", "close", "--yes")
    course = course_here()
    roster = roster_of(course)
    assert len(roster.people) == 4
    assert not any(p.name or p.email or p.section or p.canvas for p in roster.people)
    decisions = read_decisions(course.decisions)
    assert {d.kind for d in decisions.all} == {kind for kind, _ in old} - {"comment"}
    by_kind = {d.kind: d for d in decisions.all}
    record = Record(course.handout("hw1") / "record.jsonl")
    assert by_kind["apply"].attempt == by_kind["amend"].id
    assert by_kind["sheet"].value in record
    uploads = attempts_of(course.attempts("hw1"))
    for kind in ("essay", "settle"):
        assert by_kind[kind].attempt in {a.sheet for a in uploads[by_kind[kind].student]}
    assert not any(d.why for d in decisions.all)
    assert set(record.owners()) == {p.id for p in roster.people} == set(uploads)
    assert set(record.head.key) == {"0"}
    assert oslab("course", "check").code == 0
    for again in (["handout", "hw1"], ["handout", "hw1", "--sheets"]):
        assert "the course has been closed" in oslab("course", *again).err
    assert "is closed already" in oslab("course", "close", "--yes").err
    assert not (course.handout("hw1") / "sheets").exists()


def test_sheets_of_a_closed_course_claim_their_new_names(oslab: Run, term: Any) -> None:
    oslab("course", "close", "--yes")
    folder = course_here().attempts("hw1")
    for student, attempts in attempts_of(folder).items():
        for data in filter(None, (bytes_of(folder, a.sheet) for a in attempts)):
            sheet = read_sheet(data)
            assert sheet.header["student"] == student
            assert not any(q.reference.code for q in sheet.questions)


def test_closing_asks_and_says_what_it_cannot_do(
    oslab: Run, term: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
    before = contents(term.folder)
    found = oslab("course", "close")
    assert (found.code, contents(term.folder)) == (1, before)
    assert "Not anonymous to everyone" in found.out


def test_a_closing_that_cannot_be_made_changes_nothing(
    term: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(term.folder)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(anonymous, "keep", full)
    with pytest.raises(InputError, match="nothing changed"):
        closing.close(term.course, roster_of(term.course))
    assert contents(term.folder) == before


@pytest.mark.parametrize("stop", range(7))
def test_a_closing_interrupted_anywhere_is_finished(
    oslab: Run, term: Any, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    before = marks(term.folder)
    left = [stop]
    for module, name in ((os, "replace"), (shutil, "rmtree")):
        real = getattr(module, name)

        def dying(target: Any, *more: Any, real: Any = real, **options: Any) -> Any:
            if (term.folder / closing.STAGED).is_dir():
                if not left[0]:
                    raise KeyboardInterrupt  # as good as a power cut: nothing handles it
                left[0] -= 1
            return real(target, *more, **options)

        monkeypatch.setattr(module, name, dying)
    with pytest.raises(KeyboardInterrupt):
        closing.close(term.course, roster_of(term.course))
    left[0] = 10**9
    assert (term.folder / closing.STAGED).is_dir()
    refused = oslab("course", "roster", "x.csv")
    assert refused.code == 2
    assert "go on: oslab course close" in refused.err
    assert oslab("course", "close").code == 0
    assert marks(term.folder) == before
    assert len(roster_of(read_course(term.folder / "course.toml")).people) == 4
    assert not (term.folder / closing.STAGED).exists()
