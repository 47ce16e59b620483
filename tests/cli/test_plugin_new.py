"""``oslab plugin new``: what it writes is a project that passes its own tests as it stands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from oslab.cli.plugin_new import LONGEST, check_name, write_project
from oslab.errors import InputError

LONG = "a" * LONGEST


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("", ""),
        ("Buddy", "buddy would be"),
        ("my_queue", "my-queue would be"),
        ("two words", "two-words would be"),
        ("a--b", "a-b would be"),
        ("-a", "a would be"),
        ("a-", "a would be"),
        ("../up", "up would be"),
        ("a/b", "a-b would be"),
        ("9p", "p would be"),
        ("é", ""),
        ("line\nbreak", "line-break would be"),
        (LONG + "a", ""),
    ],
)
def test_a_bad_name_is_refused_and_a_near_one_proposed(
    name: str, near: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="cannot be a plugin's name") as refused:
        write_project(name, tmp_path)
    assert str(refused.value).endswith(near)
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("exercise", "oslab itself"),
        ("plugin", "oslab itself"),
        ("paging", "oslab "),
        ("grade", "a command of oslab "),
        ("exercises", "an installed package oslab_exercises"),
    ],
)
def test_a_taken_name_is_refused(name: str, owner: str) -> None:
    with pytest.raises(InputError, match=f"the name {name} is taken: {owner}"):
        check_name(name)


def test_the_prefix_is_not_given_twice() -> None:
    with pytest.raises(InputError, match="oslab plugin new queue"):
        check_name("oslab-queue")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    taken = tmp_path / "oslab-queue"
    taken.mkdir()
    with pytest.raises(InputError, match="nothing is overwritten"):
        write_project("queue", tmp_path)
    assert not list(taken.iterdir())
    taken.rmdir()
    taken.write_text("mine", "utf-8")
    with pytest.raises(InputError, match="nothing is overwritten"):
        write_project("queue", tmp_path)
    assert taken.read_text("utf-8") == "mine"


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write"):
        write_project("queue", tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_every_file_is_there_and_no_mark_is_left(tmp_path: Path) -> None:
    project = write_project("my-queue", tmp_path)
    assert project == tmp_path / "oslab-my-queue"
    found = {p.relative_to(project).as_posix(): p for p in project.rglob("*") if p.is_file()}
    assert {".gitignore", "README.md", "pyproject.toml", "oslab_my_queue/py.typed"} <= set(found)
    for name, path in found.items():
        text = path.read_text("utf-8")
        assert not re.search(r"@[A-Z]+@", name + text), name
        assert "\r" not in text, name
    import oslab

    assert f'"oslab>={oslab.__version__.rpartition(".")[0]},<' in found["pyproject.toml"].read_text(
        "utf-8"
    )


@pytest.mark.parametrize("name", ["q", "my-queue", LONG])
def test_the_project_lints_and_type_checks(name: str, tmp_path: Path) -> None:
    project = write_project(name, tmp_path)
    for command in (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)):
        done = run(project, command[0], *command[1:])
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def run(project: Path, *module: str) -> subprocess.CompletedProcess[str]:
    """Run a module in the project as if it were installed: an entry point, and its folder on the path."""
    installed = project.parent / "installed"
    package = project.name.replace("-", "_")
    about = installed / f"{package}-0.1.0.dist-info"
    about.mkdir(parents=True, exist_ok=True)
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project.name}\nVersion: 0.1.0\n", "utf-8"
    )
    (about / "entry_points.txt").write_text(
        f"[oslab]\n{project.name.removeprefix('oslab-')} = {package}\n", "utf-8"
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OSLAB_", "PYTEST_"))}
    path = os.pathsep.join(map(str, (installed, project)))
    return subprocess.run(
        [sys.executable, "-m", *module],
        cwd=project,
        env={**kept, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "OSLAB_LANG": "en"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def test_the_project_passes_its_own_tests(tmp_path: Path) -> None:
    project = write_project("my-queue", tmp_path)
    done = run(project, "pytest", "-v", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_exercise_conforms[my-queue/fcfs] PASSED" in done.stdout
    golden = project / "tests" / "golden" / "my-queue-fcfs.json"
    assert list(json.loads(golden.read_text("utf-8"))) == ["my-queue.fcfs/1"]

    # Now the author changes what is drawn, and forgets the version.
    exercise = project / "oslab_my_queue" / "exercises" / "fcfs.toml"
    text = exercise.read_text("utf-8")
    exercise.write_text(text.replace('burst = "2..20"', 'burst = "2..30"'), "utf-8")
    done = run(project, "pytest", "-p", "no:cacheprovider", "--oslab-seeds", "2")
    assert done.returncode == 1
    assert "Set version = 2" in done.stdout


def test_a_mistake_that_gives_the_key_is_found(tmp_path: Path) -> None:
    project = write_project("my-queue", tmp_path)
    problems = project / "oslab_my_queue" / "problems.py"
    text = problems.read_text("utf-8")
    problems.write_text(text.replace('"wait": row["end"]', '"wait": row["wait"]'), "utf-8")
    done = run(project, "oslab", "plugin", "check", "my-queue", "--seeds", "3")
    assert done.returncode == 1
    assert "wait-until-end is too near the key" in done.stdout
