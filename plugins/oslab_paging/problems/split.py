"""Split virtual addresses by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oslab import Answers, Choose, Figure, Generator, Int, Problem, Run, Table, mistake, rows_of
from oslab.quantities import format_address, format_size
from oslab_paging.split import SplitConfig, offset_bits, run, split


@dataclass(frozen=True)
class SplitSpace:
    """va_bits, page_size: as in `SplitConfig`; addresses: how many; small_offsets: each offset is less
    than a sixteenth of the page, which is easier by hand."""

    va_bits: Choose[int]
    page_size: Choose[int]
    addresses: Choose[int]
    small_offsets: bool


SPLITS = Table("va", {"vpn": Int(), "vpo": Int()}, action="split")


class Split(Problem[SplitConfig, SplitSpace]):
    """VPN and VPO of several addresses, and how many bits each part has."""

    version = 1
    params = SplitConfig
    space = SplitSpace
    answers = {
        "splits": SPLITS,
        "vpn_bits": Int(),
        "vpo_bits": Int(),
    }
    required = ("swapped", "one-offset-bit-less")

    def draw(self, rng: Generator, space: SplitSpace) -> SplitConfig:
        va_bits, page_size = space.va_bits.pick(rng), space.page_size.pick(rng)
        pages = (1 << va_bits) // page_size
        offsets = max(2, page_size // 16) if space.small_offsets else page_size
        addresses = [
            rng.between(1, pages - 1) * page_size + rng.below(offsets)
            for _ in range(space.addresses.pick(rng))
        ]
        return SplitConfig(tuple(addresses), va_bits, page_size)

    def good(self, p: SplitConfig) -> bool:
        return len({split(va, p.page_size)[0] for va in p.addresses}) == len(p.addresses)

    def present(self, p: SplitConfig) -> Mapping[str, Figure]:
        return {
            "va_bits": p.va_bits,
            "page_size": format_size(p.page_size),
            "addresses": " ".join(address_text(va, p.va_bits) for va in p.addresses),
        }

    def rows(self, p: SplitConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        return [(address_text(va, p.va_bits),) for va in p.addresses]

    def run(self, p: SplitConfig) -> Run:
        return run(p)

    def solve(self, p: SplitConfig, run: Run) -> Answers:
        return {
            "splits": rows_of(run, SPLITS),
            "vpn_bits": run.metrics["vpn_bits"],
            "vpo_bits": run.metrics["vpo_bits"],
        }

    @mistake("swapped")
    def swapped(self, p: SplitConfig) -> Answers | None:
        rows = self.split_as(p, p.page_size)
        return {"splits": [{"vpn": row["vpo"], "vpo": row["vpn"]} for row in rows]}

    @mistake("page-4000")
    def page_4000(self, p: SplitConfig) -> Answers | None:
        if p.page_size % 1024:
            return None
        return {"splits": self.split_as(p, p.page_size // 1024 * 1000)}

    @mistake("one-offset-bit-less")
    def one_offset_bit_less(self, p: SplitConfig) -> Answers | None:
        vpo_bits = offset_bits(p.va_bits, p.page_size)
        if vpo_bits < 2:
            return None
        return {
            "splits": self.split_as(p, p.page_size // 2),
            "vpn_bits": p.va_bits - vpo_bits + 1,
            "vpo_bits": vpo_bits - 1,
        }

    def split_as(self, p: SplitConfig, page_size: int) -> list[Mapping[str, int]]:
        """The table's rows, had a page this many bytes."""
        parts = (split(va, page_size) for va in p.addresses)
        return [{"vpn": vpn, "vpo": vpo} for vpn, vpo in parts]


def address_text(va: int, va_bits: int) -> str:
    """Short addresses in decimal, as one meets them first; longer ones in hexadecimal."""
    return str(va) if va_bits <= 16 else format_address(va, va_bits)
