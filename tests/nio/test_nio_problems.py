"""Exercises on Java NIO: keys worked out by hand, modelled mistakes, follow-through, predict mode."""

from __future__ import annotations

import io
from typing import Any

import pytest

from oslab import Problem
from oslab.conformance.suite import seed_code
from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import draw
from oslab_nio.buffers import BuffersConfig
from oslab_nio.bufferscript import Declared
from oslab_nio.bufferscript import parse_operation as parse_buffer
from oslab_nio.channel import SUPPORT, Request, TransferConfig
from oslab_nio.directmemory import MemoryConfig
from oslab_nio.mappedfile import MapConfig
from oslab_nio.mapscript import parse_operation as parse_mapping
from oslab_nio.memoryscript import parse_operation as parse_memory
from oslab_nio.problems.bufferstate import BufferState
from oslab_nio.problems.copies import Copies
from oslab_nio.problems.directmemory import DirectMemory
from oslab_nio.problems.map import Map
from oslab_nio.problems.mapmode import MapMode
from oslab_nio.problems.mappedops import MappedOps
from oslab_nio.problems.transferpath import TransferPath
from oslab_nio.script import parse_script

MIB = 2**20


def buffers(ops: str, *declared: Declared) -> BuffersConfig:
    return BuffersConfig(declared or (Declared("b", "heap", 8),), parse_script(ops, parse_buffer))


def mapped(ops: str, file_size: int = 100_000, opened: Any = "rw") -> MapConfig:
    return MapConfig(
        file_size, opened, False, 4096, 4096, 0x7F0000000000, 17, False, 0, parse_script(ops, parse_mapping)
    )  # fmt: skip


def memory(ops: str, limit: int = 100, aligned: bool = False, jdk: int = 17) -> MemoryConfig:
    return MemoryConfig(limit, 1000, aligned, 4096, jdk, parse_script(ops, parse_memory))


def transfers(
    *requests: Request, jdk: Any = 17, missing: tuple[str, ...] = (), until_done: bool = False
) -> Any:
    support = tuple(name for name in SUPPORT if name not in missing)
    return TransferConfig(requests, until_done, jdk, support, None, 0, True)


def key(problem: Problem[Any, Any], p: Any) -> Any:
    return problem.solve(p, problem.run(p))


def gives(problem: Problem[Any, Any], name: str, p: Any) -> Any:
    return type(problem).mistakes()[name](problem, p)


def cells(rows: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rows]


CYCLE = buffers("put 5; flip; get 2; compact; put 2; flip; get 4")


def test_a_cycle_of_put_flip_get_and_compact() -> None:
    found = key(BufferState(), CYCLE)
    assert [c[:2] for c in cells(found["states"])] == [
        (5, 8),
        (0, 5),
        (2, 5),
        (3, 8),
        (5, 8),
        (0, 5),
        (4, 5),
    ]
    assert found["read"] == (1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    ("name", "ops", "read"),
    [
        ("no-flip", "put 3; flip; get 5", (1, 2, 3, 0, 0)),
        ("clear-erases", "put 3; clear; get 2", (0, 0)),
        ("compact-drops-rest", "put 5; flip; get 2; compact; flip; get 1", (1, 2)),
        ("limit-stays", "put 3; flip; get 1; clear; get 4", (1,)),
        ("partial", "put 3; flip; get 5", (1, 2, 3)),
        ("mark-kept", "put 4; position 1; mark; rewind; reset; get 1", (2,)),
    ],
)
def test_misunderstandings_of_buffers_take_out_other_bytes(
    name: str, ops: str, read: tuple[int, ...]
) -> None:
    assert gives(BufferState(), name, buffers(ops))["read"] == read


def test_a_row_after_a_wrong_one_follows_from_it() -> None:
    before = cells(key(BufferState(), CYCLE)["states"])[:1]
    wrong = [{"position": 4, "limit": 8, "thrown": "ok"}]
    assert before[0][0] == 5
    assert BufferState().follow(CYCLE, "states", wrong) == {
        "position": 0,
        "limit": 4,
        "thrown": "ok",
    }


