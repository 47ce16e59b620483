"""The tests that ``pytest --oslab-plugin NAME`` adds; see pytest_plugin.py."""

from __future__ import annotations

from typing import Any

from oslab.conformance.suite import examine, golden, only_essays, twins
from oslab.exercise.catalogue import entry, sources
from oslab.plugins import plugins


def test_exercise_conforms(conforming_exercise: str, pytestconfig: Any) -> None:
    """Key, mistakes, lazy score, blanks, garbage, statements, records."""
    report = examine(conforming_exercise, range(pytestconfig.getoption("--oslab-seeds")))
    assert report.ok, "\n".join(f"{f.check}: {f.text} (seed {f.seed})" for f in report.findings)


def test_codes_draw_what_they_always_drew(conforming_exercise: str, pytestconfig: Any) -> None:
    """Golden variants; the first run writes them."""
    folder = pytestconfig.rootpath / pytestconfig.getoption("--oslab-golden")
    finding = golden(conforming_exercise, range(20), folder)
    assert finding is None, finding.text


def test_no_two_exercises_are_equal_but_for_ranges(pytestconfig: Any) -> None:
    """Two exercises of one problem type differ in what they say."""
    name = pytestconfig.getoption("--oslab-plugin")
    assert not list(twins(i for i in sources() if name in (i.partition("/")[0], "all")))


def test_every_problem_type_is_used(pytestconfig: Any) -> None:
    """A problem type that no exercise binds is dead."""
    name = pytestconfig.getoption("--oslab-plugin")
    types = {p.name for n, plugin in plugins().loaded.items() if name in (n, "all")
             for p in plugin.problems}  # fmt: skip
    unused = {t for t in types if not only_essays(t)} - {entry(i).problem for i in sources()}
    assert not unused, f"no exercise uses {', '.join(sorted(unused))}"
