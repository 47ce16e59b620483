"""Sizes of page tables: worked figures, kernel measurements, and counting tables one by one."""

from __future__ import annotations

from fractions import Fraction
from math import isclose, sqrt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulators import best_page, table_sizes

KIB, MIB, GIB = 2**10, 2**20, 2**30
X86_32: Any = {"va_bits": 32, "page_size": 4096, "pte_size": 4, "levels": (10, 10)}
X86_64: Any = {"va_bits": 48, "page_size": 4096, "pte_size": 8, "levels": (9, 9, 9, 9)}


def test_32_bit_figures() -> None:
    """2^20 entries, 4 MiB linear; fully populated two levels cost 4 KiB more; at least 8 KiB."""
    full = table_sizes(**X86_32, maps=[(0, 2**32 - 1)])
    assert full.linear == 4 * MIB
    assert full.multilevel == 4 * MIB + 4 * KIB
    assert full.tables == (1, 1024)
    assert table_sizes(**X86_32, maps=[(0x0040_3000, 0x0040_3000)]).multilevel == 8 * KIB
    nothing = table_sizes(**X86_32, maps=[])
    assert (nothing.multilevel, nothing.tables) == (4 * KIB, (1, 0))


def test_tanenbaum_sparse_process() -> None:
    """Modern Operating Systems, 3.3.4: 4 MiB text, 4 MiB data, 4 MiB stack at the top of 32 bits: the
    million pages need only four tables of 1024 entries."""
    sizes = table_sizes(**X86_32, maps=[(0, 8 * MIB - 1), (2**32 - 4 * MIB, 2**32 - 1)])
    assert sizes.tables == (1, 3)
    assert sizes.multilevel == 16 * KIB


@pytest.mark.parametrize(
    ("stride", "tables", "measured_kib"),
    [(4 * KIB, (1, 1), 8), (2 * MIB, (1, 256), 1028), (GIB, (256, 256), 2052 - 4)],
)
def test_vmpte_of_a_real_kernel(stride: int, tables: tuple[int, int], measured_kib: int) -> None:
    """Linux 6.18, VmPTE after touching 256 pages dense, one per 2 MiB, one per 1 GiB: page tables and
    page-middle directories (the last figure also has one upper directory)."""
    base = 512 * GIB
    sizes = table_sizes(
        **X86_64, maps=[(base + n * stride, base + n * stride + 4095) for n in range(256)]
    )
    assert sizes.tables[2:] == tables
    assert sum(sizes.tables[2:]) * 4 == measured_kib


def test_inverted_table_follows_memory() -> None:
    """Modern Operating Systems: pages of 4 KiB and 4 GiB of memory: 1 048 576 entries; 16 bytes each
    are 16 MiB, whatever the address space."""
    for shape in (X86_32, X86_64):
        assert table_sizes(**shape, maps=[], frames=4 * GIB // 4096, entry=16).inverted == 16 * MIB


def test_linear_table_of_64_bits() -> None:
    """2^52 pages of 4 KiB, 8 bytes each: 32 PiB (the book's "over 30 million GB")."""
    sizes = table_sizes(64, 4096, 8, (52,), maps=[])
    assert sizes.linear == 2**55


@settings(max_examples=200, deadline=None)
@given(
    data=st.data(),
    levels=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    vpo_bits=st.integers(1, 4),
    pte_size=st.sampled_from([1, 2, 4, 8]),
)
def test_counting_tables_one_by_one(
    data: st.DataObject, levels: list[int], vpo_bits: int, pte_size: int
) -> None:
    va_bits = sum(levels) + vpo_bits
    addresses = st.integers(0, 2**va_bits - 1)
    maps = [
        (min(pair), max(pair))
        for pair in data.draw(st.lists(st.tuples(addresses, addresses), max_size=5))
    ]
    pages = {va >> vpo_bits for first, last in maps for va in range(first, last + 1)}
    tables: list[set[int]] = [{0}]  # the root stands for all pages
    for depth in range(1, len(levels)):
        prefix = sum(levels[:depth])
        tables.append({page >> sum(levels) - prefix for page in pages})
    expected = tuple(len(at_level) for at_level in tables)
    sizes = table_sizes(va_bits, 2**vpo_bits, pte_size, tuple(levels), maps=maps)
    assert sizes.tables == expected
    assert sizes.pages == len(pages)
    assert sizes.linear == 2 ** sum(levels) * pte_size
    assert sizes.multilevel == sum(
        count * 2**bits * pte_size for count, bits in zip(expected, levels, strict=True)
    )


def test_best_page_size_of_the_book() -> None:
    """Modern Operating Systems, 3.5.3: s = 1 MiB, e = 8 bytes: the optimum is 4 KiB."""
    best = best_page(MIB, 8, (KIB, 2 * KIB, 4 * KIB, 8 * KIB))
    assert (best.optimum, best.best) == (4096, 4096)
    assert best.totals[4 * KIB] == 2048 + 2048


@settings(max_examples=120, deadline=None)
@given(s=st.integers(1, 2**40), e=st.integers(1, 64))
def test_best_page_size_is_least(s: int, e: int) -> None:
    sizes = tuple(2**n for n in range(4, 28))
    seen = best_page(s, e, sizes)
    costs = {p: Fraction(s * e, p) + Fraction(p, 2) for p in sizes}
    assert seen.totals == costs
    assert seen.best == min(sizes, key=lambda p: (costs[p], p))
    assert isclose(seen.optimum, sqrt(2 * s * e), rel_tol=1e-9)
