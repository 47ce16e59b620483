"""Which addresses compete for the same set of a cache.

Two addresses are *rivals* when their lines differ but must lie in the same set. Rivals can live
together as long as the set has a way for each line; a set that is asked to hold more lines than it has
ways is *crowded*: used in turn, its lines drive each other out however empty the rest of the cache is.
Addresses in the same line never compete, they come together.

Source: Hennessy and Patterson, Computer Architecture, appendix B.1 (conflict misses); CS:APP, 6.4.
"""

from __future__ import annotations

from dataclasses import dataclass

from oslab import Choice, Hex, InputError, Int, Run, Step
from oslab.quantities import format_address
from oslab_cache.cache import CacheShape, check
from oslab_cache.split import geometry

VERDICTS = ("alone", "together", "crowded")


@dataclass(frozen=True, slots=True)
class ConflictsConfig:
    """Addresses and a cache.

    addresses   at least one
    size        bytes of data in the cache
    line        bytes of a line, a power of two
    ways        lines of a set; size / (line × ways), the number of sets, is a power of two

    Raises InputError for anything else.
    """

    addresses: tuple[int, ...]
    size: int
    line: int
    ways: int

    def __post_init__(self) -> None:
        check(self.shape)
        if not self.addresses:
            raise InputError("give at least one address, such as 0x2004 or 8196")
        if any(address < 0 for address in self.addresses):
            raise InputError("an address is not negative")

    @property
    def shape(self) -> CacheShape:
        return geometry(self.size, self.line, self.ways)


def sets_of(config: ConflictsConfig) -> dict[int, dict[int, list[int]]]:
    """By set, by line number, the positions (from 0) of the addresses; sets in ascending order."""
    shape = config.shape
    found: dict[int, dict[int, list[int]]] = {}
    for n, address in enumerate(config.addresses):
        line = shape.line_of(address)
        found.setdefault(shape.index_of(line), {}).setdefault(line, []).append(n)
    return dict(sorted(found.items()))


def rivals(config: ConflictsConfig) -> tuple[tuple[int, ...], ...]:
    """For each address the numbers (from 1) of those with other lines in the same set."""
    line_of, index_of = config.shape.line_of, config.shape.index_of
    lines = [line_of(address) for address in config.addresses]
    return tuple(
        tuple(
            n
            for n, other in enumerate(lines, 1)
            if other != line and index_of(other) == index_of(line)
        )
        for line in lines
    )


def run(config: ConflictsConfig) -> Run:
    """Place each address, with what shares its set.

    Steps ``conflict-place`` (one an address): given ``n address``, result ``line_hex`` (where its line
    begins), ``index``, ``rivals`` (their numbers), ``lines`` (how many different ones the set is asked
    to hold) and ``verdict``: alone (one line), together (a way for each), crowded.
    Metrics: ``lines sets_used``, ``shared_sets`` and ``crowded_sets`` (the sets with two lines or more,
    with more lines than ways), ``conflicting`` (the addresses in crowded sets) and ``groups`` (``index
    lines verdict addresses``).
    """
    shape, found = config.shape, sets_of(config)
    steps = []
    for n, (address, others) in enumerate(zip(config.addresses, rivals(config), strict=True), 1):
        index = shape.index_of(shape.line_of(address))
        lines = len(found[index])
        steps.append(
            Step(
                action="conflict-place",
                given={"n": n, "address": Hex(address), "ways": config.ways},
                result={
                    "line_hex": format_address(address - address % shape.line),
                    "index": index,
                    "rivals": others,
                    "lines": lines,
                    "verdict": _verdict(lines, config.ways),
                },
                group=n,
            )
        )
    groups = []
    for index, places in found.items():
        groups.append(
            {
                "index": index,
                "lines": len(places),
                "verdict": _verdict(len(places), config.ways),
                "addresses": tuple(
                    Hex(config.addresses[n]) for here in places.values() for n in here
                ),
            }
        )
    crowded = tuple(index for index, places in found.items() if len(places) > config.ways)
    return Run(
        command="cache.conflicts",
        config=config,
        asks={"conflict-place": {"index": Int(), "verdict": Choice(*VERDICTS)}},
        steps=tuple(steps),
        metrics={
            "lines": sum(len(places) for places in found.values()),
            "sets_used": len(found),
            "shared_sets": tuple(index for index, places in found.items() if len(places) > 1),
            "crowded_sets": crowded,
            "conflicting": tuple(
                Hex(address)
                for address in config.addresses
                if shape.index_of(shape.line_of(address)) in crowded
            ),
            "groups": tuple(groups),
        },
    )


def _verdict(lines: int, ways: int) -> str:
    return "alone" if lines == 1 else "together" if lines <= ways else "crowded"
