"""`oslab exercise`, as a student types it."""

from __future__ import annotations

import json
import stat
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oslab.conformance.suite import written
from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import draw
from oslab.exercise.writing import fill_sheet

CODE = "7QK4-M2XD"
FIFO = "paging/replace-fifo"
Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)


def answer(file: str, mistake: str = "", **changes: str) -> None:
    """Answer a started FIFO sheet: the key, a modelled mistake, or single changes."""
    variant = draw(exercise(FIFO), CODE)
    answers = {**variant.asked(), **(variant.mistakes()[mistake] if mistake else {})}
    cells = {("q1", name): written(variant, name, value) for name, value in answers.items()}
    text = fill_sheet(Path(file).read_text("utf-8"), cells)
    for name, value in changes.items():
        text = "\n".join(
            f"{name} = {value}" if line.startswith(f"{name} =") else line
            for line in text.split("\n")
        )
    Path(file).write_text(text, "utf-8")


def test_without_a_command_it_says_how_far_you_are_and_what_is_next(oslab: Run) -> None:
    found = oslab("exercise")
    assert found.code == 0
    assert "0 of 38 solved" in found.out or " solved" in found.out
    assert "next        paging/split" in found.out
    assert oslab("ex").out == found.out


def test_start_writes_a_sheet_and_never_overwrites(oslab: Run) -> None:
    Path("replace-fifo.toml").write_text("mine")
    assert "wrote replace-fifo-2.toml" in oslab("exercise", "start", FIFO).out
    assert "wrote replace-fifo-3.toml" in oslab("exercise", "start", "replace-fifo").out
    assert Path("replace-fifo.toml").read_text() == "mine"


