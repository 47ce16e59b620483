"""Entry formats: names, descriptions, decoding and encoding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.entryformats import FORMATS, entry_format
from oslab_paging.rights import Rights, check

ALL_RIGHTS = Rights(True, True, True, True)


@given(st.sampled_from(sorted(FORMATS)), st.data())
def test_decoding_an_encoded_entry_gives_frame_and_flags_back(name, data):
    form = entry_format(name)
    pfn = data.draw(st.integers(0, (1 << form.pfn_bits) - 1))
    flags = data.draw(st.sets(st.sampled_from(form.flags())))
    entry = form.decode(form.encode(pfn, flags))
    assert entry.pfn == pfn
    assert {f for f in form.flags() if entry.flag(f)} == flags


@given(st.sampled_from(sorted(FORMATS)), st.data())
def test_decoding_never_loses_a_bit_of_the_raw_number(name, data):
    form = entry_format(name)
    raw = data.draw(st.integers(0, (1 << form.width) - 1))
    assert form.decode(raw).raw == raw


def test_x86_64_frame_ends_at_bit_51_and_nx_is_bit_63():
    entry = entry_format("x86-64").decode(0x8000_0000_1234_5067)
    assert entry.pfn == 0x12345
    assert entry.flag("nx")
    assert entry.outcome("x", "user") == "no-execute"
    assert entry.outcome("w", "user") == "hit"


def test_a_described_format_has_valid_bit_and_frame_where_it_says():
    entry = entry_format("bytes=4 valid=31 pfn=0..30").decode(0x8000_0018)
    assert (entry.valid, entry.pfn) == (True, 0x18)
    assert not entry_format("bytes=1 valid=7 pfn=0..6").decode(0x7F).valid


@pytest.mark.parametrize(("text", "size"), [("valid=31 pfn=0..30", 4), ("valid=7 pfn=0..6", 1)])
def test_without_bytes_an_entry_is_as_small_as_it_can_be(text, size):
    assert entry_format(text).size == size


@pytest.mark.parametrize(
    "text",
    [
        "x86-16",
        "bytes=4 valid=31",
        "pfn=0..30",
        "bytes=3 valid=7 pfn=0..6",
        "bytes=1 valid=8 pfn=0..6",
        "bytes=1 valid=6 pfn=0..6",
        "bytes=1 valid=7 pfn=6..0",
        "bytes=1 valid=7 pfn=0..6 colour=5",
        "bytes=1 valid=7 valid=7 pfn=0..6",
        "bytes=1 valid=x pfn=0..6",
    ],
)
def test_a_format_that_makes_no_sense_is_refused(text):
    with pytest.raises(InputError, match="format"):
        entry_format(text)


def test_a_number_too_wide_for_the_entry_is_refused():
    with pytest.raises(InputError, match="4 bytes"):
        entry_format("x86-32").decode(1 << 32)
    with pytest.raises(InputError, match="does not fit"):
        entry_format("x86-32").encode(1 << 20, ())
    with pytest.raises(InputError, match="no flag nx"):
        entry_format("x86-32").encode(1, ("nx",))


def test_a_huge_page_ends_an_x86_walk_and_any_right_ends_a_riscv_one():
    x86, riscv = entry_format("x86-64"), entry_format("sv39")
    assert x86.decode(x86.encode(8, ("valid", "huge"))).is_leaf(2)
    assert not x86.decode(x86.encode(8, ("valid",))).is_leaf(2)
    assert riscv.decode(riscv.encode(8, ("valid", "read"))).is_leaf(3)
    assert not riscv.decode(riscv.encode(8, ("valid",))).is_leaf(1)


def test_bit_7_is_pat_in_the_last_level_and_page_size_above():
    form = entry_format("x86-32")
    assert "pat" in form.flags(1)
    assert "huge" in form.flags(2)


def test_write_without_read_is_reserved_on_riscv():
    form = entry_format("sv32")
    assert (
        form.decode(form.encode(1, ("valid", "write", "user"))).outcome("w", "user")
        == "reserved-bit"
    )


def test_the_kernel_obeys_a_read_only_page_only_with_wp():
    rights = Rights(read=True, write=False, execute=True, user=True)
    assert check(rights, "w", "kernel", wp=True) == "read-only"
    assert check(rights, "w", "kernel", wp=False) == "hit"
    assert check(rights, "w", "user", wp=False) == "read-only"


def test_the_riscv_kernel_never_executes_a_user_page():
    assert check(ALL_RIGHTS, "x", "kernel", riscv=True) == "user-page"
    assert check(ALL_RIGHTS, "x", "kernel") == "hit"


def test_rights_of_two_levels_are_the_common_ones():
    upper = Rights(read=True, write=False, execute=True, user=True)
    lower = Rights(read=True, write=True, execute=True, user=False)
    assert upper & lower == Rights(read=True, write=False, execute=True, user=False)
