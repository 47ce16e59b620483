"""The autograder for Gradescope, from an installed oslab to the results of an upload, in an environment
made from its own wheels and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.slow
def test_the_packed_wheels_alone_grade_an_upload(
    installed: Any, wheel: Path, tmp_path: Path
) -> None:
    environment = installed
    run: Callable[..., Any] = environment.oslab
    made = run("course", "new", "os101", "--lms", "gradescope", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    folder = tmp_path / "os101"
    people = "id,name,email\ns1000,Ana,ana@uni.example\ns1001,Ben,ben@uni.example\n"
    (tmp_path / "people.csv").write_text(people)
    for arguments in (
        ("course", "roster", str(tmp_path / "people.csv")),
        ("course", "handout", "hw1"),
        ("course", "autograder", "hw1", "--for", "gradescope"),
    ):
        done = run(*arguments, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "tried on a blank, a right and a broken sheet: 0, 8 + essay, 0" in done.stdout

    root = tmp_path / "autograder"
    with zipfile.ZipFile(folder / "out" / "hw1-gradescope.zip") as archive:
        archive.extractall(root / "source")
    platform = tmp_path / "platform"
    venv.create(platform)
    python = platform / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"),
            *("--python", str(python), "install", "--no-index"),
            *("--find-links", str(root / "source" / "wheels"), "oslab"),
        ],
        check=True,
    )
    (root / "submission").mkdir()
    class_file = folder / "handout" / "hw1" / "hw1.oslab.toml"
    started = run(
        *("exercise", "start", str(class_file), "--student", "s1001"),
        *("--in", str(root / "submission")),
        cwd=folder,
    )
    assert started.returncode == 0, started.stderr
    users = {"users": [{"email": "Ben@uni.example"}]}
    (root / "submission_metadata.json").write_text(json.dumps(users))
    graded = subprocess.run(
        [str(python), "-m", "oslab_grader.autograder", "gradescope", str(root)],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
    )
    assert graded.returncode == 0, graded.stderr
    results = json.loads((root / "results" / "results.json").read_text())
    assert [test["max_score"] for test in results["tests"]] == [8.0, 4.0]
    assert results["score"] == 0
