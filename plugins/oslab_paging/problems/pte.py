"""Read raw x86 page-table entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from oslab import (
    Address,
    Answers,
    Choice,
    Choices,
    Choose,
    Figure,
    Generator,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab.quantities import format_address
from oslab_paging.entry import Entry
from oslab_paging.entryformats import entry_format
from oslab_paging.problems.translate import one_reason
from oslab_paging.pte import PteAccess, PteConfig, flag_names, readings, run
from oslab_paging.rights import Access, Mode, Outcome

OUTCOMES: tuple[Outcome, ...] = ("hit", "not-present", "read-only", "kernel-only", "no-execute")
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class PteSpace:
    """format: of the entries; hits, absent, refused: how many entries allow the access, are not
    present, refuse it; pfn_bits: frame numbers have at most so many bits; kernel: some accesses are
    made in kernel mode."""

    format: Choose[Literal["x86-32", "x86-64"]]
    hits: Choose[int]
    absent: Choose[int]
    refused: Choose[int]
    pfn_bits: Choose[int]
    kernel: bool


ENTRIES = Table(
    "raw",
    {
        "ppn": OrNone(Address()),
        "flags": Choices(*flag_names(entry_format("x86-64"))),
        "outcome": Choice(*OUTCOMES),
    },
    given=("access", "mode"),
    action="pte",
)


class Pte(Problem[PteConfig, PteSpace]):
    """Frame number, flags set, and what becomes of an access, for several raw entries."""

    version = 1
    params = PteConfig
    space = PteSpace
    answers = {"entries": ENTRIES}
    required = ("flags-kept", "us-inverted")

    def draw(self, rng: Generator, space: PteSpace) -> PteConfig:
        name = space.format.pick(rng)
        pfn_bits = space.pfn_bits.pick(rng)
        kinds = ["hit"] * space.hits.pick(rng) + ["absent"] * space.absent.pick(rng)
        kinds += ["refused"] * space.refused.pick(rng)
        drawn = (self._entry(rng, name, pfn_bits, kind, space.kernel) for kind in kinds)
        return PteConfig(tuple(rng.shuffled(list(drawn))), name, wp=True)

    def _entry(
        self, rng: Generator, name: str, pfn_bits: int, kind: str, kernel: bool
    ) -> PteAccess:
        """An entry with random flags and an access through it of the wanted kind."""
        form = entry_format(name)
        while True:
            pfn = rng.between(1 << pfn_bits - 4, (1 << pfn_bits) - 1)
            flags = {f for f in form.flags() if f != "valid" and rng.chance(HALF)}
            if "dirty" in flags:  # the processor sets D only together with A
                flags.add("accessed")
            if kind != "absent":
                flags.add("valid")
            entry = form.decode(form.encode(pfn, flags))
            access: Access = rng.choice(get_args(Access))
            mode: Mode = "kernel" if kernel and rng.chance(HALF) else "user"
            outcome = entry.outcome(access, mode)
            found = {"hit": "hit", "not-present": "absent"}.get(outcome, "refused")
            if found == kind and one_reason(entry.rights(), access, mode):
                return PteAccess(entry.raw, access, mode)

    def good(self, p: PteConfig) -> bool:
        return len({e.raw for e in p.entries}) == len(p.entries)

    def present(self, p: PteConfig) -> Mapping[str, Figure]:
        form = entry_format(p.format)
        return {
            "format": p.format,
            "width": form.width,
            "pfn_low": form.pfn_low,
            "pfn_high": form.pfn_high,
            "count": len(p.entries),
        }

    def rows(self, p: PteConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        width = entry_format(p.format).width
        return [(format_address(e.raw, width), e.access, e.mode) for e in p.entries]

    def run(self, p: PteConfig) -> Run:
        return run(p)

    def solve(self, p: PteConfig, run: Run) -> Answers:
        return {"entries": rows_of(run, ENTRIES)}

    @mistake("flags-kept")
    def flags_kept(self, p: PteConfig) -> Answers | None:
        """The whole low part of the entry is taken for the frame number."""
        return self.with_ppn(p, lambda e: e.raw & (1 << e.format.pfn_high + 1) - 1)

    @mistake("nx-kept")
    def nx_kept(self, p: PteConfig) -> Answers | None:
        """Bit 63 stays in the frame number."""
        if "nx" not in entry_format(p.format).bits:
            return None
        return self.with_ppn(p, lambda e: e.raw >> e.format.pfn_low)

    @mistake("page-address")
    def page_address(self, p: PteConfig) -> Answers | None:
        """The frame's address is given, not its number."""
        return self.with_ppn(p, lambda e: e.pfn << e.format.pfn_low)

    @mistake("us-inverted")
    def us_inverted(self, p: PteConfig) -> Answers | None:
        """U/S = 1 is read as: the kernel's alone."""
        flip = 1 << entry_format(p.format).bits["user"]
        entries = tuple(PteAccess(e.raw ^ flip, e.access, e.mode) for e in p.entries)
        return {"entries": tuple(readings(PteConfig(entries, p.format, p.wp)))}

    @mistake("absent-decoded")
    def absent_decoded(self, p: PteConfig) -> Answers | None:
        """An entry with P = 0 is read like any other."""
        entries = tuple(PteAccess(e.raw | 1, e.access, e.mode) for e in p.entries)
        return {"entries": tuple(readings(PteConfig(entries, p.format, p.wp)))}

    def with_ppn(self, p: PteConfig, ppn: Callable[[Entry], int]) -> Answers:
        """The key, but for another reading of the frame number where the page is present."""
        form = entry_format(p.format)
        return {
            "entries": [
                {**row, "ppn": ppn(form.decode(e.raw)) if row["ppn"] is not None else None}
                for row, e in zip(readings(p), p.entries, strict=True)
            ]
        }
