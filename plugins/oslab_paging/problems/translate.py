"""Translate addresses through a linear page table, some of them faulting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, get_args

from oslab import (
    Address,
    Answers,
    Choice,
    Choose,
    Figure,
    Generator,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab.quantities import format_address, format_size
from oslab_paging.rights import Access, Mode, Rights, check
from oslab_paging.split import offset_bits, split
from oslab_paging.translate import (
    OUTCOMES,
    MemoryAccess,
    PageEntry,
    TranslateConfig,
    drawn_table,
    run,
    translations,
)

HALF, MOSTLY = Fraction(1, 2), Fraction(3, 4)
# So many draws find an access of the wanted kind, or the table has no page for one.
TRIES = 60


@dataclass(frozen=True)
class TranslateSpace:
    """va_bits, page_size: as in `TranslateConfig`; frames: page frame numbers are below it.

    hits, absent, refused   how many accesses hit, meet an absent page, break a protection bit
    kernel                  some accesses are made in kernel mode
    """

    va_bits: Choose[int]
    page_size: Choose[int]
    frames: Choose[int]
    hits: Choose[int]
    absent: Choose[int]
    refused: Choose[int]
    kernel: bool


TRANSLATIONS = Table(
    "va",
    {"vpn": Int(), "outcome": Choice(*OUTCOMES), "pa": OrNone(Address())},
    given=("access", "mode"),
    action="translate",
)


class Translate(Problem[TranslateConfig, TranslateSpace]):
    """VPN, outcome and physical address of several accesses."""

    version = 1
    params = TranslateConfig
    space = TranslateSpace
    answers = {"translations": TRANSLATIONS}
    required = ("ppn-is-vpn", "absent-ppn-used")

    def draw(self, rng: Generator, space: TranslateSpace) -> TranslateConfig:
        va_bits, page_size = space.va_bits.pick(rng), space.page_size.pick(rng)
        pages = 1 << va_bits - offset_bits(va_bits, page_size)
        hits, absent, refused = (n.pick(rng) for n in (space.hits, space.absent, space.refused))
        order = rng.shuffled(range(pages))
        frames = rng.sample(range(max(space.frames.pick(rng), pages)), pages)
        missing = set(order[: max(absent, pages // 4)])
        protected = refused > 0
        table = tuple(
            PageEntry(
                vpn=vpn,
                ppn=frame,
                valid=vpn not in missing,
                read=True,
                write=not protected or rng.chance(HALF),
                execute=not protected or rng.chance(HALF),
                user=not protected or rng.chance(MOSTLY),
            )
            for vpn, frame in enumerate(frames)
        )
        accesses = []
        present = [table[vpn] for vpn in order if vpn not in missing]
        for entry in [table[vpn] for vpn in order[:absent]]:
            accesses.append(self._access(rng, entry, page_size, protected, space.kernel))
        for wanted, count in ((True, hits), (False, refused)):
            for _ in range(count):
                found = self._find(rng, present, wanted, page_size, protected, space.kernel)
                if found:
                    accesses.append(found)
                    present.remove(table[found.va // page_size])
        return TranslateConfig(
            tuple(rng.shuffled(accesses)), table, va_bits, page_size, pages, True
        )

    def _access(
        self, rng: Generator, entry: PageEntry, page_size: int, protected: bool, kernel: bool
    ) -> MemoryAccess:
        access: Access = rng.choice(get_args(Access)) if protected else "r"
        mode: Mode = "kernel" if kernel and rng.chance(HALF) else "user"
        return MemoryAccess(entry.vpn * page_size + rng.below(page_size), access, mode)

    def _find(
        self,
        rng: Generator,
        entries: Sequence[PageEntry],
        allowed: bool,
        page_size: int,
        protected: bool,
        kernel: bool,
    ) -> MemoryAccess | None:
        """An access that is allowed, or refused for one reason only; None if none is found."""
        for _ in range(TRIES if entries else 0):
            entry = rng.choice(entries)
            made = self._access(rng, entry, page_size, protected, kernel)
            outcome = check(entry.rights(), made.access, made.mode)
            clear = one_reason(entry.rights(), made.access, made.mode)
            if (outcome == "hit") == allowed and clear:
                return made
        return None

    def good(self, p: TranslateConfig) -> bool:
        vpns = [split(a.va, p.page_size)[0] for a in p.accesses]
        return len(p.accesses) >= 4 and vpns != sorted(vpns)

    def present(self, p: TranslateConfig) -> Mapping[str, Figure]:
        return {
            "va_bits": p.va_bits,
            "page_size": format_size(p.page_size),
            "pages": p.table_entries,
            "table": drawn_table(p.table),
        }

    def rows(self, p: TranslateConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(format_address(a.va, p.va_bits), a.access, a.mode) for a in p.accesses]

    def run(self, p: TranslateConfig) -> Run:
        return run(p)

    def solve(self, p: TranslateConfig, run: Run) -> Answers:
        return {"translations": rows_of(run, TRANSLATIONS)}

    @mistake("ppn-is-vpn")
    def ppn_is_vpn(self, p: TranslateConfig) -> Answers | None:
        """The page number is left in the place of the frame number."""
        return {
            "translations": [
                {**row, "pa": a.va if row["outcome"] == "hit" else None}
                for row, a in zip(_rows(p), p.accesses, strict=True)
            ]
        }

    @mistake("ppn-unscaled")
    def ppn_unscaled(self, p: TranslateConfig) -> Answers | None:
        """The frame number is added to the offset without being multiplied by the page size."""
        return {
            "translations": [
                {**row, "pa": row["pa"] and row["pa"] // p.page_size + row["pa"] % p.page_size}
                for row in _rows(p)
            ]
        }

    @mistake("always-4-kib")
    def always_4_kib(self, p: TranslateConfig) -> Answers | None:
        """The frame number is multiplied by 4096, whatever the page size."""
        if p.page_size == 4096:
            return None
        return {
            "translations": [
                {
                    **row,
                    "pa": row["pa"] and row["pa"] // p.page_size * 4096 + row["pa"] % p.page_size,
                }
                for row in _rows(p)
            ]
        }

    @mistake("absent-ppn-used")
    def absent_ppn_used(self, p: TranslateConfig) -> Answers | None:
        """The frame number of an absent page is believed."""
        table = tuple(replace(e, valid=e.ppn is not None) for e in p.table)
        return {"translations": _rows(replace(p, table=table))}

    @mistake("rights-ignored")
    def rights_ignored(self, p: TranslateConfig) -> Answers | None:
        """Only the present bit is looked at."""
        table = tuple(replace(e, read=True, write=True, execute=True, user=True) for e in p.table)
        return {"translations": _rows(replace(p, table=table))}

    @mistake("mode-ignored")
    def mode_ignored(self, p: TranslateConfig) -> Answers | None:
        """Kernel accesses are judged as if they were made in user mode."""
        accesses = tuple(replace(a, mode="user") for a in p.accesses)
        return {"translations": _rows(replace(p, accesses=accesses))}


def _rows(p: TranslateConfig) -> list[dict[str, Any]]:
    """The table, without the rest of a run."""
    return [{c: found[c] for c in TRANSLATIONS.columns} for found in translations(p)]


def one_reason(rights: Rights, access: Access, mode: Mode, riscv: bool = False) -> bool:
    """Whether at most one right is missing, so that the fault can be named."""
    if check(rights, access, mode, riscv=riscv) != "kernel-only":
        return True
    return check(replace(rights, user=True), access, mode, riscv=riscv) == "hit"
