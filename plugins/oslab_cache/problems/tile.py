"""cache.tile: the largest tile of which several fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from oslab import Answers, Choose, Figure, Generator, Int, Problem, Run, Size, mistake
from oslab.quantities import format_size
from oslab_cache.tile import Sides, TileConfig, allowed, bytes_in_use, estimated, largest, run


@dataclass(frozen=True)
class TileSpace:
    """As in `TileConfig`; nothing is simulated."""

    n: Choose[int]
    elem: Choose[int]
    arrays: Choose[int]
    size: Choose[int]
    line: Choose[int]
    sides: Sides


class Tile(Problem[TileConfig, TileSpace]):
    """The side of the tile, the bytes in use, the tiles of a matrix, the misses to be expected."""

    version = 1
    params = TileConfig
    space = TileSpace
    answers = {"tile": Int(), "bytes": Size(), "tiles": Int(), "misses": Int()}
    required = ("one-array", "bytes-as-elements")

    def draw(self, rng: Generator, space: TileSpace) -> TileConfig:
        return TileConfig(
            n=space.n.pick(rng),
            elem=space.elem.pick(rng),
            arrays=space.arrays.pick(rng),
            size=space.size.pick(rng),
            line=space.line.pick(rng),
            sides=space.sides,
            simulate=False,
        )

    def good(self, p: TileConfig) -> bool:
        """The matrices themselves do not fit; the tile is no single element, and none is cut off unless
        any side will do."""
        side = largest(p)
        return 1 < side < p.n and (p.sides == "any" or not p.n % side)

    def present(self, p: TileConfig) -> Mapping[str, Figure]:
        return {
            "n": p.n,
            "elem": p.elem,
            "arrays": p.arrays,
            "size": format_size(p.size),
            "line": format_size(p.line),
        }

    def run(self, p: TileConfig) -> Run:
        return run(p)

    def solve(self, p: TileConfig, run: Run) -> Answers:
        return {
            "tile": run.metrics["tile"],
            "bytes": run.metrics["used_bytes"],
            "tiles": run.metrics["tiles"],
            "misses": run.metrics["misses_estimated"],
        }

    def taking(self, p: TileConfig, side: int, used: int) -> Answers:
        """The answers of one who takes this side and thinks so many bytes are in use."""
        misses = estimated(p, side)
        known = {} if misses is None else {"misses": misses}
        return {"tile": side, "bytes": used, "tiles": (-(-p.n // side)) ** 2, **known}

    @mistake("one-array")
    def one_array(self, p: TileConfig) -> Answers | None:
        """The cache is thought to be there for one matrix alone."""
        if p.arrays == 1:
            return None
        alone = replace(p, arrays=1)
        side = largest(alone)
        return self.taking(p, side, bytes_in_use(alone, side))

    @mistake("side-not-squared")
    def side_not_squared(self, p: TileConfig) -> Answers | None:
        """A tile is thought to have as many elements as its side is long."""
        row = p.arrays * p.elem
        side = max(s for s in allowed(p) if s * row <= p.size)
        return self.taking(p, side, side * row)

    @mistake("bytes-as-elements")
    def bytes_as_elements(self, p: TileConfig) -> Answers | None:
        """An element is taken for one byte."""
        if p.elem == 1:
            return None
        small = replace(p, elem=1)
        side = largest(small)
        return self.taking(p, side, bytes_in_use(small, side))

    @mistake("rounded-up")
    def rounded_up(self, p: TileConfig) -> Answers | None:
        """The next larger side is taken, which no longer fits."""
        fitting = largest(p)
        side = next((s for s in allowed(p) if s > fitting), None)
        return None if side is None else self.taking(p, side, bytes_in_use(p, side))
