"""Autograders as their platforms run them: a folder laid out as there, real sheets, hostile ones too."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from oslab.errors import InputError
from oslab.homework.classfile import read_class_file
from oslab_grader.autograder import autolab, github
from oslab_grader.autograder.__main__ import main
from oslab_grader.autograder.bundle import Settings, bundle, read_settings, token
from oslab_grader.autograder.judge import judge
from oslab_grader.autograder.pack import pack
from oslab_grader.autograder.upload import upload_in
from oslab_grader.course.roster import Roster
from oslab_grader.handout.sheets import write_class_file

ROOM = Callable[..., Any]
SECRET = "00" * 32


@pytest.fixture
def room(course: ROOM) -> Any:
    return course(4)


def unpacked(room: Any, root: Path, by: str = "email") -> Path:
    """The assignment of a bundle, where the platform has it."""
    folder = root / "source" / "assignment"
    folder.mkdir(parents=True)
    made = bundle(room.course, room.hw1, room.roster, by, "en")  # type: ignore[arg-type]
    for name, data in made.items():
        (folder / name).write_bytes(data)
    return folder


def on_gradescope(
    room: Any, root: Path, files: Mapping[str, str | bytes], *emails: str
) -> dict[str, Any]:
    """results.json for an upload of these files by these addresses."""
    if not (root / "source").exists():
        unpacked(room, root)
    for name, data in files.items():
        file = root / "submission" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
    users = [{"email": email, "id": 1, "name": "Somebody"} for email in emails]
    (root / "submission_metadata.json").write_text(json.dumps({"users": users}))
    assert main(["gradescope", str(root)]) == 0
    text = (root / "results" / "results.json").read_text()
    found: dict[str, Any] = json.loads(text, parse_constant=lambda c: pytest.fail(c))
    return found


def test_a_bundle_holds_no_name_no_address_and_no_number(room: Any, tmp_path: Path) -> None:
    folder = unpacked(room, tmp_path / "a")
    content = b"".join(file.read_bytes() for file in sorted(folder.iterdir()))
    for person in room.roster.people:
        for text in (person.id, person.email, person.name, person.canvas):
            assert text.encode() not in content


def test_addresses_are_compared_without_case_and_width() -> None:
    assert token(SECRET, " Ana@Uni.Example") == token(SECRET, "ａna@uni.example")
    assert token(SECRET, "ana@uni.example") != token("11" * 32, "ana@uni.example")


def test_gradescope_gives_a_test_for_each_question(
    room: Any, answered: Callable[..., str], tmp_path: Path
) -> None:
    sheet = answered(room, "s1001", q2="blank")
    found = on_gradescope(room, tmp_path / "g", {"hw1.toml": sheet}, "S1001@uni.example")
    assert found["score"] == 8
    assert [(t["number"], t["score"], t["max_score"]) for t in found["tests"]] == [
        ("1", 8, 8), ("2", 0, 6), ("3", 0, 4),
    ]  # fmt: skip
    assert [t["status"] for t in found["tests"]] == ["passed", "failed", "failed"]
    assert found["output_format"] == found["tests"][0]["output_format"] == "text"
    assert {t["visibility"] for t in found["tests"]} == {"visible"}
    assert "read by a person" in found["tests"][2]["output"]


@pytest.mark.parametrize(
    ("files", "email", "said"),
    [
        ({}, "s1001@uni.example", "no sheet"),
        ({"report.docx": b"PK\x03\x04word/"}, "s1001@uni.example", "report.docx is"),
        ({"a.pdf": b"%PDF-1.7", "b.txt": b"b"}, "s1001@uni.example", "no sheet"),
        ({"hw1.toml": b"\xff\xfe[\0s"}, "s1001@uni.example", "cut off in a character"),
        ({"hw1.toml": b"#" * 2**20}, "s1001@uni.example", "Fix it and upload again."),
        ({"hw1.toml": "SHEET", "copy/hw1.toml": "SHEET2"}, "s1001@uni.example", "several"),
        ({"hw1.oslab.toml": "CLASS"}, "s1001@uni.example", "is the class file, for everybody"),
        ({"hw1.toml": "SHEET"}, "stranger@uni.example", "not on this grader's list"),
        ({"hw1.toml": "SHEET"}, "s1002@uni.example", "made for another student number"),
        ({"hw1.toml": "OTHER"}, "s1001@uni.example", "a sheet of os101-2026/hw9"),
    ],
)
def test_gradescope_says_why_there_are_no_marks(
    room: Any,
    answered: Callable[..., str],
    tmp_path: Path,
    files: Mapping[str, str | bytes],
    email: str,
    said: str,
) -> None:
    sheet = answered(room, "s1001")
    file, _ = write_class_file(room.course, room.hw1, room.record)
    texts = {
        "SHEET": sheet,
        "SHEET2": sheet + "\n",
        "OTHER": sheet.replace("2026/hw1", "2026/hw9"),
        "CLASS": file.read_text("utf-8"),
    }
    given = {n: texts.get(d, d) if isinstance(d, str) else d for n, d in files.items()}
    found = on_gradescope(room, tmp_path / "g", given, email)
    assert said in found["output"]
    assert found["score"] == 0
    assert found["tests"] == []


def test_an_unreadable_question_earns_nothing_and_says_where(
    room: Any, answered: Callable[..., str], tmp_path: Path
) -> None:
    sheet = answered(room, "s1001", "broken")
    found = on_gradescope(room, tmp_path / "g", {"hw1.toml": sheet}, "s1001@uni.example")
    first = found["tests"][0]
    assert first["score"] == 0
    assert "Fix it and upload again." in first["output"]
    assert "no closing '''" in " ".join(first["output"].split())


def test_an_exam_hides_marks_until_they_are_published(
    course: ROOM, answered: Callable[..., str], tmp_path: Path
) -> None:
    room = course(2, feedback="format")
    sheet = answered(room, "s1000")
    found = on_gradescope(room, tmp_path / "g", {"hw1.toml": sheet}, "s1000@uni.example")
    assert {t["visibility"] for t in found["tests"]} == {"after_published"}
    assert "right" not in found["output"].replace("Right and wrong", "")


def test_results_say_that_the_grader_stopped_when_it_does(room: Any, tmp_path: Path) -> None:
    root = tmp_path / "g"
    unpacked(room, root)
    assert main(["gradescope", str(root)]) != 0  # no metadata: the platform changed, say
    results = json.loads((root / "results" / "results.json").read_text())
    assert "The grader stopped" in results["output"]
    assert results["score"] == 0


def test_any_member_of_a_group_will_do(
    course: ROOM, answered: Callable[..., str], tmp_path: Path
) -> None:
    room = course(4, team=True)
    sheet = answered(room, "s1001")
    emails = ("stranger@uni.example", "s1000@uni.example", "s1001@uni.example")
    found = on_gradescope(room, tmp_path / "g", {"hw1.toml": sheet}, *emails)
    assert found["score"] == 14


def test_a_team_mates_sheet_is_the_teams(
    course: ROOM, answered: Callable[..., str], tmp_path: Path
) -> None:
    room = course(4, team=True)
    sheet = answered(room, "s1000")
    assert on_gradescope(room, tmp_path / "g", {"hw1.toml": sheet}, "s1001@uni.example")["score"]
    other = on_gradescope(room, tmp_path / "h", {"hw1.toml": sheet}, "s1002@uni.example")
    assert "another student number" in other["output"]


def test_a_group_may_hand_in_the_sheet_of_any_of_them(
    room: Any, answered: Callable[..., str], tmp_path: Path
) -> None:
    sheet = answered(room, "s1002")
    both = ("s1001@uni.example", "s1002@uni.example")
    assert on_gradescope(room, tmp_path / "g", {"hw1.toml": sheet}, *both)["score"] == 14


def test_the_sheet_is_found_among_other_files(
    room: Any, answered: Callable[..., str], tmp_path: Path
) -> None:
    sheet = answered(room, "s1001")
    submission = tmp_path / "submission"
    files: dict[str, str | bytes] = {
        "homework/hw1.toml.txt": sheet,
        "copy/hw1.toml": sheet,
        "hw0.toml": sheet.replace("2026/hw1", "2026/hw0"),
        "__MACOSX/hw1.toml": sheet + "\n",
        "._hw1.toml": b"\x00\x05\x16\x07",
        "film.mp4": bytes(2**22),
    }
    submission.joinpath(*"d" * 200).mkdir(parents=True)
    (submission / "again").symlink_to(submission)
    found = on_gradescope(room, tmp_path, files, "s1001@uni.example")
    assert found["score"] == 14


def test_links_out_of_the_upload_are_not_followed(
    room: Any, answered: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "elsewhere.toml").write_text(answered(room, "s1001"))
    (tmp_path / "g" / "submission").mkdir(parents=True)
    (tmp_path / "g" / "submission" / "hw1.toml").symlink_to(tmp_path / "elsewhere.toml")
    found = on_gradescope(room, tmp_path / "g", {}, "s1001@uni.example")
    assert found["score"] == 0
    assert "no sheet" in found["output"]


@pytest.mark.parametrize("feedback", ["full", "marks", "format"])
def test_as_much_is_said_as_the_assignment_allows(
    course: ROOM, answered: Callable[..., str], tmp_path: Path, feedback: str
) -> None:
    room = course(2, feedback=feedback)
    sheet = answered(room, "s1000", q1="lru-for-fifo")
    found = on_gradescope(room, tmp_path / "g", {"hw1.toml": sheet}, "s1000@uni.example")
    first, second, _ = (test["output"] for test in found["tests"])
    assert ("follow LRU" in " ".join(first.split())) == (feedback == "full")
    assert ("first wrong row" in first) == (feedback == "full")
    assert ("partial" in first) == ("right" in second) == (feedback != "format")
    assert ("filled, readable" in second) == (feedback == "format")


def test_autolab_ends_with_feedback_and_scores_and_nothing_between(
    room: Any, answered: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = unpacked(room, tmp_path, by="id")
    (tmp_path / "assignment").symlink_to(folder)
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission" / "hw1.toml").write_text(answered(room, "s1001", q2="blank"))
    assert main(["autolab", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.rstrip().split("\n")
    assert json.loads(lines[-1]) == {"scores": {"q1": 8.0, "q2": 0.0, "q3": 0.0}}
    formatted = json.loads(lines[-2])
    assert formatted["_presentation"] == "semantic"
    for stage in formatted["stages"]:
        assert set(formatted[stage]["all"]) == {"passed", "hint"}
    assert not any(line.startswith("{") for line in lines[:-2])


def test_autolab_scores_every_problem_of_what_it_cannot_mark(room: Any, tmp_path: Path) -> None:
    folder = unpacked(room, tmp_path, by="id")
    (tmp_path / "submission").mkdir()
    upload = upload_in(tmp_path / "submission", "os101-2026/hw1")
    verdict = judge(folder, upload, read_settings(folder), ())
    said, last = autolab.output(verdict).rstrip().split("\n")
    assert "no sheet" in said
    assert json.loads(last) == {"scores": {"q1": 0.0, "q2": 0.0, "q3": 0.0}}


@pytest.fixture
def repository(room: Any, tmp_path: Path) -> Path:
    """A student's repository with what the template has."""
    root = tmp_path / "repository"
    (root / ".github" / "oslab").mkdir(parents=True)
    file, _ = write_class_file(room.course, room.hw1, room.record)
    (root / ".github" / "oslab" / file.name).write_bytes(file.read_bytes())
    return root


