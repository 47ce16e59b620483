"""memory loop: a loop that goes over an array in strides, pass after pass, through a whole machine.

What a pass costs follows from three comparisons: do the pages fit into the page frames, their entries into
the TLB, the lines into the cache? What fits is paid for once. What does not fit is, under LRU, lost
completely: each thing leaves just before the loop comes back to it.

The machine is that of `oslab_memory.system`. Source: Arpaci-Dusseau, Operating Systems: Three Easy Pieces,
chapter 19 (TLB and arrays); Hennessy and Patterson, appendix B.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from oslab import InputError, Int, Run, Step
from oslab.quantities import format_address, format_size
from oslab.traces.access import Access, Kind
from oslab_cache.replacement import PolicyName as CachePolicy
from oslab_memory.machine import (
    Addresses,
    CacheLevel,
    FramePool,
    Machine,
    PageTable,
    Region,
    Swap,
    Times,
    TlbLevel,
)
from oslab_memory.machinefile import check
from oslab_memory.system import System
from oslab_paging.replacement.conventions import PolicyName as FramePolicy
from oslab_tlb.tlb import TlbPolicy

# A slow machine takes half a minute.
MOST_ACCESSES: Final = 1_000_000
MOST_PASSES: Final = 1000
PARTS: Final = ("page_faults", "tlb_misses", "cache_misses")


@dataclass(frozen=True)
class LoopConfig:
    """A loop and a machine.

    base     address of the array's first byte
    array    bytes of the array
    stride   bytes from an element that is used to the next
    elem     bytes of an element, no more than the stride
    passes   how often the loop goes over the array
    write    the elements are written; else read
    machine  with page frames for the array's pages

    Raises InputError for anything else, and for more than MOST_ACCESSES accesses.
    """

    base: int
    array: int
    stride: int
    elem: int
    passes: int
    write: bool
    machine: Machine

    def __post_init__(self) -> None:
        if not 1 <= self.elem <= self.stride:
            raise InputError(
                f"elements of {self.elem} bytes every {self.stride} bytes: the stride is at least "
                "the size of an element, and that is 1 byte or more"
            )
        if self.array < self.elem or self.base < 0:
            raise InputError(
                f"an array of {self.array} bytes at {self.base}: at least one element of {self.elem} "
                "bytes is needed, at an address from 0 on"
            )
        if not 1 <= self.passes <= MOST_PASSES:
            raise InputError(f"{self.passes} passes: 1 to {MOST_PASSES} are made")
        total = self.passes * self.touches
        if total > MOST_ACCESSES:
            raise InputError(
                f"{total} accesses, more than the {MOST_ACCESSES} that are simulated; "
                "take a smaller array, a longer stride or fewer passes"
            )
        check(self.machine)
        last = self.base + self.array - 1
        if last >> self.machine.address.va_bits:
            raise InputError(
                f"the array ends at {format_address(last)}, beyond the machine's addresses of "
                f"{self.machine.address.va_bits} bits"
            )
        if self.machine.frames is None:
            raise InputError(
                f"the machine {self.machine.name} has no page frames of its own ([frames]), so the "
                "array's pages cannot be brought in"
            )

    def __hash__(self) -> int:
        # The machine has none, since the rules of its frames are a mapping; equality looks at all of it.
        return hash((self.base, self.array, self.stride, self.elem, self.passes, self.write))

    @property
    def touches(self) -> int:
        """Accesses of a pass: those elements that lie in the array as a whole."""
        return (self.array - self.elem) // self.stride + 1


def machine_of(
    page_size: int,
    frames: int,
    frame_policy: FramePolicy,
    tlb_entries: int,
    tlb_ways: int,
    tlb_policy: TlbPolicy,
    cache_size: int,
    line: int,
    ways: int,
    cache_policy: CachePolicy,
) -> Machine:
    """A machine of these sizes; its page tables are in a memory of their own, so the cache holds nothing
    but data, and pages are put into the frames from 0 on."""
    nothing = Fraction(0)
    offset = max(page_size.bit_length() - 1, 0)
    va_bits = offset + 20
    return Machine(
        name="loop",
        inclusion="nine",
        address=Addresses(va_bits, offset + max(frames, 2).bit_length(), page_size),
        page_table=PageTable("linear", None, 0, cached=False),
        tlb=(TlbLevel(tlb_entries, tlb_ways, tlb_policy, 0, nothing, ()),),
        cache=(CacheLevel(cache_size, line, ways, cache_policy, "back", True, 0, nothing, ()),),
        frames=FramePool(0, frames, frame_policy, {}),
        swap=Swap(0),
        region=(Region(0, (1 << va_bits) - 1, "file", "rwx"),),
        page=(),
        times=Times(nothing, nothing, nothing),
    )


def count(config: LoopConfig) -> Mapping[str, Any]:
    """The metrics of `run` without its steps. Raises InputError."""
    return _metrics(config, passes(config))


def run(config: LoopConfig) -> Run:
    """Go over the array pass by pass.

    loop-touch   given array, stride, elem, page_size, line; result touches (accesses of a pass), pages
                 and lines that a pass comes to
    loop-pass    one for each pass: given pass, first, pages, lines, frames, entries (of the TLB),
                 cache_lines; result page_faults, tlb_misses, cache_misses, retries (of the TLB misses,
                 those of second tries; retried: whether there are any), and for each part what came of the pass before:
                 pages_kept, tlb_kept, lines_kept, each all, some or none

    Metrics: accesses, those of PARTS, tlb_hits, cache_hits, evictions, pages, lines, and `passes`.
    Raises InputError.
    """
    each = passes(config)
    metrics = _metrics(config, each)
    machine = config.machine
    sizes = {
        "pages": metrics["pages"],
        "lines": metrics["lines"],
        "frames": machine.frames.count if machine.frames else 0,
        "entries": sum(level.entries for level in machine.tlb),
        "cache_lines": sum(level.shape.lines for level in machine.cache),
    }
    steps = [
        Step(
            action="loop-touch",
            given={
                "array": format_size(config.array), "stride": config.stride, "elem": config.elem,
                "page_size": machine.address.page_size, "line": _line(machine),
            },
            result={"touches": config.touches, "pages": sizes["pages"], "lines": sizes["lines"]},
        )
    ]  # fmt: skip
    for number, found in enumerate(each, 1):
        kept = {
            "pages_kept": _kept(found["page_faults"], sizes["pages"]),
            "tlb_kept": _kept(found["tlb_misses"], sizes["pages"]),
            "lines_kept": _kept(found["cache_misses"], sizes["lines"]),
        }
        steps.append(
            Step(
                action="loop-pass",
                given={"pass": number, "first": number == 1, **sizes},
                result={
                    **{name: found[name] for name in (*PARTS, "retries")},
                    "retried": found["retries"] > 0,
                    **kept,
                },
            )
        )
    return Run(
        command="memory.loop",
        config=config,
        conventions=conventions(config),
        asks={
            "loop-touch": {"touches": Int(), "pages": Int(), "lines": Int()},
            "loop-pass": {name: Int() for name in _parts(machine)},
        },
        steps=tuple(steps),
        metrics=metrics,
    )


# Drawing an exercise asks for the same loops again and again.
@lru_cache(maxsize=32)
def passes(config: LoopConfig) -> tuple[Mapping[str, int], ...]:
    """The figures of each pass."""
    system = System(config.machine, telling=False)
    counts = system.journal.counts
    kind: Kind = "store" if config.write else "load"
    accesses = [
        Access(kind, config.base + n * config.stride, config.elem) for n in range(config.touches)
    ]
    names = (*PARTS, "retries", "tlb_hits", "cache_hits", "evictions", "accesses")
    each = []
    before = dict.fromkeys(names, 0)
    for _ in range(config.passes):
        for access in accesses:
            system.access(access)
        if counts.killed or counts.signals:
            raise InputError(
                f"the machine {config.machine.name} does not let the loop run: its addresses "
                f"{format_address(config.base)} to {format_address(config.base + config.array - 1)} "
                "are not all in regions that allow it, or its swap is full"
            )
        now = {name: getattr(counts, name) for name in names}
        each.append({name: now[name] - before[name] for name in names})
        before = now
    return tuple(each)


def _metrics(config: LoopConfig, each: Sequence[Mapping[str, int]]) -> Mapping[str, Any]:
    total = {name: sum(found[name] for found in each) for name in each[0]}
    machine = config.machine
    rows = tuple(
        {"pass": number, **{name: found[name] for name in _parts(machine)}}
        for number, found in enumerate(each, 1)
    )
    return {
        "accesses": total["accesses"],
        **{name: total[name] for name in PARTS},
        "tlb_hits": total["tlb_hits"],
        "cache_hits": total["cache_hits"],
        "evictions": total["evictions"],
        "pages": _touched(config, machine.address.page_size),
        "lines": _touched(config, _line(machine)),
        "passes": rows,
    }


def _touched(config: LoopConfig, size: int) -> int:
    """How many blocks of so many bytes a pass comes to."""
    found: set[int] = set()
    for n in range(config.touches):
        first = config.base + n * config.stride
        found.update(range(first // size, (first + config.elem - 1) // size + 1))
    return len(found)


def _line(machine: Machine) -> int:
    return machine.cache[0].line if machine.cache else 1


def _parts(machine: Machine) -> tuple[str, ...]:
    """The figures that this machine can have."""
    absent = {"tlb_misses": not machine.tlb, "cache_misses": not machine.cache}
    return tuple(name for name in PARTS if not absent.get(name))


def _kept(missed: int, needed: int) -> str:
    return "all" if not missed else "none" if missed >= needed else "some"


def conventions(config: LoopConfig) -> Mapping[str, Any]:
    """The rules that the figures depend on."""
    machine = config.machine
    assert machine.frames is not None
    found: dict[str, Any] = {
        "loop-start": "empty",
        "base": format_address(config.base),
        "write": config.write,
        "loop-frames": machine.frames.policy,
    }
    if machine.tlb:
        found["loop-retry"] = "counted"
    if machine.cache:
        found["loop-cache"] = "cached" if machine.page_table.cached else "apart"
        found["page-in"] = "drops"
    return found
