"""reactor.match: the key and what the mistaken count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oslab.conformance.suite import seed_code
from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import draw
from oslab_reactor.presets import PresetsConfig
from oslab_reactor.problems.match import Match
from oslab_reactor.servers import setup

PROBLEM = Match()
SERVERS = PresetsConfig(
    (
        setup("nginx", "", {"worker_processes": 4, "aio-threads": 8}),
        setup("memcached", "", {"threads": 6}),
        setup("kafka", "", {"num.network.threads": 3, "num.io.threads": 8, "listeners": 2}),
        setup("redis", "7.2", {"io-threads": 4}),
        setup("redis", "8.0", {"io-threads": 3}),
    ),
    0,
)
WATCHED = replace(SERVERS, connections=100)


def rows(answers, answer="servers"):
    return [tuple(row.values()) for row in answers[answer]]


def changed(mistake, params=SERVERS, answer="servers"):
    key = rows(PROBLEM.solve(params, PROBLEM.run(params)), answer)
    wrong = rows(PROBLEM.mistakes()[mistake](PROBLEM, params), answer)
    return {n: w for n, (k, w) in enumerate(zip(key, wrong, strict=True)) if k != w}


def test_the_key():
    assert rows(PROBLEM.solve(SERVERS, PROBLEM.run(SERVERS))) == [
        (5, 37, 4), (1, 12, 7), (1, 16, 8), (1, 7, 1), (1, 6, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mistake", "expected"),
    [
        ("nginx-threads", {0: (1, 37, 5)}),
        ("no-dispatcher", {1: (1, 11, 6), 2: (1, 14, 6)}),
        ("one-acceptor", {0: (5, 37, 5), 2: (1, 15, 7)}),
        ("one-listener", {2: (1, 13, 5)}),
        ("pool-once", {0: (5, 13, 4)}),
        ("pool-has-epoll", {0: (5, 37, 36)}),
        ("single-thread", {3: (1, 1, 1), 4: (1, 1, 1)}),
        ("loops-since-6", {3: (1, 7, 4)}),
        ("one-loop", {4: (1, 6, 1)}),
        ("main-besides", {3: (1, 8, 1), 4: (1, 7, 3)}),
    ],
)
def test_what_the_mistaken_count(mistake, expected):
    assert changed(mistake) == expected


def test_the_key_of_what_is_watched():
    assert rows(PROBLEM.solve(WATCHED, PROBLEM.run(WATCHED)), "watched") == [
        (100, 4), (0, 101), (0, 102), (0, 101), (0, 101),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mistake", "expected"),
    [
        ("all-edge", {0: (104, 0)}),
        ("listens-once", {0: (100, 1)}),
        ("epoll-is-edge", {1: (100, 1), 2: (100, 2), 3: (100, 1), 4: (100, 1)}),
    ],
)
def test_what_is_mistaken_for_edge_triggered(mistake, expected):
    assert changed(mistake, WATCHED, "watched") == expected
    assert PROBLEM.mistakes()[mistake](PROBLEM, SERVERS) is None


def test_mistakes_about_servers_that_are_not_asked_about_cannot_be_made():
    alone = PresetsConfig((setup("redis"),), 0)
    for mistake in ("nginx-threads", "no-dispatcher", "one-acceptor", "one-listener"):
        assert PROBLEM.mistakes()[mistake](PROBLEM, alone) is None


def test_an_old_redis_is_never_asked_for_io_threads():
    found = exercise("reactor/match-redis")
    for seed in range(10):
        setups = draw(found, seed_code(seed)).params.setups
        assert sorted(s.version for s in setups) == ["3.2", "6.0", "6.2", "7.2", "8.0"]
        assert [s.values[0].value for s in setups if s.version == "3.2"] == [1]
