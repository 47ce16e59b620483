"""The flow of an access: 5 steps on a TLB hit, 4 + 2k on a miss, and what faults add."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_paging.fault import Use
from oslab_tlb.flow import FlowConfig, run
from oslab_tlb.pages import Page
from oslab_tlb.simulate import TlbConfig, count

HIT = ["flow-send", "flow-ask", "flow-entry", "flow-request-data", "flow-return-data"]
WALK = ["flow-request-pte", "flow-return-pte"]


def page(vpn, ppn, present=True, write=True):
    return Page(vpn, ppn, present, True, write, True, True, False)


def config(*uses, levels=1, entries=4, cached=(), pages=()):
    accesses = tuple(Use(*use) if isinstance(use, tuple) else Use(use, False) for use in uses)
    return FlowConfig(accesses, 4096, levels, entries, tuple(cached), tuple(pages))


def actions(found):
    return [step.action for step in found.steps]


def numbers(found):
    return [step.given["number"] for step in found.steps]


def test_a_hit_takes_five_steps_and_reads_no_page_table():
    found = run(config(0x2004, cached=[2], pages=[page(2, 6)]))
    assert actions(found) == HIT
    assert numbers(found) == [1, 2, 3, 4, 5]
    assert found.steps[3].result["pa"] == 24580
    assert found.metrics["memory_accesses"] == 1
    assert found.metrics["hits"] == 1


def test_a_miss_takes_six_steps_and_fills_the_tlb():
    found = run(config(0x2004))
    assert actions(found) == [*HIT[:2], *WALK, "flow-fill", *HIT[3:]]
    assert numbers(found) == [1, 2, 3, 4, 4, 5, 6]
    assert found.metrics["steps"] == 6
    assert found.metrics["memory_accesses"] == 2


def test_each_further_level_is_one_more_request_and_reply():
    found = run(config(0x2004, levels=4))
    assert actions(found).count("flow-request-pte") == 4
    assert found.metrics["steps"] == 4 + 2 * 4
    assert found.metrics["memory_accesses"] == 5


def test_the_next_access_to_the_page_hits():
    found = run(config(0x2004, 0x2008))
    assert actions(found)[-5:] == HIT


def test_a_full_tlb_gives_up_the_least_recently_used_entry():
    found = run(config(0x3000, 0x2004, entries=2, cached=[3, 4]))
    [fill] = [step for step in found.steps if step.action == "flow-fill"]
    # Page 3 was used just before.
    assert fill.result["victim"] == 4
    assert found.metrics["evictions"] == 1


def test_a_write_through_a_read_only_entry_faults_without_a_walk():
    found = run(config((0x2004, True), 0x3000, cached=[2], pages=[page(2, 6, write=False)]))
    assert actions(found) == [*HIT[:3], "flow-protect", "flow-signal"]
    assert found.metrics["memory_accesses"] == 0
    assert (found.metrics["hits"], found.metrics["protection_faults"]) == (1, 1)


def test_a_walk_that_finds_no_permission_fills_nothing():
    found = run(config((0x2004, True), pages=[page(2, 6, write=False)], levels=2))
    assert actions(found) == [*HIT[:2], *WALK * 2, "flow-protect", "flow-signal"]
    assert found.metrics["memory_accesses"] == 2


def test_after_a_page_fault_the_second_try_misses_and_walks_again():
    found = run(config(0x2004, levels=2, pages=[page(2, 6, present=False)]))
    walk = [*HIT[:2], *WALK * 2]
    faulting = ["flow-trap", "flow-page-in", "flow-restart"]
    assert actions(found) == [*walk, *faulting, *walk, "flow-fill", *HIT[3:]]
    assert (found.metrics["misses"], found.metrics["page_faults"]) == (2, 1)
    assert found.metrics["memory_accesses"] == 5


def test_the_rules_do_not_tell_what_will_happen():
    hit = run(config(0x2004, cached=[2])).conventions
    for other in (config(0x2004), config(0x2004, pages=[page(2, 6, present=False)])):
        assert run(other).conventions == hit


@given(
    st.lists(st.tuples(st.integers(0, 7), st.booleans()), min_size=1, max_size=30),
    st.integers(1, 4),
    st.integers(1, 5),
    st.sets(st.integers(0, 7)),
)
def test_the_flow_counts_what_the_simulation_counts(uses, levels, entries, absent):
    pages = tuple(page(vpn, vpn + 8, present=False) for vpn in absent)
    accesses = tuple(Use(vpn << 12, write) for vpn, write in uses)
    found = run(FlowConfig(accesses, 4096, levels, entries, (), pages)).metrics
    same = count(
        TlbConfig(
            entries=entries, ways=entries, policy="lru", entries2=None, ways2=None, policy2=None,
            seed=0, page_size=4096, levels=levels,
            references=tuple(f"{vpn}{'w' if write else 'r'}" for vpn, write in uses), unit="page",
            mode="user", asids=False, pages=pages, demand=False, fault_drops=False, trace="",
        )
    )  # fmt: skip
    shared = set(found) & set(same)
    assert shared >= {"hits", "misses", "evictions", "page_faults", "memory_accesses"}
    assert {name: found[name] for name in shared} == {name: same[name] for name in shared}
    assert found["hits"] + found["misses"] == len(uses) + found["page_faults"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"levels": 0}, {"levels": 9}, {"entries": 0}, {"cached": [2, 2]},
        {"entries": 1, "cached": [2, 3]},
        {"cached": [2], "pages": [page(2, 6, present=False)]},
        {"pages": [page(2, 6), page(2, 7)]},
    ],
)  # fmt: skip
def test_states_that_cannot_be_are_refused(wrong):
    with pytest.raises(InputError):
        config(0x2004, **wrong)


def test_no_access_is_refused():
    with pytest.raises(InputError):
        config()
