"""The one rule by which answers are traced to a misunderstanding."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from oslab.exercise.answers import Accept, accepted
from oslab.exercise.recognition import Recognised, recognise

KEY = dict.fromkeys(range(20), 0)


def same(cell: int, key: Any, value: Any) -> bool:
    return value in accepted(key)


def told(mistakes: dict[str, dict[int, int]], answers: dict[int, int]) -> Recognised | None:
    return recognise(KEY, answers, mistakes, same)


LRU = {i: 1 if i < 8 else 0 for i in range(20)}


def test_answers_equal_to_a_mistake_name_it() -> None:
    assert told({"lru": LRU}, LRU) == Recognised(("lru",), exact=True)


def test_right_answers_name_nothing() -> None:
    assert told({"lru": LRU}, KEY) is None


def test_slips_beside_the_mistake_make_it_look_like_it() -> None:
    assert told({"lru": LRU}, {**LRU, 15: 5}) == Recognised(("lru",), exact=False)


def test_two_of_eight_telling_cells_missed_still_look_like_it() -> None:
    assert told({"lru": LRU}, {**LRU, 0: 5, 1: 5}) == Recognised(("lru",), exact=False)


def test_three_of_eight_telling_cells_missed_do_not() -> None:
    assert told({"lru": LRU}, {**LRU, 0: 0, 1: 0, 2: 0}) is None


def test_too_many_slips_elsewhere_do_not() -> None:
    assert told({"lru": LRU}, {**LRU, 12: 5, 13: 5, 14: 5, 15: 5}) is None


def test_a_mistake_that_speaks_of_one_number_is_named_by_it() -> None:
    assert told({"off-by-one": {3: 7}}, {**KEY, 3: 7}) == Recognised(("off-by-one",), exact=True)


def test_what_a_mistake_does_not_speak_of_may_be_wrong_too() -> None:
    assert told({"off-by-one": {3: 7}}, {**KEY, 3: 7, 4: 9}) == Recognised(
        ("off-by-one",), exact=True
    )


def test_two_mistakes_that_explain_everything_are_both_named() -> None:
    found = told({"lru": LRU, "mru": dict(LRU)}, LRU)
    assert found == Recognised(("lru", "mru"), exact=True)


def test_of_two_equal_ones_the_one_that_explains_more_is_named() -> None:
    found = told({"lru": LRU, "first": {0: 1}}, LRU)
    assert found == Recognised(("lru",), exact=True)


def test_near_mistakes_that_tie_are_not_named() -> None:
    other = {**LRU, 8: 1}
    assert told({"a": LRU, "b": other}, {**LRU, 8: 5}) is None


def test_the_nearer_of_two_is_named() -> None:
    other = {**LRU, 8: 1}
    assert told({"a": LRU, "b": other}, {**other, 15: 5}) == Recognised(("b",), exact=False)


def test_few_answers_are_not_enough_for_a_table_mistake() -> None:
    assert told({"lru": LRU}, {0: 1, 1: 1}) is None
    assert told({"lru": LRU}, {0: 1, 1: 1, 2: 1}) == Recognised(("lru",), exact=True)


def test_a_key_with_several_values_tells_only_by_what_it_does_not_accept() -> None:
    found = recognise({0: Accept(1, 2)}, {0: 2}, {"m": {0: 2}}, same)
    assert found is None


@given(st.lists(st.integers(0, 2), min_size=20, max_size=20))
def test_nothing_nearer_to_the_key_is_ever_named(values: list[int]) -> None:
    answers = dict(enumerate(values))
    found = told({"lru": LRU}, answers)
    if found:
        like = sum(LRU[i] == v for i, v in answers.items())
        right = sum(v == 0 for v in values)
        assert like > right
