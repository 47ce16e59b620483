"""A stranger's plugin that goes wrong at use costs its own questions, and nothing else."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from oslab.conformance.limit import Stopped, limited

Run = Callable[..., Any]
Install = Callable[..., Path]

HOOKS = """
from importlib.resources import files
from oslab import Command, ProblemType, hookimpl

@hookimpl
def oslab_commands():
    yield Command("bad", "Goes wrong.", "oslab_bad.cli:app")

@hookimpl
def oslab_problems():
    yield ProblemType("bad.sum", "oslab_bad.problems:Sum")

@hookimpl
def oslab_exercises():
    yield files("oslab_bad") / "exercises"
"""

CLI = '''
from oslab import group
app = group("Goes wrong.")

@app.command("now")
def now() -> None:
    """Go wrong."""
    raise KeyError("\\x1b[2J went\\nwrong")
'''

PROBLEMS = """
from dataclasses import dataclass
from oslab import Choose, Int, OrNone, Problem, Run, Step, Table, mistake, rows_of

@dataclass(frozen=True)
class Params:
    start: int

@dataclass(frozen=True)
class Space:
    start: Choose[int]

class Number(Int):
    pass

class Sum(Problem[Params, Space]):
    params = Params
    space = Space
    answers = {
        "steps": Table(label="n", columns={"sum": Number()}, action="add"),
        "total": Number(),
    }
    required = ("doubled", "off-by-one")

    def draw(self, rng, space):
        return Params(space.start.pick(rng))

    def good(self, p):
        return True

    def present(self, p):
        return {"start": p.start}

    def rows(self, p, answer):
        return [(n,) for n in range(1, 6)]

    def run(self, p):
        steps = tuple(
            Step(action="add", given={"n": n}, result={"sum": p.start + n * n}) for n in range(1, 6)
        )
        total = {"total": p.start + 25}
        asks = {"add": {"sum": Int()}}
        return Run(command="bad.sum", config=p, asks=asks, steps=steps, metrics=total)

    def solve(self, p, run):
        return {"steps": rows_of(run, self.answers["steps"]), "total": run.metrics["total"]}

    def follow(self, p, answer, before):
        return {"sum": before[-1]["sum"] + 2 * len(before) + 1 if before else p.start + 1}

    def _off(self, p, change):
        rows = tuple({"sum": change(p.start + n * n)} for n in range(1, 6))
        return {"steps": rows, "total": change(p.start + 25)}

    @mistake("doubled")
    def doubled(self, p):
        return self._off(p, lambda value: 2 * value)

    @mistake("off-by-one")
    def off_by_one(self, p):
        return self._off(p, lambda value: value + 1)
