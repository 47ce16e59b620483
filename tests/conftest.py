"""Every test has a home of its own: progress is never the developer's, the language is English."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from oslab import text

# Tests never time: a busy machine is no failure.
settings.register_profile("oslab", deadline=None)
settings.load_profile("oslab")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSLAB_DATA", str(tmp_path / "oslab-data"))
    monkeypatch.setenv("OSLAB_LANG", "en")
    for name in ("OSLAB_DEBUG", "OSLAB_DISABLE", "VISUAL", "EDITOR", "TERM_PROGRAM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    text._chosen.set(None)  # what another test chose


@dataclass(frozen=True)
class Result:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def oslab(capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run a command line in this process, from parsing to exit code."""
    from contextvars import copy_context

    from oslab.cli import main

    def run(*arguments: str) -> Result:
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            copy_context().run(main, list(arguments))
        out, err = capfd.readouterr()
        code = end.value.code
        return Result(code if isinstance(code, int) else 0 if code is None else 1, out, err)

    return run


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Install a stranger's plugin for this test: its package's files, its name and its version."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    installed = []

    def install(name: str, files: Mapping[str, str], version: str = "1.0") -> Path:
        package = f"oslab_{name.replace('-', '_')}"
        installed.append(package)
        for path, content in files.items():
            file = site / package / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, "utf-8")
        info = site / f"{package}-1.0.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: oslab-{name}\nVersion: {version}\n"
        (info / "METADATA").write_text(metadata, "utf-8")
        (info / "entry_points.txt").write_text(f"[oslab]\n{name} = {package}\n", "utf-8")
        _forget(installed)
        return site / package

    yield install
    monkeypatch.undo()
    _forget(installed)


def _forget(packages: list[str]) -> None:
    """What the host has found so far is found anew."""
    import importlib

    from oslab import plugins, wordfiles
    from oslab.exercise import catalogue

    for module in [m for m in sys.modules if m.split(".")[0] in packages]:
        del sys.modules[module]
    importlib.invalidate_caches()
    for cached in (plugins.plugins, plugins.problem, plugins.words_for, plugins.topics, wordfiles.words_of,
                   catalogue.entry):  # fmt: skip
        cached.cache_clear()
