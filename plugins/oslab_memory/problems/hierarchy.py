"""memory.hierarchy: average access time and average price of a drawn hierarchy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from oslab import Answers, Choose, Figure, Float, Generator, Percent, Problem, Run, Time, mistake
from oslab_memory.hierarchy import HierarchyConfig, Level, Lookup, average_price, drawn, run


@dataclass(frozen=True)
class HierarchySpace:
    """names, from the processor down; the first level's size, time and price, and how many times
    larger, slower and cheaper each level is than the one above; the hit ratios."""

    names: tuple[str, ...]
    size: Choose[int]
    larger: Choose[int]
    time: Choose[Fraction]
    slower: Choose[int]
    price: Choose[Fraction]
    cheaper: Choose[int]
    hit: Choose[Fraction]
    lookup: Choose[Lookup]


class Hierarchy(Problem[HierarchyConfig, HierarchySpace]):
    """The share of accesses that gets down to the last level, average time, average price."""

    version = 1
    params = HierarchyConfig
    space = HierarchySpace
    required = ("global-as-local", "price-unweighted", "own-time-only")
    answers = {"last": Percent(), "time": Time(), "price": Float()}

    def draw(self, rng: Generator, space: HierarchySpace) -> HierarchyConfig:
        size, time = space.size.pick(rng), space.time.pick(rng)
        price = space.price.pick(rng)
        levels = []
        for name in space.names:
            last = name == space.names[-1]
            hit = Fraction(1) if last else space.hit.pick(rng)
            levels.append(Level(name, size, time, hit, price))
            size *= space.larger.pick(rng)
            time *= space.slower.pick(rng)
            price /= Fraction(space.cheaper.pick(rng))
        return HierarchyConfig(tuple(levels), space.lookup.pick(rng))

    def good(self, p: HierarchyConfig) -> bool:
        ratios = [level.hit_ratio for level in p.levels]
        return len(set(ratios)) == len(ratios)

    def present(self, p: HierarchyConfig) -> Mapping[str, Figure]:
        return {"levels": drawn(p.levels), "count": len(p.levels)}

    def run(self, p: HierarchyConfig) -> Run:
        return run(p)

    def solve(self, p: HierarchyConfig, run: Run) -> Answers:
        return {
            "last": run.metrics["levels"][-1]["reached"],
            "time": run.metrics["average_ns"],
            "price": run.metrics["price_per_gib"],
        }

    @mistake("global-as-local")
    def global_as_local(self, p: HierarchyConfig) -> Answers | None:
        """A level's miss ratio is taken for a share of all accesses."""
        if p.lookup != "in-turn" or len(p.levels) < 3:
            return None
        misses = [Fraction(1), *(1 - _hit(level) for level in p.levels[:-1])]
        time = sum((m * level.time_ns for m, level in zip(misses, p.levels, strict=True)),
                   Fraction(0))  # fmt: skip
        return {"last": misses[-1], "time": time}

    @mistake("price-unweighted")
    def plain_mean(self, p: HierarchyConfig) -> Answers | None:
        """The mean of the prices, whatever the sizes."""
        return {"price": average_price(tuple(replace(level, size=1) for level in p.levels))}

    @mistake("own-time-only")
    def own_time_only(self, p: HierarchyConfig) -> Answers | None:
        """An access is thought to pay only for the level where it is found."""
        if p.lookup == "at-once":
            return None
        return self.solve(p, run(replace(p, lookup="at-once"), drawing=False))

    @mistake("times-summed")
    def times_summed(self, p: HierarchyConfig) -> Answers | None:
        """The levels above are paid for, though all are asked at once."""
        if p.lookup == "in-turn":
            return None
        return self.solve(p, run(replace(p, lookup="in-turn"), drawing=False))

    @mistake("hits-go-on")
    def hits_go_on(self, p: HierarchyConfig) -> Answers | None:
        """The hit ratio is used for what goes on to the next level."""
        swapped = tuple(replace(level, hit_ratio=1 - _hit(level)) for level in p.levels[:-1])
        changed = replace(p, levels=(*swapped, p.levels[-1]))
        return self.solve(changed, run(changed, drawing=False))


def _hit(level: Level) -> Fraction:
    return level.hit_ratio or Fraction(0)
