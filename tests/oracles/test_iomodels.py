"""The I/O models against a naive one that was written from the rules of docs/iomodels.md alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_iomodels import MODELS, Load

from oslab_iomodels.load import Arrival, IoConfig
from oslab_iomodels.simulate import timeline

loads = st.builds(
    Load,
    connections=st.just(4),
    requests=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), min_size=1, max_size=9),
    copy=st.integers(1, 4),
    compute=st.integers(0, 4),
    syscall=st.integers(0, 3),
    switch=st.integers(0, 3),
    scan=st.integers(0, 2),
    poll=st.integers(1, 6),
    cores=st.integers(1, 3),
)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=100, deadline=None)
@given(loads)
def test_every_request_and_every_figure_is_that_of_the_naive_model(name: str, load: Load) -> None:
    model, _, edge = name.partition("-")
    config = IoConfig(
        model=model,
        trigger=("edge" if edge else "level") if model == "epoll" else None,
        connections=load.connections,
        requests=len(load.requests),
        interval_ns=None,
        arrivals=tuple(Arrival(*request) for request in load.requests),
        copy_ns=load.copy,
        compute_ns=load.compute,
        poll_ns=load.poll,
        syscall_ns=load.syscall,
        scan_ns=load.scan,
        switch_ns=load.switch,
        cores=load.cores,
        thread_bytes=1,
    )
    found, line = MODELS[name](load), timeline(config)
    metrics = line.metrics()
    assert list(line.copied) == [found.copied[i] for i in range(len(load.requests))]
    assert list(line.finished) == [found.finished[i] for i in range(len(load.requests))]
    n = len(load.requests)
    assert metrics["setup_syscalls"] == found.setup
    assert metrics["wait_syscalls"] == found.waits
    assert metrics["wasted_syscalls"] == found.wasted
    assert metrics["syscalls"] == found.syscalls
    assert metrics["mode_switches"] == 2 * found.syscalls
    assert metrics["context_switches"] == found.switches
    assert metrics["blocked_ns"] == found.blocked
    assert metrics["delay_ns"] == sum(at - load.requests[i][1] for i, at in found.started.items())
    by_kernel = name == "async"
    assert metrics["copying_ns"] == (0 if by_kernel else n * load.copy)
    assert metrics["kernel_copying_ns"] == (n * load.copy if by_kernel else 0)
    watched = len({connection for connection, _ in load.requests})
    before = found.setup + bool(found.waits)
    before += {"blocking": watched, "async": watched}.get(name, 0)
    scanning = (found.waits - 1) * load.connections * load.scan
    assert metrics["cpu_ns"] == (
        load.syscall * (found.syscalls - before)
        + (scanning if name in ("select", "poll") else 0)
        + load.switch * found.switched_in
        + n * (load.copy + load.compute)
    )
    assert metrics["finish_ns"] == max(found.finished.values())
