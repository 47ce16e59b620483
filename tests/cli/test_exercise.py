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
    assert "   0 of " in found.out
    upcoming = found.out.partition("next        ")[2].split()[0]
    assert oslab("exercise", "list").out.startswith(upcoming)
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
    assert "next: oslab exercise start paging/" in checked.out
    assert FIFO not in checked.out.partition("next: ")[2]
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


def test_without_plugins_there_is_nothing_to_practise_and_that_is_said(
    oslab: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oslab.plugins import plugins

    monkeypatch.setenv("OSLAB_DISABLE", ",".join(plugins().loaded))
    plugins.cache_clear()
    try:
        for arguments in ([], ["list"], ["start"]):
            found = oslab("exercise", *arguments)
            assert (found.code, found.out, found.err) == (
                0, "no plugin with exercises is installed\n", "")  # fmt: skip
        assert json.loads(oslab("exercise", "list", "--json").out) == []
    finally:
        plugins.cache_clear()


def test_new_numbers_for_the_sheet_saved_last_here(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    assert "wrote replace-fifo-2.toml" in oslab("exercise", "start", "--new").out
    assert CODE not in Path("replace-fifo-2.toml").read_text("utf-8")
    assert oslab("exercise", "start", "--new", "--in", "..").code == 0


def test_a_sheet_serves_wherever_an_exercise_does(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    assert f"variant {CODE}" in oslab("exercise", "show", "replace-fifo.toml").out
    assert "wrote replace-fifo-2.toml" in oslab("exercise", "start", "replace-fifo.toml").out
    assert f"nothing is remembered of {FIFO}" in oslab("exercise", "reset", "replace-fifo.toml").out


def test_the_txt_that_an_editor_adds_and_hides_is_found(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    Path("replace-fifo.toml").rename("replace-fifo.toml.txt")
    for name in ("replace-fifo.toml", "replace-fifo", ""):
        found = oslab("exercise", "check", *([name] if name else []))
        assert f"replace-fifo.toml.txt   variant {CODE}" in found.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "replace-fif.toml"], 'did you mean "replace-fifo.toml"'),
        (["hint", "--question", "q11"], 'it has q1 (did you mean "q1"?)'),
        (["list", "pagin"], 'did you mean "paging"'),
        (["check", "x" * 5000], "no exercise"),
        (["check", "."], "is a folder"),
        (["show", "no\x1b[2J/thing"], "no\\u001b[2J/thing"),
    ],
)
def test_what_was_perhaps_meant_is_said(oslab: Run, arguments: list[str], said: str) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    found = oslab("exercise", *arguments)
    assert found.code == 2
    assert said in found.err
    assert "\x1b" not in found.err


def reference(old: str, new: str) -> None:
    text = Path("replace-fifo.toml").read_text("utf-8")
    assert old in text
    Path("replace-fifo.toml").write_text(text.replace(old, new), "utf-8")


