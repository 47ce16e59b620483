"""The conformance suite as a pytest plugin: ``pytest --oslab-plugin NAME [--oslab-seeds N]``."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest


def pytest_addoption(parser: Any) -> None:
    """Add the options; nothing else of oslab is imported unless one is used."""
    group = parser.getgroup("oslab")
    group.addoption(
        "--oslab-plugin",
        metavar="NAME",
        default="",
        help="Examine every exercise of this oslab plugin (all: of every plugin).",
    )
    group.addoption("--oslab-seeds", metavar="N", type=int, default=200, help="Draws per exercise.")
    group.addoption(
        "--oslab-golden",
        metavar="DIR",
        default="tests/golden",
        help="Where golden variants are kept, to be committed.",
    )


def pytest_configure(config: Any) -> None:
    """Collect the suite beside the project's own tests. A plugin that is not there must not pass."""
    name = config.getoption("--oslab-plugin")
    if name:
        from oslab.exercise.fields import did_you_mean
        from oslab.plugins import absent, plugins

        missing = name != "all" and absent(name)
        if missing:
            near = did_you_mean(name, list(plugins().loaded))
            raise pytest.UsageError(f"--oslab-plugin {name}{near}{missing}")
        config.args.append(str(files("oslab.conformance") / "conformance_suite.py"))


def pytest_generate_tests(metafunc: Any) -> None:
    """One test an exercise."""
    name = metafunc.config.getoption("--oslab-plugin")
    if name and "conforming_exercise" in metafunc.fixturenames:
        from oslab.exercise.catalogue import sources

        ids = [i for i in sources() if name == "all" or i.partition("/")[0] == name]
        metafunc.parametrize("conforming_exercise", ids)
