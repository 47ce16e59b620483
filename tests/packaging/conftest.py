"""What a user installs: the wheel, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """This process's environment without what would change oslab's or Python's behaviour."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(
            ("OSLAB_", "PYTHON", "VIRTUAL_ENV", "LC_", "XDG_", "COV_", "PYTEST_")
        )
    }
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8", "COLUMNS": "120", **more}


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and how to run what is in it."""

    folder: Path

    def path(self, program: str) -> str:
        if os.name == "nt":
            return str(self.folder / "Scripts" / f"{program}.exe")
        return str(self.folder / "bin" / program)

    def run(
        self, *command: str, cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, away from the checkout."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True, parents=True)
        return subprocess.run(
            [self.path(command[0]), *command[1:]],
            cwd=cwd or home,
            env=clean_environment(home, **variables),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )

    def oslab(
        self, *arguments: str, cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return self.run("oslab", *arguments, cwd=cwd, **variables)

    def install(self, *what: str) -> None:
        pip("--python", self.path("python"), "install", *what)


def pip(*arguments: str) -> None:
    run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments])


def run(command: Sequence[str]) -> None:
    """Run a builder or installer, and show what it said when it fails."""
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder made by whichever worker of this test run needs it first; the others wait for it."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done, failed = (shared / f"{name}{end}" for end in ("", ".done", ".failed"))
    try:
        folder.mkdir()
    except FileExistsError:
        while not done.exists():
            if failed.exists():
                pytest.fail(failed.read_text(encoding="utf-8"))
            time.sleep(0.1)
        return folder
    try:
        make(folder)
    except BaseException as error:
        failed.write_text(str(error), encoding="utf-8")
        raise
    done.touch()
    return folder


def build(folder: Path, *what: str, project: Path = ROOT) -> Path:
    """Run the build front end with the backend installed here; `folder` receives the result."""
    run(
        [
            sys.executable,
            "-m",
            "build",
            "--no-isolation",
            *what,
            "--outdir",
            str(folder),
            str(project),
        ]
    )
    return wheel_in(folder)


def wheel_in(folder: Path) -> Path:
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    return wheel_in(once(tmp_path_factory, "wheel", lambda folder: build(folder, "--wheel")))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A new environment with the wheel and its dependencies, and nothing else."""

    def make(folder: Path) -> None:
        venv.create(folder)
        Environment(folder).install("--constraint", str(ROOT / "constraints.txt"), str(wheel))

    return Environment(once(tmp_path_factory, "installed", make))
