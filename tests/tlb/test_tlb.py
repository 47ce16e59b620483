"""One TLB: where entries go, who answers, who leaves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oslab import InputError
from oslab_tlb.tlb import POLICIES, Tlb, TlbEntry, TlbShape


def entry(vpn, asid=0, is_global=False, **rights):
    granted = {"write": True, "user": True, "execute": True, **rights}
    return TlbEntry(vpn=vpn, pfn=vpn + 100, asid=asid, is_global=is_global, **granted)


def touched(tlb, pages):
    """The victims of pages that are looked up, and filled in on a miss."""
    victims = []
    for vpn in pages:
        victim = None if tlb.find(vpn, 0) else tlb.fill(entry(vpn))
        victims.append(victim and victim.vpn)
    return victims


def held(tlb):
    return sorted(e.vpn for _, _, e in tlb.entries())


@pytest.mark.parametrize(
    ("policy", "victims"),
    [
        ("lru", [None, None, None, None, None, 2, 3]),
        ("fifo", [None, None, None, None, None, 1, 2]),
        # After 1 2 3 4 1 the root points right, and there to way 2: page 3.
        ("plru", [None, None, None, None, None, 3, 2]),
    ],
)
def test_each_policy_gives_up_its_own_victim(policy, victims):
    assert touched(Tlb(TlbShape(4, 4, policy, 0)), [1, 2, 3, 4, 1, 5, 6]) == victims


def test_set_and_tag_are_the_low_and_the_high_part_of_the_page_number():
    shape = TlbShape(16, 4, "lru", 0)
    assert (shape.sets, shape.index_bits) == (4, 2)
    assert (shape.index_of(0b1110), shape.tag_of(0b1110)) == (0b10, 0b11)


def test_a_full_set_gives_up_a_page_while_others_are_empty():
    assert touched(Tlb(TlbShape(8, 2, "lru", 0)), [0, 4, 8]) == [None, None, 0]


def test_an_entry_answers_for_its_own_process_only():
    tlb = Tlb(TlbShape(4, 4, "lru", 0))
    tlb.fill(entry(7, asid=1))
    assert tlb.find(7, 1)
    assert tlb.find(7, 2) is None


def test_a_global_entry_answers_for_all():
    tlb = Tlb(TlbShape(4, 4, "lru", 0))
    tlb.fill(entry(7, asid=1, is_global=True))
    assert tlb.find(7, 2).pfn == 107


def test_a_flush_spares_global_entries_unless_told():
    tlb = Tlb(TlbShape(4, 4, "lru", 0))
    for made in (entry(1, 1), entry(2, 2), entry(3, 1, is_global=True)):
        tlb.fill(made)
    assert tlb.flush(asid=1) == 1
    assert held(tlb) == [2, 3]
    assert tlb.flush() == 1
    assert held(tlb) == [3]
    assert tlb.flush(globals_too=True) == 1
    assert held(tlb) == []


def test_invalidating_a_page_spares_other_processes_and_takes_global_entries():
    tlb = Tlb(TlbShape(4, 4, "lru", 0))
    for made in (entry(1, 1), entry(1, 2), entry(9, 2, is_global=True)):
        tlb.fill(made)
    assert tlb.invalidate(1, asid=1) == 1
    assert tlb.find(1, 2)
    assert tlb.invalidate(9, asid=1) == 1
    assert tlb.invalidate(1) == 1
    assert held(tlb) == []


def test_a_dropped_entry_leaves_its_way_to_the_next():
    tlb = Tlb(TlbShape(4, 4, "lru", 0))
    touched(tlb, [1, 2, 3, 4])
    tlb.invalidate(3)
    assert tlb.fill(entry(5)) is None
    assert [e.vpn for e in tlb.ways(0)] == [1, 2, 5, 4]
    # 5 is the newest now, wherever it stands.
    assert touched(tlb, [6, 7, 8, 9]) == [1, 2, 4, 5]


def test_a_new_version_of_an_entry_takes_its_place():
    tlb = Tlb(TlbShape(2, 2, "lru", 0))
    touched(tlb, [1, 2])
    assert tlb.fill(entry(1, write=False)) is None
    assert held(tlb) == [1, 2]
    assert not tlb.peek(1, 0).write


def test_peeking_is_no_use():
    tlb = Tlb(TlbShape(2, 2, "lru", 0))
    touched(tlb, [1, 2])
    assert tlb.peek(1, 0)
    assert touched(tlb, [3]) == [1]


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((12, 4, "lru"), "power of two of sets"),
        ((12, 5, "lru"), "power of two of sets"),
        ((0, 1, "lru"), "1 to"),
        ((4, 5, "lru"), "1 to 4 ways"),
        ((3, 3, "plru"), "power of two of ways"),
        ((4, 4, "lfu"), "lru, fifo, random, plru"),
    ],
)
def test_a_shape_that_cannot_be_is_refused(shape, said):
    with pytest.raises(InputError, match=said):
        TlbShape(*shape, 0)


def test_three_entries_make_one_set():
    assert TlbShape(3, 3, "lru", 0).sets == 1


def test_a_drawing_leaves_out_what_says_nothing():
    tlb = Tlb(TlbShape(2, 2, "lru", 0))
    tlb.fill(entry(1))
    assert tlb.drawn().columns == ("way", "vpn", "pfn")
    assert tlb.drawn().rows == ((0, 1, 101), (1, None, None))
    tlb.fill(entry(2, asid=3, write=False))
    assert tlb.drawn().columns == ("way", "vpn", "pfn", "asid", "rights")
    assert tlb.drawn().rows[1] == (1, 2, 102, 3, "r-xu")
    assert Tlb(TlbShape(4, 2, "lru", 0)).drawn().columns[:3] == ("set", "way", "tag")


pages = st.lists(st.integers(0, 40), max_size=60)
policies = st.sampled_from(POLICIES)


@given(policies, pages)
def test_what_was_filled_last_is_found_and_nothing_is_held_twice(policy, string):
    tlb = Tlb(TlbShape(8, 2, policy, 3))
    for vpn in string:
        touched(tlb, [vpn])
        assert tlb.peek(vpn, 0).pfn == vpn + 100
        assert len(held(tlb)) == len(set(held(tlb))) <= 8
        assert all(e.vpn % 4 == index for index, _, e in tlb.entries())


@given(pages)
def test_a_larger_fully_associative_lru_tlb_holds_all_that_a_smaller_one_does(string):
    small, large = (Tlb(TlbShape(n, n, "lru", 0)) for n in (3, 5))
    for vpn in string:
        touched(small, [vpn])
        touched(large, [vpn])
        assert set(held(small)) <= set(held(large))
