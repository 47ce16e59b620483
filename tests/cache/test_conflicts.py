"""Which addresses compete for the same set."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_cache.cache import Cache
from oslab_cache.conflicts import ConflictsConfig, rivals, run

configs = st.builds(
    lambda addresses, line, sets, ways: ConflictsConfig(
        tuple(addresses), (ways << line) << sets, 1 << line, ways
    ),
    st.lists(st.integers(0, 1023), min_size=1, max_size=14),
    st.integers(0, 5),
    st.integers(0, 4),
    st.integers(1, 4),
)


def test_a_direct_mapped_cache_worked_out_by_hand():
    # 16 sets of one line of 4 bytes: 0x00, 0x40 and 0x80 are all in set 0, 0x04 and 0x05 in one line.
    found = run(ConflictsConfig((0x00, 0x40, 0x04, 0x80, 0x05), 64, 4, 1)).metrics
    assert found["shared_sets"] == found["crowded_sets"] == (0,)
    assert found["conflicting"] == (0x00, 0x40, 0x80)
    assert found["lines"] == 4
    assert found["sets_used"] == 2


def test_two_ways_hold_two_rivals():
    found = run(ConflictsConfig((0x00, 0x40, 0x10), 128, 4, 2)).metrics
    assert found["shared_sets"] == (0,)
    assert found["crowded_sets"] == ()
    assert [group["verdict"] for group in found["groups"]] == ["together", "alone"]


@given(configs)
def test_to_be_a_rival_is_mutual(config):
    found = rivals(config)
    for n, others in enumerate(found, 1):
        assert n not in others
        assert all(n in found[other - 1] for other in others)


@given(configs)
def test_a_second_round_misses_in_crowded_sets_and_nowhere_else(config):
    cache, shape = Cache(config.shape), config.shape
    for address in config.addresses:
        cache.access(shape.line_of(address), False)
    missed = set()
    for address in config.addresses:
        outcome = cache.access(shape.line_of(address), False)
        if not outcome.hit:
            missed.add(outcome.index)
    assert missed == set(run(config).metrics["crowded_sets"])


@given(configs)
def test_every_address_is_in_one_group(config):
    groups = run(config).metrics["groups"]
    everywhere = [address for group in groups for address in group["addresses"]]
    assert sorted(everywhere) == sorted(config.addresses)


def test_nothing_to_compare_is_refused():
    with pytest.raises(InputError, match="at least one address"):
        ConflictsConfig((), 64, 4, 1)
    with pytest.raises(InputError, match="not negative"):
        ConflictsConfig((-1,), 64, 4, 1)


def test_the_command_takes_a_list(oslab):
    found = oslab(
        "cache",
        "conflicts",
        "0,0x40",
        "0x80",
        "--size",
        "64",
        "--line",
        "4",
        "--ways",
        "1",
        "--json",
    )
    assert json.loads(found.out)["metrics"]["conflicting"] == [0, 0x40, 0x80]
