"""Address translation through a linear page table: the entry at index VPN names the page frame.

The MMU cuts the address into VPN and VPO, reads the entry, checks that the page is present and that
the access is allowed, and puts the frame number (PPN) in the place of the VPN; the offset stays.

Sources: CS:APP, 9.3 and 9.6; Intel SDM volume 3A, "Access Rights" and "Page-Fault Exceptions".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oslab import Address, Choice, Grid, Hex, InputError, Int, OrNone, Run, Step
from oslab_paging.rights import Access, Mode, Outcome, Rights, check
from oslab_paging.split import drawn_bits, join, offset_bits, split

OUTCOMES: tuple[Outcome, ...] = (
    "hit", "not-present", "read-only", "kernel-only", "no-execute", "not-readable", "out-of-range",
)  # fmt: skip
# A longer table is not drawn whole with every step.
DRAWN_ROWS = 64
MOST_PPN_BITS = 64


@dataclass(frozen=True, slots=True)
class PageEntry:
    """The page-table entry of page `vpn`.

    ppn      page frame number; an absent page may still hold an old one, None if it holds none
    valid    the page is present
    read, write, execute   the access is allowed; `user`: in user mode too
    """

    vpn: int
    ppn: int | None
    valid: bool
    read: bool
    write: bool
    execute: bool
    user: bool

    def rights(self) -> Rights:
        """What the entry permits."""
        return Rights(self.read, self.write, self.execute, self.user)


@dataclass(frozen=True, slots=True)
class MemoryAccess:
    """One access: a virtual address, r(ead), w(rite) or (e)x(ecute), in user or kernel mode."""

    va: int
    access: Access
    mode: Mode


@dataclass(frozen=True, slots=True)
class TranslateConfig:
    """Accesses and the table they go through.

    accesses        in order, at least one
    table           entries, one a page; a page without an entry is not present
    va_bits         width of a virtual address, 1 to 64
    page_size       bytes of a page, a power of two
    table_entries   the table's length: an access to a page beyond it is out of range
    wp              kernel writes to a read-only page fault too (CR0.WP of x86)

    Raises InputError for a config that makes no sense.
    """

    accesses: tuple[MemoryAccess, ...]
    table: tuple[PageEntry, ...]
    va_bits: int
    page_size: int
    table_entries: int
    wp: bool

    def __post_init__(self) -> None:
        vpn_bits = self.va_bits - offset_bits(self.va_bits, self.page_size)
        if not 1 <= self.table_entries <= 1 << vpn_bits:
            raise InputError(
                f"a page table for {vpn_bits}-bit page numbers has 1 to {1 << vpn_bits} entries, "
                f"not {self.table_entries}"
            )
        if not self.accesses:
            raise InputError("give at least one virtual address, such as 0x2004 or 8196")
        seen: set[int] = set()
        for entry in self.table:
            if not 0 <= entry.vpn < self.table_entries:
                raise InputError(
                    f"page {entry.vpn} is not in the table: its pages go from 0 to "
                    f"{self.table_entries - 1}"
                )
            if entry.vpn in seen:
                raise InputError(f"page {entry.vpn} has two entries in the table; give it one")
            if entry.valid and entry.ppn is None:
                raise InputError(f"page {entry.vpn} is present, so it needs a page frame number")
            if entry.ppn is not None and not 0 <= entry.ppn < 1 << MOST_PPN_BITS:
                raise InputError(
                    f"page {entry.vpn}: a page frame number has at most {MOST_PPN_BITS} bits; "
                    f"{entry.ppn} has more"
                )
            seen.add(entry.vpn)


def run(config: TranslateConfig) -> Run:
    """Translate each access.

    Steps ``translate``: given ``va access mode``, result ``vpn vpo outcome ppn pa`` (no frame and
    no address on a fault). Outcomes: ``hit``; page fault ``not-present``; protection faults
    ``kernel-only`` (U/S bit), ``read-only`` (R/W bit), ``no-execute`` (NX bit), ``not-readable``;
    ``out-of-range`` (beyond the address space or the table). Metrics: ``translations`` (``va vpn
    vpo ppn pa outcome``, None where there is none).
    """
    vpo_bits = offset_bits(config.va_bits, config.page_size)
    drawn = drawn_table(config.table[:DRAWN_ROWS])
    steps, found = [], []
    for group, (access, result) in enumerate(
        zip(config.accesses, translations(config), strict=True), 1
    ):
        told = {name: result[name] for name in ("vpn", "vpo", "ppn", "pa", "outcome")}
        found.append({"va": Hex(access.va), **told})
        in_space = access.va < 1 << config.va_bits
        bits = {"bits": drawn_bits(access.va, config.va_bits, vpo_bits)} if in_space else {}
        steps.append(
            Step(
                action="translate",
                actor="mmu",
                given={
                    "va": Hex(access.va),
                    "access": access.access,
                    "mode": access.mode,
                    "page_size": config.page_size,
                },
                result=result,
                state={**bits, "table": drawn},
                group=group,
            )
        )
    return Run(
        command="paging.translate",
        config=config,
        conventions=_conventions(config),
        asks={
            "translate": {
                "vpn": Int(),
                "outcome": Choice(*OUTCOMES),
                "pa": OrNone(Address()),
            }
        },
        steps=tuple(steps),
        metrics={"translations": tuple(found)},
    )


def translations(config: TranslateConfig) -> Iterator[dict[str, int | str | None]]:
    """Of each access ``vpn vpo outcome ppn pa``: the results of a run without its steps."""
    table = {entry.vpn: entry for entry in config.table}
    for access in config.accesses:
        vpn, vpo = split(access.va, config.page_size)
        outcome, ppn = look_up(config, table, access)
        pa = None if ppn is None else Hex(join(ppn, vpo, config.page_size))
        yield {"vpn": vpn, "vpo": vpo, "outcome": outcome, "ppn": ppn, "pa": pa}


def look_up(
    config: TranslateConfig, table: dict[int, PageEntry], access: MemoryAccess
) -> tuple[Outcome, int | None]:
    """What the table says to an access: the outcome, and the page frame on a hit."""
    vpn = access.va // config.page_size
    if access.va >= 1 << config.va_bits or vpn >= config.table_entries:
        return "out-of-range", None
    entry = table.get(vpn)
    if entry is None or not entry.valid:
        return "not-present", None
    outcome = check(entry.rights(), access.access, access.mode, config.wp)
    return outcome, entry.ppn if outcome == "hit" else None


def drawn_table(entries: tuple[PageEntry, ...]) -> Grid:
    """The page table as a figure: bits as 0 and 1, NX the other way round from `execute`.

    A column in which every present entry permits the access is left out.
    """
    columns = ["vpn", "valid", "ppn"]
    bits = {
        "R": [e.read for e in entries],
        "R/W": [e.write for e in entries],
        "U/S": [e.user for e in entries],
        "NX": [not e.execute for e in entries],
    }
    for name, values in bits.items():
        granted = name != "NX"
        if any(e.valid and bit != granted for e, bit in zip(entries, values, strict=True)):
            columns.append(name)
    rows = []
    for i, e in enumerate(entries):
        rights = [int(bits[c][i]) if e.valid else None for c in columns[3:]]
        rows.append((e.vpn, int(e.valid), e.ppn, *rights))
    return Grid(tuple(columns), tuple(rows))


def _conventions(config: TranslateConfig) -> dict[str, bool | int]:
    found: dict[str, bool | int] = {}
    if any(a.mode == "kernel" for a in config.accesses):
        found["wp"] = config.wp
    if config.table_entries * config.page_size < 1 << config.va_bits:
        found["table-entries"] = config.table_entries
    return found
