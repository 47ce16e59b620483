"""Sizes, waste and buddies, against figures worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oslab import InputError

from oslab_buddy.block import WasteConfig, block_size, buddy_of, run


@pytest.mark.parametrize(
    ("request_bytes", "size"),
    [(1, 4096), (4096, 4096), (4097, 8192), (9 * 1024, 16384), (16384, 16384), (16385, 32768)],
)
def test_a_request_is_rounded_up_to_a_power_of_two(request_bytes: int, size: int) -> None:
    assert block_size(request_bytes, 4096) == size


def test_the_buddy_is_the_other_half_of_the_larger_block() -> None:
    assert buddy_of(0x8000, 0x4000) == 0xC000
    assert buddy_of(0xC000, 0x4000) == 0x8000


@given(st.integers(0, 30), st.integers(0, 1000))
def test_buddies_are_each_others_and_fill_an_aligned_block(order: int, place: int) -> None:
    size = 1 << order
    address = place * size
    other = buddy_of(address, size)
    assert buddy_of(other, size) == address
    assert abs(other - address) == size
    assert min(address, other) % (2 * size) == 0


def test_waste_of_one_request() -> None:
    assert run(WasteConfig(9300, 4096, 0xC000)).metrics == {
        "block": 16384,
        "waste": 7084,
        "buddy": 0x8000,
    }


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ((0, 4096, 0), "at least 1 byte"),
        ((1, 3000, 0), "power of two"),
        ((9300, 4096, 0x2000), "multiple"),
    ],
)
def test_what_makes_no_sense_is_refused(config: tuple[int, int, int], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        WasteConfig(*config)
