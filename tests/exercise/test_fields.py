"""Typed records from tables: everything wrong is said at once, with where and what would be right."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import pytest

from oslab import Choose, Generator
from oslab.exercise.fields import RecordError, read_record, to_json


@dataclass(frozen=True)
class Inner:
    length: Choose[int]
    pages: Choose[int]


@dataclass(frozen=True)
class Space:
    policy: Choose[Literal["fifo", "lru"]]
    frames: Choose[int]
    references: Inner
    time: Choose[Fraction] = Choose((Fraction(1),))
    note: str | None = None


GOOD = {"policy": "fifo", "frames": [3, 4], "references": {"length": "10..14", "pages": 5}}


def faults(table: object) -> list[str]:
    with pytest.raises(RecordError) as error:
        read_record(Space, table, "space")
    return list(error.value.faults)


def test_a_list_is_a_choice_a_range_is_inclusive_a_bare_value_is_fixed() -> None:
    space = read_record(Space, GOOD)
    assert list(space.references.length.options) == [10, 11, 12, 13, 14]
    assert tuple(space.frames.options) == (3, 4)
    assert tuple(space.references.pages.options) == (5,)
    rng = Generator("x")
    assert {space.references.length.pick(rng) for _ in range(100)} == {10, 11, 12, 13, 14}


@pytest.mark.parametrize(
    ("value", "ns"),
    [
        ("10ns", 10),
        ("2us", 2000),
        (0.1, Fraction(1, 10)),
        ("25 %", Fraction(1, 4)),
        ("1/3", Fraction(1, 3)),
    ],
)
def test_a_fraction_field_reads_times_shares_and_numbers(value: object, ns: object) -> None:
    assert read_record(Space, {**GOOD, "time": value}).time.options == (ns,)


def test_sizes_are_whole_numbers() -> None:
    assert tuple(read_record(Space, {**GOOD, "frames": "4KiB"}).frames.options) == (4096,)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"polcy": "fifo"}, 'space.polcy: no such key (did you mean "policy"?)'),
        (
            {"policy": "fiffo"},
            'space.policy is "fiffo" (did you mean "fifo"?); one of fifo, lru expected',
        ),
        ({"frames": "three"}, 'space.frames is "three"; a whole number'),
        ({"frames": True}, "space.frames is true"),
        ({"frames": [3, "x"]}, 'space.frames[1] is "x"'),
        ({"frames": []}, "space.frames is an empty list"),
        ({"frames": "9..3"}, "from the smaller to the larger"),
        ({"references": 3}, "space.references must be a table, not 3"),
        ({"references": {"length": 4}}, "space.references.pages is missing"),
        ({"note": 4}, "space.note is 4; a text expected"),
    ],
)
def test_a_fault_says_where_what_and_what_would_be_right(
    change: dict[str, object], said: str
) -> None:
    assert any(said in fault for fault in faults({**GOOD, **change}))


def test_all_faults_are_said_at_once() -> None:
    assert len(faults({"polcy": 1, "frames": "x", "references": {"length": "a..b"}})) >= 5


@dataclass(frozen=True)
class Params:
    policy: str
    frames: int
    references: tuple[str, ...]
    share: Fraction
    image: bytes
    pair: tuple[int, bool]
    extra: Inner2 | None


@dataclass(frozen=True)
class Inner2:
    hand: int


def test_parameters_survive_json() -> None:
    import json

    params = Params("fifo", 3, ("7", "7w"), Fraction(1, 3), b"\x00\xff", (1, True), Inner2(2))
    assert read_record(Params, json.loads(json.dumps(to_json(params)))) == params
