"""The figures of a simulated hierarchy, as every command of this plugin reports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from oslab_cache.hierarchy import Hierarchy, LevelCount

Causes: TypeAlias = "Mapping[str, int]"
"""How many misses of the first level are cold, capacity, conflict."""


def metrics(
    hierarchy: Hierarchy, causes: Causes, times_ns: Sequence[Fraction] = ()
) -> Mapping[str, Any]:
    """The first level's figures flat, then those of the whole, then `levels`, a mapping for each.

    accesses hits misses miss_ratio evictions writebacks, cold capacity conflict (they sum to misses),
    dirty_lines (of the first level, at the end), bytes_from_memory, bytes_to_memory; amat_ns where
    there are times. A level has victims_in, stores_in and invalidations where there are others.
    """
    several = len(hierarchy.counts) > 1
    levels = [
        _level(f"L{n}", count, len(cache.dirty), several)
        for n, (count, cache) in enumerate(zip(hierarchy.counts, hierarchy.caches, strict=True), 1)
    ]
    first = levels[0]
    whole: dict[str, Any] = {
        **{name: first[name] for name in _FLAT},
        **{name: causes[name] for name in ("cold", "capacity", "conflict")},
        "dirty_lines": first["dirty_lines"],
        "bytes_from_memory": hierarchy.bytes_from_memory,
        "bytes_to_memory": hierarchy.bytes_to_memory,
    }
    if times_ns:
        whole["amat_ns"] = amat(times_ns, hierarchy.counts)
    return {**whole, "levels": tuple(levels)}


_FLAT = ("accesses", "hits", "misses", "miss_ratio", "evictions", "writebacks")


def _level(name: str, count: LevelCount, dirty_lines: int, several: bool) -> Mapping[str, Any]:
    between = ("victims_in", "stores_in", "invalidations") if several else ()
    return {
        "level": name,
        "accesses": count.accesses,
        "hits": count.hits,
        "misses": count.misses,
        "miss_ratio": ratio(count.misses, count.accesses),
        "evictions": count.evictions,
        "writebacks": count.writebacks,
        **{name: getattr(count, name) for name in between},
        "dirty_lines": dirty_lines,
    }


def ratio(part: int, whole: int) -> Fraction:
    """A share; of nothing, 0."""
    return Fraction(part, whole) if whole else Fraction(0)


def amat(times_ns: Sequence[Fraction], counts: Sequence[LevelCount]) -> Fraction:
    """Average access time in ns: t1 + m1 (t2 + m2 (… memory)), with local miss ratios."""
    average = times_ns[-1]
    for time, count in zip(reversed(times_ns[:-1]), reversed(counts), strict=True):
        average = time + ratio(count.misses, count.accesses) * average
    return average
