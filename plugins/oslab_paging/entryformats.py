"""The formats of page-table entries: those of x86 and RISC-V, and any other, described in a text.

A format is a name (``x86-32 x86-64 la57 sv32 sv39``) or a text such as
``bytes=4 valid=31 pfn=0..30``: the entry's size, the bit that says "present", the bits of the page
frame number. Further bits are named by what they do: ``write user nx read execute accessed dirty
huge``; a format that lacks one of the rights grants it always.

Sources: Intel SDM volume 3A, the formats of page-table entries under "32-Bit Paging" and "4-Level
Paging and 5-Level Paging"; RISC-V Privileged Architecture, chapters "Sv32" and "Sv39".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from oslab import InputError
from oslab.quantities import QuantityError, parse_int, shown, tidy
from oslab_paging.entry import FLAGS, EntryFormat


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

# x86: physical addresses as wide as the format allows (32 and 52 bits), so no bit below is reserved.
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
