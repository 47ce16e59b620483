"""Accesses on the machines that come with oslab, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from oslab import InputError, Run
from oslab_memory.access import AccessConfig, run
from oslab_memory.machine import CacheContent, CacheLevel, FramePool, Machine, Page, Region, Swap
from oslab_memory.machinefile import parse_machine, preset, preset_text

TEXTBOOK = preset("csapp-9.20")
SMALL = preset("small")

FIELDS = (
    "vpn", "vpo", "tlb_index", "tlb_tag", "tlb_hit", "page_fault", "ppn", "pa", "cache_offset",
    "cache_index", "cache_tag", "cache_hit", "value",
)  # fmt: skip

# CS:APP section 9.6.4, practice problem 9.4 and homework 9.11 to 9.13, and the slides to the chapter.
WALKS = {
    "0x3d4": (0x0F, 0x14, 3, 0x03, True, False, 0x0D, 0x354, 0, 0x5, 0x0D, True, 0x36),
    "0x3d7": (0x0F, 0x17, 3, 0x03, True, False, 0x0D, 0x357, 3, 0x5, 0x0D, True, 0x1D),
    "0x27c": (0x09, 0x3C, 1, 0x02, False, False, 0x17, 0x5FC, 0, 0xF, 0x17, False, None),
    "0x3a9": (0x0E, 0x29, 2, 0x03, False, False, 0x11, 0x469, 1, 0xA, 0x11, False, None),
    "0x020": (0x00, 0x20, 0, 0x00, False, False, 0x28, 0xA20, 0, 0x8, 0x28, False, None),
    "0x000": (0x00, 0x00, 0, 0x00, False, False, 0x28, 0xA00, 0, 0x0, 0x28, False, None),
    "0x040": (0x01, 0x00, 1, 0x00, False, True, *[None] * 7),
    "0xb8f": (0x2E, 0x0F, 2, 0x0B, False, True, *[None] * 7),
}


@pytest.mark.parametrize("va", WALKS)
def test_the_textbooks_walks_by_themselves(va: str) -> None:
    [found] = walked(TEXTBOOK, va).metrics["results"]
    assert tuple(found[name] for name in FIELDS) == WALKS[va]


def test_the_textbooks_walks_one_after_another() -> None:
    for va, found in zip(WALKS, results(TEXTBOOK, *WALKS), strict=True):
        expected = list(WALKS[va])
        if va == "0x000":
            expected[4] = True  # 0x020, before it, put page 0 into the TLB
        assert [found[name] for name in FIELDS] == expected


@pytest.mark.parametrize(
    ("va", "value"), [("0x3d5", 0x72), ("0x3d6", 0xF0), ("0x369", 0x15), ("0x36a", 0xDA)]
)
def test_bytes_of_the_textbooks_cache(va: str, value: int) -> None:
    """Page 0x0f is in frame 0x0d, page 0x0d in frame 0x2d: lines 5 and a of the cache."""
    assert results(TEXTBOOK, va)[0]["value"] == value


def test_the_textbook_machine_takes_its_times_from_its_file() -> None:
    costs = walked(TEXTBOOK, "0x3d4", "0x27c", "0x040").metrics["costs"]
    # TLB and cache; TLB, entry, cache, memory; TLB and entry.
    assert [cost["time_ns"] for cost in costs] == [1 + 4, 1 + 100 + 4 + 100, 1 + 100]
    assert [cost["memory_accesses"] for cost in costs] == [0, 2, 1]
    assert [cost["outcome"] for cost in costs] == ["done", "done", "page-fault"]


def test_with_a_pool_the_textbook_machine_serves_faults() -> None:
    text = preset_text("csapp-9.20").replace("# disk", "disk")
    given = (
        "# [frames]", "# first", "# count", "# [[region]]", "# last", "# backing",
    )  # fmt: skip
    for line in given:
        text = text.replace(line, line[2:])
    machine = parse_machine(text, "served")
    [found] = results(machine, "0x040")
    assert found["page_fault"]
    assert found["ppn"] == 0x38
    assert found["pa"] == 0xE00
    [cost] = walked(machine, "0x040").metrics["costs"]
    # Lookup and entry, the page from disk; lookup and entry again; cache and memory.
    assert cost["time_ns"] == 101 + 1_000_000 + 101 + 104


def test_the_small_machine_in_every_step() -> None:
    """The first access to page 0, which is in a file: both entries are read twice."""
    found = walked(SMALL, "0x000")
    done = [(step.action, step.actor, step.start_ns, step.cost_ns) for step in found.steps]
    assert done == [
        ("issue", "cpu", 0, 0),
        ("tlb-lookup", "tlb", 0, 1),
        ("ask-pte", "mmu", 1, 0),
        ("pte-cache", "cache", 1, 4),
        ("pte-memory", "memory", 5, 100),
        ("pte", "mmu", 105, 0),
        ("ask-pte", "mmu", 105, 0),
        ("pte-cache", "cache", 105, 4),
        ("pte-memory", "memory", 109, 100),
        ("pte", "mmu", 209, 0),
        ("fault", "mmu", 209, 1000),
        ("check", "kernel", 1209, 0),
        ("free-frame", "kernel", 1209, 0),
        ("read-page", "disk", 1209, 100_000),
        ("map", "kernel", 101_209, 0),
        ("restart", "cpu", 101_209, 0),
        ("tlb-lookup", "tlb", 101_209, 1),
        ("ask-pte", "mmu", 101_210, 0),
        ("pte-cache", "cache", 101_210, 4),
        ("pte", "mmu", 101_214, 0),
        ("ask-pte", "mmu", 101_214, 0),
        ("pte-cache", "cache", 101_214, 4),
        ("pte", "mmu", 101_218, 0),
        ("tlb-fill", "tlb", 101_218, 0),
        ("physical", "mmu", 101_218, 0),
        ("data-cache", "cache", 101_218, 4),
        ("data-memory", "memory", 101_222, 100),
        ("data", "cpu", 101_322, 0),
    ]
    assert {step.group for step in found.steps} == {1}
    assert found.metrics["results"][0]["value"] == 0x7F


def test_page_table_entries_are_where_the_layout_puts_them() -> None:
    """Page 0x18 = 0b11000: entry 3 of the root at 0; its table is the second made, in frame 2."""
    found = walked(SMALL, "0x100", "0x300")
    asked = [step.result["pte"] for step in found.steps if step.action == "ask-pte"]
    # Page 8: the root's entry 1, no table yet; then the table in frame 2. Frame 1 is page 0's table.
    assert asked[:3] == [0x01, 0x01, 0x40]
    assert asked[3:] == [0x03, 0x03, 0x60]


def test_a_missing_table_ends_the_walk_early() -> None:
    found = walked(SMALL, "0x100").metrics
    assert found["pte_reads"] == 1 + 2


def test_a_dirty_anonymous_page_goes_to_swap_and_comes_back() -> None:
    refs = ["0x100w", "0x120w", "0x140w", "0x160", "0x100", "0x120"]
    found = walked(SMALL, *refs)
    m = found.metrics
    assert [step.result["slot"] for step in found.steps if step.action == "write-page"] == [0, 1, 2]
    assert m["swap_outs"] == 3
    assert m["swap_ins"] == 2
    assert [r["value"] for r in m["results"]] == [1, 2, 3, 0, 1, 2]


def test_a_page_unchanged_since_it_came_from_swap_is_dropped() -> None:
    """Three frames; page 8 is swapped out, read back, then thrown out clean: its slot is a valid copy."""
    fill = ["0x120w", "0x140w", "0x160w"]
    found = walked(replace(SMALL, swap=Swap(8)), "0x100w", *fill, "0x100", *fill, "0x100")
    written = [step.given["page"] for step in found.steps if step.action == "write-page"]
    assert written.count(0x8) == 1
    assert found.metrics["results"][-1]["value"] == 1
    assert found.metrics["results"][-1]["page_fault"]


def test_a_page_written_again_goes_to_the_slot_it_had() -> None:
    fill = ["0x120w", "0x140w", "0x160w"]
    found = walked(replace(SMALL, swap=Swap(8)), "0x100w", *fill, "0x100w", *fill, "0x100")
    slots = [s.result["slot"] for s in found.steps
             if s.action == "write-page" and s.given["page"] == 0x8]  # fmt: skip
    assert slots == [0, 0]
    assert found.metrics["results"][-1]["value"] == 5


def test_an_anonymous_page_only_read_is_dropped_and_filled_with_zeros_again() -> None:
    found = walked(SMALL, "0x100", "0x120", "0x140", "0x160", "0x100").metrics
    assert found["writebacks"] == found["swap_ins"] == 0
    assert found["zero_fills"] == 5
    assert [r["value"] for r in found["results"]] == [0] * 5


def test_without_a_free_slot_the_process_is_killed_and_nothing_follows() -> None:
    machine = replace(SMALL, swap=Swap(0))
    found = walked(machine, "0x100w", "0x120w", "0x140w", "0x000", "0x100")
    assert found.metrics["killed"]
    assert found.metrics["accesses"] == 4
    assert found.metrics["costs"][-1]["outcome"] == "no-swap"
    assert found.steps[-1].action == "kill"
    assert found.metrics["evictions"] == 0


def test_a_page_of_a_file_is_written_back_when_dirty_and_dropped_when_clean() -> None:
    machine = replace(SMALL, region=(Region(0, 0x3FF, "file", "rw"),), swap=Swap(0))
    found = walked(machine, "0x000w", "0x020", "0x040", "0x060", "0x000", "0x080")
    m = found.metrics
    assert m["writebacks"] == 1
    assert m["swap_outs"] == 0
    assert m["file_reads"] == 6
    assert m["results"][4]["value"] == 1


def test_eviction_drops_the_tlb_entry() -> None:
    machine = replace(SMALL, frames=FramePool(8, 1, "fifo", {}))
    found = walked(machine, "0x000", "0x020", "0x000")
    assert not found.metrics["results"][2]["tlb_hit"]
    assert found.metrics["results"][2]["page_fault"]
    assert all(s.result["in_tlb"] for s in found.steps if s.action == "evict")


def test_a_page_that_comes_in_drops_the_lines_of_its_frame() -> None:
    machine = replace(SMALL, frames=FramePool(8, 1, "fifo", {}))
    found = walked(machine, "0x100w", "0x120")
    assert not found.metrics["results"][1]["cache_hit"]
    assert found.metrics["results"][1]["pa"] == found.metrics["results"][0]["pa"]
    assert found.metrics["results"][1]["value"] == 0


@pytest.mark.parametrize("again", ["0x000w", "0x100x"])
def test_a_right_that_is_missing_is_a_protection_fault_and_a_tlb_hit(again: str) -> None:
    found = walked(SMALL, again.rstrip("wx"), again, again.rstrip("wx"))
    m = found.metrics
    assert m["protection_faults"] == m["signals"] == 1
    assert m["page_faults"] == 1
    assert m["tlb_hits"] == 2
    assert [c["outcome"] for c in m["costs"]] == [
        "done", "read-only" if again.endswith("w") else "no-execute", "done",
    ]  # fmt: skip
    assert m["costs"][1]["time_ns"] == 1 + 1000
    assert m["results"][1]["pa"] is None


def test_the_kernel_refuses_what_no_region_allows() -> None:
    m = walked(SMALL, "0x200", "0x000w").metrics
    assert [c["outcome"] for c in m["costs"]] == ["illegal", "illegal"]
    assert m["page_faults"] == m["signals"] == 2
    assert m["protection_faults"] == m["retries"] == 0


def test_an_address_that_is_not_canonical_is_looked_up_nowhere() -> None:
    m = walked(preset("x86-64"), "0x800000000000").metrics
    assert m["costs"][0]["outcome"] == "non-canonical"
    assert m["tlb_hits"] + m["tlb_misses"] == 0
    assert m["time_ns"] == 0


def test_an_address_too_long_for_the_machine_is_an_error() -> None:
    with pytest.raises(InputError, match=r"0x400 does not fit into 10 bits.*small.*0x3ff"):
        walked(SMALL, "0x400")
    with pytest.raises(InputError, match="does not fit"):
        walked(SMALL, "0x3ff/2")


def test_four_levels_two_tlbs_three_caches() -> None:
    machine = preset("x86-64")
    m = walked(machine, "0x1000", "0x1008", "0x200000").metrics
    first, second, third = m["costs"]
    # 0 + 2 for the TLBs; root entry read through three caches and memory; fault; then four levels.
    lookups, memory = 1 + 2 + 8, 70
    cold = lookups + memory
    assert first["time_ns"] == (2 + cold) + 1000 + (2 + 1 + 3 * cold) + cold
    assert second["time_ns"] == 1
    # The same upper tables: the entry of level 2 is the first that is missing.
    assert third["memory_accesses"] == 2
    assert m["pte_reads"] == 1 + 4 + 3 + 4


def test_an_access_across_pages_is_two_accesses() -> None:
    found = results(TEXTBOOK, "0x3ff/2")
    assert [r["va"] for r in found] == [0x3FF, 0x400]


def test_a_modify_is_a_load_and_a_store() -> None:
    m = walked(SMALL, "0x100m").metrics
    assert m["accesses"] == 2
    assert [r["value"] for r in m["results"]] == [0, 2]


def test_an_access_across_lines_asks_the_cache_twice() -> None:
    m = walked(SMALL, "0x106/4").metrics
    assert m["cache_misses"] == 2
    assert m["results"][0]["cache_hit"] is False
    assert m["results"][0]["value"] == 0


def test_a_long_store_is_read_back_in_parts() -> None:
    refs = ["0x100w/4"] * 3 + ["0x100/4", "0x100", "0x101"]
    assert [r["value"] for r in results(SMALL, *refs)][2:] == [3, 3, 3, 0]


def test_entries_longer_than_a_line_are_read_line_by_line() -> None:
    cache = CacheLevel(32, 4, 1, "lru", "back", True, 0, Fraction(3), ())
    table = replace(SMALL.page_table, entry="bytes=8 valid=63 write=62 execute=61 pfn=0..3")
    machine = replace(SMALL, cache=(cache,), page_table=table)
    m = walked(machine, "0x100").metrics
    reads = [s for s in walked(machine, "0x100").steps if s.action == "pte-cache"]
    assert len(reads) == 2 * m["pte_reads"]


def test_contents_stand_in_the_ways_in_which_they_are_listed() -> None:
    found = walked(TEXTBOOK, "0x3d4")
    tlb: Any = found.steps[0].state["tlb"]
    assert tlb.rows[0][1:5] == ("", "0x9→0xd", "", "0x7→0x2")
    assert tlb.rows[3][1:5] == ("", "0x3→0xd", "0xa→0x34", "")


def test_a_tlb_takes_its_lowest_empty_way_then_the_least_recently_used() -> None:
    refs = [f"0x{vpn * 64:x}" for vpn in (0x0D, 0x09, 0x05)]
    found = walked(TEXTBOOK, *refs, "0x340")
    fills = [s.result["tlb_victim"] for s in found.steps if s.action == "tlb-fill"]
    assert fills == [None, None]
    tlb: Any = found.steps[-1].state["tlb"]
    assert tlb.rows[1][1:5] == ("0x3→0x2d", "0x2→0x17", "0x1→0x16", "")


def test_pages_present_at_the_start_leave_in_the_order_of_the_file() -> None:
    pages = tuple(Page(vpn, frame, True, False, False, "") for vpn, frame in ((9, 10), (8, 8)))
    machine = replace(SMALL, page=pages)
    found = walked(machine, "0x140", "0x160", "0x300")
    assert [s.result["frame"] for s in found.steps if s.action == "free-frame"] == [9]
    assert [s.result["victim"] for s in found.steps if s.action == "evict"] == [9, 8]


def test_a_page_in_swap_at_the_start_is_read_from_there() -> None:
    page = Page(8, None, False, False, True, "2a")
    found = walked(replace(SMALL, page=(page,)), "0x100", "0x101")
    assert found.metrics["swap_ins"] == 1
    assert [r["value"] for r in found.metrics["results"]] == [0x2A, None]


def test_pages_outside_the_pool_stay() -> None:
    pinned = Page(8, 4, True, False, False, "")
    machine = replace(SMALL, page=(pinned,), frames=FramePool(8, 1, "lru", {}))
    found = walked(machine, "0x100w", "0x120", "0x140", "0x100")
    assert found.metrics["results"][3]["ppn"] == 4
    assert not found.metrics["results"][3]["page_fault"]


def test_page_tables_keep_clear_of_pinned_pages_and_the_pool() -> None:
    pinned = Page(0, 1, True, False, False, "")
    found = walked(replace(SMALL, page=(pinned,)), "0x000")
    tables = [
        s.result["next_table"]
        for s in found.steps
        if s.action == "pte" and "next_table" in s.result
    ]
    assert tables == [0x40]


def test_when_page_tables_find_no_room_it_is_said() -> None:
    machine = replace(SMALL, frames=FramePool(1, 15, "lru", {}))
    with pytest.raises(InputError, match="no frame left for a page table"):
        walked(machine, "0x000", "0x100", "0x300")


def test_lines_given_at_the_start_hit() -> None:
    line = CacheContent(0, 8, "01 02 03 04 05 06 07 08", True, False)
    page = Page(0, 8, True, False, False, "")
    machine = replace(SMALL, page=(page,), cache=(replace(SMALL.cache[0], contents=(line,)),),
                      page_table=replace(SMALL.page_table, cached=False))  # fmt: skip
    [found] = results(machine, "0x003")
    assert found["cache_hit"]
    assert found["value"] == 4


def test_conventions_are_those_that_can_matter() -> None:
    assert set(walked(TEXTBOOK, "0x3d4").conventions) == {
        "pte-reads", "cost-sum", "tlb-fill", "faults",
    }  # fmt: skip
    small = walked(SMALL, "0x100w", "0x200").conventions
    assert small["pte-reads"] == "cached"
    assert small["swap-rule"] == 3
    assert {"store-value", "write-buffer", "after-signal", "pool", "page-in"} <= set(small)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_step_reads_well(oslab: Callable[..., Any], language: str) -> None:
    refs = ["0x000", "0x108w", "0x108", "0x300w", "0x120w", "0x140w", "0x108", "0x200", "0x000w",
            "0x000x", "0x108x"]  # fmt: skip
    shown = oslab("--lang", language, "memory", "access", *refs, "--preset", "small")
    assert shown.code == 0
    assert "$" not in shown.out
    for name in ("tlb_", "cache_", "_ns", "None"):
        assert name not in shown.out


def test_predict_mode_asks_down_to_the_byte(
    oslab: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io
    import sys

    answers = ["0xf", "0x14", "3", "3", "y", "0x354", "0", "5", "0xd", "y", "0x36"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(answers) + "\n"))
    shown = oslab("memory", "access", "0x3d4", "--predict")
    assert "11 of 11 right" in shown.out
    assert shown.code == 0


def walked(machine: Machine, *refs: str) -> Run:
    return run(AccessConfig(refs, machine))


def results(machine: Machine, *refs: str) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = walked(machine, *refs).metrics["results"]
    return found
