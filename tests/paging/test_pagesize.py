"""The page-size trade-off."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.pagesize import PageSizeConfig, run
from oslab_paging.problems.pagesize import PageSize

SIZES = tuple(1 << bits for bits in range(6, 24))


def test_one_mebibyte_and_8_byte_entries_want_4_kib_pages():
    found = run(PageSizeConfig(1 << 20, 8, SIZES)).metrics
    assert found["optimum_bytes"] == 4096
    assert found["best_page_size"] == 4096


def test_table_and_unused_half_page_cost_the_same_at_the_optimum():
    (found,) = run(PageSizeConfig(1 << 20, 8, (4096,))).metrics["overheads"]
    assert found == {"page": 4096, "table": 2048, "unused": 2048, "total": 4096}


def test_a_cost_that_is_no_whole_number_stays_exact():
    (found,) = run(PageSizeConfig(1000, 3, (64,))).metrics["overheads"]
    assert found["table"] == Fraction(3000, 64)


@given(st.integers(4096, 2**30), st.integers(1, 16))
def test_the_best_power_of_two_is_next_to_the_optimum(process, pte):
    found = run(PageSizeConfig(process, pte, SIZES)).metrics
    assert Fraction(1, 2) <= found["best_page_size"] / found["optimum_bytes"] <= 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 8, (4096,)), "at least 1 byte"),
        ((1024, 8, ()), "give page sizes"),
        ((1024, 8, (4000,)), "power of two"),
        ((1024, 8, (4096, 1024)), "smallest to the largest"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        PageSizeConfig(*arguments)


def test_modelled_mistakes():
    p = PageSizeConfig(1 << 20, 8, (2048, 4096, 8192))

    def answers(name):
        return PageSize.mistakes()[name](PageSize(), p)

    assert [row["total"] for row in answers("whole-page-lost")["costs"]] == [6144, 6144, 9216]
    assert [row["table"] for row in answers("entries-as-bytes")["costs"]] == [512, 256, 128]
    assert answers("unused-only")["best"] == 2048
    assert [row["total"] for row in answers("table-only")["costs"]] == [4096, 2048, 1024]
