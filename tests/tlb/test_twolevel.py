"""Two levels: who is asked, what is copied, what falls out."""

from hypothesis import given
from hypothesis import strategies as st

from oslab_tlb.tlb import Tlb, TlbEntry, TlbShape
from oslab_tlb.twolevel import TwoLevelTlb


def entry(vpn):
    return TlbEntry(vpn, vpn, 0, True, True, True, False)


def both(first=1, second=3):
    return TwoLevelTlb(TlbShape(first, first, "lru", 0), TlbShape(second, second, "lru", 0))


def places(tlb, pages):
    """Where each page is found; what is found nowhere is filled in."""
    found = []
    for vpn in pages:
        if tlb.find(vpn, 0) is None:
            tlb.fill(entry(vpn))
            found.append(0)
        else:
            found.append(tlb.level)
    return found


def held(tlb):
    return sorted(e.vpn for _, _, e in tlb.entries())


def test_a_walk_fills_both_levels():
    tlb = both()
    assert places(tlb, [1]) == [0]
    assert held(tlb.first) == held(tlb.second) == [1]


def test_a_hit_in_the_second_level_is_copied_into_the_first():
    tlb = both()
    assert places(tlb, [1, 2, 1, 1]) == [0, 0, 2, 1]
    assert held(tlb.first) == [1]
    assert held(tlb.second) == [1, 2]
    tlb.find(2, 0)
    assert tlb.victims[0].vpn == 1


def test_hits_in_the_first_level_are_not_seen_by_the_second():
    tlb = both(first=2)
    # 1 is hit all the time, but the second level gives it up as the oldest.
    assert places(tlb, [1, 2, 1, 3, 1, 4]) == [0, 0, 1, 0, 1, 0]
    assert held(tlb.second) == [2, 3, 4]
    assert held(tlb.first) == [1, 4]
    assert places(tlb, [1]) == [1]


def test_flushes_and_invalidations_reach_both():
    tlb = both()
    places(tlb, [1, 2])
    assert tlb.invalidate(2) == 2
    assert tlb.flush() == 1
    assert held(tlb.first) == held(tlb.second) == []


@given(st.lists(st.integers(0, 12), max_size=80))
def test_the_first_level_hits_as_often_as_it_would_alone(pages):
    alone = Tlb(TlbShape(3, 3, "lru", 0))
    hits = [alone.find(v, 0) is not None or alone.fill(entry(v)) is False for v in pages]
    assert [level == 1 for level in places(both(3, 5), pages)] == hits
