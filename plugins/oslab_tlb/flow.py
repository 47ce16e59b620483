"""The way of one memory access through TLB, page walk and memory, with all that can befall it.

A hit: the CPU gives the virtual address to the MMU (1), which asks the TLB (2) and gets the entry (3);
the rights suffice, so it sends the physical address (4), and memory answers with the data (5). The page
table is not read. A miss: the TLB has nothing (2), so the MMU asks memory for the page-table entry (3)
and gets it (4), once for each level; the last one goes into the TLB; then address (5) and data (6).

An entry that permits too little is a protection fault, found without any walk if it is in the TLB. A
page that is not present is a page fault: nothing is filled, the kernel brings the page in, and the
instruction is executed again, which looks up, misses and walks a second time.

Sources: CS:APP, figures 9.13, 9.14 and 9.16; Intel SDM volume 3A, "Translation Lookaside Buffers".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from oslab import Address, Bool, Drawing, Grid, Hex, InputError, Int, OrNone, Run, Step, Value
from oslab_paging.fault import Use
from oslab_paging.rights import check
from oslab_paging.split import check_page_size, join, split
from oslab_tlb.pages import Page, check_pages, open_page
from oslab_tlb.tlb import Tlb, TlbEntry, TlbShape, rights_text

MOST_LEVELS = 8
# A larger TLB is drawn without its empty entries.
DRAWN_WHOLE = 8
# Of more pages only the one accessed is drawn.
DRAWN_PAGES = 12
_COUNTED = (
    "hits", "misses", "evictions", "page_faults", "protection_faults", "memory_accesses", "steps",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FlowConfig:
    """Accesses, and the state they meet.

    uses       the accesses, in order, at least one
    page_size  bytes, a power of two
    levels     of the page table: entries that a walk reads, 1 to 8
    entries    of the TLB, which is fully associative and replaces the least recently used one
    cached     pages whose entries are in the TLB, the least recently used first
    pages      what the page table says of single pages; others are open, in the frame of their number

    Raises InputError for a state that cannot be.
    """

    uses: tuple[Use, ...]
    page_size: int
    levels: int
    entries: int
    cached: tuple[int, ...]
    pages: tuple[Page, ...]

    def __post_init__(self) -> None:
        if not self.uses:
            raise InputError("give at least one virtual address, such as 0x2004 or 0x2004w")
        check_page_size(self.page_size)
        check_pages(self.pages)
        if not 1 <= self.levels <= MOST_LEVELS:
            raise InputError(f"a page table has 1 to {MOST_LEVELS} levels, not {self.levels}")
        self.shape()
        if len(self.cached) > self.entries:
            raise InputError(
                f"{len(self.cached)} pages do not fit into a TLB of {self.entries} entries"
            )
        for vpn in self.cached:
            if self.cached.count(vpn) > 1:
                raise InputError(f"page {vpn} is in the TLB twice")
            if not self.page(vpn).present:
                raise InputError(f"page {vpn} is not present, so its entry cannot be in the TLB")

    def shape(self) -> TlbShape:
        """The TLB's shape. Raises InputError."""
        return TlbShape(self.entries, self.entries, "lru", 0)

    def page(self, vpn: int) -> Page:
        """What the page table says of a page."""
        return next((page for page in self.pages if page.vpn == vpn), None) or open_page(vpn)


@dataclass
class _Machine:
    """The state that the accesses change, and what they cost."""

    config: FlowConfig
    tlb: Tlb
    drawing: bool
    steps: list[Step] = field(default_factory=list)
    brought_in: set[int] = field(default_factory=set)
    group: int = 0
    number: int = 0
    va: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))

    def page(self, vpn: int) -> Page:
        page = self.config.page(vpn)
        return replace(page, present=True) if vpn in self.brought_in else page

    def drawn_table(self) -> Grid:
        """What the page table says now."""
        vpn = self.va // self.config.page_size
        vpns = {page.vpn for page in self.config.pages} | {vpn}
        shown = sorted(vpns) if len(vpns) <= DRAWN_PAGES else [vpn]
        return drawn_pages(tuple(self.page(number) for number in shown))

    def step(
        self, action: str, actor: str, given: dict[str, Value], part: bool = False, **result: Value
    ) -> None:
        """One step; as a `part` of the one before it has the same number."""
        if not part:
            self.number += 1
            self.counts["steps"] += 1
        shown: dict[str, Value] = {"number": self.number, "va": Hex(self.va), **given}
        self.steps.append(
            Step(action=action, actor=actor, given=shown, result=result,
                 state=self.drawn(), group=self.group)
        )  # fmt: skip

    def drawn(self) -> dict[str, Drawing]:
        """TLB and page table, where they are drawn."""
        if not self.drawing:
            return {}
        return {"flow-tlb": drawn_tlb(self.tlb), "flow-table": self.drawn_table()}


