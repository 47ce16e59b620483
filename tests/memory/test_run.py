"""The command run: traces and lists of accesses, counted or shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oslab.traces.access import Access
from oslab_memory.access import count
from oslab_memory.machinefile import preset


def lines(accesses: list[str]) -> str:
    return "\n".join(accesses) + "\n"


def test_a_trace_is_counted_without_steps(oslab: Callable[..., Any], tmp_path: Path) -> None:
    trace = tmp_path / "t.trace"
    trace.write_text(" L 1000,8\n S 1008,4\n M 7ff000,8\nI  400000,3\n L 1000,8\n", "utf-8")
    shown = oslab("memory", "run", "--trace", str(trace), "--json")
    found = json.loads(shown.out)
    assert "steps" not in found or not found["steps"]
    m = found["metrics"]
    assert m["accesses"] == 6  # the modify is two
    assert m["page_faults"] == m["zero_fills"] == 3
    assert m["tlb_hits"] + m["tlb_misses"] == m["accesses"] + m["retries"]
    assert found["config"] == {"trace": str(trace), "machine": "x86-64"}


def test_asked_for_steps_a_trace_is_shown(oslab: Callable[..., Any], tmp_path: Path) -> None:
    trace = tmp_path / "t.trace"
    trace.write_text(" L 1000,8\n", "utf-8")
    shown = oslab("memory", "run", "--trace", str(trace), "--steps", "--json")
    assert json.loads(shown.out)["steps"][0]["action"] == "issue"


def test_too_many_steps_are_refused(
    oslab: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oslab_memory.cli import access

    monkeypatch.setattr(access, "MOST_STEPS", 3)
    trace = tmp_path / "t.trace"
    trace.write_text(" L 1000,8\n" * 4, "utf-8")
    shown = oslab("memory", "run", "--trace", str(trace), "--steps")
    assert shown.code == 2
    assert "at most 3 accesses" in shown.err
    assert oslab("memory", "run", "--trace", str(trace)).code == 0


def test_references_are_shown_step_by_step(oslab: Callable[..., Any]) -> None:
    shown = oslab("memory", "run", "--refs", "0x100w,0x100", "--preset", "small", "--json")
    found = json.loads(shown.out)
    assert found["command"] == "memory.run"
    assert found["steps"]
    assert "results" not in found["metrics"]
    bare = oslab(
        "memory", "run", "--refs", "0x100w,0x100", "--preset", "small", "--no-steps", "--json"
    )
    assert json.loads(bare.out)["metrics"] == found["metrics"]


def test_either_references_or_a_trace(oslab: Callable[..., Any]) -> None:
    for arguments in ([], ["--refs", "1", "--trace", "x"]):
        shown = oslab("memory", "run", *arguments)
        assert shown.code == 2
        assert "either --refs" in shown.err


def test_either_a_machine_or_a_preset(oslab: Callable[..., Any]) -> None:
    shown = oslab("memory", "access", "0", "--machine", "x.toml", "--preset", "small")
    assert shown.code == 2
    assert "not both" in shown.err


def test_a_machine_file_is_used(oslab: Callable[..., Any], tmp_path: Path) -> None:
    text = oslab("memory", "machine", "small").out
    file = tmp_path / "mine.toml"
    file.write_text(text.replace('memory = "100ns"', 'memory = "7ns"'), "utf-8")
    shown = oslab("memory", "access", "0x100", "--machine", str(file), "--json")
    assert json.loads(shown.out)["metrics"]["costs"][0]["time_ns"] == 12 + 1000 + 1 + 4 + 11 + 11


@pytest.mark.parametrize("item", ["", "0xzz", "0x10q", "-1", "0x10/0", "0x10000000000000000"])
def test_an_access_that_is_none_is_one_line_on_standard_error(
    oslab: Callable[..., Any], item: str
) -> None:
    shown = oslab("memory", "access", "--", item)
    assert shown.code == 2
    assert shown.out == ""
    assert shown.err.count("\n") == 1


def test_a_bad_line_of_a_trace_is_named(oslab: Callable[..., Any], tmp_path: Path) -> None:
    trace = tmp_path / "t.trace"
    trace.write_text(" L 1000,8\n L nonsense\n", "utf-8")
    shown = oslab("memory", "run", "--trace", str(trace))
    assert shown.code == 2
    assert "line 2" in shown.err


def test_a_trace_is_read_as_it_is_used_and_not_kept() -> None:
    """The process is killed at the first store that finds no swap; what follows is never asked for."""
    taken = 0

    def endless() -> Iterator[Access]:
        nonlocal taken
        while True:
            taken += 1
            yield Access("store", 0x100 + 32 * (taken % 8))

    text_machine = preset("small")
    from dataclasses import replace

    from oslab_memory.machine import Swap

    found = count(replace(text_machine, swap=Swap(0)), endless())
    assert found["killed"]
    assert taken == 4
