"""TLBs and shootdowns a second time: docs/tlb.md, sentence by sentence, with lists.

Nothing here is shared with ``oslab_tlb``; the tree of tree-PLRU and the numbers of random replacement are
those of `naive_cache`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from naive_cache import NEVER, drawn_numbers, tree_victim


class Page(NamedTuple):
    """What the page table says of a page, in every process."""

    vpn: int
    ppn: int
    present: bool = True
    read: bool = True
    write: bool = True
    execute: bool = True
    user: bool = True
    is_global: bool = False

    def forbids(self, use: str, mode: str) -> str | None:
        """The right that is missing; a missing user right is named first."""
        if mode == "user" and not self.user:
            return "user"
        allowed = {"read": self.read, "write": self.write, "fetch": self.execute}[use]
        return None if allowed else use


@dataclass
class Entry:
    page: Page
    process: int
    came: int
    used: int

    def answers(self, vpn: int, process: int) -> bool:
        return self.page.vpn == vpn and (self.page.is_global or self.process == process)


class Spec(NamedTuple):
    entries: int
    ways: int
    policy: str = "lru"
    seed: int = 0


class Level:
    """One TLB: sets of ways, each empty or an entry."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.count = spec.entries // spec.ways
        self.sets: list[list[Entry | None]] = [[None] * spec.ways for _ in range(self.count)]
        self.touched = [[NEVER] * spec.ways for _ in range(self.count)]
        self.numbers = drawn_numbers(f"replacement {spec.seed}", spec.ways)
        self.now = 0

    def find(self, vpn: int, process: int) -> Page | None:
        """Look up; a hit is a use."""
        index = vpn % self.count
        for way, entry in enumerate(self.sets[index]):
            if entry and entry.answers(vpn, process):
                self.now += 1
                entry.used = self.touched[index][way] = self.now
                return entry.page
        return None

    def fill(self, page: Page, process: int) -> Entry | None:
        """Who left for it."""
        index = page.vpn % self.count
        ways = self.sets[index]
        victim = None
        if None in ways:
            way = ways.index(None)
        else:
            way = self.victim(index)
            victim = ways[way]
        self.now += 1
        ways[way] = Entry(page, process, self.now, self.now)
        self.touched[index][way] = self.now
        return victim

    def victim(self, index: int) -> int:
        entries = [entry for entry in self.sets[index] if entry]
        policy = self.spec.policy
        if policy == "random":
            return next(self.numbers)
        if policy == "plru":
            return tree_victim(self.touched[index])
        times = [entry.used if policy == "lru" else entry.came for entry in entries]
        return times.index(min(times))

    def drop(self, goes: Any) -> int:
        """Empty the ways of the entries that go; how many."""
        dropped = 0
        for ways in self.sets:
            for way, entry in enumerate(ways):
                if entry and goes(entry):
                    ways[way] = None
                    dropped += 1
        return dropped


class Access(NamedTuple):
    """kind: read, write, modify or fetch; `size` bytes from `address` on."""

    kind: str
    address: int
    size: int = 1
    mode: str = "user"


class Event(NamedTuple):
    """switch, flush (with or without a process), flushall, invlpg (of a page)."""

    kind: str
    number: int | None = None


class Looked(NamedTuple):
    """What one lookup did."""

    n: int
    process: int
    vpn: int
    use: str
    level: int
    """0 for a walk"""
    fault: str | None
    """absent, or the right that is missing"""
    ppn: int | None
    victim: tuple[int, int | str] | None
    """page and process, "g" where the page is global"""
    victim2: tuple[int, int | str] | None