"""

WORDS = """
[steps]
add = { en = "Add $n squared: $sum.", zh = "加 $n 的平方：$sum。" }
[answers]
"sum.steps" = { en = "the sums", zh = "各步的和" }
"sum.total" = { en = "the total", zh = "总和" }
[mistakes]
"sum.doubled" = { en = "These are doubled.", zh = "这些是两倍。" }
"sum.off-by-one" = { en = "One too many.", zh = "多了一。" }
"""

EXERCISE = """
problem = "bad.sum"
difficulty = 1
title = { en = "Sums", zh = "求和" }
objective = { en = "o", zh = "o" }
statement = { en = "Start at $start.", zh = "从 $start 开始。" }
[space]
start = "10..9999"
[[answer]]
name = "steps"
points = 2
[[answer]]
name = "total"
points = 1
[[hint]]
text = { en = "Squares.", zh = "平方。" }
"""

FILES = {
    "__init__.py": HOOKS,
    "cli.py": CLI,
    "problems.py": PROBLEMS,
    "words.toml": WORDS,
    "exercises/sum.toml": EXERCISE,
}
SHEET = '''[sheet]
format = 1
q1 = "bad/sum 7QK4-M2XD bad.sum/1"
q2 = "paging/replace-fifo 7QK4-M2XD paging.replace/1"
[q1]
steps = """
1 | 11
2 | 20
"""
total = "5"
[q2]
faults = "3"
'''


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Path("both.toml").write_text(SHEET, "utf-8")


def changed(file: str, old: str, new: str) -> dict[str, str]:
    assert old in FILES[file]
    return {**FILES, file: FILES[file].replace(old, new)}


def test_a_good_plugin_is_checked_explained_and_conforms(oslab: Run, third_party: Install) -> None:
    third_party("bad", FILES)
    assert "q1   Sums" in oslab("exercise", "check").out
    assert "the total" in oslab("exercise", "show", "bad/sum").out
    assert "Squares." in oslab("exercise", "hint", "--question", "q1", "--yes").out
    assert "total = " in oslab("exercise", "explain", "--question", "q1", "--yes").out
    found = oslab("plugin", "check", "bad", "--seeds", "20")
    assert (found.code, "FAIL" in found.out) == (0, False), found.out


STOPS = [
    ("def draw(self, rng, space):", "draw"),
    ("def good(self, p):", "good"),
    ("def rows(self, p, answer):", "rows"),
    ("def run(self, p):", "run"),
    ("def solve(self, p, run):", "solve"),
    ("def doubled(self, p):", "mistake"),
    ("def follow(self, p, answer, before):", "follow"),
]


@pytest.mark.parametrize("how", ["raise RuntimeError('\\x1b[2Jit\\nbroke')", "raise SystemExit"])
@pytest.mark.parametrize(("method", "name"), STOPS, ids=[name for _, name in STOPS])
def test_a_method_that_stops_costs_only_its_question(
    oslab: Run, third_party: Install, method: str, name: str, how: str
) -> None:
    third_party("bad", changed("problems.py", method, f"{method}\n        {how}"))
    for arguments in (["exercise", "check"], ["grade", "both.toml"]):
        found = oslab(*arguments)
        assert found.code == 1
        assert "\x1b" not in found.out + found.err
        assert "Traceback" not in found.out + found.err
        assert "faults" in found.out
        assert "it broke" in found.out or "sys.exit()" in found.out
        assert "bad" in found.out
    document = json.loads(oslab("exercise", "check", "--json").out)
    assert "fault" in document["questions"][0]
    assert "answers" in document["questions"][1]


@pytest.mark.parametrize(
    "cell",
    ["def read(self, value, words=None):", "def same(self, key, given):",
     "def credit(self, key, given):", "def write(self, value, words=None):"],
)  # fmt: skip
def test_an_answer_type_that_raises_costs_only_its_question(
    oslab: Run, third_party: Install, cell: str
) -> None:
    third_party(
        "bad", changed("problems.py", "    pass\n", f"    {cell}\n        raise OSError('broke')\n")
    )
    for arguments in (["exercise", "check"], ["exercise", "check", "--json"], ["grade", "."]):
        found = oslab(*arguments)
        assert found.code == 1
        assert "OSError: broke" in found.out
        assert "faults" in found.out


@pytest.mark.parametrize("credit", ["float('nan')", "2", "-1", "'all'", "float('inf')"])
def test_a_credit_that_is_none_earns_nothing(oslab: Run, third_party: Install, credit: str) -> None:
    text = f"    def credit(self, key, given):\n        return {credit}\n"
    third_party("bad", changed("problems.py", "    pass\n", text))
    document = json.loads(oslab("exercise", "check", "--json").out)
    assert "fault" in document["questions"][0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"total": Number(),', '"total": int,', "total must be an answer type"),
        ('"total": Number(),', '"a b": Int(),', "'a b' must be letters, digits"),
        ("    params = Params\n", "    params = dict\n", "params must be a dataclass"),
        ("    space = Space\n", "", "space must be a dataclass"),
        ("    params = Params\n", "    params = Params\n    version = '1'\n", "version must be a whole"),
        ('("doubled", "off-by-one")', '("dubled",)', 'no mistake is called "dubled"'),
        ('("doubled", "off-by-one")', '"doubled"', 'required must be a tuple'),
        ('columns={"sum": Number()}', 'columns={"n": Number()}', "two columns of one name"),
        ("    def solve(", "    def solved(", "solve is not written"),
        ("class Sum(Problem[Params, Space]):", "class Sum:", "is no Problem"),
        ("from dataclasses", "import nothing_here\nfrom dataclasses", "No module named"),
    ],
)  # fmt: skip
def test_a_wrong_problem_class_gets_one_clear_message(
    oslab: Run, third_party: Install, old: str, new: str, said: str
) -> None:
    third_party("bad", changed("problems.py", old, new))
    for arguments in (["start", "bad/sum"], ["show", "bad/sum"],
                      ["explain", "--question", "q1", "--yes"]):  # fmt: skip
        found = oslab("exercise", *arguments)
        assert found.code == 70
        assert said in found.err
        assert "plugin bad (oslab-bad 1.0)" in found.err
        assert found.err.count("\n") == 1
    checked = oslab("exercise", "check")
    assert checked.code == 1
    assert said in " ".join(checked.out.split())
    assert "faults" in checked.out
    listed = oslab("exercise", "list")
    assert (listed.code, listed.err) == (0, "")
    examined = oslab("plugin", "check", "bad", "--seeds", "2")
    assert examined.code == 1
    assert said in examined.out


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no such alarm")
def test_a_loop_that_catches_whatever_stops_it_ends_the_program() -> None:
    loop = """
