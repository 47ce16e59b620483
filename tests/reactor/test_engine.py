"""Schedules worked out by hand, one for each model, and what holds for all schedules."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oslab import InputError
from oslab_reactor.engine import schedule
from oslab_reactor.requests import Failure, Request
from oslab_reactor.shape import MODELS, Shape, read_label

# Connections 0, 1 and 2; arrival, read, compute, write.
THREE = [Request(0, 0, 1, 4, 1), Request(1, 1, 1, 2, 1), Request(2, 2, 1, 1, 1)]


def shape(label, cores=None):
    return read_label(label, cores)


def told(spans):
    """Who runs what when, as in a Gantt chart: thread → a1 0-1 r1 1-2 …"""
    lanes = {}
    for s in sorted(spans, key=lambda s: s.start):
        mark = "!" if s.cut else ""
        lanes.setdefault(s.thread, []).append(f"{s.stage[0]}{s.request} {s.start}-{s.end}{mark}")
    return {name: ", ".join(bars) for name, bars in lanes.items()}


@pytest.mark.parametrize(
    ("label", "cores", "lanes"),
    [
        ("single", None, {
            "reactor": "a1 0-1, r1 1-2, c1 2-6, w1 6-7, a2 7-8, a3 8-9, r2 9-10, c2 10-12, w2 12-13, "
            "r3 13-14, c3 14-15, w3 15-16",
        }),
        # At 6 the reactor is idle and worker0 done: the write of 1; request 3 is read by then.
        ("pool/2", None, {
            "reactor": "a1 0-1, r1 1-2, a2 2-3, a3 3-4, r2 4-5, r3 5-6, w1 6-7, w2 7-8, w3 8-9",
            "worker0": "c1 2-6, c3 6-7",
            "worker1": "c2 5-7",
        }),
        # The third connection belongs to sub0, which is busy, though sub1 is idle at 6.
        ("multi/2", None, {
            "main": "a1 0-1, a2 1-2, a3 2-3",
            "sub0": "r1 1-2, c1 2-6, w1 6-7, r3 7-8, c3 8-9, w3 9-10",
            "sub1": "r2 2-3, c2 3-5, w2 5-6",
        }),
        ("multi/2+1", None, {
            "main": "a1 0-1, a2 1-2, a3 2-3",
            "sub0": "r1 1-2, r3 3-4, w1 6-7, w3 9-10",
            "sub1": "r2 2-3, w2 8-9",
            "worker0": "c1 2-6, c2 6-8, c3 8-9",
        }),
        ("thread-per-connection", None, {
            "main": "a1 0-1, a2 1-2, a3 2-3",
            "thread0": "r1 1-2, c1 2-6, w1 6-7",
            "thread1": "r2 2-3, c2 3-5, w2 5-6",
            "thread2": "r3 3-4, c3 4-5, w3 5-6",
        }),
        # One core: when it is free at 7, the two accepts have been ready longest.
        ("thread-per-connection", 1, {
            "main": "a1 0-1, a2 7-8, a3 8-9",
            "thread0": "r1 1-2, c1 2-6, w1 6-7",
            "thread1": "r2 9-10, c2 10-12, w2 12-13",
            "thread2": "r3 13-14, c3 14-15, w3 15-16",
        }),
        ("proactor/1", None, {
            "kernel": "a1 0-1, r1 1-2, a2 1-2, r2 2-3, a3 2-3, r3 3-4, w1 6-7, w2 8-9, w3 9-10",
            "worker0": "c1 2-6, c2 6-8, c3 8-9",
        }),
    ],
)  # fmt: skip
def test_three_requests_by_hand(label, cores, lanes):
    found = schedule(shape(label, cores), 1, THREE)
    assert {name: set(bars.split(", ")) for name, bars in told(found.spans).items()} == {
        name: set(bars.split(", ")) for name, bars in lanes.items()
    }


def test_at_one_instant_a_write_comes_before_a_read_and_a_read_before_an_accept():
    requests = [
        Request(0, 0, 1, 3, 1),
        Request(1, 3, 1, 1, 1),
        Request(2, 0, 1, 9, 1),
        Request(1, 0, 1, 1, 1),
    ]
    lanes = told(schedule(shape("pool/3"), 0, requests).spans)
    # At 1: both reads since 0, by connection. At 4 nothing but the write of 1 and of 4 is ready.
    assert lanes["reactor"].startswith("r1 0-1, r4 1-2, r3 2-3, w4 3-4, w1 4-5")
    accepts = told(
        schedule(
            shape("single"),
            1,
            [Request(1, 0, 2, 0, 0), Request(0, 3, 2, 0, 0), Request(1, 3, 2, 0, 0)],
        ).spans
    )
    assert accepts["reactor"] == "a1 0-1, r1 1-3, r3 3-5, a2 5-6, r2 6-8"


def test_a_connection_has_one_request_at_a_time_in_service():
    requests = [Request(0, 0, 1, 5, 1), Request(0, 1, 1, 1, 1)]
    lanes = told(schedule(shape("pool/2"), 0, requests).spans)
    assert lanes == {"reactor": "r1 0-1, w1 6-7, r2 7-8, w2 9-10", "worker0": "c1 1-6, c2 8-9"}


def test_stages_that_take_no_time_are_skipped():
    found = schedule(shape("pool/1"), 0, [Request(0, 0, 0, 3, 0), Request(1, 0, 2, 0, 1)])
    assert told(found.spans) == {"worker0": "c1 0-3", "reactor": "r2 0-2, w2 2-3"}
    assert found.ends == (3, 3)


def test_copies_divide_connections_among_them():
    requests = [Request(n, 0, 1, 0, 0) for n in range(5)]
    lanes = told(schedule(Shape("multi", 2, 2, 0, None), 0, requests).spans)
    # Copy 1 has the connections 1 and 3, its own 0 and 1: sub2 and sub3.
    assert lanes == {"sub0": "r1 0-1, r5 1-2", "sub1": "r3 0-1", "sub2": "r2 0-1", "sub3": "r4 0-1"}
    assert Shape("pool", 2, 0, 2, None).names([]) == (
        "reactor0", "reactor1", "worker0", "worker1", "worker2", "worker3",
    )  # fmt: skip


def test_times_stay_exact():
    third = Fraction(1, 3)
    found = schedule(shape("single"), third, [Request(0, third, third, third, third)])
    assert (found.ends, found.busy_ns, found.last_end) == (
        (Fraction(5, 3),),
        Fraction(4, 3),
        Fraction(5, 3),
    )


def test_a_worker_that_dies_takes_one_request_along():
    found = schedule(
        shape("pool/2"),
        0,
        [Request(n, n, 1, 6, 1) for n in range(4)],
        Failure("worker0", "dies", 4, None),
    )
    assert found.ends == (None, 9, 15, 21)
    assert told(found.spans)["worker0"] == "c1 1-4!"


def test_a_thread_that_is_replaced_goes_on_with_what_waited():
    died = Failure("reactor", "dies", 2, 5)
    found = schedule(
        shape("single"),
        0,
        [Request(0, 0, 1, 3, 1), Request(1, 1, 1, 1, 1), Request(0, 8, 1, 1, 1)],
        died,
    )
    # The third is on the connection of the first, which never gets an answer.
    assert found.ends == (None, 10, None)
    assert told(found.spans) == {"reactor": "r1 0-1, c1 1-2!, r2 7-8, c2 8-9, w2 9-10"}


def test_a_sub_reactor_that_loops_keeps_its_connections():
    requests = [Request(n, 0, 1, 1, 1) for n in range(4)]
    found = schedule(shape("multi/2"), 0, requests, Failure("sub1", "loops", 1, None))
    assert found.ends == (3, None, 6, None)
    assert found.busy_ns == 6 + 1 + 5
    assert told(found.spans)["sub1"] == "r2 0-1, l0 1-6!"


def test_what_cannot_fail_is_refused():
    with pytest.raises(
        InputError, match=r"no thread worker2; there are: reactor, worker0, worker1"
    ):
        schedule(shape("pool/2"), 0, THREE, Failure("worker2", "dies", 1, None))
    with pytest.raises(InputError, match="leave the number of cores out"):
        schedule(shape("pool/2", 2), 0, THREE, Failure("worker0", "loops", 1, None))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("multi", 1, 0, 0, None), "at least one sub-reactor"),
        (("pool", 1, 0, 0, None), "at least one worker"),
        (("single", 1, 1, 0, None), "no sub-reactors"),
        (("single", 1, 0, 1, None), "no workers"),
        (("single", 0, 0, 0, None), "1 copy or more"),
        (("single", 1, 0, 0, 0), "1 core or more"),
        (("pool", 1, 0, 10**6, None), "threads are simulated"),
    ],
)
def test_shapes_that_make_no_sense_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        Shape(*values)


def test_labels_are_read_as_they_are_written():
    for text in (
        "single",
        "pool/2",
        "multi/3",
        "multi/2+4",
        "thread-per-connection",
        "proactor/1",
        "single*3",
    ):
        assert read_label(text, None).label == text
    for text in ("double", "pool/x", "pool", "multi/2+4+1"):
        with pytest.raises(InputError):
            read_label(text, None)


@st.composite
def cases(draw):
    model = draw(st.sampled_from(MODELS))
    workers = draw(st.integers(1, 3)) if model in ("pool", "proactor") else 0
    if model == "multi":
        workers = draw(st.integers(0, 2))
    built = Shape(
        model, draw(st.integers(1, 2)), draw(st.integers(1, 3)) if model == "multi" else 0,
        workers, draw(st.sampled_from([None, 1, 2])),
    )  # fmt: skip
    time = st.integers(0, 6)
    requests = draw(
        st.lists(
            st.builds(Request, st.integers(0, 3), st.integers(0, 15), time, time, time), max_size=7
        )
    )
    return built, draw(st.integers(0, 2)), requests


@settings(max_examples=150, deadline=None)
@given(cases())
def test_every_stage_is_run_once_in_order_on_the_right_thread(case):
    built, accept, requests = case
    found = schedule(built, accept, requests)
    for number, request in enumerate(requests, start=1):
        mine = sorted(
            (s for s in found.spans if s.request == number and s.stage != "accept"),
            key=lambda s: s.end,
        )
        wanted = [
            (n, t)
            for n, t in (
                ("read", request.read_ns),
                ("compute", request.compute_ns),
                ("write", request.write_ns),
            )
            if t
        ]
        assert [(s.stage, s.end - s.start) for s in mine] == wanted
        assert all(a.end <= b.start for a, b in pairwise(mine))
        assert found.ends[number - 1] >= request.arrival_ns + sum(t for _, t in wanted)
    accepts = [s.connection for s in found.spans if s.stage == "accept"]
    assert sorted(accepts) == sorted({r.connection for r in requests} if accept else [])


@settings(max_examples=150, deadline=None)
@given(cases())
def test_no_thread_does_two_things_at_once_and_cores_suffice(case):
    built, accept, requests = case
    spans = schedule(built, accept, requests).spans
    for one in spans:
        busy = [s for s in spans if s.start <= one.start < s.end]
        assert built.cores is None or len(busy) <= built.cores
        assert one.thread == "kernel" or sum(s.thread == one.thread for s in busy) == 1


@settings(max_examples=100, deadline=None)
@given(cases())
def test_nobody_is_idle_while_there_is_work_for_it(case):
    built, accept, requests = case
    spans = schedule(built, accept, requests).spans
    for late in spans:
        if late.start == late.ready or built.cores is not None or late.thread == "kernel":
            continue
        kind, number = (
            late.thread.rstrip("0123456789"),
            late.thread.lstrip("abcdefghijklmnopqrstuvwxyz"),
        )
        for n in built.crew(kind, int(number or 0)):
            at, name = late.ready, built.name(kind, n)
            while at < late.start:
                ends = [s.end for s in spans if s.thread == name and s.start <= at < s.end]
                assert ends, f"{name} was idle at {at}"
                [at] = ends
