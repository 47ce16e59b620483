"""How known servers are built: counted by hand for some settings, and laws for all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_reactor.servers import KINDS, build, preset, release_of, setup
from oslab_reactor.shape import MODELS


def figures(server, version="", **values):
    found = build(setup(server, version, {n.replace("_", "-"): v for n, v in values.items()}))
    return found.processes, found.threads, found.epoll_instances


@pytest.mark.parametrize(
    ("version", "threads", "expected"),
    [
        ("2.2", 1, (1, 1, 1)),
        ("2.4", 1, (1, 3, 1)),
        ("3.2", 1, (1, 3, 1)),
        ("4.0", 1, (1, 4, 1)),
        ("6.0", 4, (1, 7, 1)),
        ("7.4.1", 4, (1, 7, 1)),
        ("8.0", 4, (1, 7, 4)),
        ("8.0", 1, (1, 4, 1)),
    ],
)
def test_redis_by_version(version, threads, expected):
    assert figures("redis", version, io_threads=threads) == expected
    assert build(setup("redis", version, {"io-threads": threads})).executors == 1


def test_nginx_is_many_processes_of_one_thread_that_all_accept():
    found = build(setup("nginx", "", {"worker_processes": 4}))
    assert (found.processes, found.threads, found.epoll_instances) == (5, 5, 4)
    assert (found.acceptors, found.executors) == (4, 4)
    assert (found.model, found.instances) == ("single", 4)
    assert (found.trigger, found.listen_trigger) == ("edge", "level")


def test_nginx_threads_only_read_files():
    plain = build(setup("nginx", "", {"worker_processes": 4}))
    files = build(setup("nginx", "", {"worker_processes": 4, "aio-threads": 32}))
    assert files.threads == plain.threads + 4 * 32
    for name in ("processes", "epoll_instances", "acceptors", "executors", "io_threads"):
        assert getattr(files, name) == getattr(plain, name)


def test_memcached_has_a_dispatcher_beside_its_workers():
    found = preset("memcached")
    assert (found.threads - found.background, found.epoll_instances) == (5, 5)
    assert (found.acceptors, found.executors) == (1, 4)


def test_kafka_has_an_acceptor_and_network_threads_for_each_listener():
    found = build(setup("kafka", "", {"listeners": 2}))
    assert (found.acceptors, found.io_threads, found.executors) == (2, 6, 8)
    assert (found.threads, found.epoll_instances) == (16, 8)


@given(st.sampled_from(list(KINDS)), st.data())
def test_what_is_counted_adds_up(name, data):
    options = KINDS[name].options
    values = {
        n: data.draw(st.integers(o.least, min(o.most, 40)), label=n) for n, o in options.items()
    }
    found = build(setup(name, "", values))
    assert found.model in MODELS
    assert found.processes <= found.threads
    assert found.background < found.threads
    assert found.acceptors <= found.epoll_instances
    assert found.epoll_instances <= found.threads - found.background
    # Whoever is counted accepts, reads and writes, executes, or is in the background.
    least = max(found.acceptors, found.io_threads, found.executors)
    assert least <= found.threads - found.background
    # Only nginx has more than one process, and only its connections are edge-triggered.
    assert (found.processes > 1) == (found.trigger == "edge") == (name == "nginx")
    assert found.listen_trigger == "level"


@pytest.mark.parametrize(
    ("server", "version", "values", "why"),
    [
        ("apache", "", {}, "is not one of redis, memcached, kafka, nginx"),
        ("redis", "5.0", {"io-threads": 2}, "has io-threads since 6.0"),
        ("redis", "1.2", {}, "before 2.0"),
        ("redis", "eight", {}, "is not a version"),
        ("redis", "8.-1", {}, "is not a version"),
        ("redis", "", {"io-threads": 0}, "is 1 to 128"),
        ("nginx", "1.6", {"aio-threads": 32}, "since 1.7.11"),
        ("nginx", "", {"workers": 4}, "has no setting"),
        ("kafka", "", {"num.io.threads": 10**9}, "is 1 to"),
    ],
)
def test_what_there_is_not_is_refused(server, version, values, why):
    with pytest.raises(InputError, match=why):
        setup(server, version, values)


def test_versions_are_compared_as_numbers():
    assert release_of("1.28") > release_of("1.7.11")
    assert release_of("8") == release_of("8.0.0")
