"""Cores that share page tables, each with a TLB of its own: what a change does to the others.

`shootdown` tells the story; here are the page tables, the TLBs, and who is sent an interrupt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias, get_args

from oslab import Grid, Hex, InputError
from oslab.quantities import shown
from oslab_paging.split import check_page_size
from oslab_tlb.tlb import Tlb, TlbEntry, TlbShape

Rule: TypeAlias = Literal["running", "used", "all", "none"]
Verb: TypeAlias = Literal["read", "write", "unmap", "protect", "permit", "switch", "idle"]
TouchOutcome: TypeAlias = Literal[
    "hit", "miss", "page-fault", "protection-fault", "spurious-fault", "stale"
]
RULES: tuple[Rule, ...] = get_args(Rule)
VERBS: tuple[Verb, ...] = get_args(Verb)
MOST_CORES = 64
CHANGES = ("unmap", "protect", "permit")


@dataclass(frozen=True, slots=True)
class ShootdownConfig:
    """What happens on which core.

    cores      1 to 64, numbered from 0; all run process 1 at first
    events     ``0:read 0x1000``; verbs: read, write, unmap, protect, permit, switch P, idle
    rule       who gets an IPI: running, used, all, none
    asids      entries belong to processes; else a switch to another process empties the TLB
    entries    of each core's TLB, fully associative, LRU
    page_size  bytes, a power of two

    Raises InputError for a configuration that makes no sense.
    """

    cores: int
    events: tuple[str, ...]
    rule: Rule
    asids: bool
    entries: int
    page_size: int

    def __post_init__(self) -> None:
        if not 1 <= self.cores <= MOST_CORES:
            raise InputError(f"there are 1 to {MOST_CORES} cores, not {self.cores}")
        if self.rule not in RULES:
            raise InputError(f"no rule {shown(self.rule)}; there are {', '.join(RULES)}")
        check_page_size(self.page_size)
        TlbShape(self.entries, self.entries, "lru", 0)


class Mapped(NamedTuple):
    """What a page table says of a page that is mapped."""

    frame: int
    write: bool


@dataclass
class Core:
    """A core: its TLB, the process it runs (or ran last, when idle), and which state of each page
    table its TLB is up to date with."""

    tlb: Tlb
    process: int = 1
    idle: bool = False
    seen: dict[int, int] = field(default_factory=dict)


class Change(NamedTuple):
    """What a change of a page table led to: cores by number."""

    changed: bool
    holders: tuple[int, ...]
    ipis: tuple[int, ...]
    needless: tuple[int, ...]


class Cores:
    """All cores, and the page tables of all processes."""

    def __init__(self, config: ShootdownConfig) -> None:
        self.config = config
        shape = TlbShape(config.entries, config.entries, "lru", 0)
        self.cores = [Core(Tlb(shape)) for _ in range(config.cores)]
        # None: unmapped. A page that nothing was said of yet is mapped when it is first named.
        self.tables: dict[tuple[int, int], Mapped | None] = {}
        self.generation: dict[int, int] = {}
        self.used: dict[int, set[int]] = {1: set(range(config.cores))}
        self.frames = 0

    def touch(self, number: int, vpn: int, write: bool) -> tuple[TouchOutcome, int | None]:
        """A read or write by a core: what happens, and the frame that is reached."""
        core = self.cores[number]
        process, asid = core.process, self.asid(core.process)
        mapped = self.mapped(process, vpn)
        entry = core.tlb.find(vpn, asid)
        if entry and (entry.write or not write):
            wrong = mapped is None or mapped.frame != entry.pfn or (write and not mapped.write)
            return ("stale" if wrong else "hit"), entry.pfn
        outcome: TouchOutcome = "miss"
        if mapped is None:
            outcome, mapped = "page-fault", self.map(process, vpn)
        elif write and not mapped.write:
            return "protection-fault", None
        elif entry:
            outcome = "spurious-fault"
        core.tlb.fill(TlbEntry(vpn, mapped.frame, asid, mapped.write, True, True, False))
        return outcome, mapped.frame

    def change(self, number: int, vpn: int, verb: Verb) -> Change:
        """Unmap, protect or permit a page of the process that the core runs."""
        core = self.cores[number]
        process = core.process
        before = self.mapped(process, vpn)
        holders = self.holders(process, vpn)
        after = (
            None if verb == "unmap" or before is None else before._replace(write=verb == "permit")
        )
        if after == before:
            return Change(False, holders, (), ())
        self.tables[process, vpn] = after
        if verb == "permit":
            return Change(True, holders, (), ())
        self.generation[process] = self.generation.get(process, 0) + 1
        targets = tuple(sorted(self.targets(number, process)))
        for target in (number, *targets):
            self.shoot(target, process, vpn)
        return Change(True, holders, targets, tuple(t for t in targets if t not in holders))

    def targets(self, number: int, process: int) -> set[int]:
        """The other cores that are sent an IPI."""
        match self.config.rule:
            case "running":
                found = {i for i, c in enumerate(self.cores) if c.process == process and not c.idle}
            case "used":
                found = set(self.used.get(process, ()))
            case "all":
                found = set(range(len(self.cores)))
            case "none":
                found = set()
        return found - {number}

    def shoot(self, number: int, process: int, vpn: int) -> None:
        """A core drops what it holds of a page, and is up to date with the page table again."""
        core = self.cores[number]
        runs = core.process == process
        if runs or self.config.asids:
            core.tlb.invalidate(vpn, self.asid(process))
        # One that missed an earlier change is not up to date by dropping this page alone.
        if core.seen.get(process, 0) == self.generation[process] - 1:
            core.seen[process] = self.generation[process]
        if not runs or core.idle:
            self.used.get(process, set()).discard(number)

    def switch(self, number: int, process: int) -> tuple[int, bool]:
        """Let a core run a process. Returns how many entries were dropped, and whether because the
        page table has changed in the meantime."""
        core = self.cores[number]
        dropped = 0
        if process != core.process and not self.config.asids:
            dropped = core.tlb.flush()
        core.process, core.idle = process, False
        self.used.setdefault(process, set()).add(number)
        behind = core.seen.get(process, 0) < self.generation.get(process, 0)
        caught_up = 0
        if behind and self.config.rule != "none":
            caught_up = core.tlb.flush(self.asid(process))
        core.seen[process] = self.generation.get(process, 0)
        return dropped + caught_up, caught_up > 0

    def mapped(self, process: int, vpn: int) -> Mapped | None:
        """What the page table says of a page; mapped now where nothing was said of it yet."""
        if (process, vpn) not in self.tables:
            return self.map(process, vpn)
        return self.tables[process, vpn]

    def map(self, process: int, vpn: int) -> Mapped:
        """Map a page, writable, into the next frame."""
        mapped = Mapped(self.frames, True)
        self.frames += 1
        self.tables[process, vpn] = mapped
        return mapped

    def holders(self, process: int, vpn: int) -> tuple[int, ...]:
        """The cores whose TLB holds an entry of the page."""
        return tuple(
            i
            for i, core in enumerate(self.cores)
            if (self.config.asids or core.process == process)
            and core.tlb.peek(vpn, self.asid(process))
        )

    def asid(self, process: int) -> int:
        """What entries of a process are tagged with."""
        return process if self.config.asids else 0

    def drawn(self) -> Grid:
        """What each core runs, and its entries: page → frame, w where it may write."""
        rows = []
        for number, core in enumerate(self.cores):
            held = sorted(
                (entry for _, _, entry in core.tlb.entries()), key=lambda e: (e.asid, e.vpn)
            )
            texts = [
                (f"{e.asid}:" if self.config.asids else "")
                + f"{Hex(e.vpn * self.config.page_size)}→{e.pfn}{'w' if e.write else ''}"
                for e in held
            ]
            runs: int | str = "idle" if core.idle else core.process
            rows.append((number, runs, "  ".join(texts) or None))
        return Grid(("core", "runs", "mapped"), tuple(rows))
