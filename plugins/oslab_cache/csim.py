"""csim, the simulator of the classic cache assignment: its flags, its figures, its verbose lines.

2^s sets of E lines of 2^b bytes, LRU, write-back with allocation. A modify is a load and then a store,
fetches are ignored, and so is the size: an access never straddles lines.

Source: Bryant and O'Hallaron, Computer Systems: A Programmer's Perspective, the cache lab, part A.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oslab import Choice, Hex, InputError, Run, Step
from oslab.traces.access import ADDRESS_BITS, Access
from oslab_cache.cache import MOST_LINES, Cache, CacheShape
from oslab_cache.fast import count_alone
from oslab_cache.hierarchy import Hierarchy, HierarchyShape

LETTERS = {"load": "L", "store": "S", "modify": "M"}
OUTCOMES = ("hit", "miss", "miss eviction", "hit hit", "miss hit", "miss eviction hit")


RULES = {"csim": "classic"}


@dataclass(frozen=True)
class CsimConfig:
    """The flags: -s `set_bits`, -E `lines_per_set`, -b `block_bits`, -t `trace` (a file's name)."""

    set_bits: int
    lines_per_set: int
    block_bits: int
    trace: str


def shape_of(config: CsimConfig) -> CacheShape:
    """The cache the flags describe. Raises InputError."""
    for flag, bits in (("-s", config.set_bits), ("-b", config.block_bits)):
        if not 0 <= bits < ADDRESS_BITS:
            raise InputError(f"{flag} {bits}: from 0 to {ADDRESS_BITS - 1} bits are expected")
    if config.lines_per_set < 1:
        raise InputError(f"-E {config.lines_per_set}: a set has 1 line or more")
    lines = config.lines_per_set << config.set_bits
    if lines > MOST_LINES:
        raise InputError(
            f"-s {config.set_bits} -E {config.lines_per_set} make {lines} lines: "
            f"at most {MOST_LINES} are simulated"
        )
    line = 1 << config.block_bits
    return CacheShape(lines * line, line, config.lines_per_set, "lru", "back", True, 0)


def run(config: CsimConfig, accesses: Iterable[Access]) -> Run:
    """A step, action `csim`, for each line of the trace that is not ignored: given `line` (as it stands
    there), result `outcome` (what the classic -v prints after it), index, tag, and evicted (the address
    of the line that left). Raises InputError."""
    cache = Cache(shape_of(config))
    shape, steps = cache.shape, []
    hits = misses = evictions = dirty_evicted = 0
    for access in accesses:
        if access.kind == "fetch":
            continue
        words = []
        line = shape.line_of(access.address)
        result: dict[str, Any] = {"index": shape.index_of(line), "tag": Hex(shape.tag_of(line))}
        for store in _stores(access):
            found = cache.access(line, store)
            hits += found.hit
            misses += not found.hit
            words.append("hit" if found.hit else "miss")
            if found.victim is not None:
                words.append("eviction")
                evictions += 1
                dirty_evicted += found.victim_dirty
                result["evicted"] = Hex(shape.address_of(found.victim))
        told = f"{LETTERS[access.kind]} {access.address:x},{access.size}"
        result = {"outcome": " ".join(words), **result}
        steps.append(Step(action="csim", given={"line": told}, result=result))
    return Run(
        command="cache.csim",
        config=config,
        conventions=RULES,
        asks={"csim": {"outcome": Choice(*OUTCOMES)}},
        steps=tuple(steps),
        metrics=_metrics(hits, misses, evictions, len(cache.dirty), dirty_evicted, shape.line),
    )


def count(config: CsimConfig, accesses: Iterable[Access]) -> Mapping[str, int]:
    """The metrics of `run` without its steps; traces of any length. Raises InputError."""
    shape = shape_of(config)
    hierarchy = Hierarchy(HierarchyShape((shape,), "nine"))
    each = (
        Access("store" if store else "load", access.address)
        for access in accesses
        if access.kind != "fetch"
        for store in _stores(access)
    )
    count_alone(hierarchy, each)
    [made], [cache] = hierarchy.counts, hierarchy.caches
    return _metrics(
        made.hits, made.misses, made.evictions, len(cache.dirty), made.writebacks, shape.line
    )


def run_without_steps(config: CsimConfig, accesses: Iterable[Access]) -> Run:
    """`count` as a run. Raises InputError."""
    found = count(config, accesses)
    return Run(command="cache.csim", config=config, conventions=RULES, metrics=found)


def _stores(access: Access) -> Iterator[bool]:
    """The accesses that a line of the trace stands for: whether each is a store."""
    if access.kind != "store":
        yield False
    if access.writes:
        yield True


def _metrics(
    hits: int, misses: int, evictions: int, dirty: int, dirty_evicted: int, line: int
) -> Mapping[str, int]:
    return {
        "hits": hits,
        "misses": misses,
        "evictions": evictions,
        "dirty_bytes_in_cache": dirty * line,
        "dirty_bytes_evicted": dirty_evicted * line,
    }
