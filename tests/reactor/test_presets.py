"""The command presets."""

from __future__ import annotations

import json

import pytest

from oslab_reactor.presets import PresetsConfig, run
from oslab_reactor.servers import KINDS, build, setup


def test_all_servers_are_told_if_none_is_named(oslab):
    shown = oslab("reactor", "presets", "--json")
    servers = json.loads(shown.out)["metrics"]["servers"]
    assert [row["setup"].split()[0] for row in servers] == list(KINDS)


def test_options_and_settings_go_to_the_servers_that_have_them(oslab):
    shown = oslab(
        "reactor", "presets", "redis 7.2 io-threads=2", "nginx", "redis 8.0",
        "--io-threads", "4", "--worker-processes", "3", "--json",
    )  # fmt: skip
    found = json.loads(shown.out)["metrics"]["servers"]
    assert [row["setup"] for row in found] == [
        "redis 7.2 io-threads=2", "nginx 1.28 worker_processes=3", "redis 8.0 io-threads=4",
    ]  # fmt: skip
    assert [row["epoll_instances"] for row in found] == [1, 3, 4]


def test_the_version_of_one_server(oslab):
    shown = oslab("reactor", "presets", "redis", "--version", "3.2", "--json")
    [row] = json.loads(shown.out)["metrics"]["servers"]
    assert (row["setup"], row["threads"]) == ("redis 3.2", 3)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--version", "8.0"], "--version is that of one server"),
        (["redis", "--worker-processes", "4"], "none of the servers named"),
        (["redis", "--io-threads", "many"], "--io-threads"),
        (["redis 8.0 4"], "is not a setting"),
        (["redis io-threads=x"], "io-threads"),
        (["redis fast=1"], "has no setting"),
        ([" "], "is not a server"),
        (["lighttpd"], "is not one of"),
        (["redis"] * 101, "1 to 100 servers"),
        (["redis", "--connections", "1000001"], "0 to 1000000 connections"),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_sentence(oslab, arguments, why):
    shown = oslab("reactor", "presets", *arguments)
    assert shown.code == 2
    assert why in shown.err
    assert "Traceback" not in shown.err


def test_the_run_says_what_the_servers_module_says():
    given = setup("kafka", "", {"listeners": 3})
    step, _ = run(PresetsConfig((given,), 1000)).steps
    server = build(given)
    for name in ("processes", "threads", "epoll_instances", "acceptors", "executors", "trigger"):
        assert step.result[name] == getattr(server, name)


def test_servers_are_told_in_sentences_with_all_their_settings_and_models(oslab):
    said = " ".join(oslab("--lang", "zh", "reactor", "presets", "kafka", "nginx").out.split())
    assert "kafka 3.9 num.network.threads=3 num.io.threads=8 listeners=1：" in said
    assert "nginx 1.28 = single" in said


def test_entries_of_epoll_instances_are_counted(oslab):
    shown = oslab(
        "reactor", "presets", "nginx", "--worker-processes", "3", "--connections", "7", "--json"
    )
    step = json.loads(shown.out)["steps"][0]
    assert (step["result"]["edge"], step["result"]["level"]) == (7, 3)


def test_it_is_told_in_both_languages(oslab):
    english = oslab("reactor", "presets", "nginx", "--aio-threads", "32")
    assert "many processes, not many threads" in " ".join(english.out.split())
    chinese = oslab("--lang", "zh", "reactor", "presets", "nginx", "--aio-threads", "32")
    assert "只读文件的线程" in "".join(chinese.out.split())
