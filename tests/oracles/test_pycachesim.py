"""Caches against pycachesim (Hammer, Hager, Wellein 2018), a simulator in C, on the same accesses.

Its HIT counts loads only, its EVICT lines written back; and a store that hits is no use to its LRU. So
under LRU each store follows a load of the same place, under FIFO stores stand alone. Stores without
allocation, bytes written through and two levels it counts in another way; they are not compared.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from oslab.traces.access import Access
from oslab_cache.cache import CacheShape
from oslab_cache.config import CacheConfig
from oslab_cache.simulate import count_accesses

cachesim = pytest.importorskip("cachesim", reason="pycachesim is not installed")


def accesses(shape: CacheShape, seed: int, length: int = 400) -> Iterator[Access]:
    """Loads and stores of one byte; some places more often than others."""
    rng = random.Random(seed)
    spread = shape.size * (2 + seed % 4)
    for _ in range(length):
        address = min(rng.randrange(spread), rng.randrange(spread))
        store = rng.random() < 0.3
        if not store or shape.policy == "lru":
            yield Access("load", address)
        if store:
            yield Access("store", address)


def alone(shape: CacheShape) -> CacheConfig:
    return CacheConfig(
        shape.size, shape.line, shape.ways, shape.policy, shape.write, shape.allocate, shape.seed,
        lower=(), inclusion="nine", fetches=False, times_ns=(),
    )  # fmt: skip


def theirs(shape: CacheShape, seed: int) -> tuple[dict[str, int], dict[str, int]]:
    """What its cache and its memory counted."""
    memory = cachesim.MainMemory()
    cache = cachesim.Cache(
        "L1", shape.sets, shape.ways, shape.line, shape.policy.upper(),
        write_back=True, write_allocate=True,
    )  # fmt: skip
    memory.load_to(cache)
    memory.store_from(cache)
    simulator = cachesim.CacheSimulator(cache, memory)
    for access in accesses(shape, seed):
        if access.kind == "load":
            simulator.load(access.address, length=1)
        else:
            simulator.store(access.address, length=1)
    first, last = simulator.stats()
    return first, last


@pytest.mark.parametrize("policy", ["lru", "fifo"])
@pytest.mark.parametrize("sets", [1, 4, 16])
@pytest.mark.parametrize("ways", [1, 2, 8])
def test_a_write_back_cache_counts_as_pycachesim(policy: Any, sets: int, ways: int) -> None:
    shape = CacheShape(sets * ways * 16, 16, ways, policy, "back", True, 0)
    for seed in range(20):
        ours = count_accesses(alone(shape), accesses(shape, seed))
        first, memory = theirs(shape, seed)
        assert ours["misses"] == first["MISS_count"], seed
        assert ours["writebacks"] == first["EVICT_count"], seed
        assert ours["bytes_to_memory"] == memory["STORE_byte"], seed
