"""FileChannel.map: checks, alignment, what becomes of the file, and the operations of the buffer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_nio.mappedfile import MapConfig
from oslab_nio.mapping import count, run
from oslab_nio.mapscript import Mode, Opened, map_op, parse_operation
from oslab_nio.script import parse_script

BASE = 0x7F0000000000


def configured(
    position: int,
    size: int,
    *,
    mode: Mode = "read_write",
    file_size: int = 100_000,
    opened: Opened = "rw",
    ops: str = "",
    **others: Any,
) -> MapConfig:
    fields = {
        "cached": False, "granularity": 4096, "page_size": 4096, "base": BASE, "jdk": 17, "arena": False,
        "mmap_fails": 0,
    } | others  # fmt: skip
    script = (map_op(mode, position, size), *parse_script(ops, parse_operation))
    return MapConfig(file_size=file_size, opened=opened, ops=script, **fields)


def outcomes(config: MapConfig) -> list[str]:
    return [s.result["outcome"] for s in run(config).steps if s.action == "mapping"]


def results(config: MapConfig, verb: str) -> list[dict[str, Any]]:
    return [dict(s.result) for s in run(config).steps if s.given.get("verb") == verb]


def test_the_mapping_begins_at_the_page_of_the_position() -> None:
    [mmap] = [s.result for s in run(configured(5000, 10_000)).steps if s.action == "mmap"]
    assert (mmap["page_position"], mmap["map_position"], mmap["map_size"]) == (904, 4096, 10_904)
    assert mmap["first_byte"] == BASE + 904
    assert mmap["pages"] == 3


def test_windows_maps_at_multiples_of_64_kib() -> None:
    metrics = run(configured(70_000, 100, granularity=65_536)).metrics
    assert (metrics["page_position"], metrics["map_position"], metrics["map_size"]) == (
        4464,
        65_536,
        4564,
    )


@pytest.mark.parametrize(
    ("mode", "opened", "outcome", "file_size"),
    [
        ("read_write", "rw", "ok", 12_000),
        ("private", "rw", "ok", 12_000),
        ("read_only", "rw", "ok", 12_000),
        ("read_only", "r", "IOException", 8000),
        ("read_write", "r", "NonWritableChannelException", 8000),
        ("private", "r", "NonWritableChannelException", 8000),
        ("read_only", "w", "NonReadableChannelException", 8000),
        ("private", "w", "NonReadableChannelException", 8000),
    ],
)
def test_the_channel_decides_whether_a_short_file_is_extended(
    mode: Mode, opened: Opened, outcome: str, file_size: int
) -> None:
    config = configured(2000, 10_000, mode=mode, file_size=8000, opened=opened)
    assert outcomes(config) == [outcome]
    assert run(config).metrics["file_size"] == file_size


def test_of_size_0_nothing_is_mapped_but_the_file_is_extended() -> None:
    metrics = run(configured(9000, 0, file_size=8000, ops="force; load; isLoaded")).metrics
    assert metrics["file_size"] == 9000
    assert metrics["syscalls"] == 1
    assert metrics["map_size"] is None


def test_more_than_an_int_is_refused_but_into_an_arena() -> None:
    assert outcomes(configured(0, 2**31, file_size=2**40)) == ["IllegalArgumentException"]
    assert outcomes(configured(0, 2**31, file_size=2**40, jdk=22, arena=True)) == ["ok"]
    with pytest.raises(InputError, match="JDK 22"):
        configured(0, 1, arena=True)


@pytest.mark.parametrize(("position", "size"), [(-1, 5), (0, -1), (2**63 - 1, 2)])
def test_negative_and_overflowing_arguments_are_illegal(position: int, size: int) -> None:
    assert outcomes(configured(position, size)) == ["IllegalArgumentException"]


def test_memory_that_is_short_is_tried_for_twice() -> None:
    once = run(configured(0, 10, file_size=5, mmap_fails=1))
    assert (once.metrics["exceptions"], once.metrics["syscalls"]) == (0, 3)
    twice = run(configured(0, 10, file_size=5, mmap_fails=2))
    assert (twice.metrics["exceptions"], twice.metrics["file_size"]) == (1, 10)


def test_private_copies_never_reach_the_file() -> None:
    ops = "put 5 7; get 5; file 5; force; map read_write 0 100; get 5; put 5 9; file 5; force"
    config = configured(0, 100, mode="private", ops=ops)
    values = [s.result.get("value") for s in run(config).steps if s.action == "mapping"]
    assert values == [100_000, 0, 7, 0, 0, 100_000, 0, 9, 9, 1]
    assert run(config).metrics["pages_copied"] == 1


def test_a_copied_page_holds_what_the_file_held() -> None:
    config = configured(0, 100, ops="put 5 7; map private 0 100; put 6 8; get 5; file 6")
    assert [r["value"] for verb in ("get", "file") for r in results(config, verb)] == [7, 0]


def test_force_saves_the_changed_pages_it_overlaps() -> None:
    ops = "put 0 1; put 4000 2; put 9000 3; force 0 4000; force; force"
    saved = [(r["pages"], r["length"]) for r in results(configured(904, 10_000, ops=ops), "force")]
    assert saved == [(2, 4904), (1, 10_904), (0, 10_904)]


def test_load_touches_every_page_and_is_loaded_counts_them() -> None:
    ops = "isLoaded; get 5000; isLoaded; load; isLoaded"
    found = configured(5000, 10_000, ops=ops)
    assert [(r["pages"], r["loaded"]) for r in results(found, "isLoaded")] == [
        (0, False),
        (1, False),
        (3, True),
    ]
    assert results(found, "load")[0]["pages"] == 3


def test_the_buffer_outlives_its_channel() -> None:
    ops = "close; put 5 7; file 5; map read_only 0 10; get 5; map read_only 0 10 r; get 5"
    assert outcomes(configured(0, 100, ops=ops)) == [
        "ok",
        "ok",
        "ok",
        "ok",
        "ClosedChannelException",
        "ok",
        "ok",
        "ok",
    ]


def test_bytes_outside_the_buffer_and_without_one_throw() -> None:
    assert (
        outcomes(configured(0, 10, ops="get 10; put -1 5; force 5 6"))[1:]
        == ["IndexOutOfBoundsException"] * 3
    )
    assert outcomes(configured(0, 10, opened="r", ops="get 0"))[1:] == ["NullPointerException"]
    assert outcomes(configured(0, 10, mode="read_only", ops="put 99 1"))[1:] == [
        "ReadOnlyBufferException"
    ]


@st.composite
def programs(draw: st.DrawFn) -> MapConfig:
    modes = st.sampled_from(["read_only", "read_write", "private"])
    small = st.integers(0, 30_000)
    texts = []
    for _ in range(draw(st.integers(0, 10))):
        verb = draw(
            st.sampled_from(["map", "put", "get", "file", "force", "load", "isLoaded", "close"])
        )
        if verb == "map":
            texts.append(
                f"map {draw(modes)} {draw(small)} {draw(small)} {draw(st.sampled_from(['r', 'w', 'rw', '']))}"
            )
        elif verb == "put":
            texts.append(f"put {draw(small)} {draw(st.integers(1, 255))}")
        else:
            texts.append(f"{verb} {draw(small)}" if verb in ("get", "file") else verb)
    return configured(
        draw(small), draw(small), mode=draw(modes), file_size=draw(small), ops="; ".join(texts),
        opened=draw(st.sampled_from(["r", "w", "rw"])),
    )  # fmt: skip


@given(programs())
def test_counting_gives_the_figures_of_the_run(config: MapConfig) -> None:
    assert count(config) == run(config).metrics


@given(programs())
def test_mmap_is_aligned_and_covers_the_buffer(config: MapConfig) -> None:
    for step in run(config).steps:
        if step.action == "mmap":
            r, position, size = step.result, step.given["position"], step.given["size"]
            assert r["map_position"] % config.granularity == 0
            assert r["map_position"] <= position < r["map_position"] + config.granularity
            assert r["map_position"] + r["map_size"] == position + size


@given(programs())
def test_files_never_shrink_and_mappings_lie_within_them(config: MapConfig) -> None:
    size = config.file_size
    for step in run(config).steps:
        if step.action == "mapping":
            assert step.result["file_size"] >= size
            size = step.result["file_size"]
            if step.given["verb"] == "map" and not step.result["failed"]:
                assert step.given["end"] <= size


def test_huge_mappings_take_no_time(oslab: Any) -> None:
    result = oslab(
        "nio", "map", "--size", "1P", "--file-size", "2P", "--jdk", "25", "--arena", "--ops", "load; isLoaded", "--json"
    )  # fmt: skip
    assert json.loads(result.out)["metrics"]["pages_touched"] == 2**38


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--mode", "shared"], "read_only, read_write, private"),
        (["--granularity", "5000"], "power of two"),
        (["--granularity", "4096", "--page-size", "8192"], "multiple of the page size"),
        (["--ops", "put 5"], "put INDEX BYTE"),
        (["--ops", "put 5 256"], "0 to 255"),
        (["--ops", "isloaded"], "write it isLoaded"),
        (["--mmap-fails", "3"], "0, 1 or 2"),
        (["--base", "5"], "multiple of the granularity"),
        (["--size", "many"], "--size"),
    ],
)
def test_bad_input_is_told_in_one_line(oslab: Any, arguments: list[str], said: str) -> None:
    result = oslab("nio", "map", *arguments)
    assert result.code == 2
    assert said in result.err
    assert result.err.count("\n") == 1
