"""Average memory access time: what a reference costs on average in a hierarchy of caches.

A reference looks into the first cache; the share that misses looks into the second as well, and so on
down to memory, which always answers. Every lookup takes its time whether it hits or misses. So the
average from level i on is h_i + m_i × (the average from level i + 1 on), which for two caches makes

    AMAT = h1 + m1 × (h2 + m2 × M).

The m here are *local*: the misses of a cache out of the lookups made in it. A *global* ratio is out of
all references: the product of the local ones down to that level.

Source: Hennessy and Patterson, Computer Architecture, appendix B.2 and B.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from oslab import InputError, Percent, Run, Step, Time
from oslab.quantities import check_share, format_percent

Ratios: TypeAlias = Literal["local", "global"]


@dataclass(frozen=True, slots=True)
class AmatConfig:
    """Caches from the processor down, and memory behind them; times in nanoseconds.

    times_ns      the lookup in each cache, and at the end the access to memory
    miss_ratios   one a cache, 0 to 1
    ratios        local: out of the lookups in that cache; global: out of all references

    Raises InputError when there is not one time more than ratios, for ratios that are no shares, and
    for global ratios that rise: more cannot miss below than above.
    """

    times_ns: tuple[Fraction, ...]
    miss_ratios: tuple[Fraction, ...]
    ratios: Ratios

    def __post_init__(self) -> None:
        if not self.miss_ratios:
            raise InputError("give the miss ratio of one cache at least, such as 5%")
        if len(self.times_ns) != len(self.miss_ratios) + 1:
            raise InputError(
                f"{len(self.miss_ratios)} miss ratios need {len(self.miss_ratios) + 1} times, one for "
                f"each cache and one for memory; there are {len(self.times_ns)}"
            )
        for ratio in self.miss_ratios:
            check_share(ratio, "a miss ratio")
        if any(time < 0 for time in self.times_ns):
            raise InputError("times are not negative")
        if self.ratios == "global" and list(self.miss_ratios) != sorted(
            self.miss_ratios, reverse=True
        ):
            raise InputError(
                "global miss ratios cannot rise from level to level: what misses in L2 has missed in "
                "L1 before; for ratios out of the lookups of each level say local"
            )


def local_ratios(config: AmatConfig) -> tuple[Fraction, ...]:
    """Of the lookups in each cache the share that misses; 0 where nothing ever gets to it."""
    if config.ratios == "local":
        return config.miss_ratios
    reaching = (Fraction(1), *config.miss_ratios)
    return tuple(
        missed / reached if reached else Fraction(0)
        for reached, missed in zip(reaching, config.miss_ratios, strict=False)
    )


def global_ratios(config: AmatConfig) -> tuple[Fraction, ...]:
    """Of all references the share that misses in each cache and in all above it."""
    if config.ratios == "global":
        return config.miss_ratios
    found: list[Fraction] = []
    for ratio in config.miss_ratios:
        found.append(ratio * (found[-1] if found else 1))
    return tuple(found)


def average(times: Sequence[Fraction], reaching: Sequence[Fraction]) -> Fraction:
    """The sum of all levels' times, each weighted with the share of the references that gets there."""
    return sum((t * r for t, r in zip(times, reaching, strict=True)), Fraction(0))


def run(config: AmatConfig) -> Run:
    """Compute the average from the lowest cache up, then what each level contributes to it.

    Steps ``amat-level`` (one a cache, the lowest first): given ``level time_ns miss_percent below_ns``
    (the average of what misses here) and ``below`` (memory or a level), result ``average_ns`` of the
    references that get to this level. Steps ``amat-part`` (one a level, memory last): given ``level
    time_ns``, result ``reach`` (the share of all references that gets there) and ``contribution_ns``.
    Metrics: ``amat_ns``, ``global_ratios`` (one a cache), ``levels`` (``level time_ns local global
    reach contribution_ns share``; memory has no ratios).
    """
    local, overall = local_ratios(config), global_ratios(config)
    names = [f"L{i}" for i in range(1, len(local) + 1)]
    steps = []
    below, below_name = config.times_ns[-1], "memory"
    for name, time, ratio in reversed(list(zip(names, config.times_ns, local, strict=False))):
        mean = time + ratio * below
        steps.append(
            Step(
                action="amat-level",
                given={
                    "level": name,
                    "time_ns": time,
                    "miss_percent": format_percent(ratio),
                    "below": below_name,
                    "below_ns": below,
                },
                result={"average_ns": mean},
            )
        )
        below, below_name = mean, name
    reaching = (Fraction(1), *overall)
    levels = []
    for i, (name, time) in enumerate(zip((*names, "memory"), config.times_ns, strict=True)):
        contribution = reaching[i] * time
        steps.append(
            Step(
                action="amat-part",
                given={"level": name, "time_ns": time},
                result={
                    "reach": reaching[i],
                    "reach_percent": format_percent(reaching[i]),
                    "contribution_ns": contribution,
                },
            )
        )
        is_cache = i < len(names)
        levels.append(
            {
                "level": name,
                "time_ns": time,
                "local": local[i] if is_cache else None,
                "global": overall[i] if is_cache else None,
                "reach": reaching[i],
                "contribution_ns": contribution,
                "share": contribution / below if below else Fraction(0),
            }
        )
    return Run(
        command="cache.amat",
        config=config,
        conventions={"ratios": config.ratios, "lookup": "in-turn"},
        asks={
            "amat-level": {"average_ns": Time()},
            "amat-part": {"reach": Percent(), "contribution_ns": Time()},
        },
        steps=tuple(steps),
        metrics={"amat_ns": below, "global_ratios": overall, "levels": tuple(levels)},
    )
