"""Effective access time with page faults."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.eat import EatConfig, run

shares = st.fractions(0, 1, max_denominator=1000)
times = st.fractions(0, 10**7, max_denominator=10)


def config(m=200, p="1/1000", disk=8_000_000, d=0, overhead=0, limit="1/10"):
    return EatConfig(*(Fraction(x) for x in (m, p, disk, d, overhead, limit)))


def test_the_textbook_example_of_8_ms_and_one_fault_in_1000():
    assert run(config()).metrics["eat_ns"] == Fraction("8199.8")


def test_dirty_victims_cost_a_second_disk_access():
    found = run(config(d="1/2", overhead=1000)).metrics
    assert found["fault_ns"] == 12_001_000


def test_the_highest_rate_borne_gives_just_that_slowdown():
    rate = run(config()).metrics["max_fault_rate"]
    assert run(config(p=rate)).metrics["slowdown"] == Fraction(11, 10)


@given(shares, times, shares, times)
def test_eat_lies_between_a_reference_and_a_fault(p, disk, d, overhead):
    found = run(config(p=p, disk=disk, d=d, overhead=overhead)).metrics
    low, high = sorted((Fraction(200), found["fault_ns"]))
    assert low <= found["eat_ns"] <= high
    assert 0 <= found["max_fault_rate"] <= 1


@pytest.mark.parametrize("wrong", [{"p": 2}, {"d": -1}, {"m": 0}, {"disk": -1}, {"limit": -1}])
def test_values_that_cannot_be_are_refused(wrong):
    with pytest.raises(InputError):
        config(**wrong)
