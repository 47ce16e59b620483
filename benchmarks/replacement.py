"""A million page references through every replacement policy, in pure Python.

    python benchmarks/replacement.py [--references 1000000] [--frames 64] [POLICY …]

The time of a loop with one comparison a reference stands beside each: ratios within one run can be
compared between machines, microseconds cannot. Exits with 1 when a policy takes more than SLOWEST
loops: "a million references in seconds" is a promise.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from oslab import Generator
from oslab_paging.replacement.conventions import POLICIES
from oslab_paging.replacement.replace import count_pages

SLOWEST = 400


def references(count: int, frames: int) -> list[int]:
    """A program that works for a while on some pages, then on others, with stray uses between."""
    rng = Generator("benchmark")
    pages = 8 * frames
    found: list[int] = []
    while len(found) < count:
        start = rng.below(pages)
        for _ in range(1000):
            stray = rng.below(16) == 0
            found.append(rng.below(pages) if stray else (start + rng.below(frames)) % pages)
    return found[:count]


def trivial(pages: Sequence[int], frames: int) -> int:
    """Nothing that looks at each reference is cheaper."""
    hits = 0
    for page in pages:
        if page < frames:
            hits += 1
    return hits


def main() -> int:
    parser = argparse.ArgumentParser(description="Time the replacement policies.")
    parser.add_argument("policies", nargs="*", default=POLICIES)
    parser.add_argument("--references", type=int, default=1_000_000)
    parser.add_argument("--frames", type=int, default=64)
    asked = parser.parse_args()
    pages = references(asked.references, asked.frames)
    start = time.process_time()
    trivial(pages, asked.frames)
    loop = time.process_time() - start
    print(f"{len(pages):,} references, {asked.frames} frames")
    print(f"{'':<16}{'µs a reference':>16}{'loops':>8}{'fault ratio':>14}")
    print(f"{'counting loop':<16}{loop * 1e6 / len(pages):>16.3f}{1:>8}")
    slow = []
    for policy in asked.policies:
        start = time.process_time()
        metrics = count_pages(policy, asked.frames, pages)
        spent = time.process_time() - start
        ratio = spent / loop
        faults = float(metrics["faults"] / len(pages))
        each = spent * 1e6 / len(pages)
        print(f"{policy:<16}{each:>16.3f}{ratio:>8.0f}{faults:>14.4f}")
        if ratio > SLOWEST:
            slow.append(policy)
    if slow:
        print(f"over {SLOWEST} loops: {', '.join(slow)}")
    return int(bool(slow))


if __name__ == "__main__":
    sys.exit(main())
