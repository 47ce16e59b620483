"""iomodels compare: every cell is a run of its own."""

from __future__ import annotations

import json

import pytest

from oslab import Choices, Grid, InputError, Lanes
from oslab_iomodels.compare import VARIANTS, CompareConfig, run
from oslab_iomodels.simulate import count

TEN_BYTES = ("--connections", "3", "--requests", "10", "--interval", "10ms", "--syscall-time", "25us",
             "--poll-interval", "0")  # fmt: skip


def config(**changed):
    fields = {
        "models": tuple(VARIANTS), "connections": (2, 20), "requests": None, "interval_ns": 100,
        "arrivals": (), "copy_ns": 2, "compute_ns": 5, "poll_ns": 4, "syscall_ns": 1, "scan_ns": 1,
        "switch_ns": 3, "cores": 1, "thread_bytes": 100, "most_syscalls": None, "most_memory": None,
        "most_cpu_ns": None,
    }  # fmt: skip
    return CompareConfig(**(fields | changed))


def test_each_row_has_the_figures_of_the_run():
    found = config()
    rows = run(found).metrics["models"]
    assert [(row["connections"], row["model"]) for row in rows] == [
        (n, model) for n in (2, 20) for model in VARIANTS
    ]
    for row in rows:
        alone = count(found.at(row["connections"], row["model"]))
        assert all(row[name] == alone[name] for name in row if name not in ("connections", "model"))


def test_the_measured_calls_stand_in_one_table(oslab):
    rows = json.loads(oslab("iomodels", "compare", *TEN_BYTES, "--json").out)["metrics"]["models"]
    calls = {row["model"]: row["syscalls"] for row in rows}
    polling = calls.pop("nonblocking")
    assert 3500 <= polling <= 4600
    assert calls == {
        "blocking": 10, "select": 20, "poll": 20, "epoll": 24, "epoll-et": 34, "signal": 30, "async": 21,
    }  # fmt: skip


def test_growth_is_drawn_against_connections():
    state = run(config()).steps[-1].state
    assert isinstance(state["cpu_ns"], Grid)
    assert state["cpu_ns"].columns == ("model", "2", "20")
    assert isinstance(state["bars"], Lanes)
    assert list(state["bars"].lanes) == list(VARIANTS)
    assert list(run(config(connections=(5,))).steps[-1].state) == ["bars"]


def test_scanning_grows_with_connections_and_the_ready_list_does_not():
    few, many = (
        {row["model"]: row["cpu_ns"] for row in run(steady).metrics["models"]}
        for steady in (config(connections=(n,), requests=50, interval_ns=10_000) for n in (50, 500))
    )
    # 49 waits after the first, each looking at 450 more.
    assert many["select"] - few["select"] == 49 * 450
    assert many["epoll"] == few["epoll"]


def test_bounds_are_kept_under_every_load():
    bounded = config(most_memory=500)
    found = run(bounded)
    assert found.metrics["fits"] == tuple(m for m in VARIANTS if m != "blocking")
    [step] = [step for step in found.steps if step.action == "fits"]
    assert step.given == {"most_memory": "500 B"}
    assert isinstance(found.asks["fits"]["models"], Choices)


def test_bounds_on_the_command_line(oslab):
    found = oslab("iomodels", "compare", "--connections", "9", "--most-syscalls", "9", "--most-cpu", "1s",
                  "--most-memory", "1M", "--json")  # fmt: skip
    assert json.loads(found.out)["metrics"]["fits"] == ["blocking"]


def test_a_comparison_reads_well_in_both_languages(oslab):
    for language in ("en", "zh"):
        found = oslab(
            "--lang", language, "iomodels", "compare", "--connections", "3,30", "--most-cpu", "1us"
        )
        assert found.code == 0
        assert "$" not in found.out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--connections", "10,10"], "there twice"),
        (["--connections", "1000000"], "set --requests"),
        (["--connections", "0"], "--connections"),
        (["--connections", "3,5", "--arrivals", "5us"], "--arrivals is one load"),
        (["--models", "epoll,x"], "--models"),
        (["--models", "epoll,epoll"], "compared once"),
        (["--most-cpu", "0.1ns"], "--most-cpu"),
        (["--connections", ",".join(map(str, range(1, 15)))], "1 to 12"),
    ],
)
def test_bad_options_are_refused_in_one_sentence(oslab, args, said):
    found = oslab("iomodels", "compare", *args)
    assert found.code == 2
    assert said in found.err
    assert found.err.count("\n") == 1


def test_a_comparison_of_nothing_is_refused():
    with pytest.raises(InputError, match="at least one is"):
        config(models=())
