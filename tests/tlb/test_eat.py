"""Effective access time with a TLB."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab.cli import main
from oslab_tlb.eat import EatConfig, run

shares = st.fractions(0, 1, max_denominator=1000)
times = st.fractions(0, 10**6, max_denominator=10)


def config(h="98/100", t=20, m=100, k=1, p=0, f=0):
    return EatConfig(Fraction(h), Fraction(t), Fraction(m), k, Fraction(p), Fraction(f))


@pytest.mark.parametrize(("h", "eat"), [("80/100", 140), ("98/100", 122)])
def test_the_textbook_examples_of_20_and_100_ns(h, eat):
    assert run(config(h)).metrics["eat_ns"] == eat


def test_each_level_adds_an_access_to_a_miss():
    assert run(config(k=4)).metrics["miss_ns"] == 20 + 5 * 100


def test_faults_add_their_time_to_each_reference_that_faults():
    found = run(config(p="1/1000", f=8_000_000))
    assert found.metrics["eat_ns"] == 122 + 8000
    assert "eat-faults" in [step.action for step in found.steps]


def test_without_faults_nothing_is_said_of_them():
    found = run(config())
    assert "eat-faults" not in [step.action for step in found.steps]
    assert "eat-faults" not in found.conventions


@given(shares, times, st.integers(1, 8))
def test_eat_lies_between_hit_and_miss(h, t, k):
    found = run(config(h, t, 100, k)).metrics
    assert found["hit_ns"] <= found["eat_ns"] <= found["miss_ns"]
    assert found["slowdown"] * 100 == found["eat_ns"]


@given(times, st.integers(1, 8))
def test_a_tlb_that_never_hits_is_worse_than_none(t, k):
    found = run(config(0, t, 100, k)).metrics
    assert found["eat_ns"] == found["without_ns"] + t


@pytest.mark.parametrize(
    "wrong", [{"h": 2}, {"h": -1}, {"t": -1}, {"m": 0}, {"k": 0}, {"k": 9}, {"p": 2}, {"f": -1}]
)
def test_values_that_cannot_be_are_refused(wrong):
    with pytest.raises(InputError):
        config(**wrong)


@pytest.mark.parametrize(
    ("option", "other"),
    [(("--fault-rate", "1%"), "--fault-time"), (("--fault-time", "5ms"), "--fault-rate")],
)
def test_half_of_what_page_faults_need_is_refused(capsys, option, other):
    with pytest.raises(SystemExit, match="2"):
        main(["tlb", "eat", *option])
    assert f"say {other} too" in capsys.readouterr().err
