"""Regions of memory maps, and what is said of an address."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_modes.regions import SPLITS, is_canonical, region_of, regions
from oslab_modes.space import SpaceConfig, run


def said(address, model="linux64", split=0xC0000000):
    return run(SpaceConfig(model, split, (address,))).steps[0].result


@pytest.mark.parametrize(
    ("model", "end"), [("linux32", 2**32), ("linux64", 2**64), ("dos", 0x10FFF0)]
)
@pytest.mark.parametrize("split", SPLITS)
def test_a_map_has_no_gap_and_no_overlap(model, end, split):
    found = regions(model, split)
    assert found[0].first == 0
    assert found[-1].last == end - 1
    for one, other in pairwise(found):
        assert one.last + 1 == other.first


@given(st.integers(0, 2**64 - 1))
def test_canonical_is_sign_extended(address):
    """The manual's own words: bits 63 to 48 are copies of bit 47."""
    low = address % 2**48
    extended = low if low < 2**47 else low + 2**64 - 2**48
    assert is_canonical(address) == (address == extended)
    found = said(address)
    assert found["canonical"] == is_canonical(address) == (found["area"] != "hole")
    assert (found["user"] == "#GP") == (found["kernel"] == "#GP") == (not found["canonical"])


@pytest.mark.parametrize(
    ("address", "region"),
    [
        (0, "user"), (0x7FFFFFFFEFFF, "user"), (0x7FFFFFFFF000, "guard-page"),
        (0x800000000000, "non-canonical"), (0xFFFF7FFFFFFFFFFF, "non-canonical"),
        (0xFFFF800000000000, "hypervisor-hole"), (0xFFFF880000000000, "ldt-remap"),
        (0xFFFF888000000000, "direct-map"), (0xFFFFC87FFFFFFFFF, "direct-map"),
        (0xFFFFC88000000000, "unused-hole"), (0xFFFFC90000000000, "vmalloc"),
        (0xFFFFEA0000000000, "vmemmap"), (0xFFFFEC0000000000, "kasan-shadow"),
        (0xFFFFFE0000000000, "cpu-entry-area"), (0xFFFFFF0000000000, "espfix"),
        (0xFFFFFFEF00000000, "efi"), (0xFFFFFFFF80000000, "kernel-text"),
        (0xFFFFFFFFA0000000, "modules"), (0xFFFFFFFFFF600000, "fixmap-vsyscall"),
        (0xFFFFFFFFFFFFFFFF, "unused-hole"),
    ],
)  # fmt: skip
def test_regions_are_those_of_the_kernels_documentation(address, region):
    assert said(address)["region"] == region


@pytest.mark.parametrize(
    ("address", "region"),
    [
        (0, "interrupt-vectors"), (0x400, "bios-data"), (0x7C00, "conventional"), (0x9FFFF, "conventional"),
        (0xB8000, "video"), (0xC8000, "adapter-rom"), (0xFFFF0, "bios-rom"), (0x10FFEF, "high-memory"),
    ],
)  # fmt: skip
def test_real_mode_memory_is_open_to_all(address, region):
    found = said(address, "dos")
    assert found["region"] == region
    assert "user" not in found


@given(st.sampled_from(SPLITS), st.integers(0, 2**32 - 1))
def test_the_split_is_where_it_is_said(split, address):
    found = said(address, "linux32", split)
    assert (found["area"] == "kernel") == (address >= split)
    assert found["user"] == ("#PF" if address >= split else "ok")
    assert found["kernel"] == "ok"
    if split <= address < 0xF8000000:
        assert found["physical"] == address - split
    else:
        assert found["physical"] is None


def test_the_myth_of_3_gib():
    assert said(0xC0001000, "linux32")["area"] == "kernel"
    assert said(0xC0001000, "linux64")["area"] == "user"


@pytest.mark.parametrize(
    ("model", "split", "address"),
    [
        ("linux32", 0xC0000000, 2**32), ("dos", 0xC0000000, 0x10FFF0), ("linux64", 0xC0000000, 2**64),
        ("linux32", 0xD0000000, 0), ("linux64", 0xC0000000, -1),
    ],
)  # fmt: skip
def test_addresses_that_there_are_not(model, split, address):
    with pytest.raises(InputError):
        SpaceConfig(model, split, (address,))


def test_an_address_is_found_in_one_region():
    assert region_of(0x1000, "linux64", 0xC0000000).name == "user"