def test_a_right_sheet_is_right_and_remembered(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    answer("replace-fifo.toml")
    checked = oslab("exercise", "check")
    assert checked.code == 0
    assert "8 of 8" in checked.out
    assert "next: oslab exercise start paging/split" in checked.out
    assert "1 of " in oslab("exercise").out
    assert "solved" in next(line for line in oslab("ex", "list").out.splitlines() if FIFO in line)


def test_a_misunderstanding_is_named_in_both_languages(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    answer("replace-fifo.toml", "lru-for-fifo")
    english, chinese = oslab("exercise", "check"), oslab("exercise", "check", "--lang", "zh")
    assert english.code == chinese.code == 1
    assert "Your victims follow LRU" in english.out
    assert "LRU" in chinese.out
    assert "部分正确" in chinese.out


def test_unreadable_is_not_wrong_and_costs_nothing(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    answer("replace-fifo.toml", faults='"eleven"')
    checked = oslab("exercise", "check")
    assert checked.code == 1
    assert '"eleven" is not a whole number; 11 or 0xb would be. Costs nothing.' in " ".join(
        checked.out.split()
    )


def test_check_takes_a_file_an_exercise_or_the_sheet_saved_last(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    time.sleep(0.02)
    oslab("exercise", "start", "paging/split")
    assert "split.toml" in oslab("exercise", "check").out
    for name in (FIFO, "replace-fifo", "replace-fifo.toml"):
        assert "replace-fifo.toml" in oslab("exercise", "check", name).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check"], "no sheet in this folder; oslab exercise start writes one"),
        (["check", "nosuch.toml"], "there is no file nosuch.toml"),
        (["check", "paging/split"], "no sheet of paging/split in this folder"),
        (["check", "paging/splt"], 'did you mean "paging/split"'),
        (["start", "paging/splt"], 'did you mean "paging/split"'),
        (["start", "paging/split", "--variant", "xx"], "a variant code is 8 letters and digits"),
        (["start", "paging/split", "--in", "nowhere"], "cannot write nowhere"),
        (["list", "tbl"], 'no exercises under "tbl"'),
        (["hint"], "no sheet in this folder"),
        (["show", "nosuch/x"], "no plugin nosuch is installed"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    oslab: Run, arguments: list[str], said: str
) -> None:
    found = oslab("exercise", *arguments)
    assert found.code == 2
    assert said in found.err
    assert "Traceback" not in found.err
    assert found.out == ""


def test_check_json_is_one_document(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    answer("replace-fifo.toml", "lru-for-fifo")
    document = json.loads(oslab("exercise", "check", "--json").out)
    (question,) = document["questions"]
    assert question["mistakes"] == ["lru-for-fifo"]
    assert question["variant"] == CODE
    assert document["points"] == 8
    assert {a["name"]: a["outcome"] for a in question["answers"]}["steps"] == "partial"


def stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_hint_states_its_cost_first_and_takes_it_off(
    oslab: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    stdin(monkeypatch, "\n")
    refused = oslab("exercise", "hint")
    assert "costs 10 %" in refused.out
    assert "Not shown" in refused.out
    stdin(monkeypatch, "y\n")
    assert "hint 1: " in oslab("exercise", "hint").out
    answer("replace-fifo.toml")
    assert "7.2 of 8, 0.8 off for hints" in oslab("exercise", "check").out
    assert "hint 1: " in oslab("exercise", "hint").out


def test_an_explained_variant_does_not_count_as_solved(
    oslab: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    stdin(monkeypatch, "")
    assert "Not shown" in oslab("exercise", "explain").out
    explained = oslab("exercise", "explain", "--yes")
    assert "victim" in explained.out
    assert "faults = " in explained.out
    answer("replace-fifo.toml")
    checked = oslab("exercise", "check")
    assert checked.code == 0
    assert "explained before it was solved" in checked.out
    assert "0 of " in oslab("exercise").out


def test_explaining_what_is_solved_costs_nothing(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    answer("replace-fifo.toml")
    oslab("exercise", "check")
    document = json.loads(oslab("exercise", "explain", "--json").out)
    assert document["run"]["command"] == "paging.replace"
    assert document["key"]["faults"].isdigit()
    assert "1 of " in oslab("exercise").out


def test_reset_forgets_but_keeps_sheets(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    answer("replace-fifo.toml")
    oslab("exercise", "check")
    assert "forgotten" in oslab("exercise", "reset", FIFO, "--yes").out
    assert "0 of " in oslab("exercise").out
    assert Path("replace-fifo.toml").exists()
    assert "nothing is remembered" in oslab("exercise", "reset", FIFO).out


def test_show_prints_a_statement_without_writing_a_file(oslab: Run) -> None:
    shown = oslab("exercise", "show", FIFO, "--variant", CODE)
    assert "FIFO by hand" in shown.out
    assert "variant 7QK4-M2XD" in shown.out
    assert list(Path().iterdir()) == []
    document = json.loads(oslab("exercise", "show", FIFO, "--variant", CODE, "--json").out)
    assert document["params"]["policy"] == "fifo"


def test_list_json_names_every_exercise(oslab: Run) -> None:
    rows = json.loads(oslab("exercise", "list", "--json").out)
    assert FIFO in {row["id"] for row in rows}
    assert {1, 2, 3, 4, 5} <= {row["difficulty"] for row in rows}


def test_another_problem_version_is_reported_not_marked(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    sheet = Path("replace-fifo.toml")
    sheet.write_text(
        sheet.read_text("utf-8").replace("paging.replace/1", "paging.replace/7"), "utf-8"
    )
    checked = oslab("exercise", "check")
    assert checked.code == 1
    assert "Made with paging.replace 7; you have paging.replace 1" in checked.out


def test_edit_opens_the_editor_without_a_shell_and_checks(
    oslab: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    editor = tmp_path / "my editor.py"
    editor.write_text(
        "import sys; open(sys.argv[-1] + '.opened', 'w').write(' '.join(sys.argv[1:]))"
    )
    monkeypatch.setenv("VISUAL", f'"{sys.executable}" "{editor}" "; touch hacked"')
    stdin(monkeypatch, "n\n")
    edited = oslab("exercise", "edit")
    assert edited.code == 0
    assert "FIFO by hand" in edited.out
    assert Path("replace-fifo.toml.opened").read_text() == "; touch hacked replace-fifo.toml"
    assert not Path("hacked").exists()


def test_an_editor_that_is_not_there_is_named(oslab: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    oslab("exercise", "start", FIFO)
    monkeypatch.setenv("EDITOR", "no-such-editor-here")
    found = oslab("exercise", "edit")
    assert found.code == 2
    assert "no-such-editor-here" in found.err


def test_watch_checks_each_save_until_all_is_right(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    sheet = Path("replace-fifo.toml").resolve()
    blank = sheet.read_text("utf-8")

    def student() -> None:
        time.sleep(0.4)
        sheet.write_text("not a sheet any more", "utf-8")
        time.sleep(0.4)
        sheet.unlink()
        time.sleep(0.4)
        sheet.write_text(blank, "utf-8")
        answer(str(sheet))

    typing = threading.Thread(target=student)
    typing.start()
    watched = oslab("exercise", "watch", "--every", "0.05")
    typing.join()
    assert watched.code == 0
    assert "still watching" in watched.out
    assert "is gone" in watched.out
    assert "8 of 8" in watched.out


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_sheet_that_is_a_link_or_a_folder_is_refused(oslab: Run) -> None:
    oslab("exercise", "start", FIFO)
    Path("link.toml").symlink_to("replace-fifo.toml")
    Path("folder.toml").mkdir()
    for name in ("link.toml", "folder.toml"):
        found = oslab("exercise", "check", name)
        assert found.code == 2
        assert "Traceback" not in found.err
    assert stat.S_ISLNK(Path("link.toml").lstat().st_mode)
