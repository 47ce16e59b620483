"""The one place that knows how the simulators under test are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from naive_policies import Outcome

from oslab import InputError, Run
from oslab_paging import eat as effective
from oslab_paging import (
    errorcode,
    fault,
    faultkind,
    inverted,
    layout,
    mapping,
    pagesize,
    pte,
    size,
    split,
    translate,
    walk,
)
from oslab_paging.eat import EatConfig
from oslab_paging.errorcode import ErrorCodeConfig
from oslab_paging.fault import FaultConfig, LegalPages, Resident, Use
from oslab_paging.faultkind import FaultKindConfig
from oslab_paging.inverted import FramePage, InvertedConfig, Lookup
from oslab_paging.memoryimage import Region
from oslab_paging.pagesize import PageSizeConfig
from oslab_paging.pte import PteAccess, PteConfig
from oslab_paging.replacement import compare, stackdistance, workingset
from oslab_paging.replacement import curve as curves
from oslab_paging.replacement.compare import CompareConfig
from oslab_paging.replacement.conventions import defaults
from oslab_paging.replacement.curve import CurveConfig
from oslab_paging.replacement.replace import count, count_pages, run
from oslab_paging.replacement.stackdistance import StackDistanceConfig
from oslab_paging.replacement.workingset import WorkingSetConfig
from oslab_paging.size import MapRange, SizeConfig
from oslab_paging.split import SplitConfig
from oslab_paging.translate import MemoryAccess, PageEntry, TranslateConfig
from oslab_paging.walk import WalkConfig

Word: TypeAlias = Any
"""One of the words a configuration knows, such as "user"."""


def metrics(run_of: Run) -> Any:
    """The metrics, of no particular type: the tests say what they should be."""
    return run_of.metrics


def replace_outcomes(
    policy: str, frames: int, references: Sequence[str], **changes: Any
) -> list[Outcome]:
    """`paging.replace`, in the form of the naive policies."""
    config = defaults(policy, frames, references, **changes)
    result = run(config)
    outcomes = []
    for step in result.steps:
        seen: Any = step.result
        writes = bool(seen.get("writeback")) + len(seen.get("queued", ()))
        outcomes.append(Outcome(seen["result"] == "hit", seen.get("victim"), writes, seen["frame"]))
    assert result.metrics == count(config)
    faults = sum(not o.hit for o in outcomes)
    assert result.metrics["accesses"] == len(references)
    assert result.metrics["faults"] == faults
    assert result.metrics["hits"] == len(references) - faults
    assert result.metrics["evictions"] == sum(o.victim is not None for o in outcomes)
    assert result.metrics["writebacks"] == sum(o.writes for o in outcomes)
    return outcomes


def aging_counters(frames: int, references: Sequence[str], tick: int) -> dict[int, str]:
    """The counter of each page in memory after the last reference, in binary."""
    drawn: Any = run(defaults("aging", frames, references, tick=tick)).steps[-1].state
    return dict(zip(drawn["frames"].values, drawn["ages"].values, strict=True))


def replace_faults(policy: str, frames: int, pages: Sequence[int], **changes: Any) -> int:
    """Faults by the counting function beside the simulator."""
    return int(count_pages(policy, frames, pages, **changes)["faults"])


class WalkSeen(NamedTuple):
    """One walk of `paging.walk`: `reads` are the addresses of the entries, `raw` their contents."""

    outcome: str
    pa: int | None
    reads: tuple[int, ...]
    raw: tuple[int, ...]
    value: int | None
    memory_accesses: int


def walked(
    layout: str,
    memory: Mapping[int, int],
    root: int,
    va: int,
    access: Word = "r",
    mode: Word = "user",
    *,
    wp: bool = True,
    ad: Word = "fault",
    data: Mapping[int, int] | None = None,
) -> WalkSeen:
    """One access through a memory that holds `memory` (address -> entry) and `data` (-> byte)."""
    entry_size = 4 if layout in ("x86-32", "sv32") else 8
    regions = [Region(at, entry.to_bytes(entry_size, "little")) for at, entry in memory.items()]
    regions += [Region(at, bytes([byte])) for at, byte in (data or {}).items()]
    config = WalkConfig(
        accesses=(MemoryAccess(va, access, mode),),
        layout=layout,
        entry=layout,
        root=root,
        memory=tuple(regions),
        byte_order="little",
        wp=wp,
        ad=ad,
    )
    return _only_walk(config)


def _only_walk(config: WalkConfig) -> WalkSeen:
    result = walk.run(config)
    (found,) = metrics(result)["walks"]
    entries: Any = [step.result for step in result.steps if step.action == "entry"]
    return WalkSeen(
        outcome=found["outcome"],
        pa=found["pa"],
        reads=tuple(read["address"] for read in entries),
        raw=tuple(found["entries"]),
        value=found["value"],
        memory_accesses=metrics(result)["memory_accesses"],
    )


def walked_bytes(
    layout: str,
    entry: str,
    memory: Mapping[int, int],
    root: int,
    va: int,
    byte_order: Word = "little",
) -> WalkSeen:
    """One load from user mode through a memory given byte by byte, any layout and entry format."""
    config = WalkConfig(
        accesses=(MemoryAccess(va, "r", "user"),),
        layout=layout,
        entry=entry,
        root=root,
        memory=tuple(Region(at, bytes([byte])) for at, byte in memory.items()),
        byte_order=byte_order,
        wp=True,
        ad="fault",
    )
    return _only_walk(config)


class Split(NamedTuple):
    vpn: int
    vpo: int
    vpn_bits: int
    vpo_bits: int


def split_of(va: int, va_bits: int, page_size: int) -> Split:
    found = metrics(split.run(SplitConfig((va,), va_bits, page_size)))
    return Split(*(int(found[name]) for name in Split._fields))


class Translated(NamedTuple):
    vpn: int
    vpo: int
    pa: int | None
    outcome: str


def translated(
    frame_of: Mapping[int, int],
    va: int,
    va_bits: int,
    page_size: int,
    rights: tuple[bool, bool, bool, bool] = (True, True, True, True),
    access: Word = "r",
    mode: Word = "user",
    wp: bool = True,
    table_entries: int | None = None,
) -> Translated:
    """One access through a linear table; `rights` are read, write, execute, user."""
    result = translate.run(
        TranslateConfig(
            accesses=(MemoryAccess(va, access, mode),),
            table=tuple(PageEntry(vpn, ppn, True, *rights) for vpn, ppn in frame_of.items()),
            va_bits=va_bits,
            page_size=page_size,
            table_entries=table_entries or 2**va_bits // page_size,
            wp=wp,
        )
    )
    (found,) = metrics(result)["translations"]
    return Translated(*(found[name] for name in Translated._fields))


class Pte(NamedTuple):
    ppn: int | None
    flags: tuple[str, ...]
    outcome: str


def decoded_pte(
    form: str, raw: int, access: Word = "r", mode: Word = "user", wp: bool = True
) -> Pte:
    asked = PteAccess(raw, access, mode)
    (found,) = metrics(pte.run(PteConfig((asked,), form, wp)))["entries"]
    return Pte(*(found[name] for name in Pte._fields))


def decoded_error(code: int) -> tuple[str, str, str] | None:
    """Cause, access and mode; None where no page fault can have this code."""
    try:
        result = errorcode.run(ErrorCodeConfig((), (code,), True, True))
    except InputError:
        return None
    (found,) = metrics(result)["decoded"]
    return found["cause"], found["access"], found["mode"]


def encoded_error(
    p: bool,
    rw: bool,
    us: bool,
    xd: bool,
    reserved: bool,
    access: Word,
    mode: Word,
    nxe: bool,
    wp: bool,
) -> int | None:
    situation = errorcode.Situation(p, rw, us, xd, reserved, access, mode)
    (code,) = metrics(errorcode.run(ErrorCodeConfig((situation,), (), nxe, wp)))["encoded"]
    return None if code is None else int(code)


class TableSizes(NamedTuple):
    linear: int
    multilevel: int
    inverted: int | None
    tables: tuple[int, ...]
    pages: int


def table_sizes(
    va_bits: int,
    page_size: int,
    pte_size: int,
    levels: tuple[int, ...],
    maps: Sequence[tuple[int, int]],
    frames: int = 0,
    entry: int = 0,
) -> TableSizes:
    ranges = tuple(MapRange(first, last) for first, last in maps)
    config = SizeConfig(va_bits, page_size, pte_size, levels, ranges, frames, entry)
    found = metrics(size.run(config))
    saved = found["linear_bytes"] - found["multilevel_bytes"]
    assert (found["saved_bytes"], found["saving"]) == (
        saved,
        Fraction(saved, found["linear_bytes"]),
    )
    return TableSizes(
        found["linear_bytes"], found["multilevel_bytes"], found["inverted_bytes"],
        found["tables_per_level"], found["pages"],
    )  # fmt: skip


class BestPage(NamedTuple):
    optimum: float
    best: int
    totals: dict[int, Fraction]


def best_page(process_bytes: int, pte_bytes: int, page_sizes: tuple[int, ...]) -> BestPage:
    found = metrics(pagesize.run(PageSizeConfig(process_bytes, pte_bytes, page_sizes)))
    totals = {row["page"]: row["total"] for row in found["overheads"]}
    return BestPage(float(found["optimum_bytes"]), found["best_page_size"], totals)


class LookedUp(NamedTuple):
    anchor: int
    probes: int
    frame: int | None
    pa: int | None
    hit: bool


def looked_up(
    pages: Sequence[tuple[int, int, int]],
    pid: int,
    va: int,
    *,
    frames: int,
    anchors: int,
    page_size: int,
    hash_name: Word,
    insertion: Word,
) -> LookedUp:
    """One look-up; `pages` are (frame, pid, vpn) in the order they were inserted."""
    config = InvertedConfig(
        lookups=(Lookup(pid, va),),
        pages=tuple(FramePage(*page) for page in pages),
        frames=frames,
        anchors=anchors,
        page_size=page_size,
        hash=hash_name,
        insertion=insertion,
    )
    (found,) = metrics(inverted.run(config))["lookups"]
    return LookedUp(
        found["anchor"], found["probes"], found["frame"], found["pa"], found["outcome"] == "hit"
    )


class Eat(NamedTuple):
    eat: Fraction
    highest_rate: Fraction


def eat(
    m: int, p: Fraction, disk: int, d: Fraction | int, overhead: Fraction | int, limit: Fraction
) -> Eat:
    """Times in nanoseconds; p faults a reference, d dirty victims a fault."""
    config = EatConfig(Fraction(m), p, Fraction(disk), Fraction(d), Fraction(overhead), limit)
    found = metrics(effective.run(config))
    return Eat(found["eat_ns"], found["max_fault_rate"])


class FaultSeen(NamedTuple):
    metrics: dict[str, Any]
    flow: list[tuple[int, str]]
    """number in the textbook's flow, and what is done"""


