"""tlb.lookup: addresses looked up in a drawn TLB, some of whose entries mislead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from oslab import (
    Answers,
    Choice,
    Choose,
    Figure,
    Generator,
    Hex,
    HexInt,
    Int,
    OrNone,
    Problem,
    Run,
    Table,
    mistake,
    rows_of,
)
from oslab.quantities import format_address, format_size
from oslab_paging.split import offset_bits
from oslab_tlb.lookup import LookupConfig, SnapshotEntry, drawn_snapshot, run

Kind: TypeAlias = Literal["hit", "invalid", "elsewhere", "absent"]

HALF, MOSTLY = Fraction(1, 2), Fraction(3, 4)
# So many page numbers are tried for one of the wanted kind.
TRIES = 40

LOOKUPS = Table(
    "va",
    {
        "set": Int(),
        "tag": HexInt(),
        "result": Choice("hit", "miss"),
        "ppn": OrNone(HexInt()),
    },
    action="look-up",
)


@dataclass(frozen=True)
class LookupSpace:
    """va_bits, page_size: as in `LookupConfig`; frames: frame numbers are below it.

    hits       addresses that hit
    invalid    those whose entry is not valid
    elsewhere  those whose tag is that of an entry of another set
    absent     those whose tag is nowhere
    """

    va_bits: Choose[int]
    page_size: Choose[int]
    sets: Choose[int]
    ways: Choose[int]
    frames: Choose[int]
    hits: Choose[int]
    invalid: Choose[int]
    elsewhere: Choose[int]
    absent: Choose[int]


class Lookup(Problem[LookupConfig, LookupSpace]):
    """Set, tag, hit or miss, and frame of several addresses."""

    version = 1
    params = LookupConfig
    space = LookupSpace
    answers = {"lookups": LOOKUPS}
    required = ("tag-from-vpo", "high-bits-index")

    def draw(self, rng: Generator, space: LookupSpace) -> LookupConfig:
        va_bits, page_size = space.va_bits.pick(rng), space.page_size.pick(rng)
        sets, ways = space.sets.pick(rng), space.ways.pick(rng)
        vpo_bits = offset_bits(va_bits, page_size)
        kinds: list[Kind] = []
        wanted: Mapping[Kind, Choose[int]] = {
            "hit": space.hits,
            "invalid": space.invalid,
            "elsewhere": space.elsewhere,
            "absent": space.absent,
        }
        for kind, count in wanted.items():
            kinds += [kind] * count.pick(rng)
        tlb = _Drawing(rng, sets, ways, 1 << va_bits - vpo_bits, space.frames.pick(rng))
        vpns = [vpn for kind in kinds if (vpn := tlb.page(kind)) is not None]
        return LookupConfig(
            addresses=tuple(
                rng.shuffled([Hex(v * page_size + rng.below(page_size)) for v in vpns])
            ),
            va_bits=va_bits,
            page_size=page_size,
            entries=sets * ways,
            ways=ways,
            snapshot=tlb.snapshot(),
        )

    def good(self, p: LookupConfig) -> bool:
        results = {row["result"] for row in self.solve(p, run(p))["lookups"]}
        return len(p.addresses) >= 4 and len(results) == 2

    def present(self, p: LookupConfig) -> Mapping[str, Figure]:
        return {
            "va_bits": p.va_bits,
            "page_size": format_size(p.page_size),
            "entries": p.entries,
            "ways": p.ways,
            "sets": p.shape().sets,
            "snapshot": drawn_snapshot(p),
        }

    def rows(self, p: LookupConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(format_address(va, p.va_bits),) for va in p.addresses]

    def run(self, p: LookupConfig) -> Run:
        return run(p)

    def solve(self, p: LookupConfig, run: Run) -> Answers:
        return {"lookups": rows_of(run, LOOKUPS)}

    def _cut(self, p: LookupConfig, cut: Callable[[int], tuple[int, int]]) -> Answers:
        """What someone answers who cuts set and tag out of the address in another way."""
        return {"lookups": [_found(p, *cut(va), any_valid=False) for va in p.addresses]}

    def _right(self, p: LookupConfig, va: int) -> tuple[int, int]:
        vpn, shape = va // p.page_size, p.shape()
        return shape.index_of(vpn), shape.tag_of(vpn)

    @mistake("tag-from-vpo")
    def offset_kept(self, p: LookupConfig) -> Answers | None:
        """Set and tag are cut out of the whole address, from its lowest bit on."""
        sets = p.shape().sets
        return self._cut(p, lambda va: (va % sets, va // sets))

    @mistake("high-bits-index")
    def high_bits(self, p: LookupConfig) -> Answers | None:
        """The set index is taken from the high end of the page number, the tag from the low end."""
        vpn_bits = p.va_bits - offset_bits(p.va_bits, p.page_size)
        low = 1 << vpn_bits - p.shape().index_bits
        return self._cut(p, lambda va: (va // p.page_size // low, va // p.page_size % low))

    @mistake("tag-is-vpn")
    def whole_page_number(self, p: LookupConfig) -> Answers | None:
        """The whole page number is compared with the tags."""
        return self._cut(p, lambda va: (self._right(p, va)[0], va // p.page_size))

    @mistake("valid-ignored")
    def valid_ignored(self, p: LookupConfig) -> Answers | None:
        """An entry that is not valid hits if its tag matches."""
        return {"lookups": [_found(p, *self._right(p, va), any_valid=True) for va in p.addresses]}

    @mistake("any-set")
    def any_set(self, p: LookupConfig) -> Answers | None:
        """A tag hits in whatever set it stands."""
        rows = []
        for va in p.addresses:
            index, tag = self._right(p, va)
            places = [index, *(e.index for e in p.snapshot if e.valid and e.tag == tag)]
            answers = [_found(p, place, tag, any_valid=False) for place in places]
            hit = next((a for a in answers if a["result"] == "hit"), answers[0])
            rows.append({**hit, "set": index})
        return {"lookups": rows}


def _found(p: LookupConfig, index: int, tag: int, any_valid: bool) -> Mapping[str, Any]:
    """A row of the table, for one who looks in this set for this tag."""
    entry = next(
        (
            e
            for e in p.snapshot
            if e.index == index and e.tag == tag and e.ppn is not None and (e.valid or any_valid)
        ),
        None,
    )
    return {
        "set": index,
        "tag": tag,
        "result": "hit" if entry else "miss",
        "ppn": entry.ppn if entry else None,
    }


class _Drawing:
    """A TLB that is filled so that the pages asked for fare as wanted, and with others between."""

    def __init__(self, rng: Generator, sets: int, ways: int, pages: int, frames: int) -> None:
        self.rng, self.ways, self.pages, self.frames = rng, ways, pages, frames
        self.held: list[list[tuple[int, int | None, bool]]] = [[] for _ in range(sets)]
        self.asked: set[tuple[int, int]] = set()

    def page(self, kind: Kind) -> int | None:
        """A page that fares so; None if none was found."""
        sets = len(self.held)
        for _ in range(TRIES):
            vpn = self.rng.below(self.pages)
            index, tag = vpn % sets, vpn // sets
            if (index, tag) in self.asked or self._has(index, tag):
                continue
            other = self.rng.below(sets) if kind == "elsewhere" else index
            if kind == "elsewhere" and (other == index or not self._free(other, tag)):
                continue
            if kind in ("hit", "invalid") and not self._free(index, tag):
                continue
            if kind == "absent" and any(self._has(i, tag) for i in range(sets)):
                continue
            self.asked.add((index, tag))
            if kind != "absent":
                self.held[other].append((tag, self.rng.below(self.frames), kind != "invalid"))
            return vpn
        return None

    def snapshot(self) -> tuple[SnapshotEntry, ...]:
        """What it holds in the end: free ways are filled with what nobody asks for."""
        rng, found = self.rng, []
        for index, held in enumerate(self.held):
            for _ in range(TRIES):
                tag = rng.below(self.pages // len(self.held))
                if self._free(index, tag):
                    valid = rng.chance(MOSTLY)
                    ppn = rng.below(self.frames) if valid or rng.chance(HALF) else None
                    held.append((tag, ppn, valid))
            found += [
                SnapshotEntry(index, way, *content)
                for way, content in enumerate(rng.shuffled(held))
            ]
        return tuple(found)

    def _has(self, index: int, tag: int) -> bool:
        return any(held == tag for held, _, _ in self.held[index])

    def _free(self, index: int, tag: int) -> bool:
        room = len(self.held[index]) < self.ways
        return room and (index, tag) not in self.asked and not self._has(index, tag)
