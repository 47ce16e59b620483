"""Which server meets a bound: the one with the fewest threads whose latency stays within it.

Only a server that keeps the bound at the load given comes into question; of those the one with the fewest
threads is enough, the faster of two that have as many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

MS = 10**6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A server as `reactor compare` found it: threads, mean latency, and the one that 99 % do not exceed."""

    server: str
    threads: int
    mean_ns: Fraction
    p99_ns: Fraction


def candidates(metrics: Mapping[str, Any]) -> tuple[Candidate, ...]:
    """The servers of a comparison, in its order."""
    return tuple(
        Candidate(server, found["threads"], Fraction(found["mean_ns"]), Fraction(found["p99_ns"]))
        for server, found in metrics["servers"].items()
    )


def chosen(found: Sequence[Candidate], bound_ns: Fraction) -> Candidate | None:
    """The server with the fewest threads whose p99 is within the bound; None: there is none."""
    meeting = [candidate for candidate in found if candidate.p99_ns <= bound_ns]
    return min(meeting, key=lambda c: (c.threads, c.p99_ns), default=None)


def bounds(found: Sequence[Candidate]) -> Iterator[Fraction]:
    """Bounds in whole ms that part the servers: some keep them, some do not; the strictest first."""
    latencies = sorted({candidate.p99_ns for candidate in found})
    for low, high in pairwise(latencies):
        middle = Fraction((low + high) / 2 // MS * MS)
        if low <= middle < high:
            yield middle
