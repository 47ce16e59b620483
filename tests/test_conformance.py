"""Every exercise of the catalogue, over many seeds; see oslab/conformance/suite.py.

`make conformance` takes as many as `oslab plugin check` does.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from oslab.conformance.suite import examine, golden, only_essays, seed_code, twins
from oslab.exercise.catalogue import entry, exercise, sources
from oslab.exercise.variant import draw
from oslab.plugins import plugins, problem

GOLDEN = Path(__file__).parent / "golden"
SEEDS = 60


@pytest.mark.slow
@pytest.mark.parametrize("name", list(sources()))
def test_exercise_conforms(name: str) -> None:
    report = examine(name, range(SEEDS))
    assert report.ok, "\n".join(f"{f.check}: {f.text} (seed {f.seed})" for f in report.findings)


@pytest.mark.parametrize("name", list(sources()))
def test_codes_draw_what_they_always_drew(name: str) -> None:
    assert (GOLDEN / f"{name.replace('/', '-')}.json").exists(), "run: make golden"
    finding = golden(name, range(20), GOLDEN)
    assert finding is None, finding.text


def test_every_problem_type_is_used_by_an_exercise() -> None:
    types = {p.name for plugin in plugins().loaded.values() for p in plugin.problems}
    assert {t for t in types if not only_essays(t)} == {entry(name).problem for name in sources()}


TYPES = sorted({entry(name).problem for name in sources()})


@pytest.mark.parametrize("kind", TYPES)
def test_every_modelled_mistake_happens_somewhere(kind: str) -> None:
    missing = set(problem(kind).mistakes())
    exercises = [exercise(name) for name in sources() if entry(name).problem == kind]
    for seed in range(SEEDS):
        for found in exercises:
            missing -= set(draw(found, seed_code(seed)).mistakes())
        if not missing:
            break
    assert not missing


def test_no_two_exercises_are_equal_but_for_ranges() -> None:
    assert list(twins(sources())) == []
