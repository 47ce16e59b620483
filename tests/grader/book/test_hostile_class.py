"""A class in which many try something: it costs nobody else a grade, and nothing gets out of the reports."""

from __future__ import annotations

import csv
import io
import json
import os
import runpy
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oslab.quantities import printable
from oslab_grader.book import book as gradebook

Make = Callable[..., Any]
Run = Callable[..., Any]
CORPUS: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[2] / "hostile" / "answers.py"))
ANSWERS: dict[str, Callable[[str], str]] = CORPUS["ANSWERS"]
NAMES: tuple[str, ...] = CORPUS["NAMES"]
HONEST = 2


@pytest.fixture
def attacked(
    course: Make, answered: Make, engine: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Two honest students, then one for each attack; the uploads are in uploads/, beside the course."""
    room = course(HONEST + len(ANSWERS))
    monkeypatch.chdir(room.folder)
    monkeypatch.setattr(gradebook, "_engine", engine)
    attacks: list[Callable[[str], str]] = [str] * HONEST + list(ANSWERS.values())
    for i, (person, attack) in enumerate(zip(room.roster.people, attacks, strict=True)):
        right = answered(room, person.id)
        text = attack(right)
        assert (text == right) == (i < HONEST), f"attack {i} changes nothing"
        odd = os.name == "posix" and i >= HONEST
        name = NAMES[i % len(NAMES)].replace("/", "-").lstrip(".") if odd else "hw1.toml"
        file = tmp_path / "uploads" / person.id / name
        file.parent.mkdir(parents=True)
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
    return room


def test_attacks_cost_nobody_else_anything_and_earn_nothing(oslab: Run, attacked: Any) -> None:
    found = oslab("grade", "hw1", "../uploads", "--json")
    assert (found.code, found.err) == (1, "")
    students = json.loads(found.out)["assignments"][0]["students"]
    assert [s["status"] for s in students[:HONEST]] == ["waits"] * HONEST
    assert [s["so_far"] for s in students[:HONEST]] == [14] * HONEST
    for name, student in zip(ANSWERS, students[HONEST:], strict=True):
        left_out = ("missing",) if name == "claims another assignment" else ()
        assert student["status"] in ("waits", "withheld", *left_out), name
        assert 0 <= student["so_far"] <= 14, name
        assert student["owner"] == student["student"], name


def test_nothing_gets_out_of_any_report(oslab: Run, attacked: Any) -> None:
    oslab("grade", "hw1", "../uploads")
    for language in ("en", "zh"):
        screen = oslab("--lang", language, "grade", "hw1", "--names").out
        assert all(printable(line) == line for line in screen.splitlines())
    for one in attacked.ids[HONEST:]:
        shown = oslab("gradebook", "show", "hw1", one).out
        assert all(printable(line) == line for line in shown.splitlines()), one
    document = oslab("grade", "hw1", "--json").out
    assert document.isascii()
    assert "\x1b" not in document
    table = oslab("grade", "hw1", "--csv").out
    rows = list(csv.reader(io.StringIO(table)))
    assert len({len(row) for row in rows}) == 1
    assert not any(cell[:1] and cell[0] in "=+-@\t\r" for row in rows for cell in row)
    assert all(printable(line) == line for line in table.splitlines())


@pytest.mark.parametrize("lms", ["canvas", "moodle"])
def test_no_file_name_hands_in_for_another(
    oslab: Run, course: Make, answered: Make, engine: Make, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, lms: str,
) -> None:  # fmt: skip
    room = course(HONEST + len(NAMES))
    monkeypatch.chdir(room.folder)
    monkeypatch.setattr(gradebook, "_engine", engine)
    victims, attackers = room.roster.people[:HONEST], room.roster.people[HONEST:]
    blank = answered(room, victims[0].id, "blank").encode()
    own = [("hw1.toml", answered(room, victim.id).encode()) for victim in victims]
    with zipfile.ZipFile(tmp_path / "up.zip", "w") as archive:
        for i, (person, (name, data)) in enumerate(
            zip((*victims, *attackers), [*own, *((name, blank) for name in NAMES)], strict=True)
        ):
            plain = "".join(c for c in person.name.lower() if c.isalnum())
            before = (
                f"{plain}_{person.canvas}_{5000 + i}_" if lms == "canvas"
                else f"{person.name}_{700 + i}_assignsubmission_file_/"
            )  # fmt: skip
            entry = zipfile.ZipInfo(before + name)
            archive.writestr(entry, data)
    found = oslab("grade", "hw1", "../up.zip", "--json")
    assert "Traceback" not in found.err
    students = {s["student"]: s for s in json.loads(found.out)["assignments"][0]["students"]}
    for victim in victims:
        assert (students[victim.id]["status"], students[victim.id]["so_far"]) == ("waits", 14)
        notes = list(room.course.attempts("hw1").glob(f"{victim.id}.*.json"))
        assert len(notes) == 1
