"""A buddy allocator: memory split into halves until a block fits, and merged again when freed.

The memory is one block at first. A request is rounded up to a power of two. The smallest free block
that is large enough is taken and split until it has that size, the lower half being used each time. A
block that is freed merges with its buddy if that is free as a whole, the result with its buddy, and
so on.

Source: Knuth, The Art of Computer Programming, volume 1, 2.5; Linux, mm/page_alloc.c.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from oslab import Address, Drawing, Grid, InputError, OrNone, Run, Size, Step, Tree, Value
from oslab.quantities import format_address, format_size

from oslab_buddy.block import block_size, buddy_of, check_power
from oslab_buddy.operations import Alloc, Free, check_names

MOST_BLOCKS = 1 << 20
Pick: TypeAlias = Literal["lowest", "last-freed"]


@dataclass(frozen=True, slots=True)
class BuddyConfig:
    """What happens in which memory.

    memory      bytes managed, a power of two
    min_block   bytes of the smallest block, a power of two
    before      operations carried out before the first step
    ops         operations, each one a step
    pick        which of several free blocks of the smallest sufficient size is taken: the one at the
                lowest address, or the one that became free last (as the Linux kernel does)
    merge       whether a freed block merges with its buddy at once; if not, it never does

    Raises InputError for sizes and names that do not fit together.
    """

    memory: int
    min_block: int
    before: tuple[Alloc | Free, ...]
    ops: tuple[Alloc | Free, ...]
    pick: Pick
    merge: bool

    def __post_init__(self) -> None:
        check_power("the memory", self.memory)
        check_power("the smallest block", self.min_block)
        if not 0 < self.memory // self.min_block <= MOST_BLOCKS:
            raise InputError(
                f"the memory holds 1 to {MOST_BLOCKS} of the smallest blocks; "
                f"{format_size(self.memory)} and {format_size(self.min_block)} do not fit together"
            )
        check_names((*self.before, *self.ops))


@dataclass(frozen=True, slots=True)
class Block:
    """A block handed out, and the bytes asked for."""

    address: int
    size: int
    request: int


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation did.

    block    (address, size) of the block handed out or, after merging, of the free block; None: the
             request failed, or nothing was held
    size     of the block that the request needs; 0: nothing was held
    splits   the blocks that were split, in order
    merges   the blocks that merging made, in order
    """

    block: tuple[int, int] | None
    size: int
    splits: tuple[tuple[int, int], ...] = ()
    merges: tuple[tuple[int, int], ...] = ()


class Allocator:
    """The state: which blocks are free (size → addresses, in the order they became free) and held."""

    def __init__(self, config: BuddyConfig) -> None:
        self.config = config
        self.free: dict[int, dict[int, None]] = {config.memory: {0: None}}
        self.held: dict[str, Block] = {}

    def carry_out(self, operation: Alloc | Free) -> Done:
        if isinstance(operation, Alloc):
            return self.alloc(operation.name, operation.request)
        return self.give_back(operation.name)

    def alloc(self, name: str, request: int) -> Done:
        size = block_size(request, self.config.min_block)
        found = self.choose(size)
        if found is None:
            return Done(None, size)
        address, whole = found
        self.take(address, whole)
        splits = []
        while whole > size:
            splits.append((address, whole))
            whole //= 2
            self.put(address + whole, whole)
        self.held[name] = Block(address, whole, request)
        return Done((address, whole), size, splits=tuple(splits))

    def give_back(self, name: str) -> Done:
        block = self.held.pop(name, None)
        if block is None:  # the request for it failed
            return Done(None, 0)
        address, size = block.address, block.size
        merges = []
        while (other := self.partner(address, size)) is not None:
            self.take(other, size)
            address, size = min(address, other), 2 * size
            merges.append((address, size))
        self.put(address, size)
        return Done((address, size), size, merges=tuple(merges))

    def choose(self, size: int) -> tuple[int, int] | None:
        """Address and size of the free block to take; None where none is large enough."""
        enough = [s for s, addresses in self.free.items() if s >= size and addresses]
        if not enough:
            return None
        addresses = self.free[min(enough)]
        lowest = self.config.pick == "lowest"
        return (min(addresses) if lowest else next(reversed(addresses))), min(enough)

    def partner(self, address: int, size: int) -> int | None:
        """The free block that this one merges with."""
        buddy = buddy_of(address, size)
        mergeable = self.config.merge and size < self.config.memory
        return buddy if mergeable and buddy in self.free.get(size, {}) else None

    def take(self, address: int, size: int) -> None:
        del self.free[size][address]

    def put(self, address: int, size: int) -> None:
        self.free.setdefault(size, {})[address] = None

    def free_blocks(self) -> list[tuple[int, int]]:
        """(address, size) of each free block, by address."""
        return sorted((a, size) for size, addresses in self.free.items() for a in addresses)

    def metrics(self) -> dict[str, Value]:
        """What depends on the state alone."""
        held = self.held.values()
        sizes = [size for _, size in self.free_blocks()]
        return {
            "internal_fragmentation": sum(block.size - block.request for block in held),
            "free_bytes": sum(sizes),
            "largest_free": max(sizes, default=0),
            "free_sizes": tuple(sizes),
        }

    def drawings(self) -> Mapping[str, Drawing]:
        """The tree of blocks, and the free lists."""
        sizes = []
        size = self.config.memory
        while size >= self.config.min_block:
            addresses = " ".join(map(format_address, sorted(self.free.get(size, {}))))
            sizes.append((format_size(size), addresses or None))
            size //= 2
        return {"tree": self.tree(), "free": Grid(("size", "free"), tuple(sizes))}

    def tree(self) -> Tree:
        """Every block with its address; at the leaves whose it is, ``-``: free."""
        owners = {(b.address, b.size): name for name, b in self.held.items()}
        owners |= dict.fromkeys(self.free_blocks(), "-")

        def node(address: int, size: int) -> Tree:
            label = f"{format_size(size)} {format_address(address)}"
            owner = owners.get((address, size))
            if owner:
                return Tree(f"{label}  {owner}")
            half = size // 2
            return Tree(label, (node(address, half), node(address + half, half)))

        return node(0, self.config.memory)