def faulted(
    uses: Sequence[tuple[int, bool]],
    resident: Sequence[tuple[int, bool]],
    free: int,
    backing: Word,
) -> FaultSeen:
    """Pages 0 to 5 are legal; resident pages are (page, dirty), the oldest first."""
    config = FaultConfig(
        uses=tuple(Use(page * 4096 + 7, store) for page, store in uses),
        page_size=4096,
        legal=(LegalPages(0, 5),),
        resident=tuple(Resident(page, n, dirty) for n, (page, dirty) in enumerate(resident)),
        free=tuple(range(len(resident), len(resident) + free)),
        backing=backing,
    )
    result = fault.run(config)
    given: Any = [(step.given, step.action) for step in result.steps]
    return FaultSeen(dict(metrics(result)), [(known["number"], action) for known, action in given])


def fault_kind(mapping: Word, page: Word, access: Word, rights: Word) -> tuple[str, int, str]:
    """Kind, pages read from disk, where the content comes from."""
    situation = faultkind.Situation(mapping, page, access, rights)
    found = metrics(faultkind.run(FaultKindConfig((situation,))))
    (judged,) = found["faults"]
    kind = judged["kind"]
    counted = [found["minor"], found["major"], found["signals"], found["disk_reads"]]
    assert counted == [
        kind == "minor", kind == "major", kind.startswith("SIG"), judged["disk_reads"],
    ]  # fmt: skip
    return kind, judged["disk_reads"], judged["source"]


