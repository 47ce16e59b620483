"""Accesses to memory through traces, caches, TLBs and a whole machine, in pure Python.

    python benchmarks/memory.py [--accesses 500000]

As in replacement.py, the cost of a loop with one comparison an access stands beside each: ratios within
one run can be compared between machines. Nothing is promised here, so nothing fails.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from oslab import Access, Generator
from oslab.cli.traces import read_trace
from oslab_cache.cache import CacheShape
from oslab_cache.config import CacheConfig
from oslab_cache.replacement import PolicyName
from oslab_cache.simulate import count_accesses
from oslab_memory.access import count as count_memory
from oslab_memory.machinefile import preset


def accesses(count: int) -> list[Access]:
    """A program that works on arrays for a while, with stray accesses between."""
    rng = Generator("benchmark")
    found: list[Access] = []
    while len(found) < count:
        start = rng.below(1 << 22) & ~7
        for step in range(500):
            stray = rng.below(16) == 0
            address = rng.below(1 << 22) & ~7 if stray else start + 8 * step
            found.append(Access("store" if rng.below(4) == 0 else "load", address, 8))
    return found[:count]


def cache(policy: PolicyName, lower: tuple[CacheShape, ...] = ()) -> CacheConfig:
    return CacheConfig(
        32 * 1024, 64, 8, policy, "back", True, 0,
        lower=lower, inclusion="nine", fetches=False, times_ns=(),
    )  # fmt: skip


def drained(items: Iterable[object]) -> None:
    for _ in items:
        pass


def jobs(trace: list[Access], folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    lackey = folder / "lackey"
    letter = {"load": "L", "store": "S"}
    lackey.write_text("".join(f" {letter[k]} {a:08x},{s}\n" for k, a, s in trace))
    plain = folder / "plain"
    plain.write_text("".join(f"{a:#x}{'w' if k == 'store' else ''}\n" for k, a, _ in trace))
    yield "reading lackey", lambda: drained(read_trace(str(lackey)))
    yield "reading plain", lambda: drained(read_trace(str(plain)))
    policies: tuple[PolicyName, ...] = ("lru", "fifo", "plru", "lfu", "random")
    for policy in policies:
        yield f"cache, {policy}", lambda p=policy: count_accesses(cache(p), trace)  # type: ignore[misc]
    second = CacheShape(256 * 1024, 64, 8, "lru", "back", True, 0)
    yield "two levels", lambda: count_accesses(cache("lru", (second,)), trace)
    part = trace[: len(trace) // 20]
    yield "machine x86-64 (1/20)", lambda: count_memory(preset("x86-64"), part)


def main() -> int:
    parser = argparse.ArgumentParser(description="Time the memory simulators.")
    parser.add_argument("--accesses", type=int, default=500_000)
    asked = parser.parse_args()
    trace = accesses(asked.accesses)
    start = time.process_time()
    sum(1 for access in trace if access.address < 4096)
    loop = time.process_time() - start
    print(f"{len(trace):,} accesses of 8 bytes")
    print(f"{'':<24}{'µs an access':>14}{'loops':>8}")
    print(f"{'counting loop':<24}{loop * 1e6 / len(trace):>14.3f}{1:>8}")
    with tempfile.TemporaryDirectory() as folder:
        for name, job in jobs(trace, Path(folder)):
            number = len(trace) // 20 if name.endswith("(1/20)") else len(trace)
            start = time.process_time()
            job()
            each = (time.process_time() - start) * 1e6 / number
            print(f"{name:<24}{each:>14.3f}{each / (loop * 1e6 / len(trace)):>8.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
