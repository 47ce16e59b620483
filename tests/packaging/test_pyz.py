"""One file, no installation: oslab from a zip on a machine without a network."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .conftest import ROOT, clean_environment, once, run


@pytest.fixture(scope="module")
def pyz(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once(tmp_path_factory, "pyz", lambda folder: pack(wheel, folder)) / "oslab.pyz"


def pack(wheel: Path, folder: Path) -> Path:
    output = folder / "oslab.pyz"
    run([sys.executable, str(ROOT / "tools" / "pyz.py"), str(output), "--wheel", str(wheel)])
    return output


def oslab(pyz: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the file with an interpreter that sees no installed package."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(pyz), *arguments],
        cwd=folder,
        env=clean_environment(folder, OSLAB_LANG="en"),
        capture_output=True,
        encoding="utf-8",
    )


def test_it_starts_and_lists_the_commands_of_its_plugins(pyz: Path, tmp_path: Path) -> None:
    assert oslab(pyz, tmp_path, "--version").stdout.startswith("oslab ")
    done = oslab(pyz, tmp_path, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "paging" in done.stdout
    assert "grade" in done.stdout


def test_it_simulates(pyz: Path, tmp_path: Path) -> None:
    done = oslab(pyz, tmp_path, "paging", "split", "8196", "--page-size", "4096", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["metrics"]["vpn"] == 2
    shown = oslab(pyz, tmp_path, "paging", "split", "8196")
    assert shown.returncode == 0, shown.stderr


def test_it_finds_the_catalogue_and_checks_a_sheet(pyz: Path, tmp_path: Path) -> None:
    listed = oslab(pyz, tmp_path, "exercise", "list")
    assert listed.returncode == 0, listed.stderr
    assert "paging/replace-fifo" in listed.stdout
    started = oslab(pyz, tmp_path, "exercise", "start", "paging/replace-fifo")
    assert started.returncode == 0, started.stderr
    checked = oslab(pyz, tmp_path, "exercise", "check", "replace-fifo.toml")
    assert checked.returncode == 1, checked.stderr
    assert "blank" in checked.stdout
    graded = oslab(pyz, tmp_path, "grade", "replace-fifo.toml")
    assert graded.returncode == 0, graded.stderr
    assert "blank" in graded.stdout


def test_it_carries_no_compiled_code_and_no_path_of_the_builder(pyz: Path) -> None:
    with zipfile.ZipFile(pyz) as archive:
        names = archive.namelist()
        assert not [n for n in names if n.endswith((".so", ".pyd", ".pyc"))]
        place = str(ROOT).encode()
        assert not [n for n in names if place in archive.read(n)]


def test_the_same_wheel_gives_the_same_bytes(pyz: Path, wheel: Path, tmp_path: Path) -> None:
    assert pack(wheel, tmp_path).read_bytes() == pyz.read_bytes()
