"""Every test has a home of its own: progress is never the developer's, the language is English."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSLAB_DATA", str(tmp_path / "oslab-data"))
    monkeypatch.setenv("OSLAB_LANG", "en")
    for name in ("OSLAB_DEBUG", "OSLAB_DISABLE", "VISUAL", "EDITOR", "TERM_PROGRAM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


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
