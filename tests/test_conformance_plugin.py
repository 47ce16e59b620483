"""The conformance suite as others run it: ``pytest --oslab-plugin NAME``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments],
        cwd=folder, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_plugin_that_is_not_there_does_not_pass(tmp_path: Path) -> None:
    code, said = run(tmp_path, "--oslab-plugin", "pagin")
    assert code != 0
    assert 'did you mean "paging"' in said
    assert "no plugin pagin is installed" in said


@pytest.mark.slow
def test_golden_variants_are_written_the_first_time(tmp_path: Path) -> None:
    golden = ("-k", "split and codes", "--oslab-seeds", "2")
    assert run(tmp_path, "--oslab-plugin", "paging", *golden)[0] == 0
    file = tmp_path / "tests" / "golden" / "paging-split.json"
    assert file.exists()
    file.write_text(file.read_text().replace('": "', '": "0'))
    code, said = run(tmp_path, "--oslab-plugin", "paging", *golden)
    assert code == 1
    assert "Set version = " in said
