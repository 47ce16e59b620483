"""A TLB: a small set-associative store of page-table entries, looked up by virtual page number.

The set is VPN mod sets, the tag VPN div sets together with the number of the address space (ASID); a
global entry answers in every address space. One set is a fully associative TLB, one way a direct-mapped
one. Storing and replacing are those of `oslab_cache.sets`: a TLB is a cache of page-table entries.

Sources: CS:APP, 9.6.2; Intel SDM volume 3A, 5.10 (PCIDs, global pages, INVLPG).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from oslab import Grid, InputError
from oslab.exercise.fields import did_you_mean
from oslab.quantities import shown
from oslab_cache.sets import Sets
from oslab_paging.rights import Rights

TlbPolicy: TypeAlias = Literal["lru", "fifo", "random", "plru"]
POLICIES: tuple[TlbPolicy, ...] = get_args(TlbPolicy)
MOST_ENTRIES = 2**20
# A larger TLB is drawn without its empty ways.
DRAWN_WHOLE = 64


@dataclass(frozen=True, slots=True)
class TlbShape:
    """How a TLB is built.

    entries   of all sets together, at least 1
    ways      entries of a set; as many as `entries` for a fully associative TLB
    policy    which entry of a full set leaves: lru, fifo, random or plru (tree-PLRU)
    seed      of the numbers that random draws

    Raises InputError where the sets are no power of two, for plru also where the ways are none.
    """

    entries: int
    ways: int
    policy: TlbPolicy
    seed: int

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            near = did_you_mean(self.policy, POLICIES)
            raise InputError(
                f"no policy {shown(self.policy)}{near}; there are {', '.join(POLICIES)}"
            )
        if not 1 <= self.entries <= MOST_ENTRIES:
            raise InputError(f"a TLB has 1 to {MOST_ENTRIES} entries, not {self.entries}")
        if not 1 <= self.ways <= self.entries:
            raise InputError(
                f"a TLB of {self.entries} entries has 1 to {self.entries} ways, not {self.ways}"
            )
        if self.entries % self.ways or not _power_of_two(self.sets):
            raise InputError(
                f"{self.entries} entries in sets of {self.ways} do not make a power of two of sets; "
                f"{self.ways * 4} entries in sets of {self.ways} would"
            )
        if self.policy == "plru" and not _power_of_two(self.ways):
            raise InputError(f"tree-PLRU needs a power of two of ways; {self.ways} is none")

    @property
    def sets(self) -> int:
        """How many sets there are."""
        return self.entries // self.ways

    @property
    def index_bits(self) -> int:
        """Low bits of the VPN that choose the set."""
        return self.sets.bit_length() - 1

    def index_of(self, vpn: int) -> int:
        """The set in which a page is looked for."""
        return vpn % self.sets

    def tag_of(self, vpn: int) -> int:
        """What is compared in that set."""
        return vpn // self.sets


@dataclass(frozen=True, slots=True)
class TlbEntry:
    """A translation as the TLB keeps it.

    vpn, pfn   virtual page number, physical frame number
    asid       the address space it belongs to; means nothing where `is_global`
    write, user, execute, read   what the page permits, as its page-table entry says
    """

    vpn: int
    pfn: int
    asid: int
    write: bool
    user: bool
    execute: bool
    is_global: bool
    read: bool = True

    def rights(self) -> Rights:
        """What the entry permits, as `oslab_paging.rights.check` takes it."""
        return Rights(self.read, self.write, self.execute, self.user)


# What a set is searched for: tag and ASID; no ASID for a global entry.
_Tag: TypeAlias = "tuple[int, int | None]"


class Tlb:
    """One TLB: empty at the start."""

    def __init__(self, shape: TlbShape) -> None:
        self.shape = shape
        # Asked for at each lookup.
        self._count = shape.sets
        self._sets: Sets[_Tag] = Sets(shape.sets, shape.ways, shape.policy, shape.seed)
        self._entries: list[list[TlbEntry | None]] = [
            [None] * shape.ways for _ in range(shape.sets)
        ]
        self._has_globals = False

    def find(self, vpn: int, asid: int) -> TlbEntry | None:
        """A lookup: the entry that answers, which counts as used, or None for a miss."""
        index = vpn % self._count
        way = self._way(index, vpn, asid)
        if way is None:
            return None
        self._sets.use(index, way)
        return self._entries[index][way]

    def peek(self, vpn: int, asid: int) -> TlbEntry | None:
        """The entry that a lookup would find; looking is no use."""
        index = self.shape.index_of(vpn)
        way = self._way(index, vpn, asid)
        return None if way is None else self._entries[index][way]

    def fill(self, entry: TlbEntry) -> TlbEntry | None:
        """Put an entry in, into the lowest empty way of its set if there is one. Returns the victim.

        An entry that is there already is replaced by its new version, which drives nothing out.
        """
        tag, index = divmod(entry.vpn, self._count)
        way = self._way(index, entry.vpn, entry.asid)
        renewed = way is not None
        if way is None:
            way = self.chosen(index)
        self._sets.place(index, (tag, None if entry.is_global else entry.asid), way)
        victim = self._entries[index][way]
        self._entries[index][way] = entry
        self._has_globals |= entry.is_global
        return None if renewed else victim

    def chosen(self, index: int) -> int:
        """The way of a set that the next entry goes into."""
        return self._sets.chosen(index)

    def invalidate(self, vpn: int, asid: int | None = None) -> int:
        """Drop what is held of one page, a global entry too (INVLPG). Returns how many entries.

        `asid` spares the other address spaces; None spares none.
        """
        index, tag = self.shape.index_of(vpn), self.shape.tag_of(vpn)
        return self._drop(
            (index, way)
            for way, entry in enumerate(self._entries[index])
            if entry
            and self.shape.tag_of(entry.vpn) == tag
            and (asid is None or entry.is_global or entry.asid == asid)
        )

    def flush(self, asid: int | None = None, globals_too: bool = False) -> int:
        """Drop all entries of one address space, or of all; global ones stay unless `globals_too`.

        Returns how many entries were dropped.
        """
        return self._drop(
            (index, way)
            for index, way, entry in self.entries()
            if (globals_too if entry.is_global else asid is None or entry.asid == asid)
        )

    def entries(self) -> Iterator[tuple[int, int, TlbEntry]]:
        """Set, way and entry of all that is held."""
        for index, ways in enumerate(self._entries):
            for way, entry in enumerate(ways):
                if entry:
                    yield index, way, entry

    def ways(self, index: int) -> Sequence[TlbEntry | None]:
        """The entries of one set by way, None where a way is empty."""
        return tuple(self._entries[index])

    def order(self, index: int) -> Sequence[int]:
        """What the policy remembers of one set: for lru and fifo the filled ways, next victim first;
        for plru the bits of the tree, root first, 0 where the victim is to the left."""
        order = self._sets.policy.order(index)
        if self.shape.policy in ("lru", "fifo"):
            return tuple(way for way in order if self._entries[index][way])
        return tuple(order)

    def drawn(self) -> Grid:
        """The contents; a column that says the same of every entry is left out."""
        whole = self.shape.entries <= DRAWN_WHOLE
        held = {(index, way): entry for index, way, entry in self.entries()}
        places = (
            [(i, w) for i in range(self.shape.sets) for w in range(self.shape.ways)]
            if whole
            else list(held)
        )
        columns = ["way", "vpn", "pfn"]
        if self.shape.sets > 1:
            columns = ["set", "way", "tag", "vpn", "pfn"]
        if any(e.is_global or e.asid for e in held.values()):
            columns.append("asid")
        if any(e.rights() != Rights(True, True, True, True) for e in held.values()):
            columns.append("rights")
        rows = []
        for place in places:
            values = dict(zip(("set", "way"), place, strict=True)) | self._drawn(held.get(place))
            rows.append(tuple(values[c] for c in columns))
        return Grid(tuple(columns), tuple(rows))

    def _drawn(self, entry: TlbEntry | None) -> dict[str, int | str | None]:
        if entry is None:
            return dict.fromkeys(("tag", "vpn", "pfn", "asid", "rights"))
        return {
            "tag": self.shape.tag_of(entry.vpn),
            "vpn": entry.vpn,
            "pfn": entry.pfn,
            "asid": "g" if entry.is_global else entry.asid,
            "rights": rights_text(entry),
        }

    def _way(self, index: int, vpn: int, asid: int) -> int | None:
        tag = vpn // self._count
        way = self._sets.find(index, (tag, asid))
        if way is None and self._has_globals:
            way = self._sets.find(index, (tag, None))
        return way

    def _drop(self, places: Iterator[tuple[int, int]]) -> int:
        found = list(places)
        for index, way in found:
            self._sets.drop(index, way)
            self._entries[index][way] = None
        return len(found)


def rights_text(entry: TlbEntry) -> str:
    """The rights as letters: ``rwxu``, ``r--u``."""
    flags = zip("rwxu", (entry.read, entry.write, entry.execute, entry.user), strict=True)
    return "".join(letter if granted else "-" for letter, granted in flags)


def _power_of_two(number: int) -> bool:
    return number & (number - 1) == 0
