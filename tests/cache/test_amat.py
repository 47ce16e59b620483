"""Average memory access time."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_cache.amat import AmatConfig, run

times = st.fractions(0, 1000, max_denominator=10)
shares = st.fractions(0, 1, max_denominator=100)


def amat(levels, ratios, kind="local"):
    config = AmatConfig(
        tuple(Fraction(t) for t in levels), tuple(Fraction(r) for r in ratios), kind
    )
    return run(config).metrics


def test_one_cache_of_the_textbook():
    # Hit time 1, miss rate 5 %, penalty 100.
    assert amat((1, 100), ("5/100",))["amat_ns"] == 6


def test_two_caches_of_the_textbook_from_counted_misses():
    # Hennessy and Patterson, appendix B: of 1000 references 40 miss in L1 and 20 in L2; hit times 1
    # and 10 cycles, memory 200: 1 + 4 % × (10 + 50 % × 200) = 5.4.
    found = amat((1, 10, 200), ("40/1000", "20/1000"), "global")
    assert found["amat_ns"] == Fraction("5.4")
    assert found["levels"][1]["local"] == Fraction(1, 2)


def test_three_caches_by_hand():
    # 1 + 10 % × (5 + 20 % × (20 + 50 % × 100)) = 1 + 0.1 × (5 + 0.2 × 70) = 2.9
    found = amat((1, 5, 20, 100), ("1/10", "1/5", "1/2"))
    assert found["amat_ns"] == Fraction("2.9")
    assert found["global_ratios"] == (Fraction(1, 10), Fraction(1, 50), Fraction(1, 100))


@given(st.data())
def test_what_the_levels_contribute_sums_to_the_average(data):
    ratios = data.draw(st.lists(shares, min_size=1, max_size=4))
    levels = data.draw(st.lists(times, min_size=len(ratios) + 1, max_size=len(ratios) + 1))
    found = amat(levels, ratios)
    assert sum(level["contribution_ns"] for level in found["levels"]) == found["amat_ns"]


@given(st.data())
def test_the_same_misses_as_global_ratios_give_the_same_average(data):
    ratios = data.draw(st.lists(shares, min_size=1, max_size=4))
    levels = data.draw(st.lists(times, min_size=len(ratios) + 1, max_size=len(ratios) + 1))
    local = amat(levels, ratios)
    assert amat(levels, local["global_ratios"], "global")["amat_ns"] == local["amat_ns"]


@given(times, times)
def test_a_cache_that_never_misses_hides_what_is_below(first, memory):
    assert amat((first, memory), (0,))["amat_ns"] == first


@pytest.mark.parametrize(
    ("levels", "ratios", "kind", "message"),
    [
        ((1,), (), "local", "one cache at least"),
        ((1, 2), ("1/2", "1/2"), "local", "need 3 times"),
        ((1, 2), (2,), "local", "share from 0 to 1"),
        ((1, -2), ("1/2",), "local", "not negative"),
        ((1, 2, 3), ("1/10", "1/5"), "global", "cannot rise"),
    ],
)
def test_what_cannot_be_is_refused(levels, ratios, kind, message):
    with pytest.raises(InputError, match=message):
        amat(levels, ratios, kind)


def test_the_command_reads_units_and_percent(oslab):
    found = oslab("cache", "amat", "--times", "1ns,10ns,0.1us", "--miss-ratios", "5% 20%", "--json")
    assert json.loads(found.out)["metrics"]["amat_ns"] == 2.5


def test_the_command_names_a_bad_option(oslab):
    found = oslab("cache", "amat", "--times", "1ns,x")
    assert found.code == 2
    assert "--times" in found.err
