"""Splitting addresses into page number and offset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.problems.split import Split
from oslab_paging.split import SplitConfig, join, run, split


@given(st.integers(0, 2**64 - 1), st.integers(0, 30))
def test_splitting_then_joining_is_the_identity(va, bits):
    vpn, vpo = split(va, 1 << bits)
    assert 0 <= vpo < 1 << bits
    assert join(vpn, vpo, 1 << bits) == va


@given(st.integers(0, 2**20), st.integers(0, 2**12 - 1))
def test_joining_then_splitting_is_the_identity(vpn, vpo):
    assert split(join(vpn, vpo, 4096), 4096) == (vpn, vpo)


def test_8196_with_4_kib_pages_is_page_2_offset_4():
    found = run(SplitConfig((8196,), 16, 4096))
    assert found.metrics["vpn"] == 2
    assert found.metrics["vpo"] == 4
    assert (found.metrics["vpn_bits"], found.metrics["vpo_bits"]) == (4, 12)


def test_bits_are_drawn_cut_at_the_page_border():
    (step,) = run(SplitConfig((8196,), 16, 4096)).steps
    assert step.state["bits"].rows == (
        ("VPN", "15..12", "0010", 2),
        ("VPO", "11..0", "0000 0000 0100", 4),
    )


def test_a_page_as_large_as_the_space_leaves_no_page_number():
    (step,) = run(SplitConfig((7,), 4, 16)).steps
    assert [row[0] for row in step.state["bits"].rows] == ["VPO"]
    assert step.result["vpn"] == 0


@pytest.mark.parametrize(
    ("addresses", "va_bits", "page_size", "message"),
    [
        ((), 16, 4096, "at least one"),
        ((65536,), 16, 4096, "does not fit into 16 bits"),
        ((1,), 16, 4000, "power of two"),
        ((1,), 16, 0, "power of two"),
        ((1,), 10, 4096, "larger than an address space of 10 bits"),
        ((1,), 65, 4096, "1 to 64 bits"),
    ],
)
def test_a_split_that_makes_no_sense_is_refused(addresses, va_bits, page_size, message):
    with pytest.raises(InputError, match=message):
        SplitConfig(addresses, va_bits, page_size)


def test_modelled_mistakes_of_8196():
    p = SplitConfig((8196,), 16, 4096)
    assert Split().swapped(p)["splits"] == [{"vpn": 4, "vpo": 2}]
    assert Split().page_4000(p)["splits"] == [{"vpn": 2, "vpo": 196}]
    assert Split().one_offset_bit_less(p)["splits"] == [{"vpn": 4, "vpo": 4}]


def test_page_4000_cannot_happen_with_pages_below_1_kib():
    assert Split().page_4000(SplitConfig((8196,), 16, 512)) is None
