"""What the conformance suite cannot know: that the misunderstandings are those meant."""

from oslab_buddy.allocator import BuddyConfig
from oslab_buddy.block import WasteConfig
from oslab_buddy.operations import parse_operations
from oslab_buddy.problems.run import BuddyRun
from oslab_buddy.problems.waste import Waste

BEFORE = "P=alloc 4K; Q=alloc 4K; R=alloc 4K; S=alloc 4K; free P"


def buddy_run(ops: str) -> BuddyConfig:
    return BuddyConfig(65536, 4096, parse_operations(BEFORE), parse_operations(ops), "lowest", True)


def test_rounding_to_the_page_and_not_rounding() -> None:
    p = WasteConfig(9300, 4096, 0xC000)
    assert Waste().rounded_to_page(p) == {"block": 12288, "waste": 2988}
    assert Waste().no_rounding(p) == {"block": 9300, "waste": 0}
    assert Waste().kilo_is_1000(p) == {"block": 16000, "waste": 6700}


def test_the_next_block_is_the_buddy_of_a_first_half_only() -> None:
    for address, wrong in ((0x8000, False), (0xC000, True)):
        p = WasteConfig(9300, 4096, address)
        key = Waste().solve(p, Waste().run(p))
        assert (Waste().buddy_is_next_block(p) != {"buddy": key["buddy"]}) == wrong


def test_the_mistaken_begin_with_the_state_that_is_drawn() -> None:
    p = buddy_run("free Q; free R; T=alloc 8K")
    key, no_merge = BuddyRun().solve(p, BuddyRun().run(p)), BuddyRun().no_merge(p)
    assert [row["address"] for row in key["blocks"]] == [0, 0x2000, 0]
    assert no_merge is not None
    assert [row["address"] for row in no_merge["blocks"]] == [0x1000, 0x2000, 0x4000]


def test_any_neighbour_merges_what_no_split_made() -> None:
    p = buddy_run("U=alloc 4K; free Q; free R; T=alloc 8K")
    answers = BuddyRun().any_neighbour(p)
    assert answers is not None
    assert answers["blocks"][2] == {"size": 8192, "address": 0x1000}


def test_not_splitting_hands_out_the_whole_block() -> None:
    answers = BuddyRun().no_split(buddy_run("T=alloc 5K; U=alloc 4K; V=alloc 4K"))
    assert answers is not None
    assert [row["size"] for row in answers["blocks"]] == [16384, 4096, 32768]


def test_events_are_lettered_by_address() -> None:
    p = buddy_run("free Q; T=alloc 5K")
    problem = BuddyRun()
    letters = [letter for (letter,) in problem.rows(p, "order")]
    assert letters == sorted(letters)
    assert len(letters) == len(problem.listed(p))
