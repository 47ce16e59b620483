"""The problems access, flow and time: keys worked out by hand, and what their mistakes answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from oslab.conformance.suite import seed_code
from oslab.exercise.catalogue import exercise
from oslab.exercise.variant import Variant, draw
from oslab.quantities import parse_address
from oslab_memory.access import AccessConfig
from oslab_memory.machine import Addresses, CacheLevel, FramePool, Machine, Page, TlbContent
from oslab_memory.machinefile import preset
from oslab_memory.problems.access import Access, ByHand
from oslab_memory.problems.flow import Flow, _followed
from oslab_memory.problems.time import AccessTime
from oslab_memory.system import System

SEEDS = range(6)
ACCESS = ["access-first", "access-miss", "access-textbook", "access-invalid", "access-exam"]
FLOW = ["flow-first", "flow-levels", "flow-protection", "flow-evict", "flow-cached"]
TIME = ["time-first", "time-fault", "time-exam"]


def variants(name: str) -> Sequence[Variant]:
    found = exercise(f"memory/{name}")
    return [draw(found, seed_code(seed)) for seed in SEEDS]


def machine() -> Machine:
    """Two levels of tables, a TLB of 2, three frames of which one is free, no cache."""
    small = preset("small")
    return replace(
        small,
        address=Addresses(10, 9, 32),
        tlb=(replace(small.tlb[0], entries=2, ways=2, contents=(TlbContent(0, 8, 8, True),)),),
        cache=(),
        frames=FramePool(8, 3, "lru", {}),
        page=(
            Page(8, 8, True, False, False, ""),
            Page(9, 9, True, False, False, ""),
            *(Page(vpn, None, False, False, False, "") for vpn in (0, 10, 11, 24)),
        ),
    )


P = AccessConfig(("0x100", "0x120", "0x140", "0x160", "0x120w", "0x100"), machine())


def key(problem: Any, p: Any) -> Any:
    return problem.solve(p, problem.run(p))


def test_flow_by_hand() -> None:
    """TLB of 2: 8 hits; 9 misses; a fault reads 2 entries twice; page 11 throws out 8, least recently used."""
    found = key(Flow(), P)
    assert [(r["flow"], r["lookups"], r["memory"]) for r in found["flows"]] == [
        ("tlb-hit", 1, 1),
        ("tlb-miss", 1, 3),
        ("page-fault", 2, 5),
        ("page-fault", 2, 5),
        ("tlb-miss", 1, 3),
        ("page-fault", 2, 5),
    ]
    assert found["memory"] == 22
    assert found["evicted"] == [8, 10]


def test_mistakes_of_flow() -> None:
    def memory(name: str) -> list[int]:
        answers = Flow.mistakes()[name](Flow(), P)
        assert answers is not None
        return [row["memory"] for row in answers["flows"]]

    assert memory("retry-free") == [1, 3, 3, 3, 3, 3]
    assert memory("pte-read-on-hit") == [3, 3, 5, 5, 3, 5]
    assert memory("one-level") == [1, 2, 3, 3, 2, 3]
    assert memory("stale-tlb") == [1, 3, 5, 5, 3, 5]


def test_a_page_thrown_out_hits_only_for_those_who_forget_the_tlb() -> None:
    """One frame left; page 8 is hit last in the TLB of 2, then thrown out by FIFO, then used again."""
    p = replace(
        P,
        accesses=("0x140", "0x100", "0x160", "0x100"),
        machine=replace(P.machine, frames=FramePool(8, 3, "fifo", {})),
    )
    assert key(Flow(), p)["flows"][3]["flow"] == "page-fault"
    wrong = Flow.mistakes()["stale-tlb"](Flow(), p)
    assert wrong is not None
    assert wrong["flows"][3]["flow"] == "tlb-hit"


def test_time_by_hand() -> None:
    """Lookup 1, entry or datum 100, fault 1 us; anonymous pages cost no disk until a dirty one leaves."""
    found = key(AccessTime(), P)
    assert [row["ns"] for row in found["times"]] == [
        1 + 100,
        1 + 200 + 100,
        (1 + 200) + 1000 + (1 + 200) + 100,
        (1 + 200) + 1000 + (1 + 200) + 100,
        1 + 200 + 100,
        (1 + 200) + 1000 + (1 + 200) + 100,
    ]
    assert found["total"] == 101 + 2 * 301 + 3 * 1502


def test_mistakes_of_time() -> None:
    def times(name: str) -> list[Any]:
        answers = AccessTime.mistakes()[name](AccessTime(), P)
        assert answers is not None
        return [row["ns"] for row in answers["times"]]

    assert times("retry-free") == [101, 301, 1301, 1301, 301, 1301]
    assert times("max-not-sum") == [100, 100, 1000, 1000, 100, 1000]
    assert times("miss-skips-lookup") == [101, 300, 1500, 1500, 300, 1500]
    assert times("walk-free") == [101, 101, 1102, 1102, 101, 1102]
    assert AccessTime.mistakes()["write-back-free"](AccessTime(), P) is None


def test_a_textbook_walk_is_what_one_does_by_hand() -> None:
    textbook = preset("csapp-9.20")
    p = AccessConfig(("0x03d4", "0x027c", "0x0040", "0x0020"), textbook)
    found = key(Access(), p)
    assert found["translation"][0] == {
        "vpn": 0x0F, "tlbi": 3, "tlbt": 3, "tlb": "hit", "fault": False, "ppn": 0x0D,
    }  # fmt: skip
    assert found["data"][0] == {"co": 0, "ci": 5, "ct": 0x0D, "cache": "hit", "byte": 0x36}
    assert found["translation"][2]["fault"]
    assert set(found["data"][2].values()) == {None}
    assert found["data"][3] == {"co": 0, "ci": 8, "ct": 0x28, "cache": "miss", "byte": None}


def test_mistakes_of_access_on_the_textbook_machine() -> None:
    p = AccessConfig(("0x03d4", "0x0020"), preset("csapp-9.20"))

    def answers(name: str) -> Any:
        return Access.mistakes()[name](Access(), p)

    # 0x3d4: the lowest two bits are 0, and the tag is the whole VPN.
    assert answers("index-from-vpo")["translation"][0]["tlbi"] == 0
    assert answers("index-from-vpo")["translation"][0]["tlbt"] == 0x0F
    # 0x3d4 itself in the cache: offset 0, index 5, tag 0xf: not there.
    assert answers("cache-by-va")["data"][0] == {
        "co": 0, "ci": 5, "ct": 0x0F, "cache": "miss", "byte": None,
    }  # fmt: skip
    assert answers("vpn-as-tag")["translation"][0]["tlb"] == "miss"


@pytest.mark.parametrize("name", ACCESS)
def test_a_drawn_machine_answers_as_a_student_with_its_tables_does(name: str) -> None:
    for variant in variants(name):
        p = variant.params
        rows = ByHand(p.machine).rows([parse_address(a) for a in p.accesses])
        for table in ("translation", "data"):
            for row, right in zip(rows, variant.key[table], strict=True):
                assert right.items() <= row.items()


def test_the_first_exercise_has_hits_only() -> None:
    for variant in variants("access-first"):
        assert {row["tlb"] for row in variant.key["translation"]} == {"hit"}
        assert {row["cache"] for row in variant.key["data"]} == {"hit"}


def test_the_exam_has_an_index_longer_than_the_offset() -> None:
    for variant in variants("access-exam"):
        shape = variant.params.machine.cache[0].shape
        assert shape.index_bits + shape.offset_bits > variant.params.machine.offset_bits


@pytest.mark.parametrize("name", FLOW)
def test_all_flows_happen(name: str) -> None:
    for variant in variants(name):
        flows = {row["flow"] for row in variant.key["flows"]}
        assert {"tlb-hit", "tlb-miss", "page-fault"} <= flows
        assert ("protection" in flows) == (name == "flow-protection")
        assert variant.key["memory"] == sum(row["memory"] for row in variant.key["flows"])


@pytest.mark.parametrize("name", TIME)
def test_what_a_statement_tells_is_enough_to_add_up_the_time(name: str) -> None:
    """The table of events and the printed times give the key; nothing else of the machine is needed."""
    for variant in variants(name):
        machine = variant.params.machine
        figures = variant.exercise.problem.present(variant.params)
        grid: Any = figures["events"]
        for row, right in zip(grid.rows, variant.key["times"], strict=True):
            assert told(dict(zip(grid.columns, row, strict=True)), machine) == right["ns"]


def told(event: dict[str, Any], machine: Machine) -> Any:
    """The time of an access as a student adds it up."""
    levels, times = machine.tables.levels, machine.times
    lookup = machine.tlb[0].time
    cache = machine.cache[0].time if machine.cache else None
    total = lookup
    if event["tlb_result"] == "miss":
        total += levels * (cache or 0)
        hits = int(event["entries_cached"][0]) if cache is not None else 0
        total += (levels - hits) * times.memory
    if event.get("page_fault"):
        total += times.fault + lookup + levels * (times.memory if cache is None else cache)
        total += times.disk * (("read" in event["page_fault"]) + ("write" in event["page_fault"]))
    if cache is None:
        return total + times.memory
    return total + cache + times.memory * (event["data_result"] == "miss")


def test_addresses_are_no_longer_than_they_must_be() -> None:
    for variant in variants("access-miss"):
        assert all(len(a) == 6 for a in variant.params.accesses)


def test_a_drawn_cache_holds_no_line_twice() -> None:
    for variant in variants("access-exam"):
        level: CacheLevel = variant.params.machine.cache[0]
        places = [(c.set, c.tag) for c in level.contents]
        assert len(set(places)) == len(places)


@pytest.mark.parametrize("name", FLOW)
def test_what_flow_mistakes_are_counted_by_agrees_with_the_steps(name: str) -> None:
    for variant in variants(name):
        counted = _followed(variant.params, System(variant.params.machine, telling=False))
        assert counted == variant.key
