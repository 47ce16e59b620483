"""memory.access: a whole walk by hand, from the virtual address to the byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from oslab import (
    Answers,
    Bool,
    Choice,
    Figure,
    Generator,
    HexInt,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
)
from oslab.quantities import parse_address
from oslab_memory.access import AccessConfig, run
from oslab_memory.machine import Machine, TlbContent
from oslab_memory.problems.machinedrawing import AccessSpace, MachineDrawing
from oslab_memory.problems.sequence import with_rules
from oslab_memory.problems.snapshot import drawn_cache, drawn_page_table, drawn_tlb, sizes

# So many machines are drawn until as many accesses hit as are wanted: sets may be too small for all.
TRIES = 30


TRANSLATION = Table(
    "va",
    {
        "vpn": HexInt(), "tlbi": HexInt(), "tlbt": HexInt(), "tlb": Choice("hit", "miss"),
        "fault": Bool(), "ppn": OrNone(HexInt()),
    },
)  # fmt: skip
DATA = Table(
    "va",
    {
        "co": OrNone(HexInt()), "ci": OrNone(HexInt()), "ct": OrNone(HexInt()),
        "cache": OrNone(Choice("hit", "miss")), "byte": OrNone(HexInt()),
    },
)  # fmt: skip


class Access(Problem[AccessConfig, AccessSpace]):
    """All fields of several addresses, on a machine whose contents are given."""

    version = 1
    params = AccessConfig
    space = AccessSpace
    required = ("index-from-vpo", "cache-by-va")
    answers = {"translation": TRANSLATION, "data": DATA}

    def draw(self, rng: Generator, space: AccessSpace) -> AccessConfig:
        for _ in range(TRIES):
            drawing = MachineDrawing(rng, space)
            p = drawing.config()
            rows = ByHand(p.machine).rows(_addresses(p))
            hits = {name: sum(row[name] == "hit" for row in rows) for name in ("tlb", "cache")}
            if hits == {"tlb": drawing.n["hits"], "cache": drawing.n["cached"]}:
                break
        return p

    def good(self, p: AccessConfig) -> bool:
        """No access changes what another one meets, so that it does not matter whether they are made one
        after another; and nothing can be read off the order of the pages."""
        vpns = [va // p.machine.address.page_size for va in _addresses(p)]
        return vpns != sorted(vpns) and _rows(run(p, drawing=False)) == ByHand(p.machine).rows(
            _addresses(p)
        )

    def present(self, p: AccessConfig) -> Mapping[str, Figure]:
        return {
            **sizes(p.machine),
            "pages": len(p.machine.page),
            "addresses": " ".join(p.accesses),
            "tlb": drawn_tlb(p.machine),
            "page_table": drawn_page_table(p.machine),
            "cache": drawn_cache(p.machine),
        }

    def rows(self, p: AccessConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(address,) for address in p.accesses]

    def run(self, p: AccessConfig) -> Run:
        return with_rules(run(p), "faults")

    def solve(self, p: AccessConfig, run: Run) -> Answers:
        return _answers(_rows(run))

    def _by(self, hand: type[ByHand], p: AccessConfig) -> Answers:
        return _answers(hand(p.machine).rows(_addresses(p)))

    @mistake("index-from-vpo")
    def index_from_vpo(self, p: AccessConfig) -> Answers | None:
        """The set of the TLB is taken from the lowest bits of the address."""
        return self._by(_IndexFromVpo, p)

    @mistake("cache-by-va")
    def cache_by_va(self, p: AccessConfig) -> Answers | None:
        """The cache is looked up with the virtual address."""
        return self._by(_CacheByVa, p)

    @mistake("absent-ppn-used")
    def absent_ppn_used(self, p: AccessConfig) -> Answers | None:
        """The frame in an entry that is not valid is believed."""
        return self._by(_AbsentUsed, p)

    @mistake("valid-ignored")
    def valid_ignored(self, p: AccessConfig) -> Answers | None:
        """An entry of the TLB is believed though its V is 0."""
        return self._by(_TlbValidIgnored, p)

    @mistake("vpn-as-tag")
    def vpn_as_tag(self, p: AccessConfig) -> Answers | None:
        """The bits that choose the set are kept in the tag."""
        return None if p.machine.tlb[0].shape.sets == 1 else self._by(_VpnAsTag, p)


class ByHand:
    """What a student does with the tables: nothing is changed by an access."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.tlb, self.cache = machine.tlb[0], machine.cache[0]
        self.tlb_shape, self.cache_shape = self.tlb.shape, self.cache.shape
        self.pages = {page.vpn: page for page in machine.page}

    def rows(self, addresses: Sequence[int]) -> list[dict[str, Any]]:
        return [self.row(va) for va in addresses]

    def row(self, va: int) -> dict[str, Any]:
        size = self.machine.address.page_size
        vpn, vpo = divmod(va, size)
        index, tag = self.tlb_fields(vpn, vpo)
        entry = self.tlb_entry(index, tag)
        row: dict[str, Any] = {
            "vpn": vpn, "tlbi": index, "tlbt": tag, "tlb": "miss" if entry is None else "hit",
        }  # fmt: skip
        ppn = self.page(vpn) if entry is None else entry
        row |= {"fault": ppn is None, "ppn": ppn}
        if ppn is None:
            return {**row, **dict.fromkeys(DATA.columns)}
        address = self.cache_address(va, ppn * size + vpo)
        shape = self.cache_shape
        number, offset = divmod(address, shape.line)
        data = self.line(shape.index_of(number), shape.tag_of(number))
        return row | {
            "co": offset,
            "ci": shape.index_of(number),
            "ct": shape.tag_of(number),
            "cache": "miss" if data is None else "hit",
            "byte": None if data is None else data[offset],
        }

    def tlb_fields(self, vpn: int, vpo: int) -> tuple[int, int]:
        return self.tlb_shape.index_of(vpn), self.tlb_shape.tag_of(vpn)

    def tlb_entry(self, index: int, tag: int) -> int | None:
        found = (c for c in self.tlb.contents if (c.set, c.tag) == (index, tag))
        return next((c.ppn for c in found if self.believes(c)), None)

    def believes(self, content: TlbContent) -> bool:
        return content.valid

    def page(self, vpn: int) -> int | None:
        page = self.pages.get(vpn)
        return page.frame if page and page.present else None

    def cache_address(self, va: int, pa: int) -> int:
        return pa

    def line(self, index: int, tag: int) -> bytes | None:
        found = (c for c in self.cache.contents if (c.set, c.tag) == (index, tag) and c.valid)
        return next((bytes.fromhex(c.data) for c in found), None)