def test_heap_direct_and_mapped_buffers_copy_differently() -> None:
    declared = (
        Declared("h", "heap", 100),
        Declared("d", "direct", 100),
        Declared("m", "mapped", 100),
    )
    p = buffers(
        "h.read ch 60; h.flip; h.write ch 20; d.read ch 60; m.get 30; m.write ch 10", *declared
    )
    found = key(Copies(), p)
    assert cells(found["io"]) == [(120, 1), (0, 0), (80, 1), (60, 1), (0, 0), (10, 1)]
    assert (found["cpu_bytes"], found["direct_bytes"]) == (270, 200)
    assert cells(gives(Copies(), "heap-no-temp", p)["io"])[:3] == [(60, 1), (0, 0), (20, 1)]
    assert cells(gives(Copies(), "direct-is-zero", p)["io"])[3] == (0, 1)
    assert cells(gives(Copies(), "mapped-calls-read", p)["io"])[4] == (30, 1)
    assert cells(gives(Copies(), "temp-only-moved", p)["io"])[2] == (40, 1)


def test_the_arguments_of_mmap() -> None:
    p = mapped("map read_write 5000 10000", file_size=8000)
    assert key(Map(), p) == {
        "page_position": 904, "map_position": 4096, "map_size": 10_904, "pages": 3,
        "first_byte": 0x7F0000000388, "file_size": 15_000, "maps": 1,
    }  # fmt: skip
    names = ("page_position", "map_position", "map_size")
    assert [gives(Map(), "unaligned", p)[n] for n in names] == [0, 5000, 10_000]
    assert [gives(Map(), "size-not-grown", p)[n] for n in names] == [904, 4096, 10_000]
    assert gives(Map(), "rounded-up", p)["map_size"] == 12_288
    assert gives(Map(), "next-page", p)["map_position"] == 8192
    assert gives(Map(), "file-stays", p) == {"file_size": 8000}


def test_a_file_larger_than_an_int_takes_several_maps() -> None:
    windows = "map read_only 0 2147483647; map read_only 2147483647 2147483647; map read_only 4294967294 6"
    p = mapped(windows, file_size=2**32 + 4)
    names = ("maps", "page_position", "map_position", "map_size")
    assert [key(Map(), p)[n] for n in names] == [3, 4094, 2**32 - 4096, 4100]
    assert [gives(Map(), "two-gib", p)[n] for n in names] == [3, 0, 2**32, 4]
    assert [gives(Map(), "no-limit", p)[n] for n in names] == [1, 0, 0, 2**32 + 4]


CLOSED = mapped("map read_write 0 5000; close; put 5 7; file 5; map read_only 0 5000; force")


def test_a_mapping_outlives_its_channel() -> None:
    assert cells(key(MapMode(), CLOSED)["ops"]) == [
        ("ok", 100_000), ("ok", None), ("ok", 7), ("ok", 7), ("ClosedChannelException", 100_000), ("ok", 1),
    ]  # fmt: skip
    unmapped = cells(gives(MapMode(), "closed-unmaps", CLOSED)["ops"])
    assert unmapped[2:4] == [("ClosedChannelException", None), ("ok", 0)]
    assert cells(gives(MapMode(), "closed-maps-on", CLOSED)["ops"])[4] == ("ok", 100_000)


MODES = mapped(
    "map private 0 100; put 5 7; file 5; force; map read_only 99950 100 r; "
    "map read_write 0 100 rw; put 5 9; file 5; force"
)


def test_whose_bytes_the_file_holds() -> None:
    assert cells(key(MapMode(), MODES)["ops"]) == [
        ("ok", 100_000), ("ok", 0), ("ok", 0), ("ok", 0), ("IOException", 100_000),
        ("ok", 100_000), ("ok", 9), ("ok", 9), ("ok", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "row", "value"),
    [
        ("private-hits-file", 2, ("ok", 7)),
        ("ro-extends", 4, ("ok", 100_050)),
        ("force-saves-private", 3, ("ok", 1)),
        ("shared-needs-force", 7, ("ok", 0)),
    ],
)
def test_misunderstandings_of_modes(name: str, row: int, value: tuple[str, int]) -> None:
    assert cells(gives(MapMode(), name, MODES)["ops"])[row] == value


def test_pages_and_lengths_of_force_load_and_is_loaded() -> None:
    p = mapped("map read_write 5000 10000; put 0 1; isLoaded; put 9000 2; force 0 100; load; force")
    assert cells(key(MappedOps(), p)["ops"]) == [
        ("mmap", 10_904, 3), ("none", 0, 0), ("mincore", 10_904, 1), ("none", 0, 0),
        ("msync", 1004, 1), ("madvise", 10_904, 3), ("msync", 10_904, 1),
    ]  # fmt: skip
    assert cells(gives(MappedOps(), "force-saves-all", p)["ops"])[6] == ("msync", 10_904, 3)
    assert cells(gives(MappedOps(), "page-position-forgotten", p)["ops"])[4:6] == [
        ("msync", 100, 1),
        ("madvise", 10_000, 3),
    ]
    assert cells(gives(MappedOps(), "load-only-advises", p)["ops"])[5] == ("madvise", 10_904, 0)
    assert cells(gives(MappedOps(), "loaded-by-map", p)["ops"])[2] == ("mincore", 10_904, 3)


