"""Page-table entries: where a raw number keeps its frame, its valid bit and its flags.

A format is a name (``x86-32 x86-64 la57 sv32 sv39``) or a text such as
``bytes=4 valid=31 pfn=0..30``: the entry's size, the bit that says "present", the bits of the page
frame number. Further bits are named by what they do: ``write user nx read execute accessed dirty
huge``; a format that lacks one of the rights grants it always.

Sources: Intel SDM volume 3A, 4.3 and 4.5 (tables 4-6 and 4-20); RISC-V Privileged Architecture,
chapters "Sv32" and "Sv39".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from oslab import InputError
from oslab.quantities import QuantityError, parse_int, shown, tidy

Access: TypeAlias = Literal["r", "w", "x"]
Mode: TypeAlias = Literal["user", "kernel"]
Outcome: TypeAlias = Literal[
    "hit", "not-present", "reserved-bit", "kernel-only", "user-page", "not-readable", "read-only",
    "no-execute", "out-of-range",
]  # fmt: skip

FLAGS = (
    "valid", "write", "user", "pwt", "pcd", "accessed", "dirty", "pat", "global", "nx", "read",
    "execute", "huge",
)  # fmt: skip
"""The names a bit of an entry may have, in the order they are shown."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What an entry permits; `a & b` is what two levels together permit."""

    read: bool
    write: bool
    execute: bool
    user: bool

    def __and__(self, other: Rights) -> Rights:
        return Rights(
            self.read and other.read,
            self.write and other.write,
            self.execute and other.execute,
            self.user and other.user,
        )


ALL_RIGHTS = Rights(True, True, True, True)


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
        """The flags of an entry of a table at this level (1: the last), as FLAGS orders them."""
        other = "huge" if level == 1 else "pat"
        return tuple(name for name in FLAGS if name in self.bits and name != other)

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


def check(
    rights: Rights, access: Access, mode: Mode, wp: bool = True, riscv: bool = False
) -> Outcome:
    """A hit, or the first right that is missing: user, then read, write or execute.

    `wp` is CR0.WP of x86: a read-only page is read-only for the kernel too. User pages are open to
    the kernel: x86 without SMEP and SMAP, RISC-V with sstatus.SUM=1; but RISC-V never executes a
    user page in kernel mode, and knows no WP.
    """
    if mode == "user" and not rights.user:
        return "kernel-only"
    if riscv and mode == "kernel" and rights.user and access == "x":
        return "user-page"
    if access == "r" and not rights.read:
        return "not-readable"
    if access == "w" and not rights.write and (mode == "user" or wp or riscv):
        return "read-only"
    if access == "x" and not rights.execute:
        return "no-execute"
    return "hit"


def _mask(low: int, high: int) -> int:
    return (1 << high + 1) - (1 << low)


_X86_BITS = {
    "valid": 0, "write": 1, "user": 2, "pwt": 3, "pcd": 4, "accessed": 5, "dirty": 6, "pat": 7,
    "huge": 7, "global": 8,
}  # fmt: skip
_X86_LABELS = {
    "valid": "P", "write": "R/W", "user": "U/S", "pwt": "PWT", "pcd": "PCD", "accessed": "A",
    "dirty": "D", "pat": "PAT", "huge": "PS", "global": "G", "nx": "NX",
}  # fmt: skip
_RISCV_BITS = {
    "valid": 0, "read": 1, "write": 2, "execute": 3, "user": 4, "global": 5, "accessed": 6,
    "dirty": 7,
}  # fmt: skip
_RISCV_LABELS = {
    "valid": "V", "read": "R", "write": "W", "execute": "X", "user": "U", "global": "G",
    "accessed": "A", "dirty": "D",
}  # fmt: skip

FORMATS: Mapping[str, EntryFormat] = {
    "x86-32": EntryFormat("x86-32", 4, 12, 31, _X86_BITS, _X86_LABELS),
    "x86-64": EntryFormat("x86-64", 8, 12, 51, {**_X86_BITS, "nx": 63}, _X86_LABELS),
    "la57": EntryFormat("la57", 8, 12, 51, {**_X86_BITS, "nx": 63}, _X86_LABELS),
    "sv32": EntryFormat("sv32", 4, 10, 31, _RISCV_BITS, _RISCV_LABELS, riscv=True),
    # Bits 61 to 63 belong to Svpbmt and Svnapot, reserved where these are not implemented.
    "sv39": EntryFormat("sv39", 8, 10, 53, _RISCV_BITS, _RISCV_LABELS, _mask(54, 63), riscv=True),
}

_SIZES = (1, 2, 4, 8)
_EXAMPLE = '"bytes=4 valid=31 pfn=0..30" would be'


@cache
def entry_format(text: str) -> EntryFormat:
    """The format of this name, or the one the text describes.

    Without ``bytes=`` an entry is as small as its highest bit allows: 1, 2, 4 or 8 bytes.

    Raises InputError saying which part of the text cannot be used and what could.
    """
    name = tidy(text)
    if name in FORMATS:
        return FORMATS[name]
    if "=" not in name:
        names = ", ".join(FORMATS)
        raise InputError(
            f"{shown(text)} is not an entry format; there are {names}, and {_EXAMPLE} one"
        )
    parts: dict[str, str] = {}
    for word in name.replace(",", " ").split():
        key, _, value = word.partition("=")
        if key in parts or not value:
            raise InputError(
                f"entry format {shown(text)}: {shown(word)} is not KEY=VALUE once; {_EXAMPLE}"
            )
        parts[key] = value
    for key in ("valid", "pfn"):
        if key not in parts:
            raise InputError(f"entry format {shown(text)} lacks {key}=…; {_EXAMPLE}")
    given_size = parts.pop("bytes", "")
    first, dots, last = parts.pop("pfn").partition("..")
    low = _number(text, "pfn", first)
    high = _number(text, "pfn", last) if dots else low
    bits = {}
    for key, value in parts.items():
        if key not in FLAGS:
            raise InputError(
                f"entry format {shown(text)}: no flag {shown(key)}; there are {', '.join(FLAGS)}"
            )
        bits[key] = _number(text, key, value)
    top = max(high, *bits.values())
    smallest = next((n for n in _SIZES if top < 8 * n), _SIZES[-1])
    size = _number(text, "bytes", given_size) if given_size else smallest
    if size not in _SIZES:
        raise InputError(f"entry format {shown(text)}: bytes is 1, 2, 4 or 8")
    if low > high or top >= 8 * size:
        raise InputError(
            f"entry format {shown(text)}: bits go from 0 to {8 * size - 1}, pfn from low to high"
        )
    taken = [*range(low, high + 1), *bits.values()]
    if len(set(taken)) < len(taken):
        raise InputError(f"entry format {shown(text)}: one bit is used twice")
    return EntryFormat(name, size, low, high, bits, {})


def _number(text: str, key: str, value: str) -> int:
    try:
        number = parse_int(value)
    except QuantityError:
        number = -1
    if number < 0:
        raise InputError(f"entry format {shown(text)}: {key}={value} is not a number; {_EXAMPLE}")
    return number
