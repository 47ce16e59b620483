"""Splitting addresses into tag, set index and offset."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_cache.split import SplitConfig, geometry, join, run, split

shapes = st.builds(
    lambda line, sets, ways: geometry((ways << line) << sets, 1 << line, ways),
    st.integers(0, 8),
    st.integers(0, 8),
    st.integers(1, 12),
)


@given(shapes, st.integers(0, 2**64 - 1))
def test_joining_the_parts_gives_the_address(shape, address):
    tag, index, offset = split(address, shape)
    assert 0 <= index < shape.sets
    assert 0 <= offset < shape.line
    assert join(tag, index, offset, shape) == address


@given(shapes, st.integers(0, 2**40), st.integers(0, 2**16))
def test_addresses_in_one_line_differ_in_the_offset_alone(shape, line, offset):
    first = split(line * shape.line, shape)
    other = split(line * shape.line + offset % shape.line, shape)
    assert first[:2] == other[:2]


# The small memory system of CS:APP 9.6.4: 12-bit addresses, 16 lines of 4 bytes, direct-mapped.
@pytest.mark.parametrize(
    ("address", "tag", "index", "offset"),
    [(0x354, 0x0D, 0x5, 0x0), (0x18E, 0x06, 0x3, 0x2), (0xFFF, 0x3F, 0xF, 0x3), (0, 0, 0, 0)],
)
def test_the_small_textbook_cache(address, tag, index, offset):
    found = run(SplitConfig((address,), 64, 4, 1, 12)).metrics
    assert (found["tag"], found["index"], found["offset"]) == (tag, index, offset)
    assert (found["tag_bits"], found["index_bits"], found["offset_bits"]) == (6, 4, 2)


def test_32_kib_in_8_ways_of_64_bytes_has_64_sets():
    found = run(SplitConfig((0x12345678,), 32768, 64, 8, 48)).metrics
    assert found["sets"] == 64
    assert (found["tag_bits"], found["index_bits"], found["offset_bits"]) == (36, 6, 6)
    assert (found["tag"], found["index"], found["offset"]) == (0x12345, 0x19, 0x38)


def test_every_address_has_its_parts_and_the_first_ones_stand_flat():
    found = run(SplitConfig((0x40, 0x85), 64, 4, 1, 12)).metrics
    assert [dict(row) for row in found["splits"]] == [
        {"address": 0x40, "tag": 1, "index": 0, "offset": 0},
        {"address": 0x85, "tag": 2, "index": 1, "offset": 1},
    ]
    assert found["tag"] == 1


def test_the_bits_are_drawn_in_three_parts():
    (step,) = run(SplitConfig((0x354,), 64, 4, 1, 12)).steps
    assert step.state["address_bits"].rows == (
        ("tag", "11..6", "00 1101", "0xd = 13"),
        ("index", "5..2", "0101", "0x5 = 5"),
        ("offset", "1..0", "00", "0x0 = 0"),
    )


def test_a_fully_associative_cache_has_no_index():
    (step,) = run(SplitConfig((0x354,), 64, 4, 16, 12)).steps
    assert [row[0] for row in step.state["address_bits"].rows] == ["tag", "offset"]
    assert step.result["tag"] == 0x354 >> 2


def test_a_line_comes_whole():
    (step,) = run(SplitConfig((0x1237,), 1024, 16, 2, 16)).steps
    assert (step.result["first_hex"], step.result["last_hex"]) == ("0x1230", "0x123f")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((), 64, 4, 1, 12), "at least one address"),
        (((4096,), 64, 4, 1, 12), "does not fit into 12 bits"),
        (((1,), 64, 3, 1, 12), "power of two"),
        (((1,), 96, 4, 1, 12), "24 sets"),
        (((1,), 64, 4, 1, 5), "more than an address of 5 bits has"),
        (((1,), 64, 4, 1, 65), "1 to 64 bits"),
        (((1,), 64, 4, 0, 12), "1 line or more"),
    ],
)
def test_a_split_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        SplitConfig(*arguments)


def test_the_command_writes_the_metrics_of_the_curriculum(oslab):
    found = oslab(
        "cache", "split", "0x354", "--size", "64", "--line", "4", "--ways", "1", "--pa-bits", "12",
        "--json",
    )  # fmt: skip
    metrics = json.loads(found.out)["metrics"]
    names = ("tag", "index", "offset", "tag_bits", "index_bits", "offset_bits")
    assert [metrics[name] for name in names] == [13, 5, 0, 6, 4, 2]


def test_ways_may_be_full(oslab):
    found = oslab(
        "cache", "split", "0x354", "--size", "64", "--line", "4", "--ways", "full", "--json"
    )
    assert json.loads(found.out)["metrics"]["index_bits"] == 0


@pytest.mark.parametrize(
    ("option", "value"), [("--size", "x"), ("--line", "3"), ("--ways", "0"), ("--pa-bits", "no")]
)
def test_bad_options_are_one_line(oslab, option, value):
    found = oslab("cache", "split", "0x10", option, value)
    assert found.code == 2
    assert found.err.count("\n") == 1
