"""The largest square tile of which several fit into a cache together.

A blocked loop works on one tile of each of its matrices at a time. While it does, the tiles should all
be in the cache: arrays × B² × element bytes ≤ size. Only capacity counts here, as if each tile were
one stretch of memory; the rows of a real tile lie apart and may crowd some sets, which the simulated
loop shows.

Source: Lam, Rothberg and Wolf, The Cache Performance and Optimizations of Blocked Algorithms, 1991.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

from oslab import InputError, Int, Run, Size, Step
from oslab.quantities import format_size
from oslab_cache.loop import misses
from oslab_cache.matrices import LoopConfig
from oslab_cache.patterns import Pattern

Sides: TypeAlias = Literal["any", "divisor", "power"]
SIDES: tuple[Sides, ...] = get_args(Sides)
# All sides of a tile are tried.
MOST_SIDE = 2**20
# The loops that use so many matrices, without and with tiles.
LOOPS: dict[int, tuple[Pattern, Pattern]] = {
    2: ("transpose", "transpose-blocked"),
    3: ("multiply-ijk", "multiply-blocked"),
}


@dataclass(frozen=True, slots=True)
class TileConfig:
    """Matrices and a cache.

    n         side of the square matrices, in elements
    elem      bytes of an element
    arrays    matrices of which a tile is in use at the same time
    size      bytes of data in the cache
    line      bytes of a line, a multiple of the element
    sides     which sides a tile may have: any up to n, a divisor of n, or a power of two
    simulate  run the loop of so many matrices too: transposition (2) or multiplication (3)

    Raises InputError for anything else, and when not even one element of each fits.
    """

    n: int
    elem: int
    arrays: int
    size: int
    line: int
    sides: Sides
    simulate: bool

    def __post_init__(self) -> None:
        if self.simulate and self.arrays not in LOOPS:
            raise InputError(
                f"no loop of {self.arrays} arrays is simulated, only transposition, with 2, and "
                "multiplication, with 3"
            )
        if min(self.n, self.elem, self.arrays) < 1:
            raise InputError(
                "matrices have 1 element or more, of 1 byte or more, and are 1 or more"
            )
        if self.n > MOST_SIDE:
            raise InputError(f"a side of {self.n} elements: at most {MOST_SIDE} are taken")
        if self.line < self.elem or self.line % self.elem or self.line & self.line - 1:
            raise InputError(
                f"a line of {self.line} bytes: a power of two that holds whole elements of "
                f"{self.elem} bytes is expected, such as 64"
            )
        if self.arrays * self.elem > self.size:
            raise InputError(
                f"not even one element of each of {self.arrays} arrays fits into "
                f"{format_size(self.size)}"
            )


def allowed(config: TileConfig) -> list[int]:
    """The sides a tile may have, in ascending order."""
    if config.sides == "power":
        return [1 << bits for bits in range(config.n.bit_length())]
    return [side for side in range(1, config.n + 1) if config.sides == "any" or not config.n % side]


def bytes_in_use(config: TileConfig, side: int) -> int:
    """The bytes of all tiles in use at once."""
    return config.arrays * side**2 * config.elem


def largest(config: TileConfig) -> int:
    """The side of the largest tile."""
    return max(s for s in allowed(config) if bytes_in_use(config, s) <= config.size)


def estimated(config: TileConfig, side: int) -> int | None:
    """Misses of the blocked loop, if what is in use always fits and nothing else ever does.

    Transposition brings every tile of both matrices in once. Multiplication keeps a tile of c while the
    tiles of a row of a and of a column of b go by. A tile is its rows, each in whole lines. None for
    other numbers of arrays.
    """
    per_side = -(-config.n // side)
    lines = side * -(-side * config.elem // config.line)
    if config.arrays == 2:
        return 2 * per_side**2 * lines
    if config.arrays == 3:
        return per_side**2 * lines + 2 * per_side**3 * lines
    return None


def run(config: TileConfig) -> Run:
    """Find the tile, then try it.

    Step ``tile``: given ``size elem arrays n``, result ``tile`` (the side), ``used_bytes`` (of all
    tiles in use), ``longer`` (the next side that is allowed) and ``longer_bytes``. Step ``tile-count``: given ``tile``,
    result ``tiles`` (that cover a matrix). Step ``tile-loop``, where it is simulated: given ``pattern
    estimated``, result ``misses``, ``misses_untiled`` and ``pattern_untiled``. Metrics: ``tile
    used_bytes tiles misses_estimated misses_simulated misses_untiled``: the estimate is
    None for other numbers of arrays, and what is not simulated is None.
    """
    side = largest(config)
    used = bytes_in_use(config, side)
    per_side = -(-config.n // side)
    guess = estimated(config, side)
    longer = next((s for s in allowed(config) if s > side), None)
    steps = [
        Step(
            action="tile",
            given={
                "n": config.n,
                "arrays": config.arrays,
                "elem": config.elem,
                "size": format_size(config.size),
            },
            result={
                "tile": side,
                "used_bytes": used,
                "longer": longer,
                "longer_bytes": bytes_in_use(config, longer) if longer else None,
            },
        ),
        Step(
            action="tile-count",
            given={"n": config.n, "tile": side},
            result={"per_side": per_side, "tiles": per_side**2, "uneven": config.n % side > 0},
        ),
    ]
    simulated = _simulated(config, side)
    if simulated:
        steps.append(
            Step(
                action="tile-loop",
                given={
                    "pattern": LOOPS[config.arrays][1],
                    "pattern_untiled": LOOPS[config.arrays][0],
                    "estimated": guess,
                },
                result={
                    "misses": simulated["misses_simulated"],
                    "misses_untiled": simulated["misses_untiled"],
                },
            )
        )
    return Run(
        command="cache.tile",
        config=config,
        conventions={
            "tile_fit": "capacity",
            "sides": config.sides,
            **({"simulate": True} if config.simulate else {}),
        },
        asks={
            "tile": {"tile": Int(), "used_bytes": Size()},
            "tile-count": {"tiles": Int()},
        },
        steps=tuple(steps),
        metrics={
            "tile": side,
            "used_bytes": used,
            "tiles": per_side**2,
            "misses_estimated": guess,
            "misses_simulated": None,
            "misses_untiled": None,
            **simulated,
        },
    )


def simulated(config: TileConfig, most: int) -> TileConfig:
    """The same with its loop simulated, if there is one of so many arrays with `most` accesses or
    fewer."""
    accesses = 2 * config.arrays * config.n ** max(2, config.arrays)
    return replace(config, simulate=config.arrays in LOOPS and accesses <= most)


def _simulated(config: TileConfig, side: int) -> Mapping[str, Any]:
    """Misses of the loop with and without tiles, in a fully associative LRU cache; empty where it is
    not simulated."""
    if not config.simulate:
        return {}
    plain, blocked = LOOPS[config.arrays]
    lines = max(1, config.size // config.line)
    loops = LoopConfig(
        (blocked, plain), config.n, config.n, 0, config.elem, side, 1,
        lines * config.line, config.line, lines, "lru", "back", True, 0,
    )  # fmt: skip
    return {
        "misses_simulated": misses(loops, blocked),
        "misses_untiled": misses(loops, plain),
    }
