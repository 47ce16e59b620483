"""The allocator against a model that has no tree and no lists: one owner for each smallest block.

Where freed blocks merge at once, the free blocks are the largest aligned free stretches of the memory,
whatever happened before. So a bitmap says all that the allocator does.
"""

from hypothesis import given
from hypothesis import strategies as st

from oslab_buddy.allocator import Allocator, BuddyConfig, count, run
from oslab_buddy.operations import Alloc, Free

UNIT = 4096
UNITS = 16


class Bitmap:
    """Who has each unit of the memory."""

    def __init__(self) -> None:
        self.owner: list[str | None] = [None] * UNITS

    def free_blocks(self) -> list[tuple[int, int]]:
        """(first unit, units) of the largest aligned free stretches, from the left."""
        found: list[tuple[int, int]] = []
        units = UNITS
        while units:
            for first in range(0, UNITS, units):
                inside = any(a <= first < a + n for a, n in found)
                if not inside and not any(self.owner[first : first + units]):
                    found.append((first, units))
            units //= 2
        return sorted(found)

    def alloc(self, name: str, request: int) -> tuple[int, int, int] | None:
        """First unit, units and splits."""
        units = 1
        while units * UNIT < request:
            units *= 2
        enough = [(n, first) for first, n in self.free_blocks() if n >= units]
        if not enough:
            return None
        whole, first = min(enough)
        self.owner[first : first + units] = [name] * units
        return first, units, (whole // units).bit_length() - 1

    def free(self, name: str) -> tuple[int, int, int] | None:
        """First unit and units of the free block there is then, and merges."""
        held = [i for i, owner in enumerate(self.owner) if owner == name]
        if not held:
            return None
        self.owner = [None if owner == name else owner for owner in self.owner]
        for first, units in self.free_blocks():
            if first <= held[0] < first + units:
                return first, units, (units // len(held)).bit_length() - 1
        raise AssertionError("what was freed is free")


@st.composite
def operations(draw: st.DrawFn) -> tuple[Alloc | Free, ...]:
    live: list[str] = []
    found: list[Alloc | Free] = []
    for n in range(draw(st.integers(1, 40))):
        if live and draw(st.booleans()):
            found.append(Free(live.pop(draw(st.integers(0, len(live) - 1)))))
        else:
            live.append(f"P{n}")
            found.append(Alloc(live[-1], draw(st.integers(1, UNITS * UNIT * 5 // 4))))
    return tuple(found)


def config(ops: tuple[Alloc | Free, ...], merge: bool = True, lowest: bool = True) -> BuddyConfig:
    return BuddyConfig(UNITS * UNIT, UNIT, (), ops, "lowest" if lowest else "last-freed", merge)


@given(operations())
def test_each_operation_does_what_the_bitmap_says(ops: tuple[Alloc | Free, ...]) -> None:
    model = Bitmap()
    done = run(config(ops))
    for operation, step in zip(ops, done.steps, strict=True):
        if isinstance(operation, Alloc):
            right = model.alloc(operation.name, operation.request)
        else:
            right = model.free(operation.name)
        address = step.result["address"]
        if right is None:
            assert address is None
        else:
            events = step.result["splits" if isinstance(operation, Alloc) else "merges"]
            assert (address, step.result["size"]) == (right[0] * UNIT, right[1] * UNIT)
            assert len(events) == right[2]  # type: ignore[arg-type]
    assert done.metrics["free_sizes"] == tuple(n * UNIT for _, n in model.free_blocks())


@given(operations(), st.booleans(), st.booleans())
def test_no_byte_is_lost_or_given_out_twice(
    ops: tuple[Alloc | Free, ...], merge: bool, lowest: bool
) -> None:
    allocator = Allocator(config((), merge, lowest))
    for operation in ops:
        allocator.carry_out(operation)
        held = [(block.address, block.size) for block in allocator.held.values()]
        blocks = sorted([*held, *allocator.free_blocks()])
        ends = [0, *(address + size for address, size in blocks)]
        assert ends == [*(address for address, _ in blocks), UNITS * UNIT]
        assert all(address % size == 0 for address, size in blocks)


@given(operations(), st.booleans())
def test_freeing_everything_restores_the_whole_memory(
    ops: tuple[Alloc | Free, ...], lowest: bool
) -> None:
    allocator = Allocator(config((), lowest=lowest))
    for operation in ops:
        allocator.carry_out(operation)
    for name in list(allocator.held):
        allocator.give_back(name)
    assert allocator.free_blocks() == [(0, UNITS * UNIT)]


@given(operations(), st.booleans(), st.booleans())
def test_counting_gives_the_metrics_of_the_run(
    ops: tuple[Alloc | Free, ...], merge: bool, lowest: bool
) -> None:
    assert count(config(ops, merge, lowest)) == run(config(ops, merge, lowest)).metrics
