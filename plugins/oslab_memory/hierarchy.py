"""The memory hierarchy: small, fast and dear above large, slow and cheap, and what that makes together.

An access goes to the first level; the share that is not found there goes on to the next, down to the
last, which has everything. Hit ratios are *local*: of the accesses that get to a level, the share found
in it. With levels asked in turn an access pays for each level that it gets to, so the average from a
level on is t + (1 - h) × (the average from the next level on). Asked all at once, it pays only for the
level where it is found: h × t + (1 - h) × (the average of the next).

The average price of a byte is that of all bytes together, so each level's price counts with its size.
A good hierarchy is nearly as fast as its first level and nearly as cheap as its last.

Sources: Stallings, Computer Organization and Architecture, 4.1 and its appendix on two-level memories;
for the typical figures Patterson and Hennessy, Computer Organization and Design, 5.1 and 5.2 (access
times and prices of 2020), Tanenbaum and Bos, Modern Operating Systems, figure 1-9, and for L1 and L2 a
pointer chase that was measured on a server of 2019.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from oslab import Float, Grid, InputError, Run, Step, Time, Value
from oslab.quantities import check_share, format_decimal, format_percent, format_size, format_time
from oslab_cache.amat import average

Lookup: TypeAlias = Literal["in-turn", "at-once"]


@dataclass(frozen=True, slots=True)
class Level:
    """One level.

    name       of one word
    size       bytes
    time_ns    of an access to it, in nanoseconds
    hit_ratio  of the accesses that get to it, the share found in it; None for registers, which
               instructions name: no access goes through them
    price      of a GiB, in dollars; None where nobody sells it alone

    Raises InputError for what makes no sense.
    """

    name: str
    size: int
    time_ns: Fraction
    hit_ratio: Fraction | None
    price: Fraction | None

    def __post_init__(self) -> None:
        if self.size < 1 or self.time_ns < 0 or (self.price or 0) < 0:
            raise InputError(
                f"{self.name}: a level has a byte at least, and no negative time or price"
            )
        if self.hit_ratio is not None:
            check_share(self.hit_ratio, f"{self.name}: a hit ratio")


TYPICAL = (
    Level("registers", 128, Fraction(3, 10), None, None),
    Level("L1", 32 << 10, Fraction(13, 10), Fraction(95, 100), Fraction(500)),
    Level("L2", 512 << 10, Fraction(5), Fraction(80, 100), Fraction(500)),
    Level("L3", 8 << 20, Fraction(15), Fraction(75, 100), Fraction(500)),
    Level("memory", 16 << 30, Fraction(60), Fraction(99999, 100000), Fraction(4)),
    Level("SSD", 1 << 40, Fraction(50_000), Fraction(1), Fraction(8, 100)),
)
"""A hierarchy with typical figures of about 2020; the hit ratios are examples."""


@dataclass(frozen=True, slots=True)
class HierarchyConfig:
    """Levels from the processor down; `lookup`: asked one after the other, or all at once.

    Raises InputError when no level answers accesses, or the last does not answer all of them.
    """

    levels: tuple[Level, ...]
    lookup: Lookup

    def __post_init__(self) -> None:
        names = [level.name for level in self.levels]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"two levels are called {name}")
        if not self.asked():
            raise InputError("give at least one level with a hit ratio; the last one's is 100 %")
        if self.levels[-1].hit_ratio != 1:
            raise InputError(
                f"{names[-1]} is the last level, so it has everything: its hit ratio is 100 %"
            )

    def asked(self) -> tuple[Level, ...]:
        """The levels that accesses go through."""
        return tuple(level for level in self.levels if level.hit_ratio is not None)


def run(config: HierarchyConfig, drawing: bool = True) -> Run:
    """Compute the average access time, from the last level up, and the average price.

    Steps ``hierarchy-last`` (given ``level time_ns``) and ``hierarchy-time`` (one for each level above,
    upwards: given ``level time_ns hit_ratio miss_ratio below below_ns lookup``), result ``average_ns`` of
    the accesses that get there; then ``hierarchy-shares`` (result ``last_share``, of all accesses those that get to
    the last level), and ``hierarchy-price`` where there are prices (result ``price``).
    Metrics: ``average_ns price_per_gib`` (None without prices) ``size_bytes`` and ``levels`` (``level
    size time_ns reached price_per_gib``; ``reached`` is a share of all accesses).

    Without `drawing` steps have no state.
    """
    levels = config.asked()
    state = {"pyramid": drawn(config.levels)} if drawing else {}
    steps: list[Step] = []
    below: Level | None = None
    mean = Fraction(0)
    for level in reversed(levels):
        hit = level.hit_ratio or Fraction(0)
        given: dict[str, Value] = {"level": level.name, "time_ns": level.time_ns}
        if below:
            given |= {
                "hit_ratio": _percent(hit),
                "miss_ratio": _percent(1 - hit),
                "below": below.name,
                "below_ns": mean,
                "lookup": config.lookup,
            }
        own = level.time_ns if config.lookup == "in-turn" else hit * level.time_ns
        mean = own + (1 - hit) * mean
        steps.append(
            Step(
                action="hierarchy-time" if below else "hierarchy-last",
                given=given,
                result={"average_ns": mean},
                state=state,
            )
        )
        below = level
    shares = reached(levels)
    if len(levels) > 1:
        steps.append(
            Step(
                action="hierarchy-shares",
                given={
                    "level": levels[-1].name,
                    "ratios": tuple(
                        _percent(1 - (level.hit_ratio or Fraction(0))) for level in levels[:-1]
                    ),
                },
                result={"last_share": shares[-1], "share_text": format_percent(shares[-1])},
                state=state,
            )
        )
    price = average_price(config.levels)
    if price is not None:
        size = sum(level.size for level in config.levels if level.price is not None)
        gib = Fraction(size, 1 << 30)
        steps.append(
            Step(
                action="hierarchy-price",
                given={"gib": gib},
                result={"price": price, "cost": price * gib},
                state=state,
            )
        )
    rules: dict[str, Value] = {"hierarchy-ratios": "local", "hierarchy-lookup": config.lookup}
    if price is not None:
        rules["hierarchy-price"] = "by-size"
    if config.levels == TYPICAL:
        rules["hierarchy-figures"] = "typical"
    return Run(
        command="memory.hierarchy",
        config=config,
        conventions=rules,
        asks={
            "hierarchy-time": {"average_ns": Time()},
            "hierarchy-price": {"price": Float()},
        },
        steps=tuple(steps),
        metrics={
            "average_ns": mean,
            "price_per_gib": price,
            "size_bytes": sum(level.size for level in config.levels),
            "levels": _figures(config, shares),
        },
    )


def reached(levels: tuple[Level, ...]) -> tuple[Fraction, ...]:
    """Of all accesses, the share that gets to each of the levels that are asked."""
    shares = [Fraction(1)]
    for level in levels[:-1]:
        shares.append(shares[-1] * (1 - (level.hit_ratio or 0)))
    return tuple(shares)


def average_price(levels: tuple[Level, ...]) -> Fraction | None:
    """The price of a GiB of all levels that have one, together; None where none has."""
    sold = [level for level in levels if level.price is not None]
    if not sold:
        return None
    size = sum(level.size for level in sold)
    return average([level.price or Fraction(0) for level in sold],
                   [Fraction(level.size, size) for level in sold])  # fmt: skip


def drawn(levels: tuple[Level, ...]) -> Grid:
    """The levels from the top of the pyramid down; a column that says nothing is left out."""
    columns: dict[str, list[str | None]] = {
        "level": [level.name for level in levels],
        "size": [format_size(level.size) for level in levels],
        "time": [format_time(level.time_ns) for level in levels],
        "hit_ratio": [
            None if level.hit_ratio is None else _percent(level.hit_ratio) for level in levels
        ],
        "price_per_gib": [
            None if level.price is None else format_decimal(level.price) for level in levels
        ],
    }
    told = {name: texts for name, texts in columns.items() if any(texts)}
    return Grid(tuple(told), tuple(zip(*told.values(), strict=True)))


def _percent(share: Fraction) -> str:
    return f"{format_decimal(share * 100)} %"


def _figures(config: HierarchyConfig, shares: tuple[Fraction, ...]) -> Value:
    reach = dict(zip((level.name for level in config.asked()), shares, strict=True))
    return tuple(
        {
            "level": level.name,
            "size": level.size,
            "time_ns": level.time_ns,
            "reached": reach.get(level.name),
            "price_per_gib": level.price,
        }
        for level in config.levels
    )
