"""transferTo and transferFrom: what they try, what each call moves, what it costs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab_nio.channel import JDKS, OTHERS, SUPPORT, Request, TransferConfig
from oslab_nio.transfer import calls, count, run

MIB = 2**20
ALL = TransferConfig((Request("to", "socket", 0, 1, 1),), False, 17, SUPPORT, None, 0, True)


def made(*requests: tuple[Any, ...], **changed: Any) -> list[tuple[str, int, int, int]]:
    """Of each call its path, what it moves, system calls, copies of each byte."""
    config = replace(ALL, requests=tuple(Request(*r) for r in requests), **changed)
    return [
        (m.moved.path, m.moved.transferred, m.moved.syscalls, m.moved.copies) for m in calls(config)
    ]


def test_to_a_socket_it_is_one_sendfile() -> None:
    assert made(("to", "socket", 100, 5000, 4000)) == [("sendfile", 3900, 1, 0)]
    assert made(("to", "socket", 100, 5000, 4000), gather=False) == [("sendfile", 3900, 1, 1)]


def test_newer_versions_try_copy_file_range_first() -> None:
    to = [("to", "socket", 0, 500, 500), ("to", "file", 0, 500, 500)]
    assert made(*to, jdk=25) == [("sendfile", 500, 2, 0), ("copy_file_range", 500, 1, 1)]
    assert made(*to) == [("sendfile", 500, 1, 0), ("sendfile", 500, 1, 1)]


def test_a_file_that_was_refused_is_not_tried_again() -> None:
    to = ("to", "file", 0, 20 * MIB, 20 * MIB)
    support = ("sendfile-socket",)
    assert made(to, to, ("to", "pipe", 0, 9, 9), support=support) == [
        ("mapped", 20 * MIB, 10, 1), ("mapped", 20 * MIB, 9, 1), ("mapped", 9, 4, 1),
    ]  # fmt: skip
    assert [m[2] for m in made(to, to, jdk=25, support=support)] == [11, 11]


def test_a_socket_is_tried_each_time_and_gets_8_mib_at_most() -> None:
    to = ("to", "socket", 0, 20 * MIB, 20 * MIB)
    assert made(to, to, support=()) == [("mapped", 8 * MIB, 4, 1)] * 2
    parts = made(to, support=(), until_done=True)
    assert [m[1] for m in parts] == [8 * MIB, 8 * MIB, 4 * MIB]


def test_little_is_not_mapped_by_newer_versions() -> None:
    assert made(("to", "pipe", 0, 16_383, 20_000), jdk=25) == [("loop", 16_383, 4, 4)]
    assert made(("to", "pipe", 0, 16_384, 20_000), jdk=25) == [("mapped", 16_384, 3, 1)]


def test_channels_of_ones_own_get_a_loop() -> None:
    assert made(("to", "other", 0, 20_000, 20_000)) == [("loop", 20_000, 3, 2)]
    assert made(("from", "other", 0, 20_000, 9000)) == [("loop", 9000, 2, 2)]


def test_the_loop_of_jdk_8_has_a_direct_buffer() -> None:
    requests = ("to", "other", 0, 5, 5), ("from", "socket", 0, 5, 5)
    assert [m[3] for m in made(*requests, jdk=8)] == [1, 2]
    assert [m[3] for m in made(*requests, jdk=17)] == [2, 4]


def test_transfer_from_never_uses_sendfile() -> None:
    large = ("from", "file", 0, 20 * MIB, 20 * MIB)
    assert made(large) == [("mapped", 20 * MIB, 9, 1)]
    assert made(large, jdk=25) == [("copy_file_range", 20 * MIB, 1, 1)]
    assert made(("from", "socket", 0, 10_000, 10_000)) == [("loop", 10_000, 4, 4)]
    assert made(("from", "socket", 0, 10_001, 10_000)) == [("loop", 10_000, 5, 4)]


def test_older_versions_write_nothing_behind_the_end_of_the_target() -> None:
    behind = ("from", "file", 11, 100, 100)
    assert made(behind, target_size=10) == [("none", 0, 0, 0)]
    assert made(behind, target_size=10, jdk=25) == [("copy_file_range", 100, 1, 1)]


def test_more_than_2_gib_takes_several_calls() -> None:
    parts = made(("to", "socket", 0, 5 * 2**30, 6 * 2**30), until_done=True)
    assert [m[1] for m in parts] == [2_147_479_552, 2_147_479_552, 5 * 2**30 - 2 * 2_147_479_552]


def test_a_full_socket_takes_nothing() -> None:
    to = ("to", "socket", 0, 5000, 5000)
    assert made(to, room=0) == [("sendfile", 0, 1, 0)]
    assert [m[1] for m in made(to, room=2000, until_done=True)] == [2000, 2000, 1000]


def test_behind_the_end_of_the_file_nothing_is_tried() -> None:
    assert made(("to", "socket", 6, 5, 5)) == [("none", 0, 0, 0)]
    assert made(("to", "socket", 5, 5, 5)) == [("sendfile", 0, 1, 0)]


@st.composite
def configs(draw: st.DrawFn) -> TransferConfig:
    sizes = st.integers(0, 30 * MIB)
    requests = tuple(
        Request(
            draw(st.sampled_from(["to", "from"])), draw(st.sampled_from(OTHERS)),
            draw(sizes), draw(sizes), draw(sizes),
        )
        for _ in range(draw(st.integers(1, 5)))
    )  # fmt: skip
    return TransferConfig(
        requests,
        draw(st.booleans()),
        draw(st.sampled_from(JDKS)),  # type: ignore[arg-type]
        tuple(name for name in SUPPORT if draw(st.booleans())),
        draw(st.none() | st.integers(10_000, 40 * MIB)),
        draw(sizes),
        draw(st.booleans()),
    )


@given(configs())
def test_no_call_moves_more_than_there_is_or_than_was_asked_for(config: TransferConfig) -> None:
    for made in calls(config):
        asked = made.asked
        there = asked.size - asked.position if asked.direction == "to" else asked.size
        assert 0 <= made.moved.transferred <= min(asked.count, max(there, 0))


@given(configs())
def test_calling_again_moves_everything(config: TransferConfig) -> None:
    config = replace(config, until_done=True, room=None, target_size=2**40)
    wanted = 0
    for r in config.requests:
        there = max(0, r.size - r.position) if r.direction == "to" else r.size
        wanted += min(r.count, there)
    assert count(config)["transferred"] == wanted


@given(configs())
def test_counting_gives_the_figures_of_the_run(config: TransferConfig) -> None:
    assert count(config) == run(config).metrics


@given(configs())
def test_a_process_that_remembers_makes_no_more_calls(config: TransferConfig) -> None:
    """Each request alone, in a process of its own, takes at least as many system calls."""
    alone = sum(count(replace(config, requests=(r,)))["syscalls"] for r in config.requests)
    assert count(config)["syscalls"] <= alone


def test_the_command_loops_until_done(oslab: Any) -> None:
    result = oslab("nio", "transfer", "--size", "5G", "--until-done", "--json")
    metrics = json.loads(result.out)["metrics"]
    assert (metrics["calls"], metrics["path"], metrics["cpu_copies"]) == (3, "sendfile", 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--jdk", "11"], "8, 17 and 25"),
        (["--target", "disk"], "socket, file, pipe, other"),
        (["--target", "file", "--from", "file"], "give one of them"),
        (["--kernel-support", "splice"], "sendfile-socket"),
        (["--ops", "to file 0 5"], "position, count and size"),
        (["--ops", "to file 0 5 5", "--count", "3"], "leave these out"),
        (["--size", "1P", "--until-done", "--kernel-support", "none"], "100000 calls"),
    ],
)
def test_bad_input_is_told_in_one_line(oslab: Any, arguments: list[str], said: str) -> None:
    result = oslab("nio", "transfer", *arguments)
    assert result.code == 2
    assert said in result.err
    assert result.err.count("\n") == 1
