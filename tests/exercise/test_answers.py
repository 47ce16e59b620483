"""Answer types: what is read as meant, what is unreadable, what is right."""

import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import (
    Accept,
    Address,
    AnswerType,
    Bool,
    Choice,
    Choices,
    Float,
    HexInt,
    Int,
    List,
    Ordering,
    OrNone,
    Percent,
    Ratio,
    Set,
    ShortText,
    Size,
    Text,
    Time,
    Unreadable,
    Words,
)
from oslab.exercise.answers import is_blank

WORDS = Words({"choices": {"hit": Text("hit", "命中"), "fault": Text("page fault", "缺页")}})
RESULT = Choice("hit", "fault")


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (Int(), 9, 9), (Int(), "0x9", 9), (Int(), " ９ ", 9), (Int(), "1_0", 10),
        (Address(), "0x2004", 0x2004), (HexInt(), "0x2b", 43), (HexInt(), "43", 43),
        (Size(), "4KiB", 4096), (Size(), 4096, 4096),
        (Time(), "2us", 2000), (Time(unit="ms"), 8, 8_000_000), (Time(unit="ms"), "8ns", 8),
        (Float(), 0.25, Fraction(1, 4)), (Float(), "1/4", Fraction(1, 4)), (Float(), 3, 3),
        (Ratio(), "3/8", Fraction(3, 8)), (Ratio(), "37.5 %", Fraction(3, 8)),
        (Percent(), "25 %", Fraction(1, 4)), (Percent(), 0.25, Fraction(1, 4)),
        (Bool(), True, True), (Bool(), "否", False), (Bool(), "Y", True),
        (RESULT, "fault", "fault"), (RESULT, "F", "fault"), (RESULT, "h", "hit"), (RESULT, "缺页", "fault"),
        (RESULT, "命", "hit"), (RESULT, "page fault", "fault"),
        (Choices("r", "w", "x"), "w, r", frozenset("rw")), (Choices("r", "w"), "-", frozenset()),
        (List(Int()), "7 0 1", (7, 0, 1)), (List(Int()), [7, "0"], (7, 0)), (List(Int()), "7 -> 0", (7, 0)),
        (List(Int()), "-", ()), (List(Int()), "[1, 2]", (1, 2)),
        (Set(Int()), "3, 1 3", frozenset({1, 3})),
        (OrNone(Int()), "-", None), (OrNone(Int()), "－", None), (OrNone(Int()), "无", None),
        (OrNone(Int()), "4", 4),
        (Ordering(tuple("abcd")), "c a b", ("c", "a", "b")), (Ordering(tuple("abcd")), "CAB", ("c", "a", "b")),
        (ShortText(), "  EAGAIN ", "eagain"),
    ],
)  # fmt: skip
def test_it_is_read_as_meant(kind: AnswerType, typed: object, value: object) -> None:
    assert kind.read(typed, WORDS) == value


@pytest.mark.parametrize(
    ("kind", "typed", "reason"),
    [
        (Int(), "eleven", "int"), (Int(), True, "int"), (Int(), 1.5, "int"), (Int(), "nan", "int"),
        (Int(), [1], "one-value"), (Int(), {"a": 1}, "one-value"), (Int(), 2**200, "too-large"),
        (Int(), datetime.date(2024, 1, 1), "int"), (Address(), -1, "address"), (HexInt(), "x", "hex"),
        (Size(), "4X", "size"),
        (Time(), "soon", "time"), (Float(), float("nan"), "not-finite"), (Float(), float("inf"), "not-finite"),
        (Float(), False, "float"), (Percent(), "half", "percent"), (Ratio(), "1/0", "fraction"),
        (Bool(), 1, "bool"), (Bool(), 0, "bool"), (Bool(), "maybe", "bool"),
        (RESULT, "miss", "choice"), (Choice("read", "replace"), "re", "choice-unclear"),
        (RESULT, True, "choice"),
        (Ordering(tuple("abc")), "a b z", "sequence"), (Ordering(tuple("abc")), "a b a", "sequence-twice"),
    ],
)  # fmt: skip
def test_it_is_unreadable_not_wrong(kind: AnswerType, typed: object, reason: str) -> None:
    with pytest.raises(Unreadable) as error:
        kind.read(typed, WORDS)
    assert error.value.reason == reason


@pytest.mark.parametrize("value", ["", " ", "?", "？", [], "…"])
def test_it_is_blank(value: object) -> None:
    assert is_blank(value)