@dataclass
class Machine:
    levels: Sequence[Spec]
    page_size: int
    walk_reads: int
    asids: bool
    pages: Sequence[Page]
    demand: bool
    fault_drops: bool
    process: int = 1
    mapped: set[tuple[int, int]] = field(default_factory=set)
    """(process, page) that a page fault has brought in"""
    looked: list[Looked] = field(default_factory=list)
    dropped_by_event: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tlbs = [Level(spec) for spec in self.levels]
        self.counts = dict.fromkeys(
            ("accesses", "misses", "evictions", "l2_evictions", "l1_hits", "l2_hits", "flushes",
             "page_faults", "protection_faults", "switches", "dropped"), 0,
        )  # fmt: skip

    def run(self, items: Iterable[Access | Event]) -> None:
        for item in items:
            if isinstance(item, Event):
                self.event(item)
            else:
                for vpn, use in self.touches(item):
                    self.counts["accesses"] += 1
                    while self.look(vpn, use, item.mode) == "again":
                        pass

    def touches(self, access: Access) -> Iterator[tuple[int, str]]:
        touched = range(access.address, access.address + access.size)
        vpns = list(dict.fromkeys(byte // self.page_size for byte in touched))
        for use in ("read", "write") if access.kind == "modify" else (access.kind,):
            for vpn in vpns:
                yield vpn, use

    def page(self, vpn: int) -> Page:
        """As the process that runs has it in its page table."""
        told = [page for page in self.pages if page.vpn == vpn]
        page = told[0] if told else Page(vpn, vpn, present=not self.demand)
        return page._replace(present=page.present or (self.process, vpn) in self.mapped)

    def look(self, vpn: int, use: str, mode: str) -> str:
        level, page, victims = 0, None, [None, None]
        for depth, tlb in enumerate(self.tlbs):
            page = tlb.find(vpn, self.process)
            if page:
                level = depth + 1
                self.counts[f"l{level}_hits"] += 1
                if depth == 1:
                    victims[0] = self.filled(0, page)
                break
        fault = page.forbids(use, mode) if page else None
        if page and fault and self.fault_drops:
            self.drop(lambda entry: entry.answers(vpn, self.process))
        if not page:
            self.counts["misses"] += 1
            page = self.page(vpn)
            if not page.present:
                fault = "absent"
                self.mapped.add((self.process, vpn))
                self.counts["page_faults"] += 1
            else:
                fault = page.forbids(use, mode)
                if not fault:
                    victims = [self.filled(depth, page) for depth in range(len(self.tlbs))]
        self.looked.append(
            Looked(
                self.counts["accesses"], self.process, vpn, use, level, fault,
                None if fault else page.ppn, victims[0], victims[1] if len(victims) > 1 else None,
            )
        )  # fmt: skip
        if fault == "absent":
            return "again"
        self.counts["protection_faults"] += fault is not None
        return "done"

    def filled(self, depth: int, page: Page) -> Any:
        victim = self.tlbs[depth].fill(page, self.process)
        if not victim:
            return None
        self.counts["l2_evictions" if depth else "evictions"] += 1
        return victim.page.vpn, "g" if victim.page.is_global else victim.process

    def drop(self, goes: Any) -> int:
        dropped = sum(tlb.drop(goes) for tlb in self.tlbs)
        self.counts["dropped"] += dropped
        return dropped

    def event(self, event: Event) -> None:
        goes: Any
        if event.kind == "switch":
            other = event.number != self.process
            self.process = event.number or 0
            self.counts["switches"] += other
            flushes = other and not self.asids
            goes = (lambda entry: not entry.page.is_global) if flushes else lambda entry: False
        else:
            flushes = event.kind != "invlpg"
            goes = {
                "flushall": lambda entry: True,
                "invlpg": lambda entry: entry.answers(event.number, self.process),
                "flush": lambda entry: (
                    not entry.page.is_global and event.number in (None, entry.process)
                ),
            }[event.kind]
        self.counts["flushes"] += flushes
        self.dropped_by_event.append(self.drop(goes))

    def metrics(self) -> dict[str, Any]:
        found: dict[str, Any] = dict(self.counts)
        hits = found["hits"] = found["l1_hits"] + found["l2_hits"]
        lookups = hits + found["misses"]
        assert lookups == found["accesses"] + found["page_faults"]
        found["hit_ratio"] = Fraction(hits, lookups) if lookups else Fraction(0)
        reads = found["accesses"] - found["protection_faults"]
        found["memory_accesses"] = self.walk_reads * found["misses"] + reads
        if len(self.tlbs) == 1:
            for name in ("l1_hits", "l2_hits", "l2_evictions"):
                del found[name]
        return found


# ---------------------------------------------------------------- shootdowns


class Done(NamedTuple):
    """What an event did on a core."""

    outcome: str = ""
    frame: int | None = None
    changed: bool = False
    holders: tuple[int, ...] = ()
    ipis: tuple[int, ...] = ()
    needless: tuple[int, ...] = ()
    dropped: int = 0


@dataclass
class Core:
    """`tlb`: (process, page, frame, writable), used longest ago first."""

    tlb: list[tuple[int, int, int, bool]] = field(default_factory=list)
    process: int = 1
    idle: bool = False
    missed: set[int] = field(default_factory=set)
    """processes whose table changed and nobody told this core"""

    def entry(self, page: int) -> tuple[int, int, int, bool] | None:
        return next((e for e in self.tlb if e[:2] == (self.process, page)), None)

    def drop(self, process: int, page: int | None = None) -> int:
        kept = [e for e in self.tlb if e[0] != process or page not in (None, e[1])]
        dropped = len(self.tlb) - len(kept)
        self.tlb = kept
        return dropped


class Cores:
    def __init__(self, count: int, rule: str, asids: bool, entries: int) -> None:
        self.cores = [Core() for _ in range(count)]
        self.rule, self.asids, self.entries = rule, asids, entries
        self.used = {1: set(range(count))}
        self.table: dict[tuple[int, int], tuple[int, bool] | None] = {}
        self.frames = 0
        self.counts = dict.fromkeys(
            ("changes", "ipis", "needless", "stale", "page_faults", "protection_faults",
             "spurious_faults"), 0,
        )  # fmt: skip

    def next_frame(self) -> int:
        self.frames += 1
        return self.frames - 1

    def do(self, number: int, verb: str, what: int) -> Done:
        core = self.cores[number]
        if verb == "idle":
            core.idle = True
            return Done()
        if verb == "switch":
            return self.switch(number, what)
        if (core.process, what) not in self.table:
            self.table[core.process, what] = (self.next_frame(), True)
        if verb in ("read", "write"):
            return self.touch(core, what, verb == "write")
        return self.change(number, verb, what)

    def switch(self, number: int, process: int) -> Done:
        core = self.cores[number]
        if process == core.process and not core.idle:
            return Done()
        before = len(core.tlb)
        if process != core.process and not self.asids:
            core.tlb = []
        if process in core.missed and self.rule != "none":
            core.drop(process)
        core.missed.discard(process)
        core.process, core.idle = process, False
        self.used.setdefault(process, set()).add(number)
        return Done(dropped=before - len(core.tlb))

    def touch(self, core: Core, page: int, write: bool) -> Done:
        told = self.table[core.process, page]
        entry = core.entry(page)
        if entry and write and not entry[3]:
            if told and not told[1]:
                core.tlb.remove(entry)
                core.tlb.append(entry)
                return self.counted("protection_faults", "protection-fault", None)
            if told:  # the entry forbids what the table permits
                core.tlb.remove(entry)
                again = self.touch(core, page, write)
                return self.counted("spurious_faults", "spurious-fault", again.frame)
            core.tlb.remove(entry)  # the kernel finds the page unmapped
            entry = None
        if entry:
            core.tlb.remove(entry)
            core.tlb.append(entry)
            stale = told is None or told[0] != entry[2] or (write and not told[1])
            if stale:
                return self.counted("stale", "stale", entry[2])
            return Done("hit", entry[2])
        if told is None:
            self.table[core.process, page] = (self.next_frame(), True)
            again = self.touch(core, page, write)
            return self.counted("page_faults", "page-fault", again.frame)
        if write and not told[1]:
            return self.counted("protection_faults", "protection-fault", None)
        core.tlb.append((core.process, page, *told))
        core.tlb = core.tlb[-self.entries :]
        return Done("miss", told[0])

    def counted(self, name: str, outcome: str, frame: int | None) -> Done:
        self.counts[name] += 1
        return Done(outcome, frame)

    def change(self, number: int, verb: str, page: int) -> Done:
        core = self.cores[number]
        process = core.process
        told = self.table[process, page]
        wanted = {
            "unmap": None,
            "protect": told and (told[0], False),
            "permit": told and (told[0], True),
        }[verb]
        holders = tuple(
            n for n, other in enumerate(self.cores)
            if any(e[:2] == (process, page) for e in other.tlb)
        )  # fmt: skip
        if wanted == told:
            return Done(holders=holders)
        self.table[process, page] = wanted
        self.counts["changes"] += 1
        if verb == "permit":
            return Done(changed=True, holders=holders)
        core.drop(process, page)
        others = [n for n in range(len(self.cores)) if n != number]
        running = {n for n in others if self.cores[n].process == process and not self.cores[n].idle}
        used = self.used.setdefault(process, set())
        ipis = {
            "running": [n for n in others if n in running],
            "used": [n for n in others if n in used],
            "all": others,
            "none": [],
        }[self.rule]
        for n in others:
            if n in ipis:
                self.cores[n].drop(process, page)
                if n not in running:
                    used.discard(n)
            else:
                self.cores[n].missed.add(process)
        needless = tuple(n for n in ipis if n not in holders)
        self.counts["ipis"] += len(ipis)
        self.counts["needless"] += len(needless)
        return Done("", None, True, holders, tuple(ipis), needless)