class Curve(NamedTuple):
    faults: dict[str, list[int]]
    anomalies: set[tuple[str, int, int, int]]
    """(policy, frames, faults, faults with one frame more) where there are more faults"""
    changes: dict[str, list[str]]
    """for each size but the first: fewer, same or more faults than with one frame less"""


def curve(policies: Sequence[str], most: int, pages: Sequence[int], least: int = 1) -> Curve:
    references = tuple(str(page) for page in pages)
    run_of = curves.run(CurveConfig(tuple(policies), least, most, references, {}))
    found = metrics(run_of)
    for anomaly in found["anomalies"]:
        assert anomaly["more_frames"] == anomaly["frames"] + 1
    assert [faults for policy in policies for faults in found["curve"][policy].values()] == [
        step.result["faults"] for step in run_of.steps
    ]
    return Curve(
        {
            policy: [found["curve"][policy][str(n)] for n in range(least, most + 1)]
            for policy in policies
        },
        {(a["policy"], a["frames"], a["faults"], a["more_faults"]) for a in found["anomalies"]},
        {
            policy: [
                str(step.result["change"])
                for step in run_of.steps
                if step.given["policy"] == policy and "change" in step.result
            ]
            for policy in policies
        },
    )


def stack_distances(pages: Sequence[int], frames: int) -> tuple[list[int | None], list[int]]:
    """The LRU distances, and the hits with 1 … `frames` frames."""
    references = tuple(str(page) for page in pages)
    found = metrics(stackdistance.run(StackDistanceConfig(references, frames)))
    hits = [found["hits_by_frames"][str(n)] for n in range(1, frames + 1)]
    assert (found["accesses"], found["distinct"]) == (len(pages), len(set(pages)))
    return list(found["distances"]), hits


