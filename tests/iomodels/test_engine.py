"""The time line of each model: what always holds, and runs worked out by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_iomodels.load import MODELS, Arrival, IoConfig
from oslab_iomodels.simulate import count, lanes, run, timeline
from oslab_iomodels.timeline import CALL, COMPUTE, COPY, KERNEL, POLL, SWITCH

EVERY = [(model, "level" if model == "epoll" else None) for model in MODELS] + [("epoll", "edge")]


def config(model, arrivals, **more):
    """Small whole numbers: copy 2, compute 5, call 1, switch 3, pause 4."""
    trigger = more.pop("trigger", "level" if model == "epoll" else None)
    pairs = [Arrival(*pair) for pair in arrivals]
    fields = {
        "connections": 1 + max(a.connection for a in pairs),
        "copy_ns": 2, "compute_ns": 5, "poll_ns": 4, "syscall_ns": 1, "scan_ns": 0, "switch_ns": 3,
        "cores": 1, "thread_bytes": 100,
    }  # fmt: skip
    return IoConfig(
        model=model,
        trigger=trigger,
        requests=len(pairs),
        interval_ns=None,
        arrivals=tuple(pairs),
        **(fields | more),
    )


@st.composite
def configs(draw):
    model, trigger = draw(st.sampled_from(EVERY))
    connections = draw(st.integers(1, 4))
    pair = st.tuples(st.integers(0, connections - 1), st.integers(0, 60))
    return config(
        model,
        draw(st.lists(pair, min_size=1, max_size=12)),
        trigger=trigger,
        connections=connections,
        copy_ns=draw(st.integers(1, 5)),
        compute_ns=draw(st.integers(0, 6)),
        poll_ns=draw(st.integers(1, 6)),
        syscall_ns=draw(st.integers(0, 3)),
        scan_ns=draw(st.integers(0, 2)),
        switch_ns=draw(st.integers(0, 4)),
        cores=draw(st.integers(1, 3)),
    )


@given(configs())
def test_counting_gives_the_figures_of_the_run(found):
    assert count(found) == run(found).metrics


@given(configs())
def test_every_request_waits_is_copied_once_and_finished(found):
    line = timeline(found, keep=True)
    copies = [bar for bars in line.lanes.values() for bar in bars if bar[2] == COPY]
    assert len(copies) == found.requests
    assert sorted(end for _, end, _ in copies) == sorted(line.copied)
    for ready, copied, finished in zip(line.load.ready, line.copied, line.finished, strict=True):
        assert ready + found.copy_ns <= copied <= finished - found.compute_ns


@given(configs())
def test_bars_of_a_lane_never_overlap_and_those_of_a_thread_leave_no_gap(found):
    drawn = lanes(timeline(found, keep=True))
    for name, bars in drawn.items():
        assert all(a[1] <= b[0] for a, b in pairwise(bars))
        assert all(start < end for start, end, _ in bars)
        if name[0] == "T":
            assert all(a[1] == b[0] for a, b in pairwise(bars))
            assert bars[0][0] == 0


@given(configs())
def test_times_on_the_lanes_add_up_to_the_figures(found):
    line = timeline(found, keep=True)
    metrics = line.metrics()
    spent = dict.fromkeys("wrxsckpo", 0)
    for name, bars in line.lanes.items():
        for start, end, label in bars:
            if label in spent and name != KERNEL:
                spent[label] += end - start
    assert spent[COPY] == metrics["copying_ns"]
    assert metrics["copying_ns"] + metrics["kernel_copying_ns"] == found.requests * found.copy_ns
    assert spent["w"] == metrics["blocked_ns"]
    if found.model != "nonblocking":
        on_cores = sum(spent[label] for label in (CALL, SWITCH, COPY, COMPUTE))
        assert on_cores + metrics["kernel_copying_ns"] == metrics["cpu_ns"]
    else:
        idle = metrics["finish_ns"] - metrics["cpu_ns"]
        assert idle % found.poll_ns == 0
        assert 0 <= idle <= spent[POLL]


@given(configs())
def test_cores_do_what_threads_do(found):
    drawn = lanes(timeline(found, keep=True))
    on_threads = sum(
        end - start
        for name, bars in drawn.items()
        for start, end, label in bars
        if name[0] == "T" and label not in "wr"
    )
    on_cores = [b - a for n, bars in drawn.items() if n.startswith("core") for a, b, _ in bars]
    assert sum(on_cores) == on_threads


@given(configs())
def test_calls_are_those_of_the_kinds_there_are(found):
    metrics = count(found)
    rest = metrics["syscalls"] - metrics["setup_syscalls"] - metrics["wait_syscalls"]
    rest -= metrics["wasted_syscalls"]
    assert rest == found.requests * (2 if found.model == "signal" else 1)
    assert metrics["mode_switches"] == 2 * metrics["syscalls"]
    assert (metrics["wasted_syscalls"] > 0) <= (found.model == "nonblocking" or found.edge)


@given(configs())
def test_a_thousand_empty_rounds_are_like_none_but_for_the_calls(found):
    """Polling skips rounds; it must skip whole ones."""
    if found.model != "nonblocking":
        return
    length = found.connections * found.syscall_ns + found.poll_ns
    later = tuple(Arrival(a.connection, a.ready_ns + 1000 * length) for a in found.arrivals)
    moved = config("nonblocking", [(a.connection, a.ready_ns) for a in later],
                   **{n: getattr(found, n) for n in ("connections", "copy_ns", "compute_ns", "poll_ns",
                                                     "syscall_ns", "scan_ns", "switch_ns", "cores")})  # fmt: skip
    assert timeline(moved).finished == [t + 1000 * length for t in timeline(found).finished]
    assert count(moved)["wasted_syscalls"] == (
        count(found)["wasted_syscalls"] + 1000 * found.connections
    )


def times(*args, **more):
    line = timeline(config(*args, **more))
    return list(zip(line.copied, line.finished, strict=True))


def test_a_blocking_read_returns_when_data_are_there_and_copied():
    assert times("blocking", [(0, 10)]) == [(15, 20)]
    metrics = count(config("blocking", [(0, 10)]))
    assert (metrics["syscalls"], metrics["context_switches"], metrics["blocked_ns"]) == (1, 2, 10)


def test_ready_threads_wait_for_the_core_and_hand_it_over():
    # T1 ready at 10 runs 10-20; T0, ready at 12, 20-30; T2, alone, 50-60.
    found = config("blocking", [(0, 12), (1, 10), (2, 50)])
    assert timeline(found).copied == [15, 25, 55]
    # idle-T1, T1-T0, T0-idle, idle-T2, T2-idle
    assert count(found)["context_switches"] == 5


def test_a_thread_whose_next_request_is_there_keeps_its_core():
    # 10 +3 switch +2 copy +5 compute = 20, call until 21, then copy at once.
    assert times("blocking", [(0, 10), (0, 21)]) == [(15, 20), (23, 28)]
    # One moment later it blocks and must be switched in again.
    assert times("blocking", [(0, 10), (0, 22)]) == [(15, 20), (27, 32)]


def test_two_cores_serve_two_threads():
    found = config("blocking", [(0, 10), (1, 10), (2, 10)], cores=2)
    assert timeline(found).copied == [15, 15, 25]
    assert lanes(timeline(found, keep=True))["core 0"] == ((10, 20, "T0"), (20, 30, "T2"))


def test_a_non_blocking_read_that_starts_too_early_is_tried_again_in_the_next_round():
    # Rounds of 2 calls and a pause of 4: calls on connection 1 start at 1, 7, 13.
    found = config("nonblocking", [(1, 8)], connections=2)
    assert times("nonblocking", [(1, 8)], connections=2) == [(16, 21)]
    assert (count(found)["wasted_syscalls"], count(found)["syscalls"]) == (5, 6)
    assert count(found)["context_switches"] == 0


def test_select_returns_what_is_ready_in_order_of_number_and_reads_each_once():
    # Woken at 10, on at 13: 0 and 1 are there. 13+1+2, +5; 21+1+2, +5; select 29-30: 1 again.
    arrivals = [(1, 10), (0, 12), (1, 13)]
    assert times("select", arrivals) == [(24, 29), (16, 21), (33, 38)]
    assert count(config("select", arrivals))["wait_syscalls"] == 2


def test_select_pays_for_every_descriptor_and_epoll_does_not():
    arrivals = [(0, 10), (0, 12)]
    late = times("select", arrivals, connections=5, scan_ns=7)[1][0]
    assert late - times("select", arrivals, connections=5)[1][0] == 35
    assert times("epoll", arrivals, connections=5, scan_ns=7) == times("epoll", arrivals)


def test_epoll_returns_connections_in_the_order_in_which_they_became_ready():
    assert timeline(config("epoll", [(1, 10), (0, 12)])).copied == [16, 24]
    assert timeline(config("select", [(1, 10), (0, 12)])).copied == [24, 16]


def test_what_the_last_wait_returned_stays_in_front_of_the_ready_list_if_level_triggered():
    # 1 is read 13-21 and gets another request at 20, after 0 got its at 15.
    arrivals = [(1, 10), (0, 15), (1, 20)]
    assert timeline(config("epoll", arrivals)).copied == [16, 33, 25]
    assert timeline(config("select", arrivals)).copied == [16, 25, 33]


def test_edge_triggered_reads_go_on_until_eagain():
    found = config("epoll", [(0, 10), (0, 10)], trigger="edge")
    assert times("epoll", [(0, 10), (0, 10)], trigger="edge") == [(16, 21), (24, 29)]
    assert count(found)["syscalls"] == 1 + 1 + 1 + 2 + 1
    assert count(found)["finish_ns"] == 29


def test_a_handler_runs_to_its_sigreturn_before_the_next_one():
    assert times("signal", [(0, 10), (1, 11)]) == [(13, 18), (22, 27)]
    assert count(config("signal", [(0, 10), (1, 11)]))["syscalls"] == 7 + 2 * 2


def test_the_kernel_copies_while_the_thread_computes():
    # Copies 10-12, 12-14; on at 15 with both: 15-20, 20-25.
    assert times("async", [(0, 10), (1, 11)]) == [(12, 20), (14, 25)]
    metrics = count(config("async", [(0, 10), (1, 11)]))
    assert (metrics["copying_ns"], metrics["kernel_copying_ns"]) == (0, 4)
    assert metrics["syscalls"] == 1 + 2 + 1


def test_the_next_read_of_a_connection_is_copied_only_once_it_is_submitted():
    # Computed 15-20, submitted 20-21, copied 21-23; reap 21-22 sleeps until 23, on at 26.
    assert times("async", [(0, 10), (0, 11)]) == [(12, 20), (23, 31)]


def measured(model, **more):
    """Ten bytes over three pipes, one every 10 ms, as the experiment had them."""
    fields = {
        "connections": 3, "requests": 10, "interval_ns": 10_000_000, "arrivals": (), "copy_ns": 2000,
        "compute_ns": 5000, "poll_ns": 0, "syscall_ns": 25_000, "scan_ns": 0, "switch_ns": 2000,
        "cores": 1, "thread_bytes": 32768,
    }  # fmt: skip
    trigger = more.pop("trigger", None)
    return count(IoConfig(model=model, trigger=trigger, **fields))


@pytest.mark.parametrize(
    ("model", "trigger", "calls"),
    [
        ("blocking", None, 10),
        ("select", None, 20),
        ("poll", None, 20),
        ("epoll", "level", 24),
        ("epoll", "edge", 34),
    ],
)
def test_ten_bytes_over_three_pipes_take_the_calls_that_were_measured(model, trigger, calls):
    assert measured(model, trigger=trigger)["syscalls"] == calls


def test_polling_for_ten_bytes_takes_thousands_of_calls():
    found = measured("nonblocking")
    assert 3500 <= found["syscalls"] <= 4600
    assert found["syscalls"] - found["wasted_syscalls"] == 10


def test_silent_connections_cost_memory_and_set_up_but_no_calls():
    found = config("blocking", [(0, 5)], connections=1000)
    assert (count(found)["memory_bytes"], count(found)["syscalls"]) == (100_000, 1)
    assert count(config("epoll", [(0, 5)], connections=1000))["syscalls"] == 1001 + 2


def test_a_hundred_thousand_connections_are_simulated():
    for model, trigger in EVERY:
        fields = {
            "connections": 100_000, "requests": 100_000, "interval_ns": 1000, "arrivals": (),
            "copy_ns": 2, "compute_ns": 5, "poll_ns": 10, "syscall_ns": 1, "scan_ns": 1,
            "switch_ns": 2, "cores": 4, "thread_bytes": 1,
        }  # fmt: skip
        found = count(IoConfig(model=model, trigger=trigger, **fields))
        assert found["finish_ns"] >= 100_000_000
        assert found["copying_ns"] + found["kernel_copying_ns"] == 200_000
        assert (found["wasted_syscalls"] > 10**6) == (model == "nonblocking") or trigger == "edge"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"copy_ns": 0}, "copying a request takes some time"),
        ({"cores": 0}, "1 to 1024 cores"),
        ({"connections": 0}, "1 to 1000000 connections"),
        ({"trigger": "edge"}, "epoll has a trigger"),
        ({"switch_ns": -1}, "a time is 0 to a year"),
        ({"thread_bytes": -1}, "1 TiB"),
    ],
)
def test_impossible_configurations_are_refused(changed, said):
    with pytest.raises(InputError, match=said):
        config("select", [(0, 1)], **changed)


def test_a_round_of_polling_must_take_time():
    with pytest.raises(InputError, match="a round of polling"):
        config("nonblocking", [(0, 1)], poll_ns=0, syscall_ns=0)


def test_an_arrival_on_no_connection_is_refused():
    with pytest.raises(InputError, match="numbered 0 to 1"):
        config("poll", [(2, 1)], connections=2)
