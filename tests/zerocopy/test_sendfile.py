"""sendfile: return values, offsets and short sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab.conformance.suite import seed_code, through_sheet
from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import draw
from oslab_zerocopy.paths import MOST
from oslab_zerocopy.problems.sendfile import AlwaysFull, NullIsZero, PositionAdded, PositionMoves
from oslab_zerocopy.sendfile import (
    FAILED,
    Operation,
    SendfileConfig,
    count,
    parse_operations,
    run,
    sent,
)


def config(ops, file_size=10_000, position=0, offset=None, room=None, limit=MOST):
    uses = "null" if offset is None else "offset"
    return SendfileConfig(file_size, position, offset, room, limit, parse_operations(ops, uses))


def rows(p, kind=None):
    found = run(p, kind) if kind else run(p)
    names = ("returned", "position", "offset")
    return [tuple(s.result[n] for n in names) for s in found.steps if s.action == "send"]


@pytest.mark.parametrize(
    ("asked", "rest", "room", "moved"),
    [
        (100, 50, None, 50),
        (100, 500, 30, 30),
        (100, 0, 30, 0),
        (0, 50, 30, 0),
        (100, -5, None, 0),
        (5 * 2**30, 5 * 2**30, None, 2_147_479_552),
    ],
)
def test_a_call_moves_the_least_of_all(asked, rest, room, moved):
    assert sent(asked, rest, room) == moved


def test_null_uses_and_moves_the_position():
    # Measured: with the position at 100, ten bytes move it to 110.
    assert rows(config("send 10; send 10", position=100)) == [(10, 110, None), (10, 120, None)]


def test_an_offset_moves_and_the_position_stays():
    assert rows(config("send 10; send 5", position=100, offset=5)) == [(10, 100, 15), (5, 100, 20)]


def test_short_sends_and_eagain():
    p = config(
        "send 8000; send 8000; drain 1000; send 8000; drain 9000; send 8000; send 1", room=6000
    )
    assert rows(p) == [
        (6000, 6000, None),
        (FAILED, 6000, None),
        (1000, 7000, None),
        (3000, 10_000, None),
        (0, 10_000, None),
    ]
    assert count(p) == {
        "sends": 5,
        "sent_bytes": 10_000,
        "again": 1,
        "ends": 1,
        "position": 10_000,
        "offset": None,
        "queued_bytes": 3000,
    }


def test_at_the_end_a_full_socket_is_no_error():
    assert rows(config("send 6000; send 1", file_size=6000, room=6000)) == [
        (6000, 6000, None),
        (0, 6000, None),
    ]


def test_a_call_is_bounded_by_the_kernel():
    found = rows(config("send 5G; send 5G; send 5G", file_size=5 * 2**30))
    assert [row[0] for row in found] == [MOST, MOST, 5 * 2**30 - 2 * MOST]


def test_misunderstandings():
    p = config("send 100; send 100", position=40)
    assert rows(p, NullIsZero) == [(100, 100, None), (100, 100, None)]
    assert rows(config("send 20000; send 1", room=5), AlwaysFull) == [
        (20000, 20000, None),
        (1, 20001, None),
    ]


def test_a_position_that_moves_along_is_set_or_added_to():
    # By the variable from 5 to 15, by NULL from the position on, by the variable from 15 to 20.
    p = config("send 10 offset; send 10 null; send 5 offset", position=100, offset=5)
    assert rows(p) == [(10, 100, 15), (10, 110, 15), (5, 110, 20)]
    assert rows(p, PositionMoves) == [(10, 15, 15), (10, 25, 15), (5, 20, 20)]
    assert rows(p, PositionAdded) == [(10, 110, 15), (10, 120, 15), (5, 125, 20)]


def test_adding_what_is_sent_to_the_position_is_named():
    found = exercise("zerocopy/sendfile-offset")
    variant = draw(found, seed_code(1))
    answers = {**variant.asked(), **variant.mistakes()["position-added"]}
    marked = through_sheet(variant, answers)
    assert marked.recognised.names == ("position-added",)


operations = st.lists(
    st.one_of(
        st.builds(
            Operation, st.just("send"), st.integers(0, 500), st.sampled_from(["null", "offset"])
        ),
        st.builds(
            Operation,
            st.sampled_from(["drain", "seek", "offset"]),
            st.integers(0, 1500),
            st.just(""),
        ),
    ),
    max_size=20,
)


@given(operations, st.integers(0, 1000), st.none() | st.integers(0, 800), st.integers(1, 300))
def test_bytes_are_conserved(ops, size, room, limit):
    p = SendfileConfig(size, 0, 0, room, limit, tuple(ops))
    found = run(p)
    assert found.metrics == count(p)
    returned = [s.result["returned"] for s in found.steps if s.action == "send"]
    taken = sum(s.result["taken"] for s in found.steps if s.action == "drain")
    assert sum(max(0, r) for r in returned) == taken + found.metrics["queued_bytes"]
    for step in found.steps:
        if step.action == "send":
            given, result = step.given, step.result
            assert result["returned"] <= min(given["count"], limit, given["rest"])
            if room is not None:
                assert 0 <= result["queued"] <= room
            if result["returned"] == FAILED:
                assert given["rest"]
                assert given["count"]
                assert given["room"] == 0


@pytest.mark.parametrize(
    ("ops", "text"),
    [
        ("send", "operation 1: .*is no operation"),
        ("send 5; sent 5", "operation 2"),
        ("send 5 maybe", "is no operation"),
        ("send x", "not a size"),
        ("drain 5 null", "is no operation"),
    ],
)
def test_bad_scripts_are_named(ops, text):
    with pytest.raises(InputError, match=text):
        parse_operations(ops, "null")


def test_a_variable_needs_a_value():
    with pytest.raises(InputError, match="has no value yet"):
        config("send 5 offset")
    assert rows(config("offset 3; send 5 offset")) == [(5, 0, 8)]
