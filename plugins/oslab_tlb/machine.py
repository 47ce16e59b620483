"""The core that has the TLB: page tables of its processes, rights, faults, switches, and what is counted.

`simulate` drives it, step by step or counting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from oslab import InputError
from oslab_paging.rights import Mode, Outcome, check
from oslab_paging.split import check_page_size
from oslab_tlb.events import Event, Item, Touch, Unit, parse_items
from oslab_tlb.pages import Page, check_pages, open_page
from oslab_tlb.tlb import Tlb, TlbEntry, TlbPolicy, TlbShape
from oslab_tlb.twolevel import TwoLevelTlb

MOST_LEVELS = 8


@dataclass(frozen=True, slots=True)
class TlbConfig:
    """What is simulated.

    entries, ways, policy     the TLB, as in `TlbShape`; with two levels the first
    entries2, ways2, policy2  the second level, or None three times
    seed                      of random replacement; the second level's is one higher
    page_size                 bytes, a power of two
    levels                    of the page table: entries that a walk reads, 1 to 8
    references                accesses and events as `events` reads them; empty for a trace
    unit                      whether they are addresses or page numbers
    mode                      of accesses that name none
    asids                     entries belong to processes; else a switch flushes
    pages                     what is said of single pages
    demand                    the other pages are not present at first; else they are
    fault_drops               a protection fault drops the entry that caused it
    trace                     name of the trace; empty where accesses are typed

    Raises InputError for a configuration that makes no sense.
    """

    entries: int
    ways: int
    policy: TlbPolicy
    entries2: int | None
    ways2: int | None
    policy2: TlbPolicy | None
    seed: int
    page_size: int
    levels: int
    references: tuple[str, ...]
    unit: Unit
    mode: Mode
    asids: bool
    pages: tuple[Page, ...]
    demand: bool
    fault_drops: bool
    trace: str

    def __post_init__(self) -> None:
        shapes(self)
        check_page_size(self.page_size)
        check_pages(self.pages)
        if not 1 <= self.levels <= MOST_LEVELS:
            raise InputError(f"a page table has 1 to {MOST_LEVELS} levels, not {self.levels}")

    def items(self) -> Iterable[Item]:
        """The accesses and events typed. Raises InputError when one is reached that is neither."""
        return parse_items(self.references, self.page_size, self.unit, self.mode)


def shapes(config: TlbConfig) -> tuple[TlbShape, TlbShape | None]:
    """The shape of the TLB, and of its second level. Raises InputError."""
    first = TlbShape(config.entries, config.ways, config.policy, config.seed)
    if config.entries2 is None or config.ways2 is None or config.policy2 is None:
        return first, None
    try:
        second = TlbShape(config.entries2, config.ways2, config.policy2, config.seed + 1)
    except InputError as error:
        raise InputError(f"second level: {error}") from None
    return first, second


Victims: TypeAlias = "tuple[TlbEntry | None, TlbEntry | None]"
NONE: Victims = (None, None)


class Looked(NamedTuple):
    """What one lookup did.

    level    in which level the page was found; 0 for a miss
    outcome  hit, for an access that went through; not-present (it is made again); or the right
             that is missing
    entry    the entry found or filled in, None where there is none
    victims  the entries that the first and the second level threw out
    """

    level: int
    outcome: Outcome
    entry: TlbEntry | None = None
    victims: Victims = NONE


class Machine:
    """A core with its TLB, the pages of its processes, and what was counted so far."""

    def __init__(self, config: TlbConfig) -> None:
        self.config = config
        self.tlb = self.built(*shapes(config))
        self.process = 1
        self.pages = {page.vpn: page for page in config.pages}
        # Which absent pages were mapped since, by process.
        self.mapped: set[tuple[int, int]] = set()
        self.accesses = self.misses = self.switches = self.flushes = self.dropped = 0
        self.page_faults = self.protection_faults = 0
        self.hits, self.evictions = [0, 0], [0, 0]
        self._checks = bool(config.pages)

    def built(self, first: TlbShape, second: TlbShape | None) -> Tlb | TwoLevelTlb:
        """The empty TLB."""
        return Tlb(first) if second is None else TwoLevelTlb(first, second)

    @property
    def asid(self) -> int:
        """The address space that entries are tagged with; 0 for all where there are no ASIDs."""
        return self.process if self.config.asids else 0

    def access(self, touch: Touch) -> Iterable[Looked]:
        """One access: a lookup, and a second one after a page fault."""
        self.accesses += 1
        looked = self.look_up(touch)
        yield looked
        if looked.outcome == "not-present":
            yield self.look_up(touch)

    def look_up(self, touch: Touch) -> Looked:
        """One lookup, with the walk that follows a miss."""
        vpn, tlb = touch.vpn, self.tlb
        entry = tlb.find(vpn, self.asid)
        if entry:
            return self.found(entry, touch)
        self.misses += 1
        page = self.page(vpn)
        if not page.present:
            self.page_faults += 1
            self.mapped.add((self.process, vpn))
            return Looked(0, "not-present")
        outcome = self.checked(page, touch)
        if outcome != "hit":
            self.protection_faults += 1
            return Looked(0, outcome)
        entry = TlbEntry(
            vpn, page.ppn, self.asid, page.write, page.user, page.execute, page.is_global, page.read
        )
        return Looked(0, "hit", entry, self.fill(entry))

    def found(self, entry: TlbEntry, touch: Touch) -> Looked:
        """A hit: the rights in the entry are checked, and nothing is walked."""
        tlb = self.tlb
        level, victims = 1, NONE
        if isinstance(tlb, TwoLevelTlb):
            level, victims = tlb.level, tlb.victims
            self.evictions[0] += victims[0] is not None
        self.hits[level - 1] += 1
        outcome = self.checked(entry, touch)
        if outcome != "hit":
            self.protection_faults += 1
            if self.config.fault_drops:
                self.dropped += tlb.invalidate(touch.vpn, self.asid)
        return Looked(level, outcome, entry, victims)

    def checked(self, page: Page | TlbEntry, touch: Touch) -> Outcome:
        """Whether the rights suffice."""
        return check(page.rights(), touch.use, touch.mode) if self._checks else "hit"

    def page(self, vpn: int) -> Page:
        """What the running process's page table says of a page."""
        page = self.pages.get(vpn)
        if page is None:
            page = open_page(vpn, not self.config.demand)
        if not page.present and (self.process, vpn) in self.mapped:
            return replace(page, present=True)
        return page

    def fill(self, entry: TlbEntry) -> Victims:
        """Put an entry in. Returns what each level threw out."""
        victim = self.tlb.fill(entry)
        both = self.tlb.victims if isinstance(self.tlb, TwoLevelTlb) else (victim, None)
        for level in (0, 1):
            self.evictions[level] += both[level] is not None
        return both

    def happen(self, event: Event) -> int:
        """What an event does. Returns how many entries it dropped."""
        dropped = 0
        match event.kind:
            case "switch":
                dropped = self.switch(event.number or 1)
            case "flush":
                if event.number is not None and not self.config.asids:
                    raise InputError(
                        f"flush={event.number} needs ASIDs: without them the TLB does not know whose "
                        "an entry is; flush would do"
                    )
                dropped = self.flush(event.number)
            case "flushall":
                dropped = self.flush(globals_too=True)
            case "invlpg":
                dropped = self.tlb.invalidate(event.number or 0, self.asid)
                self.dropped += dropped
        return dropped

    def switch(self, process: int) -> int:
        """Let a process run. Returns how many entries were dropped."""
        if process == self.process:
            return 0
        self.process = process
        self.switches += 1
        return 0 if self.config.asids else self.flush()

    def flush(self, process: int | None = None, globals_too: bool = False) -> int:
        """Flush the TLB. Returns how many entries were dropped."""
        self.flushes += 1
        dropped = self.tlb.flush(process, globals_too)
        self.dropped += dropped
        return dropped

    def metrics(self) -> Mapping[str, int | Fraction]:
        """The figures so far."""
        if not self.accesses:
            raise InputError("there is no access, only events; 0x2004 would be an access")
        hits = sum(self.hits)
        done = self.accesses - self.protection_faults
        figures: dict[str, int | Fraction] = {
            "accesses": self.accesses,
            "hits": hits,
            "misses": self.misses,
            "evictions": self.evictions[0],
            "flushes": self.flushes,
            "hit_ratio": Fraction(hits, hits + self.misses),
            "memory_accesses": self.config.levels * self.misses + done,
            "protection_faults": self.protection_faults,
            "page_faults": self.page_faults,
            "switches": self.switches,
            "dropped": self.dropped,
        }
        if self.config.entries2 is not None:
            figures |= {
                "l1_hits": self.hits[0],
                "l2_hits": self.hits[1],
                "l2_evictions": self.evictions[1],
            }
        return figures
