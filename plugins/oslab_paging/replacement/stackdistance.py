"""Stack distance: one pass over a reference string gives the faults for every number of frames.

Under LRU the pages in memory are the top of a stack, the most recent on top. A reference to the page at
depth d hits with d frames or more, whatever the number; a page used for the first time never hits. OPT
obeys a stack as well, ordered by next use, so its hits too are counted for all sizes at once.
Source: Mattson, Gecsei, Slutz, Traiger, Evaluation techniques for storage hierarchies, 1970.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslab import Cells, InputError, Int, OrNone, Run, Step
from oslab_paging.replacement.conventions import MOST_FRAMES, parse_references
from oslab_paging.replacement.opt import next_uses

# Most references find their page here, by a plain search; only the others pay for the tree.
_TOP = 32


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


def _pages(config: StackDistanceConfig) -> list[int]:
    if not 1 <= config.frames <= MOST_FRAMES:
        raise InputError(f"frames is {config.frames}: it must be from 1 to {MOST_FRAMES}")
    return parse_references(config.references)[0]


def metrics(distances: Sequence[int | None], frames: int) -> Mapping[str, Any]:
    hits = hits_up_to(distances, frames)
    return {
        "accesses": len(distances),
        "distinct": sum(depth is None for depth in distances),
        "distances": tuple(distances),
        "hits_by_frames": {str(size): hits[size - 1] for size in range(1, frames + 1)},
    }


def hits_up_to(distances: Sequence[int | None], frames: int) -> list[int]:
    """The hits with 1, 2 … `frames` frames."""
    at = Counter(distances)
    total, result = 0, []
    for size in range(1, frames + 1):
        total += at[size]
        result.append(total)
    return result


def lru_distances(pages: Sequence[int]) -> list[int | None]:
    """The depth, from 1, of each page in the LRU stack when it is used; None at its first use.

    The top of the stack is a list; pages that sink out of it are marked in a Fenwick tree in the order
    they sink, so that the pages above one of them are counted in O(log n).
    """
    top: list[int] = []
    sunk_at: dict[int, int] = {}
    clock = 0
    size = len(pages) + 1
    tree = [0] * size
    distances: list[int | None] = []
    for page in pages:
        if page in top:
            depth = top.index(page)
            distances.append(depth + 1)
            del top[depth]
            top.insert(0, page)
            continue
        mark = sunk_at.pop(page, None)
        if mark is None:
            distances.append(None)
        else:
            up_to, i = 0, mark
            while i:
                up_to += tree[i]
                i &= i - 1
            # sunk_at no longer holds this page, the tree still does.
            distances.append(_TOP + len(sunk_at) + 1 - up_to + 1)
            i = mark
            while i < size:
                tree[i] -= 1
                i += i & -i
        top.insert(0, page)
        if len(top) > _TOP:
            clock += 1
            sunk_at[top.pop()] = i = clock
            while i < size:
                tree[i] += 1
                i += i & -i
    return distances


def opt_distances(pages: Sequence[int], frames: int) -> list[int | None]:
    """The same for OPT: the least number of frames with which each reference hits, None where it takes
    more than `frames`.

    Below the page in use each place keeps, of the page there and the one pushed down, the one that is
    needed sooner. Which of two pages never used again stays higher does not change any depth. What is
    pushed out below the last place never matters again.
    """
    stack: list[int] = []
    held: set[int] = set()
    next_use: dict[int, int] = {}
    distances: list[int | None] = []
    for page, after in zip(pages, next_uses(pages), strict=True):
        depth = stack.index(page) if page in held else None
        distances.append(None if depth is None else depth + 1)
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
    return distances
