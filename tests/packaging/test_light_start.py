"""Listing the commands imports no simulator, and nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

AFTERWARDS = """
import sys
from oslab.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""


def modules_after(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", AFTERWARDS, *arguments], capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)])
def test_the_start_is_light(arguments: tuple[str, ...]) -> None:
    modules = modules_after(*arguments)
    heavy = {
        m for m in modules if m.split(".")[0] in ("rich", "pydantic", "numpy", "click", "simpy")
    }
    assert heavy == set()
    assert "typer.rich_utils" not in modules


def test_help_imports_only_the_front_page_of_a_plugin() -> None:
    modules = modules_after("--help")
    assert {"oslab_paging", "oslab_reactor", "oslab_grader"} <= modules
    assert {m for m in modules if m.startswith("oslab_") and "." in m} == set()
    inner = {m for m in modules if m.startswith(("oslab.exercise", "oslab.show", "oslab.cli."))}
    assert inner == {"oslab.cli.lazy", "oslab.cli.root"}


def test_simpy_is_imported_for_servers_under_load_only() -> None:
    assert "simpy" not in modules_after("reactor", "presets", "nginx")
    assert "simpy" in modules_after("reactor", "script", "single", "--requests", "0 1us 1us 1us")
