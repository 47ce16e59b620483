"""The allocator, against runs worked out by hand."""

from typing import Any

import pytest
from oslab import InputError

from oslab_buddy.allocator import BuddyConfig, run
from oslab_buddy.operations import parse_operations


def config(ops: str, before: str = "", **changes: Any) -> BuddyConfig:
    settings: dict[str, Any] = {
        "memory": 64 * 1024,
        "min_block": 4096,
        "pick": "lowest",
        "merge": True,
    }
    return BuddyConfig(
        before=parse_operations(before), ops=parse_operations(ops), **{**settings, **changes}
    )


def results(ops: str, **changes: Any) -> list[tuple[Any, Any]]:
    steps = run(config(ops, **changes)).steps
    return [(step.result["size"], step.result["address"]) for step in steps]


def test_a_block_is_split_down_to_the_size_of_the_request() -> None:
    (step,) = run(config("P=alloc 9K")).steps
    assert step.result["splits"] == ((0, 0x10000), (0, 0x8000))
    assert (step.result["size"], step.result["address"]) == (0x4000, 0)


def test_the_smallest_sufficient_block_is_taken_not_the_first() -> None:
    assert results("P=alloc 16K; Q=alloc 4K; free P; R=alloc 8K")[-1] == (0x2000, 0x6000)


def test_of_blocks_of_one_size_the_lowest_or_the_last_freed_is_taken() -> None:
    before = "P=alloc 4K; Q=alloc 4K; R=alloc 4K; S=alloc 4K; free P; free R"
    assert results("T=alloc 4K", before=before) == [(0x1000, 0)]
    assert results("T=alloc 4K", before=before, pick="last-freed") == [(0x1000, 0x2000)]


def test_merging_goes_on_while_the_buddy_is_free_as_a_whole() -> None:
    steps = run(config("P=alloc 4K; Q=alloc 4K; free P; free Q")).steps
    assert steps[2].result["merges"] == ()
    assert [size for _, size in steps[3].result["merges"]] == [0x2000, 0x4000, 0x8000, 0x10000]


def test_neighbours_that_are_no_buddies_do_not_merge() -> None:
    before = "P=alloc 4K; Q=alloc 4K; R=alloc 4K; S=alloc 4K; free Q"
    assert run(config("free R", before=before)).steps[0].result["merges"] == ()


def test_without_merging_freed_blocks_stay_as_they_are() -> None:
    assert run(config("P=alloc 4K; free P", merge=False)).metrics["merges"] == 0


def test_a_request_too_large_fails_and_changes_nothing() -> None:
    done = run(config("P=alloc 40K; Q=alloc 40K; free Q; free P"))
    assert done.metrics["failures"] == 1
    assert done.steps[1].result["address"] is None
    assert "freed" not in done.steps[2].given
    assert done.metrics["free_sizes"] == (0x10000,)


def test_internal_fragmentation_counts_the_blocks_held_at_the_end() -> None:
    done = run(config("P=alloc 9K; Q=alloc 20K; R=alloc 1K; free Q"))
    assert done.metrics["internal_fragmentation"] == 7 * 1024 + 3 * 1024
    assert done.metrics["free_sizes"] == (0x1000, 0x2000, 0x8000)
    assert done.metrics["largest_free"] == 0x8000


def test_the_state_is_drawn_as_a_tree() -> None:
    (step,) = run(config("P=alloc 20K")).steps
    tree = step.state["tree"]
    assert tree.label == "64 KiB 0x0"
    assert [child.label for child in tree.children] == ["32 KiB 0x0  P", "32 KiB 0x8000  -"]


@pytest.mark.parametrize(
    ("ops", "reason"),
    [
        ("free P", "operation 1: P is not allocated"),
        ("P=alloc 4K; P=alloc 4K", "operation 2: P is still allocated"),
        ("P=alloc 4K; free P; free P", "operation 3: P is not allocated"),
        ("P=alloc 0", "at least 1 byte"),
        ("P=alloc 9Q", "operation 1: .*is not a size"),
        ("alloc 9K", "P=alloc 9K or free P would be"),
    ],
)
def test_bad_operations_are_named(ops: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        config(ops)


@pytest.mark.parametrize("sizes", [(60000, 4096), (65536, 5000), (4096, 65536), (2**50, 1)])
def test_sizes_must_fit_together(sizes: tuple[int, int]) -> None:
    with pytest.raises(InputError):
        config("", memory=sizes[0], min_block=sizes[1])
