"""memory backing: the virtual-memory manager of a classic programming project.

A process of 65,536 bytes in 256 pages of 256 bytes reads single bytes. Each logical address is translated
through a TLB and a page table; a page that is absent is read from the backing store, a file with a copy of
the whole address space, into a frame of physical memory. With fewer frames than pages, pages are replaced;
nothing is written, so a page that leaves is simply dropped, from the TLB too. Addresses are decimal here, as
in the project's files.

TLB, frames and policies are those of the plugins `tlb` and `paging`. Source: Silberschatz, Galvin and Gagne,
Operating System Concepts, chapter 10, programming project "Designing a Virtual Memory Manager".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any, Final, Literal, TypeAlias

from oslab import Address, Bool, Cells, Drawing, InputError, Int, OrNone, Run, Step
from oslab.quantities import QuantityError, parse_int, shown
from oslab_paging.replacement.conventions import defaults
from oslab_paging.replacement.frames import Frames, reference
from oslab_paging.replacement.replace import policy_for
from oslab_tlb.tlb import Tlb, TlbEntry, TlbShape

Policy: TypeAlias = Literal["fifo", "lru"]

PAGE_SIZE: Final = 256
PAGES: Final = 256
STORE_SIZE: Final = PAGES * PAGE_SIZE
MOST_FRAMES: Final = 1 << 20
# So many addresses are listed one by one.
MOST_LISTED: Final = 10_000
# More boxes do not fit beside each other.
MOST_BOXES: Final = 16


@dataclass(frozen=True)
class BackingConfig:
    """The files by their names, and the manager.

    frames       frames of physical memory
    tlb_entries  of a fully associative TLB
    tlb_policy, page_policy   which entry, which page leaves

    Raises InputError for sizes that make no sense.
    """

    addresses: str
    backing: str
    frames: int
    tlb_entries: int
    tlb_policy: Policy
    page_policy: Policy

    def __post_init__(self) -> None:
        if not 1 <= self.frames <= MOST_FRAMES:
            raise InputError(f"{self.frames} frames: 1 to {MOST_FRAMES} are possible")
        _shape(self)


@dataclass(slots=True)
class Translated:
    """What became of one address. `victim`: the page that had to leave, None if none had to."""

    va: int
    vpn: int
    offset: int
    tlb_hit: bool
    page_fault: bool
    frame: int
    victim: int | None
    pa: int
    value: int


class Manager:
    """The virtual-memory manager at work; `store` is the backing store.

    memory   the bytes of the frames that were filled
    """

    def __init__(self, config: BackingConfig, store: bytes) -> None:
        self.store = store
        self.tlb = Tlb(_shape(config))
        self.frames = Frames(config.frames)
        self.policy = policy_for(defaults(config.page_policy, config.frames, ()), self.frames, ())
        self.memory = bytearray()
        self.accesses = self.tlb_hits = self.page_faults = self.evictions = 0

    def translate(self, address: int) -> Translated:
        """One lookup in the TLB; on a miss the page table or the fault handler fills it."""
        va = address % STORE_SIZE
        vpn, offset = divmod(va, PAGE_SIZE)
        entry = self.tlb.find(vpn, 0)
        held = list(self.frames.pages) if vpn not in self.frames.frame_of else []
        page_fault = reference(self.frames, self.policy, vpn, write=False)
        frame = self.frames.frame_of[vpn]
        victim = None
        if page_fault:
            victim = self._read_in(vpn, frame, held)
        if entry is None:
            self.tlb.fill(TlbEntry(vpn, frame, 0, True, True, True, False))
        self.accesses += 1
        self.tlb_hits += entry is not None
        self.page_faults += page_fault
        pa = frame * PAGE_SIZE + offset
        value = self.memory[pa]
        return Translated(
            va, vpn, offset, entry is not None, page_fault, frame, victim, pa,
            value - 256 if value > 127 else value,
        )  # fmt: skip

    def _read_in(self, vpn: int, frame: int, held: list[int]) -> int | None:
        """Fill the frame from the backing store; the page that was in it, which leaves the TLB."""
        victim = held[frame] if frame < len(held) else None
        if victim is not None:
            self.evictions += 1
            self.tlb.invalidate(victim)
        page = self.store[vpn * PAGE_SIZE : (vpn + 1) * PAGE_SIZE]
        self.memory[frame * PAGE_SIZE : (frame + 1) * PAGE_SIZE] = page
        return victim

    def drawn(self) -> Mapping[str, Drawing]:
        """Small memories and TLBs."""
        drawn: dict[str, Drawing] = {}
        if self.frames.count <= MOST_BOXES:
            drawn["page_frames"] = self.frames.drawn()
        if self.tlb.shape.entries <= MOST_BOXES:
            ways = self.tlb.ways(0)
            entries = (ways[way] for way in self.tlb.order(0))
            drawn["tlb_pages"] = Cells(tuple(entry.vpn for entry in entries if entry))
        return drawn


def run(config: BackingConfig, addresses: Iterable[int], store: bytes, telling: bool = True) -> Run:
    """Translate the addresses one by one.

    translate-va   given n, va, vpn, vpo; result tlb_hit, page_fault, frame, victim, pa, value; there is
                   one for each address where `telling`

    Metrics: those of `count`, and for up to MOST_LISTED addresses ``translations`` with va, pa and value of
    each. Of a longer list only the figures are kept, in memory that does not grow; with `telling` it is
    refused. Raises InputError also where there are no addresses, or `store` has a wrong size.
    """
    _check(store)
    manager = Manager(config, store)
    steps: list[Step] = []
    rows: list[Mapping[str, Any]] = []
    stream = iter(addresses)
    for n, address in enumerate(islice(stream, MOST_LISTED), 1):
        found = manager.translate(address)
        rows.append({"va": found.va, "pa": found.pa, "value": found.value})
        if telling:
            steps.append(_step(n, found, manager))
    for address in stream:
        if telling:
            raise InputError(
                f"--steps shows at most {MOST_LISTED} addresses and {config.addresses} has more; "
                "without --steps it is counted"
            )
        rows.clear()
        manager.translate(address)
    listed = {"translations": tuple(rows)} if rows else {}
    return Run(
        command="memory.backing",
        config=config,
        conventions=conventions(config),
        asks={
            "translate-va": {
                "tlb_hit": Bool(),
                "page_fault": Bool(),
                "victim": OrNone(Int()),
                "pa": Address(),
            }
        },
        steps=tuple(steps),
        metrics={**_metrics(config, manager), **listed},
    )


def count(
    config: BackingConfig, addresses: Iterable[int], store: bytes
) -> Mapping[str, int | Fraction]:
    """The figures of `run`, of any number of addresses. Raises InputError."""
    _check(store)
    manager = Manager(config, store)
    for address in addresses:
        manager.translate(address)
    return _metrics(config, manager)


def parse_addresses(lines: Iterable[str], name: str) -> Iterator[int]:
    """The addresses of a file, one a line; empty lines are passed over. Raises InputError naming the line."""
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text:
            continue
        try:
            value = int(text) if _plain(text) else parse_int(text)
        except (QuantityError, ValueError):
            value = -1
        if value < 0:
            raise InputError(
                f"{name}, line {number}: {shown(text)} is not an address; one whole number a line, "
                "such as 16916, is expected"
            )
        yield value


def conventions(config: BackingConfig) -> Mapping[str, Any]:
    """The rules that the figures depend on."""
    return {
        "va-mask": STORE_SIZE,
        "one-lookup": True,
        "tlb_policy": config.tlb_policy,
        "page_policy": config.page_policy,
        "signed-bytes": True,
    }


def _plain(text: str) -> bool:
    """Whether it is digits alone: read much faster, and 007 is one too."""
    return len(text) <= 20 and text.isascii() and text.isdecimal()


def _shape(config: BackingConfig) -> TlbShape:
    return TlbShape(config.tlb_entries, config.tlb_entries, config.tlb_policy, 0)


def _check(store: bytes) -> None:
    if len(store) != STORE_SIZE:
        raise InputError(
            f"the backing store has {len(store)} bytes; {STORE_SIZE} are needed, {PAGES} pages of "
            f"{PAGE_SIZE}"
        )


def _step(n: int, found: Translated, manager: Manager) -> Step:
    return Step(
        action="translate-va",
        given={"n": n, "va": found.va, "vpn": found.vpn, "vpo": found.offset},
        result={
            "tlb_hit": found.tlb_hit,
            "page_fault": found.page_fault,
            "frame": found.frame,
            "victim": found.victim,
            "pa": found.pa,
            "value": found.value,
        },
        state=manager.drawn(),
        group=n,
    )


def _metrics(config: BackingConfig, manager: Manager) -> Mapping[str, int | Fraction]:
    if not manager.accesses:
        raise InputError(
            f"{config.addresses}: there are no addresses in it; one a line is expected"
        )
    return {
        "accesses": manager.accesses,
        "page_faults": manager.page_faults,
        "tlb_hits": manager.tlb_hits,
        "tlb_misses": manager.accesses - manager.tlb_hits,
        "evictions": manager.evictions,
        "page_fault_ratio": Fraction(manager.page_faults, manager.accesses),
        "tlb_hit_ratio": Fraction(manager.tlb_hits, manager.accesses),
    }
