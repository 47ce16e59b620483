"""iomodels run: its command, steps and drawings."""

from __future__ import annotations

import io
import json

import pytest

from oslab import Grid, Lanes
from oslab_iomodels.load import Arrival, IoConfig
from oslab_iomodels.simulate import run

COSTS = ("--copy-time", "2", "--compute-time", "5", "--syscall-time", "1", "--switch-time", "3")


def test_arrivals_name_connection_and_time(oslab):
    found = json.loads(
        oslab("iomodels", "run", "select", "--arrivals", "1:10,0:12", *COSTS, "--json").out
    )
    assert [step["action"] for step in found["steps"]] == ["load", "wait", "read", "read", "lanes"]
    assert [s["result"]["copied_ns"] for s in found["steps"] if s["action"] == "read"] == [16, 24]
    assert found["config"]["arrivals"] == [
        {"connection": 1, "ready_ns": 10}, {"connection": 0, "ready_ns": 12},
    ]  # fmt: skip


def test_arrivals_come_from_a_file_too(oslab, tmp_path):
    listed = tmp_path / "load"
    listed.write_text("1:10 # the first\n0:12\n")
    typed = oslab("iomodels", "run", "epoll", "--arrivals", "1:10,0:12", "--json").out
    assert oslab("iomodels", "run", "epoll", "--arrivals", f"@{listed}", "--json").out == typed


def test_times_alone_are_on_the_connections_in_turn(oslab):
    found = json.loads(oslab("iomodels", "run", "poll", "--arrivals", "5us,7us", "--json").out)
    assert [a["connection"] for a in found["config"]["arrivals"]] == [0, 1]
    assert found["config"]["connections"] == 2


def test_a_steady_load_goes_round_the_connections(oslab):
    found = oslab(
        "iomodels",
        "run",
        "blocking",
        "--connections",
        "2",
        "--requests",
        "3",
        "--interval",
        "1ms",
        "--json",
    )
    steps = json.loads(found.out)["steps"]
    served = [step["given"] for step in steps if step["action"] == "serve"]
    assert [(g["connection"], g["ready"]) for g in served] == [
        (0, "1 ms"),
        (1, "2 ms"),
        (0, "3 ms"),
    ]


def test_steps_are_in_order_of_time_and_what_is_waited_for_comes_first():
    arrivals = tuple(Arrival(*pair) for pair in [(0, 10), (1, 11), (0, 12)])
    found = run(IoConfig("async", None, 2, 3, None, arrivals, 2, 5, 0, 1, 0, 3, 1, 1))
    assert [step.action for step in found.steps] == [
        "load", "setup", "copy", "copy", "reap", "compute", "submit", "compute", "copy", "reap", "compute",
        "lanes",
    ]  # fmt: skip


def test_the_last_step_draws_requests_threads_and_cores():
    arrivals = tuple(Arrival(*pair) for pair in [(0, 10), (1, 10)])
    found = run(IoConfig("blocking", None, 2, 2, None, arrivals, 2, 5, 0, 1, 0, 3, 2, 1))
    state = found.steps[-1].state
    assert isinstance(state["requests"], Grid)
    assert state["requests"].rows[0] == (1, 0, "10 ns", "15 ns", "20 ns")
    assert isinstance(state["lanes"], Lanes)
    assert list(state["lanes"].lanes) == ["T0", "T1", "core 0", "core 1"]
    assert state["lanes"].lanes["T0"] == ((0, 10, "w"), (10, 13, "x"), (13, 15, "c"), (15, 20, "k"))


def test_a_large_load_is_counted_and_not_drawn(oslab):
    found = json.loads(oslab("iomodels", "run", "epoll", "--connections", "2000", "--json").out)
    assert not found.get("steps")
    assert found["metrics"]["syscalls"] == 2001 + 2 * 2000
    shown = json.loads(
        oslab("iomodels", "run", "epoll", "--connections", "2000", "--json", "--steps").out
    )
    assert not shown["steps"][-1].get("state")


def test_both_languages_tell_every_step(oslab):
    for model in ("blocking", "nonblocking", "select", "epoll", "signal", "async"):
        for language in ("en", "zh"):
            found = oslab(
                "--lang", language, "iomodels", "run", model, "--arrivals", "0:5us,1:6us,0:7us"
            )
            assert found.code == 0
            assert "$" not in found.out


def test_predictions_are_asked_for_and_judged(oslab, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("15 ns\n20 ns\n"))
    found = oslab("iomodels", "run", "blocking", "--arrivals", "10", *COSTS, "--predict")
    assert found.code == 0
    assert "2 of 2 right" in found.out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["foo"], "is not one of blocking"),
        (["select", "--trigger", "edge"], "--trigger is for epoll; select has none"),
        (["epoll", "--trigger", "up"], "not one of level, edge"),
        (["poll", "--arrivals", "x:7us"], "--arrivals"),
        (["poll", "--arrivals", "1:0.5ns"], "whole nanoseconds"),
        (["poll", "--arrivals", "5us", "--interval", "3"], "leave --interval out"),
        (["poll", "--arrivals", "5us", "--requests", "3"], "leave --requests out"),
        (["poll", "--arrivals", "9:5us", "--connections", "3"], "numbered 0 to 2"),
        (["poll", "--arrivals", "@/nowhere/load"], "cannot read"),
        (["poll", "--connections", "10000000"], "1 to 1000000 connections"),
        (["poll", "--copy-time", "0"], "copying a request takes some time"),
        (["blocking", "--cores", "0"], "--cores"),
        (["nonblocking", "--syscall-time", "0", "--poll-interval", "0"], "a round of polling"),
        (["poll", "--interval", "1s", "--connections", "1000000", "--requests", "1000000", "--interval", "1h"],
         "is not a time"),
        (["poll", "--requests", "1000000", "--interval", "100s"], "within a year"),
        (["poll", "--requests", "20000", "--steps"], "leave --steps out"),
    ],
)  # fmt: skip
def test_bad_options_are_refused_in_one_sentence(oslab, args, said):
    found = oslab("iomodels", "run", *args)
    assert found.code == 2
    assert said in found.err
    assert found.err.count("\n") == 1
    assert not found.out


def test_a_run_shows_what_comes_in_before_anything_is_asked():
    arrivals = (Arrival(1, 10), Arrival(0, 7))
    found = run(IoConfig("select", None, 2, 2, None, arrivals, 2, 5, 0, 1, 0, 3, 1, 1))
    state = found.steps[0].state
    assert state["load"] == Grid(
        ("request", "connection", "ready"), ((1, 0, "7 ns"), (2, 1, "10 ns"))
    )


@pytest.mark.parametrize("model", ["blocking", "select", "epoll", "async", "signal", "nonblocking"])
def test_each_model_says_that_nothing_is_called_for_what_never_comes(oslab, model):
    found = oslab("iomodels", "run", model, "--arrivals", "10", *COSTS)
    assert "It is known how many requests come" in found.out
