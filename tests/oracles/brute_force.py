"""Every possible demand-paging run of a short string, by exhaustive search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache


def extreme_faults(pages: Sequence[int], frames: int, pick: Callable[[Iterable[int]], int]) -> int:
    """The least (`pick` = min) or the greatest (max) number of faults of any choice of victims.

    Only demand paging: a page comes in when it is referenced, one leaves only for it and only when
    all frames are full.
    """

    @cache
    def rest(now: int, memory: frozenset[int]) -> int:
        if now == len(pages):
            return 0
        page = pages[now]
        if page in memory:
            return rest(now + 1, memory)
        if len(memory) < frames:
            return 1 + rest(now + 1, memory | {page})
        return 1 + pick([rest(now + 1, memory - {victim} | {page}) for victim in memory])

    return rest(0, frozenset())
