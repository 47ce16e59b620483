"""Direct memory: what counts, and when it is freed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab_nio.directmemory import Buffer, Machine, MemoryConfig
from oslab_nio.memory import count, run
from oslab_nio.memoryscript import parse_operation
from oslab_nio.script import parse_script


def configured(ops: str, limit: int | None = 100, **others: Any) -> MemoryConfig:
    fields = {"xmx": 1000, "aligned": False, "page_size": 4096, "jdk": 17} | others
    return MemoryConfig(max_direct=limit, ops=parse_script(ops, parse_operation), **fields)


def played(ops: str, limit: int | None = 100, **others: Any) -> list[tuple[str, int]]:
    steps = run(configured(ops, limit, **others)).steps
    return [(s.result["outcome"], s.result["direct_capacity"]) for s in steps]


def test_memory_is_freed_by_the_collector_not_by_null() -> None:
    assert played("a = allocateDirect 60; a = null; gc") == [("ok", 60), ("ok", 60), ("ok", 0)]


def test_an_allocation_that_does_not_fit_collects_first() -> None:
    assert played("a = allocateDirect 60; a = null; b = allocateDirect 60")[2] == ("ok", 60)
    assert played("a = allocateDirect 60; b = allocateDirect 60")[1] == ("OutOfMemoryError", 60)


def test_while_a_variable_is_assigned_it_keeps_its_old_buffer() -> None:
    assert played("a = allocateDirect 60; a = allocateDirect 60")[1] == ("OutOfMemoryError", 60)
    assert played("a = allocateDirect 60; a = null; a = allocateDirect 60")[2] == ("ok", 60)


def test_views_keep_their_buffer() -> None:
    ops = "a = allocateDirect 60; s = slice a; a = null; gc; d = duplicate s; s = null; gc; d = null; gc"
    assert [capacity for _, capacity in played(ops)] == [60] * 8 + [0]


def test_only_capacities_count_against_the_limit() -> None:
    config = configured("a = allocateDirect 50; b = allocateDirect 50", aligned=True)
    assert run(config).metrics["errors"] == 0
    assert run(config).metrics["direct_bytes"] == 2 * (50 + 4096)


def test_without_a_limit_the_heap_s_is_taken() -> None:
    assert played("a = allocateDirect 60", None, xmx=50)[0][0] == "OutOfMemoryError"
    assert played("a = allocateDirect 60", 60, xmx=50)[0][0] == "ok"


def test_heap_buffers_have_the_heap_s_limit() -> None:
    ops = "a = allocate 40; b = allocate 40; a = null; b = allocate 40"
    assert [outcome for outcome, _ in played(ops, xmx=50)] == ["ok", "OutOfMemoryError", "ok", "ok"]


@pytest.mark.parametrize(
    ("jdk", "outcome"),
    [
        (8, "ok"),
        (9, "InaccessibleObjectException"),
        (25, "InaccessibleObjectException"),
    ],
)
def test_reflection_frees_in_jdk_8_only(jdk: int, outcome: str) -> None:
    assert played("a = allocateDirect 60; reflect a", jdk=jdk)[1][0] == outcome


def test_in_jdk_8_a_view_has_no_cleaner() -> None:
    ops = "a = allocateDirect 60; s = slice a; reflect s; reflect a"
    assert played(ops, jdk=8)[2:] == [("NullPointerException", 60), ("ok", 0)]


def test_the_cleaner_frees_once_and_takes_no_view() -> None:
    ops = "a = allocateDirect 60; s = slice a; clean s; clean a; clean a; h = allocate 5; clean h"
    assert played(ops) == [
        ("ok", 60), ("ok", 60), ("IllegalArgumentException", 60), ("ok", 0), ("ok", 0), ("ok", 0),
        ("IllegalArgumentException", 0),
    ]  # fmt: skip


def test_an_arena_is_freed_by_closing_it() -> None:
    ops = "x = arena; a = x.allocate 60; a = null; gc; b = allocateDirect 60; close x; b = x.allocate 5; close x"
    assert played(ops, jdk=22) == [
        ("ok", 0), ("ok", 60), ("ok", 60), ("ok", 60), ("OutOfMemoryError", 60), ("ok", 0),
        ("IllegalStateException", 0), ("IllegalStateException", 0),
    ]  # fmt: skip


def test_what_was_never_assigned_is_null() -> None:
    ops = "a = allocateDirect 200; s = slice a; clean a"
    assert [outcome for outcome, _ in played(ops)] == ["OutOfMemoryError"] + [
        "NullPointerException"
    ] * 2


@st.composite
def scripts(draw: st.DrawFn) -> MemoryConfig:
    texts = ["a = null", "b = null", "c = null", "x = arena"]
    names = st.sampled_from("abc")
    for _ in range(draw(st.integers(1, 25))):
        verb = draw(
            st.sampled_from(
                [
                    "direct",
                    "direct",
                    "heap",
                    "arena",
                    "slice",
                    "alias",
                    "null",
                    "gc",
                    "clean",
                    "close",
                ]
            )
        )
        a, b, size = draw(names), draw(names), draw(st.integers(0, 60))
        texts.append(
            {
                "direct": f"{a} = allocateDirect {size}", "heap": f"{a} = allocate {size}",
                "arena": f"{a} = x.allocate {size}", "slice": f"{a} = slice {b}", "alias": f"{a} = {b}",
                "null": f"{a} = null", "gc": "gc", "clean": f"clean {b}", "close": "close x",
            }[verb]
        )  # fmt: skip
    return configured("; ".join(texts), jdk=25, xmx=90, aligned=draw(st.booleans()))


@given(scripts())
def test_the_limits_hold_and_what_is_freed_was_allocated(config: MemoryConfig) -> None:
    last = run(config).steps[-1].result
    allocated = freed = 0
    before = 0
    for step in run(config).steps:
        now = step.result["direct_capacity"]
        assert 0 <= now <= 100
        assert step.result["heap_bytes"] <= 90
        assert step.result["direct_bytes"] >= now
        allocated += now + step.result["freed"] - before
        freed += step.result["freed"]
        before = now
    assert last["direct_capacity"] == allocated - freed


@given(scripts())
def test_counting_gives_the_figures_of_the_run(config: MemoryConfig) -> None:
    assert count(config) == run(config).metrics


class Scanning(Machine):
    """Looks at every variable to find what is reachable."""

    def release(self) -> None:
        held = {id(v.allocation) for v in self.variables.values() if isinstance(v, Buffer)}
        for allocation in list(self.allocations.values()):
            if allocation.kind != "arena" and id(allocation) not in held:
                self._free(allocation)


@given(scripts())
def test_what_no_variable_leads_to_is_found(config: MemoryConfig) -> None:
    assert run(config).steps == run(config, Scanning).steps


@given(scripts())
def test_all_is_freed_in_the_end(config: MemoryConfig) -> None:
    end = parse_script("a = null; b = null; c = null; close x; gc", parse_operation)
    whole = MemoryConfig(100, 90, False, 4096, 25, (*config.ops, *end))
    assert count(whole)["direct_capacity"] == count(whole)["heap_bytes"] == 0


def test_the_command_says_what_was_freed(oslab: Any) -> None:
    ops = "a = allocateDirect 64M; a = null; b = allocateDirect 64M"
    result = oslab("nio", "memory", "--max-direct", "100M", "--ops", ops, "--json")
    metrics = json.loads(result.out)["metrics"]
    assert (metrics["freed"], metrics["collections"], metrics["errors"]) == (64 * 2**20, 1, 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ops", "malloc 5"], "no operation"),
        (["--ops", "a = allocateDirect 3G"], "2147483647"),
        (["--ops", "b = slice a"], "no variable a"),
        (["--ops", "x = arena"], "JDK 22"),
        (["--ops", "x = arena; b = slice x", "--jdk", "22"], "is an arena"),
        (["--ops", "a = allocate 5; clean a", "--jdk", "8"], "JDK 9"),
        (["--ops", "gc", "--xmx", "0"], "at least 1 byte"),
        (["--ops", "gc", "--page-size", "3"], "power of two"),
        (["--ops", "gc", "--jdk", "26"], "8 to 25"),
        (["--ops", "a = allocate 1; reflect a"], "heap buffer"),
        (["--ops", "gc\n# nothing\n\nmalloc 5"], "line 4"),
    ],
)
def test_bad_input_is_told_in_one_line(oslab: Any, arguments: list[str], said: str) -> None:
    result = oslab("nio", "memory", *arguments)
    assert result.code == 2
    assert said in result.err
    assert result.err.count("\n") == 1
