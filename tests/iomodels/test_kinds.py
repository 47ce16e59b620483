"""Kinds of asynchronous I/O: worked out by hand, and in closed form for any numbers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_iomodels import kinds
from oslab_iomodels.kinds import KINDS, TARGETS, Case, Kind, KindsConfig, Target

CASES = tuple(Case(kind, target) for kind in KINDS for target in TARGETS)


def config(*cases: Case, cached: bool = False, pool: int = 20, **given: int) -> KindsConfig:
    found = {
        "requests": 3, "call": 1, "submit": 2, "device": 100, "copy": 10, "wake": 5, **given,
    }  # fmt: skip
    return KindsConfig(
        cases=cases,
        requests=found["requests"],
        cached=cached,
        call_ns=Fraction(found["call"]),
        submit_ns=Fraction(found["submit"]),
        device_ns=Fraction(found["device"]),
        copy_time_ns=Fraction(found["copy"]),
        wake_ns=Fraction(found["wake"]),
        pool=pool,
    )


def outcome(
    kind: Kind, target: Target, cached: bool = False, pool: int = 20, **given: int
) -> tuple[Any, ...]:
    case = Case(kind, target)
    found = kinds.count(config(case, cached=cached, pool=pool, **given), case)
    return (
        found.submit_ns, found.blocked_ns, found.threads, found.notified_ns, found.syscalls,
        found.asynchronous,
    )  # fmt: skip


def test_io_submit_on_a_socket_waits_for_the_data_itself() -> None:
    # Handed over at 3; data at 100, copied by 110; the others: 2 + 10 each.
    assert outcome("libaio", "socket") == (134, 97, 0, 134, 2, False)
    assert outcome("libaio", "pipe") == outcome("libaio", "socket")


def test_io_submit_on_a_buffered_file_reads_one_after_the_other() -> None:
    assert outcome("libaio", "file-buffered") == (337, 300, 0, 337, 2, False)


def test_io_submit_with_o_direct_only_hands_over() -> None:
    # Handed over at 3, 5, 7; the device takes 100 for each, side by side; nothing is copied.
    assert outcome("libaio", "file-direct") == (7, 0, 0, 107, 2, True)


def test_io_uring_hands_over_whatever_has_to_be_waited_for() -> None:
    assert outcome("io_uring", "socket") == (7, 0, 0, 110, 2, True)
    assert outcome("io_uring", "file-buffered") == (7, 0, 0, 117, 2, True)
    assert outcome("io_uring", "file-direct") == (7, 0, 0, 107, 2, True)


def test_iocp_takes_a_call_for_each() -> None:
    assert outcome("iocp", "socket") == (9, 0, 0, 110, 4, True)


def test_what_is_in_the_page_cache_is_copied_at_once() -> None:
    assert outcome("io_uring", "file-buffered", cached=True) == (37, 0, 0, 37, 2, False)
    assert outcome("libaio", "file-buffered", cached=True) == (37, 0, 0, 37, 2, False)
    assert outcome("io_uring", "file-direct", cached=True) == (7, 0, 0, 107, 2, True)


def test_posix_aio_blocks_threads_of_the_process() -> None:
    # Given at 3, 6, 9; each thread calls 5 later, for 1.
    assert outcome("posix-aio", "socket") == (9, 0, 3, 110, 4, True)
    assert outcome("posix-aio", "file-buffered") == (9, 0, 3, 125, 4, True)
    # One thread: given at 3, its calls end at 9, 20 and 31 for cached pages, copies at 19, 30, 41.
    assert outcome("posix-aio", "file-buffered", cached=True, pool=1) == (9, 0, 1, 41, 4, True)


@given(
    st.sampled_from(CASES), st.booleans(), st.integers(1, 12), st.integers(0, 9), st.integers(0, 9),
    st.integers(0, 99), st.integers(0, 20),
)  # fmt: skip
def test_what_the_kernel_does_has_a_closed_form(
    case: Case, cached: bool, requests: int, call: int, submit: int, device: int, copy: int
) -> None:
    c = config(
        case, cached=cached, requests=requests, call=call, submit=submit, device=device, copy=copy
    )
    found, way = kinds.count(c, case), kinds.way_of(case, cached)
    calls = 1 if case.kind in ("io_uring", "libaio") else requests
    handing = calls * call + requests * submit
    first = call + submit
    if way in ("kernel", "thread"):
        assert (found.submit_ns, found.blocked_ns, found.asynchronous) == (handing, 0, True)
    if way == "kernel":
        copied = 0 if case.target == "file-direct" else copy
        is_file = case.target.startswith("file")
        ready = handing + device if is_file else max(handing, device)
        assert found.notified_ns == ready + copied
    if way in ("in-call", "at-once"):
        waited = max(0, device - first)
        if case.target == "file-buffered":
            waited = 0 if cached else requests * device
        assert found.blocked_ns == waited
        assert found.submit_ns == found.notified_ns == handing + waited + requests * copy


@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 99), st.integers(0, 20))
def test_threads_are_never_more_than_there_may_be_and_none_does_two_reads_at_once(
    requests: int, pool: int, device: int, copy: int
) -> None:
    case = Case("posix-aio", "file-buffered")
    c = config(case, pool=pool, requests=requests, device=device, copy=copy)
    found = list(kinds.requests(c, case))
    assert len({r.thread for r in found}) == kinds.count(c, case).threads == min(pool, requests)
    for thread in range(pool):
        own = [r for r in found if r.thread == thread]
        for before, after in pairwise(own):
            assert after.ready_ns - device - c.call_ns >= before.done_ns


@given(st.sampled_from(CASES), st.booleans())
def test_the_steps_tell_what_is_counted(case: Case, cached: bool) -> None:
    found = kinds.run(config(case, cached=cached))
    *_, last = found.steps
    assert {n: last.result[n] for n in found.metrics} == dict(found.metrics)
    ends = [step.result["done_ns"] for step in found.steps if step.action == "complete"]
    assert ends == sorted(ends)
    assert ends[-1] == found.metrics["notified_ns"]


def test_several_kinds_stand_side_by_side() -> None:
    found = kinds.run(config(*CASES[:3]))
    assert [row["target"] for row in found.metrics["kinds"]] == list(TARGETS[:3])


def test_what_makes_no_sense_is_refused() -> None:
    for bad in (lambda: config(), lambda: config(CASES[0], requests=0),
                lambda: config(CASES[0], pool=0), lambda: config(CASES[0], copy=-1)):  # fmt: skip
        with pytest.raises(InputError):
            bad()


def test_the_command(oslab: Callable[..., Any]) -> None:
    shown = oslab("iomodels", "async", "libaio", "--on", "file-buffered", "--requests", "2")
    assert "is not asynchronous here" in shown.out
    assert oslab("iomodels", "async", "libaio/tape").code == 2
    assert oslab("iomodels", "async", "aio").code == 2


def test_many_requests_are_counted_without_steps(oslab: Callable[..., Any]) -> None:
    shown = oslab("iomodels", "async", "libaio/socket", "--requests", "1000")
    assert shown.code == 0
    assert "is submitted" not in shown.out
    assert oslab("iomodels", "async", "libaio/socket", "--requests", "1001").code == 2
    many = [f"{kind}/socket" for kind in KINDS] * 3
    assert oslab("iomodels", "async", *many, "--requests", "1000", "--steps").code == 2