class WorkingSets(NamedTuple):
    sets: list[list[set[int]]]
    """for each process, the set after each of its references"""
    sizes: list[int]
    mean: Fraction
    peak: int
    thrashing: bool | None


def working_sets(
    processes: Sequence[Sequence[int]], tau: int, memory: int | None = None
) -> WorkingSets:
    references = tuple(tuple(str(page) for page in pages) for pages in processes)
    result = workingset.run(WorkingSetConfig(references, tau, memory))
    sets: list[list[set[int]]] = [[] for _ in processes]
    for step in result.steps:
        given: Any = step.given
        seen: Any = step.result
        assert len(seen["pages"]) == seen["size"]
        sets[given.get("process", 1) - 1].append(set(seen["pages"]))
    found = metrics(result)
    return WorkingSets(
        sets, list(found["sizes"]), found["mean_size"], found["peak_size"], found.get("thrashing")
    )


def compared(policies: Sequence[str], frames: int, references: Sequence[str]) -> dict[str, Any]:
    found = metrics(compare.run(CompareConfig(tuple(policies), frames, tuple(references), {})))
    return dict(found["policies"])


def built_tables(
    name: str, first: int, last: int, frame: int, rights: str, level: int
) -> tuple[dict[int, int], int]:
    """Tables that map a range, as address -> entry, and the root's address."""
    built = mapping.build(
        layout.layout(name), [mapping.MappedRange(first, last, frame, rights, level)], root_frame=1
    )
    size = 4 if name in ("x86-32", "sv32") else 8
    entries = {
        region.base + at: int.from_bytes(region.data[at : at + size], "little")
        for region in built.regions
        for at in range(0, len(region.data), size)
    }
    return entries, built.root
