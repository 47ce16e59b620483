"""The figures of a run: throughput, latencies, utilisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Any

from oslab_reactor.requests import Instant

SECOND = 10**9


def figures(
    latencies: Sequence[Instant],
    busy_ns: Instant,
    last_end: Instant,
    queue_peak: int,
    threads: int,
) -> Mapping[str, Any]:
    """Metrics of a run; latencies are those of the requests that were answered, in any order."""
    n = len(latencies)
    ordered = sorted(latencies)
    return {
        "completed": n,
        "throughput_rps": Fraction(n * SECOND) / last_end if last_end else None,
        "mean_ns": Fraction(sum(ordered)) / n if n else None,
        "p50_ns": nearest_rank(ordered, Fraction(1, 2)),
        "p99_ns": nearest_rank(ordered, Fraction(99, 100)),
        "max_ns": ordered[-1] if n else None,
        "utilisation": Fraction(busy_ns) / (threads * last_end) if last_end else None,
        "queue_peak": queue_peak,
        "threads": threads,
    }


def nearest_rank(ordered: Sequence[Instant], p: Fraction) -> Instant | None:
    """The ⌈p·n⌉-th of n values in ascending order; None of no values."""
    return ordered[max(1, ceil(p * len(ordered))) - 1] if ordered else None
