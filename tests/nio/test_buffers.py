"""The states of buffers, and what channel I/O on them copies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_nio.buffer import Kind
from oslab_nio.buffers import BuffersConfig, count, run
from oslab_nio.bufferscript import VERBS, Declared, parse_declared, parse_operation
from oslab_nio.script import parse_script


def played(ops: str, kind: Kind = "heap", capacity: int = 8) -> list[dict[str, Any]]:
    config = BuffersConfig((Declared("b", kind, capacity),), parse_script(ops, parse_operation))
    return [dict(step.result) for step in run(config).steps]


def marks(ops: str) -> list[tuple[int, int]]:
    return [(r["position"], r["limit"]) for r in played(ops)]


def test_put_five_flip_get_two() -> None:
    steps = played("put 5; flip; get 2")
    assert [(r["position"], r["limit"]) for r in steps] == [(5, 8), (0, 5), (2, 5)]
    assert steps[2]["data"] == (1, 2)


def test_compact_keeps_what_was_not_taken_out() -> None:
    steps = played("put 5; flip; get 2; compact; put 1; flip; get 4")
    assert (steps[3]["position"], steps[3]["limit"]) == (3, 8)
    assert steps[6]["data"] == (3, 4, 5, 6)


def test_clear_erases_nothing() -> None:
    assert played("put 3; clear; get 4")[2]["data"] == (1, 2, 3, 0)


def test_what_throws_changes_nothing_and_the_script_goes_on() -> None:
    steps = played("put 9; put 3; flip; get 4; get 3")
    assert [r["thrown"] for r in steps] == [
        "BufferOverflowException", "ok", "ok", "BufferUnderflowException", "ok",
    ]  # fmt: skip
    assert steps[4]["data"] == (1, 2, 3)


def test_a_mark_behind_a_new_limit_or_position_is_dropped() -> None:
    assert played("position 5; mark; position 4; reset")[3]["thrown"] == "InvalidMarkException"
    assert played("position 5; mark; limit 4; reset")[3]["thrown"] == "InvalidMarkException"
    assert played("position 3; mark; limit 4; reset")[3]["position"] == 3
    assert played("position 3; mark; rewind; reset")[3]["thrown"] == "InvalidMarkException"


def test_a_limit_before_the_position_takes_it_along() -> None:
    assert marks("put 6; limit 2") == [(6, 8), (2, 2)]
    assert played("limit 9")[0]["thrown"] == "IllegalArgumentException"
    assert played("limit 4; position 5")[1]["thrown"] == "IllegalArgumentException"


def test_views_share_bytes_and_have_marks_of_their_own() -> None:
    steps = played("put 2; s = slice; s.put 3; flip; get 2; limit 5; get 3")
    assert (steps[1]["capacity"], steps[1]["position"]) == (6, 0)
    assert steps[6]["data"] == (3, 4, 5)


def test_through_a_read_only_view_nothing_is_put() -> None:
    steps = played("r = readonly; r.put 1; r.compact; r.read ch 1; r.get 1")
    assert [r["thrown"] for r in steps[1:]] == [
        "ReadOnlyBufferException", "ReadOnlyBufferException", "IllegalArgumentException", "ok",
    ]  # fmt: skip


def test_io_on_a_heap_buffer_is_copied_once_more() -> None:
    heap = played("put 8; flip; write ch 3; write ch; write ch; clear; read ch 5")
    assert [r["cpu_bytes"] for r in heap] == [0, 0, 8 + 3, 5 + 5, 0, 0, 10]
    assert [r["syscalls"] for r in heap] == [0, 0, 1, 1, 0, 0, 1]
    assert heap[6]["temporary"] == 8
    direct = played("put 8; flip; write ch 3; write ch; write ch; clear; read ch 5", "direct")
    assert [r["cpu_bytes"] for r in direct] == [0, 0, 3, 5, 0, 0, 5]
    assert direct[6]["temporary"] == 0


def test_a_mapped_buffer_is_read_without_a_call() -> None:
    assert played("get 5", "mapped")[0]["syscalls"] == 0


def test_a_bare_view_takes_the_place_of_its_buffer() -> None:
    assert played("position 3; slice; get 5")[2]["position"] == 5


def test_of_large_buffers_only_the_marks_are_followed() -> None:
    config = BuffersConfig(
        (Declared("b", "direct", 2**31 - 1),), parse_script("put 1G; flip; get 1G", parse_operation)
    )
    assert count(config)["position"] == 2**30
    assert count(config)["got"] is None


@st.composite
def scripts(draw: st.DrawFn) -> BuffersConfig:
    kind = draw(st.sampled_from(["heap", "direct", "mapped"]))
    texts = []
    for _ in range(draw(st.integers(1, 20))):
        verb = draw(st.sampled_from(VERBS))
        number = draw(st.integers(0, 9))
        texts.append(
            f"{verb} {number}" if verb in ("put", "get", "limit", "position", "read") else verb
        )
    return BuffersConfig((Declared("b", kind, 7),), parse_script("; ".join(texts), parse_operation))


@given(scripts())
def test_mark_position_limit_and_capacity_stay_in_order(config: BuffersConfig) -> None:
    for step in run(config).steps:
        r = step.result
        assert 0 <= (r["mark"] or 0) <= r["position"] <= r["limit"] <= r["capacity"]
        assert r["failed"] == (r["thrown"] != "ok")


@given(scripts())
def test_counting_gives_the_figures_of_the_run(config: BuffersConfig) -> None:
    assert count(config) == run(config).metrics


@given(scripts())
def test_a_heap_buffer_copies_what_a_direct_one_does_and_more(config: BuffersConfig) -> None:
    def copied(kind: Kind) -> int:
        return sum(
            step.result["cpu_bytes"]
            for step in run(BuffersConfig((Declared("b", kind, 7),), config.ops)).steps
        )

    assert copied("direct") == copied("mapped")
    assert copied("heap") >= 2 * copied("direct")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pop 3", "no operation"),
        ("put", "put NUMBER"),
        ("flip 3", "takes no number"),
        ("put -1", "not a size|number of bytes"),
        ("x = put 3", "only slice"),
        ("put 3G", "2147483647"),
    ],
)
def test_an_operation_that_cannot_be_read_is_named(text: str, said: str) -> None:
    with pytest.raises(InputError, match="operation 2.*(" + said + ")"):
        parse_script(f"flip; {text}", parse_operation)


def test_an_operation_is_written_as_it_was_read() -> None:
    for text in ("put 5", "s = slice", "h.write ch 3", "limit -1", "v = h.duplicate", "read ch"):
        assert str(parse_operation(text)) == text


def test_declarations_say_name_kind_and_capacity() -> None:
    assert parse_declared("h=heap:4K") == Declared("h", "heap", 4096)
    with pytest.raises(InputError, match="declares no buffer"):
        parse_declared("h:4K")


def test_the_command_shows_figures(oslab: Any) -> None:
    result = oslab("nio", "buffers", "--ops", "put 5; flip; get 2", "--json")
    document = json.loads(result.out)
    assert document["metrics"]["position"] == 2
    assert document["metrics"]["got"] == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ops", "x.put 3"], "there is no buffer x"),
        (["--ops", ""], "a script is expected"),
        (["--ops", ";"], "the script is empty"),
        (["--ops", "flip", "--capacity", "3G"], "2147483647"),
        (["--ops", "flip", "--kind", "stack"], "heap, direct, mapped"),
        (["--ops", "flip", "--buffers", "a=heap:1,a=heap:2"], "two buffers"),
        (["nowhere.txt"], "cannot read"),
    ],
)
def test_bad_input_is_told_in_one_line(oslab: Any, arguments: list[str], said: str) -> None:
    result = oslab("nio", "buffers", *arguments)
    assert result.code == 2
    assert said in result.err
    assert result.err.count("\n") == 1
