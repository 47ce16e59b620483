"""oslab multiplex cost: figures worked out by hand, and what must hold for any."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_multiplex.cost import MECHANISMS, CostConfig, cost, even, run
from oslab_multiplex.problems.cost import Cost


def config(fds=100, ready=3, max_fd=None, sets=1, waits=1):
    return CostConfig(MECHANISMS, fds, ready, fds + 2 if max_fd is None else max_fd, sets, waits)


def figures(p):
    return {
        m: (c.scanned, c.user_scanned, c.copied_bytes, c.ctl_bytes)
        for m in MECHANISMS
        for c in [cost(p, m)]
    }


def test_a_hundred_descriptors_three_of_them_ready():
    assert figures(config()) == {
        "select": (103, 100, 8 * 2 * 2, 0),  # 103 bits are two words, in and out
        "poll": (100, 100, 1000, 0),
        "epoll": (3, 3, 1200 + 36, 1200),
    }


def test_waits_multiply_all_but_the_registering():
    assert figures(config(waits=10)) == {
        "select": (1030, 1000, 320, 0),
        "poll": (1000, 1000, 10_000, 0),
        "epoll": (30, 30, 1200 + 360, 1200),
    }


@pytest.mark.parametrize(("max_fd", "words"), [(63, 1), (64, 2), (127, 2), (128, 3), (1023, 16)])
def test_select_takes_whole_words_up_to_the_highest_number(max_fd, words):
    found = cost(config(fds=10, max_fd=max_fd, sets=3), "select")
    assert (found.scanned, found.copied_bytes) == (max_fd + 1, 3 * words * 8 * 2)


@pytest.mark.parametrize(("fds", "ready"), [(1, 1), (5, 5), (6, 6), (10, 9), (12, 11), (1000, 834)])
def test_from_five_sixths_on_epoll_copies_more_than_poll(fds, ready):
    assert even(config(fds=fds, ready=0)) == ready
    at, below = (12 * k > 10 * fds for k in (ready, ready - 1))
    assert (at, below) == (True, False)


@given(st.integers(1, 500), st.data())
def test_epoll_looks_at_no_more_than_poll_and_poll_at_no_more_than_select(fds, data):
    p = config(
        fds,
        data.draw(st.integers(0, fds)),
        fds - 1 + data.draw(st.integers(0, 99)),
        data.draw(st.integers(1, 3)),
        data.draw(st.integers(0, 9)),
    )
    found = figures(p)
    assert found["epoll"][0] <= found["poll"][0] <= found["select"][0]
    assert (found["epoll"][0] == found["poll"][0]) == (p.ready == fds or not p.waits)


def test_the_table_grows_with_the_descriptors_as_many_being_ready():
    [growth] = [s.state["growth"] for s in run(config(fds=50, ready=20)).steps if s.state]
    assert [row[0] for row in growth.rows] == [50, 100, 1000, 10_000, 100_000, 1_000_000]
    assert {row[3] for row in growth.rows} == {20}
    [growth] = [s.state["growth"] for s in run(config(fds=50, ready=50)).steps if s.state]
    assert all(row[3] == row[0] for row in growth.rows)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"fds": 0}, "0 descriptors"),
        ({"ready": 101}, "101 of 100 descriptors cannot be ready"),
        ({"max_fd": 98}, "the highest of 100 descriptors is 99 or more"),
        ({"sets": 4}, "1 to 3 sets"),
        ({"waits": 10**10}, "waits"),
    ],
)
def test_bad_settings_are_refused(settings, said):
    with pytest.raises(InputError, match=said):
        config(**settings)


def test_the_command(oslab):
    result = oslab(
        "multiplex", "cost", "--fds", "1000", "--ready", "1", "--json", "--mechanism", "all"
    )
    metrics = json.loads(result.out)["metrics"]
    assert metrics["scanned"] == {"select": 1003, "poll": 1000, "epoll": 1}
    assert metrics["copied_bytes"] == {"select": 256, "poll": 10_000, "epoll": 12_012}
    assert oslab("multiplex", "cost", "--mechanism", "kqueue").code == 2


def test_mistaken_answers():
    problem, p = Cost(), config(waits=10)
    key = problem.solve(p, problem.run(p))
    gives = {name: method(problem, p) for name, method in problem.mistakes().items()}
    assert key["even"] == 84
    assert gives["epoll-scans-n"] == {
        **gives["epoll-scans-n"],
        "epoll_scanned": 1000,
        "epoll_bytes": 1560,
    }
    assert gives["copy-in-only"]["select_bytes"] == 160
    assert (gives["copy-in-only"]["poll_bytes"], gives["copy-in-only"]["epoll_bytes"]) == (
        8000,
        1200,
    )
    assert (gives["mmap-0-bytes"]["epoll_bytes"], gives["mmap-0-bytes"]["poll_bytes"]) == (
        0,
        10_000,
    )
    assert gives["select-counts-n"]["select_scanned"] == 1000
    assert gives["one-wait"]["epoll_bytes"] == 1236
    assert gives["ctl-forgotten"]["epoll_bytes"] == 360
