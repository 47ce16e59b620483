"""The exercises on time lines, calls, threads and the choice of a model."""

from __future__ import annotations

from fractions import Fraction

import pytest

from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import draw
from oslab_iomodels.compare import CompareConfig
from oslab_iomodels.load import Arrival, IoConfig
from oslab_iomodels.problems.choose import ChooseModel
from oslab_iomodels.problems.syscalls import Syscalls
from oslab_iomodels.problems.threads import Threads
from oslab_iomodels.problems.timeline import Timeline


def load(model, arrivals, connections=3, **more):
    fields = {
        "trigger": "level" if model == "epoll" else None, "copy_ns": 2000, "compute_ns": 5000,
        "poll_ns": 4000, "syscall_ns": 1000, "scan_ns": 0, "switch_ns": 3000, "cores": 1,
        "thread_bytes": 1024,
    } | more  # fmt: skip
    pairs = tuple(Arrival(c, us * 1000) for c, us in arrivals)
    return IoConfig(model=model, connections=connections, requests=len(pairs), interval_ns=None,
                    arrivals=pairs, **fields)  # fmt: skip


def key(problem, p):
    return problem.solve(p, problem.run(p))


def told(problem, mistake, p):
    return problem.mistakes()[mistake](problem, p)


def us(rows, column="finish"):
    return [row[column] / 1000 for row in rows]


def test_the_key_is_when_each_request_is_copied_and_finished():
    found = key(Timeline(), load("select", [(1, 10), (0, 12), (1, 13)]))
    assert us(found["requests"], "copy_end") == [24, 16, 33]
    assert us(found["requests"]) == [29, 21, 38]
    assert found["waits"] == 2


def test_asynchronous_copies_and_computing_are_put_together():
    found = key(Timeline(), load("async", [(0, 10), (1, 11)]))
    assert us(found["requests"], "copy_end") == [12, 14]
    assert us(found["requests"]) == [20, 25]


@pytest.mark.parametrize(
    ("mistake", "copied"),
    [
        ("copies-overlap", [15, 18, 21]),  # the next thread is switched in as soon as it is ready
        ("noticed-at-once", [12, 19, 26]),
        ("copy-free", [13, 21, 29]),
    ],
)
def test_mistakes_about_blocking_threads(mistake, copied):
    p = load("blocking", [(0, 10), (1, 10), (2, 10)])
    assert us(told(Timeline(), mistake, p)["requests"], "copy_end") == copied


def test_whoever_notices_at_once_needs_no_select():
    p = load("select", [(1, 10), (0, 12), (1, 13)])
    assert us(told(Timeline(), "noticed-at-once", p)["requests"]) == [18, 26, 34]


def test_a_row_follows_from_the_rows_before():
    p = load("select", [(1, 10), (0, 12), (1, 13)])
    rows = list(key(Timeline(), p)["requests"])
    # Request 2 is served before 1; a student who has 1 finished 4 us late has 3 so, too.
    late = {**rows[0], "finish": Fraction(33000)}
    assert Timeline().follow(p, "requests", [late, rows[1]]) == {"copy_end": 37000, "finish": 42000}
    assert Timeline().follow(p, "requests", rows[:2]) == rows[2]


def test_calls_of_a_burst_are_counted_by_kind():
    p = load("epoll", [(0, 10), (1, 10), (1, 10), (2, 500)], trigger="edge")
    assert key(Syscalls(), p) == {
        "setup": 4, "waits": 2, "wasted": 3, "syscalls": 4 + 2 + 4 + 3, "mode_switches": 26, "extra": 9,
        "level": 4 + 3 + 4,
    }  # fmt: skip
    assert told(Syscalls(), "no-eagain", p)["syscalls"] == 10
    assert told(Syscalls(), "no-setup", p)["level"] == 7
    assert told(Syscalls(), "waits-only", p)["syscalls"] == 6
    assert told(Syscalls(), "wait-per-request", p)["waits"] == 4


def test_select_adds_its_waits_to_the_calls_of_blocking_threads():
    p = load("select", [(0, 10), (1, 10), (2, 500)])
    found = key(Syscalls(), p)
    assert (found["waits"], found["extra"], found["syscalls"]) == (2, 2, 5)


def test_threads_memory_and_switches():
    p = IoConfig("blocking", None, 50, 120, 100_000, (), 2000, 5000, 0, 1000, 0, 2000, 1, 16384)
    assert key(Threads(), p) == {
        "threads": 50, "memory": 50 * 16384, "context_switches": 240, "mode_switches": 240,
    }  # fmt: skip
    assert told(Threads(), "reserved-8MiB", p) == {"memory": 50 * 8 * 2**20}
    assert told(Threads(), "one-way-switch", p)["context_switches"] == 120
    assert told(Threads(), "thread-per-request", p)["threads"] == 120


def test_threads_that_are_all_ready_hand_the_core_to_each_other():
    p = IoConfig("blocking", None, 50, 150, 0, (), 2000, 5000, 0, 1000, 0, 2000, 1, 16384)
    found = key(Threads(), p)
    assert (found["context_switches"], found["mode_switches"]) == (51, 300)
    assert told(Threads(), "always-through-idle", p) == {"context_switches": 300}


def test_the_chosen_models_keep_every_bound():
    p = CompareConfig(
        ("blocking", "select", "epoll"), (100,), 10, 100_000, (), 2000, 5000, 0, 1000, 10, 2000, 1, 1024,
        50, 2048, 110_000,
    )  # fmt: skip
    # select: 9 waits of 1 us + 1 us of scanning, 10 reads, 10 switches of 2 us, 10 times 7 us.
    found = key(ChooseModel(), p)
    assert [(r["syscalls"], r["memory_bytes"], r["cpu"]) for r in found["costs"]] == [
        (10, 102400, 90_000), (20, 1024, 118_000), (121, 1024, 109_000),
    ]  # fmt: skip
    assert found["chosen"] == ()
    assert told(ChooseModel(), "memory-only", p)["chosen"] == ("select", "epoll")
    assert told(ChooseModel(), "cpu-only", p)["chosen"] == ("blocking", "epoll")
    assert told(ChooseModel(), "calls-only", p)["chosen"] == ("blocking", "select")


@pytest.mark.parametrize("name", ["choose", "choose-busy"])
def test_every_bound_leaves_some_models_out_and_some_model_in(name):
    for seed in range(10):
        variant = draw(exercise(f"iomodels/{name}"), f"0000-00{seed:02}")
        assert variant.key["chosen"]
        for mistake in ("memory-only", "cpu-only", "calls-only"):
            assert set(variant.key["chosen"]) < set(
                told(ChooseModel(), mistake, variant.params)["chosen"]
            )
