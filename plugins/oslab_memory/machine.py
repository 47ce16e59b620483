"""A machine: TLB, page tables, caches, page frames, swap, and what each of them costs.

The record is what a machine file says (docs/memory.md), with nothing left open. `oslab_memory.machinefile`
reads and checks files; `shape_of` and the like give the parts in the form that the plugins want which
simulate them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from oslab_cache.cache import CacheShape, Write
from oslab_cache.hierarchy import HierarchyShape, Inclusion
from oslab_cache.replacement import PolicyName as CachePolicy
from oslab_paging.layout import NAMES, Layout, layout
from oslab_paging.replacement.conventions import PolicyName as FramePolicy
from oslab_tlb.tlb import TlbPolicy, TlbShape

Backing: TypeAlias = Literal["zero", "file"]
"""Where a page comes from at its first use, and where it goes: zeros and swap, or a file."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Bits of virtual and physical addresses, bytes of a page."""

    va_bits: int
    pa_bits: int
    page_size: int


@dataclass(frozen=True, slots=True)
class PageTable:
    """Page tables: `layout` and `entry` as for `oslab paging walk`, the physical address of the root, and
    whether entries are read through the caches (else from a memory of their own)."""

    layout: str
    entry: str | None
    root: int
    cached: bool


@dataclass(frozen=True, slots=True)
class TlbContent:
    """An entry of a TLB at the start; that of an invalid one means nothing."""

    set: int
    tag: int
    ppn: int | None
    valid: bool


@dataclass(frozen=True, slots=True)
class TlbLevel:
    """One level of TLB; `time` of a lookup, in ns."""

    entries: int
    ways: int
    policy: TlbPolicy
    seed: int
    time: Fraction
    contents: tuple[TlbContent, ...]

    @property
    def shape(self) -> TlbShape:
        return TlbShape(self.entries, self.ways, self.policy, self.seed)


@dataclass(frozen=True, slots=True)
class CacheContent:
    """A line of a cache at the start; `data` in hex, empty where unknown."""

    set: int
    tag: int
    data: str
    valid: bool
    dirty: bool


@dataclass(frozen=True, slots=True)
class CacheLevel:
    """One level of cache; `time` of a lookup, in ns."""

    size: int
    line: int
    ways: int
    policy: CachePolicy
    write: Write
    allocate: bool
    seed: int
    time: Fraction
    contents: tuple[CacheContent, ...]

    @property
    def shape(self) -> CacheShape:
        return CacheShape(
            self.size, self.line, self.ways, self.policy, self.write, self.allocate, self.seed
        )


@dataclass(frozen=True, slots=True)
class FramePool:
    """The page frames the kernel puts pages into: `count` of them from `first` on, and who leaves."""

    first: int
    count: int
    policy: FramePolicy
    rules: Mapping[str, int | bool | str]

    def __contains__(self, frame: object) -> bool:
        return isinstance(frame, int) and self.first <= frame < self.first + self.count


@dataclass(frozen=True, slots=True)
class Swap:
    """How many pages the swap area holds."""

    slots: int


@dataclass(frozen=True, slots=True)
class Region:
    """Addresses that the process may use, both ends included; `rights` are letters of "rwx"."""

    first: int
    last: int
    backing: Backing
    rights: str


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of a page at the start; see the table of keys in docs/memory.md."""

    vpn: int
    frame: int | None
    present: bool
    dirty: bool
    swapped: bool
    data: str


@dataclass(frozen=True, slots=True)
class Times:
    """In ns: an access to main memory, a page read or written, a trap with all that the kernel does."""

    memory: Fraction
    disk: Fraction
    fault: Fraction


@dataclass(frozen=True, slots=True)
class Machine:
    """A whole machine. `tlb` and `cache` list their levels, the one next to the processor first."""

    name: str
    inclusion: Inclusion
    address: Addresses
    page_table: PageTable
    tlb: tuple[TlbLevel, ...]
    cache: tuple[CacheLevel, ...]
    frames: FramePool | None
    swap: Swap
    region: tuple[Region, ...]
    page: tuple[Page, ...]
    times: Times

    @property
    def offset_bits(self) -> int:
        return self.address.page_size.bit_length() - 1

    @property
    def frame_count(self) -> int:
        """Page frames of the whole physical memory."""
        return 1 << self.address.pa_bits - self.offset_bits

    @property
    def caches(self) -> HierarchyShape:
        """The caches, of which there is one at least."""
        return HierarchyShape(tuple(level.shape for level in self.cache), self.inclusion)

    def region_of(self, vpn: int) -> Region | None:
        """The region a page lies in."""
        base = self.tables.extended(vpn * self.address.page_size)
        return next((r for r in self.region if r.first <= base <= r.last), None)

    def never_written(self, page: Page) -> bool:
        """Whether a page is in the pool, anonymous and clean at the start: it holds zeros, for it has a
        copy nowhere."""
        region = self.region_of(page.vpn)
        pooled = page.present and self.frames is not None and page.frame in self.frames
        return pooled and not page.dirty and region is not None and region.backing == "zero"

    def rights_of(self, vpn: int) -> str:
        """What the process may do with a page; anything where there are no regions."""
        region = self.region_of(vpn)
        return region.rights if region else "" if self.region else "rwx"

    @property
    def tables(self) -> Layout:
        """How virtual addresses are cut up. Raises InputError for a layout that there is not."""
        return layout(self.layout_text, self.page_table.entry)

    @property
    def layout_text(self) -> str:
        """The layout as `oslab_paging.layout` takes it, the offset included."""
        name = self.page_table.layout
        if name in NAMES:
            return name
        if name == "linear":
            return f"{self.address.va_bits - self.offset_bits},{self.offset_bits}"
        return f"{name},{self.offset_bits}"
