"""Stack distance: one pass over a reference string gives the faults for every number of frames.

Under LRU the pages in memory are the top of a stack, the most recent on top. A reference to the page at
depth d hits with d frames or more, whatever the number; a page used for the first time never hits. OPT
obeys a stack as well, ordered by next use, so its hits too are counted for all sizes at once.
Source: Mattson, Gecsei, Slutz, Traiger, Evaluation techniques for storage hierarchies, 1970.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from oslab import Cells, InputError, Int, OrNone, Run, Step
from oslab_paging.replacement.conventions import MOST_FRAMES, parse_references
from oslab_paging.replacement.opt import next_uses

# Most references find their page here, by a plain search; only the others pay for the tree.
_TOP = 32
_LEAST_TREE = 1024


@dataclass(frozen=True)
class StackDistanceConfig:
    """`references` as for `replace` (r and w do not matter); hits are reported for 1 … `frames`."""

    references: tuple[str, ...]
    frames: int


def run(config: StackDistanceConfig) -> Run:
    """One step, action `distance`, for each reference: its depth in the LRU stack, None for a new page.

    metrics: accesses, distinct, distances, hits_by_frames (frames → hits). Raises InputError.
    """
    pages = _pages(config)
    distances = lru_distances(pages)
    steps = []
    stack: list[int] = []
    for n, (page, depth) in enumerate(zip(pages, distances, strict=True), start=1):
        if depth is not None:
            stack.remove(page)
        stack.insert(0, page)
        steps.append(
            Step(
                action="distance",
                given={"n": n, "page": page},
                result={"depth": depth},
                state={"stack": Cells(tuple(stack), tuple(range(1, len(stack) + 1)))},
                group=n,
            )
        )
    return Run(
        command="paging.stack-distance",
        config=config,
        conventions={"depth_from": 1},
        asks={"distance": {"depth": OrNone(Int())}},
        steps=tuple(steps),
        metrics=metrics(distances, config.frames),
    )


def count(config: StackDistanceConfig) -> Mapping[str, Any]:
    """The metrics of `run` without its steps. Raises InputError."""
    return metrics(lru_distances(_pages(config)), config.frames)


def count_pages(pages: Iterable[int], frames: int) -> Mapping[str, Any]:
    """The metrics but `distances`, for page numbers that come one after the other. Memory grows with
    the different pages, not with the references. Raises InputError."""
    _check(frames)
    return _figures(Counter(lru_depths(pages)), frames)


def _pages(config: StackDistanceConfig) -> list[int]:
    _check(config.frames)
    return parse_references(config.references)[0]


def _check(frames: int) -> None:
    if not 1 <= frames <= MOST_FRAMES:
        raise InputError(f"frames is {frames}: it must be from 1 to {MOST_FRAMES}")


def metrics(distances: Sequence[int | None], frames: int) -> Mapping[str, Any]:
    return {**_figures(Counter(distances), frames), "distances": tuple(distances)}


def _figures(depths: Counter[int | None], frames: int) -> Mapping[str, Any]:
    hits = enumerate(_hits(depths, frames), start=1)
    return {
        "accesses": depths.total(),
        "distinct": depths[None],
        "hits_by_frames": {str(size): count for size, count in hits},
    }


def hits_up_to(distances: Iterable[int | None], frames: int) -> list[int]:
    """The hits with 1, 2 … `frames` frames."""
    return _hits(Counter(distances), frames)


def _hits(depths: Counter[int | None], frames: int) -> list[int]:
    return list(accumulate(depths[size] for size in range(1, frames + 1)))


def lru_distances(pages: Iterable[int]) -> list[int | None]:
    """The depth, from 1, of each page in the LRU stack when it is used; None at its first use."""
    return list(lru_depths(pages))


def lru_depths(pages: Iterable[int]) -> Iterator[int | None]:
    """The same, one by one.

    The top of the stack is a list; pages that sink out of it are marked in a Fenwick tree in the order
    they sink, so that the pages above one of them are counted in O(log n).
    """
    top: list[int] = []
    sunk_at: dict[int, int] = {}
    clock, tree = 0, [0] * _LEAST_TREE
    for page in pages:
        if page in top:
            depth = top.index(page)
            yield depth + 1
            del top[depth]
            top.insert(0, page)
            continue
        mark = sunk_at.pop(page, None)
        if mark is None:
            yield None
        else:
            up_to, i = 0, mark
            while i:
                up_to += tree[i]
                i &= i - 1
            # sunk_at no longer holds this page, the tree still does.
            yield _TOP + len(sunk_at) + 1 - up_to + 1
            i = mark
            while i < len(tree):
                tree[i] -= 1
                i += i & -i
        top.insert(0, page)
        if len(top) > _TOP:
            if clock + 1 == len(tree):
                clock, tree = _renumbered(sunk_at)
            clock += 1
            sunk_at[top.pop()] = i = clock
            while i < len(tree):
                tree[i] += 1
                i += i & -i


def _renumbered(sunk_at: dict[int, int]) -> tuple[int, list[int]]:
    """Marks without gaps, in a tree with room for as many again: it grows with the pages, not with time."""
    # A page that sinks again stands last in the dict, so they are in the order of their marks.
    for mark, page in enumerate(sunk_at, start=1):
        sunk_at[page] = mark
    marks = len(sunk_at)
    size = max(_LEAST_TREE, 2 * marks + 2)
    # Node i sums the marks from i - (i & -i) + 1 to i.
    return marks, [max(0, min(i, marks) - (i - (i & -i))) for i in range(size)]


def opt_distances(pages: Sequence[int], frames: int) -> list[int | None]:
    """The same for OPT: the least number of frames with which each reference hits, None where it takes
    more than `frames`."""
    return list(opt_depths(pages, frames))


def opt_depths(pages: Sequence[int], frames: int) -> Iterator[int | None]:
    """The same, one by one.

    Below the page in use each place keeps, of the page there and the one pushed down, the one that is
    needed sooner. Which of two pages never used again stays higher does not change any depth. What is
    pushed out below the last place never matters again.
    """
    stack: list[int] = []
    held: set[int] = set()
    next_use: dict[int, int] = {}
    for page, after in zip(pages, next_uses(pages), strict=True):
        depth = stack.index(page) if page in held else None
        yield None if depth is None else depth + 1
        held.add(page)
        next_use[page] = after
        pushed = page
        for i in range(len(stack) if depth is None else depth):
            here = stack[i]
            if i == 0 or next_use[here] > next_use[pushed]:
                stack[i], pushed = pushed, here
        if depth is not None:
            stack[depth] = pushed
        elif len(stack) < frames:
            stack.append(pushed)
        else:
            held.discard(pushed)
