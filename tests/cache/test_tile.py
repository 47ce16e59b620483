"""The largest tile that fits."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_cache.tile import TileConfig, run, simulated

tiles = st.builds(
    TileConfig,
    n=st.integers(1, 60),
    elem=st.sampled_from((1, 2, 4, 8)),
    arrays=st.integers(1, 4),
    size=st.integers(32, 20_000),
    line=st.sampled_from((8, 32, 64)),
    sides=st.sampled_from(("any", "divisor", "power")),
    simulate=st.just(False),
)


@given(tiles)
def test_the_tile_is_the_largest_that_is_allowed_and_fits(config):
    side = run(config).metrics["tile"]
    allowed = {
        "any": lambda b: True,
        "divisor": lambda b: config.n % b == 0,
        "power": lambda b: bin(b).count("1") == 1,
    }[config.sides]
    fitting = [
        b
        for b in range(1, config.n + 1)
        if allowed(b) and config.arrays * b * b * config.elem <= config.size
    ]
    assert side == fitting[-1]


def test_three_tiles_in_8_kib_by_hand():
    # 3 × 18² × 8 = 7776 ≤ 8192 < 3 × 19² × 8 = 8664
    config = TileConfig(32, 8, 3, 8192, 64, "any", False)
    found = run(config).metrics
    assert (found["tile"], found["used_bytes"], found["tiles"]) == (18, 7776, 4)
    assert run(replace(config, sides="power")).metrics["tile"] == 16
    assert run(replace(config, n=36, sides="divisor")).metrics["tile"] == 18


def test_a_transposition_by_tiles_misses_each_line_once_as_estimated():
    found = run(TileConfig(64, 8, 2, 2048, 64, "divisor", True)).metrics
    assert found["tile"] == 8
    assert found["misses_estimated"] == found["misses_simulated"] == 2 * 64 * 64 // 8
    assert found["misses_untiled"] > 4 * found["misses_simulated"]


def test_the_estimate_of_a_multiplication_is_near_what_is_simulated():
    found = run(TileConfig(32, 8, 3, 2048, 32, "divisor", True)).metrics
    assert found["tile"] == 8
    # A tile has 16 lines: 16 tiles of c, and 4 of a and of b for each of them.
    assert found["misses_estimated"] == 16 * 16 + 2 * 64 * 16
    assert found["misses_simulated"] == pytest.approx(found["misses_estimated"], rel=0.15)
    assert found["misses_untiled"] > 3 * found["misses_simulated"]


def test_only_loops_there_are_can_be_simulated():
    config = TileConfig(32, 8, 4, 8192, 64, "any", False)
    assert run(config).metrics["misses_estimated"] is None
    assert not simulated(config, 10**9).simulate
    with pytest.raises(InputError, match="no loop of 4 arrays"):
        replace(config, simulate=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n": 0}, "1 or more"),
        ({"size": 23}, "not even one element"),
        ({"line": 4}, "whole elements"),
        ({"line": 48}, "power of two"),
    ],
)
def test_what_cannot_be_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        replace(TileConfig(32, 8, 3, 8192, 64, "any", False), **changes)


def test_the_command_simulates_what_is_short(oslab):
    short = json.loads(oslab("cache", "tile", "--n", "16", "--size", "1K", "--json").out)
    assert short["metrics"]["misses_simulated"] > 0
    long = json.loads(oslab("cache", "tile", "--n", "1000", "--json").out)
    assert long["metrics"]["misses_simulated"] is None
    assert long["metrics"]["tile"] == 18
