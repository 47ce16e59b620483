"""A cache, or two or three levels, on a list of accesses: hits, misses and their causes, traffic.

`run` shows each access as steps; `count` gives the same figures without steps, in memory that grows with
the lines ever touched and not with the accesses, so traces of any length can be streamed through it. The
rules are in docs/cache.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from oslab import Run
from oslab.traces.access import Access
from oslab_cache.config import (
    CacheConfig,
    RunConfig,
    Seen,
    check_times,
    conventions_of,
    lookups,
    parse_references,
)
from oslab_cache.fast import count_alone
from oslab_cache.figures import Causes, metrics
from oslab_cache.hierarchy import Hierarchy
from oslab_cache.steps import Teller
from oslab_cache.threec import ThreeC


def run(config: RunConfig, drawing: bool = True) -> Run:
    """Simulate step by step.

    A step, action `access`, for each load or store of a line, with
    given   n (from 1), access (load, store or fetch), address, bytes
    result  index, tag, result (hit or miss); on a miss victim (the address of the line that left, or
            None), what decided that (used_at, loaded_at, uses, bits), and cause; from the second
            access to a line on others (lines used since the last); with stores also sent (by the
            store) and around; where they tell something, read and written (bytes of memory) and
            written_back
    With several levels also found (L1 … or memory) and victim2, victim3, and a step for each line moved:
    `leaves`, `removed`, `taken`, `stored` (see `Move`). Without `drawing` steps have no state.
    Raises InputError.
    """
    return run_accesses(config, parse_references(config.references), drawing)


def run_accesses(config: CacheConfig, accesses: Iterable[Access], drawing: bool = True) -> Run:
    """The same for accesses from elsewhere. Raises InputError."""
    check_times(config)
    teller = Teller(config, drawing=drawing)
    watched = teller.seen.watch(accesses, config.line)
    for lookup in lookups(watched, config.line, config.fetches):
        teller.tell(lookup)
    return teller.run()


def count(config: RunConfig) -> Mapping[str, Any]:
    """The metrics of `run` without its steps. Raises InputError."""
    return count_accesses(config, parse_references(config.references))


def count_accesses(config: CacheConfig, accesses: Iterable[Access]) -> Mapping[str, Any]:
    """The same for accesses from elsewhere, any number of them. Raises InputError."""
    check_times(config)
    hierarchy = Hierarchy(config.shape)
    each = lookups(accesses, config.line, config.fetches)
    if not config.lower and config.policy in ("lru", "fifo"):
        causes = count_alone(hierarchy, each)
    else:
        causes = count_levels(hierarchy, each)
    return metrics(hierarchy, causes, config.times_ns)


def run_without_steps(config: CacheConfig, accesses: Iterable[Access]) -> Run:
    """`count_accesses` as a run, with the rules that matter. Raises InputError."""
    seen = Seen()
    found = count_accesses(config, seen.watch(accesses, config.line))
    rules = conventions_of(config, seen)
    return Run(command="cache.run", config=config, conventions=rules, metrics=found)


def count_levels(hierarchy: Hierarchy, accesses: Iterable[Access]) -> Causes:
    """Send every access through; why the first level missed."""
    first = hierarchy.shape.levels[0]
    threec = ThreeC(first.lines)
    causes = {"cold": 0, "capacity": 0, "conflict": 0}
    line, allocate = first.line, first.allocate
    for kind, address, size in accesses:
        store = kind == "store"
        cause = threec.access(address // line, allocate or not store)
        if not hierarchy.access(address, store, size)[0].hit:
            causes[cause] += 1
    return causes
