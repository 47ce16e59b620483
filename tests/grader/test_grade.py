"""`oslab grade`: a folder of practice sheets, some of them hostile."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oslab.conformance.suite import written
from oslab.exercise.catalogue import exercise
from oslab.exercise.practice import question
from oslab.exercise.variant import draw
from oslab.exercise.writing import fill_sheet, write_sheet

Run = Callable[..., Any]


def sheet(name: str, code: str, mistake: str = "", header: dict[str, str] | None = None) -> str:
    variant = draw(exercise(name), code)
    answers = {**variant.asked(), **(variant.mistakes()[mistake] if mistake else {})}
    text = write_sheet([question(variant)], header or {}, "en")
    return fill_sheet(text, {("q1", n): written(variant, n, v) for n, v in answers.items()})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    hw = tmp_path / "hw"
    (hw / "late").mkdir(parents=True)
    (hw / "ana.toml").write_text(sheet("paging/replace-fifo", "AAAA-AAAA"), "utf-8")
    (hw / "ben.toml").write_text(sheet("paging/replace-fifo", "BBBB-BBBB", "lru-for-fifo"), "utf-8")
    (hw / "late" / "carl.toml").write_bytes(b"PK\x03\x04 not a sheet")
    (hw / "=cmd|' '!A1.toml").write_text(
        sheet("paging/split", "CCCC-CCCC", header={"student": '=HYPERLINK("x")'}), "utf-8"
    )
    (hw / ".hidden").write_text("editor droppings")
    return hw


def test_a_bad_file_is_a_row_in_the_problem_list_and_exit_code_1(oslab: Run, folder: Path) -> None:
    graded = oslab("grade", "hw")
    assert graded.code == 1
    assert "hw/ana.toml" in graded.out
    assert "hw/late/carl.toml" in graded.out.partition("problems")[2]
    assert "4 files, 3 with marks, 1 in the problem list" in graded.out
    assert "lru-for-fifo, 1" in graded.out


def test_a_folder_without_problems_is_exit_code_0_whatever_the_marks(
    oslab: Run, folder: Path
) -> None:
    assert oslab("grade", "hw/ana.toml", "hw/ben.toml").code == 0


def test_json_is_byte_for_byte_the_same_and_has_no_time_in_it(oslab: Run, folder: Path) -> None:
    first = oslab("grade", "hw", "--json").out
    for file in folder.rglob("*.toml"):
        file.touch()
    assert oslab("grade", "hw", "--json").out == first
    rows = {row["file"]: row for row in json.loads(first)["sheets"]}
    assert rows["hw/ana.toml"]["earned"] == 8
    assert rows["hw/ben.toml"]["questions"][0]["mistakes"] == ["lru-for-fifo"]
    assert rows["hw/late/carl.toml"]["problems"]


def test_csv_is_parsed_back_and_runs_no_formula(oslab: Run, folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(oslab("grade", "hw", "--csv").out)))
    assert len(rows) == 4
    for row in rows:
        assert None not in row
        for value in row.values():
            assert not value.startswith(("=", "+", "-", "@", "\t"))
    by_file = {row["file"]: row for row in rows}
    assert by_file["hw/ana.toml"]["earned"] == "8"
    assert by_file["hw/=cmd|' '!A1.toml"]["student"].startswith("'=")


def test_a_claimed_score_is_ignored(oslab: Run, folder: Path) -> None:
    claimed = (folder / "ben.toml").read_text("utf-8") + '\nearned = 8\nscore = "100 %"\n'
    (folder / "ben.toml").write_text(claimed, "utf-8")
    document = json.loads(oslab("grade", "hw/ben.toml", "--json").out)
    assert document["sheets"][0]["earned"] < 8


@pytest.mark.parametrize(
    "bytes_",
    [
        b"", b"\0" * 100, b"[sheet]\nq1 = 3", b"[" * 5000, b"\xff\xfe[\0", b"a." * 20000 + b"a = 1",
        b'[sheet]\nformat = 1\nq1 = "paging/replace-fifo AAAA-AAAA paging.replace/1"\n[q1]\nfaults = 0x'
        + b"f" * 100_000,
        b'[sheet]\nformat = 1\nq1 = "../../etc/passwd AAAA-AAAA paging.replace/1"\n[q1]\nfaults = 3',
        b'[sheet]\nformat = 1\nq1 = "paging/split AAAA-AAAA paging.split/1"\n[q1]\nvpn_bits = "\\u001b[2J\\u202e"',
        b"x" * 1_000_000,
    ],
    ids=["empty", "nul", "no-reference", "brackets", "utf16", "dots", "long-hex", "traversal", "escape", "large"],
)  # fmt: skip
def test_hostile_bytes_cost_only_their_own_row(oslab: Run, folder: Path, bytes_: bytes) -> None:
    (folder / "evil.toml").write_bytes(bytes_)
    graded = oslab("grade", "hw")
    assert graded.code == 1
    assert "hw/evil.toml" in graded.out
    assert "\x1b" not in graded.out
    assert "\u202e" not in graded.out
    assert "hw/ana.toml" in graded.out
    assert "Traceback" not in graded.out + graded.err
    assert json.loads(oslab("grade", "hw", "--json").out)["problems"] >= 1


def test_links_out_of_the_folder_are_not_followed(oslab: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.toml").write_text(sheet("paging/split", "DDDD-DDDD"), "utf-8")
    (folder / "link.toml").symlink_to(tmp_path / "secret.toml")
    (folder / "loop").symlink_to(folder)
    document = json.loads(oslab("grade", "hw", "--json").out)
    row = next(r for r in document["sheets"] if r["file"] == "hw/link.toml")
    assert row["problems"]
    assert "questions" not in row


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "there is no file or folder nowhere"),
        (["hw", "--json", "--csv"], "one of them"),
    ],
)
def test_bad_usage_is_exit_code_2(
    oslab: Run, folder: Path, arguments: list[str], said: str
) -> None:
    found = oslab("grade", *arguments)
    assert found.code == 2
    assert said in found.err


def test_a_plugin_that_stops_costs_only_its_own_question(
    oslab: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oslab_paging.problems.split import Split

    def stop(self: object, p: object, run: object) -> None:
        raise RuntimeError("solver broke")

    monkeypatch.setattr(Split, "solve", stop)
    graded = oslab("grade", "hw")
    assert graded.code == 1
    assert "solver broke" in graded.out
    assert "hw/ana.toml" in graded.out


def test_a_sheet_that_is_cut_off_is_in_the_problem_list(oslab: Run, folder: Path) -> None:
    whole = (folder / "ana.toml").read_text("utf-8")
    (folder / "ana.toml").write_text(whole.partition("\n[q1]\n")[0] + "\n[q1]\n", "utf-8")
    graded = oslab("grade", "hw/ana.toml")
    assert graded.code == 1
    assert "Not in the file, and so blank: steps, faults." in graded.out.partition("problems")[2]
    checked = oslab("exercise", "check", "hw/ana.toml", "--json")
    assert '"missing": ["steps", "faults"]' in " ".join(checked.out.split()).replace(
        "[ ", "["
    ).replace(" ]", "]")


def test_nobody_is_left_out_silently(oslab: Run, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "dan.toml").write_text(sheet("paging/replace-fifo", "AAAA-AAAA"), "utf-8")
    (folder / "dan").symlink_to(elsewhere)
    (folder / "gone.toml").symlink_to("nowhere")
    problems = oslab("grade", "hw").out.partition("problems")[2]
    assert "hw/dan " in problems
    assert "hw/gone.toml" in problems


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_a_row(oslab: Run, folder: Path) -> None:
    (folder / "late").chmod(0)
    problems = oslab("grade", "hw").out.partition("problems")[2]
    (folder / "late").chmod(0o700)
    assert "hw/late " in problems


def test_csv_quotes_signs_of_any_width(oslab: Run, folder: Path) -> None:
    text = sheet("paging/replace-fifo", "AAAA-AAAA", header={"student": "＝1+1\n,@x"})
    (folder / "ana.toml").write_text(text, "utf-8")
    rows = list(csv.DictReader(io.StringIO(oslab("grade", "hw", "--csv").out)))
    assert {row["student"] for row in rows if row["file"] == "hw/ana.toml"} == {"'＝1+1 ,@x"}


def test_the_marks_of_a_folder_do_not_fill_the_memory(folder: Path) -> None:
    import gc

    from oslab.exercise.variant import Variant
    from oslab_grader.practice.folder import collect, grade

    graded = [grade(file) for file in collect([folder])]
    gc.collect()
    kept = [thing for thing in gc.get_objects() if isinstance(thing, Variant)]
    assert len(graded) == 4
    assert kept == []


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX terminal")
def test_a_person_at_a_terminal_sees_how_far_it_is(folder: Path) -> None:
    import pty

    for i in range(25):
        (folder / f"s{i}.toml").write_bytes((folder / "ana.toml").read_bytes())
    ours, theirs = pty.openpty()
    program = "from oslab.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "grade", "hw", "--json"],
        stdout=subprocess.PIPE, stderr=theirs, check=False, env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    os.close(ours)
    assert b"grading" in shown
    assert b"100%" in shown
    assert len(json.loads(done.stdout)["sheets"]) == 29


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's way to say that the other side is closed
        return b""
