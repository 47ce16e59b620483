"""Inverted tables: hash, chains, probes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.inverted import FramePage, InvertedConfig, Lookup, run


def config(lookups, pages, frames=8, anchors=4, hash="sum", insertion="head"):
    return InvertedConfig(
        tuple(Lookup(*item) for item in lookups),
        tuple(FramePage(*page) for page in pages),
        frames, anchors, 4096, hash, insertion,
    )  # fmt: skip


def probes(found):
    return [item["probes"] for item in found.metrics["lookups"]]


def test_a_new_entry_stands_at_the_head_of_its_chain():
    pages = [(0, 1, 3), (1, 1, 7), (2, 1, 11)]
    lookups = [(1, 11 << 12), (1, 7 << 12), (1, 3 << 12)]
    assert probes(run(config(lookups, pages))) == [1, 2, 3]
    assert probes(run(config(lookups, pages, insertion="tail"))) == [3, 2, 1]


def test_the_same_page_of_another_process_is_another_page():
    found = run(config([(1, 0x5004), (2, 0x5004)], [(0, 1, 5), (1, 2, 5)], hash="vpn"))
    assert [item["pa"] for item in found.metrics["lookups"]] == [0x0004, 0x1004]
    assert probes(found) == [2, 1]


@pytest.mark.parametrize(("hash", "anchor"), [("sum", 0), ("xor", 2), ("vpn", 3)])
def test_the_hash_can_be_chosen(hash, anchor):
    found = run(config([(1, 3 << 12)], [], hash=hash))
    assert found.metrics["lookups"][0]["anchor"] == anchor


def test_a_page_in_no_frame_costs_its_whole_chain():
    found = run(config([(1, 15 << 12), (1, 0)], [(0, 1, 3), (1, 1, 7)]))
    assert probes(found) == [2, 0]
    assert [item["outcome"] for item in found.metrics["lookups"]] == ["fault", "fault"]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), unique=True, max_size=20),
    st.integers(1, 9),
    st.sampled_from(["sum", "xor", "vpn"]),
    st.sampled_from(["head", "tail"]),
)
def test_every_page_is_found_in_its_frame_and_probes_sum_over_chains(owners, anchors, hash, where):
    pages = [(frame, pid, vpn) for frame, (pid, vpn) in enumerate(owners)]
    lookups = [(pid, vpn * 4096 + 5) for pid, vpn in owners] or [(9, 0)]
    found = run(config(lookups, pages, 20, anchors, hash, where))
    for frame, item in zip(range(len(owners)), found.metrics["lookups"], strict=False):
        assert item["frame"] == frame
        assert item["pa"] == frame * 4096 + 5
    if owners:
        lengths = {}
        for item in found.metrics["lookups"]:
            lengths[item["anchor"]] = lengths.get(item["anchor"], 0) + 1
        assert sum(probes(found)) == sum(n * (n + 1) // 2 for n in lengths.values())


@pytest.mark.parametrize(
    "pages", [[(8, 1, 1)], [(0, 1, 1), (0, 1, 2)], [(0, 1, 1), (1, 1, 1)]]
)  # fmt: skip
def test_tables_that_cannot_be_are_refused(pages):
    with pytest.raises(InputError):
        config([(1, 0)], pages)
