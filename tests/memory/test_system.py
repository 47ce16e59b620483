"""What must hold on any machine: nothing is lost, nothing counted twice, the bytes come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from oslab import Run, Step
from oslab.traces.access import Access, parse_reference
from oslab_cache.cache import Cache
from oslab_cache.hierarchy import Hierarchy
from oslab_memory.access import AccessConfig, count, run
from oslab_memory.machine import CacheLevel, FramePool, Machine, Page, Region, Swap, TlbLevel
from oslab_memory.machinechecks import BLIND, check
from oslab_memory.machinefile import preset
from oslab_memory.system import System
from oslab_paging.replacement.replace import count_pages

SMALL = preset("small")
PAGE = SMALL.address.page_size


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    """The small machine with other TLBs, caches, frames, policies, swap, and pages at the start."""
    tlb = draw(
        st.sampled_from([
            (), (_tlb(4, 2, "lru"),), (_tlb(2, 2, "fifo"),), (_tlb(4, 4, "plru"),),
            (_tlb(1, 1, "random"),), (_tlb(2, 1, "lru"), _tlb(8, 2, "lru")),
        ])
    )  # fmt: skip
    cache = draw(
        st.sampled_from([
            (), (_cache(64, 8, 2),), (_cache(32, 4, 1),), (_cache(16, 8, 2, "through", False),),
            (_cache(32, 8, 1), _cache(64, 8, 2), _cache(128, 8, 4)),
        ])
    )  # fmt: skip
    count = draw(st.integers(1, 4))
    pool = FramePool(8, count, draw(st.sampled_from(BLIND)), {})
    present = draw(st.lists(st.integers(0, 31), max_size=count, unique=True))
    swap = Swap(draw(st.sampled_from([0, 1, 3, 32])))
    data = Region(0x100, 0x3FF, "zero", "rw")
    regions = (Region(0, 0xFF, "file", draw(st.sampled_from(["rw", "rx", "r"]))), data)
    pages = tuple(
        Page(vpn, 8 + n, True, dirty=draw(st.booleans()), swapped=False, data="")
        for n, vpn in enumerate(present)
    )
    machine = replace(
        SMALL,
        tlb=tlb,
        cache=cache,
        inclusion=draw(st.sampled_from(["nine", "inclusive", "exclusive"])),
        page_table=replace(
            SMALL.page_table,
            layout=draw(st.sampled_from(["linear", "2,3", "1,1,3"])),
            entry="bytes=2 valid=15 write=14 execute=13 pfn=0..3",
            cached=draw(st.booleans()),
        ),
        frames=pool,
        swap=swap,
        region=regions,
        page=pages,
    )
    check(machine)
    return machine


def _tlb(entries: int, ways: int, policy: Any) -> TlbLevel:
    return TlbLevel(entries, ways, policy, 7, Fraction(1), ())


def _cache(
    size: int, line: int, ways: int, write: Any = "back", allocate: bool = True
) -> CacheLevel:
    return CacheLevel(size, line, ways, "lru", write, allocate, 0, Fraction(3), ())


references = st.lists(
    st.builds(
        lambda va, kind, size: f"{va:#x}{kind}/{size}",
        st.integers(0, 0x3F0),
        st.sampled_from(["", "w", "w", "m", "x"]),
        st.sampled_from([1, 1, 2, 8]),
    ),
    min_size=1,
    max_size=40,
)


def by_access(found: Run) -> Iterator[Sequence[Step]]:
    for _, steps in groupby(found.steps, key=lambda step: step.group):
        yield list(steps)


@settings(max_examples=60, deadline=None)
@given(machines(), references)
def test_counting_gives_the_figures_of_the_run(machine: Machine, refs: list[str]) -> None:
    whole = run(AccessConfig(tuple(refs), machine))
    metrics = dict(whole.metrics)
    results, costs = metrics.pop("results"), metrics.pop("costs")
    assert count(machine, map(parse_reference, refs)) == metrics
    assert len(results) == len(costs) == metrics["accesses"]


@settings(max_examples=60, deadline=None)
@given(machines(), references)
def test_time_is_the_sum_of_what_is_printed(machine: Machine, refs: list[str]) -> None:
    whole = run(AccessConfig(tuple(refs), machine))
    now = 0
    for step in whole.steps:
        assert step.start_ns == now
        now += step.cost_ns  # type: ignore[assignment]
    assert whole.metrics["time_ns"] == now
    assert [cost["time_ns"] for cost in whole.metrics["costs"]] == [
        sum(step.cost_ns for step in steps) for steps in by_access(whole)
    ]


@settings(max_examples=100, deadline=None)
@given(machines(), references)
def test_the_figures_go_together(machine: Machine, refs: list[str]) -> None:
    m = count(machine, map(parse_reference, refs))
    if machine.tlb:
        assert m["tlb_hits"] + m["tlb_misses"] == m["accesses"] + m["retries"]
    refused = m["signals"] - m["protection_faults"]
    assert m["page_faults"] == m["retries"] + refused + m["killed"]
    assert m["retries"] == m["zero_fills"] + m["swap_ins"] + m["file_reads"]
    assert m["swap_outs"] <= m["writebacks"]
    assert m["swap_ins"] <= m["swap_outs"] * m["accesses"]
    done = m["accesses"] - m["signals"] - m["killed"]
    if machine.cache:
        assert m["cache_hits"] + m["cache_misses"] >= done
        assert m["memory_accesses"] >= m["cache_misses"]
    else:
        assert m["memory_accesses"] == m["pte_reads"] + done
    levels = machine.tables.levels
    assert m["pte_reads"] <= levels * (m["accesses"] + m["retries"])
    assert m["pte_cache_hits"] <= m["pte_reads"]


@settings(max_examples=100, deadline=None)
@given(machines(), references)
def test_only_pages_that_were_written_to_are_written_back(
    machine: Machine, refs: list[str]
) -> None:
    dirty = {page.vpn for page in machine.page if page.dirty}
    for steps in by_access(run(AccessConfig(tuple(refs), machine))):
        stored: int | None = None
        for step in steps:
            if step.action == "issue" and step.given["kind"] == "store":
                stored = step.result["vpn"]
            if step.action == "write-page":
                assert step.given["page"] in dirty
                dirty.remove(step.given["page"])
            if step.action == "map" and stored is not None:
                dirty.add(stored)
        if stored is not None and any(step.action == "data" for step in steps):
            dirty.add(stored)


@settings(max_examples=100, deadline=None)
@given(machines(), references)
def test_a_tlb_hit_was_filled_before_and_its_page_has_not_left(
    machine: Machine, refs: list[str]
) -> None:
    held: dict[int, int] = {}
    for step in run(AccessConfig(tuple(refs), machine)).steps:
        if step.action == "tlb-fill":
            held[step.given["vpn"]] = step.given["ppn"]
        elif step.action == "evict":
            held.pop(step.result["victim"], None)
        elif step.action == "tlb-lookup" and step.result["tlb_hit"]:
            assert held[step.given["vpn"]] == step.result["ppn"]


@settings(max_examples=100, deadline=None)
@given(machines(), references)
def test_a_load_gets_what_was_stored_last_wherever_the_page_has_been(
    machine: Machine, refs: list[str]
) -> None:
    whole = run(AccessConfig(tuple(refs), machine))
    anonymous_before = {page.vpn for page in machine.page}
    memory: dict[int, int] = {}
    results = iter(zip(whole.metrics["results"], whole.metrics["costs"], strict=True))
    number = 0
    for kind, va, size in _parts(refs):
        found = next(results, None)
        if found is None:
            break
        number += 1
        result, cost = found
        assert result["va"] == va
        if cost["outcome"] != "done":
            continue
        if kind == "store":
            assert result["value"] == number & (1 << 8 * size) - 1
            for n, byte in enumerate(result["value"].to_bytes(size, "little")):
                memory[va + n] = byte
            continue
        fresh = va >= 0x100 and va // PAGE not in anonymous_before
        known = [memory.get(va + n, 0 if fresh else None) for n in range(size)]
        if None in known:
            continue  # what a file holds, or a page held at the start, is not known
        assert result["value"] == sum(b << 8 * n for n, b in enumerate(known) if b is not None)


def _parts(refs: list[str]) -> Iterator[tuple[str, int, int]]:
    """The accesses of each reference: load before store, page by page."""
    for text in refs:
        access = parse_reference(text)
        kinds = ("load", "store") if access.kind == "modify" else (access.kind,)
        for kind in kinds:
            at, end = access.address, access.address + access.size
            while at < end:
                stop = min(end, (at // PAGE + 1) * PAGE)
                yield kind, at, stop - at
                at = stop


@settings(max_examples=60, deadline=None)
@given(machines(), references)
def test_each_page_is_in_one_frame_and_the_tables_say_which(
    machine: Machine, refs: list[str]
) -> None:
    system = System(machine, telling=False)
    for text in refs:
        system.access(parse_reference(text))
    kernel = system.kernel
    assert kernel is not None
    if system.journal.counts.killed:
        return
    frames = {vpn: kernel.numbers[slot] for vpn, slot in kernel.frames.frame_of.items()}
    assert len(set(frames.values())) == len(frames) <= kernel.frames.count
    assert len(set(kernel.slots)) == len(kernel.slots) <= machine.swap.slots
    before = len(system.journal.steps)
    for vpn in range(32):
        found = system.mmu.walk(vpn * PAGE, "r")
        assert (found.outcome == "hit") == (vpn in frames)
        if found.pa is not None:
            assert found.pa // PAGE == frames[vpn]
    assert len(system.journal.steps) == before


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(BLIND),
    st.integers(1, 4),
    st.lists(st.tuples(st.integers(0, 31), st.booleans()), min_size=1, max_size=60),
)
def test_page_faults_are_those_of_the_replacement_policy_alone(
    policy: Any, frames: int, uses: list[tuple[int, bool]]
) -> None:
    machine = replace(
        SMALL,
        frames=FramePool(8, frames, policy, {}),
        region=(Region(0, 0x3FF, "file", "rw"),),
    )
    accesses = [Access("store" if write else "load", vpn * PAGE) for vpn, write in uses]
    found = count(machine, accesses)
    alone = count_pages(policy, frames, [vpn for vpn, _ in uses], [write for _, write in uses])
    assert found["page_faults"] == alone["faults"]
    assert found["evictions"] == alone["evictions"]
    assert found["writebacks"] == alone["writebacks"]


@settings(max_examples=60, deadline=None)
@given(references)
def test_data_meet_the_cache_as_they_would_by_physical_address(refs: list[str]) -> None:
    machine = replace(
        SMALL,
        page_table=replace(SMALL.page_table, cached=False),
        frames=FramePool(4, 8, "fifo", {}),
        region=(Region(0, 0x3FF, "file", "rwx"),),
    )
    whole = run(AccessConfig(tuple(refs), machine))
    caches = Hierarchy(machine.caches)
    hits = 0
    for steps in by_access(whole):
        for step in steps:
            if step.action == "map":
                caches.drop(step.given["frame"] * PAGE, PAGE)
            if step.action == "data-cache":
                write = steps[0].given["kind"] == "store"
                hits += caches.access(step.given["pa"], write)[-1].hit
    assert whole.metrics["cache_hits"] == hits
    assert isinstance(caches.caches[0], Cache)


def test_a_machine_without_frames_serves_nothing() -> None:
    found = count(preset("csapp-9.20"), [Access("load", va) for va in range(0, 1 << 14, 64)])
    figures: Mapping[str, Any] = found
    assert figures["retries"] == figures["evictions"] == 0
    # 10 pages are listed as present, and 3 more stand in the TLB only.
    assert figures["page_faults"] == 256 - 13
