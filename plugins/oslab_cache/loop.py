"""A loop over matrices through a cache: how often it misses, where, and why.

The cache is empty at first. What a matrix misses follows from how the innermost loop moves over it: to
neighbours, which share lines, or by a whole row at a time, to a new line each time, where the lines must
stay until the neighbours are wanted.

Source: Lam, Rothberg and Wolf, The Cache Performance and Optimizations of Blocked Algorithms, 1991;
CS:APP, 6.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from oslab import Cells, Choice, Hex, InputError, Int, Run, Step
from oslab.traces.access import Access
from oslab_cache.cache import Cache, CacheShape
from oslab_cache.config import CacheConfig
from oslab_cache.figures import ratio
from oslab_cache.matrices import LoopConfig, Move, iterations, swept, touches
from oslab_cache.patterns import WORKLOADS, Pattern
from oslab_cache.simulate import count_accesses
from oslab_cache.threec import CAUSES, ThreeC

# A cache of so few lines is drawn with each access.
MOST_DRAWN = 16


def count(config: LoopConfig) -> Mapping[str, Any]:
    """The metrics of `run` without its steps."""
    return _metrics(config, [_count(config, pattern) for pattern in config.patterns])


def misses(config: LoopConfig, pattern: Pattern) -> int:
    """The misses of a pattern, counted faster than by matrix and cause."""
    shape = config.shape
    cache = CacheConfig(
        shape.size, shape.line, shape.ways, shape.policy, shape.write, shape.allocate, shape.seed,
        (), "nine", False, (),
    )  # fmt: skip
    each = (
        Access("store" if touch.write else "load", address, config.elem)
        for touch, address in touches(config, pattern)
    )
    found: int = count_accesses(cache, each)["misses"]
    return found


def run(config: LoopConfig) -> Run:
    """Count the misses of each pattern, and say why there are so many.

    Steps ``loop-matrix`` (one a matrix and pattern): given ``pattern matrix``, result ``accesses
    misses``, ``stride``, ``moves`` (stays, along, or jumps, to a new line each time), ``per_line``
    (accesses to a line in turn), ``move_lines``, ``sweep_lines sweep_room`` (see `Sweep`), ``kept``
    (the sweep finds room) and ``neighbours`` (more than one element in a line). Steps ``loop`` (one a
    pattern): given ``pattern iterations``, result ``misses misses_per_iteration cold capacity
    conflict``.
    Metrics of a single pattern: ``accesses hits misses miss_ratio cold capacity conflict iterations
    misses_per_iteration``; of several, ``patterns`` with these but for hits and ratio. Always:
    ``matrices``, with ``stride accesses misses``.
    """
    counted = [_count(config, pattern) for pattern in config.patterns]
    steps = []
    for group, found in enumerate(counted, 1):
        sweep = swept(config, found.pattern)
        for place, name in enumerate(WORKLOADS[found.pattern].matrices):
            steps.append(
                Step(
                    action="loop-matrix",
                    given={"pattern": found.pattern, "matrix": name},
                    result={
                        "accesses": found.touched[place],
                        "misses": found.missed[place],
                        **_moving(config, sweep.moves[place]),
                        "sweep_lines": sweep.lines,
                        "sweep_room": sweep.room,
                        "kept": sweep.room == sweep.lines,
                    },
                    group=group,
                )
            )
        figures = _figures(config, found)
        given = {"pattern": found.pattern, "iterations": figures["iterations"]}
        named = ("misses", "misses_per_iteration", *CAUSES)
        result = {name: figures[name] for name in named}
        steps.append(Step(action="loop", given=given, result=result, group=group))
    return Run(
        command="cache.loop",
        config=config,
        conventions=conventions_of(config),
        asks={
            "loop-matrix": {"misses": Int()},
            "loop": {"cold": Int(), "conflict": Int()},
        },
        steps=tuple(steps),
        metrics=_metrics(config, counted),
    )


def run_accesses(config: LoopConfig) -> Run:
    """The same for one pattern, with a step for each access.

    Steps ``loop-access``: given ``n element access address``, result ``index result`` (hit or miss),
    ``victim`` (the line that left, if any) and ``around`` (nothing came in); the state of a small cache is its
    lines, by their first addresses. Raises InputError when there are several patterns.
    """
    if len(config.patterns) != 1:
        raise InputError("each access can be shown for one pattern only, not for several at once")
    [pattern] = config.patterns
    names = WORKLOADS[pattern].matrices
    shape, cache = config.shape, Cache(config.shape)
    steps = []
    for n, (touch, address) in enumerate(touches(config, pattern), 1):
        outcome = cache.access(shape.line_of(address), touch.write)
        element = f"{names[touch.matrix]}[{touch.row}][{touch.column}]"
        access = "store" if touch.write else "load"
        result: dict[str, Any] = {"index": outcome.index}
        result["result"] = "hit" if outcome.hit else "miss"
        if outcome.victim is not None:
            result["victim"] = _address(shape, outcome.victim)
        if not outcome.hit and outcome.way is None:
            result["around"] = True
        drawn = {"loop_lines": _drawn(cache)} if shape.lines <= MOST_DRAWN else {}
        steps.append(
            Step(
                action="loop-access",
                given={"n": n, "element": element, "access": access, "address": Hex(address)},
                result=result,
                state=drawn,
                group=n,
            )
        )
    asked: dict[str, Any] = {"index": Int()} if shape.sets > 1 else {}
    return Run(
        command="cache.loop",
        config=config,
        conventions=conventions_of(config),
        asks={"loop-access": {**asked, "result": Choice("hit", "miss")}},
        steps=tuple(steps),
        metrics=count(config),
    )


def conventions_of(config: LoopConfig) -> Mapping[str, Any]:
    """The rules that can matter for these loops."""
    rules: dict[str, Any] = {"layout": "by-rows", "registers": "scalars"}
    if any(len(WORKLOADS[pattern].matrices) > 1 for pattern in config.patterns):
        rules["placement"] = "in-a-row"
        rules |= {"write": config.write, "allocate": config.allocate}
    if config.ways > 1:
        rules["policy"] = config.policy
    if config.policy == "random":
        rules["seed"] = config.seed
    return rules


class _Counted(NamedTuple):
    """What a pattern did: by matrix its accesses and misses; the misses by cause."""

    pattern: Pattern
    touched: list[int]
    missed: list[int]
    causes: dict[str, int]


def _count(config: LoopConfig, pattern: Pattern) -> _Counted:
    matrices = len(WORKLOADS[pattern].matrices)
    found = _Counted(pattern, [0] * matrices, [0] * matrices, dict.fromkeys(CAUSES, 0))
    touched, missed, causes = found.touched, found.missed, found.causes
    shape, cache = config.shape, Cache(config.shape)
    threec = ThreeC(shape.lines)
    shift, allocate = shape.offset_bits, shape.allocate
    # To use the same line again is a hit that changes nothing, except what is counted of it.
    newest, counts_uses = -1, shape.policy == "lfu"
    for (matrix, _, _, write), address in touches(config, pattern):
        line = address >> shift
        touched[matrix] += 1
        if line == newest:
            continue
        takes = allocate or not write
        cause = threec.access(line, takes)
        if not cache.access(line, write).hit:
            missed[matrix] += 1
            causes[cause] += 1
        newest = line if takes and not counts_uses else -1
    return found


def _figures(config: LoopConfig, found: _Counted) -> dict[str, Any]:
    accesses, misses = sum(found.touched), sum(found.missed)
    bodies = iterations(config, found.pattern)
    return {
        "accesses": accesses,
        "hits": accesses - misses,
        "misses": misses,
        "miss_ratio": ratio(misses, accesses),
        **found.causes,
        "iterations": bodies,
        "misses_per_iteration": Fraction(misses, bodies),
    }


def _metrics(config: LoopConfig, counted: list[_Counted]) -> Mapping[str, Any]:
    matrices = []
    for found in counted:
        sweep = swept(config, found.pattern)
        for place, name in enumerate(WORKLOADS[found.pattern].matrices):
            matrices.append(
                {
                    "pattern": found.pattern,
                    "matrix": name,
                    "stride": sweep.moves[place].stride,
                    "accesses": found.touched[place],
                    "misses": found.missed[place],
                }
            )
    if len(counted) == 1:
        return {**_figures(config, counted[0]), "matrices": tuple(matrices)}
    patterns = []
    for found in counted:
        figures = _figures(config, found)
        listed = {name: figures[name] for name in figures if name not in ("hits", "miss_ratio")}
        patterns.append({"pattern": found.pattern, **listed})
    return {"patterns": tuple(patterns), "matrices": tuple(matrices)}


def _moving(config: LoopConfig, move: Move) -> Mapping[str, Any]:
    kind = "stays" if not move.stride else "along" if move.stride < config.line else "jumps"
    return {
        "stride": move.stride,
        "line": config.line,
        "moves": kind,
        "per_line": config.line // move.stride if kind == "along" else 1,
        "move_lines": move.lines,
        "neighbours": config.elem < config.line,
    }


def _address(shape: CacheShape, line: int | None) -> Hex | None:
    return None if line is None else Hex(shape.address_of(line))


def _drawn(cache: Cache) -> Cells:
    shape = cache.shape
    lines = [line for row in cache.sets.tags for line in row]
    return Cells(
        tuple(_address(shape, line) for line in lines),
        tuple(index for index in range(shape.sets) for _ in range(shape.ways)),
    )
