"""Sizes of linear, multi-level and inverted page tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.layout import layout
from oslab_paging.problems.size import TableSize
from oslab_paging.size import MapRange, SizeConfig, run, touched

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def config(name, *maps, frames=0, inverted=0):
    cut = layout(name)
    ranges = tuple(MapRange(*m) for m in maps)
    return SizeConfig(
        cut.va_bits, cut.page_size, cut.entry.size, cut.widths, ranges, frames, inverted
    )


def metrics(*arguments, **more):
    return run(config(*arguments, **more)).metrics


def test_two_levels_fully_used_are_larger_than_one():
    found = metrics("10,10,12", (0, 2**32 - 1))
    assert found["linear_bytes"] == 4 * MIB
    assert found["multilevel_bytes"] == 4 * MIB + 4 * KIB
    assert found["saved_bytes"] == -4 * KIB


def test_the_least_two_level_table_is_8_kib():
    assert metrics("10,10,12", (0x400000, 0x400FFF))["multilevel_bytes"] == 8 * KIB


def test_an_empty_space_has_only_its_root():
    found = metrics("10,10,12")
    assert found["multilevel_bytes"] == 4 * KIB
    assert found["tables_per_level"] == (1, 0)


@pytest.mark.parametrize(
    ("step", "new_levels", "kib"), [(4 * KIB, 2, 8), (2 * MIB, 2, 1028), (GIB, 3, 2052)]
)
def test_256_pages_cost_what_vmpte_of_a_linux_process_grows_by(step, new_levels, kib):
    # Measured on x86-64 by touching one page at each step; the levels above were there already.
    base = 1 << 40
    found = metrics("x86-64", *((base + i * step, base + i * step + 4095) for i in range(256)))
    assert sum(found["tables_per_level"][-new_levels:]) * 4 == kib


def test_x86_64_and_five_levels():
    assert metrics("x86-64")["linear_bytes"] == 512 * GIB
    assert metrics("la57", (0, 0))["tables_per_level"] == (1, 1, 1, 1, 1)


def test_an_inverted_table_follows_the_memory():
    assert metrics("x86-64", frames=4 * GIB // 4096, inverted=16)["inverted_bytes"] == 16 * MIB
    assert metrics("sv39")["inverted_bytes"] is None


ranges = st.lists(st.tuples(st.integers(0, 2**15 - 1), st.integers(1, 600)), max_size=6)


@given(ranges, st.integers(0, 14))
def test_touched_stretches_are_those_found_by_counting(parts, shift):
    maps = tuple(MapRange(start, start + length - 1) for start, length in parts)
    counted = {address >> shift for m in maps for address in range(m.first, m.last + 1)}
    assert touched(maps, shift) == len(counted)


@given(ranges)
def test_no_level_has_more_tables_than_the_one_below(parts):
    maps = [(start, start + length - 1) for start, length in parts]
    tables = metrics("5,5,6", *maps)["tables_per_level"]
    assert not maps or tables[0] <= tables[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((32, 4096, 4, (10, 9), (), 0, 0), "32 bits in all"),
        ((32, 4096, 4, (), (), 0, 0), "a level at least"),
        ((32, 4096, 0, (10, 10), (), 0, 0), "at least 1 byte"),
        ((32, 4096, 4, (10, 10), (MapRange(5, 4),), 0, 0), "empty or reaches beyond"),
        ((32, 4096, 4, (10, 10), (MapRange(0, 2**32),), 0, 0), "empty or reaches beyond"),
        ((32, 4096, 4, (10, 10), (), 8, 0), "inverted table"),
    ],
)
def test_sizes_that_do_not_fit_together_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        SizeConfig(*arguments)


def test_modelled_mistakes_of_one_page():
    p = config("10,10,12", (0x400000, 0x400FFF), frames=1024, inverted=16)

    def answers(name):
        return TableSize.mistakes()[name](TableSize(), p)

    assert answers("no-root")["multilevel"] == 4 * KIB
    assert answers("all-tables") == {"tables": (1, 1024), "multilevel": 4 * MIB + 4 * KIB}
    assert answers("entries-as-bytes") == {
        "linear": MIB,
        "multilevel": 2 * KIB,
        "inverted": 1024,
    }
