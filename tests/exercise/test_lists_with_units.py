"""Lists of quantities: what is written is read again, and a unit may stand apart from its number."""

from __future__ import annotations

from fractions import Fraction

import pytest

from oslab.exercise.answers import (
    AnswerType,
    Int,
    List,
    Ordering,
    Percent,
    Set,
    Size,
    Time,
    Unreadable,
)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (List(Size()), (16384, 8192, 100, 0)),
        (Set(Size()), frozenset({4096, 100})),
        (List(Time()), (Fraction(2500), Fraction(10))),
        (List(Percent()), (Fraction(1, 4), Fraction(1))),
    ],
)
def test_what_is_written_is_read_again(kind: AnswerType, value: object) -> None:
    assert kind.read(kind.write(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "16K 8K",
        "16 KiB 8 KiB",
        "16 k, 8 k",
        "16384 8192",
        "16 KB → 8 KB",
        "16KiB 8192 B",
        "１６ KiB，8 KiB",
        "16384 字节、8192 字节",
    ],
)
def test_sizes_with_their_units_anywhere(text: str) -> None:
    assert List(Size()).read(text) == (16384, 8192)


def test_letters_after_numbers_are_no_units_elsewhere() -> None:
    assert Ordering(("1", "b", "k")).read("1 b k") == ("1", "b", "k")
    assert List(Int()).read("1 2") == (1, 2)


def test_times_with_chinese_units() -> None:
    assert Time(unit="us").read("1.5 毫秒") == 1_500_000
    assert List(Time(unit="us")).read("2 微秒，3 微秒") == (2000, 3000)


@pytest.mark.parametrize("text", [",", "；", " 、 ", "->"])
@pytest.mark.parametrize("kind", [List(Int()), Set(Int()), Ordering(("a", "b"))])
def test_a_separator_alone_is_no_empty_list(kind: AnswerType, text: str) -> None:
    with pytest.raises(Unreadable):
        kind.read(text)