def test_a_sheet_without_a_variant_is_an_exams_and_not_judged(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    reference(f"{FIFO} {CODE} paging", f"{FIFO} paging")
    reference("format = 1", 'format = 1\nassignment = "os101/exam"\nstudent = "s1"')
    checked = oslab("exercise", "check")
    assert checked.code == 1
    assert "Right and wrong are not shown in an exam." in checked.out
    assert " of 8" not in checked.out
    for command in ("hint", "explain"):
        found = oslab("exercise", command, "--yes")
        assert (found.code, found.out) == (2, "")
        assert "no hints and no worked runs in an exam" in found.err
    document = json.loads(oslab("exercise", "check", "--json").out)
    assert (document["assignment"], document["student"]) == ("os101/exam", "s1")
    graded = oslab("grade", "replace-fifo.toml")
    assert graded.code == 1
    assert "does not say which numbers" in graded.out


@pytest.mark.parametrize("damage", ["", "what?", f"{FIFO} XXXX paging.replace/1", "../../x y z"])
def test_a_damaged_reference_costs_only_its_question(oslab: Run, damage: str) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    reference(f"{FIFO} {CODE} paging.replace/1", damage)
    for arguments in (
        ["exercise", "check"],
        ["exercise", "hint"],
        ["exercise", "explain"],
        ["grade", "."],
    ):
        found = oslab(*arguments)
        assert found.code in (1, 2)
        assert "q1" in found.out + found.err
        assert "Traceback" not in found.err


def test_another_version_is_not_explained(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    reference("paging.replace/1", "paging.replace/7")
    found = oslab("exercise", "explain", "--yes")
    assert found.code == 2
    assert "Made with paging.replace 7; you have paging.replace 1" in found.err
    assert "0 of 2" not in oslab("exercise", "list").out


def test_a_file_name_is_no_option_for_the_editor(
    oslab: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    evil = Path("+!touch hacked.toml")
    Path("replace-fifo.toml").rename(evil)
    monkeypatch.setenv("VISUAL", f'"{sys.executable}" -c "import sys; print(sys.argv[1:])"')
    stdin(monkeypatch, "n\n")
    assert "['./+!touch hacked.toml']" in oslab("exercise", "edit").out


def test_an_editor_with_an_open_quote_is_named(oslab: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    oslab("exercise", "start", FIFO)
    monkeypatch.setenv("VISUAL", "vim 'x")
    found = oslab("exercise", "edit")
    assert found.code == 2
    assert "VISUAL has a quote that does not close" in found.err


def test_hostile_file_names_are_shown_harmlessly(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    Path("replace-fifo.toml").rename("\x1b[2J\u202e.toml")
    for arguments in (["check"], ["hint"], ["hint", "--question", "q7"], ["check", "x.toml"]):
        found = oslab("exercise", *arguments)
        assert not {"\x1b", "\u202e"} & set(found.out + found.err), arguments
    found = oslab("grade", ".")
    assert not {"\x1b", "\u202e"} & set(found.out + found.err)


def test_hints_taken_when_there_were_more_do_no_harm(oslab: Run) -> None:
    from oslab.exercise import progress

    taken = progress.Attempted(hints=7)
    progress.save(progress.Progress().with_(FIFO, CODE, taken))
    oslab("exercise", "start", FIFO, "--variant", CODE)
    assert "hints are shown" in oslab("exercise", "hint").out
    assert oslab("exercise", "check").code == 1


def test_several_questions_in_one_sheet(oslab: Run) -> None:
    oslab("exercise", "start", FIFO, "--variant", CODE)
    text = Path("replace-fifo.toml").read_text("utf-8")
    both = text.replace("[q1]", f'q2 = "{FIFO} 0000-0001 paging.replace/1"\n[q1]')
    Path("replace-fifo.toml").write_text(both + '[q2]\nfaults = "3"\n', "utf-8")
    checked = oslab("exercise", "check")
    assert "q1   FIFO by hand" in checked.out
    assert "q2   FIFO by hand" in checked.out
    assert "all questions: 0 of 16" in checked.out
    for command in ("hint", "explain"):
        found = oslab("exercise", command)
        assert found.code == 2
        assert "several questions (q1, q2); say which with --question" in found.err
        assert oslab("exercise", command, "--question", "q2", "--yes").code == 0


def test_check_reads_one_exercise_file_and_no_other_problem_type() -> None:
    import subprocess

    program = """
import sys
from importlib.resources.abc import Traversable
read = []
from pathlib import Path
whole = Path.read_bytes
Path.read_bytes = lambda self: (read.append(self.name), whole(self))[1]
from oslab.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    code = end.code
print([n for n in read if n.endswith(".toml")], *sys.modules, file=sys.stderr)
sys.exit(code)
"""

    def oslab(*arguments: str) -> tuple[list[str], set[str]]:
        done = subprocess.run([sys.executable, "-c", program, "exercise", *arguments],
                              capture_output=True, encoding="utf-8", check=False)  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        read, _, modules = done.stderr.splitlines()[-1].partition("] ")
        return read.strip("[").split(", "), set(modules.split())

    oslab("start", FIFO)
    read, modules = oslab("check")
    assert [name for name in read if "replace-fifo" not in name] == []
    assert "oslab_paging.problems.replace" in modules
    assert not {f"oslab_paging.problems.{name}" for name in ("split", "walk", "eat")} & modules
    assert not {m.split(".")[0] for m in modules} & {"rich", "pydantic", "click", "numpy"}
    _, modules = oslab("list")
    assert {m for m in modules if m.startswith("oslab_paging.")} == set()


EMPTY = """
from importlib.resources import files
from oslab import Exercises, hookimpl

@hookimpl
def oslab_exercises():
    yield Exercises(files(__name__) / "exercises", after={after})
"""


@pytest.mark.parametrize(
    ("afters", "order"),
    [
        ({"aa": (), "bb": ()}, ["aa", "bb"]),
        ({"aa": ("bb",), "bb": ("nobody",)}, ["bb", "aa"]),
        ({"aa": ("bb",), "bb": ("aa",)}, ["aa", "bb"]),
    ],
)
def test_topics_stand_after_those_they_name(
    third_party: Callable[..., Path], afters: dict[str, tuple[str, ...]], order: list[str]
) -> None:
    from oslab.plugins import topics

    for name, after in afters.items():
        third_party(name, {"__init__.py": EMPTY.format(after=after)})
    places = topics()
    assert sorted(afters, key=places.__getitem__) == order
    ours = ["paging", "tlb", "cache", "memory", "cow"]
    assert sorted(ours, key=places.__getitem__) == ours
