"""iomodels.async-kind: the key, and what the mistaken think of each kind."""

from __future__ import annotations

from fractions import Fraction

import pytest

from oslab.conformance.suite import seed_code
from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import draw
from oslab_iomodels.kinds import Case, KindsConfig, way_of
from oslab_iomodels.problems.asynckind import AsyncKind

PROBLEM = AsyncKind()
FOUR = KindsConfig(
    cases=(
        Case("libaio", "socket"), Case("libaio", "file-direct"), Case("posix-aio", "socket"),
        Case("libaio", "file-buffered"),
    ),
    requests=3, cached=False, call_ns=Fraction(1), submit_ns=Fraction(2), device_ns=Fraction(100),
    copy_time_ns=Fraction(10), wake_ns=Fraction(5), pool=2,
)  # fmt: skip


def rows(answers):
    return [tuple(row.values()) for row in answers["kinds"]]


def changed(mistake):
    """The rows in which a mistake differs from the key."""
    key = rows(PROBLEM.solve(FOUR, PROBLEM.run(FOUR)))
    found = rows(PROBLEM.mistakes()[mistake](PROBLEM, FOUR))
    return {
        n: wrong for n, (right, wrong) in enumerate(zip(key, found, strict=True)) if right != wrong
    }


def test_the_key() -> None:
    # Two threads for three reads: the third is called when the first is done, at 110, and copied by 121.
    assert rows(PROBLEM.solve(FOUR, PROBLEM.run(FOUR))) == [
        (134, 0, 134),
        (7, 0, 107),
        (9, 2, 121),
        (337, 0, 337),
    ]


def test_who_takes_libaio_for_asynchronous_is_told_by_all_but_direct_files() -> None:
    assert changed("libaio-always-async") == {0: (7, 0, 110), 3: (7, 0, 117)}


def test_who_counts_ready_for_complete_forgets_the_copy() -> None:
    assert changed("ready-for-complete") == {2: (9, 2, 111)}


def test_the_other_mistakes() -> None:
    assert changed("threads-ignored") == {2: (9, 0, 121)}
    assert changed("thread-for-each") == {2: (9, 3, 110)}
    assert changed("direct-copied") == {1: (7, 0, 117)}
    assert changed("buffered-is-async") == {3: (7, 0, 117)}
    assert changed("one-read")[0] == (110, 0, 110)


@pytest.mark.parametrize("name", ["async-kind", "async-kind-network", "async-kind-cached"])
def test_what_each_exercise_is_about_occurs_in_every_draw(name: str) -> None:
    found = exercise(f"iomodels/{name}")
    for seed in range(10):
        p = draw(found, seed_code(seed)).params
        ways = {way_of(case, p.cached) for case in p.cases}
        assert len(ways) > 1
        assert ("in-call" in ways) == any(
            case.kind == "libaio" and case.target != "file-direct" for case in p.cases
        )