from oslab.conformance import limit
limit.AGAIN, limit.MOST_CAUGHT = 0.05, 3
with limit.limited(0.05):
    while True:
        try:
            while True:
                pass
        except:
            pass
"""
    ended = subprocess.run(
        [sys.executable, "-c", loop], capture_output=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert b"it catches whatever stops it" in ended.stderr


FOREVER = "\n        while True:\n            "
SWALLOWED = """
        try:
            while True:
                pass
        except BaseException:
            return None"""
alarm = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no such alarm")


@alarm
@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("def draw(self, rng, space):", f"{FOREVER}pass"),
        ("def doubled(self, p):", f"{FOREVER}pass"),
        ("def present(self, p):", "\n        import time\n        time.sleep(999)"),
        ("def follow(self, p, answer, before):", SWALLOWED),
    ],
)
def test_what_never_returns_is_stopped_and_said_where(
    oslab: Run, third_party: Install, method: str, body: str
) -> None:
    third_party("bad", changed("problems.py", method, f"{method}{body}"))
    found = oslab("plugin", "check", "bad", "--seeds", "3", "--time-limit", "1.5")
    assert found.code == 1
    said = r"bad/sum +FAIL.*\n +time: seed 0: stopped after 1\.5 s in (\w+), (.*):([0-9]+) "
    place = re.search(said, found.out)
    assert place, found.out
    assert f"def {place[1]}(" in method
    lines = Path(place[2]).read_text("utf-8").split("\n")
    assert method in "\n".join(lines[int(place[3]) - 5 : int(place[3])])
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@alarm
@pytest.mark.parametrize("file", ["cli.py", "problems.py"])
def test_an_import_that_never_ends_is_stopped(oslab: Run, third_party: Install, file: str) -> None:
    third_party("bad", {**FILES, file: "while True:\n    pass\n"})
    found = oslab("plugin", "check", "bad", "--seeds", "1", "--time-limit", "1.5")
    assert found.code == 1
    assert f"oslab_bad{os.sep}{file}:" in found.out


@alarm
def test_an_alarm_of_somebody_else_is_set_again() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 900)
    try:
        with pytest.raises(Stopped, match="after 0"), limited(0.01):
            sleep(99)
        assert 800 < signal.getitimer(signal.ITIMER_REAL)[0] < 900
        assert signal.getsignal(signal.SIGALRM) == signal.SIG_IGN
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


@pytest.mark.parametrize("method", ["def draw(self, rng, space):", "def doubled(self, p):"])
def test_who_exits_in_the_check_does_not_pass_it(
    oslab: Run, third_party: Install, method: str
) -> None:
    third_party("bad", changed("problems.py", method, f"{method}\n        raise SystemExit(0)"))
    found = oslab("plugin", "check", "bad", "--seeds", "2")
    assert found.code == 1
    assert "sys.exit()" in found.out


def test_hints_need_no_working_problem_type(oslab: Run, third_party: Install) -> None:
    third_party("bad", {**FILES, "problems.py": "raise RuntimeError('broke')"})
    assert "Squares." in oslab("exercise", "hint", "--question", "q1", "--yes").out


@pytest.mark.parametrize("words", ["[steps", '[mistakes]\n"sum.doubled" = "x"\n', "\udcff"])
def test_broken_words_get_one_message_naming_the_file(
    oslab: Run, third_party: Install, words: str
) -> None:
    package = third_party("bad", {**FILES, "words.toml": ""})
    (package / "words.toml").write_bytes(words.encode("utf-8", "surrogateescape"))
    doubled = SHEET.replace("1 | 11\n2 | 20", "1 | 22").replace('"5"', '"70"')
    Path("both.toml").write_text(doubled, "utf-8")
    found = oslab("exercise", "check")
    assert found.code == 1
    assert "faults" in found.out
    assert "Traceback" not in found.out + found.err
    assert oslab("exercise", "list").code == 0


def test_a_broken_exercise_file_leaves_the_others_listed(oslab: Run, third_party: Install) -> None:
    third_party(
        "bad",
        {
            **FILES,
            "exercises/broken.toml": "difficulty = 1\nproblem = ",
            "exercises/faulty.toml": EXERCISE.replace("title", "titel"),
            "exercises/Bad Name.toml": EXERCISE,
        },
    )
    for arguments in (["exercise"], ["exercise", "list"], ["exercise", "list", "--json"]):
        found = oslab(*arguments)
        assert found.code == 0
        assert sorted(line.split(".toml")[0] for line in found.err.splitlines()) == [
            "oslab: left out: bad/Bad Name", "oslab: left out: bad/broken", "oslab: left out: bad/faulty",
        ]  # fmt: skip
    assert "bad/sum" in oslab("exercise", "list").out
    assert oslab("exercise", "start").code == 0
    found = oslab("exercise", "start", "bad/faulty")
    assert found.code == 2
    assert 'did you mean "title"' in found.err


def test_a_command_that_fails_is_one_line_naming_its_plugin(
    oslab: Run, third_party: Install
) -> None:
    third_party("bad", FILES)
    found = oslab("bad", "now")
    assert (found.code, found.out) == (70, "")
    assert found.err.startswith("oslab: plugin bad (oslab-bad 1.0): KeyError: ")
    assert found.err.count("\n") == 1
    assert "\x1b" not in found.err


def test_a_simulator_with_broken_words_is_one_line(oslab: Run, third_party: Install) -> None:
    third_party("bad", {**FILES, "words.toml": "[steps"})
    found = oslab("exercise", "show", "bad/sum")
    assert found.code == 70
    assert found.err.startswith("oslab: plugin bad (oslab-bad 1.0): its words cannot be used: ")


def test_nothing_in_metadata_or_messages_reaches_the_terminal_raw(
    oslab: Run, third_party: Install
) -> None:
    third_party("evil", {"__init__.py": "raise ValueError('\\x1b[2J\\u202eboo')"}, "1\x1b[31m")
    third_party("bad", changed("__init__.py", "Goes wrong.", "\\x1b]0;title\\x07Goes"))
    for arguments in (["--help"], ["plugin", "list"], ["plugin", "list", "--verbose"],
                      ["plugin", "info", "bad"], ["plugin", "info", "evil"]):  # fmt: skip
        found = oslab(*arguments)
        assert not {"\x1b", "\x07", "\u202e"} & set(found.out + found.err), arguments
    assert "oslab: skipped plugin evil (oslab-evil 1\\u001b[31m): ValueError: " in found.err


def test_catalogue_texts_are_printed_harmlessly(oslab: Run, third_party: Install) -> None:
    evil = EXERCISE.replace('"Sums"', '"\\u001b[2J\\u202eSums"').replace(
        "Squares", "\\u009bSquares"
    )
    third_party("bad", {**FILES, "exercises/sum.toml": evil})
    for arguments in (["list"], [], ["show", "bad/sum"], ["check"], ["list", "--json"],
                      ["hint", "--question", "q1", "--yes"]):  # fmt: skip
        found = oslab("exercise", *arguments)
        assert not {"\x1b", "\x9b", "\u202e"} & set(found.out + found.err), arguments


def test_a_plugin_left_out_is_named_where_it_is_missed(
    oslab: Run, third_party: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    third_party("bad", {**FILES, "__init__.py": "import nothing_here"})
    assert "plugin bad was left out: ModuleNotFoundError" in oslab("exercise", "check").out
    monkeypatch.setenv("OSLAB_DISABLE", "bad")
    from oslab.plugins import plugins

    plugins.cache_clear()
    found = oslab("exercise", "check")
    assert "plugin bad is disabled by OSLAB_DISABLE" in found.out
    assert found.err == ""


def test_metadata_that_cannot_be_read_hides_no_other_plugin(
    oslab: Run, third_party: Install
) -> None:
    package = third_party("bad", FILES)
    for name, content in (("a", b"[oslab]\nno equals sign\n"), ("b", b"[oslab]\nx = \xff\xfe\n")):
        info = package.parent / f"damaged_{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_bytes(b"Name: damaged-\xff\nVersion: 1\n")
        (info / "entry_points.txt").write_bytes(content)
    from oslab.plugins import plugins

    plugins.cache_clear()
    found = oslab("plugin", "list")
    assert found.code == 0
    assert "oslab-bad 1.0" in found.out
    assert found.err.count("its entry points cannot be read") == 2


def test_the_shell_is_not_told_of_broken_plugins_while_it_completes(
    oslab: Run, third_party: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    third_party("evil", {"__init__.py": "raise ValueError"})
    monkeypatch.setenv("_OSLAB_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "oslab exer")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert oslab().err == ""


@pytest.mark.parametrize("name", ["oslab", "trace"])
def test_a_plugin_may_not_bear_a_name_whose_words_are_the_hosts(
    third_party: Install, oslab: Run, name: str
) -> None:
    third_party(name, {"__init__.py": "from oslab import hookimpl\n"})
    found = oslab("plugin", "list")
    assert f"skipped plugin {name}" in found.err
    assert "taken by oslab itself" in found.err


@pytest.mark.parametrize("value", ["'x'", "None"])
def test_a_key_of_another_type_is_a_finding_of_the_check(
    oslab: Run, third_party: Install, value: str
) -> None:
    key = '"total": run.metrics["total"]'
    measured = PROBLEMS.replace("class Number(Int):", "class Number(Float):")
    third_party(
        "bad",
        {
            **FILES,
            "problems.py": measured.replace("Int, OrNone", "Float, Int, OrNone")
            .replace('columns={"sum": Number()}', 'columns={"sum": Int()}')
            .replace(key, f'"total": {value}'),
        },
    )
    found = oslab("plugin", "check", "bad", "--seeds", "2")
    assert (found.code, found.err) == (1, "")
    assert "bad/sum   FAIL" in found.out
    assert "internal error" not in found.out


@pytest.mark.parametrize("flags", [[], ["--json"], ["--predict"]])
def test_a_simulator_that_returns_no_run_is_named(
    oslab: Run, third_party: Install, flags: list[str]
) -> None:
    cli = '''
from oslab import Run, group, simulator
app = group("Goes wrong.")

@simulator(app, "now")
def now() -> Run:
    """Go wrong."""
    return 7
'''
    third_party("bad", {**FILES, "cli.py": cli})
    found = oslab("bad", "now", *flags)
    assert (found.code, found.out) == (70, "")
    assert "oslab_bad.cli.now must return a Run, not 7" in found.err
    assert found.err.count("\n") == 1


def test_a_space_that_the_simulator_refuses_is_said_of_its_exercise(
    oslab: Run, third_party: Install
) -> None:
    refusing = PROBLEMS.replace("import Choose,", "import Choose, InputError,").replace(
        "        return Params(space.start.pick(rng))",
        "        raise InputError('a start is 5 at most')",
    )
    third_party("bad", {**FILES, "problems.py": refusing})
    found = oslab("exercise", "show", "bad/sum")
    assert found.code == 2
    assert found.err == (
        "oslab: bad/sum: a draw from its [space] is refused: a start is 5 at most\n"
    )