def started(config: BuddyConfig, kind: type[Allocator] = Allocator) -> Allocator:
    """An allocator after the operations `before`, which are carried out rightly whatever its kind."""
    usual, allocator = Allocator(config), kind(config)
    for operation in config.before:
        usual.carry_out(operation)
    allocator.free, allocator.held = usual.free, usual.held
    return allocator


def run(config: BuddyConfig, kind: type[Allocator] = Allocator) -> Run:
    """Carry the operations out; `kind` is another allocator, for what a misunderstanding would do.

    Steps ``alloc``: given ``name request``, result ``size address splits``; ``free``: given ``name
    freed freed_size``, result ``size address merges`` (of the free block it ends up in); address and
    size are None where the request failed or nothing was held. Splits and merges are pairs of
    address and size. Metrics: ``internal_fragmentation free_bytes largest_free
    free_sizes`` (of the free blocks, by address) at the end, in bytes; ``splits merges failures`` of
    the steps.
    """
    allocator = started(config, kind)
    steps = []
    totals = dict.fromkeys(("splits", "merges", "failures"), 0)
    for group, operation in enumerate(config.ops, start=1):
        block = allocator.held.get(operation.name)
        done = allocator.carry_out(operation)
        _count(totals, operation, done)
        given, result = _described(config, operation, block, done)
        steps.append(
            Step(
                action="alloc" if isinstance(operation, Alloc) else "free",
                actor="kernel",
                given=given,
                result=result,
                state=allocator.drawings(),
                group=group,
            )
        )
    asked = {"size": OrNone(Size()), "address": OrNone(Address())}
    return Run(
        command="buddy.run",
        config=config,
        conventions={"pick": config.pick, "merge": config.merge},
        asks={"alloc": asked, "free": asked},
        steps=tuple(steps),
        metrics={**allocator.metrics(), **totals},
    )


def count(config: BuddyConfig) -> dict[str, Value]:
    """The metrics of `run`, without its steps."""
    allocator = started(config)
    totals = dict.fromkeys(("splits", "merges", "failures"), 0)
    for operation in config.ops:
        _count(totals, operation, allocator.carry_out(operation))
    return {**allocator.metrics(), **totals}


def _count(totals: dict[str, int], operation: Alloc | Free, done: Done) -> None:
    totals["splits"] += len(done.splits)
    totals["merges"] += len(done.merges)
    totals["failures"] += isinstance(operation, Alloc) and done.block is None


def _described(
    config: BuddyConfig, operation: Alloc | Free, held: Block | None, done: Done
) -> tuple[dict[str, Value], dict[str, Value]]:
    """What was known before the operation, and what it did: values, and the same as one writes them."""
    given: dict[str, Value] = {"name": operation.name}
    address = done.block[0] if done.block else None
    result: dict[str, Value] = {"size": done.size or None, "address": address}
    if done.size:
        result["size_text"] = format_size(done.size)
    if address is not None:
        result["address_hex"] = format_address(address)
    if isinstance(operation, Alloc):
        given |= {"request": operation.request, "request_text": format_size(operation.request)}
        result |= {"splits": done.splits, "split_text": _listed(done.splits)}
    elif held:
        given |= {"freed": held.address, "freed_size": held.size}
        given |= {"freed_hex": format_address(held.address), "freed_text": format_size(held.size)}
        result |= {"merges": done.merges, "merge_text": _listed(done.merges)}
        if config.merge and done.block and done.size < config.memory:
            result["buddy_hex"] = format_address(buddy_of(*done.block))
    return given, result


def _listed(blocks: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(f"{format_size(size)} ({format_address(address)})" for address, size in blocks)
