"""Several caches on the same accesses, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslab import Hex, InputError, Int, Run, Size, Step
from oslab.traces.access import Access
from oslab_cache.cache import CacheShape, Outcome
from oslab_cache.config import Seen, lookups, parse_references, spec
from oslab_cache.figures import metrics
from oslab_cache.hierarchy import Hierarchy, HierarchyShape
from oslab_cache.threec import ThreeC

MOST_CACHES = 64


@dataclass(frozen=True)
class CompareConfig:
    """`caches`, each alone on top of memory, under the same accesses; `fetches` as in `CacheConfig`."""

    caches: tuple[CacheShape, ...]
    fetches: bool


@dataclass(frozen=True)
class CompareRunConfig(CompareConfig):
    """The accesses as they are typed."""

    references: tuple[str, ...]


@dataclass(frozen=True)
class CompareTraceConfig(CompareConfig):
    """`trace` is the name of the file the accesses come from."""

    trace: str


class One:
    """One of the caches, being counted."""

    def __init__(self, shape: CacheShape, fetches: bool) -> None:
        self.shape = shape
        self.hierarchy = Hierarchy(HierarchyShape((shape,), "nine"))
        self._threec = ThreeC(shape.lines)
        self._causes = {"cold": 0, "capacity": 0, "conflict": 0}
        self._fetches = fetches

    def take(self, access: Access) -> Iterator[tuple[Access, Outcome]]:
        """Send an access through: each lookup that it makes, and what came of it."""
        shape, hierarchy = self.shape, self.hierarchy
        for lookup in lookups((access,), shape.line, self._fetches):
            store = lookup.kind == "store"
            cause = self._threec.access(shape.line_of(lookup.address), shape.allocate or not store)
            [outcome] = hierarchy.access(lookup.address, store, lookup.size)
            if not outcome.hit:
                self._causes[cause] += 1
            yield lookup, outcome

    def figures(self) -> Mapping[str, Any]:
        """As `figures.metrics`, without what belongs to levels."""
        found = metrics(self.hierarchy, self._causes)
        return {name: value for name, value in found.items() if name != "levels"}


def run(config: CompareRunConfig, detailed: bool = False) -> Run:
    """A step, action `configuration`, for each cache: given cache (in a few words), result the figures.

    `detailed`: before it a step, action `traffic`, for each access to a line: given n, access, address
    and bytes; result result (hit or miss), written_back, around (a store brought
    nothing in), sent (bytes of a store that goes to memory), read and written (bytes of memory).
    Raises InputError.
    """
    accesses = parse_references(config.references)
    ones = _ones(config)
    steps: list[Step] = []
    for group, one in enumerate(ones, start=1):
        traffic = list(_traffic(one, accesses, group))
        if detailed:
            steps += traffic
        steps.append(
            Step(
                action="configuration",
                given={"cache": spec(one.shape)},
                result=one.figures(),
                group=group if detailed else 0,
            )
        )
    seen = Seen()
    for _ in seen.watch(accesses, min(shape.line for shape in config.caches)):
        pass
    return Run(
        command="cache.compare",
        config=config,
        conventions=_conventions(config, seen),
        asks={
            "configuration": {
                "misses": Int(),
                "bytes_from_memory": Size(),
                "bytes_to_memory": Size(),
            }
        },
        steps=tuple(steps),
        metrics=_metrics(ones),
    )


def count(config: CompareRunConfig) -> Mapping[str, Any]:
    """The metrics of `run`. Raises InputError."""
    return count_accesses(config, parse_references(config.references))


def count_accesses(config: CompareConfig, accesses: Iterable[Access]) -> Mapping[str, Any]:
    """The same for accesses from elsewhere, in one pass. Raises InputError."""
    ones = _ones(config)
    for access in accesses:
        for one in ones:
            for _ in one.take(access):
                pass
    return _metrics(ones)


def run_without_steps(config: CompareConfig, accesses: Iterable[Access]) -> Run:
    """`count_accesses` as a run, with the rules that matter. Raises InputError."""
    seen = Seen()
    found = count_accesses(config, seen.watch(accesses, min(s.line for s in config.caches)))
    rules = _conventions(config, seen)
    return Run(command="cache.compare", config=config, conventions=rules, metrics=found)


def _ones(config: CompareConfig) -> list[One]:
    if not 1 <= len(config.caches) <= MOST_CACHES:
        raise InputError(f"{len(config.caches)} caches: from 1 to {MOST_CACHES} are compared")
    return [One(shape, config.fetches) for shape in config.caches]


def _traffic(one: One, accesses: Iterable[Access], group: int) -> Iterator[Step]:
    hierarchy, n = one.hierarchy, 0
    for access in accesses:
        read, written = hierarchy.bytes_from_memory, hierarchy.bytes_to_memory
        for lookup, outcome in one.take(access):
            n += 1
            yield Step(
                action="traffic",
                given={
                    "n": n,
                    "access": lookup.kind,
                    "address": Hex(lookup.address),
                    "bytes": lookup.size,
                },
                result={
                    "result": "hit" if outcome.hit else "miss",
                    "written_back": outcome.victim_dirty,
                    **_of_store(one.shape, lookup, outcome),
                    "read": hierarchy.bytes_from_memory - read,
                    "written": hierarchy.bytes_to_memory - written,
                },
                group=group,
            )
            read, written = hierarchy.bytes_from_memory, hierarchy.bytes_to_memory


def _of_store(shape: CacheShape, lookup: Access, outcome: Outcome) -> Mapping[str, int | bool]:
    around = {"around": True} if outcome.way is None else {}
    goes = lookup.kind == "store" and (shape.write == "through" or outcome.way is None)
    return {**around, "sent": lookup.size} if goes else {}


def _metrics(ones: Sequence[One]) -> Mapping[str, Any]:
    records = ({"cache": spec(one.shape), **one.figures()} for one in ones)
    return {"configurations": tuple({name: each[name] for name in _TOLD} for each in records)}


# More columns are wider than a screen; `run` tells the rest.
_TOLD = (
    "cache", "accesses", "hits", "misses", "miss_ratio", "cold", "capacity", "conflict",
    "bytes_from_memory", "bytes_to_memory",
)  # fmt: skip


def _conventions(config: CompareConfig, seen: Seen) -> Mapping[str, str | int | bool]:
    """The rules that can matter for these accesses, by name."""
    rules: dict[str, str | int | bool] = {"empty_ways": "first"}
    if any(shape.policy == "random" for shape in config.caches):
        rules["seed"] = config.caches[0].seed
    if seen.stores:
        rules["write_usual"] = "back allocates"
        rules["dirty_at_end"] = "stay"
    rules |= seen.rules(config.fetches)
    rules["threec"] = "fully associative LRU"
    return rules
