"""tlb.protection: a hit is not yet a permission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oslab import (
    Answers,
    Choice,
    Choose,
    Figure,
    Generator,
    Grid,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab_paging.rights import Access as Use
from oslab_paging.rights import Mode, Outcome, check
from oslab_tlb.events import Touch
from oslab_tlb.machine import Looked, Machine, TlbConfig
from oslab_tlb.pages import Page
from oslab_tlb.problems.trace import plain_config, touches_of, without_rules
from oslab_tlb.simulate import run
from oslab_tlb.tlb import TlbEntry

LOOKUPS = Table(
    "n",
    {
        "result": Choice("hit", "miss"),
        "fault": OrNone(Choice("read-only", "kernel-only", "no-execute")),
    },
    given=("vpn", "access", "mode"),
    action="access",
)
LETTERS: dict[Use, str] = {"r": "", "w": "w", "x": "x"}
NAMES: dict[Use, str] = {"r": "read", "w": "write", "x": "fetch"}
# So many tries find an access of the wanted kind, or there is none.
TRIES = 40
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class ProtectionSpace:
    """entries (fully associative, LRU), levels: as in `TlbConfig`; pages: how many there are.

    accesses   how many
    all_bits   besides R/W, pages have U/S and NX, and some accesses are fetches or the kernel's
    """

    entries: Choose[int]
    levels: Choose[int]
    pages: Choose[int]
    accesses: Choose[int]
    all_bits: bool


class Protection(Problem[TlbConfig, ProtectionSpace]):
    """Hit or miss and the fault of each access, the faults, and the memory accesses."""

    version = 1
    params = TlbConfig
    space = ProtectionSpace
    answers = {"lookups": LOOKUPS, "faults": Int(), "memory_accesses": Int()}
    required = ("hit-is-ok", "walks-again", "read-needs-w")

    def draw(self, rng: Generator, space: ProtectionSpace) -> TlbConfig:
        entries, count = space.entries.pick(rng), space.pages.pick(rng)
        frames = rng.sample(range(1, 30), count)
        # Half of the pages are read-only; with all bits, some are the kernel's, some not executable.
        pages = []
        for n, vpn in enumerate(rng.shuffled(range(count))):
            user = not space.all_bits or n % 4 != 3
            execute = not space.all_bits or n % 3 != 1
            pages.append(Page(vpn, frames[n], True, True, n % 2 == 1, execute, user, False))
        accesses = space.accesses.pick(rng)
        config = plain_config(
            entries=entries,
            ways=entries,
            levels=space.levels.pick(rng),
            references=(),
            pages=tuple(sorted(pages, key=lambda page: page.vpn)),
        )
        machine = Machine(config)
        kinds = rng.shuffled([(n % 2 == 0, n % 4 < 2) for n in range(accesses - 1)])
        references = []
        for hit, allowed in [(False, True), *kinds]:
            touch = self._find(rng, machine, hit, allowed, space.all_bits)
            machine.look_up(touch)
            mode = f":{touch.mode}" if touch.mode == "kernel" else ""
            references.append(f"{touch.vpn}{LETTERS[touch.use]}{mode}")
        return plain_config(
            entries=entries,
            ways=entries,
            levels=config.levels,
            references=tuple(references),
            pages=config.pages,
        )

    def _find(
        self, rng: Generator, machine: Machine, hit: bool, allowed: bool, all_bits: bool
    ) -> Touch:
        """An access that hits or misses, and is allowed or refused for one reason only, if there is
        one; else any."""
        uses: Sequence[Use] = ("r", "w", "x") if all_bits else ("r", "w")
        for _ in range(TRIES):
            page = rng.choice(machine.config.pages)
            mode: Mode = "kernel" if all_bits and rng.chance(HALF) else "user"
            touch = Touch(page.vpn, rng.choice(uses), mode, page.vpn * machine.config.page_size)
            outcome = check(page.rights(), touch.use, mode)
            alone = outcome != "kernel-only" or check(page.rights(), touch.use, "kernel") == "hit"
            found = machine.tlb.peek(page.vpn, 0) is not None
            if found == hit and (outcome == "hit") == allowed and alone:
                return touch
        return touch

    def good(self, p: TlbConfig) -> bool:
        """No row so frequent that giving it everywhere pays."""
        machine = Machine(p)
        rows = [
            (looked.level, looked.outcome)
            for touch in touches_of(p)
            for looked in machine.access(touch)
        ]
        return all(20 * rows.count(row) <= 7 * len(rows) for row in set(rows))

    def present(self, p: TlbConfig) -> Mapping[str, Figure]:
        return {"entries": p.entries, "levels": p.levels, "table": drawn_pages(p.pages)}

    def rows(self, p: TlbConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [
            (n, touch.vpn, NAMES[touch.use], touch.mode)
            for n, touch in enumerate(touches_of(p), start=1)
        ]

    def run(self, p: TlbConfig) -> Run:
        return without_rules(run(p), "demand", "mode", "lru")

    def solve(self, p: TlbConfig, run: Run) -> Answers:
        return {
            "lookups": rows_of(run, LOOKUPS),
            "faults": run.metrics["protection_faults"],
            "memory_accesses": run.metrics["memory_accesses"],
        }

    def _with(self, machine: Machine) -> Answers:
        """The answers that another machine gives."""
        accesses = touches_of(machine.config)
        rows = tuple(_row(looked) for touch in accesses for looked in machine.access(touch))
        figures = machine.metrics()
        return {
            "lookups": rows,
            "faults": figures["protection_faults"],
            "memory_accesses": figures["memory_accesses"],
        }

    @mistake("hit-is-ok")
    def hit_is_ok(self, p: TlbConfig) -> Answers | None:
        """What is in the TLB may be used, whatever for."""
        return self._with(_HitIsOk(p))

    @mistake("walks-again")
    def walks_again(self, p: TlbConfig) -> Answers | None:
        """An entry that permits too little counts as absent, so the table is walked."""
        return self._with(_WalksAgain(p))

    @mistake("read-needs-w")
    def read_needs_w(self, p: TlbConfig) -> Answers | None:
        """A read of a read-only page is refused."""
        return self._with(_ReadNeedsW(p))

    @mistake("fault-fills")
    def fault_fills(self, p: TlbConfig) -> Answers | None:
        """A walk that ends in a fault fills the TLB all the same."""
        return self._with(_FaultFills(p))

    @mistake("kernel-as-user")
    def kernel_as_user(self, p: TlbConfig) -> Answers | None:
        """The kernel is refused its own pages."""
        return self._with(_KernelAsUser(p))


def _row(looked: Looked) -> Mapping[str, Any]:
    return {
        "result": "hit" if looked.level else "miss",
        "fault": None if looked.outcome == "hit" else looked.outcome,
    }


class _HitIsOk(Machine):
    def found(self, entry: TlbEntry, touch: Touch) -> Looked:
        self.hits[0] += 1
        return Looked(1, "hit", entry)


class _WalksAgain(Machine):
    def found(self, entry: TlbEntry, touch: Touch) -> Looked:
        outcome = self.checked(entry, touch)
        if outcome == "hit":
            return super().found(entry, touch)
        self.misses += 1
        self.protection_faults += 1
        return Looked(0, outcome)


class _ReadNeedsW(Machine):
    def checked(self, page: Page | TlbEntry, touch: Touch) -> Outcome:
        outcome = super().checked(page, touch)
        if outcome == "hit" and touch.use == "r" and not page.write:
            return "read-only"
        return outcome


class _FaultFills(Machine):
    def look_up(self, touch: Touch) -> Looked:
        looked = super().look_up(touch)
        if looked.level == 0 and looked.outcome != "hit":
            page = self.page(touch.vpn)
            self.fill(TlbEntry(page.vpn, page.ppn, 0, page.write, page.user, page.execute, False))
        return looked


class _KernelAsUser(Machine):
    def checked(self, page: Page | TlbEntry, touch: Touch) -> Outcome:
        return check(page.rights(), touch.use, "user")


def drawn_pages(pages: Sequence[Page]) -> Grid:
    """The page table as a figure: bits as 0 and 1; a bit that every page has granted is left out."""
    bits: dict[str, list[Any]] = {
        "R/W": [int(page.write) for page in pages],
        "U/S": [int(page.user) for page in pages],
        "NX": [int(not page.execute) for page in pages],
    }
    shown = {n: values for n, values in bits.items() if set(values) != {int(n != "NX")}}
    rows = (
        (page.vpn, page.ppn, *(values[i] for values in shown.values()))
        for i, page in enumerate(pages)
    )
    return Grid(("vpn", "ppn", *shown), tuple(rows))
