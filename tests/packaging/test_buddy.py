"""A third party's plugin: examples/oslab-buddy, built, installed beside oslab and used."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

from .conftest import ROOT, Environment, build, clean_environment, once

pytestmark = pytest.mark.slow

BUDDY = ROOT / "examples" / "oslab-buddy"


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A new environment with the wheels of oslab and oslab-buddy, and what they and tests need."""

    def make(folder: Path) -> None:
        buddy = build(folder / "wheel", "--wheel", project=BUDDY)
        venv.create(folder / "venv")
        constraints = ("--constraint", str(ROOT / "constraints.txt"))
        wheels = (str(wheel), str(buddy))
        Environment(folder / "venv").install(*constraints, *wheels, "pytest", "hypothesis")

    return Environment(once(tmp_path_factory, "buddy", make) / "venv")


def test_its_command_is_listed_beside_those_of_oslab(environment: Environment) -> None:
    done = environment.oslab("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^  buddy +Buddy allocation", done.stdout, re.MULTILINE)
    assert re.search(r"^  paging ", done.stdout, re.MULTILINE)


def test_its_help_is_in_chinese_too(environment: Environment) -> None:
    done = environment.oslab("--lang", "zh", "buddy", "run", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "最小块的字节数，2 的幂。  [默认：4K]" in done.stdout
    chinese = environment.oslab("--lang", "zh", "--help")
    assert "伙伴系统" in chinese.stdout


def test_it_simulates(environment: Environment) -> None:
    ops = "P=alloc 9K; Q=alloc 20K; free P"
    done = environment.oslab("buddy", "run", "--memory", "64K", "--ops", ops, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    run = json.loads(done.stdout)
    assert run["metrics"] == {
        "internal_fragmentation": 12 * 1024,
        "free_bytes": 32 * 1024,
        "largest_free": 32 * 1024,
        "free_sizes": [32 * 1024],
        "splits": 2,
        "merges": 1,
        "failures": 0,
    }
    told = environment.oslab("buddy", "run", "--ops", ops)
    assert told.returncode == 0, told.stderr
    assert "└─ 32 KiB 0x8000  Q" in told.stdout


def test_its_runs_can_be_predicted(environment: Environment, tmp_path: Path) -> None:
    done = subprocess.run(
        [environment.path("oslab"), "buddy", "waste", "9300", "--predict", "--json"],
        input="16K\n2988\n0x4000\n",
        capture_output=True,
        encoding="utf-8",
        env=clean_environment(tmp_path),
    )
    score = json.loads(done.stdout)["score"]
    assert (score["questions"], score["right"], score["wrong"]) == (3, 2, 1), done.stderr


def test_its_plugin_and_exercises_are_listed(environment: Environment) -> None:
    listed = environment.oslab("plugin", "list")
    assert "oslab-buddy 0.1.0" in listed.stdout
    assert "2 problem types   2 exercises" in listed.stdout
    exercises = environment.oslab("exercise", "list", "buddy")
    assert (exercises.returncode, exercises.stderr) == (0, "")
    assert "buddy/run" in exercises.stdout
    assert "buddy/waste" in exercises.stdout
    assert "paging/" not in exercises.stdout


def answered(sheet: str, block: int, waste: int, buddy: int) -> str:
    for name, value in (("block", block), ("waste", waste), ("buddy", hex(buddy))):
        sheet = re.sub(rf'^{name} = ""', f'{name} = "{value}"', sheet, flags=re.MULTILINE)
    return sheet


def test_a_sheet_goes_from_start_to_grade(environment: Environment, tmp_path: Path) -> None:
    started = environment.oslab("exercise", "start", "buddy/waste", cwd=tmp_path)
    assert started.returncode == 0, started.stderr
    file = tmp_path / "waste.toml"
    sheet = file.read_text("utf-8")
    asked = re.search(r"asks for (\d+)", sheet)
    begins = re.search(r"begins(?:\s|#)+at(?:\s|#)+(0x[0-9a-f]+)", sheet)
    assert asked
    assert begins
    request, address = int(asked[1]), int(begins[1], 16)
    size = 1
    while size < request:
        size *= 2

    file.write_text(answered(sheet, size, size - request, address ^ size), "utf-8")
    right = environment.oslab("exercise", "check", cwd=tmp_path)
    assert right.returncode == 0, right.stdout + right.stderr

    file.write_text(answered(sheet, request, 0, address ^ size), "utf-8")
    wrong = environment.oslab("exercise", "check", cwd=tmp_path)
    assert wrong.returncode == 1, wrong.stderr
    assert "exactly what it asked for" in wrong.stdout

    graded = environment.oslab("grade", "--json", ".", cwd=tmp_path)
    assert graded.returncode in (0, 1), graded.stderr
    assert "buddy/waste" in graded.stdout


def test_the_tree_is_drawn_in_the_statement(environment: Environment, tmp_path: Path) -> None:
    started = environment.oslab("exercise", "start", "buddy/run", cwd=tmp_path)
    assert started.returncode == 0, started.stderr
    sheet = (tmp_path / "run.toml").read_text("utf-8")
    assert re.search(r"^# │  ├─ ", sheet, re.MULTILINE)
    assert re.search(r"^# a +\| (split|merge) ", sheet, re.MULTILINE)
    checked = environment.oslab("exercise", "check", "run.toml", cwd=tmp_path)
    assert checked.returncode == 1
    assert "blank" in checked.stdout


def test_the_conformance_suite_finds_nothing(environment: Environment) -> None:
    golden = str(BUDDY / "tests" / "golden")
    done = environment.oslab("plugin", "check", "buddy", "--seeds", "20", "--golden", golden)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_its_own_tests_pass(environment: Environment, tmp_path: Path) -> None:
    """Without its package at hand: they must find what is installed."""
    project = tmp_path / "oslab-buddy"
    shutil.copytree(
        BUDDY / "tests", project / "tests", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(BUDDY / "pyproject.toml", project)
    done = environment.run("python", "-m", "pytest", "-q", "--oslab-seeds", "10", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d+ passed", done.stdout)


TUTORIAL = ROOT / "docs" / "plugin-author.md"


def blocks(language: str) -> list[str]:
    text = TUTORIAL.read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_tutorial_excerpts_are_in_the_example() -> None:
    files = [p for p in BUDDY.rglob("*") if p.suffix in (".py", ".toml")]
    sources = [p.read_text("utf-8") for p in files if ".venv" not in p.parts]
    excerpts = blocks("python") + blocks("toml")
    assert len(excerpts) > 15
    for excerpt in excerpts:
        assert any(excerpt in source for source in sources), excerpt


def test_the_tutorial_shows_what_is_printed(environment: Environment, tmp_path: Path) -> None:
    """``…`` stands for any text, on a line of its own for any lines."""
    commands = [
        c for block in blocks("shell-session") for c in re.split(r"^\$ ", block, flags=re.M)
    ]
    for shown in filter(None, commands):
        command, _, output = shown.partition("\n")
        done = environment.oslab(*shlex.split(command)[1:], cwd=tmp_path, COLUMNS="100")
        said = "".join(f"{line.rstrip()}\n" for line in (done.stdout + done.stderr).splitlines())
        wanted = "".join(
            r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + r"\n"
            for line in output.splitlines()
        )
        assert re.fullmatch(wanted, said), f"{command}\n{said}"