def run(config: FlowConfig, drawing: bool = True) -> Run:
    """Follow each access; after a protection fault the process ends.

    Every step's given ``number`` is its number in the flow: 1 to 5 for a hit, 1 to 4 + 2k for a miss
    with k levels, and again from 1 when the instruction is executed again. Actions: ``flow-send
    flow-ask``; on a hit ``flow-entry``, on a miss ``flow-request-pte flow-return-pte`` for each level
    and ``flow-fill`` (result ``victim``, a page or None); then ``flow-request-data flow-return-data``,
    or ``flow-protect flow-signal``, or ``flow-trap flow-page-in flow-restart`` and all again.
    Metrics: ``hits misses evictions page_faults protection_faults memory_accesses steps``.

    Without `drawing` steps have no state.
    """
    machine = _Machine(config, filled(config), drawing)
    for group, use in enumerate(config.uses, 1):
        machine.group, machine.va = group, use.va
        outcome = _try(machine, use)
        if outcome == "again":
            outcome = _try(machine, use)
        if outcome == "ended":
            break
    return Run(
        command="tlb.flow",
        config=config,
        conventions={
            "flow-tlb": "lru",
            "flow-walk": config.levels,
            "flow-use": "hits",
            "flow-faults": "retried",
        },
        asks={
            "flow-ask": {"hit": Bool()},
            "flow-return-pte": {"present": Bool()},
            "flow-fill": {"victim": OrNone(Int())},
            "flow-request-data": {"pa": Address()},
        },
        steps=tuple(machine.steps),
        metrics=machine.counts,
    )


def filled(config: FlowConfig) -> Tlb:
    """The TLB as the first access meets it."""
    tlb = Tlb(config.shape())
    for vpn in config.cached:
        tlb.fill(entry_of(config.page(vpn)))
    return tlb


def entry_of(page: Page) -> TlbEntry:
    """What the TLB keeps of a page-table entry."""
    return TlbEntry(
        page.vpn, page.ppn, 0, page.write, page.user, page.execute, page.is_global, page.read
    )


def _try(machine: _Machine, use: Use) -> Literal["done", "again", "ended"]:
    """Execute the instruction: it is done, has to be executed again, or ended the process."""
    vpn, offset = split(use.va, machine.config.page_size)
    machine.number = 0
    machine.step("flow-send", "cpu", {"write": use.write}, vpn=vpn, offset=offset)
    entry = machine.tlb.find(vpn, 0)
    machine.step("flow-ask", "mmu", {"vpn": vpn}, hit=entry is not None)
    machine.counts["hits" if entry else "misses"] += 1
    if entry:
        given: dict[str, Value] = {"vpn": vpn, "write": use.write}
        machine.step("flow-entry", "tlb", given, ppn=entry.pfn, rights=_rights(entry))
    elif not _walk(machine, vpn):
        _page_fault(machine, vpn)
        return "again"
    page = entry or entry_of(machine.page(vpn))
    if check(page.rights(), "w" if use.write else "r", "user") != "hit":
        _protection_fault(machine, vpn, use)
        return "ended"
    if not entry:
        victim = machine.tlb.fill(page)
        machine.counts["evictions"] += victim is not None
        machine.step(
            "flow-fill", "tlb", {"vpn": vpn, "ppn": page.pfn}, part=True,
            victim=victim.vpn if victim else None,
        )  # fmt: skip
    pa = Hex(join(page.pfn, offset, machine.config.page_size))
    machine.step("flow-request-data", "mmu", {"ppn": page.pfn, "offset": offset}, pa=pa)
    machine.counts["memory_accesses"] += 1
    machine.step("flow-return-data", "memory", {"pa": pa, "write": use.write})
    return "done"


def _walk(machine: _Machine, vpn: int) -> bool:
    """Read an entry for each level; whether the page is present."""
    levels = machine.config.levels
    page = machine.page(vpn)
    for nth in range(1, levels + 1):
        last = nth == levels
        given: dict[str, Value] = {
            "vpn": vpn, "nth": nth, "levels": levels, "last": last, "single": levels == 1,
        }  # fmt: skip
        machine.step("flow-request-pte", "mmu", given)
        machine.counts["memory_accesses"] += 1
        if not last:
            machine.step("flow-return-pte", "memory", given)
    ppn = page.ppn if page.present else None
    machine.step("flow-return-pte", "memory", given, present=page.present, ppn=ppn)
    return page.present


def _page_fault(machine: _Machine, vpn: int) -> None:
    machine.counts["page_faults"] += 1
    machine.step("flow-trap", "mmu", {"vpn": vpn})
    machine.brought_in.add(vpn)
    machine.step("flow-page-in", "kernel", {"vpn": vpn, "ppn": machine.page(vpn).ppn})
    machine.step("flow-restart", "cpu", {"vpn": vpn})


def _protection_fault(machine: _Machine, vpn: int, use: Use) -> None:
    machine.counts["protection_faults"] += 1
    machine.step("flow-protect", "mmu", {"vpn": vpn, "write": use.write})
    machine.step("flow-signal", "kernel", {"vpn": vpn}, signal="SIGSEGV")


def drawn_tlb(tlb: Tlb) -> Grid:
    """What the TLB holds, the least recently used first, and below that what is empty."""
    ways = tlb.ways(0)
    held = [entry for way in tlb.order(0) if (entry := ways[way])]
    empty = max(0, min(DRAWN_WHOLE, len(ways)) - len(held))
    return Grid(
        ("vpn", "ppn", "rights"),
        tuple((entry.vpn, entry.pfn, _rights(entry)) for entry in held)
        + ((None, None, None),) * empty,
    )


def drawn_pages(pages: tuple[Page, ...]) -> Grid:
    """The last level of the page table."""
    return Grid(
        ("vpn", "present", "ppn", "rights"),
        tuple(
            (p.vpn, 1, p.ppn, _rights(entry_of(p))) if p.present else (p.vpn, 0, None, None)
            for p in pages
        ),
    )


def _rights(entry: TlbEntry) -> str:
    text = rights_text(entry)
    return text[:2] if entry.user else text
