"""Counters for all students at once, against plain counting."""

from __future__ import annotations

from collections import Counter
from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from oslab_grader.insight.counters import Counters, Usual, chance, members, set_of

SETS = st.lists(st.sets(st.integers(0, 80)), max_size=40)


@given(SETS)
def test_counters_count_as_a_dictionary_does(sets: list[set[int]]) -> None:
    counters, plain = Counters(), Counter[int]()
    for students in sets:
        counters.add(set_of(students))
        plain.update(students)
    assert [counters.of(i) for i in range(81)] == [plain[i] for i in range(81)]
    assert counters.total() == plain.total()
    assert counters.squares() == sum(count * count for count in plain.values())


@given(SETS, st.sets(st.integers(0, 80), min_size=1))
def test_the_highest_count_is_found_with_all_who_have_it(
    sets: list[set[int]], among: set[int]
) -> None:
    counters, plain = Counters(), Counter[int]()
    for students in sets:
        counters.add(set_of(students))
        plain.update(students)
    best, who = counters.highest(set_of(among))
    assert best == max(plain[i] for i in among)
    assert set(members(who)) == {i for i in among if plain[i] == best}


def test_chance_is_the_upper_tail_of_the_binomial() -> None:
    assert chance(3, 0, Usual(0.25, 0)) == 1
    assert isclose(chance(3, 3, Usual(0.25, 0)), 1 / 64)
    assert isclose(chance(3, 2, Usual(0.25, 0)), 10 / 64)
    assert chance(5, 1, Usual(0.0, 0)) == 0
    assert chance(5, 5, Usual(1.0, 0)) == 1
