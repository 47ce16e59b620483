"""reactor.choose: the rule of choice, a comparison worked out by hand, and the mistaken."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab.conformance.suite import seed_code
from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import draw
from oslab_reactor.choosing import MS, Candidate, bounds, candidates, chosen
from oslab_reactor.compare import CompareConfig
from oslab_reactor.load import Times
from oslab_reactor.problems.choose import ChooseServer
from oslab_reactor.shape import read_label

PROBLEM = ChooseServer()


def comparison(servers, compute, gap=3, cores=None):
    rate = Fraction(1000, gap)
    return CompareConfig(
        shapes=tuple(read_label(label, cores) for label in servers),
        rate_rps=rate,
        rates=(rate,),
        connections=len(compute),
        arrivals="even",
        accept_ns=Fraction(0),
        io=Times("fixed", (Fraction(MS),)),
        compute=Times("listed", tuple(Fraction(ms * MS) for ms in compute)),
        duration_ns=Fraction(gap * MS * len(compute)),
        seed=1,
    )


# Requests at 0, 3, 6, 9 ms; each is read for 1 ms and written for 1 ms.
SLOW = comparison(["thread-per-connection", "single", "pool/2"], [2, 10, 1, 2])


def key(p):
    found = PROBLEM.solve(p, PROBLEM.run(p))
    return [(row["threads"], row["p99"] // MS) for row in found["servers"]], found["choice"]


def gives(p, mistake):
    return PROBLEM.mistakes()[mistake](PROBLEM, p)


def test_a_comparison_worked_out_by_hand():
    # Each on its own thread: the slow one takes 12. One thread: 0-4, 4-16, 16-19, 19-23: 13 from 6 to 19, 14
    # from 9 to 23. Two workers: at 3 the first answer is written before the second request is read; that is
    # computed from 5 to 15, and written by 16.
    table, choice = key(SLOW)
    assert table == [(5, 12), (1, 14), (3, 13)]
    assert choice == 3


def test_the_bound_parts_the_servers():
    text = PROBLEM.present(SLOW)
    assert text["bound"] == "13 ms"


def test_what_the_mistaken_choose():
    assert gives(SLOW, "most-threads") == {"choice": 1}
    assert gives(SLOW, "fewest-threads") == {"choice": 2}
    assert gives(SLOW, "fastest") == {"choice": 1}
    mean = gives(SLOW, "mean-for-p99")
    # The single thread: latencies 4, 13, 13 and 14, on average 11: within 13 ms.
    assert mean["servers"][1]["p99"] == 11 * MS
    assert mean["choice"] == 2


def test_two_cores_are_not_enough_for_four_threads():
    p = comparison(["thread-per-connection", "single"], [9, 9, 9, 9], gap=1, cores=2)
    table, _ = key(p)
    # Two at a time, 11 ms each: 0-11, 1-12, 11-22, 12-23, which came at 2 and at 3.
    assert table[0] == (5, 20)
    free = gives(
        comparison(["thread-per-connection", "single", "pool/2"], [2, 10, 1, 2], cores=2),
        "cores-ignored",
    )
    assert free["servers"][0] == {"threads": 5, "p99": 12 * MS}


times = st.integers(0, 40).map(lambda ms: Fraction(ms * MS))
found = st.lists(
    st.builds(Candidate, st.uuids().map(str), st.integers(1, 9), times, times), min_size=1
)


@given(found, times)
def test_no_server_with_fewer_threads_keeps_the_bound(servers, bound):
    choice = chosen(servers, bound)
    keeping = [server for server in servers if server.p99_ns <= bound]
    if choice is None:
        assert not keeping
    else:
        assert choice in keeping
        assert all((choice.threads, choice.p99_ns) <= (s.threads, s.p99_ns) for s in keeping)


@given(found)
def test_bounds_part_the_servers(servers):
    for bound in bounds(servers):
        keeping = [server.p99_ns <= bound for server in servers]
        assert any(keeping)
        assert not all(keeping)
        assert bound % MS == 0


@pytest.mark.parametrize("name", ["choose", "choose-cores"])
def test_neither_the_most_nor_the_fewest_threads_are_the_answer(name):
    exercise_ = exercise(f"reactor/{name}")
    for seed in range(10):
        variant = draw(exercise_, seed_code(seed))
        servers = candidates(variant.run.metrics)
        threads = [server.threads for server in servers]
        choice = servers[variant.key["choice"] - 1]
        assert min(threads) < choice.threads < max(threads)


def test_the_sheet_says_what_the_threads_of_every_server_offered_do():
    params = draw(exercise("reactor/choose-cores"), seed_code(1)).params
    rules = PROBLEM.run(params).conventions
    assert {f"label_{shape.model}" for shape in params.shapes} <= set(rules)
    assert rules["cores"] == 2
    assert "drained" not in rules