class _IndexFromVpo(ByHand):
    def tlb_fields(self, vpn: int, vpo: int) -> tuple[int, int]:
        return vpo % self.tlb_shape.sets, vpn


class _VpnAsTag(ByHand):
    def tlb_fields(self, vpn: int, vpo: int) -> tuple[int, int]:
        return self.tlb_shape.index_of(vpn), vpn


class _TlbValidIgnored(ByHand):
    def believes(self, content: TlbContent) -> bool:
        return content.ppn is not None


class _AbsentUsed(ByHand):
    def page(self, vpn: int) -> int | None:
        page = self.pages.get(vpn)
        return page.frame if page else None


class _CacheByVa(ByHand):
    def cache_address(self, va: int, pa: int) -> int:
        return va


def _addresses(p: AccessConfig) -> Sequence[int]:
    return _parsed(p.accesses)


# Each mistake asks for the same.
@lru_cache(maxsize=1)
def _parsed(accesses: tuple[str, ...]) -> Sequence[int]:
    return tuple(parse_address(address) for address in accesses)


def _rows(run: Run) -> list[dict[str, Any]]:
    """The fields of each access, under the names of the tables."""
    return [
        {
            "vpn": r["vpn"], "tlbi": r["tlb_index"], "tlbt": r["tlb_tag"],
            "tlb": "hit" if r["tlb_hit"] else "miss", "fault": r["page_fault"], "ppn": r["ppn"],
            "co": r["cache_offset"], "ci": r["cache_index"], "ct": r["cache_tag"],
            "cache": None if r["cache_hit"] is None else "hit" if r["cache_hit"] else "miss",
            "byte": r["value"],
        }
        for r in run.metrics["results"]
    ]  # fmt: skip


def _answers(rows: Sequence[Mapping[str, Any]]) -> Answers:
    tables = {"translation": TRANSLATION, "data": DATA}
    return {
        name: [{c: row[c] for c in table.columns} for row in rows] for name, table in tables.items()
    }
