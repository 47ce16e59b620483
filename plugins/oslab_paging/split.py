"""A virtual address is a virtual page number (VPN) followed by an offset in the page (VPO).

A page of 2^b bytes leaves the lowest b bits to the offset; all bits above number the page.

Source: Tanenbaum and Bos, Modern Operating Systems, 3.3.1; CS:APP, 9.6.
"""

from __future__ import annotations

from dataclasses import dataclass

from oslab import Address, Grid, Hex, InputError, Int, Run, Step
from oslab.quantities import format_address, format_bits, format_size


@dataclass(frozen=True, slots=True)
class SplitConfig:
    """Addresses to split.

    addresses   virtual addresses, at least one
    va_bits     width of a virtual address, 1 to 64
    page_size   bytes of a page: a power of two, at most the whole address space

    Raises InputError for anything else.
    """

    addresses: tuple[int, ...]
    va_bits: int
    page_size: int

    def __post_init__(self) -> None:
        offset_bits(self.va_bits, self.page_size)
        if not self.addresses:
            raise InputError("give at least one virtual address, such as 0x2004 or 8196")
        for va in self.addresses:
            if not 0 <= va < 1 << self.va_bits:
                raise InputError(
                    f"address {va} ({va:#x}) does not fit into {self.va_bits} bits; "
                    f"the highest is {(1 << self.va_bits) - 1:#x}"
                )


def offset_bits(va_bits: int, page_size: int) -> int:
    """Bits of the offset in a page. Raises InputError when page or address space make no sense."""
    if not 1 <= va_bits <= 64:
        raise InputError(f"virtual addresses have 1 to 64 bits, not {va_bits}")
    check_page_size(page_size)
    bits = page_size.bit_length() - 1
    if bits > va_bits:
        size = format_size(page_size)
        raise InputError(f"a page of {size} is larger than an address space of {va_bits} bits")
    return bits


def check_page_size(page_size: int) -> None:
    """Raises InputError for a page size that is no power of two."""
    if page_size < 1 or page_size & (page_size - 1):
        raise InputError(f"a page size is a power of two, such as 4096; {page_size} is none")


def split(va: int, page_size: int) -> tuple[int, int]:
    """VPN and VPO of an address."""
    return va // page_size, va % page_size


def join(vpn: int, vpo: int, page_size: int) -> int:
    """The address of an offset in a page; the inverse of `split`."""
    return vpn * page_size + vpo


def run(config: SplitConfig) -> Run:
    """Split each address.

    Steps ``split``: given ``va``, result ``vpn vpo``; the state draws the bits of the two parts.
    Metrics: ``vpn vpo`` (of the first address), ``vpn_bits vpo_bits`` and ``splits`` (one entry an
    address: ``va vpn vpo``).
    """
    vpo_bits = offset_bits(config.va_bits, config.page_size)
    vpn_bits = config.va_bits - vpo_bits
    # Addresses of more than 16 bits are read in hexadecimal, and so are their parts.
    number, part = (Int(), int) if config.va_bits <= 16 else (Address(), Hex)
    steps, splits = [], []
    for group, va in enumerate(config.addresses, 1):
        vpn, vpo = split(va, config.page_size)
        splits.append({"va": part(va), "vpn": part(vpn), "vpo": part(vpo)})
        steps.append(
            Step(
                action="split",
                actor="mmu",
                given={
                    "va": va,
                    "va_hex": format_address(va),
                    "page_size": config.page_size,
                    "vpo_bits": vpo_bits,
                },
                result={
                    "vpn": vpn,
                    "vpo": vpo,
                    "vpn_hex": format_address(vpn),
                    "vpo_hex": format_address(vpo),
                },
                state={"bits": drawn_bits(va, config.va_bits, vpo_bits)},
                group=group,
            )
        )
    return Run(
        command="paging.split",
        config=config,
        asks={"split": {"vpn": number, "vpo": number}},
        steps=tuple(steps),
        metrics={
            "vpn": splits[0]["vpn"],
            "vpo": splits[0]["vpo"],
            "vpn_bits": vpn_bits,
            "vpo_bits": vpo_bits,
            "splits": tuple(splits),
        },
    )


def drawn_bits(va: int, va_bits: int, vpo_bits: int) -> Grid:
    """The address in binary, cut between page number and offset; an empty part is left out."""
    parts = (
        ("VPN", va >> vpo_bits, va_bits - 1, vpo_bits),
        ("VPO", va % (1 << vpo_bits), vpo_bits - 1, 0),
    )
    return Grid(
        ("part", "bits", "binary", "value"),
        tuple(
            (name, f"{high}..{low}", format_bits(value, high - low + 1), value)
            for name, value, high, low in parts
            if high >= low
        ),
    )