@pytest.mark.parametrize(
    ("kind", "key", "given_value", "same"),
    [
        (Int(), 1, 1, True), (Int(), Accept(1, 2), 2, True), (Int(), 1, 2, False),
        (Float(), Fraction(1, 3), Fraction("0.33"), True), (Float(), Fraction(1, 3), Fraction("0.35"), False),
        (Float(relative=Fraction(1, 1000)), 8000, Fraction(8007), True),
        (Float(relative=Fraction(1, 1000)), 8000, Fraction(8009), False),
        (Time(unit="us"), 2000, Fraction(2010), True), (Time(unit="us"), 2000, Fraction(2011), False),
        (Percent(), Fraction(1, 3), Fraction("0.3333"), True), (Percent(), Fraction(1, 3), Fraction("0.33"), False),
        (OrNone(Int()), None, None, True), (OrNone(Int()), None, 0, False), (OrNone(Int()), 0, None, False),
        (List(Int()), (1, 2), (1, 2), True), (List(Int()), (1, 2), (2, 1), False),
        (Set(Int()), frozenset({1, 2}), frozenset({2, 1}), True),
        (ShortText(), "EAGAIN", "eagain", True), (ShortText(), "EAGAIN", "EAGAIN", True),
        (ShortText(), "EAGAIN", "EBADF", False),
        (Bool(), True, True, True),
    ],
)  # fmt: skip
def test_it_is_judged(kind: AnswerType, key: Any, given_value: Any, same: bool) -> None:
    assert kind.same(key, given_value) is same


def test_a_boolean_is_never_the_integer_one() -> None:
    assert not Int().same(1, True)


def test_numbers_are_apart_by_ten_tolerances() -> None:
    assert not Float().apart(Fraction(1), Fraction("1.1"))
    assert Float().apart(Fraction(1), Fraction("1.11"))


@pytest.mark.parametrize(
    ("answer", "credit"),
    [
        ("abcd", Fraction(1)),
        ("bcda", Fraction(1, 2)),  # c after b, d after c
        ("dcba", Fraction(0)),
        ("abdc", Fraction(1, 2)),
        ("abcde", Fraction(4, 5)),  # one step too many
        ("ab", Fraction(1, 2)),
    ],
)
def test_a_sequence_earns_for_right_predecessors(answer: str, credit: Fraction) -> None:
    assert Ordering(tuple("abcdef")).credit(tuple("abcd"), tuple(answer)) == credit


def test_a_random_order_earns_about_one_nth() -> None:
    from oslab import Generator

    rng, key = Generator("orders"), tuple("abcdefgh")
    kind = Ordering(key)
    mean = sum(float(kind.credit(key, tuple(rng.shuffled(key)))) for _ in range(2000)) / 2000
    assert 0.08 < mean < 0.17


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Int(), -3), (Address(16), 0x2004), (HexInt(), 43), (Size(), 12288), (Size(), 4100),
        (Time(unit="ms"), Fraction(1500)),
        (Float(), Fraction(5, 8)), (Ratio(), Fraction(3, 8)), (Percent(), Fraction(1, 8)), (Bool(), False),
        (RESULT, "hit"), (Choices("r", "w"), frozenset("w")), (Choices("r", "w"), frozenset()),
        (List(Int()), (3, 1)), (List(Int()), ()), (Set(Int()), frozenset({3, 1})), (OrNone(Int()), None),
        (OrNone(Address()), 16), (Ordering(tuple("abc")), ("b", "a")),
    ],
)  # fmt: skip
def test_what_is_written_reads_back(kind: AnswerType, value: Any) -> None:
    assert kind.same(value, kind.read(kind.write(value, WORDS), WORDS))


KINDS = (Int(), Address(), HexInt(), Size(), Time(), Float(), Ratio(), Percent(), Bool(), RESULT, Choices("a", "b"),
         List(Int()), Set(Int()), OrNone(Int()), Ordering(tuple("abc")), ShortText())  # fmt: skip
TOML = st.recursive(
    st.text()
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.datetimes()
    | st.dates()
    | st.times(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(KINDS), TOML)
def test_any_toml_value_is_read_or_unreadable(kind: AnswerType, value: object) -> None:
    try:
        read = kind.read(value, WORDS)
    except Unreadable:
        return
    assert kind.same(read, read)
