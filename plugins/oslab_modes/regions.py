"""Who an address belongs to: the memory maps of 32-bit and 64-bit Linux and of real-mode DOS.

Source: Linux arch/x86/Kconfig (the split), Documentation/arch/x86/x86_64/mm.rst (4-level paging, KASLR
off); Intel SDM volume 1, 3.3.7.1 (canonical addresses), volume 3, 20.1 (real-address mode).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from oslab import Hex, InputError

Model: TypeAlias = Literal["linux32", "linux64", "dos"]
Area: TypeAlias = Literal["user", "hole", "kernel", "memory"]
"""`hole`: the non-canonical addresses; `memory`: all there is in real mode, which belongs to anyone."""

MODELS: Final[tuple[Model, ...]] = ("linux32", "linux64", "dos")
SPLITS: Final = (0xC0000000, 0xB0000000, 0x80000000, 0x78000000, 0x40000000)
"""The splits that a 32-bit kernel can be configured with."""
CANONICAL_BITS: Final = 48
USER_END: Final = 2 ** (CANONICAL_BITS - 1) - 1
PAGE: Final = 4096
DIRECT: Final = "direct-map"
"""The region in which the kernel has all physical memory, from its address 0 on."""


@dataclass(frozen=True, slots=True)
class Region:
    """Addresses with one purpose.

    mapped   whether anything can be there; else an access is a page fault in any mode
    """

    name: str
    first: int
    last: int
    area: Area
    mapped: bool


def _kernel_half() -> tuple[Region, ...]:
    """The upper half of 4-level x86-64, as mm.rst lists it."""
    listed = (
        ("hypervisor-hole", 0xFFFF800000000000, False),
        ("ldt-remap", 0xFFFF880000000000, True),
        (DIRECT, 0xFFFF888000000000, True),
        ("unused-hole", 0xFFFFC88000000000, False),
        ("vmalloc", 0xFFFFC90000000000, True),
        ("unused-hole", 0xFFFFE90000000000, False),
        ("vmemmap", 0xFFFFEA0000000000, True),
        ("unused-hole", 0xFFFFEB0000000000, False),
        ("kasan-shadow", 0xFFFFEC0000000000, True),
        ("unused-hole", 0xFFFFFC0000000000, False),
        ("cpu-entry-area", 0xFFFFFE0000000000, True),
        ("unused-hole", 0xFFFFFE8000000000, False),
        ("espfix", 0xFFFFFF0000000000, True),
        ("unused-hole", 0xFFFFFF8000000000, False),
        ("efi", 0xFFFFFFEF00000000, True),
        ("unused-hole", 0xFFFFFFFF00000000, False),
        ("kernel-text", 0xFFFFFFFF80000000, True),
        ("modules", 0xFFFFFFFFA0000000, True),
        ("fixmap-vsyscall", 0xFFFFFFFFFF000000, True),
        ("unused-hole", 0xFFFFFFFFFFE00000, False),
    )
    ends = (*(first for _, first, _ in listed[1:]), 2**64)
    return tuple(
        Region(name, first, end - 1, "kernel", mapped)
        for (name, first, mapped), end in zip(listed, ends, strict=True)
    )


LINUX64: Final = (
    Region("user", 0, USER_END - PAGE, "user", True),
    Region("guard-page", USER_END - PAGE + 1, USER_END, "user", False),
    Region("non-canonical", USER_END + 1, 2**64 - USER_END - 2, "hole", False),
    *_kernel_half(),
)
DOS: Final = tuple(
    Region(name, first, last, "memory", True)
    for name, first, last in (
        ("interrupt-vectors", 0, 0x3FF),
        ("bios-data", 0x400, 0x4FF),
        ("conventional", 0x500, 0x9FFFF),
        ("video", 0xA0000, 0xBFFFF),
        ("adapter-rom", 0xC0000, 0xEFFFF),
        ("bios-rom", 0xF0000, 0xFFFFF),
        ("high-memory", 0x100000, 0x10FFEF),
    )
)


def linux32(split: int) -> tuple[Region, ...]:
    """Below the split the user, above it the kernel: its direct map, and the last 128 MiB for vmalloc,
    kmap and fixmap (with at least that much RAM below)."""
    return (
        Region("user", 0, split - 1, "user", True),
        Region(DIRECT, split, 0xF7FFFFFF, "kernel", True),
        Region("vmalloc-fixmap", 0xF8000000, 0xFFFFFFFF, "kernel", True),
    )


def regions(model: Model, split: int) -> tuple[Region, ...]:
    """The map of a model, from address 0 on without a gap; `split` is that of linux32."""
    return linux32(split) if model == "linux32" else LINUX64 if model == "linux64" else DOS


def region_of(address: int, model: Model, split: int) -> Region:
    """Where an address lies. Raises InputError if the model has no such address."""
    for region in regions(model, split):
        if region.first <= address <= region.last:
            return region
    last = regions(model, split)[-1].last
    raise InputError(f"{Hex(address)} is beyond the addresses of {model}, which end at {Hex(last)}")


def check_split(split: int) -> None:
    """Raises InputError for a split that 32-bit Linux cannot be built with."""
    if split not in SPLITS:
        known = ", ".join(str(Hex(s)) for s in SPLITS)
        raise InputError(f"32-bit Linux is not split at {Hex(split)}; it can be at {known}")


def is_canonical(address: int) -> bool:
    """Whether bits 63 to 47 of a 64-bit address are all the same."""
    return address >> (CANONICAL_BITS - 1) in (0, 2 ** (65 - CANONICAL_BITS) - 1)


def access(region: Region, cpl: int, fetch: bool, smap: bool, smep: bool) -> tuple[str, str]:
    """What an access does, and why: ``ok``, ``#PF`` or ``#GP``; `fetch`: of an instruction, not of data.

    CPL 3 is user mode to the paging unit, 0 to 2 are supervisor mode. Source: SDM volume 3, 5.6.1
    (access rights), 6.15 (#GP for non-canonical addresses).
    """
    if region.area == "hole":
        return "#GP", "non-canonical"
    if region.area == "memory":
        return "ok", "real-mode"
    if region.area == "kernel" and cpl == 3:
        return "#PF", "kernel-address"
    if not region.mapped:
        return "#PF", "unmapped"
    if region.area == "user" and cpl < 3:
        if fetch and smep:
            return "#PF", "smep"
        if not fetch and smap:
            return "#PF", "smap"
        return "ok", "user-from-kernel"
    return "ok", "own" if region.area == "user" else "kernel-own"
