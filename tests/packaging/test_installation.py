"""The wheel holds what it should, and works where it is installed."""

from __future__ import annotations

import json
import venv
import zipfile
from pathlib import Path

import pytest

from .conftest import ROOT, Environment, build

CONTAINERS = ("plugins", "grader", "exercises")


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {n for n in archive.namelist() if ".dist-info/" not in n}


def source_files() -> set[str]:
    """What the checkout has to install, under the names it gets in site-packages."""
    homes = [ROOT, *(ROOT / name for name in CONTAINERS)]
    return {
        path.relative_to(home).as_posix()
        for home in homes
        for package in home.glob("oslab*")
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    assert names_in(wheel) == source_files()


def test_the_wheel_takes_no_generic_name_in_site_packages(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in names_in(wheel)}
    topics = ("paging", "tlb", "cache", "memory", "cow", "grader")
    more = ("modes", "iomodels", "multiplex", "reactor", "zerocopy", "nio")
    plugins = {f"oslab_{name}" for name in (*topics, *more)}
    assert tops >= {"oslab", "oslab_exercises", *plugins}
    assert all(top == "oslab" or top.startswith("oslab_") for top in tops)


def test_the_wheel_has_the_data_the_code_reads(wheel: Path) -> None:
    names = names_in(wheel)
    packages = {name.split("/")[0] for name in names}
    assert {f"{package}/py.typed" for package in packages} <= names
    for start, end in (
        ("oslab/", ".toml"),
        ("oslab/", ".schema.json"),
        ("oslab_paging/words/", ".toml"),
        ("oslab_memory/presets/", ".toml"),
        ("oslab/traces/words", ".toml"),
        ("oslab_exercises/paging/", ".toml"),
    ):
        assert any(n.startswith(start) and n.endswith(end) for n in names), f"{start}…{end}"


def test_a_wheel_built_from_the_sdist_is_the_same(wheel: Path, tmp_path: Path) -> None:
    again = build(tmp_path)
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert sorted(one.namelist()) == sorted(other.namelist())
        assert all(one.read(name) == other.read(name) for name in one.namelist())


@pytest.mark.parametrize("command", [("oslab",), ("python", "-m", "oslab")])
def test_the_installed_program_says_its_version(
    installed: Environment, command: tuple[str, ...]
) -> None:
    import oslab

    done = installed.run(*command, "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"oslab {oslab.__version__}\n", "")


def test_the_installed_plugins_work(installed: Environment) -> None:
    done = installed.oslab("paging", "split", "8196", "--page-size", "4096", "--json")
    assert done.returncode == 0, done.stderr
    metrics = json.loads(done.stdout)["metrics"]
    assert (metrics["vpn"], metrics["vpo"]) == (2, 4)

    listed = installed.oslab("exercise", "list")
    assert listed.returncode == 0, listed.stderr
    assert "paging/replace-fifo" in listed.stdout


def test_an_installed_exercise_goes_from_sheet_to_grade(
    installed: Environment, tmp_path: Path
) -> None:
    started = installed.oslab("exercise", "start", "paging/replace-fifo", cwd=tmp_path)
    assert started.returncode == 0, started.stderr
    checked = installed.oslab("exercise", "check", "replace-fifo.toml", cwd=tmp_path)
    assert checked.returncode == 1, checked.stderr
    assert "blank" in checked.stdout
    graded = installed.oslab("grade", ".", cwd=tmp_path)
    assert "replace-fifo" in graded.stdout, graded.stderr


def test_an_editable_install_runs_the_checkout(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv")
    environment = Environment(tmp_path / "venv")
    environment.install("--constraint", str(ROOT / "constraints.txt"), "--editable", str(ROOT))
    where = environment.run("python", "-c", "import oslab_paging; print(oslab_paging.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(ROOT), where.stderr
    listed = environment.oslab("--help")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "paging" in listed.stdout
    assert "grade" in listed.stdout
