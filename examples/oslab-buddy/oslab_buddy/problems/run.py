"""buddy.run: allocate and free by hand, from a state that is drawn as a tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from string import ascii_lowercase
from typing import Any, Literal, TypeAlias

from oslab import (
    Address,
    Answers,
    Choose,
    Drawing,
    Figure,
    Generator,
    Grid,
    List,
    Ordering,
    OrNone,
    Problem,
    Run,
    Size,
    Table,
    mistake,
)
from oslab.quantities import format_address, format_size

from oslab_buddy.allocator import Allocator, Block, BuddyConfig, Done, run, started
from oslab_buddy.block import block_size, buddy_of
from oslab_buddy.operations import Alloc, Free

Pairs: TypeAlias = tuple[tuple[int, int], ...]
# A split or a merge, and the larger of the blocks it is about.
Event: TypeAlias = tuple[int, int, Literal["split", "merge"]]


@dataclass(frozen=True)
class RunSpace:
    """min_block in bytes; blocks: so many of them make up the memory; held, gaps: requests and then
    frees that lead to the state drawn; ops: operations after it, `requests` of them allocate."""

    min_block: Choose[int]
    blocks: Choose[int]
    held: Choose[int]
    gaps: Choose[int]
    ops: Choose[int]
    requests: Choose[int]


class BuddyRun(Problem[BuddyConfig, RunSpace]):
    """The block each operation ends with, the free blocks at the end, the order of splits and merges."""

    version = 1
    params = BuddyConfig
    space = RunSpace
    answers = {
        "blocks": Table(
            label="n",
            given=("operation",),
            columns={"size": OrNone(Size()), "address": OrNone(Address())},
        ),
        "free": List(Size()),
        "order": Ordering(),
    }
    required = ("no-merge", "no-split")

    def draw(self, rng: Generator, space: RunSpace) -> BuddyConfig:
        min_block, requests = space.min_block.pick(rng), space.requests.pick(rng)
        memory = min_block * space.blocks.pick(rng)
        allocator = Allocator(BuddyConfig(memory, min_block, (), (), "lowest", True))
        before = ["alloc"] * space.held.pick(rng) + ["free"] * space.gaps.pick(rng)
        after = ["alloc"] * requests + ["free"] * (space.ops.pick(rng) - requests)
        done: list[Alloc | Free] = []
        names = (f"P{n}" for n in count(1))
        for n, kind in enumerate((*before, *rng.shuffled(after))):
            if kind == "alloc":
                options = possible_requests(rng, allocator, next(names))
            else:
                options = [Free(name) for name in allocator.held]
            if n >= len(before):
                options = [o for o in options if eventful(allocator, o)] or options
            if not options:
                break  # the memory is full, or empty; `good` throws this draw away
            done.append(rng.choice(options))
            allocator.carry_out(done[-1])
        first, then = tuple(done[: len(before)]), tuple(done[len(before) :])
        return BuddyConfig(memory, min_block, first, then, "lowest", True)

    def good(self, p: BuddyConfig) -> bool:
        """A few splits and merges, none of them twice."""
        events = events_under(p)
        kinds = [kind for _, _, kind in events]
        return (
            kinds.count("split") >= 1
            and kinds.count("merge") >= 2
            and len(events) == len(set(events)) <= 7
            and len(self.listed(p)) <= 10
        )

    def present(self, p: BuddyConfig) -> Mapping[str, Figure]:
        lettered = zip(ascii_lowercase, self.listed(p), strict=False)
        return {
            "memory": format_size(p.memory),
            "min_block": format_size(p.min_block),
            "tree": started(p).tree(),
            "events": Grid(
                ("letter", "event", "size", "address"),
                tuple(
                    (letter, kind, format_size(size), format_address(address))
                    for letter, (address, size, kind) in lettered
                ),
            ),
        }

    def rows(self, p: BuddyConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        if answer == "order":
            return [(letter,) for letter in ascii_lowercase[: len(self.listed(p))]]
        return [(n, str(operation)) for n, operation in enumerate(p.ops, start=1)]

    def run(self, p: BuddyConfig) -> Run:
        return run(p)

    def solve(self, p: BuddyConfig, run: Run) -> Answers:
        return {
            "blocks": [{c: step.result[c] for c in ("size", "address")} for step in run.steps],
            "free": run.metrics["free_sizes"],
            "order": self.lettered(p, run),
        }

    def listed(self, p: BuddyConfig) -> list[Event]:
        """What the letters stand for, by address: what happens, and what happens to the mistaken."""
        happen = (events_under(p, kind) for kind in (Allocator, NoMerge, AnyNeighbour))
        return sorted({event for events in happen for event in events})

    def lettered(self, p: BuddyConfig, run: Run) -> tuple[str, ...] | None:
        """A run's events as letters; None where they cannot be written so."""
        listed, events = self.listed(p), events_of(run)
        if not set(events) <= set(listed) or len(set(events)) < len(events):
            return None
        return tuple(ascii_lowercase[listed.index(event)] for event in events)

    def _with(self, p: BuddyConfig, kind: type[Allocator]) -> Answers:
        answers = self.solve(p, run(p, kind))
        return {name: value for name, value in answers.items() if value is not None}

    @mistake("no-merge")
    def no_merge(self, p: BuddyConfig) -> Answers | None:
        return self._with(p, NoMerge)

    @mistake("any-neighbour")
    def any_neighbour(self, p: BuddyConfig) -> Answers | None:
        return self._with(p, AnyNeighbour)

    @mistake("no-split")
    def no_split(self, p: BuddyConfig) -> Answers | None:
        return self._with(p, NoSplit)

    @mistake("first-fit")
    def first_fit(self, p: BuddyConfig) -> Answers | None:
        return self._with(p, FirstFit)


