"""iomodels.classify: what the traces of an exercise show, and what the mistaken answer."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest

from oslab.conformance.suite import seed_code
from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import draw
from oslab_iomodels.classify import ClassifyConfig, parse_trace
from oslab_iomodels.problems.classify import Classify

MIXED = ClassifyConfig(
    tuple(
        parse_trace(text)
        for text in (
            "recv 0..43; ready 40; copied 40..43",
            "recv 0..1; recv 30..34; ready 25; copied 30..34",
            "select 0..40; recv 42..44; ready 40; copied 42..44",
            "fcntl 0..1; recv 41..44; ready 40; copied 41..44; notified 40",
            "io_submit(socket) 0..43; ready 40; copied 40..43; notified 43",
            "read(O_NONBLOCK) 0..43; ready 40; copied 40..43",
        )
    )
)


def cells(mistake: str, column: str) -> list[object]:
    answers = Classify.mistakes()[mistake](Classify(), MIXED)
    assert answers is not None
    return [row[column] for row in answers["traces"]]


def test_the_key_is_read_off_the_run() -> None:
    rows = Classify().solve(MIXED, Classify().run(MIXED))["traces"]
    assert [row["blocked_ns"] for row in rows] == [43, 4, 42, 3, 43, 43]
    assert [row["synchronous"] for row in rows] == [True] * 6


@pytest.mark.parametrize(
    ("mistake", "row"),
    [("nonblocking-is-async", 1), ("multiplexed-is-async", 2), ("sigio-is-async", 3)],
)
def test_what_is_taken_for_asynchronous(mistake: str, row: int) -> None:
    expected = [n != row for n in range(6)]
    assert cells(mistake, "synchronous") == expected
    assert (cells(mistake, "name")[row] == "asynchronous") is True


def test_times_of_the_mistaken() -> None:
    assert cells("copy-not-counted", "blocked_ns") == [40, 0, 40, 0, 40, 40]
    assert cells("until-the-end", "blocked_ns") == [43, 34, 44, 44, 43, 43]
    assert cells("by-the-name", "blocked_ns") == [43, 4, 42, 3, Fraction(0), 3]
    assert cells("waiting-is-free", "blocking") == [True, False, False, False, True, True]


def test_every_model_occurs_once_in_five_traces() -> None:
    found = exercise("iomodels/classify")
    for seed in range(5):
        variant = draw(found, seed_code(seed))
        names = Counter(row["name"] for row in variant.key["traces"])
        assert sorted(names.values()) == [1, 1, 1, 1, 1]


def test_names_that_promise_more_are_blocking_calls() -> None:
    found = exercise("iomodels/classify-names")
    for seed in range(5):
        variant = draw(found, seed_code(seed))
        rows = zip(variant.params.traces, variant.key["traces"], strict=True)
        promised = [row for trace, row in rows if trace.calls[0].name.endswith(")")]
        assert Counter(row["name"] for row in promised) == {"blocking": 3, "signal-driven": 1}
