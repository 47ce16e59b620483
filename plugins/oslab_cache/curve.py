"""Misses of LRU caches of every size, in one pass over the accesses.

Under LRU the lines of a set are the top of a stack, the one used last on top: a line at depth d hits in
every cache of d ways or more. With one set that is full associativity, and ways are lines. Every access
counts alike, a store that misses brings its line in.

`run` gives the depth of each access. `count` need not know it: it keeps the stack in pieces that end
where the sizes asked for end, and notes in which piece a line is found. Lines below the last piece are
forgotten.

Sources: Mattson, Gecsei, Slutz and Traiger, Evaluation techniques for storage hierarchies, 1970; Kim,
Hill and Wood, Implementing stack simulation for highly-associative memories, 1991 (the pieces).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from oslab import Cells, Hex, InputError, Int, OrNone, Run, Step
from oslab.traces.access import Access
from oslab_cache.cache import MOST_LINES
from oslab_cache.config import Seen, lookups, parse_references
from oslab_cache.figures import ratio

# More sizes than this take long and say little.
MOST_SIZES = 256
_DRAWN = 16


@dataclass(frozen=True)
class CurveConfig:
    """Which caches.

    line     bytes of a line, a power of two
    sets     of every cache, a power of two; 1 is full associativity
    sizes    ways of a set, rising
    fetches  as in `CacheConfig`
    """

    line: int
    sets: int
    sizes: tuple[int, ...]
    fetches: bool


@dataclass(frozen=True)
class CurveRunConfig(CurveConfig):
    """The accesses as they are typed."""

    references: tuple[str, ...]


@dataclass(frozen=True)
class CurveTraceConfig(CurveConfig):
    """`trace` is the name of the file the accesses come from."""

    trace: str


def check(config: CurveConfig) -> None:
    """Raises InputError for caches that cannot be."""
    for what, value in (("a line", config.line), ("sets", config.sets)):
        if value < 1 or value & value - 1:
            raise InputError(f"{what}: {value} is not a power of two")
    if not config.sizes or config.sizes[0] < 1 or list(config.sizes) != sorted({*config.sizes}):
        raise InputError("the sizes must be positive and rise")
    if len(config.sizes) > MOST_SIZES:
        raise InputError(f"{len(config.sizes)} sizes: at most {MOST_SIZES} are told")
    if config.sizes[-1] * config.sets > MOST_LINES:
        raise InputError(
            f"{config.sizes[-1] * config.sets} lines: at most {MOST_LINES} are simulated"
        )


def trimmed(config: CurveRunConfig) -> CurveRunConfig:
    """The same without sizes beyond the first that holds every line used: they tell nothing more.

    Raises InputError.
    """
    check(config)
    made = lookups(parse_references(config.references), config.line, config.fetches)
    used = len({access.address // config.line for access in made})
    smaller = (0, *config.sizes)
    sizes = [size for size, below in zip(config.sizes, smaller, strict=False) if below < used]
    return replace(config, sizes=tuple(sizes) or config.sizes[:1])


def run(config: CurveRunConfig) -> Run:
    """A step, action `depth`, for each load or store of a line: given n, access, address; result index,
    depth (from 1; None at the first use). Raises InputError."""
    return run_accesses(config, parse_references(config.references))


def run_accesses(config: CurveConfig, accesses: Iterable[Access]) -> Run:
    """The same for accesses from elsewhere. Raises InputError."""
    check(config)
    stacks: dict[int, list[int]] = {}
    depths: list[int | None] = []
    steps = []
    seen = Seen()
    watched = seen.watch(accesses, config.line)
    for n, (kind, address, _) in enumerate(lookups(watched, config.line, config.fetches), 1):
        line = address // config.line
        index = line % config.sets
        stack = stacks.setdefault(index, [])
        depth = stack.index(line) + 1 if line in stack else None
        if depth:
            del stack[depth - 1]
        stack.insert(0, line)
        depths.append(depth)
        top = tuple(Hex(each * config.line) for each in stack[:_DRAWN])
        steps.append(
            Step(
                action="depth",
                given={"n": n, "access": kind, "address": Hex(address)},
                result={**({"index": index} if config.sets > 1 else {}), "depth": depth},
                state={"stack": Cells(top)},
                group=n,
            )
        )
    found = [sum(d is not None and d <= ways for d in depths) for ways in config.sizes]
    return Run(
        command="cache.curve",
        config=config,
        conventions=_rules(config, seen),
        asks={"depth": {"depth": OrNone(Int())}},
        steps=tuple(steps),
        metrics=_metrics(config, len(depths), depths.count(None), found),
    )


def count(config: CurveRunConfig) -> Mapping[str, Any]:
    """The metrics of `run` without its steps. Raises InputError."""
    return count_accesses(config, parse_references(config.references))


def count_accesses(config: CurveConfig, accesses: Iterable[Access]) -> Mapping[str, Any]:
    """The same for accesses from elsewhere, any number of them, in memory that grows with the lines
    touched. Raises InputError."""
    check(config)
    rooms = [high - low for low, high in zip((0, *config.sizes), config.sizes, strict=False)]
    stacks: dict[int, list[OrderedDict[int, None]]] = {}
    # The piece of its set's stack each line is in; lines below the last piece are in none.
    piece_of: dict[int, int] = {}
    touched: set[int] = set()
    hits = [0] * len(rooms)
    total, newest = 0, -1
    for _, address, _ in lookups(accesses, config.line, config.fetches):
        total += 1
        line = address // config.line
        if line == newest:
            hits[0] += 1
            continue
        newest = line
        stack = stacks.get(line % config.sets)
        if stack is None:
            stack = stacks[line % config.sets] = [OrderedDict() for _ in rooms]
        found = piece_of.pop(line, None)
        if found is None:
            touched.add(line)
        else:
            hits[found] += 1
            del stack[found][line]
        _push(line, stack, rooms, piece_of)
    return _metrics(config, total, len(touched), list(accumulate(hits)))


def run_without_steps(config: CurveConfig, accesses: Iterable[Access]) -> Run:
    """`count_accesses` as a run, with the rules that matter. Raises InputError."""
    seen = Seen()
    found = count_accesses(config, seen.watch(accesses, config.line))
    return Run(
        command="cache.curve", config=config, conventions=_rules(config, seen), metrics=found
    )


def _rules(config: CurveConfig, seen: Seen) -> Mapping[str, str | int | bool]:
    return {"curve_lru": config.sets, **seen.rules(config.fetches)}


def _push(
    line: int,
    stack: Sequence[OrderedDict[int, None]],
    rooms: Sequence[int],
    piece_of: dict[int, int],
) -> None:
    """Lay a line on top; of each piece that then holds too many, the lowest sinks into the next."""
    for n, (piece, room) in enumerate(zip(stack, rooms, strict=True)):
        piece[line] = None
        piece_of[line] = n
        if len(piece) <= room:
            return
        line, _ = piece.popitem(last=False)
    del piece_of[line]


def _metrics(
    config: CurveConfig, accesses: int, distinct: int, hits: Sequence[int]
) -> Mapping[str, Any]:
    """One record a size, up to the first that holds whatever is used."""
    curve = []
    for ways, found in zip(config.sizes, hits, strict=True):
        misses = accesses - found
        curve.append(
            {
                "size": ways * config.sets * config.line,
                "ways": ways,
                "hits": found,
                "misses": misses,
                "miss_ratio": ratio(misses, accesses),
            }
        )
        if misses == distinct:
            break
    return {"accesses": accesses, "distinct": distinct, "curve": tuple(curve)}