def possible_requests(rng: Generator, allocator: Allocator, name: str) -> list[Alloc | Free]:
    """Requests of a few sizes that can be met."""
    smallest = allocator.config.min_block
    found: list[Alloc | Free] = []
    for size in (smallest, 2 * smallest, 4 * smallest):
        fewest = 1 if size == smallest else size // 2048 + 1
        kilos = rng.between(fewest, size // 1024)
        if allocator.choose(size):
            found.append(Alloc(name, kilos * 1024))
    return found


def eventful(allocator: Allocator, operation: Alloc | Free) -> bool:
    """Whether something splits, or lies free beside what is freed."""
    if isinstance(operation, Alloc):
        size = block_size(operation.request, allocator.config.min_block)
        return not allocator.free.get(size)
    block = allocator.held[operation.name]
    free = allocator.free.get(block.size, {})
    return block.address - block.size in free or block.address + block.size in free


def events_of(run: Run) -> list[Event]:
    """Splits and merges of a run in the order they happen."""
    results: list[Mapping[str, Any]] = [step.result for step in run.steps]
    return [e for r in results for e in _events(r.get("splits", ()), r.get("merges", ()))]


def events_under(p: BuddyConfig, kind: type[Allocator] = Allocator) -> list[Event]:
    """The same without a run, which draws every state."""
    allocator = started(p, kind)
    done = [allocator.carry_out(operation) for operation in p.ops]
    return [event for d in done for event in _events(d.splits, d.merges)]


def _events(splits: Pairs, merges: Pairs) -> list[Event]:
    return [(a, size, "split") for a, size in splits] + [(a, size, "merge") for a, size in merges]


class NoMerge(Allocator):
    """Freed blocks stay as they are."""

    def partner(self, address: int, size: int) -> int | None:
        return None


class AnyNeighbour(Allocator):
    """A freed block merges with whatever free block of its size lies beside it."""

    def partner(self, address: int, size: int) -> int | None:
        beside = (buddy_of(address, size), address - size, address + size)
        return next((a for a in beside if a in self.free.get(size, {})), None)

    def drawings(self) -> Mapping[str, Drawing]:
        return {}  # such blocks make no tree


class NoSplit(Allocator):
    """The smallest block that is large enough is handed out as it is."""

    def alloc(self, name: str, request: int) -> Done:
        size = block_size(request, self.config.min_block)
        found = self.choose(size)
        if found is None:
            return Done(None, size)
        self.take(*found)
        self.held[name] = Block(*found, request)
        return Done(found, found[1])


class FirstFit(Allocator):
    """The block at the lowest address that is large enough is taken, whatever its size."""

    def choose(self, size: int) -> tuple[int, int] | None:
        return next(((a, s) for a, s in self.free_blocks() if s >= size), None)
