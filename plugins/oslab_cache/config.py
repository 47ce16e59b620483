"""What a simulation is told: a cache or a few levels, and which accesses reach it.

Every disputed rule is a field here and is printed with every run in which it can matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from oslab import InputError
from oslab.quantities import format_size
from oslab.traces.access import Access, parse_reference
from oslab_cache.cache import CacheShape, Write, pieces
from oslab_cache.hierarchy import HierarchyShape, Inclusion
from oslab_cache.replacement import PolicyName


@dataclass(frozen=True)
class CacheConfig:
    """A cache or a hierarchy.

    size … seed  the first level, as in `CacheShape`
    lower        the levels below it, downwards
    inclusion    as in `HierarchyShape`
    fetches      instruction fetches count as loads; else they are left out
    times_ns     the hit time of each level and last that of memory; empty: no times
    """

    size: int
    line: int
    ways: int
    policy: PolicyName
    write: Write
    allocate: bool
    seed: int
    lower: tuple[CacheShape, ...]
    inclusion: Inclusion
    fetches: bool
    times_ns: tuple[Fraction, ...]

    @property
    def first(self) -> CacheShape:
        """The first level."""
        return CacheShape(
            self.size, self.line, self.ways, self.policy, self.write, self.allocate, self.seed
        )

    @property
    def shape(self) -> HierarchyShape:
        return HierarchyShape((self.first, *self.lower), self.inclusion)


@dataclass(frozen=True)
class RunConfig(CacheConfig):
    """The accesses as they are typed: `0x10`, `0x10w`, `0x10m/8`, `0x10x`."""

    references: tuple[str, ...]


@dataclass(frozen=True)
class TraceConfig(CacheConfig):
    """`trace` is the name of the file the accesses come from."""

    trace: str


def check_times(config: CacheConfig) -> None:
    """Raises InputError for times that do not belong to the levels."""
    levels = 1 + len(config.lower)
    if config.times_ns and len(config.times_ns) != levels + 1:
        raise InputError(
            f"times: {levels + 1} are expected, the hit time of each level and the time of memory, "
            f"not {len(config.times_ns)}"
        )
    if any(time < 0 for time in config.times_ns):
        raise InputError("a time is not negative")


def parse_references(references: Sequence[str]) -> list[Access]:
    """The accesses that were typed. Raises InputError naming one that is none."""
    accesses = []
    for n, text in enumerate(references, start=1):
        try:
            accesses.append(parse_reference(text))
        except InputError as error:
            raise InputError(f"access {n}: {error}") from None
    if not accesses:
        raise InputError("there are no accesses; addresses such as 0x10 or 0x10w are needed")
    return accesses


class Seen:
    """What accesses went by, as far as it brings rules into play."""

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self.straddling = False

    def watch(self, accesses: Iterable[Access], line: int) -> Iterator[Access]:
        """The accesses as they are."""
        for access in accesses:
            self.kinds.add(access.kind)
            if access.address % line + access.size > line:
                self.straddling = True
            yield access

    @property
    def stores(self) -> bool:
        return bool(self.kinds & {"store", "modify"})

    def rules(self, fetches: bool) -> Mapping[str, str | bool]:
        """The rules about accesses that matter for these."""
        rules: dict[str, str | bool] = {}
        if "modify" in self.kinds:
            rules["modify"] = "load, store"
        if "fetch" in self.kinds:
            rules["fetches"] = fetches
        if self.straddling:
            rules["straddling"] = "split"
        return rules


def lookups(accesses: Iterable[Access], line: int, fetches: bool) -> Iterator[Access]:
    """Loads, stores and fetches, each within one line, as they reach a cache.

    A modify is a load and then a store; what straddles lines becomes one access to each.
    """
    low = line - 1
    for access in accesses:
        kind, address, size = access
        if kind == "fetch" and not fetches:
            continue
        within = (address & low) + size <= line
        if within and kind != "modify":
            yield access
            continue
        parts = [(address, size)] if within else list(pieces(address, size, line))
        for each in ("load", "store") if kind == "modify" else (kind,):
            for start, length in parts:
                yield Access(each, start, length)


def spec(shape: CacheShape, with_line: bool = True) -> str:
    """A cache in a few words, as the options --cache and --level2 take it: ``1K/64/2/lru``.

    What is usual (write-back that allocates, write-through that does not) is left out.
    """
    parts = [format_size(shape.size).replace(" ", "").replace("iB", "").removesuffix("B")]
    if with_line:
        parts.append(str(shape.line))
    parts += [str(shape.ways), shape.policy]
    if shape.write == "through":
        parts.append("through")
    if shape.allocate != (shape.write == "back"):
        parts.append("allocate" if shape.allocate else "no-allocate")
    return "/".join(parts)


def conventions_of(config: CacheConfig, seen: Seen) -> Mapping[str, str | int | bool]:
    """The rules that can matter for these accesses, by name."""
    shapes = config.shape.levels
    rules: dict[str, str | int | bool] = {"empty_ways": "first"}
    if config.ways > 1:
        rules["policy"] = config.policy
    for shape in config.lower:
        if shape.ways > 1 and shape.policy != rules.get("policy"):
            rules[f"below_{shape.policy}"] = True
    if any(shape.ways > 1 and shape.policy == "random" for shape in shapes):
        rules["seed"] = config.seed
    if seen.stores:
        rules["write"] = config.write
        rules["allocate"] = config.allocate
        if any(shape.write == "back" for shape in shapes):
            rules["dirty_at_end"] = "stay"
    rules |= seen.rules(config.fetches)
    rules["threec"] = "fully associative LRU"
    for n, shape in enumerate(config.lower, start=2):
        rules[f"level{n}"] = spec(shape, with_line=False)
    if config.lower:
        rules["inclusion"] = config.inclusion
        rules["miss_order"] = "below first"
        if seen.stores and any(s.write == "through" or not s.allocate for s in shapes):
            rules["store_down"] = "copies"
    return rules
