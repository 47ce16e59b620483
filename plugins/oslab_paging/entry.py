"""Page-table entries: where a raw number keeps its frame, its valid bit and its flags.

An entry names a page frame and says by its flags whether it is present, what may be done with the
page, and what has been done; which bits those are is its format's affair (`oslab_paging.entryformats`).

Sources: Intel SDM volume 3A, the chapter on paging ("32-Bit Paging", "4-Level Paging and 5-Level
Paging"); RISC-V Privileged Architecture, chapters "Sv32" and "Sv39".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from oslab import InputError
from oslab_paging.rights import Access, Mode, Outcome, Rights, check

FLAGS = (
    "valid", "write", "user", "pwt", "pcd", "accessed", "dirty", "pat", "global", "nx", "read",
    "execute", "huge",
)  # fmt: skip
"""The names a bit of an entry may have, in the order they are shown."""


@dataclass(frozen=True, slots=True)
class EntryFormat:
    """A way to write a page-table entry.

    name       as it was asked for
    size       bytes of an entry
    pfn_low, pfn_high   lowest and highest bit of the page frame number
    bits       flag (one of FLAGS) → bit number; "valid" is always there
    labels     flag → the manual's abbreviation (P, R/W, U/S …)
    reserved   mask of the bits that must be 0 in a present entry
    riscv      the rules of RISC-V: R, W, X each grant one access; an entry with any is a leaf
    """

    name: str
    size: int
    pfn_low: int
    pfn_high: int
    bits: Mapping[str, int]
    labels: Mapping[str, str]
    reserved: int = 0
    riscv: bool = False

    @property
    def width(self) -> int:
        """Bits of a whole entry."""
        return 8 * self.size

    @property
    def pfn_bits(self) -> int:
        """Bits of the page frame number."""
        return self.pfn_high - self.pfn_low + 1

    def label(self, flag: str) -> str:
        """The manual's abbreviation of a flag, or the flag's own name."""
        return self.labels.get(flag, flag)

    def flags(self, level: int = 1) -> tuple[str, ...]:
        """The flags of an entry of a table at this level (1: the last), from the lowest bit up."""
        other = "huge" if level == 1 else "pat"
        here = (name for name in FLAGS if name in self.bits and name != other)
        return tuple(sorted(here, key=lambda name: self.bits[name]))

    def decode(self, raw: int) -> Entry:
        """The entry that `raw` stands for. Raises InputError when it has too many bits."""
        if not 0 <= raw < 1 << self.width:
            raise InputError(f"{raw:#x} does not fit into an entry of {self.size} bytes")
        pfn = raw >> self.pfn_low & (1 << self.pfn_bits) - 1
        return Entry(self, raw, pfn)

    def encode(self, pfn: int, flags: Collection[str]) -> int:
        """The raw number of an entry with this frame and these flags set.

        Raises InputError for a frame number too large or a flag this format has not.
        """
        if not 0 <= pfn < 1 << self.pfn_bits:
            raise InputError(
                f"frame {pfn} does not fit into the {self.pfn_bits} bits of {self.name}"
            )
        raw = pfn << self.pfn_low
        for flag in flags:
            if flag not in self.bits:
                names = ", ".join(self.bits)
                raise InputError(
                    f"entries of format {self.name} have no flag {flag}; they have {names}"
                )
            raw |= 1 << self.bits[flag]
        return raw


@dataclass(frozen=True, slots=True)
class Entry:
    """A decoded entry: its format, the raw number, the page frame number."""

    format: EntryFormat
    raw: int
    pfn: int

    def flag(self, name: str) -> bool:
        """Whether the flag is set; False where the format has no such flag."""
        bit = self.format.bits.get(name)
        return bit is not None and bool(self.raw >> bit & 1)

    @property
    def valid(self) -> bool:
        """Present. In an entry that is not, all other bits are free for software."""
        return self.flag("valid")

    def is_leaf(self, level: int) -> bool:
        """Whether the walk ends here: the last level (1), or a huge page higher up."""
        if self.format.riscv:
            return any(self.flag(name) for name in ("read", "write", "execute"))
        return level == 1 or self.flag("huge")

    def malformed(self) -> bool:
        """Whether a present entry has a reserved bit set (RISC-V: or W without R)."""
        if self.format.riscv and self.flag("write") and not self.flag("read"):
            return True
        return bool(self.raw & self.format.reserved)

    def rights(self) -> Rights:
        """What this entry permits by itself."""
        has = self.format.bits
        return Rights(
            read=self.flag("read") or "read" not in has,
            write=self.flag("write") or "write" not in has,
            execute=(self.flag("execute") or "execute" not in has) and not self.flag("nx"),
            user=self.flag("user") or "user" not in has,
        )

    def outcome(self, access: Access, mode: Mode, wp: bool = True) -> Outcome:
        """What becomes of an access through this one entry, taken as the last of its walk."""
        if not self.valid:
            return "not-present"
        if self.malformed() or (self.format.riscv and not self.is_leaf(1)):
            return "reserved-bit"
        return check(self.rights(), access, mode, wp, self.format.riscv)