def test_paths_of_transfers() -> None:
    to = Request("to", "file", 0, 20 * MIB, 20 * MIB)
    p = transfers(
        to, to, Request("from", "file", 0, 20 * MIB, 20 * MIB), missing=("sendfile-file",)
    )
    found = key(TransferPath(), p)
    assert cells(found["calls"]) == [
        ("mapped", 20 * MIB, 10),
        ("mapped", 20 * MIB, 9),
        ("mapped", 20 * MIB, 9),
    ]
    assert (found["syscalls"], found["cpu_bytes"]) == (28, 60 * MIB)
    assert gives(TransferPath(), "flags-forgotten", p)["syscalls"] == 29
    assert gives(TransferPath(), "failures-free", p)["syscalls"] == 27
    assert cells(gives(TransferPath(), "always-sendfile", p)["calls"])[0] == (
        "sendfile",
        20 * MIB,
        1,
    )
    assert cells(gives(TransferPath(), "from-is-sendfile", p)["calls"])[2] == (
        "sendfile",
        20 * MIB,
        1,
    )


def test_more_than_2_gib() -> None:
    size = 5 * 2**30
    p = transfers(Request("to", "socket", 0, size, size), until_done=True)
    found = key(TransferPath(), p)
    assert (found["number"], found["last"]) == (3, size - 2 * 2_147_479_552)
    assert gives(TransferPath(), "int-max", p)["last"] == size - 2 * (2**31 - 1)
    assert gives(TransferPath(), "all-at-once", p)["last"] == size


def test_direct_memory_row_by_row() -> None:
    p = memory("a = allocateDirect 60; s = slice a; a = null; gc; s = null; a = allocateDirect 60")
    found = key(DirectMemory(), p)
    assert [capacity for _, capacity in cells(found["ops"])] == [60] * 6
    assert found["peak"] == 60
    assert cells(gives(DirectMemory(), "freed-at-null", p)["ops"])[4] == ("ok", 0)
    assert cells(gives(DirectMemory(), "no-retry", p)["ops"])[5] == ("OutOfMemoryError", 60)
    assert cells(gives(DirectMemory(), "view-frees", p)["ops"])[3] == ("ok", 0)
    assert cells(gives(DirectMemory(), "xmx-limits", p)["ops"])[5] == ("ok", 120)


def test_padding_and_old_values() -> None:
    p = memory("a = allocateDirect 60; a = allocateDirect 40; a = allocateDirect 90", aligned=True)
    assert cells(key(DirectMemory(), p)["ops"]) == [
        ("ok", 60),
        ("ok", 100),
        ("OutOfMemoryError", 40),
    ]
    assert cells(gives(DirectMemory(), "padding-limits", p)["ops"])[0] == ("OutOfMemoryError", 0)
    assert cells(gives(DirectMemory(), "old-value-first", p)["ops"])[2] == ("ok", 90)


@pytest.mark.parametrize(
    ("arguments", "answers", "said"),
    [
        (
            ["buffers", "--ops", "put 5; flip; get 2"],
            "ok\n5\n8\nok\n0\n8\nok\n2\n8\n",
            "wrong: it is 5",
        ),
        (
            ["map", "--position", "5000", "--size", "9"],
            "ok\n1048576\nmmap\n913\n0\n5000\n9\n",
            "5000",
        ),
        (["transfer", "--size", "5G"], "sendfile\n5368709120\n1\n", "2147479552"),
        (["memory", "--ops", "a = allocateDirect 5; a = null"], "ok\n5\n1\nok\n0\n0\n", "right"),
    ],
)
def test_every_simulator_can_be_predicted(
    oslab: Any, monkeypatch: pytest.MonkeyPatch, arguments: list[str], answers: str, said: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answers))
    result = oslab("nio", *arguments, "--predict")
    assert result.code == 1
    assert said in result.out


def test_a_mistake_that_reads_what_nobody_knows_says_nothing_of_it() -> None:
    variant = draw(exercise("nio/buffer-marks"), seed_code(83))
    assert "read" not in variant.mistakes()["mark-kept"]
    assert "states" in variant.mistakes()["mark-kept"]