def test_github_makes_the_key_from_the_class_file(
    room: Any,
    answered: Callable[..., str],
    repository: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (repository / "hw1.toml").write_text(answered(room, "s1002", q1="blank"))
    page, outputs = repository / "page.md", repository / "outputs"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    monkeypatch.setenv("GITHUB_OUTPUT", str(outputs))
    assert main(["github", str(repository)]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert "::notice title=Autograding complete::Points 6/18" in lines
    report = '{"totalPoints": 6.0, "maxPoints": 18.0}'
    assert f"::notice title=Autograding report::{report}" in lines
    assert outputs.read_text() == "points=6\nmax=18\n"
    assert "| q2 | 6 / 6 |" in page.read_text()


def test_nothing_a_student_wrote_becomes_a_workflow_command(
    room: Any, answered: Callable[..., str], repository: Path
) -> None:
    evil = "::set-output name=points::100\n::error::x %0A::stop-commands::t"
    text = answered(room, "s1002").replace('faults = "', f'faults = """{evil}"""\n#"', 1)
    (repository / "hw1.toml").write_text(text)
    (file,) = (repository / ".github" / "oslab").iterdir()
    verdict = github.graded(read_class_file(file), repository)
    for line in github.notices(verdict).rstrip("\n").split("\n"):
        assert line.startswith(("::notice title=", "::warning title="))
        assert line.count("::") == 2 or "set-output" in line
    assert "%0A" not in github.notices(verdict).replace("%250A", "")


@pytest.mark.parametrize(
    "text", ["a\r\n::error::b", "50 %", "x,y:z", "\x1b[2J\u202e", "::", "%0A::error::b"]
)
def test_workflow_commands_are_escaped(text: str) -> None:
    line = github.command("warning", text, text)
    kind, title, rest = line.split("::", 2)[1].partition(" ")[0], line, line.split("::", 2)[2]
    assert kind == "warning"
    assert "\n" not in title
    assert "\r" not in title
    assert "\x1b" not in line
    properties = line.split("::", 2)[1].removeprefix("warning title=")
    assert ":" not in properties
    assert "," not in properties
    assert rest.replace("%25", "").count("%") == 0


def test_markdown_of_the_summary_page_is_text() -> None:
    cell = github.markdown("<img src=x onerror=1> | [a](b) `c` @everyone\n| x |")
    assert "<img" not in cell
    assert "\n" not in cell
    assert cell.count("|") == cell.count("\\|") == 3
    assert "\\@everyone" in cell


def test_an_exam_cannot_be_graded_in_a_students_repository(course: ROOM, tmp_path: Path) -> None:
    room = course(2, feedback="format")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "oslab-0.1.0-py3-none-any.whl").write_bytes(b"")
    with pytest.raises(InputError, match="has no class file"):
        pack(room.course, room.hw1, room.roster, "github", "en", wheels)


def test_who_has_no_address_cannot_be_known(course: ROOM) -> None:
    room = course(1)
    nobody = type(room.roster)(())
    with pytest.raises(InputError, match=r"has an email in roster\.csv"):
        bundle(room.course, room.hw1, nobody, "email", "en")


@pytest.mark.parametrize("platform", ["gradescope", "autolab", "github"])
def test_a_pack_is_tried_and_has_what_the_platform_looks_for(
    room: Any, tmp_path: Path, platform: Any
) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "oslab-0.1.0-py3-none-any.whl").write_bytes(b"stands for the wheel")
    write_class_file(room.course, room.hw1, room.record)
    packed = pack(room.course, room.hw1, room.roster, platform, "en", wheels)
    assert packed.tried == ("0", "14 + essay", "0")
    assert packed.points == 18
    assert packed.names == ("q1", "q2", "q3")
    assert packed.unlisted == ()
    again = pack(room.course, room.hw1, room.roster, platform, "en", wheels)
    assert again.data == packed.data
    with zipfile.ZipFile(BytesIO(packed.data)) as archive:
        names = set(archive.namelist())
        wanted = {
            "gradescope": {"setup.sh", "run_autograder", "assignment/record.jsonl"},
            "autolab": {"autograde-Makefile", "autograde.tar"},
            "github": {".github/workflows/oslab.yml", ".github/oslab/hw1.oslab.toml"},
        }[platform]
        assert wanted <= names
        if platform == "gradescope":
            assert archive.getinfo("run_autograder").external_attr >> 16 & 0o111
            assert {"wheels/oslab-0.1.0-py3-none-any.whl"} <= names
            assert any(name.startswith("wheels/typer-") for name in names)


def test_who_cannot_be_known_there_is_named(room: Any, tmp_path: Path) -> None:
    (tmp_path / "oslab-0.1.0-py3-none-any.whl").write_bytes(b"stands for the wheel")
    first, *others = room.roster.people
    roster = Roster((replace(first, email=""), *others))
    packed = pack(room.course, room.hw1, roster, "gradescope", "en", tmp_path)
    assert packed.unlisted == (first.id,)


def test_settings_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"assignment": 1}')
    with pytest.raises(InputError, match=r"settings\.json"):
        read_settings(tmp_path)
    assert Settings("a", "b", SECRET, "id", "full", "en").numbers == {}
