"""Small machines and sequences of accesses on them, and the steps of a run access by access.

Pages are 4 KiB and there are 16 of them, so the first digit of an address is its page. All are listed, so
all page tables exist and a walk reads an entry of each level.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import Literal

from oslab import Choose, Generator, Grid, Run, Step
from oslab.quantities import parse_address
from oslab_memory.access import AccessConfig, run
from oslab_memory.machine import (
    Addresses,
    Backing,
    CacheContent,
    CacheLevel,
    FramePool,
    Machine,
    Page,
    PageTable,
    Region,
    Swap,
    Times,
    TlbContent,
    TlbLevel,
)

PAGE, PAGES, PA_BITS = 4096, 16, 17
# The pool begins there; page tables stand below.
FIRST_FRAME = 0x10
LAYOUTS: Mapping[int, str] = {1: "4", 2: "2,2", 3: "2,1,1", 4: "1,1,1,1"}
ENTRY = "bytes=2 valid=15 write=14 execute=13 pfn=0..4"
HALF = Fraction(1, 2)
# Of the cache: direct-mapped over one level of page tables, fully associative over several, whose
# entries would else drive each other out.
LINES, LINE = 8, 16


@dataclass(frozen=True)
class SequenceSpace:
    """What machine, and how many accesses.

    levels     of page tables
    tlb        entries, in one set
    resident   pages in memory at the start; of them `mapped` are in the TLB
    dirty      some of them have been written to
    free       page frames that are free
    hits, walks, faults   accesses to pages in the TLB, only in memory, not in memory at the start
    again      accesses to pages that were used before
    stores     some of all these are stores
    locked     pages 0 to 7 may only be read, and some stores try to write there
    policy     which page leaves when no frame is free
    backing    of pages 8 to f; those below are pages of a file
    cached     there is a cache, and page-table entries are read through it
    tlb_time, cache_time, memory_time, disk_time, fault_time   what each of them takes
    """

    levels: Choose[int]
    tlb: Choose[int]
    resident: Choose[int]
    mapped: Choose[int]
    dirty: bool
    free: Choose[int]
    hits: Choose[int]
    walks: Choose[int]
    faults: Choose[int]
    again: Choose[int]
    stores: bool
    locked: bool
    policy: Choose[Literal["fifo", "lru"]]
    backing: Choose[Backing]
    cached: bool
    tlb_time: Choose[Fraction]
    cache_time: Choose[Fraction]
    memory_time: Choose[Fraction]
    disk_time: Choose[Fraction]
    fault_time: Choose[Fraction]


def draw_sequence(rng: Generator, space: SequenceSpace) -> AccessConfig:
    """A machine and accesses on it; whether enough happens is for the problem type to see."""
    order = rng.shuffled(range(PAGES))
    resident = order[: space.resident.pick(rng)]
    pool = FramePool(FIRST_FRAME, len(resident) + space.free.pick(rng), space.policy.pick(rng), {})
    numbers = rng.shuffled(range(pool.first, pool.first + len(resident)))
    frames = dict(zip(resident, numbers, strict=True))
    mapped = resident[: space.mapped.pick(rng)]
    contents = tuple(TlbContent(0, vpn, frames[vpn], True) for vpn in rng.shuffled(mapped))
    entries = space.tlb.pick(rng)
    accesses = _accesses(rng, space, order, len(resident), len(mapped))
    levels = space.levels.pick(rng)
    changed = {vpn for vpn in resident if space.dirty and rng.chance(HALF)}
    cache = _cache(rng, space.cache_time.pick(rng), accesses, frames, 1 if levels == 1 else LINES)
    absent = sorted(set(range(PAGES)) - set(resident))
    machine = Machine(
        name="drawn",
        inclusion="nine",
        address=Addresses(16, PA_BITS, PAGE),
        page_table=PageTable(LAYOUTS[levels], ENTRY, 0, space.cached),
        tlb=(TlbLevel(entries, entries, "lru", 0, space.tlb_time.pick(rng), contents),),
        cache=(cache,) if space.cached else (),
        frames=pool,
        swap=Swap(PAGES),
        region=(
            Region(0, 8 * PAGE - 1, "file", "r" if space.locked else "rw"),
            Region(8 * PAGE, 16 * PAGE - 1, space.backing.pick(rng), "rw"),
        ),
        page=tuple(
            Page(vpn, frames.get(vpn), vpn in frames, vpn in changed, swapped=False, data="")
            for vpn in (*resident, *absent)
        ),
        times=Times(
            space.memory_time.pick(rng), space.disk_time.pick(rng), space.fault_time.pick(rng)
        ),
    )
    return AccessConfig(accesses, machine)


def _accesses(
    rng: Generator, space: SequenceSpace, order: Sequence[int], resident: int, mapped: int
) -> tuple[str, ...]:
    """Pages of each kind in any order, each once, and now and then one again."""
    kinds = [
        *rng.sample(order[:mapped], space.hits.pick(rng)),
        *rng.sample(order[mapped:resident], space.walks.pick(rng)),
        *rng.sample(order[resident:], space.faults.pick(rng)),
    ]
    pages = rng.shuffled(kinds)
    for _ in range(space.again.pick(rng)):
        place = rng.between(1, len(pages))
        pages.insert(place, rng.choice(pages[:place]))
    found = []
    for vpn in pages:
        store = space.stores and rng.chance(HALF)
        found.append(f"0x{vpn * PAGE + rng.below(PAGE):04x}{'w' if store else ''}")
    return tuple(found)


def _cache(
    rng: Generator, time: Fraction, accesses: Sequence[str], frames: Mapping[int, int], ways: int
) -> CacheLevel:
    """A small cache that holds about half of the lines that are asked for at the start."""
    level = CacheLevel(
        size=LINES * LINE, line=LINE, ways=ways, policy="lru", write="back", allocate=True, seed=0,
        time=time, contents=(),
    )  # fmt: skip
    shape = level.shape
    asked = [0, LINE]  # the table of one level, or the root of several
    for text in accesses:
        vpn, vpo = divmod(parse_address(text.rstrip("w")), PAGE)
        if vpn in frames:
            asked.append(frames[vpn] * PAGE + vpo)
    held: dict[int, list[int]] = {}
    for line in rng.shuffled(sorted({shape.line_of(address) for address in asked})):
        row = held.setdefault(shape.index_of(line), [])
        if rng.chance(HALF) and len(row) < ways:
            row.append(shape.tag_of(line))
    contents = (
        CacheContent(index, tag, "", True, False) for index in sorted(held) for tag in held[index]
    )
    return replace(level, contents=tuple(contents))


def drawn_entries(machine: Machine) -> Grid:
    """The TLB, the entry that leaves first standing first."""
    entries = machine.tlb[0].contents
    return Grid(("vpn", "ppn"), tuple((f"{e.tag:x}", f"{e.ppn:x}") for e in entries))


def lines_held(machine: Machine) -> str:
    """The addresses of the lines in the cache."""
    if not machine.cache:
        return ""
    level = machine.cache[0]
    shape = level.shape
    lines = (shape.address_of(shape.line_at(c.tag, c.set)) for c in level.contents)
    return " ".join(f"0x{address:05x}" for address in lines) or "-"


_kept: Run | None = None


def undrawn(p: AccessConfig) -> Run:
    """The run without its drawings; kept, since a problem type asks for it many times in a row."""
    global _kept
    found = _kept
    if found is None or found.config is not p:
        found = _kept = run(p, drawing=False)
    return found


def by_access(run: Run) -> Iterator[Sequence[Step]]:
    """The steps of each access."""
    for _, steps in groupby(run.steps, key=lambda step: step.group):
        yield tuple(steps)


def without_retry(steps: Sequence[Step]) -> Sequence[Step]:
    """The steps of an access without the second try of its translation."""
    kept, retrying = [], False
    for step in steps:
        retrying = (retrying or step.action == "restart") and step.action != "physical"
        if not retrying:
            kept.append(step)
    return kept


def with_rules(run: Run, *names: str) -> Run:
    """The run with those of its rules that matter for a question."""
    return replace(run, conventions={n: v for n, v in run.conventions.items() if n in names})
