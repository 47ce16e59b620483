"""The one place that knows how the simulators under test are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from naive_policies import Outcome, Rules

from oslab import InputError
from oslab_paging import eat as effective
from oslab_paging import (
    errorcode,
    fault,
    faultkind,
    inverted,
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
from oslab_paging.replacement.replace import count, count_pages, defaults, run
from oslab_paging.size import MapRange, SizeConfig
from oslab_paging.split import SplitConfig
from oslab_paging.translate import MemoryAccess, PageEntry, TranslateConfig
from oslab_paging.walk import WalkConfig


def replace_outcomes(
    policy: str, frames: int, references: Sequence[str], **changes: Any
) -> list[Outcome]:
    """`paging.replace`, in the form of the naive policies."""
    config = defaults(policy, frames, references, **changes)
    result = run(config)
    outcomes = []
    for step in result.steps:
        seen = step.result
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
    access: str = "r",
    mode: str = "user",
    *,
    wp: bool = True,
    ad: str = "fault",
    data: Mapping[int, int] | None = None,
) -> WalkSeen:
    """One access through a memory that holds `memory` (address -> entry) and `data` (-> byte)."""
    entry_size = 4 if layout in ("x86-32", "sv32") else 8
    regions = [Region(at, entry.to_bytes(entry_size, "little")) for at, entry in memory.items()]
    regions += [Region(at, bytes([byte])) for at, byte in (data or {}).items()]
    config = WalkConfig(
        accesses=(MemoryAccess(va, access, mode),),  # type: ignore[arg-type]
        layout=layout,
        entry=layout,
        root=root,
        memory=tuple(regions),
        byte_order="little",
        wp=wp,
        ad=ad,  # type: ignore[arg-type]
    )
    return _only_walk(config)


def _only_walk(config: WalkConfig) -> WalkSeen:
    result = walk.run(config)
    (found,) = result.metrics["walks"]  # type: ignore[misc, union-attr]
    return WalkSeen(
        outcome=found["outcome"],  # type: ignore[index, call-overload]
        pa=found["pa"],
        reads=tuple(step.result["address"] for step in result.steps if step.action == "entry"),
        raw=tuple(found["entries"]),
        value=found["value"],
        memory_accesses=result.metrics["memory_accesses"],  # type: ignore[arg-type]
    )


def walked_bytes(
    layout: str,
    entry: str,
    memory: Mapping[int, int],
    root: int,
    va: int,
    byte_order: str = "little",
) -> WalkSeen:
    """One load from user mode through a memory given byte by byte, any layout and entry format."""
    config = WalkConfig(
        accesses=(MemoryAccess(va, "r", "user"),),
        layout=layout,
        entry=entry,
        root=root,
        memory=tuple(Region(at, bytes([byte])) for at, byte in memory.items()),
        byte_order=byte_order,  # type: ignore[arg-type]
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
    found = split.run(SplitConfig((va,), va_bits, page_size)).metrics
    return Split(*(int(found[name]) for name in Split._fields))  # type: ignore[call-overload]


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
    access: str = "r",
    mode: str = "user",
    wp: bool = True,
) -> Translated:
    """One access through a linear table; `rights` are read, write, execute, user."""
    result = translate.run(
        TranslateConfig(
            accesses=(MemoryAccess(va, access, mode),),  # type: ignore[arg-type]
            table=tuple(PageEntry(vpn, ppn, True, *rights) for vpn, ppn in frame_of.items()),
            va_bits=va_bits,
            page_size=page_size,
            table_entries=2**va_bits // page_size,
            wp=wp,
        )
    )
    (found,) = result.metrics["translations"]  # type: ignore[misc, union-attr]
    return Translated(*(found[name] for name in Translated._fields))  # type: ignore[index, call-overload]


class Pte(NamedTuple):
    ppn: int | None
    flags: tuple[str, ...]
    outcome: str


def decoded_pte(form: str, raw: int, access: str = "r", mode: str = "user", wp: bool = True) -> Pte:
    asked = PteAccess(raw, access, mode)  # type: ignore[arg-type]
    (found,) = pte.run(PteConfig((asked,), form, wp)).metrics["entries"]  # type: ignore[misc, union-attr]
    return Pte(*(found[name] for name in Pte._fields))  # type: ignore[index, call-overload]


def decoded_error(code: int) -> tuple[str, str, str] | None:
    """Cause, access and mode; None where no page fault can have this code."""
    try:
        metrics = errorcode.run(ErrorCodeConfig((), (code,), True, True)).metrics
    except InputError:
        return None
    (found,) = metrics["decoded"]  # type: ignore[misc, union-attr]
    return found["cause"], found["access"], found["mode"]  # type: ignore[index, call-overload]


def encoded_error(
    p: bool,
    rw: bool,
    us: bool,
    xd: bool,
    reserved: bool,
    access: str,
    mode: str,
    nxe: bool,
    wp: bool,
) -> int | None:
    situation = errorcode.Situation(p, rw, us, xd, reserved, access, mode)  # type: ignore[arg-type]
    (code,) = errorcode.run(ErrorCodeConfig((situation,), (), nxe, wp)).metrics["encoded"]  # type: ignore[misc, union-attr]
    return code  # type: ignore[return-value]


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
    found = size.run(config).metrics
    return TableSizes(
        found["linear_bytes"], found["multilevel_bytes"], found["inverted_bytes"],
        found["tables_per_level"], found["pages"],
    )  # type: ignore[arg-type]  # fmt: skip


class BestPage(NamedTuple):
    optimum: float
    best: int
    totals: dict[int, Fraction]


def best_page(process_bytes: int, pte_bytes: int, page_sizes: tuple[int, ...]) -> BestPage:
    found = pagesize.run(PageSizeConfig(process_bytes, pte_bytes, page_sizes)).metrics
    totals = {row["page"]: row["total"] for row in found["overheads"]}  # type: ignore[union-attr, index, call-overload]
    return BestPage(float(found["optimum_bytes"]), found["best_page_size"], totals)  # type: ignore[arg-type]


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
    hash_name: str,
    insertion: str,
) -> LookedUp:
    """One look-up; `pages` are (frame, pid, vpn) in the order they were inserted."""
    config = InvertedConfig(
        lookups=(Lookup(pid, va),),
        pages=tuple(FramePage(*page) for page in pages),
        frames=frames,
        anchors=anchors,
        page_size=page_size,
        hash=hash_name,  # type: ignore[arg-type]
        insertion=insertion,  # type: ignore[arg-type]
    )
    (found,) = inverted.run(config).metrics["lookups"]  # type: ignore[misc, union-attr]
    row: Any = found
    return LookedUp(row["anchor"], row["probes"], row["frame"], row["pa"], row["outcome"] == "hit")


class Eat(NamedTuple):
    eat: Fraction
    highest_rate: Fraction


def eat(
    m: int, p: Fraction, disk: int, d: Fraction | int, overhead: Fraction | int, limit: Fraction
) -> Eat:
    """Times in nanoseconds; p faults a reference, d dirty victims a fault."""
    config = EatConfig(Fraction(m), p, Fraction(disk), Fraction(d), Fraction(overhead), limit)
    found = effective.run(config).metrics
    return Eat(found["eat_ns"], found["max_fault_rate"])  # type: ignore[arg-type]


def fault_metrics(
    uses: Sequence[tuple[int, bool]], resident: Sequence[tuple[int, bool]], free: int, backing: str
) -> Mapping[str, Any]:
    """Pages 0 to 5 are legal; resident pages are (page, dirty), the oldest first."""
    config = FaultConfig(
        uses=tuple(Use(page * 4096 + 7, store) for page, store in uses),
        page_size=4096,
        legal=(LegalPages(0, 5),),
        resident=tuple(Resident(page, n, dirty) for n, (page, dirty) in enumerate(resident)),
        free=tuple(range(len(resident), len(resident) + free)),
        backing=backing,  # type: ignore[arg-type]
    )
    return fault.run(config).metrics


def fault_kind(mapping: str, page: str, access: str, rights: str) -> tuple[str, int]:
    situation = faultkind.Situation(mapping, page, access, rights)  # type: ignore[arg-type]
    (found,) = faultkind.run(FaultKindConfig((situation,))).metrics["faults"]  # type: ignore[misc, union-attr]
    return found["kind"], found["disk_reads"]  # type: ignore[index, call-overload]
