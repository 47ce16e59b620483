"""Layouts: widths, names, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.layout import NAMES, layout, parse_range


@pytest.mark.parametrize(
    ("name", "levels", "va_bits", "entry_size"),
    [("x86-32", 2, 32, 4), ("x86-64", 4, 48, 8), ("la57", 5, 57, 8), ("sv32", 2, 32, 4),
     ("sv39", 3, 39, 8)],
)  # fmt: skip
def test_named_layouts_have_the_manuals_shape(name, levels, va_bits, entry_size):
    found = layout(name)
    assert (found.levels, found.va_bits, found.entry.size) == (levels, va_bits, entry_size)
    assert found.page_size == 4096
    assert found.table_bytes(1) == 4096


def test_widths_of_an_architecture_take_its_entries():
    assert layout("10,10,12").entry.name == "x86-32"
    assert layout("9,9,9,12").entry.name == "sv39"
    assert layout("5,5,5").entry.size == 4


def test_an_entry_format_can_be_given():
    assert layout("5,5,5", "bytes=1 valid=7 pfn=0..6").entry.size == 1


def test_indices_go_from_the_root_down():
    assert layout("10,10,12").indices(0x00C0_3004) == (3, 3)
    assert layout("5,5,5").indices(0b11000_01000_11100) == (0b11000, 0b01000)
    assert layout("5,5,5").offset(0b11000_01000_11100) == 0b11100


def test_a_level_spans_what_lies_below_it():
    x86 = layout("x86-64")
    assert [x86.span(level) for level in (1, 2, 3)] == [4096, 2 << 20, 1 << 30]


@given(st.sampled_from(NAMES), st.data())
def test_indices_and_offset_put_the_address_together_again(name, data):
    shape = layout(name)
    va = data.draw(st.integers(0, (1 << shape.va_bits) - 1))
    rebuilt = sum(
        index << shape.shift(level)
        for index, level in zip(shape.indices(va), range(shape.levels, 0, -1), strict=True)
    )
    assert rebuilt + shape.offset(va) == va


@given(st.sampled_from(["x86-64", "la57", "sv39"]), st.data())
def test_extended_addresses_are_canonical(name, data):
    shape = layout(name)
    va = data.draw(st.integers(0, (1 << shape.va_bits) - 1))
    assert shape.canonical(shape.extended(va))


def test_the_hole_of_48_bits_is_not_canonical():
    shape = layout("x86-64")
    assert shape.canonical(0x7FFF_FFFF_FFFF)
    assert not shape.canonical(0x8000_0000_0000)
    assert not shape.canonical(0xFFFF_7FFF_FFFF_FFFF)
    assert shape.canonical(0xFFFF_8000_0000_0000)


@pytest.mark.parametrize(
    ("text", "message"),
    [("x86", "is not a layout"), ("", "is not a layout"), ("12", "index widths"),
     ("0,12", "at least 1"), ("30,30,12", "at most 64"), ("40,12", "at most 24"),
     ("1,1,1,1,1,1,1,12", "1 to 6")],
)  # fmt: skip
def test_what_is_no_layout_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        layout(text)


@pytest.mark.parametrize("text", ["0x1000..0x2fff", "0x1000-0x2fff", "0x1000+8K", "4096+8192"])
def test_a_range_is_read_in_three_ways(text):
    assert parse_range(text) == (0x1000, 0x2FFF)


@pytest.mark.parametrize("text", ["", "0x1000", "0x2000..0x1000", "a..b", "1+0", "0x1000+8Q"])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(InputError):
        parse_range(text)
