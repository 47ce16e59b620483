"""Lookups in a TLB whose contents are given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_tlb.lookup import LookupConfig, SnapshotEntry, drawn_parts, drawn_snapshot, run

# 14-bit addresses, pages of 64 bytes, 4 sets of 2 ways.
HELD = (
    SnapshotEntry(3, 0, 0x03, 0x0D, True),
    SnapshotEntry(3, 1, 0x0F, 0x2D, False),
    SnapshotEntry(1, 0, 0x07, 0x11, True),
    SnapshotEntry(0, 1, 0x09, None, False),
)


def config(*addresses, held=HELD, entries=8, ways=2, va_bits=14, page_size=64):
    return LookupConfig(addresses, va_bits, page_size, entries, ways, tuple(held))


def looked(va, **others):
    [step] = run(config(va, **others)).steps
    return step.result


def test_a_hit_gives_set_tag_frame_and_physical_address():
    # VPN 0x0f = 11 in binary for the set, 0b11 for the tag; offset 0x14.
    found = looked(0x0F << 6 | 0x14)
    assert {n: found[n] for n in ("vpn", "vpo", "set", "tag", "result", "ppn", "pa", "why")} == {
        "vpn": 0x0F, "vpo": 0x14, "set": 3, "tag": 0x03, "result": "hit", "ppn": 0x0D,
        "pa": 0x0D << 6 | 0x14, "why": None,
    }  # fmt: skip


def test_an_invalid_entry_with_the_same_tag_does_not_answer():
    found = looked((0x0F << 2 | 3) << 6)
    assert (found["result"], found["ppn"], found["pa"], found["why"]) == (
        "miss", None, None, "invalid",
    )  # fmt: skip


def test_the_same_tag_in_another_set_does_not_answer():
    found = looked((0x07 << 2 | 2) << 6)
    assert (found["set"], found["tag"], found["result"]) == (2, 0x07, "miss")
    assert found["why"] == "elsewhere"


def test_a_tag_that_is_nowhere_misses():
    assert looked((0x20 << 2) << 6)["why"] == "absent"


def test_in_a_fully_associative_tlb_the_page_number_is_the_tag():
    held = [SnapshotEntry(0, way, tag, way, True) for way, tag in enumerate((5, 9, 200))]
    found = run(config(200 << 6, held=held, entries=4, ways=4))
    assert found.steps[0].result["tag"] == 200
    assert found.steps[0].result["ppn"] == 2
    assert "set" not in found.asks["look-up"]


def test_the_parts_of_an_address_make_it_up_again():
    grid = drawn_parts(config(0), 0x35C3)
    bits = "".join(row[2].replace(" ", "") for row in grid.rows)
    assert int(bits, 2) == 0x35C3


def test_few_ways_stand_side_by_side_and_many_below_each_other():
    assert len(drawn_snapshot(config(0)).rows) == 4
    assert len(drawn_snapshot(config(0, held=(), entries=16, ways=16)).rows) == 16


@given(
    st.integers(0, 3), st.integers(0, 3), st.integers(0, 6), st.integers(0, 8),
    st.lists(st.integers(0, 2**16 - 1), min_size=1, max_size=20), st.data(),
)  # fmt: skip
def test_an_address_hits_just_when_its_page_is_among_the_valid(
    set_bits, way_bits, page_bits, ppn, addresses, data
):
    sets, ways = 1 << set_bits, 1 << way_bits
    page_size = 1 << page_bits
    pages = data.draw(
        st.dictionaries(st.integers(0, (1 << 16 - page_bits) - 1), st.booleans(), max_size=12)
    )
    held, filled = [], dict.fromkeys(range(sets), 0)
    for vpn, valid in pages.items():
        index = vpn % sets
        if filled[index] < ways:
            held.append(SnapshotEntry(index, filled[index], vpn // sets, vpn + ppn, valid))
            filled[index] += 1
    there = {e.tag * sets + e.index: e.ppn for e in held if e.valid}
    found = run(LookupConfig(tuple(addresses), 16, page_size, sets * ways, ways, tuple(held)))
    for va, row in zip(addresses, found.metrics["lookups"], strict=True):
        assert row["ppn"] == there.get(va // page_size)
        assert (row["result"] == "hit") == (va // page_size in there)
        if row["pa"] is not None:
            assert row["pa"] == row["ppn"] * page_size + va % page_size
    assert found.metrics["hits"] + found.metrics["misses"] == len(addresses)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ([SnapshotEntry(4, 0, 0, 0, True)], "not in this TLB"),
        ([SnapshotEntry(0, 2, 0, 0, True)], "not in this TLB"),
        ([SnapshotEntry(0, 0, 1, 0, True), SnapshotEntry(0, 0, 2, 0, True)], "filled twice"),
        ([SnapshotEntry(0, 0, 1, 0, True), SnapshotEntry(0, 1, 1, 0, True)], "the same tag"),
        ([SnapshotEntry(0, 0, 64, 0, True)], "6 bits"),
        ([SnapshotEntry(0, 0, 1, None, True)], "frame number"),
    ],
)
def test_contents_that_cannot_be_are_refused(held, said):
    with pytest.raises(InputError, match=said):
        config(0, held=held)


@pytest.mark.parametrize("others", [{"entries": 6, "ways": 4}, {"page_size": 100}, {"va_bits": 7}])
def test_shapes_that_cannot_be_are_refused(others):
    with pytest.raises(InputError):
        config(0, held=(), **others)


def test_an_address_too_long_is_refused():
    with pytest.raises(InputError, match="14 bits"):
        config(1 << 14)
