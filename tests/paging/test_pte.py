"""Decoding raw page-table entries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.entryformats import entry_format
from oslab_paging.problems.pte import Pte
from oslab_paging.pte import PteAccess, PteConfig, run


def decoded(raw, name, access="r", mode="user", wp=True):
    (entry,) = run(PteConfig((PteAccess(raw, access, mode),), name, wp)).metrics["entries"]
    return entry


def test_an_ordinary_x86_entry():
    assert decoded(0x12345067, "x86-32", "w") == {
        "raw": 0x12345067,
        "ppn": 0x12345,
        "flags": ("P", "R/W", "U/S", "A", "D"),
        "outcome": "hit",
    }


def test_an_absent_entry_has_neither_frame_nor_flags():
    assert decoded(0x12345066, "x86-32") == {
        "raw": 0x12345066,
        "ppn": None,
        "flags": (),
        "outcome": "not-present",
    }


@pytest.mark.parametrize(
    ("raw", "name", "access", "mode", "outcome"),
    [
        (0x12345065, "x86-32", "w", "user", "read-only"),
        (0x12345063, "x86-32", "r", "user", "kernel-only"),
        (0x12345065, "x86-32", "x", "user", "hit"),
        (0x8000000012345067, "x86-64", "x", "user", "no-execute"),
        (0x8000000012345067, "x86-64", "x", "kernel", "no-execute"),
        (0x200000DF, "sv32", "x", "user", "hit"),
        (0x200000DF, "sv32", "x", "kernel", "user-page"),
        (0x200000D7, "sv39", "x", "user", "no-execute"),
        (0x200000D9, "sv39", "r", "user", "not-readable"),
        (0x200000D5, "sv39", "r", "user", "reserved-bit"),
        (0x2000_0000_0000_00DF, "sv39", "r", "user", "reserved-bit"),
    ],
)
def test_the_bit_that_refuses_an_access_is_named(raw, name, access, mode, outcome):
    assert decoded(raw, name, access, mode)["outcome"] == outcome


def test_software_bits_above_the_x86_64_frame_are_no_part_of_it():
    assert decoded(0x7FF0_0000_0000_1001, "x86-64", "r", "kernel")["ppn"] == 1


@given(st.integers(0, 2**64 - 1))
def test_flags_and_frame_rebuild_what_an_x86_64_entry_says(raw):
    entry = decoded(raw, "x86-64")
    form = entry_format("x86-64")
    if entry["ppn"] is not None:
        names = {form.label(f): f for f in form.flags()}
        known = form.encode(entry["ppn"], [names[label] for label in entry["flags"]])
        assert known == raw & ~(0x7FF << 52) & ~0xE00


def test_a_number_too_wide_and_an_unknown_format_are_refused():
    with pytest.raises(InputError, match="does not fit"):
        PteConfig((PteAccess(1 << 32, "r", "user"),), "x86-32", True)
    with pytest.raises(InputError, match="not an entry format"):
        PteConfig((PteAccess(1, "r", "user"),), "vax", True)


def test_modelled_mistakes_of_one_entry():
    p = PteConfig((PteAccess(0x8000000012345067, "r", "user"),), "x86-64", True)

    def row(name):
        return Pte.mistakes()[name](Pte(), p)["entries"][0]

    assert row("flags-kept")["ppn"] == 0x12345067
    assert row("nx-kept")["ppn"] == 0x8000000012345
    assert row("page-address")["ppn"] == 0x12345000
    assert row("us-inverted")["outcome"] == "kernel-only"
    assert "U/S" not in row("us-inverted")["flags"]


def test_nx_cannot_be_kept_where_there_is_none():
    p = PteConfig((PteAccess(0x12345067, "r", "user"),), "x86-32", True)
    assert Pte().nx_kept(p) is None
