"""Schedules of servers against a naive model written from the rules of docs/reactor.md."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from naive_reactor import Server, serve

from oslab_reactor.engine import schedule
from oslab_reactor.requests import Failure, Request
from oslab_reactor.shape import Shape

MODELS = ["single", "pool", "multi", "thread-per-connection", "proactor"]

requests_of = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(0, 25), st.integers(0, 4), st.integers(0, 8),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=8,
)  # fmt: skip


@st.composite
def servers(draw: st.DrawFn) -> Server:
    model = draw(st.sampled_from(MODELS))
    with_workers = {"pool": 1, "proactor": 1, "multi": 0}
    return Server(
        model=model,
        copies=draw(st.integers(1, 2)),
        subs=draw(st.integers(1, 3)) if model == "multi" else 0,
        workers=draw(st.integers(with_workers[model], 3)) if model in with_workers else 0,
        cores=draw(st.none() | st.integers(1, 3)),
        accept=draw(st.integers(0, 3)),
    )


def shape_of(server: Server) -> Shape:
    return Shape(server.model, server.copies, server.subs, server.workers, server.cores)


@settings(max_examples=200, deadline=None)
@given(servers(), requests_of)
def test_schedules_are_those_of_the_naive_model(
    server: Server, requests: list[tuple[int, int, int, int, int]]
) -> None:
    agree(server, requests, None)


@settings(max_examples=200, deadline=None)
@given(st.data(), servers(), requests_of, st.integers(0, 30), st.none() | st.integers(1, 20))
def test_so_they_are_when_a_thread_fails(
    data: st.DataObject,
    server: Server,
    requests: list[tuple[int, int, int, int, int]],
    at: int,
    restart: int | None,
) -> None:
    threads = server.threads({request[0] for request in requests})
    how = data.draw(st.sampled_from(["dies", "loops"]))
    assume(how == "dies" or server.cores is None)
    thread = data.draw(st.sampled_from(threads))
    again = restart if how == "dies" else None
    server.failure = (thread, how, at, again)
    agree(server, requests, Failure(thread, how, at, again))


def agree(
    server: Server, requests: list[tuple[int, int, int, int, int]], failure: Failure | None
) -> None:
    told = serve(server, requests)
    found = schedule(shape_of(server), server.accept, [Request(*r) for r in requests], failure)
    spans = [(s.thread, s.stage, s.request, s.start, s.end) for s in found.spans]
    assert sorted(s for s in spans if s[1] != "loop") == sorted(told.stages)
    assert dict(enumerate(found.ends, start=1)) == {
        n: told.ends.get(n) for n in range(1, len(requests) + 1)
    }
    assert (found.busy_ns, found.last_end) == (told.busy, told.last_end)
    assert found.queue_peak == told.queue_peak
