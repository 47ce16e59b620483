"""Choose a cache for given accesses: count the misses of each candidate, take the smallest that will do.

Of the candidates with no more misses than allowed the one of the smallest size is chosen, of these the
one with the fewest ways: a larger cache, and more comparators, cost money and time.

Source: Hennessy and Patterson, Computer Architecture, appendix B.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oslab import InputError, Int, Run, Step
from oslab.quantities import format_size
from oslab.traces.access import Access
from oslab_cache.cache import Cache, CacheShape
from oslab_cache.config import parse_references


@dataclass(frozen=True, slots=True)
class DesignConfig:
    """Candidates and what is asked of them.

    candidates   caches, at least one, no two of one size and number of ways
    references   loads, each within a line: addresses such as 0x10
    bound        misses that are allowed

    Raises InputError for anything else, and when no candidate keeps to the bound.
    """

    candidates: tuple[CacheShape, ...]
    references: tuple[str, ...]
    bound: int

    def __post_init__(self) -> None:
        kinds = {(shape.size, shape.ways) for shape in self.candidates}
        if not kinds or len(kinds) < len(self.candidates):
            raise InputError("give candidates of which no two have the same size and ways")
        if any(access.kind != "load" for access in parse_references(self.references)):
            raise InputError("only loads are counted here")


def outcomes(shape: CacheShape, accesses: Sequence[Access]) -> list[bool]:
    """Whether each access hits."""
    cache = Cache(shape)
    return [cache.access(shape.line_of(access.address), False).hit for access in accesses]


def chosen(candidates: Sequence[CacheShape], misses: Sequence[int], bound: int) -> int | None:
    """The position of the smallest candidate that keeps to the bound; None if there is none."""
    good = [n for n, missed in enumerate(misses) if missed <= bound]
    return min(good, key=lambda n: (candidates[n].size, candidates[n].ways), default=None)


def run(config: DesignConfig) -> Run:
    """Count, then choose.

    Steps ``candidate``: given ``n size ways``, result ``misses`` and ``outcomes`` (an H or M for each
    access). Step ``chosen``: given ``bound``, result ``cache`` (its number) and ``misses``. Metrics:
    ``cache misses candidates`` (``n size ways misses``).
    """
    steps, misses = [], []
    accesses = parse_references(config.references)
    for n, shape in enumerate(config.candidates, 1):
        hits = outcomes(shape, accesses)
        misses.append(hits.count(False))
        steps.append(
            Step(
                action="candidate",
                given={"n": n, "size": format_size(shape.size), "ways": shape.ways},
                result={
                    "misses": misses[-1],
                    "outcomes": " ".join("H" if hit else "M" for hit in hits),
                },
            )
        )
    place = chosen(config.candidates, misses, config.bound)
    if place is None:
        raise InputError(f"no candidate has {config.bound} misses or fewer")
    steps.append(
        Step(
            action="chosen",
            given={"bound": config.bound},
            result={"cache": place + 1, "misses": misses[place]},
        )
    )
    first = config.candidates[0]
    return Run(
        command="cache.design",
        config=config,
        conventions={"empty_ways": "first", "policy": first.policy},
        asks={"candidate": {"misses": Int()}},
        steps=tuple(steps),
        metrics={
            "cache": place + 1,
            "misses": misses[place],
            "candidates": tuple(
                {"n": n, "size": shape.size, "ways": shape.ways, "misses": missed}
                for n, (shape, missed) in enumerate(zip(config.candidates, misses, strict=True), 1)
            ),
        },
    )
